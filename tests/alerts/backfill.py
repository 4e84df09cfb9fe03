#!/usr/bin/env python3
"""`monitorai backfill` against a running program: a new recording rule gets the history that it would have had.

usage: backfill.py MONITORAI

Exits 1 when something is not as it should be.
"""
import json
import math
import re
import shutil
import subprocess
import time
import urllib.parse

import receivers
from receivers import check, eventually, tell

RULES = """
groups:
- name: made
  interval: 1m
  rules:
  - {record: 'job:made:sum', expr: 'sum by (job) (made)'}
  - {record: 'job:made:twice', expr: '2 * job:made:sum', labels: {of: history}}
  - {record: 'job:made:rate', expr: 'sum by (job) (rate(made_total[5m]))'}
  - {alert: High, expr: 'job:made:sum > 1e9'}
- name: of logs
  type: logql
  rules:
  - {record: 'logs:lines', expr: 'count_over_time({job="x"}[5m])'}
"""
EXPRESSIONS = {"job:made:sum": "sum by (job) (made)", "job:made:twice": "2 * sum by (job) (made)", "job:made:rate": "sum by (job) (rate(made_total[5m]))"}
HOURS = 3


def main():
    tell(story)


def ask(program, query, begin, end):
    """{labels without name and `of`: {time: value}}"""
    path = "/api/v1/query_range?" + urllib.parse.urlencode({"query": query, "start": begin, "end": end, "step": 60})
    return {json.dumps({k: v for k, v in one["metric"].items() if k not in ("__name__", "of")}): {t: float(v) for t, v in one["values"]} for one in json.loads(program.get(path))["data"]["result"]}


def promtool(program, folder, begin, end):
    """`promtool tsdb create-blocks-from rules` asks us as it would ask a Prometheus."""
    if shutil.which("promtool") is None:
        return print("skip     there is no promtool")
    # It knows neither `type` nor alerts without rules to record.
    (folder / "promtool.yml").write_text(RULES[:RULES.index("- name: of logs")])
    done = subprocess.run(["promtool", "tsdb", "create-blocks-from", "rules", f"--start={begin}", f"--end={end}", f"--url={program.url}", "--eval-interval=1m", f"--output-dir={folder}/blocks", folder / "promtool.yml"],
                          capture_output=True, text=True, timeout=300)
    check("promtool makes blocks of what we answer", done.returncode == 0, done.stdout + done.stderr)
    (folder / "blocks" / "wal").mkdir()  # without one it opens no database
    dumped = subprocess.run(["promtool", "tsdb", "dump", "--match={__name__='job:made:sum'}", folder / "blocks"], capture_output=True, text=True, timeout=300)
    found = {}
    for job, value, t in re.findall(r'^\{.*job="(\w)".*\} (\S+) (\d+)$', dumped.stdout, re.M):
        found.setdefault(json.dumps({"job": job}), {})[int(t) / 1000] = float(value)
    # Its times are the slots that its hash gives the group: not the multiples of the interval that ours are.
    times = sorted(t for course in found.values() for t in course)
    ours = ask(program, "sum by (job) (made)", times[0], times[-1]) if times else {}
    check(f"and they hold what the expression was, at {len(times)} times", len(found) == 2 and found == ours, ({k: (len(v), len(ours.get(k, {}))) for k, v in found.items()}, dumped.stderr))


def story(program, folder):
    (folder / "monitorai.yml").write_text(f"rules: {{files: ['{folder}/rules/*.yml']}}\n")
    (folder / "new.yml").write_text(RULES)
    program.start()
    now = int(time.time()) // 60 * 60
    begin = now - HOURS * 3600
    lines = []
    for kind, name in (("gauge", "made"), ("counter", "made_total")):
        lines.append(f"# TYPE {name} {kind}")
        for job in "ab":
            for i in "12":
                # With a gap of a quarter of an hour.
                lines += [f'{name}{{job="{job}",i="{i}"}} {100 + math.sin(t / 700) * 30 + int(i) if kind == "gauge" else (t - begin) * int(i)} {t * 1000}' for t in range(begin - 600, now, 30)
                          if not begin + 3600 < t < begin + 4500]
    (folder / "past.txt").write_text("\n".join(lines) + "\n")
    code, text = program.run("import", str(folder / "past.txt"), "--url", program.url)
    check("the past is imported", code == 0, text)

    end = now - 120
    code, text = program.run("backfill", str(folder / "new.yml"), "--start", str(begin), "--end", str(end), "--url", program.url)
    check("backfill takes it, and says what it left out", code == 0 and text.startswith("3 recording rules, ") and "1 alerting rules left out; 1 groups in LogQL left out" in text, text)
    for name, expression in EXPRESSIONS.items():
        recorded, direct = ask(program, name, begin, end), ask(program, expression, begin, end)
        # A gauge is still there for the lookback of 5 minutes after its gap began, what was recorded of it for as long again.
        missing = [(labels, t) for labels, course in direct.items() for t in course if t not in recorded.get(labels, {})]
        wrong = [(labels, t, v, recorded[labels][t]) for labels, course in direct.items() for t, v in course.items() if t in recorded.get(labels, {}) and not math.isclose(v, recorded[labels][t], rel_tol=1e-12)]
        check(f"{name} is what {expression} was, at {sum(map(len, direct.values()))} times", sorted(recorded) == sorted(direct) and len(direct) == 2 and not missing and not wrong, (missing[:3], wrong[:3], list(recorded), list(direct)))
    promtool(program, folder, begin, end)
    check("nothing is recorded of the logs", ask(program, '{__name__="logs:lines"}', begin, end) == {})

    # The rule begins to run; a second backfill says that it comes too late.
    (folder / "rules").mkdir()
    (folder / "rules" / "new.yml").write_text(RULES.replace("interval: 1m", "interval: 1s"))
    (folder / "rules" / "live.yml").write_text("groups: [{name: live, interval: 1s, rules: [{record: made, expr: vector(7), labels: {job: a, i: '9'}}]}]\n")
    code, text = program.post("/-/reload", b"")
    check("the rules are loaded", code == 200, text)
    live = f'job:made:sum{{job="a"}}'
    check("and run on", eventually(lambda: json.loads(program.get("/api/v1/query?" + urllib.parse.urlencode({"query": live})))["data"]["result"]), program.get("/api/v1/rules"))
    code, text = program.run("backfill", str(folder / "new.yml"), "--start", str(begin), "--end", str(end), "--url", program.url)
    check("now the past is too old for series that run: it says so", code == 1 and "taken only in part" in text and "out-of-order window" in text, text)
    code, text = program.run("backfill", str(folder / "new.yml"), "--start", str(begin + 7), "--end", str(begin + 1800), "--interval", "15s", "--url", program.url)
    check("at other times, too", code == 1 and "taken only in part" in text, (code, text))
    check("its past is as it was", ask(program, "job:made:sum", begin, begin + 1800) == ask(program, "sum by (job) (made)", begin, begin + 1800))

    for arguments, said in ((["--start", str(end), "--end", str(begin)], "--start is not before --end"), (["--start", "yesterday"], "--start is Unix seconds"), (["--start", str(begin), "--interval", "0s"], "--interval is a duration")):
        code, text = program.run("backfill", str(folder / "new.yml"), *arguments, "--url", program.url)
        check(f"{said!r} is said", code == 1 and said in text, text)
    (folder / "bad.yml").write_text("groups: [{name: g, rules: [{record: a, expr: 'sum('}]}]\n")
    code, text = program.run("backfill", str(folder / "bad.yml"), "--start", str(begin), "--url", program.url)
    check("a broken file is refused with its place", code == 1 and "bad.yml:1:" in text, text)
    code, text = program.run("backfill", str(folder / "new.yml"), "--start", str(begin), "--url", f"http://127.0.0.1:{receivers.free_port()}")
    check("a program that is not there is said", code == 1 and "cannot" in text, text)


if __name__ == "__main__":
    main()

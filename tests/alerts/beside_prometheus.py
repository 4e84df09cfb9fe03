#!/usr/bin/env python3
"""Two minutes of life beside Debian's Prometheus and Alertmanager: the same scrape target, rules and routes; who is told what, and when?

usage: beside_prometheus.py MONITORAI

Both scrape one target and evaluate every second; its gauges follow a script. Compared: every webhook of every group in its order (receiver, status,
group labels, common labels, and of each alert its labels, annotations and status), its time and the begin and end of its alerts, which may differ by
SLACK_S: the two do not scrape at the same moment. The script changes nothing near a turn of a group. Exits 1 when they differ, 77 without Prometheus or
Alertmanager.
"""
import collections
import datetime
import http.server
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import receivers
from receivers import Program, check, eventually, free_port

SLACK_S = 4
END_S = 118

RULES = """
groups:
- name: live
  interval: 1s
  rules:
  - {record: "node:disk:max", expr: "max by (node, job) (disk_percent)"}
  - {alert: DiskFull, expr: "node:disk:max > 90", labels: {severity: warning}, annotations: {says: '{{ $labels.node }} is {{ $value | humanize }} % full'}}
  - {alert: Slow, expr: latency_seconds > 1, for: 6s, labels: {severity: '{{ if gt $value 5.0 }}critical{{ else }}warning{{ end }}'}, annotations: {says: '{{ $value | humanizeDuration }}'}}
  - {alert: Short, expr: latency_seconds > 1, for: 90s, labels: {severity: warning}}
  - {alert: Keeps, expr: errors > 0, keep_firing_for: 8s, labels: {severity: warning}}
  - {alert: NodeDown, expr: node_up == 0, labels: {severity: critical}, annotations: {says: 'down since {{ with query "node_up == 1" }}{{ len . }} others{{ end }}'}}
  - {alert: Broken, expr: errors > 0, labels: {severity: info}, annotations: {says: '{{ index 1 2 }}'}}
"""
NOTIFY = """
route:
  receiver: all
  group_by: [alertname]
  group_wait: 3s
  group_interval: 10s
  repeat_interval: 25s
  routes:
  - {{matchers: ['severity="critical"'], receiver: pager, continue: true}}
  - {{matchers: ['alertname="NodeDown"'], receiver: by-node, group_by: [node]}}
  - {{matchers: ['alertname="Broken"'], receiver: by-node, group_by: ['...']}}
inhibit_rules:
- {{source_matchers: ['alertname="NodeDown"'], target_matchers: ['severity="warning"'], equal: [node]}}
receivers:
- {{name: all, webhook_configs: [{{url: 'http://127.0.0.1:{port}/all'}}]}}
- {{name: pager, webhook_configs: [{{url: 'http://127.0.0.1:{port}/pager', send_resolved: false}}]}}
- {{name: by-node, webhook_configs: [{{url: 'http://127.0.0.1:{port}/by-node'}}]}}
"""
# (metric, node): what it is from which second on. Turns of DiskFull come at 8, 18, ...; of Slow at 29, 39, ...; of Keeps at 43, 53, ...
SCRIPT = {
    ("disk_percent", "a"): [(0, 20), (5, 95), (33, 20)],
    ("disk_percent", "b"): [(0, 20), (13, 95), (53, 20)],
    ("disk_percent", "c"): [(0, 20), (43, 95), (93, 20)],  # inhibited from 43 to 73
    ("latency_seconds", "a"): [(0, 0.1), (20, 2), (84, 0.1)],
    ("latency_seconds", "b"): [(0, 0.1), (34, 3), (44, 0.1)],
    ("errors", "b"): [(0, 0), (40, 1), (44, 0), (48, 1), (58, 0)],
    ("node_up", "a"): [(0, 1)],
    ("node_up", "c"): [(0, 1), (30, 0), (73, 1)],
}


class Target:
    def __init__(self):
        self.begin = None
        target = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                body = target.text().encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    pass  # its timeout is over

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def text(self):
        now = -1 if self.begin is None else time.time() - self.begin
        return "".join(f'{metric}{{node="{node}"}} {[v for since, v in course if since <= max(now, 0)][-1]}\n' for (metric, node), course in SCRIPT.items())


class Hook:
    """Webhooks of one of the two, with the time of their arrival."""

    def __init__(self):
        self.got = []
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                hook.got.append((time.time(), self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def by_group(self, begin):
        groups = collections.defaultdict(list)
        for at, path, body in list(self.got):
            groups[(path, json.dumps(body["groupLabels"], sort_keys=True))].append((at - begin, body))
        return groups


def shown(body):
    """What must be the same. Of a template that failed, its cause: Prometheus names the place in its own words."""
    body = json.loads(re.sub(r"template: \w+:\d+:\d+: executing .*? at <[^>]*>: ", "", json.dumps(body)))
    return {
        "receiver": body["receiver"], "status": body["status"], "groupLabels": body["groupLabels"], "commonLabels": body["commonLabels"],
        "commonAnnotations": body["commonAnnotations"], "groupKey": body["groupKey"], "truncatedAlerts": body["truncatedAlerts"], "version": body["version"],
        "alerts": sorted(({k: alert[k] for k in ("labels", "annotations", "status", "fingerprint")} for alert in body["alerts"]), key=lambda a: json.dumps(a, sort_keys=True)),
    }


def times(body, begin):
    """Begin and, of those that ended, end of each alert, in seconds of the script."""
    def seconds(text):
        return datetime.datetime.fromisoformat(text[:19] + "+00:00").timestamp() + float("0" + text[19:].rstrip("Z")[:4] if text[19] == "." else 0) - begin
    alerts = sorted(body["alerts"], key=lambda a: json.dumps(a["labels"], sort_keys=True))
    return [t for alert in alerts for t in ([seconds(alert["startsAt"])] + ([seconds(alert["endsAt"])] if alert["status"] == "resolved" else []))]


def main():
    if not shutil.which("prometheus") or not shutil.which("prometheus-alertmanager"):
        print("there is no Prometheus or no Alertmanager")
        sys.exit(77)
    binary = str(pathlib.Path(sys.argv[1]).resolve())
    started = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        program = Program(binary, folder)
        try:
            held_up = story(program, folder, started)
        finally:
            for process in started + ([program.process] if getattr(program, "process", None) else []):
                process.terminate()
                process.wait()
    if held_up and receivers.problems:
        print(f"not comparable: {held_up}; the machine is too busy")
        sys.exit(77)
    print(f"{len(receivers.problems)} problems")
    sys.exit(1 if receivers.problems else 0)


def answers(url):
    try:
        return urllib.request.urlopen(url, timeout=30).status == 200
    except OSError:
        return False


def held_up_by(url, name):
    """Why what one of the two did says nothing: scrapes that timed out, evaluations that were skipped."""
    failed = json.loads(urllib.request.urlopen(url + "/api/v1/query?query=count_over_time(up[3m])-sum_over_time(up[3m])", timeout=60).read())["data"]["result"]
    metric = "prometheus_rule_group_iterations_missed_total" if name == "Prometheus" else "monitorai_rule_group_iterations_missed_total"
    missed = sum(float(line.rsplit(" ", 1)[1]) for line in urllib.request.urlopen(url + "/metrics", timeout=60).read().decode().splitlines() if line.startswith(metric + "{"))
    scrapes = sum(float(one["value"][1]) for one in failed)
    return [f"{name} missed {scrapes:.0f} scrapes and {missed:.0f} evaluations"] if scrapes or missed else []


def story(program, folder, started):
    target, ours, theirs = Target(), Hook(), Hook()
    (folder / "rules.yml").write_text(RULES)
    (folder / "ours.yml").write_text(NOTIFY.format(port=ours.port))
    (folder / "theirs.yml").write_text(NOTIFY.format(port=theirs.port))
    scrape = f"scrape_configs: [{{job_name: live, scrape_interval: 1s, scrape_timeout: 1s, static_configs: [{{targets: ['127.0.0.1:{target.port}']}}]}}]\n"
    prometheus, alertmanager = free_port(), free_port()
    (folder / "prometheus.yml").write_text(f"global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: [rules.yml]\n{scrape}"
                                           f"alerting: {{alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{alertmanager}']}}]}}]}}\n")
    (folder / "monitorai.yml").write_text(f"rules: {{files: [{folder}/rules.yml], resend_delay: 5s, interval: 1s}}\nalerting: {{config: {folder}/ours.yml}}\n{scrape}")
    log = (folder / "theirs.log").open("wb")
    run = lambda *arguments: started.append(subprocess.Popen(arguments, cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL))
    run("prometheus-alertmanager", f"--config.file={folder}/theirs.yml", f"--storage.path={folder}/am", f"--web.listen-address=127.0.0.1:{alertmanager}", "--cluster.listen-address=")
    run("prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb", f"--web.listen-address=127.0.0.1:{prometheus}", "--rules.alert.resend-delay=5s")
    program.start()
    ready = lambda: answers(f"http://127.0.0.1:{prometheus}/-/ready") and answers(f"http://127.0.0.1:{alertmanager}/-/ready")
    check("Prometheus and Alertmanager start", eventually(ready), (folder / "theirs.log").read_text())

    def evaluated(url):
        try:
            return json.loads(urllib.request.urlopen(url + "/api/v1/query?query=node:disk:max", timeout=30).read())["data"]["result"] != []
        except (OSError, ValueError):
            return False
    check("both evaluate", eventually(lambda: evaluated(f"http://127.0.0.1:{prometheus}") and evaluated(program.url)))
    target.begin = time.time()
    # States while it goes on: what is pending or firing, asked of both at once.
    differing, asked = [], 0
    while time.time() < target.begin + END_S:
        pair = [sorted((a["labels"]["alertname"], a["labels"].get("node", ""), a["state"]) for a in json.loads(urllib.request.urlopen(url + "/api/v1/alerts", timeout=30).read())["data"]["alerts"])
                for url in (f"http://127.0.0.1:{prometheus}", program.url)]
        asked += 1
        differing.append(pair[0] != pair[1])
        time.sleep(0.5)
    # Each of the 20-odd changes may be seen by one a little before the other.
    longest = max((len(run) for run in "".join("x" if d else " " for d in differing).split()), default=0)
    check(f"states of alerts differ for at most {SLACK_S} s at a time ({asked} times asked, {sum(differing)} in between)", longest * 0.5 <= SLACK_S, longest)

    mine, other = ours.by_group(target.begin), theirs.by_group(target.begin)
    check("the same groups are told of", sorted(mine) == sorted(other), (sorted(mine), sorted(other)))
    count, apart = 0, []
    for group in sorted(other):
        a, b = other[group], mine.get(group, [])
        line = lambda told: [f"{at:.1f} {body['status']} " + " ".join(f"{x['labels'].get('node')}:{x['status']}" for x in body["alerts"]) for at, body in told]
        same = [shown(body) for _, body in a] == [shown(body) for _, body in b]
        check(f"{group[0]} {group[1]}: the same {len(a)} messages", same, f"Alertmanager {line(a)}\n         we           {line(b)}")
        if not same:
            for (_, x), (_, y) in zip(a, b):
                if shown(x) != shown(y):
                    print("         ", json.dumps(shown(x)), "\n         ", json.dumps(shown(y)))
                    break
            continue
        count += len(a)
        for (at, x), (bt, y) in zip(a, b):
            apart += [abs(at - bt)] + [abs(s - t) for s, t in zip(times(x, target.begin), times(y, target.begin))]
    check(f"times of messages and alerts are at most {SLACK_S} s apart (longest {max(apart, default=0):.1f} s)", max(apart, default=99) <= SLACK_S, apart)
    print(f"{len(other)} groups, {count} messages")
    check("the script made them talk", len(other) >= 6 and count >= 15, (len(other), count))
    return ", ".join(held_up_by(f"http://127.0.0.1:{prometheus}", "Prometheus") + held_up_by(program.url, "monitorai"))


if __name__ == "__main__":
    main()

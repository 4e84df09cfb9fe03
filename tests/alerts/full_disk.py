#!/usr/bin/env python3
"""A data folder on a disk that fills up, for real: MonitorAIStoreBlocked says so, nothing that was acknowledged is lost, and all goes on once there
is room again.

usage: full_disk.py MONITORAI

The disk is a tmpfs of 48 MiB; a file beside the data takes what is left of it. Log lines, samples and spans are sent until each is refused. The
shipped alert is used with its times divided by ten (tests/rules/faster.py). Exits 1 when something is not as it should be, 77 where no tmpfs can
be mounted.
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse

import receivers
from receivers import Program, Receiver, check, eventually

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "rules"))
import faster  # noqa: E402

SOURCE = pathlib.Path(__file__).resolve().parents[2]
DISK_MIB = 48
NOTIFY = "route: {{receiver: hook, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}}\nreceivers:\n- name: hook\n  webhook_configs: [{{url: 'http://127.0.0.1:{port}/hook', send_resolved: true}}]\n"


class Sender:
    """Sends things with numbers, and remembers which were acknowledged. `send(number)` gives the HTTP status."""

    def __init__(self, name, send, found):
        self.name, self.send, self.found = name, send, found
        self.next, self.acknowledged, self.statuses = 0, [], {}

    def one(self):
        number, self.next = self.next, self.next + 1
        try:
            status = self.send(number)
        except OSError as error:
            status = str(error)
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if isinstance(status, int) and status < 300:
            self.acknowledged.append(number)
        return status

    def lost(self):
        have = self.found()
        return [number for number in self.acknowledged if number not in have]


def senders(program):
    # Text that does not compress, so that the disk fills soon.
    noise = lambda: os.urandom(6000).hex()  # noqa: E731

    def log(number):
        line = [str(time.time_ns()), f"number={number} {noise()}"]
        return program.post("/loki/api/v1/push", {"streams": [{"stream": {"job": "filler"}, "values": [line]}]})[0]

    def logs():
        query = urllib.parse.quote('{job="filler"} | pattern "number=<n> <_>" | line_format "{{.n}}"')
        answer = json.loads(program.get(f"/loki/api/v1/query_range?query={query}&since=1h&limit=5000"))
        return {int(line) for stream in answer["data"]["result"] for _, line in stream["values"]}

    def span(number):
        now = time.time_ns()
        one = {"traceId": f"{number + 1:032x}", "spanId": f"{number + 1:016x}", "name": "filler", "startTimeUnixNano": str(now - 1000), "endTimeUnixNano": str(now), "attributes": [{"key": "noise", "value": {"stringValue": noise()}}]}
        return program.post("/v1/traces", {"resourceSpans": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "filler"}}]}, "scopeSpans": [{"spans": [one]}]}]})[0]

    def spans():
        found = set()
        for number in all_of[1].acknowledged:
            try:
                program.get(f"/api/v2/traces/{number + 1:032x}")
                found.add(number)
            except urllib.error.HTTPError:
                pass
        return found

    def sample(number):
        now = time.time_ns()
        metric = {"name": f"filler_{number % 40}_{noise()[:2000]}", "gauge": {"dataPoints": [{"timeUnixNano": str(now), "asDouble": number}]}}
        return program.post("/v1/metrics", {"resourceMetrics": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "filler"}}]}, "scopeMetrics": [{"metrics": [metric]}]}]})[0]

    def samples():
        query = urllib.parse.quote('last_over_time({__name__=~"filler_.*"}[1h])')
        return {int(float(one["value"][1])) for one in json.loads(program.get(f"/api/v1/query?query={query}"))["data"]["result"]}

    all_of = [Sender("log lines", log, logs), Sender("spans", span, spans), Sender("samples", sample, samples)]
    return all_of


def story(program, folder):
    hook = Receiver([200])
    text = faster.faster((SOURCE / "rules/llm.yml").read_text(), 10)
    (folder / "rules.yml").write_text("groups:\n- name: g\n  interval: 1s\n  rules:\n" + faster.alerts_of(text, ("MonitorAIStoreBlocked",)))
    (folder / "notify.yml").write_text(NOTIFY.format(port=hook.port))
    (folder / "monitorai.yml").write_text(f"rules: {{files: ['{folder}/rules.yml']}}\nalerting: {{config: {folder}/notify.yml}}\nquery: {{lookback: 15s}}\n")
    program.off = ("exporters.process.listen=off", "exporters.gpu.listen=off", "metrics.listen=off", "logs.listen=off", "otlp.http.listen=off", "otlp.grpc.listen=off", "traces.listen=off",
                   "collect.process.interval=1s", "scrape.runtimes=off", "logs.detected=off", "quality.enabled=off")
    program.start()

    def alerts(state="firing"):
        return {a["labels"]["signal"]: a["annotations"]["summary"] for a in json.loads(program.get("/api/v1/alerts"))["data"]["alerts"] if a["state"] == state}

    def told(status):
        return {a["labels"]["signal"] for _, body, _ in hook.taken for a in body["alerts"] if a["status"] == status and a["labels"]["alertname"] == "MonitorAIStoreBlocked"}

    def blocked():
        return {name: program.metric(f"monitorai_{name}_blocked") for name in ("store", "log_store", "trace_store")}

    all_of = senders(program)
    for one in all_of:
        for _ in range(20):
            one.one()
        check(f"{one.name} are taken", len(one.acknowledged) == 20, one.statuses)
    check("our own metrics are stored", eventually(lambda: json.loads(program.get("/api/v1/query?query=monitorai_store_blocked"))["data"]["result"]), program.get("/metrics"))
    check("nothing fires", alerts() == {}, alerts())

    filler = folder / "data" / "filler"

    def fill():
        """Takes all that is left, but for a MiB."""
        free = os.statvfs(folder / "data")
        with filler.open("ab") as out:
            for _ in range(max(0, free.f_bavail * free.f_frsize - (1 << 20)) >> 16):
                out.write(bytes(1 << 16))

    fill()
    end = time.monotonic() + receivers.PATIENCE_S
    refused = {}
    while len(refused) < len(all_of) and time.monotonic() < end:
        for one in all_of:
            if (status := one.one()) != 200 and status != 204:
                refused.setdefault(one.name, status)
        # What was written elsewhere for a while is given back: without this a checkpoint could let everything begin anew.
        if os.statvfs(folder / "data").f_bavail > 512:
            fill()
    check("everything is refused with 503 in the end", refused == {one.name: 503 for one in all_of}, (refused, [one.statuses for one in all_of], blocked()))
    check("and each store says that it is blocked", eventually(lambda: set(blocked().values()) == {1.0}), blocked())
    check("nothing that was acknowledged is missing meanwhile", not any(one.lost() for one in all_of), [(one.name, one.lost()[:10]) for one in all_of])
    check("the alert says which store cannot write", eventually(lambda: alerts().get("metrics") == "The store of metrics cannot write"), (alerts(), alerts("pending")))
    check("and is told to the receiver, though nothing can be stored", eventually(lambda: "metrics" in told("firing")), hook.taken)
    log = (folder / "log").read_text()
    check("the log says why", "No space left on device" in log, log[-3000:])

    filler.unlink()
    check("with room again, all stores write", eventually(lambda: set(blocked().values()) == {0.0}), blocked())
    before = {one.name: len(one.acknowledged) for one in all_of}
    check("everything is taken again", eventually(lambda: all([one.one() in (200, 204) for one in all_of])), [one.statuses for one in all_of])
    check("our own metrics are stored again", eventually(lambda: json.loads(program.get("/api/v1/query?query=monitorai_store_blocked==0"))["data"]["result"]))
    check("the alert ends", eventually(lambda: alerts() == {} == alerts("pending")), (alerts(), alerts("pending")))
    check("and its end is told", eventually(lambda: told("resolved") == told("firing")), (told("firing"), told("resolved")))
    check("nothing is lost", not any(one.lost() for one in all_of), [(one.name, one.lost()[:10]) for one in all_of])

    # Full again, and killed there.
    fill()
    while time.monotonic() < end + receivers.PATIENCE_S and [one.one() for one in all_of] != [503, 503, 503]:
        if os.statvfs(folder / "data").f_bavail > 512:
            fill()
    program.process.send_signal(signal.SIGKILL)
    program.process.wait()
    filler.unlink()
    program.start()
    check("after kill -9 on a full disk nothing that was acknowledged is lost", not any(one.lost() for one in all_of), [(one.name, one.lost()[:10]) for one in all_of])
    check("and everything is taken", eventually(lambda: all([one.one() in (200, 204) for one in all_of])), [one.statuses for one in all_of])
    print("acknowledged before, at the end: " + ", ".join(f"{one.name} {before[one.name]}, {len(one.acknowledged)} of {one.next}" for one in all_of))


def main():
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        disk = folder / "data"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "monitorai-full-disk", disk], capture_output=True, text=True)
        if mounted.returncode != 0:
            print("no tmpfs can be mounted: " + mounted.stderr.strip())
            sys.exit(77)
        program = Program(str(pathlib.Path(sys.argv[1]).resolve()), folder)
        try:
            story(program, folder)
        finally:
            if getattr(program, "process", None):
                program.process.terminate()
                program.process.wait()
            subprocess.run(["umount", disk], check=True)
    print(f"{len(receivers.problems)} problems")
    sys.exit(1 if receivers.problems else 0)


if __name__ == "__main__":
    main()

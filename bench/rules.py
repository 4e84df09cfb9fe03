#!/usr/bin/env python3
"""./dev bench rules: 1,000 alerting rules over 100,000 series, beside Debian's Prometheus; and from a crossing sample to the webhook.

Both get the same samples by remote_write every 15 s and evaluate the same rules every 15 s. What the rules cost is the CPU of the whole
program with them less the CPU without them, over windows of the same length in one run; the machine's other load touches both alike.

usage: rules.py --build DIR [--series 100000] [--rules 1000] [--window 120] [--crossings 40] [--only monitorai,prometheus]
"""
import argparse
import http.server
import json
import os
import pathlib
import random
import socket
import struct
import subprocess
import tempfile
import threading
import time
import urllib.request

TICKS = os.sysconf("SC_CLK_TCK")
INTERVAL_S = 15
SERIES_A_REQUEST = 5000


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def snappy(data):
    """As literals alone: the form is snappy's, the size is not."""
    out = [varint(len(data))]
    for at in range(0, len(data), 65536):
        part = data[at:at + 65536]
        out.append(bytes([61 << 2]) + struct.pack("<H", len(part) - 1) + part)
    return b"".join(out)


def labels_bytes(labels):
    return b"".join(field(1, field(1, name.encode()) + field(2, value.encode())) for name, value in sorted(labels.items()))


def sample_bytes(value, ms):
    return field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + varint(ms))


def push(url, series, ms):
    """series: (encoded labels, value)."""
    for at in range(0, len(series), SERIES_A_REQUEST):
        body = b"".join(field(1, labels + sample_bytes(value, ms)) for labels, value in series[at:at + SERIES_A_REQUEST])
        request = urllib.request.Request(url, snappy(body), {"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy",
                                                             "X-Prometheus-Remote-Write-Version": "0.1.0"})
        urllib.request.urlopen(request, timeout=120).read()


class Server:
    def __init__(self, name, folder, command, ready, write):
        self.name, self.folder, self.port = name, folder / name, free_port()
        self.folder.mkdir()
        self.url = f"http://127.0.0.1:{self.port}"
        self.write_url = self.url + write
        self.process = subprocess.Popen(command(self), stdout=(self.folder / "log").open("wb"), stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        for _ in range(600):
            try:
                urllib.request.urlopen(self.url + ready, timeout=5).read()
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f"{name} does not start: {(self.folder / 'log').read_text()}")

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def reload(self):
        urllib.request.urlopen(urllib.request.Request(self.url + "/-/reload", b"", method="POST"), timeout=60).read()

    def groups(self):
        return json.loads(urllib.request.urlopen(self.url + "/api/v1/rules", timeout=60).read())["data"]["groups"]

    def series(self):
        answer = json.loads(urllib.request.urlopen(self.url + "/api/v1/query?query=count(requests_total)", timeout=60).read())
        return int(answer["data"]["result"][0]["value"][1])

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Feeder:
    """Pushes a sample of each series every 15 s, to all servers."""

    def __init__(self, servers, count, rules):
        each = max(1, count // rules)
        self.names = []
        for i in range(count):
            rule, instance = divmod(i, each)
            self.names.append((labels_bytes({"__name__": "requests_total", "service": f"s{rule % rules:04}", "instance": f"10.0.{instance}.1:9100", "job": "llm",
                                             "region": "eu", "version": "1.2.3"}), 1 + i % 97))
        self.servers, self.round, self.end = servers, 0, threading.Event()
        self.began = int(time.time() * 1000)
        self.thread = threading.Thread(target=self.run, daemon=True)

    def once(self, ms):
        self.round += 1
        # By the clock: rates are right however late a round is.
        seconds = (ms - self.began) / 1000 + 1
        series = [(labels, rate * seconds) for labels, rate in self.names]
        for server in self.servers:
            push(server.write_url, series, ms)

    def run(self):
        due = time.time()
        while not self.end.is_set():
            self.once(int(time.time() * 1000))
            due += INTERVAL_S
            self.end.wait(max(0.0, due - time.time()))


def rule_files(count):
    """1 % of the series are over the line: some alerts are pending or fire all the time, as in life."""
    groups = []
    for first in range(0, count, 20):
        rules = [{"alert": f"TooMany{i:04}", "expr": f'sum by (service, instance) (rate(requests_total{{service="s{i:04}"}}[2m])) > 90', "for": "5m",
                  "labels": {"severity": "warning"}, "annotations": {"summary": "{{ $labels.instance }} of {{ $labels.service }}: {{ $value | humanize }} a second"}}
                 for i in range(first, min(first + 20, count))]
        groups.append({"name": f"g{first}", "interval": f"{INTERVAL_S}s", "rules": rules})
    return {"groups": groups}


CROSSING = {"groups": [{"name": "crossing", "interval": f"{INTERVAL_S}s", "rules": [{"alert": "Crossed", "expr": "crossing > 0"}]}]}
NOTIFY = """
route: {{receiver: hook, group_by: ['...'], group_wait: 0s, group_interval: 1s}}
receivers: [{{name: hook, webhook_configs: [{{url: 'http://127.0.0.1:{port}/'}}]}}]
"""


class Hook:
    def __init__(self):
        self.seen = {}
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                now = time.time()
                for alert in json.loads(self.rfile.read(int(self.headers["Content-Length"])))["alerts"]:
                    if alert["labels"]["alertname"] == "Crossed":
                        hook.seen.setdefault(alert["labels"]["i"], now)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def measure(server, window):
    before, began = server.cpu(), time.monotonic()
    time.sleep(window)
    return (server.cpu() - before) / (time.monotonic() - began)


def crossings(server, hook, count):
    began = {}
    rnd = random.Random(7)
    for i in range(count):
        time.sleep(rnd.uniform(0.5, 2.5))
        began[str(i)] = time.time()
        push(server.write_url, [(labels_bytes({"__name__": "crossing", "i": str(i)}), 1.0)], int(time.time() * 1000))
    end = time.time() + 60
    while time.time() < end and not set(began) <= set(hook.seen):
        time.sleep(0.2)
    waits = sorted(hook.seen[i] - at for i, at in began.items() if i in hook.seen)
    return waits, count - len(waits)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--build", required=True)
    arguments.add_argument("--series", type=int, default=100_000)
    arguments.add_argument("--rules", type=int, default=1000)
    arguments.add_argument("--window", type=int, default=120)
    arguments.add_argument("--crossings", type=int, default=40)
    arguments.add_argument("--only", default="monitorai,prometheus")
    options = arguments.parse_args()
    program = str(pathlib.Path(options.build, "monitorai").resolve())
    hook = Hook()
    with tempfile.TemporaryDirectory(prefix="bench-rules-") as temporary:
        folder = pathlib.Path(temporary)
        (folder / "rules.yml").write_text("groups: []\n")
        (folder / "notify.yml").write_text(NOTIFY.format(port=hook.port))
        (folder / "monitorai.yml").write_text(f"rules: {{files: [{folder}/rules.yml]}}\nalerting: {{config: {folder}/notify.yml}}\n")
        (folder / "prometheus.yml").write_text(f"global: {{evaluation_interval: 15s}}\nrule_files: [{folder}/rules.yml]\n")
        quiet = [f"--set={key}" for key in ("exporters.process.listen=off", "exporters.gpu.listen=off", "scrape.runtimes=off", "logs.enabled=off", "metrics.listen=off",
                                             "collect.process.interval=10m")]
        servers = []
        if "monitorai" in options.only:
            servers.append(Server("monitorai", folder, lambda s: [program, "serve", "--config", folder / "monitorai.yml", "--listen", f"127.0.0.1:{s.port}", "--data", s.folder / "data", *quiet],
                                  "/-/healthy", "/api/v1/write"))
        if "prometheus" in options.only:
            servers.append(Server("prometheus", folder, lambda s: ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={s.folder}/data", "--web.enable-lifecycle",
                                                                   f"--web.listen-address=127.0.0.1:{s.port}", "--web.enable-remote-write-receiver"], "/-/ready", "/api/v1/write"))
        try:
            feeder = Feeder(servers, options.series, options.rules)
            feeder.thread.start()
            while feeder.round < 3:
                time.sleep(1)
            without, cost, with_ = {}, {}, {}

            def both(into):
                threads = [threading.Thread(target=lambda s=s: into.__setitem__(s.name, measure(s, options.window))) for s in servers]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()

            both(without)
            (folder / "rules.yml").write_text(json.dumps(rule_files(options.rules)))
            for server in servers:
                server.reload()
            time.sleep(2 * INTERVAL_S)  # the first evaluations warm caches up
            both(with_)
            print(f"{options.rules} rules over {options.series} series every {INTERVAL_S} s; load of the machine {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
            for server in servers:
                cost[server.name] = with_[server.name] - without[server.name]
                groups = server.groups()
                rules = [rule for group in groups for rule in group["rules"]]
                alerts = sum(len(rule["alerts"]) for rule in rules)
                spent = sum(group["evaluationTime"] for group in groups)
                bad = sum(rule["health"] != "ok" for rule in rules)
                print(f"{server.name:<11} rules {cost[server.name] * 100:6.2f} % of a core (whole program {without[server.name] * 100:.1f} % without, {with_[server.name] * 100:.1f} % with); "
                      f"newest evaluations together {spent:.3f} s; {server.series()} series, {alerts} alerts pending or firing, {bad} rules not ok")
            if len(servers) == 2:
                print(f"monitorai / prometheus: {cost['monitorai'] / cost['prometheus']:.2f}")
            feeder.end.set()
            if servers[0].name == "monitorai" and options.crossings:
                (folder / "rules.yml").write_text(json.dumps({"groups": rule_files(options.rules)["groups"] + CROSSING["groups"]}))
                servers[0].reload()
                waits, lost = crossings(servers[0], hook, options.crossings)
                at = lambda q: waits[min(len(waits) - 1, int(q * len(waits)))]
                print(f"from a crossing sample to the webhook: median {at(0.5):.2f} s, p95 {at(0.95):.2f} s, longest {waits[-1]:.2f} s, {lost} of {options.crossings} missing")
        finally:
            for server in servers:
                server.stop()


if __name__ == "__main__":
    main()

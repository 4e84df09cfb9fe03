#!/usr/bin/env python3
"""./dev bench metrics: the metric store and PromQL beside Debian's Prometheus and VictoriaMetrics.

Each server is started for real on a free loopback port with an empty folder, gets the same fleet by remote_write (bench/fleet.h),
is measured by its own CPU seconds, resident memory and bytes on disk, is killed with SIGKILL and started again, and answers the same
queries. One run, one machine; the ratios are what counts, and where other work runs beside it the CPU times are nearer to the truth than
those of the clock. Bytes on disk are those of the form in which samples stay: a block of Prometheus
(by a snapshot), merged parts of VictoriaMetrics, our partitions.

usage: metrics.py --build DIR [--series 100000] [--samples 120] [--big 1000000] [--only monitorai,prometheus,victoria]
"""
import argparse
import collections
import datetime
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

TICKS = os.sysconf("SC_CLK_TCK")
STEP_S = 15
QUERY_RUNS = 21

Answered = collections.namedtuple("Answered", "median p95 cpu found")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def bytes_below(folder):
    return sum(f.stat().st_size for f in pathlib.Path(folder).rglob("*") if f.is_file())


class Server:
    """One server under test. command(port, folder) starts it; ready is a path that answers 200."""

    def __init__(self, name, command, ready, version):
        self.name, self.command, self.ready, self.version = name, command, ready, version
        self.folder = tempfile.mkdtemp(prefix=f"bench-{name}-")
        self.process = None

    def start(self):
        self.port = free_port()
        log = open(os.path.join(self.folder, "log"), "ab")
        began = time.monotonic()
        self.process = subprocess.Popen(self.command(self.port, os.path.join(self.folder, "data")), stdout=log, stderr=log,
                                        cwd=self.folder, stdin=subprocess.DEVNULL)
        deadline = began + 120
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                sys.exit(f"{self.name} ended at its start: see {self.folder}/log")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{self.ready}", timeout=5) as answer:
                    if answer.status == 200:
                        return time.monotonic() - began
            except OSError:
                time.sleep(0.005)
        sys.exit(f"{self.name} is not ready after 120 s: see {self.folder}/log")

    def cpu(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def rss(self):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0

    def disk(self):
        """Ends the server. (bytes of compressed samples, bytes with the index) of its final form: not the logs that it writes before."""
        data = pathlib.Path(self.folder, "data")
        if self.name == "prometheus":
            self.post("/api/v1/admin/tsdb/snapshot")
        if self.name == "victoria":
            self.get("/internal/force_flush")
            self.get("/internal/force_merge")
            time.sleep(3)
        self.kill(signal.SIGTERM)
        if self.name == "prometheus":
            chunks, index = (sum(f.stat().st_size for f in data.glob(f"snapshots/*/*/{what}")) for what in ("chunks/*", "index"))
            return chunks, chunks + index
        if self.name == "victoria":
            return bytes_below(data / "data"), bytes_below(data)
        samples = 0
        for partition in data.glob("metrics/*/metrics.db"):
            database = sqlite3.connect(f"file:{partition}?mode=ro", uri=True)
            samples += database.execute("SELECT sum(pgsize) FROM dbstat WHERE name = 'pages'").fetchone()[0]
            database.close()
        return samples, bytes_below(data)

    def kill(self, how=signal.SIGKILL):
        self.process.send_signal(how)
        self.process.wait()

    def get(self, path, **parameters):
        url = f"http://127.0.0.1:{self.port}{path}?" + urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(url, timeout=300) as answer:
            return answer.read()

    def post(self, path):
        with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method="POST"), timeout=300) as answer:
            return answer.read()

    def query(self, path, **parameters):
        """QUERY_RUNS runs after a first one: milliseconds (median, p95), CPU milliseconds of the server a run, series in the answer."""
        answer = json.loads(self.get(path, **parameters))
        times = []
        cpu = self.cpu()
        for _ in range(QUERY_RUNS):
            began = time.perf_counter()
            self.get(path, **parameters)
            times.append((time.perf_counter() - began) * 1000)
        times.sort()
        return Answered(statistics.median(times), times[int(0.95 * (QUERY_RUNS - 1))], (self.cpu() - cpu) * 1000 / QUERY_RUNS, len(answer["data"]["result"]))

    def end(self):
        if self.process and self.process.poll() is None:
            self.kill(signal.SIGTERM)
        shutil.rmtree(self.folder, ignore_errors=True)


def servers(build, only):
    def monitorai(port, data):
        return [str(build / "monitorai"), "serve", "--listen", f"127.0.0.1:{port}", "--data", data, "--set", "exporters.process.listen=off",
                "--set", "exporters.gpu.listen=off", "--set", "metrics.listen=off", "--set", "logs.enabled=off", "--set", "traces.enabled=off",
                "--set", "otlp.http.listen=off", "--set", "otlp.grpc.listen=off", "--set", "collect.process.interval=1h", "--set", "collect.process.cleanup_timeout=1h",
                "--set", "scrape.runtimes=off", "--set", "http.request_bytes_max=67108864"]

    def prometheus(port, data):
        config = os.path.join(os.path.dirname(data), "prometheus.yml")
        pathlib.Path(config).write_text("global: {scrape_interval: 1h}\n")
        return ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={data}", f"--web.listen-address=127.0.0.1:{port}",
                "--web.enable-remote-write-receiver", "--web.enable-admin-api", "--storage.tsdb.retention.time=200h", "--log.level=warn"]

    def victoria(port, data):
        return ["victoria-metrics", f"-httpListenAddr=127.0.0.1:{port}", f"-storageDataPath={data}", "-retentionPeriod=200h",
                "-search.maxUniqueTimeseries=3000000", "-search.disableCache", "-loggerLevel=WARN"]

    all_of_them = {
        "monitorai": (monitorai, "/-/healthy", [str(build / "monitorai"), "version"]),
        "prometheus": (prometheus, "/-/ready", ["prometheus", "--version"]),
        "victoria": (victoria, "/health", ["victoria-metrics", "-version"]),
    }
    for name, (command, ready, version) in all_of_them.items():
        if name not in only:
            continue
        if not (pathlib.Path(command(1, "/tmp/x/data")[0]).exists() if name == "monitorai" else shutil.which(command(1, tempfile.gettempdir() + "/data")[0])):
            print(f"{name}: not installed, left out")
            continue
        text = subprocess.run(version, capture_output=True, text=True).stdout or subprocess.run(version, capture_output=True, text=True).stderr
        yield Server(name, command, ready, text.splitlines()[0] if text else "?")


def load(server, build, **options):
    arguments = [str(build / "bench" / "fleet_load"), "--port", str(server.port)]
    for key, value in options.items():
        arguments += [f"--{key.replace('_', '-')}", str(value)]
    before = server.cpu()
    done = subprocess.run(arguments, capture_output=True, text=True)
    if done.returncode != 0:
        print(f"{server.name}: the load was not taken as a whole: {done.stdout} {done.stderr[:500]}")
    out = json.loads(done.stdout)
    out["cpu"] = server.cpu() - before
    return out


FAMILIES = ["llm_inference_latency_seconds_bucket", "llm_inference_latency_seconds_sum", "llm_inference_latency_seconds_count", "llm_requests_total",
            "llm_tokens_total", "llm_process_cpu_seconds_total", "llm_process_cpu_percent", "llm_process_memory_bytes", "llm_process_gpu_memory_bytes",
            "llm_process_gpu_utilization"]


def count_samples(server, end_s, span_s):
    """All samples of the load that the server has (a name at a time: without their names series would be the same)."""
    total = 0.0
    for family in FAMILIES:
        result = json.loads(server.get("/api/v1/query", query=f"sum(count_over_time({family}[{span_s}s]))", time=end_s))["data"]["result"]
        total += float(result[0]["value"][1]) if result else 0.0
    return total


def took(row, what, answered):
    row[f"{what}, ms"] = answered.median
    row["  its CPU ms, " + what] = answered.cpu


def small_fleet(server, build, series, samples, start_ms):
    """The fleet of many samples: ingestion, disk, queries, a kill and what is there after it."""
    row = {}
    server.start()
    end_s = start_ms / 1000 + (samples - 1) * STEP_S
    sent = load(server, build, series=series, samples=samples, start_ms=start_ms)
    row["CPU s per million samples"] = sent["cpu"] / (sent["samples"] / 1e6)
    p95 = dict(query="histogram_quantile(0.95, sum(rate(llm_inference_latency_seconds_bucket[5m])) by (le))", start=end_s - 1800, end=end_s, step=15)
    took(row, "P95 over 30 min", server.query("/api/v1/query_range", **p95))
    rates = dict(query="sum by (model_name)(rate(llm_requests_total[5m]))", start=end_s - 1800, end=end_s, step=15)
    took(row, "sum by (model) of rates", server.query("/api/v1/query_range", **rates))
    took(row, "count of all series", server.query("/api/v1/query", query='count({job="llm-monitor"})', time=end_s))
    before = count_samples(server, end_s, samples * STEP_S)
    more = load(server, build, series=series, samples=1, start_ms=start_ms + samples * STEP_S * 1000, first_step=samples)
    server.kill()
    row["ready after the kill, s"] = server.start()
    row["  its CPU s"] = server.cpu()
    after = count_samples(server, end_s + STEP_S, (samples + 1) * STEP_S)
    row["samples lost by the kill"] = before + more["samples"] - after
    all_samples = sent["samples"] + more["samples"]
    row["bytes a sample on disk"], row["the same with the index"] = (size / all_samples for size in server.disk())
    return row


def big_fleet(server, build, series, start_ms):
    """Many series with few samples: what a series costs, and how it is found."""
    row = {}
    shutil.rmtree(os.path.join(server.folder, "data"), ignore_errors=True)
    server.start()
    end_s = start_ms / 1000 + 2 * STEP_S
    sent = load(server, build, series=series, samples=3, start_ms=start_ms)
    row["CPU s per million samples, new series"] = sent["cpu"] / (sent["samples"] / 1e6)
    row["resident bytes a series"] = server.rss() / series
    took(row, "topk(10)", server.query("/api/v1/query", query="topk(10, llm_process_gpu_memory_bytes)", time=end_s))
    nodes = "node-00[0-4].*"
    many = server.query("/api/v1/query", query=f'{{instance=~"{nodes}"}}', time=end_s)
    took(row, f"a selector that finds {many.found}", many)
    few = server.query("/api/v1/query", query='llm_process_cpu_percent{instance="node-0042:9101"}', time=end_s)
    row[f"one that finds {few.found}: p95, ms"] = few.p95
    server.kill(signal.SIGTERM)
    return row


def print_table(rows, names):
    widest = max(len(key) for key in rows)
    print(f"{'':{widest}}" + "".join(f"{name:>14}" for name in names) + "".join(f"{'us / ' + name:>20}" for name in names if name != "monitorai"))
    for key, values in rows.items():
        line = f"{key:{widest}}" + "".join(f"{values[name]:14.3f}" if name in values else f"{'-':>14}" for name in names)
        ours = values.get("monitorai")
        for name in names:
            if name != "monitorai":
                line += f"{ours / values[name]:20.3f}" if ours is not None and values.get(name) else f"{'-':>20}"
        print(line)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--series", type=int, default=100_000)
    parser.add_argument("--samples", type=int, default=120)
    parser.add_argument("--big", type=int, default=1_000_000, help="series of the second load; 0 leaves it out")
    parser.add_argument("--only", default="monitorai,prometheus,victoria")
    options = parser.parse_args()
    build = options.build.resolve()
    rows, names = {}, []
    # The newest sample lies just behind us, so that every server takes the load as fresh.
    start_ms = (int(time.time()) - options.samples * STEP_S - 60) * 1000
    print(f"{datetime.datetime.now():%Y-%m-%d %H:%M}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start, "
          f"{options.series} series x {options.samples} samples, {options.big} x 3")
    for server in servers(build, options.only.split(",")):
        names.append(server.name)
        print(f"{server.name}: {server.version}", flush=True)
        try:
            row = small_fleet(server, build, options.series, options.samples, start_ms)
            if options.big:
                row |= big_fleet(server, build, options.big, start_ms + (options.samples - 3) * STEP_S * 1000)
        finally:
            server.end()
        for key, value in row.items():
            rows.setdefault(key, {})[server.name] = value
    print_table(rows, names)
    print(f"load {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main()

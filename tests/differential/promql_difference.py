#!/usr/bin/env python3
"""Asks a real Prometheus and monitorai the same generated PromQL queries over the same data, and compares value by value.

Both are started on free loopback ports with empty folders and get the same OpenMetrics file by `monitorai import` (remote_write).
Debian's Prometheus is 2.42: its ranges are closed where ours, like Prometheus 3's, are left-open, so no sample stands on an evaluation
time or a window's edge; what 3.x changed otherwise is left out (docs/promql.md): counters have no gaps and no query looks before the first sample, since 3.x
extrapolates rates there differently.

usage: promql_difference.py MONITORAI [--queries 1500] [--seed N]
Prints the seed, each difference, and a line "N passed, N failed".
"""
import argparse
import http.client
import json
import math
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

MODELS = ["gpt2", "Qwen/Qwen2.5-7B", "llama 3.2"]
STEP_S = 15
SAMPLES = 200
RELATIVE = 1e-9


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    def __init__(self, name, command, ready, folder):
        self.name, self.port = name, free_port()
        self.log = open(os.path.join(folder, name + ".log"), "wb")
        self.process = subprocess.Popen(command(self.port), stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, cwd=folder)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if self.request("GET", ready)[0] == 200:
                    return
            except OSError:
                self.connection.close()
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        sys.exit(f"{name} does not start: see {self.log.name}")

    def request(self, method, path, body=None):
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def ask(self, path, parameters):
        status, body = self.request("POST", path, urllib.parse.urlencode(parameters))
        return json.loads(body)

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def write_data(path, rng, start_s):
    """Gauges with noise, gaps and NaN; counters with resets; a histogram; info series: each sample off the evaluation grid."""
    lines = []

    def series(name, labels, value_of, gaps=0.0):
        text = name + "{" + ",".join(f'{k}="{v}"' for k, v in labels.items()) + "}"
        for i in range(SAMPLES):
            if rng.random() < gaps:
                continue
            value = value_of(i)
            if value is not None:
                lines.append(f"{text} {value!r} {start_s + i * STEP_S + 7.123:.3f}".replace("nan", "NaN").replace("inf", "Inf"))

    for model in MODELS:
        for pid in ("101", "202", "303"):
            labels = {"model_name": model, "pid": pid}
            level = rng.uniform(0, 100)
            series("cpu", labels, lambda i: level + rng.gauss(0, 8))
            series("memory", labels | {"gpu": f"gpu{int(pid) % 2}"}, lambda i: float(rng.randrange(1 << 30, 1 << 34)))
            total = [0.0]

            def counter(i):
                if rng.random() < 0.02:
                    total[0] = 0.0
                total[0] += rng.randrange(0, 50)
                return total[0]

            series("requests_total", labels | {"status": rng.choice(["ok", "error"])}, counter)
        buckets = {"0.1": 0.0, "0.5": 0.0, "1.0": 0.0, "+Inf": 0.0}
        values = {le: [] for le in buckets}
        for i in range(SAMPLES):
            add = 0.0
            for le in buckets:
                add += rng.randrange(0, 9)
                buckets[le] += add
                values[le].append(buckets[le])
        for le in buckets:
            series("latency_bucket", {"model_name": model, "le": le}, lambda i, le=le: values[le][i])
        series("info", {"model_name": model, "version": f"v{len(model)}"}, lambda i: 1.0)
        series("constant", {"model_name": model}, lambda i: 3.0, gaps=0.3)
        series("odd", {"model_name": model}, lambda i: rng.choice([math.nan, math.inf, -math.inf, 0.0, -1.5, 1e300, 5e-324]))
    series("short", {"model_name": "gpt2"}, lambda i: float(i) if i < 20 else None)
    with open(path, "w") as out:
        out.write("\n".join(lines) + "\n")


class Queries:
    """A seeded grammar over every operator, aggregation and function that both sides have."""

    def __init__(self, rng):
        self.rng = rng

    def pick(self, *options):
        return self.rng.choice(options)

    def duration(self):
        return self.pick("1m", "2m", "5m", "10m", "90s")

    def selector(self, name=None):
        name = name or self.pick("cpu", "memory", "requests_total", "latency_bucket", "info", "constant", "odd", "short", "missing")
        matchers = []
        if self.rng.random() < 0.4:
            matchers.append(self.pick('model_name="gpt2"', 'model_name=~"gpt.*|llama.+"', 'model_name!="gpt2"', 'model_name!~".*Qwen.*"', 'pid="101"',
                                      'pid=~"1.*|3.*"', 'status=""', 'le!="0.5"'))
        return name + ("{" + ",".join(matchers) + "}" if matchers else "")

    def shift(self):
        chance = self.rng.random()
        if chance < 0.75:
            return ""
        if chance < 0.87:
            return " offset " + self.pick("1m", "5m", "-2m", "30s")
        if chance < 0.95:
            return self.pick(" @ start()", " @ end()", f" @ {self.at}")
        return f" @ {self.at} offset 1m"

    def ranged(self, depth):
        if depth > 0 and self.rng.random() < 0.15:
            return f"({self.vector(depth - 1)})[{self.pick('5m', '10m')}:{self.pick('1m', '30s', '45s')}]"
        return f"{self.selector()}[{self.duration()}]{self.shift()}"

    def scalar(self):
        return self.pick("0", "1", "2.5", "-3", "1e3", "0.95", "time()", "pi()", "scalar(constant{model_name=\"gpt2\"})", "100", "NaN", "Inf")

    def vector(self, depth):
        if depth == 0:
            return self.selector() + self.shift()
        kind = self.rng.random()
        if kind < 0.30:
            return self.call(depth)
        if kind < 0.55:
            return self.aggregate(depth)
        if kind < 0.85:
            return self.binary(depth)
        if kind < 0.9:
            return f"-{self.selector()}"
        return self.selector() + self.shift()

    def call(self, depth):
        over = self.pick("rate", "increase", "irate", "delta", "idelta", "deriv", "changes", "resets", "avg_over_time", "sum_over_time", "min_over_time",
                         "max_over_time", "count_over_time", "stddev_over_time", "stdvar_over_time", "last_over_time", "present_over_time",
                         "absent_over_time")
        if self.rng.random() < 0.45:
            return f"{over}({self.ranged(depth)})"
        choice = self.rng.randrange(16)
        if choice == 0:
            return f"quantile_over_time({self.pick('0', '0.5', '0.9', '1', '2')}, {self.ranged(depth)})"
        if choice == 1:
            return f"predict_linear({self.selector()}[{self.duration()}], {self.pick('60', '3600')})"
        if choice == 2:
            return f"histogram_quantile({self.pick('0', '0.5', '0.95', '1', '1.5', '-1')}, {self.pick('sum by (le) (', 'sum by (le, model_name) (', '(')}rate(latency_bucket[5m])))"
        if choice == 3:
            return f'label_replace({self.vector(depth - 1)}, "copy", "$1-x", "{self.pick("model_name", "pid", "nothing")}", "(.*)")'
        if choice == 4:
            return f'label_join({self.selector()}, "joined", "/", "model_name", "pid")'
        if choice == 5:
            return f"clamp({self.vector(depth - 1)}, {self.pick('0', '10', '-5')}, {self.pick('20', '50', '5')})"
        if choice == 6:
            return f"{self.pick('clamp_min', 'clamp_max', 'round')}({self.vector(depth - 1)}, {self.pick('1', '10', '0.5')})"
        if choice == 7:
            return f"{self.pick('abs', 'ceil', 'floor', 'exp', 'ln', 'log2', 'log10', 'sqrt', 'sgn', 'deg', 'rad')}({self.vector(depth - 1)})"
        if choice == 8:
            return f"{self.pick('sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh')}({self.vector(depth - 1)})"
        if choice == 9:
            return f"absent({self.selector()})"
        if choice == 10:
            return f"timestamp({self.selector()})"
        if choice == 11:
            return f"{self.pick('minute', 'hour', 'day_of_week', 'day_of_month', 'day_of_year', 'days_in_month', 'month', 'year')}({self.pick('', 'timestamp(cpu)')})"
        if choice == 12:
            return f"vector({self.scalar()})"
        if choice == 13:
            return f"{self.pick('sort', 'sort_desc')}({self.vector(depth - 1)})"
        return f"{over}({self.ranged(depth)})"

    def grouping(self):
        chance = self.rng.random()
        if chance < 0.3:
            return ""
        labels = self.pick("model_name", "pid", "model_name, pid", "status", "le", "nothing", "")
        return f" {self.pick('by', 'without')} ({labels}) "

    def aggregate(self, depth):
        inner = self.vector(depth - 1)
        choice = self.rng.randrange(10)
        if choice == 0:
            # Over values without ties: which of two equal ones is taken is nobody's promise.
            return f"{self.pick('topk', 'bottomk')}{self.grouping()}({self.pick('1', '2', '100')}, {self.pick('cpu', 'memory', 'cpu offset 1m', 'avg_over_time(cpu[5m])')})"
        if choice == 1:
            return f"quantile{self.grouping()}({self.pick('0', '0.5', '0.9', '1', '-1')}, {inner})"
        if choice == 2:
            return f'count_values{self.grouping()}("v", {self.pick("constant", "info", "round(cpu, 50)")})'
        return f"{self.pick('sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar')}{self.grouping()}({inner})"

    def binary(self, depth):
        left = self.vector(depth - 1)
        op = self.pick("+", "-", "*", "/", "%", "^", "==", "!=", ">", "<", ">=", "<=")
        boolean = " bool" if op in ("==", "!=", ">", "<", ">=", "<=") and self.rng.random() < 0.5 else ""
        chance = self.rng.random()
        if chance < 0.4:
            return f"({left}) {op}{boolean} {self.scalar()}"
        if chance < 0.5:
            return f"{self.scalar()} {op}{boolean} ({left})"
        if chance < 0.7:
            return f"({left}) {self.pick('and', 'or', 'unless')} {self.pick('', 'on (model_name) ', 'ignoring (pid) ')}({self.vector(depth - 1)})"
        if chance < 0.85:
            return f"({left}) {op}{boolean} {self.pick('on (model_name) group_left', 'on (model_name) group_left (version)', 'ignoring (pid) group_left')} ({self.pick('info', 'constant', 'sum by (model_name) (cpu)')})"
        return f"({left}) {op}{boolean} {self.pick('', 'on (model_name, pid) ', 'ignoring (gpu, status) ')}({self.vector(depth - 1)})"

    def one(self, at):
        self.at = at
        while True:
            query = self.vector(self.rng.choice([1, 1, 2, 2, 3]))
            # What 3.x changed: deviations of NaN and infinities. And what no two orders of summing agree on: deviations of times, remainders.
            if not ("std" in query and any(word in query for word in ("odd", "NaN", "Inf", "time", "/", "ln", "log", "^"))) and not ("%" in query and ("time()" in query or "memory" in query)):
                return query


def number(text):
    return float(text.replace("Inf", "inf"))


def same(a, b):
    a, b = number(a), number(b)
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return a == b or math.isclose(a, b, rel_tol=RELATIVE, abs_tol=1e-12)


def points(result):
    """{labels: [(time, value), ...]} of any result type."""
    if result["resultType"] in ("scalar", "string"):
        return {"": [tuple(result["result"])]}
    return {json.dumps(s["metric"], sort_keys=True): [tuple(p) for p in s.get("values") or [s["value"]]] for s in result["result"]}


def difference(theirs, ours):
    """None, or what differs."""
    if theirs["status"] != ours["status"]:
        return f"prometheus: {json.dumps(theirs)[:300]}\n    monitorai:  {json.dumps(ours)[:300]}"
    if theirs["status"] == "error":
        return None if theirs["errorType"] == ours["errorType"] else f"errors {theirs['errorType']} ({theirs['error']}) and {ours['errorType']} ({ours['error']})"
    if theirs["data"]["resultType"] != ours["data"]["resultType"]:
        return f"types {theirs['data']['resultType']} and {ours['data']['resultType']}"
    a, b = points(theirs["data"]), points(ours["data"])
    if set(a) != set(b):
        return f"only prometheus: {sorted(set(a) - set(b))[:3]}, only monitorai: {sorted(set(b) - set(a))[:3]}"
    for labels, theirs_points in a.items():
        ours_points = b[labels]
        if [p[0] for p in theirs_points] != [p[0] for p in ours_points]:
            return f"{labels}: {len(theirs_points)} points and {len(ours_points)}"
        for (when, x), (_, y) in zip(theirs_points, ours_points):
            if not same(x, y):
                return f"{labels} at {when}: {x} and {y}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("monitorai")
    parser.add_argument("--queries", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3), "big"))
    options = parser.parse_args()
    if not shutil.which("prometheus"):
        print("prometheus is not installed: ./dev test installs it")
        return 77
    rng = random.Random(options.seed)
    print(f"seed {options.seed}", flush=True)
    folder = tempfile.mkdtemp(prefix="promql-difference-")
    with open(os.path.join(folder, "prometheus.yml"), "w") as out:
        out.write("global: {scrape_interval: 1h}\n")
    started = []
    try:
        started.append(Server("prometheus", lambda port: ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb",
                                                          f"--web.listen-address=127.0.0.1:{port}", "--web.enable-remote-write-receiver",
                                                          "--enable-feature=promql-negative-offset,promql-at-modifier"], "/-/ready", folder))
        started.append(Server("monitorai", lambda port: [os.path.abspath(options.monitorai), "serve", "--listen", f"127.0.0.1:{port}", "--data", "data",
                                                         "--set", "exporters.process.listen=off", "--set", "exporters.gpu.listen=off", "--set", "logs.enabled=off"], "/-/healthy", folder))
        start_s = (int(time.time()) - SAMPLES * STEP_S - 120) // 60 * 60
        data = os.path.join(folder, "data.txt")
        write_data(data, rng, start_s)
        text = open(data).read().splitlines()
        with open(data, "w") as out:  # OpenMetrics times are seconds; text 0.0.4 wants milliseconds
            for line in text:
                series, stamp = line.rsplit(" ", 1)
                out.write(f"{series} {int(round(float(stamp) * 1000))}\n")
        for server in started:
            subprocess.run([options.monitorai, "import", "-q", "--url", f"http://127.0.0.1:{server.port}", data], check=True)
        queries, passed, failed, errors = Queries(rng), 0, 0, 0
        for _ in range(options.queries):
            at = start_s + rng.randrange(1500, SAMPLES * STEP_S) + 0.37
            query = queries.one(f"{at:.2f}")
            if rng.random() < 0.5:
                path, parameters = "/api/v1/query", {"query": query, "time": f"{at:.2f}"}
            else:
                path, parameters = "/api/v1/query_range", {"query": query, "start": f"{at - 240:.2f}", "end": f"{at:.2f}", "step": str(rng.choice([11, 15, 60]))}
            theirs, ours = started[0].ask(path, parameters), started[1].ask(path, parameters)
            errors += theirs["status"] == "error"
            what = difference(theirs, ours)
            if what is None:
                passed += 1
                continue
            failed += 1
            if failed <= 20:
                print(f"  {path} {json.dumps(parameters)}\n    {what}")
        print(f"{errors} of the queries are errors on both sides")
        print(f"{passed} passed, {failed} failed")
        return 1 if failed else 0
    finally:
        for server in started:
            server.end()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())

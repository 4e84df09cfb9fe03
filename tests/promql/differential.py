#!/usr/bin/env python3
"""The same data and the same random queries to a real Prometheus and to monitorai, both over HTTP; answers are compared value by value.

usage: differential.py MONITORAI [--seed N] [--queries N]

Debian's Prometheus is 2.42. Samples lie off the evaluation grid, so that its closed and our left-open ranges agree, and what Prometheus 3
changed is left out of the queries or expected below (CHANGED). Exits 1 when an answer differs otherwise, 77 without Prometheus.
"""
import argparse
import collections
import http.client
import json
import math
import pathlib
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

START_MS = 1_700_000_000_377
STEP_MS = 15_000
SAMPLES = 80
BOUNDS = ["0.1", "0.5", "1", "5", "+Inf"]

def values_at(answer):
    """The values of an answer by time, whichever series they belong to."""
    out = collections.defaultdict(list)
    for values in answer.values() if isinstance(answer, dict) else []:
        for at, value in values.items():
            out[at].append(f"{value:.8g}")
    return {at: sorted(values) for at, values in out.items()}


# What may differ, and why: (name, does it apply to this query and these two answers).
CHANGED = [
    ("subquery steps that fall on the start of a window: left-open since 3.0", lambda q, theirs, ours: re.search(r"\[\w+:\w*\]", q)),
    ("a many-to-one match is an error even where a comparison filters it, since 3.0",
     lambda q, theirs, ours: re.search(r"[<>=]", q) and isinstance(ours, str) and ours.startswith("multiple matches for labels")),
    ("a rate is extrapolated by half a scrape interval at most where samples end early, zero or not, since 3.0",
     lambda q, theirs, ours: re.search(r"(rate|increase)\([^)]*\[(45s|1m)\]", q) and not isinstance(ours, str)),
    ("stddev and stdvar of one infinite or NaN value are NaN since 3.0", lambda q, theirs, ours: re.search(r"std(dev|var)", q)),
    ("the last bit of a mean or a function of libm, made a label",
     lambda q, theirs, ours: "count_values" in q and re.search(r"sin|cos|tan|exp|ln|log|deg|rad|sqrt|avg|quantile|deriv|predict", q)),
    ("which of equal values topk and bottomk keep", lambda q, theirs, ours: re.search(r"(top|bottom)k", q) and values_at(theirs) == values_at(ours)),
]


def make_series(rnd):
    """(name, labels, values): counters that reset now and then, gauges with NaN, Inf and gaps, one histogram a job."""
    out = []
    for name, counter in (("c_total", True), ("d_total", True), ("g", False), ("h", False)):
        for job in "ab":
            for instance in "123":
                if rnd.random() < 0.15:
                    continue
                value, values = rnd.randint(100_000, 200_000), []
                for _ in range(SAMPLES):
                    if rnd.random() < 0.06:
                        values.append(None)
                    elif counter:
                        value = rnd.randint(100_000, 100_500) if rnd.random() < 0.02 else value + rnd.randint(0, 50)
                        values.append(value)
                    else:
                        usual = rnd.choice([rnd.randint(0, 100), round(rnd.uniform(-50, 50), 3), rnd.randint(-5, 5)])
                        values.append(usual if rnd.random() > 0.02 else rnd.choice([math.nan, math.inf, 0]))
                out.append((name, {"job": job, "instance": instance}, values))
    for job in "ab":
        for i, bound in enumerate(BOUNDS):
            value, values = 100_000 * (i + 1), []
            for _ in range(SAMPLES):
                value += rnd.randint(0, 10) + 10 * i
                values.append(value)
            out.append(("lat_bucket", {"job": job, "le": bound}, values))
    return out


def number(value):
    return "NaN" if math.isnan(value) else "+Inf" if value == math.inf else repr(value)


def write_data(series, folder):
    """data.om as OpenMetrics for promtool, data.txt as text with milliseconds for `monitorai import`."""
    theirs, ours, seen = [], [], set()
    for name, labels, values in series:
        selector = name + "{" + ",".join(f'{k}="{v}"' for k, v in labels.items()) + "}"
        if name not in seen:
            theirs.append(f"# TYPE {name} unknown")
            seen.add(name)
        at = [(START_MS + i * STEP_MS, number(v)) for i, v in enumerate(values) if v is not None]
        theirs += [f"{selector} {value} {ms / 1000:.3f}" for ms, value in at]
        ours += [f"{selector} {value} {ms}" for ms, value in at]
    (folder / "data.om").write_text("\n".join(theirs) + "\n# EOF\n")
    (folder / "data.txt").write_text("\n".join(ours) + "\n")


class Queries:
    def __init__(self, rnd):
        self.rnd = rnd

    def selector(self, counter=None):
        pick = self.rnd.choice
        if self.rnd.random() < 0.05:
            return '{__name__=~"c_total|g",job="a"}'
        name = pick({True: ["c_total", "d_total"], False: ["g", "h"], None: ["c_total", "d_total", "g", "h"]}[counter])
        return name + pick(["", "", "", '{job="a"}', '{instance=~"1|2"}', '{job!="b",instance!~"3"}'])

    def shift(self):
        at = f" @ {START_MS // 1000 + self.rnd.randint(100, 1000)}"
        return self.rnd.choice(["", "", "", "", " offset 1m", " offset -1m", at, " @ end()", " @ start() offset 30s"])

    def window(self, depth):
        pick = self.rnd.choice
        if self.rnd.random() < 0.4:
            return f'{pick(["rate", "increase", "irate", "resets"])}({self.selector(True)}[{pick(["1m", "2m", "5m", "45s"])}]{self.shift()})'
        name = pick("delta idelta deriv changes avg_over_time min_over_time max_over_time sum_over_time count_over_time last_over_time "
                    "present_over_time stddev_over_time stdvar_over_time absent_over_time quantile_over_time predict_linear".split())
        if self.rnd.random() < 0.75:
            shift = "" if name == "predict_linear" else self.shift()
            ranges = f'{self.selector(pick([True, False]))}[{pick(["1m", "2m", "5m", "45s"])}]{shift}'
        else:
            ranges = f'({self.vector(depth - 1)})[{pick(["3m", "5m"])}:{pick(["30s", "", "17s"])}]'
        if name == "quantile_over_time":
            return f'{name}({pick(["0.5", "0.9", "0", "1", "-1", "2"])}, {ranges})'
        if name == "predict_linear":
            return f'{name}({ranges}, {pick(["60", "-30", "time() % 100"])})'
        return f"{name}({ranges})"

    def aggregation(self, depth):
        pick = self.rnd.choice
        name = pick("sum avg min max count group stddev stdvar quantile topk bottomk count_values".split())
        parameter = {"quantile": pick(["0.5, ", "0.99, ", "0, "]), "topk": pick(["1, ", "2, ", "20, "]), "bottomk": pick(["1, ", "3, "]),
                     "count_values": '"v", '}.get(name, "")
        grouping = pick(["", " by (job)", " by (instance)", " without (job)", " by (job, instance)", " without ()", " by (__name__)"])
        return f"{name}{grouping} ({parameter}{self.vector(depth - 1)})"

    def call(self, depth):
        pick, inner = self.rnd.choice, self.vector(depth - 1)
        one = 'scalar(g{job="a",instance="1"})'
        buckets = pick(["rate(lat_bucket[2m])", "sum by (le) (rate(lat_bucket[5m]))", "sum by (le, job) (increase(lat_bucket[1m]))"])
        return pick([
            *[f"{name}({inner})" for name in "abs ceil floor sgn sqrt ln log2 log10 exp timestamp absent sort sort_desc sin cos atan asin acosh sinh tanh deg rad".split()],
            f"{pick(['minute', 'hour', 'day_of_week', 'day_of_month', 'day_of_year', 'days_in_month', 'month', 'year'])}(timestamp({self.selector()}))",
            f"-({inner})", f"clamp({inner}, -3, {pick(['5', one])})", f"clamp_min({inner}, 2)", f"round({inner}, {pick(['1', '0.5', '10'])})",
            f'label_replace({inner}, "x", "$1-y", "{pick(["job", "instance", "nope"])}", "(a|1|.*)")',
            f'label_join({inner}, "x", "-", "job", "instance")', f"vector(scalar({inner}))",
            f"histogram_quantile({pick(['0.5', '0.95', '0.1'])}, {buckets})",
        ])

    def binary(self, depth):
        pick, left = self.rnd.choice, self.vector(depth - 1)
        kind = self.rnd.random()
        if kind < 0.35:
            op = pick(["+", "-", "*", "/", "%", "^", ">", "<", "==", "!=", ">=", "<= bool", "> bool", "!= bool"])
            scalar = pick(["2", "0.5", "-1", "time()", 'scalar(g{job="a",instance="1"})', "(1+3)"])
            return f"({left} {op} {scalar})" if self.rnd.random() < 0.6 else f"({scalar} {op} {left})"
        if kind < 0.7:
            op = pick(["+", "-", "*", "/", ">", "<", "==", ">= bool"])
            matching = pick([" on (job, instance)", " on (job, instance)", " ignoring (x)", "", " on (instance) group_left (job)",
                             " on (job) group_left ()", " on (job) group_right ()", " ignoring (job) group_left"])
            right = self.vector(depth - 1)
            if "group" in matching and self.rnd.random() < 0.7:
                right = f'sum by ({"instance" if "instance" in matching else "job"}) ({right})'
            return f"({left} {op}{matching} {right})"
        return f'({left} {pick(["and", "or", "unless"])}{pick(["", " on (job)", " ignoring (instance)", " on ()"])} {self.vector(depth - 1)})'

    def vector(self, depth):
        kind = self.rnd.random()
        if depth <= 0 or kind < 0.18:
            return self.selector() + self.shift()
        make = self.window if kind < 0.40 else self.aggregation if kind < 0.55 else self.call if kind < 0.70 else self.binary
        return make(depth)

    def next(self):
        """("instant", query, time) or ("range", query, from, to, step), in milliseconds."""
        query, pick = self.vector(self.rnd.randint(1, 4)), self.rnd.choice
        base = START_MS // 1000 * 1000
        if self.rnd.random() < 0.5:
            return "instant", query, base + self.rnd.randint(60, 1300) * 1000
        start = base + self.rnd.randint(0, 600) * 1000
        return "range", query, start, start + pick([120, 300, 600]) * 1000, pick([15, 30, 60, 7]) * 1000


class Server:
    """A program that answers Prometheus's API on a free port of loopback. command: what starts it there."""

    def __init__(self, name, command, ready, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        log = folder / f"{name}.log"
        self.process = subprocess.Popen(command(f"127.0.0.1:{self.port}"), stdout=subprocess.DEVNULL, stderr=log.open("w"), stdin=subprocess.DEVNULL)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        deadline = time.monotonic() + 60
        while True:
            try:
                self.connection.request("GET", ready)
                answer = self.connection.getresponse()
                answer.read()
                if answer.status == 200:
                    return
            except OSError:
                self.connection.close()
            if time.monotonic() > deadline or self.process.poll() is not None:
                self.end()
                sys.exit(f"{name} does not start:\n" + log.read_text())
            time.sleep(0.1)

    def ask(self, kind, query, *times):
        """{labels: {milliseconds: value}}, or the text of the error."""
        names = ["time"] if kind == "instant" else ["start", "end", "step"]
        form = urllib.parse.urlencode({"query": query, **{name: value / 1000 for name, value in zip(names, times)}})
        path = "/api/v1/query" if kind == "instant" else "/api/v1/query_range"
        self.connection.request("POST", path, form, {"Content-Type": "application/x-www-form-urlencoded"})
        answer = json.loads(self.connection.getresponse().read())
        if answer["status"] == "error":
            return answer["error"]
        data = answer["data"]
        rows = [{"metric": {}, "values": [data["result"]]}] if data["resultType"] == "scalar" else data["result"]
        return {key(row["metric"]): {round(t * 1000): float(v) for t, v in row.get("values") or [row["value"]]} for row in rows}

    def end(self):
        self.process.terminate()
        self.process.wait()


def prometheus(folder):
    made = subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", folder / "data.om", folder / "tsdb"], capture_output=True, text=True)
    if made.returncode:
        sys.exit(f"promtool: {made.stderr}")
    (folder / "prometheus.yml").write_text("global: {evaluation_interval: 1m}\n")
    return Server("prometheus", lambda address: ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb",
                                                 "--storage.tsdb.retention.time=100y", f"--web.listen-address={address}"], "/-/ready", folder)


def monitorai(program, folder):
    quiet = [f"--set={key}" for key in ("exporters.process.listen=off", "exporters.gpu.listen=off", "scrape.runtimes=off", "logs.enabled=off", "metrics.listen=off", "traces.enabled=off",
                                      "otlp.http.listen=off", "otlp.grpc.listen=off", "metrics.retention=10y")]
    server = Server("monitorai", lambda address: [program, "serve", "--listen", address, "--data", folder / "data", *quiet], "/-/healthy", folder)
    done = subprocess.run([program, "import", "-q", "--url", f"http://127.0.0.1:{server.port}", folder / "data.txt"], capture_output=True, text=True)
    if done.returncode:
        server.end()
        sys.exit(f"monitorai import: {done.stderr}")
    return server


def key(metric):
    return tuple(sorted(metric.items()))


def equal(a, b):
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return a == b or abs(a - b) <= max(1e-8 * max(abs(a), abs(b)), 1e-9)


def difference(theirs, ours):
    """None, or a text that shows the first difference. Both failing is agreement: the words of errors have tests of their own."""
    if isinstance(theirs, str) or isinstance(ours, str):
        return None if isinstance(theirs, str) and isinstance(ours, str) else f"theirs: {str(theirs)[:200]}\n    ours: {str(ours)[:200]}"
    for metric in theirs.keys() | ours.keys():
        a, b = theirs.get(metric, {}), ours.get(metric, {})
        for at in sorted(a.keys() | b.keys()):
            if at not in a or at not in b or not equal(a[at], b[at]):
                return f"{dict(metric)} at {at}: theirs {a.get(at)}, ours {b.get(at)}"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("monitorai", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--queries", type=int, default=3000)
    options = parser.parse_args()
    if not shutil.which("prometheus") or not shutil.which("promtool"):
        print("differential: Prometheus is not installed, skipped")
        return 77
    rnd = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        write_data(make_series(rnd), folder)
        servers, count, queries = [], collections.Counter(), Queries(rnd)
        try:
            servers.append(prometheus(folder))
            servers.append(monitorai(options.monitorai.resolve(), folder))
            for _ in range(options.queries):
                question = queries.next()
                theirs, ours = (server.ask(*question) for server in servers)
                count["errors"] += isinstance(theirs, str)
                count["empty"] += theirs == {}
                wrong = difference(theirs, ours)
                if wrong is None:
                    continue
                reason = next((name for name, applies in CHANGED if applies(question[1], theirs, ours)), None)
                if reason is None:
                    count["wrong"] += 1
                    print(f"DIFFERENT {question}\n    {wrong}")
                else:
                    count[reason] += 1
        finally:
            for server in servers:
                server.end()
    known = "".join(f"\n  {number} known: {name}" for name, number in count.items() if name not in ("errors", "empty", "wrong"))
    print(f"seed {options.seed}: {options.queries} queries ({count['errors']} errors on both sides or one, {count['empty']} empty), {count['wrong']} differ{known}")
    return 1 if count["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())

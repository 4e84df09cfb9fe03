#!/usr/bin/env python3
"""Traces from OpenTelemetry's own Python SDK: the RAG example under `opentelemetry-instrument`, through gRPC and through HTTP with
protobuf, into a real `monitorai serve` that watches a real `monitorai demo`, whose vLLM server answers the example's prompts.

Each request must be one tree - prompt, embed, retrieve, inference, post-process below FastAPI's own span - that Tempo's API and TraceQL
find, that has its tokens, model, process, GPU and log lines, and that the metrics made of it lead back to. The packages go to FOLDER.

usage: traces.py MONITORAI FOLDER
"""
import base64
import contextlib
import json
import math
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from environment import Missing, python_with

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "python"
STEPS = ["prompt", "embed", "retrieve", "inference", "post-process"]
PROMPTS = ["Why is the sky blue?", "What does a language model predict?", "What is the P95 of a latency?"]
ROUNDS = 4
PATIENCE_SECONDS = 180
LATENCY = "histogram_quantile(0.95, sum(rate(llm_inference_latency_seconds_bucket[5m])) by (le))"


def eventually(what, look):
    """What `look` returns, once it is true."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            sys.exit(f"FAILED: never came: {what}; at last it was {found!r}")
        time.sleep(0.2)


def expect(condition, what):
    if not condition:
        sys.exit(f"FAILED: {what}")


@contextlib.contextmanager
def running(command, output, **more):
    """A program that ends with the block; what it prints goes to `output`."""
    with open(output, "wb") as log:
        process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, **more)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def printed(process, output, pattern):
    """What the first group of `pattern` finds in what the program prints."""
    def look():
        text = output.read_text(errors="replace")
        expect(process.poll() is None, f"{output.name} ended:\n{text}")
        return re.search(pattern, text, re.MULTILINE)
    return eventually(f"{pattern} of {output.name}", look).group(1)


def get(url, **parameters):
    """The body of a JSON answer; None for 404."""
    try:
        with urllib.request.urlopen(url + ("?" + urllib.parse.urlencode(parameters) if parameters else ""), timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        sys.exit(f"FAILED: {url} {parameters}: {error.code} {error.read().decode(errors='replace')}")


def bag(attributes):
    """OTLP's attributes as a dictionary; integers are strings in its JSON."""
    return {one["key"]: int(one["value"]["intValue"]) if "intValue" in one["value"] else next(iter(one["value"].values())) for one in attributes}


class Monitor:
    def __init__(self, output, process):
        address = lambda label: printed(process, output, rf"^\s*{label}\s+(http://\S+)")
        self.api = address("Pages and APIs")
        self.grpc = address("OTLP gRPC")
        self.http = address("OTLP")
        self.tempo = address("Tempo API")

    def query(self, promql):
        return get(f"{self.api}/api/v1/query", query=promql)["data"]["result"]

    def found(self, traceql):
        """The ids of the traces that match."""
        return {one["traceID"].zfill(32) for one in get(f"{self.tempo}/api/search", q=traceql, limit=1000)["traces"]}

    def spans(self, trace):
        """(span, resource) of a trace, as Tempo's API tells them: ids in base64."""
        answer = get(f"{self.tempo}/api/v2/traces/{trace}")
        return [(span, bag(group["resource"]["attributes"])) for group in answer["trace"]["resourceSpans"] for scope in group["scopeSpans"] for span in scope["spans"]]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(port, prompt):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/ask?{urllib.parse.urlencode({'prompt': prompt})}", timeout=60) as answer:
        return json.load(answer)["answer"]


@contextlib.contextmanager
def example(python, work, name, more):
    """The RAG service, traced; yields its port and process once it answers."""
    port = free_port()
    instrument, uvicorn = python.parent / "opentelemetry-instrument", python.parent / "uvicorn"
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "OTEL_SERVICE_NAME": name, "OTEL_EXPERIMENTAL_RESOURCE_DETECTORS": "process,host",
                   "OTEL_BSP_SCHEDULE_DELAY": "200", "OTEL_BLRP_SCHEDULE_DELAY": "200", "OTEL_METRIC_EXPORT_INTERVAL": "2000", **more}
    output = work / f"{name}.out"
    with running([instrument, uvicorn, "rag_service:app", "--port", port, "--log-level", "warning"], output, cwd=EXAMPLE, env=environment) as process:
        def answers():
            expect(process.poll() is None, f"the example ended:\n{output.read_text(errors='replace')}")
            with contextlib.suppress(OSError):
                return socket.create_connection(("127.0.0.1", port), timeout=5).close() is None
        eventually(f"{name} listens", answers)
        yield port, process


def check_tree(monitor, trace, name, pid, server_port, prompts):
    """One request, as SPEC section 7 wants it."""
    spans = monitor.spans(trace)
    by_id = {span["spanId"]: span for span, _ in spans}
    roots = [span for span, _ in spans if not span.get("parentSpanId")]
    expect(len(roots) == 1 and roots[0]["name"] == "GET /ask", f"{trace} has the roots {[span['name'] for span in roots]}")
    expect(all(span["parentSpanId"] in by_id for span, _ in spans if span is not roots[0]), f"{trace} is no tree")
    steps = sorted((span for span, _ in spans if span["name"] in STEPS), key=lambda span: int(span["startTimeUnixNano"]))
    expect([span["name"] for span in steps] == STEPS, f"{trace} has the steps {[span['name'] for span in steps]}")
    expect(all(span["parentSpanId"] == roots[0]["spanId"] for span in steps), f"{trace}: a step is not below the request")
    for _, resource in spans:
        expect(resource["service.name"] == name and resource["process.pid"] == pid, f"{trace} came from {resource}, not from {name} with pid {pid}")
    prompt, inference = bag(steps[0]["attributes"]), bag(steps[3]["attributes"])
    expect(prompt["prompt.length"] in {len(one) for one in prompts}, f"{trace} has prompt.length {prompt}")
    expect(inference["tokens.generated"] > 0 and inference["server.port"] == server_port, f"{trace} has an inference of {inference}")

    context = get(f"{monitor.api}/api/v1/traces/{trace}/context")
    calls = {call["kind"]: call for call in context["calls"]}
    call = calls["inference"]
    expect(call["model"] == inference["gen_ai.response.model"] and call["input_tokens"] == inference["gen_ai.usage.input_tokens"]
           and call["output_tokens"] == inference["tokens.generated"] and "embedding" in calls, f"{trace} has the calls {calls}")
    return base64.b64decode(steps[3]["spanId"]).hex(), context["processes"]


def check_service(monitor, name, pid, server, asked):
    """Everything that one instance of the example must have left; `server` is the model server's entry among the processes."""
    traces = eventually(f"{asked} requests of {name}", lambda: (found := monitor.found(f'{{ resource.service.name = "{name}" && name = "GET /ask" }}')) and len(found) == asked and found)
    model = server["model"]
    for trace in sorted(traces):
        span, processes = check_tree(monitor, trace, name, pid, server["port"], PROMPTS)
        joined = [one for one in processes if one["pid"] == server["pid"] and {"span": span, "role": "served", "by": "port"} in one["spans"]]
        expect(len(joined) == 1 and joined[0]["is_running"] and joined[0]["framework"] == "vllm" and joined[0]["gpus"], f"{trace} is joined to {processes}, not to {server}")
    print(f"{name}: {len(traces)} requests, each one tree: {' -> '.join(STEPS)}; answered by process {server['pid']} ({model})", flush=True)

    mine = f'resource.service.name = "{name}"'
    for query, want in ((f'{{ {mine} && name = "GET /ask" }} > {{ name = "inference" && span.tokens.generated > 0 }}', traces), (f'{{ {mine} }} >> {{ name = "post-process" }}', traces),
                        (f'{{ {mine} && name = "embed" }} ~ {{ name = "retrieve" }}', traces), (f'{{ {mine} && name = "embed" }} > {{ name = "inference" }}', set()),
                        (f'{{ {mine} && span.prompt.length > 0 }} ~ {{ span.gen_ai.response.model = "{model}" }}', traces)):
        expect(monitor.found(query) == want, f"{query} finds {len(monitor.found(query))} traces, not {len(want)}")

    mine = f'service="{name}"'
    for query in (f'llm_requests_total{{{mine},status="success",operation="inference"}}', f'llm_inference_latency_seconds_count{{{mine},operation="inference"}}',
                  f'traces_spanmetrics_calls_total{{{mine},span_name="GET /ask"}}', f'traces_spanmetrics_latency_count{{{mine},span_name="inference"}}',
                  f'sum(traces_service_graph_request_total{{client="{name}"}})'):
        eventually(f"{query} is {asked}", lambda: any(float(one["value"][1]) == asked for one in monitor.query(query)))
    eventually("tokens", lambda: monitor.query(f'llm_tokens_total{{{mine},direction="output"}} > 0'))
    eventually("metrics of the SDK itself", lambda: monitor.query(f'count({{job="{name}",__name__=~"http_server_.+_count"}}) > 0'))

    def exemplars():
        answer = get(f"{monitor.api}/api/v1/query_exemplars", query=f"llm_inference_latency_seconds_bucket{{{mine}}}", start=time.time() - 3600, end=time.time() + 60)
        return {one["labels"]["trace_id"] for series in answer["data"] for one in series["exemplars"]}
    expect(eventually("an exemplar", exemplars) <= traces, "an exemplar leads to a trace that is not there")

    def lines():
        answer = get(f"{monitor.api}/loki/api/v1/query_range", query=f'{{service_name="{name}"}} | trace_id != "" |= "answered a prompt"', limit=1000)
        return {stream["stream"]["trace_id"] for stream in answer["data"]["result"]}
    eventually(f"a log line of each trace of {name}", lambda: lines() == traces)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    program, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    try:
        python = python_with(folder, ["-r", str(EXAMPLE / "requirements-rag.txt")])
    except Missing as missing:
        print(f"skipped: traces: {missing}")
        return
    work = pathlib.Path(tempfile.mkdtemp(prefix="monitorai-interop-"))
    options = [part for key in ("exporters.process.listen", "exporters.gpu.listen", "metrics.listen", "logs.listen", "otlp.http.listen", "otlp.grpc.listen", "traces.listen") for part in ("--set", f"{key}=127.0.0.1:0")]
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, work, ignore_errors=True)
        demo = stack.enter_context(running([program, "demo", "--only", "vllm", "--dir", work, "--json", "--otlp", "off"], work / "demo.out"))
        own = {one["pid"] for one in json.loads(printed(demo, work / "demo.out", r'^(\{.*"processes".*\})$'))["processes"]}
        serve = stack.enter_context(running([program, "serve", "--listen", "127.0.0.1:0", "--data", work / "data", "--set", "collect.process.interval=1s", "--set", "logs.detected=off", *options], work / "serve.out", cwd=work))
        monitor = Monitor(work / "serve.out", serve)

        def vllm():
            scan = get(f"{monitor.api}/api/v1/processes")
            return next(({"pid": one["root_pid"], "port": one["ports"][0]["port"], "model": one["model"]} for one in scan["services"] if one["root_pid"] in own and one["ports"]), None)
        server = eventually("the model server among the processes", vllm)

        model = {"MODEL_URL": f"http://127.0.0.1:{server['port']}"}
        senders = {"rag-grpc": {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_ENDPOINT": monitor.grpc, "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip"},
                   "rag-http": {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_EXPORTER_OTLP_ENDPOINT": monitor.http}}
        for name, variables in senders.items():
            with example(python, work, name, {**model, **variables}) as (port, process):
                for _ in range(ROUNDS):
                    for prompt in PROMPTS:
                        expect("simulated answer" in ask(port, prompt), "the model server did not answer")
                check_service(monitor, name, process.pid, server, ROUNDS * len(PROMPTS))
                # Further requests, so that rates have an increase to see.
                eventually(f"a number for {LATENCY}", lambda: ask(port, PROMPTS[0]) and any(math.isfinite(float(one["value"][1])) for one in monitor.query(LATENCY)))
        print(f"{LATENCY} = {monitor.query(LATENCY)[0]['value'][1]} s")
    print("ok")


if __name__ == "__main__":
    main()

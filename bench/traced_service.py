#!/usr/bin/env python3
"""./dev bench traced_service: what tracing costs a Python service, with OpenTelemetry's own SDK.

examples/python/rag_service.py runs under uvicorn three times: without tracing, with 10 % of the traces
(OTEL_TRACES_SAMPLER=parentbased_traceidratio, 0.1) and with all. Each run answers the same requests at the same rate, one after the other;
the CPU time of the service's process (user and system) is read from /proc before and after. The cost is the difference to the run
without tracing, in ms a request and in percent of one core at that rate. Spans go to `--endpoint` (BatchSpanProcessor, the SDK's default).

usage: traced_service.py --python PYTHON [--endpoint http://127.0.0.1:4318] [--requests 600] [--rate 20]
PYTHON is an interpreter that has the packages of examples/python/requirements-rag.txt.
"""
import argparse
import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.request

EXAMPLE = pathlib.Path(__file__).resolve().parent.parent / "examples" / "python"
TICKS = os.sysconf("SC_CLK_TCK")
WARM_UP = 50


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(python, name, variables, endpoint, requests, rate):
    port = free_port()
    command = ["-m", "uvicorn", "rag_service:app", "--port", str(port), "--log-level", "warning"]
    if name != "none":
        command = [str(pathlib.Path(python).parent / "opentelemetry-instrument"), "--logs_exporter", "none", "--metrics_exporter", "none", python, *command]
    else:
        command = [python, *command]
    environment = {**os.environ, "OTEL_SERVICE_NAME": "rag", "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", **variables}
    service = subprocess.Popen(command, cwd=EXAMPLE, env=environment)
    try:
        ask = lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/ask?prompt=Why+is+the+sky+blue%3F", timeout=60).read()
        for _ in range(600):
            try:
                ask()
                break
            except OSError:
                if service.poll() is not None:
                    sys.exit(f"traced_service.py: the service ended ({name})")
                time.sleep(0.1)
        for _ in range(WARM_UP):
            ask()
        before, begun = cpu_seconds(service.pid), time.monotonic()
        for number in range(requests):
            time.sleep(max(0.0, begun + number / rate - time.monotonic()))
            ask()
        took = time.monotonic() - begun
        # What is still to be exported belongs to these requests: the processor waits 5 s.
        time.sleep(6)
        return cpu_seconds(service.pid) - before, requests / took
    finally:
        service.terminate()
        service.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", help="not used: there is nothing of ours in the traced service")
    parser.add_argument("--python", required=True)
    parser.add_argument("--endpoint", default="http://127.0.0.1:4318")
    parser.add_argument("--requests", type=int, default=600)
    parser.add_argument("--rate", type=float, default=20)
    arguments = parser.parse_args()
    plain = None
    print(f"{'tracing':12} {'ms CPU a request':>17} {'requests/s':>11} {'of a core, added':>17}")
    for name, variables in (("none", {}), ("10 %", {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.1"}), ("all", {})):
        used, rate = run(arguments.python, name, variables, arguments.endpoint, arguments.requests, arguments.rate)
        each = used / arguments.requests
        plain = each if plain is None else plain
        print(f"{name:12} {each * 1000:17.2f} {rate:11.1f} {(each - plain) * rate * 100:16.2f}%")


if __name__ == "__main__":
    main()

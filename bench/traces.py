#!/usr/bin/env python3
"""./dev bench traces: spans from OTLP's bytes to the partition and back.

Spans of 15 attributes come in requests of 512 (8 spans a trace, 10 services, spread over an hour), are decoded, counted into metrics, written
and found again. CPU times are of the receiving thread, and of the whole program without making the requests. One run, one machine.
Where libgrpc++ is installed, the CPU of a server that receives and decodes the same requests over gRPC: ours, and grpc++ with generated
protobuf, the best of three each.

usage: traces.py --build DIR [--spans 1000000] [--folder DIR]
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile


GRPC_REQUESTS = 2000


def grpc_ns(program, who):
    """CPU of a server for each span that it receives and decodes, in ns."""
    server = subprocess.Popen([program, who], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    port = server.stdout.readline().strip()
    sent = subprocess.run([program, "send", port, str(GRPC_REQUESTS)], check=False)
    server.stdin.close()
    counted = json.loads(server.stdout.read())
    if sent.returncode != 0 or server.wait() != 0:
        sys.exit(f"traces.py: otlp_grpc {who} failed")
    return counted["cpu_seconds"] * 1e9 / counted["spans"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--spans", type=int, default=1_000_000)
    parser.add_argument("--folder", default=None)
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="traces-bench-", dir=arguments.folder)
    try:
        done = subprocess.run([arguments.build / "bench" / "traces_bench", folder, str(arguments.spans)], stdout=subprocess.PIPE, check=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if done.returncode != 0:
        sys.exit("traces.py: traces_bench failed")
    r = json.loads(done.stdout)
    rate = lambda ns: f"{1e9 / ns:,.0f} spans/s a core"
    rows = [
        ("spans, bytes of a request each", f"{r['spans']:,}, {r['request_bytes_per_span']}", ""),
        ("decode OTLP", f"{r['decode_ns']} ns a span", rate(r["decode_ns"])),
        ("ingest, receiving thread", f"{r['ingest_thread_ns']} ns a span", rate(r["ingest_thread_ns"])),
        ("ingest, whole program", f"{r['ingest_process_ns']} ns a span", rate(r["ingest_process_ns"])),
        ("on disk", f"{r['disk_bytes_per_span']} bytes a span", ""),
        ("trace by id", f"p50 {r['trace_p50_ms']} ms", f"p95 {r['trace_p95_ms']} ms"),
        ("the same, CPU", f"p50 {r['trace_cpu_p50_ms']} ms", f"p95 {r['trace_cpu_p95_ms']} ms"),
        ("service + duration, 20 traces", f"{r['search_ms']} ms", ""),
        ("five conditions, nothing found", f"{r['search_none_ms']} ms", ""),
        ("an attribute's rare value", f"{r['attribute_ms']} ms", ""),
        ("rate() of errors by service", f"{r['rate_ms']} ms", ""),
        ("peak memory", f"{r['memory_mib']} MiB", ""),
    ]
    program = arguments.build / "bench" / "otlp_grpc"
    if program.exists():
        ours, theirs = (min(grpc_ns(program, who) for _ in range(3)) for who in ("ours", "grpc"))
        rows.append(("OTLP/gRPC received and decoded", f"{ours:.0f} ns a span", rate(ours)))
        rows.append(("grpc++ and generated protobuf", f"{theirs:.0f} ns a span", f"ours is {ours / theirs:.2f} of it"))
    for what, figure, more in rows:
        print(f"{what:34} {figure:>24}   {more}")


if __name__ == "__main__":
    main()

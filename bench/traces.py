#!/usr/bin/env python3
"""./dev bench traces: spans from OTLP's bytes to the partition and back.

Spans of 15 attributes come in requests of 512 (8 spans a trace, 10 services, spread over an hour), are decoded, counted into metrics, written
and found again. CPU times are of the receiving thread, and of the whole program without making the requests. One run, one machine.

usage: traces.py --build DIR [--spans 1000000] [--folder DIR]
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile


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
        ("service + duration, 20 traces", f"{r['search_ms']} ms", ""),
        ("five conditions, nothing found", f"{r['search_none_ms']} ms", ""),
        ("an attribute's rare value", f"{r['attribute_ms']} ms", ""),
        ("rate() of errors by service", f"{r['rate_ms']} ms", ""),
        ("peak memory", f"{r['memory_mib']} MiB", ""),
    ]
    for what, figure, more in rows:
        print(f"{what:34} {figure:>24}   {more}")


if __name__ == "__main__":
    main()

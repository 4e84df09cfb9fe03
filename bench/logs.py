#!/usr/bin/env python3
"""./dev bench logs: the log store beside grep over the plain files and over zstd files.

A seeded corpus (bench/logs_corpus.h: vLLM, llama-server, uvicorn, JSON lines, tracebacks; 200 streams) is written into a store and as plain files.
Ingest is the CPU time of the store alone, on one thread. A rare word is the id of one request: 100 different ones, over everything. Frequent
words are counted over everything. grep and ripgrep read the same text from plain files (in the page cache), zstdcat | grep from files
of zstd -3; each one's own CPU seconds stand beside its wall time. One run, one machine; the ratios are what counts.

usage: logs.py --build DIR [--size 2048] [--streams 200] [--folder DIR] [--level 1] [--block 524288] [--content]      size in MiB
"""
import argparse
import glob
import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

FREQUENT = ["request", "POST /v1/chat/completions", "CUDA out of memory"]
LOGQL = [
    ("one request", '{job="llm-model"} |= "NEEDLE"', 20),
    ("a frequent word, counted", 'sum(count_over_time({job="llm-model"} |= "request" [48h]))', 1),
    ("a field of JSON lines", 'sum(count_over_time({framework="gateway"} | json | status="502" [48h]))', 1),
    ("lines by framework", 'sum by (framework) (count_over_time({job="llm-model"}[48h]))', 1),
]


def run(command):
    """Wall seconds, CPU seconds and output of a shell command; its exit status is not looked at (grep without a match has 1)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(["bash", "-c", command], stdout=subprocess.PIPE, check=False)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, done.stdout.decode(errors="replace").strip()


def bench(program, *arguments):
    done = subprocess.run([program, *[str(a) for a in arguments]], stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        sys.exit(f"logs.py: {program} {' '.join(map(str, arguments))} failed")
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--size", type=int, default=2048)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--folder", default=None)
    parser.add_argument("--level", type=int, default=1)
    parser.add_argument("--block", type=int, default=512 << 10)
    parser.add_argument("--content", action="store_true")
    arguments = parser.parse_args()
    if arguments.content:
        return content(arguments)
    program = arguments.build / "bench" / "logs_bench"
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    folder = pathlib.Path(arguments.folder or tempfile.mkdtemp(prefix="bench-logs-"))
    try:
        measure(program, folder, arguments)
        content(arguments)
    finally:
        if arguments.folder is None:
            shutil.rmtree(folder, ignore_errors=True)


def content(arguments):
    mib = min(arguments.size, 256)
    done = subprocess.run([arguments.build / "bench" / "log_content_bench", str(mib << 20), str(arguments.streams)],
                          stdout=subprocess.PIPE, check=True, text=True)
    print(f"\n{'content, MB/s of CPU':34} {'corpus':>9} {'a tenth said':>13}   {mib} MiB each, load {os.getloadavg()[0]:.1f}")
    rows = {}
    for line in map(json.loads, done.stdout.splitlines()):
        rows.setdefault((line["step"], line["content"]), []).append(line["mb_per_s"])
    for (step, setting), speeds in rows.items():
        name = "read by the judge" if step == "judge" else f"before the store, {setting}"
        corpus, said = ("passed on" if speed > 1e5 else f"{speed:.0f}" for speed in speeds)
        print(f"{name:34} {corpus:>9} {said:>13}")
    best = {}
    for _ in range(3):
        for setting in ("", "redacted"):
            with tempfile.TemporaryDirectory(prefix="bench-logs-") as folder:
                got = bench(arguments.build / "bench" / "logs_bench", "ingest", folder, mib << 20, arguments.streams, arguments.level, arguments.block, *filter(None, [setting]))
                best[setting] = max(best.get(setting, 0), got["mb_per_s"])
    print(f"ingest, the best of three: {best['']:.0f} MB/s of CPU by the store alone, {best['redacted']:.0f} with content redacted and the judge listening")


def measure(program, folder, arguments):
    ingest = bench(program, "ingest", folder, arguments.size << 20, arguments.streams, arguments.level, arguments.block)
    raw = ingest["raw_bytes"]
    print(f"corpus: {raw / 2**20:.0f} MiB, {ingest['lines']} lines, {arguments.streams} streams, {ingest['blocks']} blocks")
    print(f"ingest: {ingest['mb_per_s']:.0f} MB/s of CPU time (upkeep {100 * ingest['upkeep_cpu_s'] / ingest['cpu_s']:.0f} %), "
          f"memory at most {ingest['rss_bytes_max'] / 2**20:.0f} MiB")
    print(f"disk:   1/{ingest['disk_ratio']:.2f} of raw, of which filters {100 * ingest['filter_bytes'] / ingest['disk_bytes']:.1f} %")

    plain = sorted(glob.glob(f"{folder}/plain/*.log"))
    files = " ".join(plain)
    subprocess.run(["zstd", "-q", "-3", "-f", "-k", *plain], check=True)
    zstd_bytes = sum(os.path.getsize(f + ".zst") for f in plain)
    print(f"        zstd -3 of each whole file: 1/{raw / zstd_bytes:.2f}")
    subprocess.run(["cat", *plain], stdout=subprocess.DEVNULL, check=True)  # into the page cache

    tools = {"grep": "LC_ALL=C grep -cF -h -e {0} " + files,
             "zstdcat | grep": "zstdcat " + " ".join(f + ".zst" for f in plain) + " | LC_ALL=C grep -cF -e {0}"}
    if shutil.which("rg"):
        tools["rg"] = "rg -j1 -cF -e {0} " + files

    rare = bench(program, "search", folder, "rare")
    print(f"\n{'a rare word over all':34} {'ms':>9} {'CPU ms':>9} {'beside us':>10}")
    ours = rare["p50_ms"]
    print(f"{'log store, p50 (p95, first)':34} {ours:9.1f} {1000 * rare['cpu_s'] / rare['queries']:9.1f}            "
          f"p95 {rare['p95_ms']:.1f} (CPU {rare['p95_cpu_ms']:.1f}), first {rare['first_ms']:.1f}, {rare['blocks_read'] / rare['queries']:.1f} of {rare['blocks']} blocks read")
    needles = pathlib.Path(folder, "needles").read_text().split()[:3]
    for name, command in tools.items():
        runs = [run(command.format(needle)) for needle in needles]
        wall = statistics.median(r[0] for r in runs)
        print(f"{name:34} {1000 * wall:9.1f} {1000 * statistics.median(r[1] for r in runs):9.1f} {1000 * wall / ours:9.0f}x")

    for word in FREQUENT:
        print(f"\n{'count: ' + word:34} {'ms':>9} {'CPU ms':>9} {'GB/s CPU':>9}")
        ours = bench(program, "search", folder, "count", word)
        print(f"{'log store':34} {ours['p50_ms']:9.0f} {1000 * ours['cpu_s']:9.0f} {raw / ours['cpu_s'] / 1e9:9.2f}   "
              f"{ours['matches']} lines; {ours['gb_per_s']:.2f} GB/s of what was decoded")
        for name, command in tools.items():
            wall, cpu, _ = run(command.format(f"'{word}'"))
            print(f"{name:34} {1000 * wall:9.0f} {1000 * cpu:9.0f} {raw / cpu / 1e9:9.2f}")

    print(f"\n{'LogQL, one thread':34} {'p50 ms':>9} {'p95 ms':>9} {'p95 CPU':>9} {'GB/s CPU':>9}")
    for name, query, runs in LOGQL:
        got = bench(program, "query", folder, query, runs)
        print(f"{name:34} {got['p50_ms']:9.1f} {got['p95_ms']:9.1f} {got['p95_cpu_ms']:9.1f} {got['gb_per_s']:9.2f}   {got['matches']} lines   {query}")


if __name__ == "__main__":
    main()

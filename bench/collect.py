"""Finding and measuring LLM processes: what it costs, and how right it is, ours beside the others.

    ./dev bench collect [--processes 1000,10000] [--idle SECONDS] [--only detect,scan,serve]

CPU times are those of the kernel and of user code together, of one scan, on this machine with what else runs on it.
"""

import argparse
import contextlib
import http.client
import json
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time

LLMS = 20
PSUTIL_LOOPS = 5
REQUESTS = 300
WANTED_POLLING_MS, WANTED_EVENTS_MS = 5.0, 1.0


@contextlib.contextmanager
def herd(build, count, llms):
    """`count` sleeping processes, `llms` of which look like llama-server."""
    process = subprocess.Popen([build / "bench/herd", str(count), str(llms)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    started = int(process.stdout.readline().split()[1])
    if started < count:
        print(f"only {started} of {count} processes could be started: the limits of this machine are lower")
    try:
        yield started
    finally:
        process.stdin.close()
        process.wait()


def scan_milliseconds(build):
    """CPU milliseconds of each benchmark of scan_bench, None where it could not run."""
    done = subprocess.run([build / "bench/scan_bench", "--benchmark_format=json", "--benchmark_min_time=0.5"], capture_output=True, text=True, check=True)
    to_ms = {"ns": 1e-6, "us": 1e-3, "ms": 1.0}
    out = {}
    for one in json.loads(done.stdout)["benchmarks"]:
        out[one["name"]] = None if one.get("error_occurred") else one["cpu_time"] * to_ms[one["time_unit"]]
        if "processes" in one:
            out["processes"] = int(one["processes"])
    return out


def psutil_milliseconds():
    """The original's loop: pid, name and command line of every process. None without psutil."""
    try:
        import psutil
    except ImportError:
        return None
    costs = []
    for _ in range(PSUTIL_LOOPS):
        begin = time.process_time()
        for process in psutil.process_iter(["pid", "name", "cmdline"]):
            try:
                " ".join(process.info["cmdline"] or [])
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                pass
        psutil.process_iter.cache_clear() if hasattr(psutil.process_iter, "cache_clear") else None
        costs.append((time.process_time() - begin) * 1000)
    return statistics.median(costs)


def bench_scan(build, counts):
    print(f"one scan of all processes, {LLMS} of them LLMs: CPU milliseconds, and how many times ours polling")
    names = [("ours, polling", "scan_polling"), ("ours, process events", "scan_events"), ("ours, the very first scan", "scan_first"),
             ("stat + cmdline + statm, read plainly", "plain_read"), ("psutil: pid, name, cmdline", "psutil")]
    for count in counts:
        with herd(build, count, LLMS):
            measured = scan_milliseconds(build)
            measured["psutil"] = psutil_milliseconds()
        polling = measured.get("scan_polling")
        print(f"  {measured.get('processes', count)} processes")
        for title, key in names:
            value = measured.get(key)
            if value is None:
                print(f"    {title:<40}{'not here':>12}")
            else:
                wanted = {"scan_polling": f"  wanted at 1,000: {WANTED_POLLING_MS}", "scan_events": f"  wanted at 1,000: {WANTED_EVENTS_MS}"}.get(key, "")
                print(f"    {title:<40}{value:>9.2f} ms{value / polling:>8.1f} x{wanted}")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def cpu_seconds(pid):
    """Of all threads, in nanosecond resolution."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def resident_megabytes(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


def wait_for(port):
    for _ in range(100):
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/metrics")
            if connection.getresponse().read():
                return connection
        time.sleep(0.1)
    sys.exit("monitorai serve does not answer")


@contextlib.contextmanager
def serve(build, folder):
    port = free_port()
    command = [build / "monitorai", "serve", "--data", folder, "--listen", f"127.0.0.1:{port}"]
    for listener in ("exporters.process", "exporters.gpu", "metrics", "logs"):
        command += ["--set", f"{listener}.listen=off"]
    process = subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        yield process, wait_for(port)
    finally:
        process.terminate()
        process.wait()


def bench_serve(build, idle):
    print("monitorai serve")
    with tempfile.TemporaryDirectory() as folder, serve(build, folder) as (process, _):
        time.sleep(3)
        begin = cpu_seconds(process.pid)
        time.sleep(idle)
        used = cpu_seconds(process.pid) - begin
        print(f"    resident memory, nothing stored yet {resident_megabytes(process.pid):>10.1f} MB  wanted: under 25")
        print(f"    idle CPU over {idle} s, default interval {100 * used / idle:>9.3f} %   wanted: under 0.1")
    with tempfile.TemporaryDirectory() as folder, herd(build, 200, 200), serve(build, folder) as (process, connection):
        time.sleep(2)
        times, size = [], 0
        begin = cpu_seconds(process.pid)
        for _ in range(REQUESTS):
            start = time.perf_counter()
            connection.request("GET", "/metrics")
            size = len(connection.getresponse().read())
            times.append((time.perf_counter() - start) * 1000)
        used = (cpu_seconds(process.pid) - begin) * 1000 / REQUESTS
        times.sort()
        print(f"    /metrics of 200 LLM processes ({size / 1024:.0f} KiB): server CPU {used:.2f} ms a request (wanted: under 1), "
              f"seen by a Python client p50 {times[len(times) // 2]:.2f} ms, p99 {times[int(len(times) * 0.99)]:.2f} ms")


def bench_detect(build, corpus):
    try:
        import detect_accuracy
    except ImportError:
        return
    if not pathlib.Path(corpus).exists():
        print(f"no corpus at {corpus}: accuracy is not measured")
        return
    detect_accuracy.table(detect_accuracy.accuracy(build / "monitorai", corpus))


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/bench")
    parser.add_argument("--processes", default="1000,10000", help="sizes of the herd")
    parser.add_argument("--idle", type=int, default=30, help="seconds over which the idle CPU of serve is taken")
    parser.add_argument("--only", default="detect,scan,serve")
    parser.add_argument("--corpus", default=str(root / "../shared/corpus/cmdlines.jsonl"))
    args = parser.parse_args()
    build = (root / args.build).resolve()
    parts = args.only.split(",")
    if "detect" in parts:
        bench_detect(build, args.corpus)
    if "scan" in parts:
        bench_scan(build, [int(count) for count in args.processes.split(",")])
    if "serve" in parts:
        bench_serve(build, args.idle)
    return 0


if __name__ == "__main__":
    sys.exit(main())

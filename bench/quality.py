#!/usr/bin/env python3
"""./dev bench quality: what judging costs beside the Python originals, how often drift tests cry wolf, what they find.

Parts: costs, calibration, power; all of them without --part. In the windows of the calibration nothing drifts: a test at 5 %
should raise 5 % of alarms. Evidently's defaults stand beside ours, computed with its own definitions (tests/quality holds its numbers).
With --peers, scipy and rouge-score are taken from PyPI into the build folder and run on the same data; without, ours is printed alone.
The full calibration (--windows 2000) takes an hour of one core.

usage: quality.py --build DIR [--part NAME]... [--windows 400] [--rows 50,100,200,500,1000,2000,5000] [--peers]
"""
import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

PARTS = ["costs", "calibration", "power"]
PEERS = ["scipy", "rouge-score"]
KS_PEER = """
import sys, time, numpy
from scipy import stats
rows, columns, window_rows = map(int, sys.argv[1:])
random = numpy.random.default_rng(1)
baseline, window = random.standard_normal((columns, rows)), random.standard_normal((columns, window_rows))
before = time.process_time()
for b, w in zip(baseline, window):
    stats.ks_2samp(b, w)
print(time.process_time() - before)
"""
ROUGE_PEER = """
import json, sys, time
from rouge_score import rouge_scorer
lines = open(sys.argv[1], encoding="utf-8").read().splitlines()
scorer = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=True)
before = time.process_time()
f = [scorer.score(t, p)["rougeL"].fmeasure for t, p in zip(lines[::2], lines[1::2])]
print(json.dumps({"cpu_s": time.process_time() - before, "f": f}))
"""


def lines_of(*command):
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, check=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def peers_of(build):
    """The Python of a folder that has the peers, or None where PyPI cannot be reached."""
    folder = build / "peers"
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    done = subprocess.run([python, "-m", "pip", "install", "-q", *PEERS], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        print(f"the peers are left out: pip cannot install {', '.join(PEERS)}: {done.stderr.strip().splitlines()[-1]}")
        return None
    return python


def percent(rates):
    return f"{100 * rates['alarms'] / rates['windows']:.1f}"


ORDERS = [(0, "independent"), (0.3, "in light bursts"), (0.7, "in bursts")]


def print_calibration(program, rows, windows):
    """Windows of embeddings are fewer: each costs 399 classifiers, and at most so many rows are compared anyway."""
    vectors = max(windows // 5, 1)
    print(f"\n% of windows without drift that raise an alarm (5 is right); baseline 2000 rows, {windows} windows each (embeddings: {vectors}).")
    print("In bursts each row keeps 0.7 of the one before (correlation), in light ones 0.3.")
    for burst, order in ORDERS:
        tables = {n: lines_of(program, "false-alarms", n, windows, vectors if n <= 1000 and burst != 0.3 else 0, burst) for n in rows}
        print(f"\n{order:44}" + "".join(f"{n:>8}" for n in rows))
        for test in dict.fromkeys(r["test"] for n in rows for r in tables[n]):
            found = [next((percent(r) for r in tables[n] if r["test"] == test), "-") for n in rows]
            print(f"{test:44}" + "".join(f"{rate:>8}" for rate in found), flush=True)


def print_power(program, windows):
    shifts, rows = [0.1, 0.2, 0.3, 0.5, 1.0], [50, 200, 1000]
    print(f"\n% of windows found whose numbers moved by so many standard deviations; {windows} windows each")
    print(f"{'':44}" + "".join(f"{s:>8}" for s in shifts))
    for burst, order in (ORDERS[0], ORDERS[2]):
        for n in rows:
            found = [lines_of(program, "power", n, windows, s, burst)[0] for s in shifts]
            print(f"{f'{order}, {n} rows':44}" + "".join(f"{percent(f):>8}" for f in found), flush=True)


def text(random_, words):
    vocabulary = ["model", "answers", "running", "faster", "caches", "the", "of", "tokens", "processed", "queries", "42", "and", "memories"]
    return " ".join(random_.choice(vocabulary) + random_.choice(["", "", "", ",", "."]) for _ in range(words))


def print_costs(program, python):
    print(f"\n{'cost, CPU seconds':52} {'ours':>10} {'theirs':>10} {'ratio':>8}")

    def row(name, ours, theirs):
        print(f"{name:52} {ours:10.4f} " + (f"{theirs:10.2f} {theirs / ours:7.0f}x" if theirs else f"{'-':>10} {'-':>8}"))

    shape = (10_000, 384, 1_000)
    ours = lines_of(program, "ks", *shape)[0]
    theirs = float(subprocess.run([python, "-c", KS_PEER, *map(str, shape)], stdout=subprocess.PIPE, check=True, text=True).stdout) if python else None
    row("KS, a window of 1,000 against 10,000 x 384", ours["compare_s"], theirs)
    row("  the same, with sorting the baseline (once)", ours["compare_s"] + ours["sort_s"], theirs)

    random_ = random.Random(1)
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        for _ in range(50):
            file.write(text(random_, 1000) + "\n" + text(random_, 200) + "\n")
        file.flush()
        ours = lines_of(program, "rouge", file.name)[0]
        theirs = json.loads(subprocess.run([python, "-c", ROUGE_PEER, file.name], stdout=subprocess.PIPE, check=True, text=True).stdout) if python else None
    row("ROUGE-L, 50 answers of 200 words in 1,000", ours["cpu_s"], theirs and theirs["cpu_s"])
    if theirs:
        print(f"  largest difference of F: {max(abs(a - b) for a, b in zip(ours['f'], theirs['f'])):.1e}")
    print(f"\nall judge-free signs of an answer of 200 words, 1,000 words of facts, 260 log probabilities: {lines_of(program, 'examine')[0]['ms']:.3f} ms CPU (must: 1)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--part", action="append", choices=PARTS)
    parser.add_argument("--windows", type=int, default=400)
    parser.add_argument("--rows", default="50,100,200,500,1000,2000,5000")
    parser.add_argument("--peers", action="store_true")
    arguments = parser.parse_args()
    program = arguments.build / "bench" / "quality_bench"
    parts = arguments.part or PARTS
    if "costs" in parts:
        print_costs(program, peers_of(arguments.build.resolve()) if arguments.peers else None)
    if "calibration" in parts:
        print_calibration(program, [int(n) for n in arguments.rows.split(",")], arguments.windows)
    if "power" in parts:
        print_power(program, arguments.windows)


if __name__ == "__main__":
    main()

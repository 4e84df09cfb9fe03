#!/usr/bin/env python3
"""The learned bands of rules/anomaly.yml over weeks of made-up days: quiet where nothing happens, heard where something does.

usage: anomaly.py PROGRAM [--series 20] [--seed 1] [--days 15]

PROGRAM is monitorai (or promtool): it runs one file of unit tests. Stationary signals have a daily course, noise that remembers, and single
spikes; half of them have weekends with a third of the load. All of them together may give one alert in the last week; how many each of the
last two weeks gave is printed. In others the latency
triples, tokens stop and errors rise for an hour; and from 25 days on, a Saturday is as slow as a working day, which is usual for the hour and unusual for a Saturday.
The first day is a Monday.
"""
import argparse
import math
import pathlib
import random
import re
import subprocess
import sys
import tempfile

STEP_MIN = 5
A_DAY = 24 * 60 // STEP_MIN


def course(rnd, signal, days, weekend=1.0, sigma_max=0.15):
    """A signal's values: (mean over the day) x (daily course) x (noise that remembers) and now and then a spike of one sample; times `weekend` on
    Saturdays and Sundays. The noise is a share of the value, drawn from 0.05 to `sigma_max`."""
    mean = {"latency_p95_seconds": 0.8, "tokens_per_second": 900, "error_ratio": 0.004, "gpu_memory_ratio": 0.7}[signal] * rnd.uniform(0.5, 1.2)
    swing = 0.1 if signal == "gpu_memory_ratio" else rnd.uniform(0.2, 0.6)
    sigma = 0.01 if signal == "gpu_memory_ratio" else rnd.uniform(0.05, sigma_max)
    noise, out = 0.0, []
    for i in range(days * A_DAY):
        noise = 0.8 * noise + rnd.gauss(0, sigma * 0.6)
        value = mean * (1 + swing * math.sin(2 * math.pi * i / A_DAY)) * math.exp(noise)
        if rnd.random() < 0.002:
            value *= rnd.choice([3, 0.2])
        if i // A_DAY % 7 >= 5:
            value *= weekend
        out.append(min(value, 1) if signal.endswith("ratio") else value)
    return out


def series(name, signal, values):
    return f"      - {{series: 'llm:anomaly:signal{{model_name=\"{name}\",signal=\"{signal}\"}}', values: '{' '.join(f'{v:.4g}' for v in values)}'}}\n"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("--series", type=int, default=20)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--days", type=int, default=15)
    options = arguments.parse_args()
    rnd = random.Random(options.seed)
    signals = ["latency_p95_seconds", "tokens_per_second", "error_ratio", "gpu_memory_ratio"]
    quiet = [series(f"quiet{i}", signals[i % 4], course(rnd, signals[i % 4], options.days, weekend=0.35 if i % 8 >= 4 else 1.0)) for i in range(options.series)]
    loud, begin = [], (options.days - 4) * A_DAY + 60
    for name, signal, factor in (("slow", "latency_p95_seconds", 3), ("silent", "tokens_per_second", 0.1), ("failing", "error_ratio", 20)):
        values = course(rnd, signal, options.days)
        values[begin:begin + 60 // STEP_MIN] = [v * factor for v in values[begin:begin + 60 // STEP_MIN]]
        loud.append(series(name, signal, values))
    hour = begin * STEP_MIN
    saturday = ((options.days - 1) // 7 * 7 - 2) * A_DAY + 120  # 10:00 of the last whole week
    if options.days >= 25:
        # Three weekends tell little of a noisy one: over this the fourth one may go unheard.
        values = course(rnd, "latency_p95_seconds", options.days, weekend=0.35, sigma_max=0.1)
        values[saturday:saturday + 60 // STEP_MIN] = [v / 0.35 for v in values[saturday:saturday + 60 // STEP_MIN]]
        loud.append(series("saturday", "latency_p95_seconds", values))
    firing = "ALERTS{alertname=~'LLMUnusually.*',alertstate='firing',model_name=~'quiet.*'}"
    # Beginnings, not samples. A series without a single one is no answer to count: 0 is added to each sum.
    false_alarms = f"sum(count_over_time(({firing} unless {firing} offset {STEP_MIN}m)[7d:{STEP_MIN}m])) or vector(0)"
    end = options.days * 24 * 60 - STEP_MIN
    checks = [(false_alarms + " > 1", end, [])]
    # What is expected of these cannot be: the program tells what it found instead.
    figures = {f"week {weeks} before the end": (f"({false_alarms}) + 0 * {weeks}", end - (weeks - 1) * 7 * 24 * 60) for weeks in (1, 2) if options.days >= 7 * (weeks + 1)}
    checks += [(expr, at, [-1]) for expr, at in figures.values()]
    for name in ("slow", "silent", "failing"):
        alert = "LLMUnusuallyLow" if name == "silent" else "LLMUnusuallyHigh"
        fires = f"count(ALERTS{{alertname='{alert}',alertstate='firing',model_name='{name}'}})"
        checks += [(fires, hour - 30, []), (fires, hour + 55, [1]), (fires, hour + 150, [])]
    if options.days >= 25:
        fires = "count(ALERTS{alertname='LLMUnusuallyHigh',alertstate='firing',model_name='saturday'})"
        checks += [(fires, saturday * STEP_MIN - 30, []), (fires, saturday * STEP_MIN + 55, [1]), (fires, saturday * STEP_MIN + 150, [])]
    with tempfile.TemporaryDirectory() as folder:
        test = pathlib.Path(folder, "anomaly_test.yml")
        rules = pathlib.Path(__file__).resolve().parents[2] / "rules" / "anomaly.yml"
        text = f"rule_files: [{rules}]\nevaluation_interval: {STEP_MIN}m\ngroup_eval_order: [anomaly-signals, anomaly-bands]\ntests:\n  - interval: {STEP_MIN}m\n    input_series:\n"
        text += "".join(quiet + loud) + "    promql_expr_test:\n"
        for expr, at, wanted in checks:
            samples = ", ".join(f"{{labels: '{{}}', value: {value}}}" for value in wanted)
            text += f'      - {{expr: "{expr}", eval_time: {at}m, exp_samples: [{samples}]}}\n'
        test.write_text(text)
        done = subprocess.run([options.program, "test", "rules", str(test)], capture_output=True, text=True)
    output = done.stdout + done.stderr
    failed = re.findall(r'expr: "(.*)", time:.*\n\s*exp: .*\n\s*got: (.*)', output)
    told = {expr: got for expr, got in failed}
    for name, (expr, _) in figures.items():
        if expr not in told:
            sys.exit(f"cannot read what the program found:\n{output[:4000]}")
        print(f"{name}: {round(float(told[expr].split()[-1]))} false alarms of {options.series} stationary series")
    problems = [(expr, got) for expr, got in failed if expr not in {expr for expr, _ in figures.values()}]
    for expr, got in problems:
        print(f"{expr}: {got}")
    if len(failed) != output.count('expr: "'):
        sys.exit(f"not understood:\n{output[:4000]}")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

"""How right detection is over labelled processes: ours beside the naive regexes of the original.

    python3 bench/detect_accuracy.py [--build build/bench] [--corpus ../shared/corpus/cmdlines.jsonl] [--wrong]

accuracy(binary, corpus) is what bench/collect.py and the tests import.
"""

import argparse
import json
import pathlib
import subprocess
import sys

# The original's own detector, over the whole labelled corpus of 550 of which the file is a part.
ORIGINAL_OVER_ALL = {"recall": 0.47, "precision": 0.77, "framework": 0.13, "model": 0.11}
WANTED = {"recall": 0.96, "precision": 0.98, "framework": 0.95, "model": 0.92}


def right_models(label):
    """The names that count as right: the label's, and those it lists as also right."""
    names = [label.get("model")] + list(label.get("model_alt") or [])
    return {name for name in names if name}


def judge(binary, corpus):
    """Runs `binary detect --jsonl corpus`: the verdicts, one for each line."""
    done = subprocess.run([str(binary), "detect", "--jsonl", str(corpus)], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def measure(lines, verdicts):
    """Recall and precision over all lines; framework over the LLMs; model over the LLMs whose label names one."""
    true = sum(1 for line in lines if line["label"]["is_llm"])
    found = sum(1 for verdict in verdicts if verdict["is_llm"])
    both = framework = model = named = 0
    wrong = []
    for number, (line, verdict) in enumerate(zip(lines, verdicts), 1):
        label = line["label"]
        if label["is_llm"] != verdict["is_llm"]:
            wrong.append((number, "is_llm", line, verdict))
        if not label["is_llm"]:
            continue
        both += verdict["is_llm"]
        if verdict["is_llm"] and verdict["framework"] == label["framework"]:
            framework += 1
        elif verdict["is_llm"]:
            wrong.append((number, "framework", line, verdict))
        if label.get("model"):
            named += 1
            if verdict["is_llm"] and verdict["model"] in right_models(label):
                model += 1
            elif verdict["is_llm"]:
                wrong.append((number, "model", line, verdict))
    ratio = lambda part, whole: part / whole if whole else 1.0
    return {"lines": len(lines), "llm": true, "recall": ratio(both, true), "precision": ratio(both, found), "framework": ratio(framework, true),
            "model": ratio(model, named), "wrong": wrong}


def naive(lines):
    """The original's regexes over the same lines: a line with any hit is its find."""
    true = sum(1 for line in lines if line["label"]["is_llm"])
    found = sum(1 for line in lines if line.get("naive_hits"))
    both = sum(1 for line in lines if line.get("naive_hits") and line["label"]["is_llm"])
    return {"recall": both / true if true else 1.0, "precision": both / found if found else 1.0}


def accuracy(binary, corpus):
    """Our measures over a corpus file, and the original's as far as the file holds them ("naive")."""
    lines = [json.loads(line) for line in open(corpus, encoding="utf-8") if line.strip()]
    ours = measure(lines, judge(binary, corpus))
    ours["naive"] = naive(lines)
    return ours


def table(ours, out=sys.stdout):
    print(f"detection over {ours['lines']} labelled processes, {ours['llm']} of them LLMs", file=out)
    print(f"  {'':<12}{'ours':>8}{'wanted':>9}{'original here':>15}{'original over 550':>19}", file=out)
    for name in ("recall", "precision", "framework", "model"):
        here = ours["naive"].get(name)
        shown = f"{here:.3f}" if here is not None else "-"
        print(f"  {name:<12}{ours[name]:>8.3f}{WANTED[name]:>9.2f}{shown:>15}{ORIGINAL_OVER_ALL[name]:>19.2f}", file=out)


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/bench", help="build directory with the binary")
    parser.add_argument("--corpus", default=str(root / "../shared/corpus/cmdlines.jsonl"))
    parser.add_argument("--wrong", action="store_true", help="print every wrong verdict with its reasons")
    args = parser.parse_args()
    if not pathlib.Path(args.corpus).exists():
        print(f"no corpus at {args.corpus}: nothing to measure")
        return 0
    ours = accuracy(root / args.build / "monitorai", args.corpus)
    table(ours)
    if args.wrong:
        for number, what, line, verdict in ours["wrong"]:
            label = line["label"]
            print(f"{number} {what}: want llm={label['is_llm']} {label['framework']} {label['model']} {label.get('model_alt', '')}")
            print(f"    got  llm={verdict['is_llm']} {verdict['framework']} {verdict['model']} {verdict['role']}\n    {' '.join(line['argv'])[:300]}")
            for reason in verdict["reasons"]:
                print(f"      {reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Rules with every time of theirs divided: what takes hours is seen in minutes. Thresholds stay as they are.

usage: faster.py FILE FACTOR [ALERT...]

Prints the file, or a group with these alerts alone. It divides `[30m]`, `offset 1h`, `for: 15m`, `keep_firing_for`, and `2 * 3600` (seconds).
rules/demo/leak.yml is what it prints, and tests/scripts/rules_difference_test.sh checks that.
"""
import re
import sys

UNIT_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def divided(duration, factor):
    ms = sum(int(n) * UNIT_MS[unit] for n, unit in re.findall(r"(\d+)(ms|[smhd])", duration)) // factor
    out = ""
    for unit, size in (("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        if ms >= size:
            out += f"{ms // size}{unit}"
            ms %= size
    return out or "0s"


def faster(text, factor):
    d = r"((?:\d+(?:ms|[smhd]))+)"
    text = re.sub(r"\[" + d + r"\]", lambda m: f"[{divided(m[1], factor)}]", text)
    text = re.sub(r"\b(offset |for: |keep_firing_for: )" + d, lambda m: m[1] + divided(m[2], factor), text)
    return re.sub(r"\b(\d+) \* 3600\b", lambda m: f"{int(m[1]) * 3600 // factor}", text)


def alerts_of(text, names):
    """The text of these alerts, as they stand in the file."""
    rules = re.split(r"(?m)^(?=      - )", text)
    found = [re.split(r"(?m)^(?=  - name:)|^$", rule)[0].rstrip() + "\n" for rule in rules if re.match(r"      - alert: (\w+)", rule) and re.match(r"      - alert: (\w+)", rule)[1] in names]
    assert len(found) == len(names), (names, found)
    return "".join(found)


def main():
    text, factor, names = open(sys.argv[1]).read(), int(sys.argv[2]), sys.argv[3:]
    if names:
        text = f"groups:\n  - name: llm-{factor}-times-faster\n    rules:\n" + alerts_of(text, names)
    sys.stdout.write(faster(text, factor))


if __name__ == "__main__":
    main()

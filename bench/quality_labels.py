#!/usr/bin/env python3
"""Makes a labelled set for the hallucination score by documented perturbation, as JSON lines on stdout.

Facts are passages of Python's language reference (pydoc_data.topics) and of scikit-learn's descriptions of data sets. A sound answer says
one to three of their sentences again: verbatim or paraphrased (other words, other order of clauses, an opening phrase). A hallucinated
one is a sound one with one thing wrong: a number, a name, a negation, two content words, or a sentence from elsewhere.

What it cannot show: fluent invention by a model, reasoning, facts said in wholly different words. A score fitted to it ranks such
perturbations; on your traffic it has to be refitted from your labels (monitorai score --fit).
usage: quality_labels.py [--rows N] [--seed S] > labels.jsonl
"""
import argparse
import json
import pathlib
import pydoc_data.topics
import random
import re

SYNONYMS = dict(line.split() for line in """
use employ\nuses employs\nused employed\nshow display\nshows displays\nmany numerous\nlarge big\nsmall little\nbegin start\nbegins starts
often frequently\nalso additionally\nmust should\ncontains holds\ncontain hold\ncreate make\ncreates makes\ncreated made\nmethod procedure
value quantity\nvalues quantities\nallow permit\nallows permits\nallowed permitted\nremove delete\nremoved deleted\nreturn give\nreturns gives
different other\nsimilar alike\nexample instance\nusually normally\nspecify state\nspecified stated\nchange alter\nchanges alters
dataset collection\ndata information\nfeatures attributes\nsamples examples\nincludes comprises\nprovide offer\nprovides offers\nfirst initial
""".split("\n") if line)
OPENINGS = ["According to the documentation, ", "In short, ", "Yes: ", "As far as the text says, ", "The answer is that "]
VERBS = r"\b(is|are|was|were|can|will|may|must|should|does|do|has|have)\b"


def passages():
    texts = list(pydoc_data.topics.topics.values())
    try:
        import sklearn.datasets
        folder = pathlib.Path(sklearn.datasets.__file__).parent / "descr"
        texts += [path.read_text(errors="replace") for path in sorted(folder.glob("*.rst"))]
    except ImportError:
        pass
    for text in texts:
        found = []
        for paragraph in re.split(r"\n\s*\n", text):
            if re.search(r"^\s*(>>>|\.\.|\||[-=*~^#:]{2})", paragraph) or "::=" in paragraph:
                continue
            paragraph = re.sub(r"\s+", " ", paragraph).replace("*", "").replace('"', "").strip()
            found += [s for s in re.split(r"(?<=[.!?]) (?=[A-Z])", paragraph) if 6 <= len(s.split()) <= 40 and s.endswith(".")]
        for begin in range(0, len(found) - 4, 8):
            yield found[begin:begin + 12]


def paraphrase(sentence, rng):
    words = [SYNONYMS.get(w, w) if rng.random() < 0.7 else w for w in sentence.split()]
    sentence = " ".join(words)
    clauses = sentence[:-1].split(", ")
    if len(clauses) == 2 and rng.random() < 0.5:
        sentence = clauses[1][0].upper() + clauses[1][1:] + ", " + clauses[0][0].lower() + clauses[0][1:] + "."
    sentence = re.sub(r" \([^)]*\)", "", sentence) if rng.random() < 0.5 else sentence
    return rng.choice(OPENINGS) + sentence[0].lower() + sentence[1:] if rng.random() < 0.3 else sentence


def wrong_number(answer, rng, _):
    places = list(re.finditer(r"(?<![\w.])\d+(\.\d+)?", answer))
    if not places:
        return None
    at = rng.choice(places)
    new = str(int(float(at.group())) + rng.choice([1, 2, 3, 10, 100]))
    return answer[:at.start()] + new + answer[at.end():]


def wrong_name(answer, rng, other):
    places = list(re.finditer(r"(?<=[a-z,] )[A-Z][a-z]+\w*", answer))
    names = re.findall(r"(?<=[a-z,] )[A-Z][a-z]+\w*", other)
    if not places or not names:
        return None
    at = rng.choice(places)
    return answer[:at.start()] + rng.choice(names) + answer[at.end():]


def negation(answer, rng, _):
    if re.search(r"\b(not|never) ", answer):
        return re.sub(r"\b(not|never) ", "", answer, count=1)
    places = list(re.finditer(VERBS, answer))
    if not places:
        return None
    at = rng.choice(places)
    return answer[:at.end()] + " not" + answer[at.end():]


def wrong_words(answer, rng, other):
    pool = [w for w in re.findall(r"[a-z]{5,}", other)]
    words = answer.split()
    places = [i for i, w in enumerate(words) if re.fullmatch(r"[a-z]{5,}", w)]
    if len(places) < 3 or not pool:
        return None
    for i in rng.sample(places, 2):
        words[i] = rng.choice(pool)
    return " ".join(words)


def invented(answer, rng, other):
    return answer + " " + rng.choice(re.split(r"(?<=[.!?]) (?=[A-Z])", other))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rows", type=int, default=4000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments = arguments.parse_args()
    rng = random.Random(arguments.seed)
    facts = list(passages())
    made = 0
    while made < arguments.rows:
        passage, other = rng.choice(facts), " ".join(rng.choice(facts))
        said = rng.sample(passage, rng.choice([1, 1, 2, 3]))
        answer = " ".join(s if rng.random() < 0.35 else paraphrase(s, rng) for s in said)
        kind = "sound"
        if made % 2:
            change = rng.choice([wrong_number, wrong_number, wrong_name, wrong_name, negation, wrong_words, invented])
            answer, kind = change(answer, rng, other), change.__name__
            if answer is None:
                continue
        print(json.dumps({"answer": answer, "facts": [" ".join(passage)], "label": made % 2, "kind": kind}))
        made += 1


main()

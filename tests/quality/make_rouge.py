#!/usr/bin/env python3
"""Writes the frozen reference values of ROUGE and of the stemmer: tests/quality/reference/{rouge.jsonl,stems.txt}.

Needs PyPI's rouge-score 0.1.2 and nltk. Texts are generated (seeded); words come from docstrings of Python's own packages.
usage: make_rouge.py [--seed N] [--out FOLDER]
"""
import argparse
import importlib
import json
import pathlib
import random
import re

from nltk.stem.porter import PorterStemmer
from rouge_score import rouge_scorer

arguments = argparse.ArgumentParser()
arguments.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent / "reference")
arguments.add_argument("--seed", type=int, default=20)
arguments = arguments.parse_args()
OUT = arguments.out
OUT.mkdir(parents=True, exist_ok=True)
random.seed(arguments.seed)

MODULES = ["argparse", "asyncio", "collections", "concurrent.futures", "csv", "datetime", "decimal", "difflib", "doctest", "email.message",
           "fractions", "functools", "gzip", "heapq", "http.client", "inspect", "ipaddress", "itertools", "json", "logging", "math",
           "multiprocessing", "optparse", "os", "pathlib", "pickle", "random", "re", "shutil", "socket", "sqlite3", "statistics", "string",
           "subprocess", "tarfile", "tempfile", "textwrap", "threading", "typing", "unittest", "urllib.request", "uuid", "xml.dom", "zipfile"]


def words_of_docstrings():
    words = set()
    for name in MODULES:
        module = importlib.import_module(name)
        things = [module] + [getattr(module, x, None) for x in dir(module)]
        things += [getattr(t, x, None) for t in things if isinstance(t, type) for x in dir(t)]
        for thing in things:
            doc = getattr(thing, "__doc__", None)
            if isinstance(doc, str):
                words.update(re.findall(r"[a-z]{3,}", doc.lower()))
    return sorted(words)


ENDINGS = ("s es ies ied eed ed ing ings y ly ational tional enci anci izer bli alli entli eli ousli ization ation ator alism iveness fulness "
           "ousness aliti iviti biliti fulli logi icate ative alize iciti ical ful ness al ance ence er ic able ible ant ement ment ent ion "
           "sion tion ou ism ate iti ous ive ize e ll lle ss sses yed ying").split()
STEMS = ("s t st tr at ab oat fil fail hop hopp fall hiss fizz tann control roll y yy syzyg toy enjo happ sk d l geo theo archaeo phil radic "
         "conform vil relat rat sens electr trouble conflat siz bl 7 42nd a1").split()
IRREGULAR = "sky skies dying lying tying news innings inning outings outing cannings canning howe proceed exceed succeed".split()
words = words_of_docstrings()
every = sorted(set(words) | {a + b for a in STEMS for b in ENDINGS} | set(IRREGULAR) | {"y" * 30, "yyed", "yying", "sses", "ies", "ied", "eed"})
stemmer = PorterStemmer()
(OUT / "stems.txt").write_text("".join(f"{w} {stemmer.stem(w)}\n" for w in every))

MARKS = [" ", " ", " ", " ", ", ", ". ", "\n", "\n\n", " - ", "'s ", "\t", " é ", "\r\n", " 12,5 ", "_"]
ODD = ["", "\n", "   ", "...", "ok", "OK!", "the the the", "The THE the", "naïve café", "日本語 テスト", "300K", "İstanbul", "a\x00b", "word" * 40,
       "x\n\ny", "Привет мир", "don't won't", "3.14 is pi", "A\n B\n  C", "a b\nc d\n"]


def text(pool, length):
    return "".join(random.choice(pool) + random.choice(MARKS) for _ in range(length))


def pairs():
    for a in ODD:
        for b in ODD[::3] + [a]:
            yield a, b
    for i in range(160):
        pool = random.sample(words, random.choice([3, 10, 40, 150]))
        a, b = text(pool, random.choice([2, 8, 30, 70])), text(pool, random.choice([2, 8, 30, 70, 140]))
        yield (a.upper() if i % 7 == 0 else a), b
    pool = random.sample(words, 60)
    yield text(pool, 700), text(pool, 900)
    yield text(pool, 64).replace("\n", " "), text(pool, 128).replace("\n", " ")


KINDS = ["rouge1", "rouge2", "rougeL", "rougeLsum"]
plain, stemmed = rouge_scorer.RougeScorer(KINDS), rouge_scorer.RougeScorer(KINDS, use_stemmer=True)
with (OUT / "rouge.jsonl").open("w") as out:
    for target, prediction in pairs():
        row = {"target": target, "prediction": prediction}
        for name, scorer in ("plain", plain), ("stemmed", stemmed):
            scores = scorer.score(target, prediction)
            row[name] = [list(map(float, scores[kind])) for kind in KINDS]
        out.write(json.dumps(row, ensure_ascii=False) + "\n")

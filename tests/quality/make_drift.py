#!/usr/bin/env python3
"""Writes the frozen reference values of the drift statistics: tests/quality/reference/{drift,ks_laws,embedding,text,model}.jsonl.

Needs PyPI's scipy, scikit-learn and evidently. Samples are generated (seeded).
usage: make_drift.py [--seed N] [--out FOLDER]
"""
import argparse
import json
import os
import pathlib
import sys
import warnings

# Evidently walks over sets of categories, whose order is another one in each run of Python: sums in another order differ in the last digit.
if os.environ.get("PYTHONHASHSEED") != "0":
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": "0"})

import numpy as np
import pandas as pd
from evidently.legacy.calculations.stattests import registry  # noqa: F401  (registers the tests)
from evidently.legacy.calculations import stattests
from evidently.legacy.calculations.stattests import mmd_stattest
from evidently.legacy.calculations.stattests.registry import get_stattest
from evidently.legacy.core import ColumnType
from evidently.legacy.metrics.data_drift import embedding_drift_methods as embeddings
from evidently.legacy.utils import data_drift_utils as texts
from scipy import stats
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

warnings.simplefilter("ignore")
arguments = argparse.ArgumentParser()
arguments.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent / "reference")
arguments.add_argument("--seed", type=int, default=8)
arguments = arguments.parse_args()
OUT = arguments.out
OUT.mkdir(parents=True, exist_ok=True)
rng = np.random.default_rng(arguments.seed)
del stattests


def evidently(name, ref, cur, kind):
    ref, cur = pd.Series(ref), pd.Series(cur)
    return float(get_stattest(ref, cur, kind, name)(ref, cur, kind, None).drift_score)


def numbers():
    yield "normal", rng.normal(size=200), rng.normal(size=80)
    yield "shifted", rng.normal(size=300), rng.normal(0.4, 1, size=150)
    yield "equal sizes", rng.normal(size=120), rng.normal(0.1, 1.2, size=120)
    yield "small", rng.normal(size=9), rng.normal(0.5, 1, size=7)
    yield "tiny", np.array([1.0, 2.0, 3.0]), np.array([2.5, 4.0])
    yield "ties", rng.integers(0, 8, 150).astype(float), rng.integers(1, 9, 90).astype(float)
    yield "lengths", np.round(rng.lognormal(4, 1, 400)), np.round(rng.lognormal(4.3, 1, 130))
    yield "heavy tails", rng.standard_t(2, 250), rng.standard_t(2, 250) * 1.5
    yield "apart", rng.normal(size=60), rng.normal(50, 1, size=60)
    yield "the same", np.arange(50.0), np.arange(50.0)
    yield "coprime", rng.normal(size=211), rng.normal(0.2, 1, size=101)
    yield "exact cvm", rng.normal(size=20), rng.normal(0.6, 1, size=15)


with (OUT / "drift.jsonl").open("w") as out:
    for name, ref, cur in numbers():
        ad = stats.anderson_ksamp([ref, cur])
        cvm = stats.cramervonmises_2samp(ref, cur)
        ks = stats.ks_2samp(ref, cur)
        kernel = mmd_stattest.kernel_matrix(ref.reshape(-1, 1), cur.reshape(-1, 1))
        kernel = kernel - np.diag(np.diagonal(kernel))
        row = {"name": name, "kind": "numbers", "baseline": ref.tolist(), "window": cur.tolist(),
               "ks": [float(ks.statistic), float(ks.pvalue)], "anderson": [float(ad.statistic), float(ad.pvalue)],
               "cramer_von_mises": [float(cvm.statistic), float(cvm.pvalue)],
               "wasserstein_distance": float(stats.wasserstein_distance(ref, cur)),
               "mmd_of_numbers": float(mmd_stattest.mmd_2samp(kernel, len(cur)))}
        for test in "wasserstein", "ed", "psi", "kl_div", "jensenshannon", "hellinger":
            row[test] = evidently(test, ref.copy(), cur.copy(), ColumnType.Numerical)
        out.write(json.dumps(row) + "\n")
    for k, n, m in (2, 300, 100), (3, 200, 200), (8, 500, 90), (25, 1000, 60):
        shares = rng.dirichlet(np.ones(k))
        names = np.array([f"c{i:02d}" for i in range(k)])
        ref, cur = rng.choice(names, n, p=shares), rng.choice(names, m, p=0.7 * shares + 0.3 / k)
        table = pd.crosstab(np.r_[ref, cur], np.r_[np.zeros(n), np.ones(m)]).values.T
        contingency = stats.chi2_contingency(table, correction=False)
        row = {"name": f"{k} categories", "kind": "categories", "baseline": ref.tolist(), "window": cur.tolist(),
               "contingency": [float(contingency.statistic), float(contingency.pvalue)]}
        for test in "chisquare", "psi", "kl_div", "jensenshannon", "hellinger":
            row[test] = evidently(test, ref.copy(), cur.copy(), ColumnType.Categorical)
        if k == 2:
            row["z"] = evidently("z", ref.copy(), cur.copy(), ColumnType.Categorical)
        out.write(json.dumps(row) + "\n")

with (OUT / "ks_laws.jsonl").open("w") as out:
    for n1, n2 in (50, 70), (1000, 1000), (10000, 1000), (1000, 37), (9999, 500), (30, 30), (7, 10000), (997, 991):
        g = np.gcd(n1, n2)
        lcm = n1 // g * n2
        for d in 0.001, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.0:
            h = max(int(round(d * lcm)), 0)
            ok, d_used, p = stats._stats_py._attempt_exact_2kssamp(n1, n2, g, h / lcm, "two-sided")
            if ok:
                out.write(json.dumps({"law": "exact", "n1": n1, "n2": n2, "d": h / lcm, "p": float(np.clip(p, 0, 1))}) + "\n")
    for n in 5, 20, 60, 139, 140, 141, 500, 909, 5000, 9000, 60000, 200000:
        for z in 0.2, 0.3, 0.5, 0.7, 0.86, 1.0, 1.2, 1.4, 1.6, 1.9, 2.4, 3.5:
            d = z / np.sqrt(n)
            if d < 1:
                out.write(json.dumps({"law": "limit", "n": n, "d": d, "p": float(stats.kstwo.sf(d, n))}) + "\n")

with (OUT / "embedding.jsonl").open("w") as out:
    for n, m, d, shift in (60, 40, 6, 0.0), (120, 50, 12, 0.3), (40, 90, 5, 1.0):
        ref, cur = rng.normal(size=(n, d)).round(4), (rng.normal(size=(m, d)) + shift).round(4)
        r, c = pd.DataFrame(ref), pd.DataFrame(cur)
        row = {"baseline": ref.tolist(), "window": cur.tolist(), "mmd": float(embeddings.mmd()(c, r)[0]),
               "ratio": float(embeddings.ratio()(c, r)[0])}
        for dist in "euclidean", "cosine", "cityblock", "chebyshev":
            row[dist] = float(embeddings.distance(dist=dist)(c, r)[0])
        scores = np.r_[ref[:, 0], cur[:, 0]].round(1)
        row["auc"] = float(roc_auc_score(np.r_[np.zeros(n), np.ones(m)], scores))
        out.write(json.dumps(row) + "\n")

# Words that are cut and weighted in every way that differs between languages; then prompts of two mixes.
ODD = ["", "a I x", "The the THE of and", "Straße STRASSE straße", "ΟΔΥΣΣΕΥΣ ΣΑΣ Σ σ ΑΣΒ", "İstanbul ISTANBUL ıstanbul", "naïve NAÏVE nai\u0308ve",
       "北京 北 東京タワー", "हिन्दी भाषा", "привет ПРИВЕТ мир", "snake_case CamelCase _x x_ __", "3.14 42 2² ½ ⅷ Ⅷ x1", "don't can't e-mail e.mail",
       "tab\tnew\nline\u00a0space", "emoji 😀😀 word😀word", "word " * 40 + "rare", "łódź ŁÓDŹ ﬁne K Kelvin", "a1 b2 c3 d4 _ 9", "العربية عربي", "ǅ ǅungla ẞß"]
SUPPORT = "reset password invoice cancel subscription refund account login email address change delete payment card order late delivery broken app crash update".split()
COOKING = "recipe pancakes blueberries boil egg minutes oven chickpeas garlic butter flour sugar roast chicken salad dressing knife slice whisk".split()


def prompts(count, cooking):
    return [" ".join(rng.choice(COOKING if rng.random() < cooking else SUPPORT, rng.integers(3, 9))) + f" the {rng.integers(30)}" for _ in range(count)]


def tfidf(taught, texts):
    vectorizer = TfidfVectorizer(sublinear_tf=True, max_df=0.5, stop_words="english").fit(taught)
    names, rows = vectorizer.get_feature_names_out(), vectorizer.transform(texts).tocsr()
    return [{names[k]: float(v) for k, v in zip(row.indices, row.data)} for row in rows], len(names)


with (OUT / "text.jsonl").open("w") as out:
    for name, ref, cur in (("odd", ODD, ODD[::2]), ("the same", prompts(60, 0), prompts(40, 0)), ("half of another", prompts(80, 0.1), prompts(50, 0.6)),
                           ("few", prompts(9, 0.2), prompts(9, 0.8)), ("many", prompts(500, 0.1), prompts(300, 0.2)), ("repeated", prompts(5, 0) * 20, prompts(5, 0.2) * 15)):
        rows, words = tfidf(ref, ref + cur) if name != "many" else ([], 0)
        x_train, x_test, y_train, y_test = train_test_split(ref + cur, [0] * len(ref) + [1] * len(cur), test_size=0.5, random_state=42, shuffle=True)
        row = {"name": name, "baseline": ref, "window": cur, "tfidf": rows, "words": words,
               "auc": float(texts.roc_auc_domain_classifier(x_train, x_test, y_train, y_test)[0]),
               "auc_of_test": evidently("perc_text_content_drift", ref, cur, ColumnType.Text),
               "random_auc_95": float(texts.roc_auc_random_classifier_percentile(np.array(y_test)))}
        out.write(json.dumps(row) + "\n")


def rows(count, width, shift=0.0, scale=1.0, unit=False):
    found = rng.normal(size=(count, width)) + shift * (np.arange(width) < 3)
    return (scale * (found / np.linalg.norm(found, axis=1, keepdims=True) if unit else found)).round(4)


# Evidently's "model" as it is by default, and what its random scores reach (it tells only whether the area is over that).
with (OUT / "model.jsonl").open("w") as out:
    for name, ref, cur in (("the same", rows(60, 6), rows(40, 6)), ("moved", rows(120, 12), rows(50, 12, 0.5)), ("apart", rows(40, 5), rows(90, 5, 4.0)),
                           ("of length 1", rows(160, 48, unit=True), rows(80, 48, 0.3, unit=True)), ("over 999 rows", rows(1003, 4), rows(61, 4, 0.2)),
                           ("wide numbers", rows(90, 8, scale=40), rows(70, 8, 0.4, scale=40)), ("constant", np.ones((30, 3)), np.ones((20, 3))),
                           ("repeated", np.repeat(rows(8, 4), 6, axis=0), np.repeat(rows(5, 4, 0.5), 6, axis=0)), ("tiny", rows(6, 2), rows(5, 2))):
        _, y_test = train_test_split(np.r_[np.ones(len(ref)), np.zeros(len(cur))], test_size=0.5, random_state=42, shuffle=True)
        random_auc = float(np.percentile([embeddings.calc_roc_auc_random(y_test, i) for i in range(100)], 95.0))
        auc, drifted, _ = embeddings.model(bootstrap=len(ref) < 1000)(pd.DataFrame(cur), pd.DataFrame(ref))
        assert bool(drifted) == bool(auc > (random_auc if len(ref) < 1000 else 0.55))
        out.write(json.dumps({"name": name, "baseline": ref.tolist(), "window": cur.tolist(), "auc": float(auc), "random_auc_95": random_auc, "drifted": bool(drifted)}) + "\n")

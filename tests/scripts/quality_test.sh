#!/usr/bin/env bash
# `monitorai drift` and `monitorai score` as a person runs them.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAIL: $*" >&2; exit 1; }

python3 - "$work" <<'PYTHON'
import json, random, sys
random.seed(1)
support = ["reset my password", "where is my invoice", "cancel the subscription", "the app does not start"]
cooking = ["a recipe for pancakes", "how to boil an egg", "cook chickpeas"]
def write(name, rows, share):
    with open(f"{sys.argv[1]}/{name}", "w") as out:
        for i in range(rows):
            text = random.choice(cooking if random.random() < share else support)
            out.write(json.dumps({"prompt": f"{text} {random.randrange(100)}", "tokens": random.randrange(100)}) + "\n")
write("before.jsonl", 300, 0); write("same.jsonl", 80, 0); write("changed.jsonl", 80, 0.6)
with open(f"{sys.argv[1]}/answers.jsonl", "w") as out:
    facts = "The Eiffel Tower was built in 1889. It is 330 metres tall and stands in Paris."
    for i, answer in enumerate(["The Eiffel Tower was built in 1889.", "The Eiffel Tower was built in 1989 in Berlin. It was made of wood."]):
        out.write(json.dumps({"id": f"a{i}", "answer": answer, "facts": facts}) + "\n")
with open(f"{sys.argv[1]}/labels.jsonl", "w") as out:
    for i in range(60):
        wrong = i % 2
        out.write(json.dumps({"answer": f"It has {i + wrong * 1000} rooms.", "facts": f"It has {i} rooms.", "logprobs": [-0.1, -1 - 4 * wrong * random.random()], "label": wrong}) + "\n")
PYTHON
cd "$work"

out=$("$MONITORAI" drift --baseline before.jsonl --current same.jsonl) || fail "the same traffic is drift: $out"
grep -q '^No drift' <<<"$out" || fail "no headline: $out"
grep -q 'lexical' <<<"$out" || fail "the fallback is not named: $out"
rc=0; out=$("$MONITORAI" drift --baseline before.jsonl --current changed.jsonl --evidently) || rc=$?
[ $rc = 1 ] || fail "exit code $rc of a drift: $out"
grep -q '^DRIFT' <<<"$out" || fail "no headline: $out"
grep -q 'least like the baseline' <<<"$out" || fail "no examples: $out"
grep -q 'wasserstein' <<<"$out" || fail "no tests of Evidently: $out"
{ "$MONITORAI" drift --baseline before.jsonl --current changed.jsonl --json || [ $? = 1 ]; } | python3 -c 'import json,sys; r=json.load(sys.stdin); assert r["drifted"] and r["score"] > 0.3, r' || fail "the JSON"
for bad in "--baseline absent.jsonl --current same.jsonl" "--baseline before.jsonl" "--baseline before.jsonl --current same.jsonl --level 2" \
           "--baseline before.jsonl --current same.jsonl --model /nowhere" "--baseline before.jsonl --current same.jsonl --column nope"; do
  rc=0; "$MONITORAI" drift $bad >/dev/null 2>error.txt || rc=$?
  [ $rc = 2 ] && grep -q '^monitorai drift: ' error.txt || fail "exit code $rc of: $bad"
done

# Too few rows are no verdict, and no "no drift".
head -n 3 before.jsonl >three.jsonl
for pair in "three.jsonl same.jsonl" "before.jsonl three.jsonl"; do
  set -- $pair; rc=0; out=$("$MONITORAI" drift --baseline "$1" --current "$2") || rc=$?
  [ $rc = 2 ] && grep -q '^It cannot be told' <<<"$out" || fail "exit code $rc of $pair: $out"
  rc=0; out=$("$MONITORAI" drift --baseline "$1" --current "$2" --json) || rc=$?
  [ $rc = 2 ] && python3 -c 'import json,sys; r=json.loads(sys.argv[1]); assert r["drifted"] is None and r["score"] is None, r' "$out" || fail "exit code $rc of the JSON: $out"
done
# What people bring: lists, other separators, lines of text, and what is not read.
python3 - <<'PYTHON'
import json
rows = [json.loads(line) for line in open("before.jsonl")]
json.dump(rows, open("list.json", "w"), indent=1)
open("semicolons.csv", "w").write("prompt;tokens\n" + "".join(f"{row['prompt']};{row['tokens']}\n" for row in rows))
open("lines.txt", "w").write("".join(row["prompt"] + "\n" for row in rows))
open("answers.csv", "w").write("id,answer,facts\na,The tower is 450 metres tall.,The tower is 330 metres tall.\n")
open("nan.jsonl", "w").write('{"answer": "Paris.", "facts": "  ", "logprobs": [NaN, -Infinity]}\n')
open("p.parquet", "wb").write(b"PAR1")
PYTHON
for file in list.json semicolons.csv; do
  out=$("$MONITORAI" drift --baseline before.jsonl --current $file --column prompt --column tokens) || fail "$file: $out"
  grep -q '^No drift: 0 of 4' <<<"$out" || fail "$file: $out"
done
"$MONITORAI" drift --baseline lines.txt --current lines.txt >/dev/null || fail "lines of text"
for command in "drift --baseline p.parquet --current same.jsonl" "score p.parquet"; do
  rc=0; "$MONITORAI" $command >/dev/null 2>error.txt || rc=$?
  [ $rc = 2 ] && grep -q "pandas.read_parquet('p.parquet').to_json('p.jsonl'" error.txt || fail "exit code $rc of $command: $(cat error.txt)"
done
out=$("$MONITORAI" score answers.csv) || fail "$out"
grep -q 'the facts lack the number 450' <<<"$out" || fail "answers of a CSV: $out"
out=$("$MONITORAI" score nan.jsonl) || fail "$out"
grep -q '^0 answers judged' <<<"$out" || fail "blank facts and no known token are nothing to judge by: $out"

out=$("$MONITORAI" score answers.jsonl)
grep -q '2 answers judged, 1 flagged' <<<"$out" || fail "$out"
grep -q '1989' <<<"$out" || fail "the wrong number is not shown: $out"
"$MONITORAI" score --fit labels.jsonl --save weights.json >/dev/null
out=$("$MONITORAI" score answers.jsonl --weights weights.json --json)
python3 -c 'import json,sys; r=json.loads(sys.argv[1]); assert r["judged"] == 2 and "60 labelled" in r["model"]["origin"], r' "$out" || fail "$out"
for bad in "--fit answers.jsonl" "absent.jsonl" "answers.jsonl --weights answers.jsonl"; do
  rc=0; "$MONITORAI" score $bad >/dev/null 2>error.txt || rc=$?
  [ $rc = 2 ] && grep -q '^monitorai score: ' error.txt || fail "exit code $rc of: $bad"
done
echo ok

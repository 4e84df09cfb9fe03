#!/usr/bin/env bash
# monitorai detect: recorded lines in, one JSON line each out; a bad line is named and the rest goes on.
set -u
fail() { echo "detect_test: $*" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/lines.jsonl" <<'LINES'
{"argv": ["/usr/bin/python3", "/usr/local/bin/vllm", "serve", "org/Model-7B", "--api-key", "S3CRET"], "exe": "/usr/bin/python3.12"}
not json

{"argv": ["grep", "-r", "llama", "."]}
{"argv": "x"}
{"argv": ["/opt/acme", "serve", "org/Other-8B"]}
LINES
cat >"$work/own.yml" <<'YAML'
collect:
  process:
    signatures:
      - framework: acme
        executables: [acme]
        commands: [serve=server, "*=-tool"]
        model_is_word: on
YAML

"$MONITORAI" detect --jsonl "$work/lines.jsonl" --config "$work/own.yml" >"$work/out" 2>"$work/err"
[ $? -eq 1 ] || fail "a bad line did not end in exit code 1"
[ "$(wc -l <"$work/out")" -eq 3 ] || fail "not one line for each that can be read: $(cat "$work/out")"
grep -q '^{"is_llm":true,"framework":"vllm","model":"org/Model-7B","role":"server","reasons":\[' "$work/out" || fail "no vLLM: $(cat "$work/out")"
grep -q '^{"is_llm":false,"framework":null,"model":null,' "$work/out" || fail "grep is no tool"
grep -q '"framework":"acme","model":"org/Other-8B"' "$work/out" || fail "the configuration's signature did not count"
grep -q 'line 2: not JSON' "$work/err" || fail "line 2 is not named: $(cat "$work/err")"
grep -q 'line 5: .*argv' "$work/err" || fail "line 5 is not named: $(cat "$work/err")"
! grep -q S3CRET "$work/out" "$work/err" || fail "a secret came out"

printf '{"argv":["ollama","serve"]}\n' | "$MONITORAI" detect --jsonl - | grep -q '"framework":"ollama"' || fail "stdin is not read"
"$MONITORAI" detect --signatures | grep -q '^llama.cpp: ' || fail "the table is not listed"
"$MONITORAI" detect >/dev/null 2>&1; [ $? -eq 2 ] || fail "nothing to do is no usage error"
"$MONITORAI" detect --jsonl "$work/absent" >/dev/null 2>"$work/err"; [ $? -eq 1 ] || fail "an absent file is no failure"
grep -q 'cannot open' "$work/err" || fail "an absent file is not named"

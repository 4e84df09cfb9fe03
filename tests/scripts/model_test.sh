#!/usr/bin/env bash
# `monitorai model add` and `model list` as a person runs them.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAIL: $*" >&2; exit 1; }
tiny=$PWD/tests/quality/reference/tiny_bert
cd "$work"
model() { "$MONITORAI" model "$@" --data data; }

out=$(model list) && grep -q 'No model is installed' <<<"$out" || fail "$out"
out=$(model add "$tiny") || fail "$out"
grep -q '^Installed tiny_bert' <<<"$out" || fail "$out"
cmp -s "$tiny/model.safetensors" data/models/tiny_bert/model.safetensors || fail "the copy differs"
[ "$(model list)" = tiny_bert ] || fail "list: $(model list)"
out=$(model add "$tiny/model.safetensors" --name second) || fail "$out"
grep -q 'quality.model: second' <<<"$out" || fail "several models, and nothing is said: $out"

refused() {  # what must stand in the error, then the arguments
  local wanted=$1; shift
  local rc=0; out=$(model add "$@" 2>&1) || rc=$?
  [ $rc = 1 ] && grep -q "$wanted" <<<"$out" || fail "add $*: exit code $rc, $out"
}
refused 'is there already' "$tiny"
refused 'no such file' nowhere
refused 'is no name' "$tiny" --name ../up
mkdir empty && refused 'config.json' empty
cp -r "$tiny" cut && truncate -s 1000 cut/model.safetensors && refused 'cannot install' cut
cp -r "$tiny" noise && head -c 100000 /dev/urandom > noise/model.safetensors && refused 'cannot install' noise
cp -r "$tiny" foreign && sed -i 's/"bert"/"gpt2"/' foreign/config.json && refused 'cannot install' foreign
cp -r "$tiny" words && : > words/vocab.txt && rm -f words/tokenizer.json && refused 'cannot install' words
echo text > other.txt && refused 'neither the folder' other.txt
[ "$(ls -A data/models)" = "$(printf 'second\ntiny_bert')" ] || fail "something is left behind: $(ls -A data/models)"
echo ok

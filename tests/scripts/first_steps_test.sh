#!/usr/bin/env bash
# The README's first steps as a newcomer takes them, at the default intervals: demo, ps, serve, curl, and a process that ends.
set -euo pipefail
for program in curl jq; do command -v $program >/dev/null || { echo "skipped: $program is not installed"; exit 77; }; done

folder=$(mktemp -d)
cd "$folder"
export TMPDIR=$folder/tmp
mkdir tmp
children=()
finish() {
  for pid in "${children[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait
  rm -rf "$folder"
}
trap finish EXIT
fail() { echo "FAILED: $*" >&2; cat serve.txt demo.txt >&2 2>/dev/null || true; exit 1; }
# Asks again until the command succeeds or the time is over.
within() { # seconds command...
  local end=$((SECONDS + $1 + 1))
  shift
  until "$@"; do [ $SECONDS -lt $end ] || return 1; sleep 0.1; done
}

"$MONITORAI" demo --json >demo.json 2>demo.txt &
demo=$!
children+=($demo)
within 20 test -s demo.json || fail "the demo did not start"
pid_of() { jq -r --arg part "$1" '.processes[] | select(.part == $part) | .pid' demo.json; }
gpt2=$(pid_of gpt2)

# ps finds the scripts, the server with its workers, and says that they are simulated.
"$MONITORAI" ps >ps.txt || fail "ps failed"
ours() { "$MONITORAI" ps --json | jq --slurpfile d demo.json '[.processes[] | select([.pid] | inside([$d[0].processes[].pid]))]'; }
[ "$(ours | jq length)" = 7 ] || { cat ps.txt; fail "ps does not find the demo's seven processes"; }
[ "$(ours | jq '[.[] | select(.is_simulated)] | length')" = 7 ] || fail "ps --json does not mark all as simulated"
grep -q "^ *$gpt2 .*run-model.py (simulated).*transformers.*gpt2" ps.txt || { cat ps.txt; fail "ps does not say what $gpt2 is"; }
"$MONITORAI" ps --explain "$gpt2" >explain.txt
grep -q -- '--model-name gpt2' explain.txt || fail "ps --explain says nothing of gpt2"

"$MONITORAI" serve --listen 127.0.0.1:0 --set exporters.process.listen=127.0.0.1:0 --set exporters.gpu.listen=127.0.0.1:0 --set metrics.listen=off --set logs.listen=off --set otlp.grpc.listen=off --set traces.listen=off --set otlp.http.listen=off >serve.txt 2>&1 &
children+=($!)
address() { sed -n "s|^ *$1 *\(http://[^ ]*\).*|\1|p" serve.txt; }
within 20 grep -q 'GPUs  *http' serve.txt || fail "serve did not start"
exporter=$(address "LLM processes")

# The five metrics, with the labels of the specification.
scrape() { curl -sf --max-time 5 "$exporter" >scrape.txt; }
labels='framework="transformers",llm_type="llm",model_name="gpt2",name="run-model.py",pid="'$gpt2'"'
with_gpu='framework="transformers",gpu="gpu0",llm_type="llm",model_name="gpt2",name="run-model.py",pid="'$gpt2'"'
has() { scrape && grep -qF "$1" scrape.txt; }
within 15 has "llm_process_memory_bytes{$labels}" || fail "no memory series: $(grep $gpt2 scrape.txt)"
has "llm_process_gpu_memory_bytes{$with_gpu}" || fail "no GPU memory series: $(grep $gpt2 scrape.txt)"
has "llm_process_gpu_utilization{$with_gpu}" || fail "no GPU utilization series: $(grep $gpt2 scrape.txt)"
within 15 has "llm_process_cpu_percent{$labels}" || fail "no CPU series after the second scan: $(grep $gpt2 scrape.txt)"
scrape && grep -q '^llm_process_count{framework="transformers",llm_type="llm",model_name="gpt2"} [1-9]' scrape.txt || fail "no count"

# A killed process is gone within the cleanup timeout.
kill -9 "$gpt2"
gone() { scrape && ! grep -qF "pid=\"$gpt2\"" scrape.txt; }
within 10 gone || fail "the series of a killed process are still there: $(grep $gpt2 scrape.txt)"

# An interrupt ends the demo and leaves nothing of its own.
kill -INT "$demo"
wait "$demo" || fail "the demo did not end well"
[ -z "$(ls tmp)" ] || fail "the demo left $(ls tmp)"
[ ! -e logs ] || [ -z "$(ls logs)" ] || fail "the demo left $(ls logs)"
echo "first steps are well"

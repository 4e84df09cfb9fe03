#!/usr/bin/env bash
# sdk/python beside the real program: what it sends is judged, what is refused does not take the rest with it.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
serve=
stop() { [ -z "$serve" ] || { kill "$serve" 2>/dev/null || true; wait "$serve" 2>/dev/null || true; }; rm -rf "$work"; }
trap stop EXIT
fail() { echo "FAIL: $*" >&2; cat "$work/out" >&2; exit 1; }

cd "$work"
off=(exporters.process.listen exporters.gpu.listen metrics.listen logs.listen otlp.grpc.listen otlp.http.listen traces.listen)
options=()
for key in "${off[@]}"; do options+=(--set "$key=127.0.0.1:0"); done
: >out
"$MONITORAI" serve --listen 127.0.0.1:0 --data data "${options[@]}" >out 2>&1 &
serve=$!
for _ in $(seq 600); do
  url=$(sed -n 's|.*Pages and APIs *\(http://[^ ]*\).*|\1|p' out | head -1)
  [ -z "$url" ] || break
  kill -0 "$serve" 2>/dev/null || fail "serve ended"
  sleep 0.2
done
[ -n "$url" ] || fail "serve did not start"

export PYTHONDONTWRITEBYTECODE=1 MONITORAI_URL=$url
# The examples as they stand, of the package as pip installs it where there is pip.
pip=; /usr/bin/python3 -c 'import pip, setuptools' 2>/dev/null && pip=PIP
/usr/bin/python3 "$root/sdk/python/tests/readme_examples.py" $pip >>out 2>&1 || fail "the examples"

PYTHONPATH="$root/sdk/python/src" /usr/bin/python3 - <<'PYTHON' || fail "the SDK"
import json, math, os, urllib.request
import monitorai

@monitorai.evaluated(model="sdk", service="test", facts="passages")
def generate(prompt, passages, wrong):
    return "It was built in 1989 in Berlin." if wrong else "It was built in 1889 in Paris."

for i in range(60):
    generate(f"When was it built? {i}", ["The tower was built in 1889 in Paris."], i % 2 == 1)
monitorai.evaluate("Perhaps.", logprobs=[-0.1, math.nan, -math.inf], model="sdk", service="test")
monitorai.evaluate("y" * 2_000_000, model="sdk", service="test")
assert monitorai.flush(120), monitorai.statistics()
counts = monitorai.statistics()
assert (counts.queued, counts.sent, counts.dropped_refused) == (62, 61, 1), counts

def ask(path):
    return json.load(urllib.request.urlopen(os.environ["MONITORAI_URL"] + "/api/v1/quality" + path, timeout=60))

while True:  # judged after they were taken; the test's limit ends it
    series = ask("/hallucination?model=sdk&service=test")["series"]
    if series and series[0]["judged"] + series[0]["unjudged"] == 61:
        break
assert series[0]["flagged"] == 30, series[0]
worst = ask("/answers?model=sdk&service=test&flagged=true&limit=1")["answers"][0]
assert any("1989" in sentence["missing"] for sentence in worst["sentences"]), worst
PYTHON
echo ok

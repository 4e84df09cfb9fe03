#!/usr/bin/env bash
# monitorai ps: the configuration's own runtimes, --watch on a terminal and in a pipe, and completions that the shells can read.
set -u
fail() { echo "ps_test: $*" >&2; exit 1; }
work=$(mktemp -d)
cd "$work" || exit 1
children=()
finish() {
  for pid in "${children[@]}"; do kill "$pid" 2>/dev/null; done
  wait
  rm -rf "$work"
}
trap finish EXIT

# A runtime that only the configuration knows.
cp "$(command -v sleep)" acme-llm
./acme-llm 600 &
acme=$!
children+=($acme)
printf 'collect: {process: {signatures: [{framework: acme, executables: [acme-llm]}]}}\n' >own.yml
"$MONITORAI" ps --json --all >without.json || fail "ps failed"
! grep -q '"pid":'$acme, without.json || fail "an unknown program was taken for an LLM"
"$MONITORAI" ps --json --config own.yml >with.json || fail "ps --config failed"
grep -q '"framework":"acme"' with.json || fail "the configuration's signature did not count: $(cat with.json)"
"$MONITORAI" ps --explain $acme --config own.yml | grep -q acme || fail "--explain does not know the configuration's signature"
printf 'collect: {proces: {}}\n' >bad.yml
"$MONITORAI" ps --config bad.yml >/dev/null 2>err
[ $? -eq 2 ] || fail "a configuration with an error is no error"
grep -q 'bad.yml:1.*process' err || fail "the error is not named: $(cat err)"

# --watch in a pipe: one table, then another, until it is interrupted; the exit is a clean one.
"$MONITORAI" ps --watch --json --config own.yml >watched &
watch=$!
for _ in $(seq 100); do [ "$(grep -c '"framework":"acme"' watched)" -ge 2 ] && break; sleep 0.1; done
[ "$(grep -c '"framework":"acme"' watched)" -ge 2 ] || fail "--watch did not look twice"
kill -TERM $watch
wait $watch || fail "--watch did not end well"

# On a terminal it draws on a screen of its own and leaves the terminal as it was.
if command -v script >/dev/null; then
  TERM=xterm script -qefc "'$MONITORAI' ps --watch --config '$work/own.yml'" typescript >/dev/null </dev/null &
  terminal=$!
  for _ in $(seq 600); do grep -q acme typescript 2>/dev/null && break; sleep 0.1; done
  pkill -INT -f "ps --watch --config $work/own.yml$"
  wait $terminal
  grep -q $'\033\[?1049h' typescript || fail "the screen was not entered"
  grep -q $'\033\[?1049l' typescript || fail "the screen was not left"
  grep -q acme typescript || fail "the table was not drawn"
fi

# Completions: every shell that is here can read its own.
for shell in bash zsh fish; do
  "$MONITORAI" completion $shell >completion.$shell || fail "no completion for $shell"
  [ -s completion.$shell ] || fail "the completion for $shell is empty"
  if command -v $shell >/dev/null; then $shell -n completion.$shell || fail "$shell cannot read its completion"; fi
done
echo "ps is well"

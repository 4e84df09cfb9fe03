#!/usr/bin/env bash
# The packages of ./dev package, installed into temporary roots: the program in them runs from there. Slow: it makes the release build.
set -euo pipefail
[ -n "${MAI_SLOW:-}" ] || { echo "skipped: run ./dev test --slow"; exit 77; }
cd "$(dirname "$0")/../.."
./dev package >&2

root=$(mktemp -d)
children=()
finish() {
  for pid in "${children[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait
  rm -rf "$root"
}
trap finish EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

# Starts serve of this binary on free ports and scrapes it.
serves() { # binary config-arguments...
  local binary=$1 out=$root/serve-$RANDOM.txt address
  shift
  : >"$out"  # it is looked at before a busy machine has come to start the program
  "$binary" serve "$@" --data "$root/data-$RANDOM" --listen 127.0.0.1:0 --set exporters.process.listen=127.0.0.1:0 \
    --set exporters.gpu.listen=127.0.0.1:0 --set metrics.listen=off --set logs.listen=off --set otlp.grpc.listen=off --set traces.listen=off --set otlp.http.listen=off >"$out" 2>&1 &
  children+=($!)
  for _ in $(seq 200); do
    address=$(sed -n 's|.*LLM processes *\(http://[^ ]*\).*|\1|p' "$out")
    [ -z "$address" ] || break
    sleep 0.05
  done
  [ -n "$address" ] || { cat "$out" >&2; fail "$binary serve did not start"; }
  curl -sf --max-time 5 "$address" >/dev/null || fail "$binary serve does not answer $address"
}

deb=$(ls build/package/*.deb)
dpkg -x "$deb" "$root/deb"
depends=$(dpkg-deb -f "$deb" Depends)
for library in libc6 libcurl4 libfmt9 libsimdjson14 libstdc++6; do
  [[ $depends == *"$library "* ]] || fail "the .deb does not depend on $library: $depends"
done
dpkg-deb --ctrl-tarfile "$deb" | tar xO ./conffiles | grep -qx /etc/monitorai/monitorai.yml || fail "the configuration is no conffile"
for file in lib/systemd/system/monitorai.service usr/share/doc/monitorai/README.md usr/share/bash-completion/completions/monitorai \
  usr/share/zsh/vendor-completions/_monitorai usr/share/fish/vendor_completions.d/monitorai.fish; do
  [ -s "$root/deb/$file" ] || fail "the .deb has no $file"
done
file "$root/deb/usr/bin/monitorai" | grep -q ', stripped' || fail "the program is not stripped"
"$root/deb/usr/bin/monitorai" version
"$root/deb/usr/bin/monitorai" check config "$root/deb/etc/monitorai/monitorai.yml"
serves "$root/deb/usr/bin/monitorai" --config "$root/deb/etc/monitorai/monitorai.yml"

tar xzf build/package/*.tar.gz -C "$root"
unpacked=$(echo "$root"/monitorai-*)
"$unpacked/bin/monitorai" version
while read -r name _ path _; do
  case $name in
    linux-vdso* | /lib*/ld-linux* | libc.so* | libm.so* | libdl.so* | libpthread.so* | librt.so* | libresolv.so*) ;;
    *) [[ $path == "$unpacked"/* ]] || fail "the tarball's program takes $name from $path" ;;
  esac
done < <(ldd "$unpacked/bin/monitorai")
curl_loaded=$(LD_DEBUG=libs "$unpacked/bin/monitorai" query --url http://127.0.0.1:1 up 2>&1 | grep 'calling init: .*libcurl' || true)
[[ $curl_loaded == *"$unpacked"/* ]] || fail "the tarball's program takes libcurl from elsewhere: $curl_loaded"
serves "$unpacked/bin/monitorai"
# The demo executes copies of the program elsewhere: they must find the libraries too.
(cd "$root" && TMPDIR=$root "$unpacked/bin/monitorai" demo --only gpt2 --duration 300ms) || fail "the tarball's demo does not run"
echo "packages are well"

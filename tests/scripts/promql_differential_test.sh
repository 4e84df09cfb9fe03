#!/usr/bin/env bash
# Generated queries against a real Prometheus; MAI_SLOW asks more of them. The seed is the day's, so that a failure can be repeated.
set -euo pipefail
exec python3 tests/promql/differential.py "$MONITORAI" --seed "$(date +%Y%m%d)" --queries "$([ -n "${MAI_SLOW:-}" ] && echo 20000 || echo 1500)"

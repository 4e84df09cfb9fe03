#!/usr/bin/env bash
# The learned bands: quiet on ordinary days, heard when something happens. Two weeks of evaluations take minutes without optimisation.
set -euo pipefail
[ -n "${MAI_SLOW:-}" ] || { echo "slow: set MAI_SLOW=1"; exit 77; }
exec python3 tests/rules/anomaly.py "$MONITORAI" --series 4 --days 11

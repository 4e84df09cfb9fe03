#!/usr/bin/env bash
# The learned bands: quiet on two weeks of ordinary days, heard when something happens. MAI_SLOW looks at more series.
set -euo pipefail
exec python3 tests/rules/anomaly.py "$MONITORAI" --series "$([ -n "${MAI_SLOW:-}" ] && echo 40 || echo 8)"

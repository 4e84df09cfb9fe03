#!/usr/bin/env bash
# Two minutes beside Debian's Prometheus and Alertmanager: the same webhooks at the same times.
set -euo pipefail
[ -n "${MAI_SLOW:-}" ] || { echo "slow: set MAI_SLOW=1"; exit 77; }
exec python3 tests/alerts/beside_prometheus.py "$MONITORAI"

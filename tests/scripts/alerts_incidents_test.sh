#!/usr/bin/env bash
# The demo's incidents: the shipped alerts fire and end, and a Slack-shaped receiver hears it. Minutes of waiting for times that are divided already.
set -euo pipefail
[ -n "${MAI_SLOW:-}" ] || { echo "slow: set MAI_SLOW=1"; exit 77; }
exec python3 tests/alerts/incidents.py "$MONITORAI"

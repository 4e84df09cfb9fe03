#!/usr/bin/env bash
# The same alerts and silences in Debian's Alertmanager and in us, by amtool.
set -euo pipefail
exec python3 tests/alerts/difference.py "$MONITORAI"

#!/usr/bin/env bash
# Silences where a real Alertmanager notifies.
set -euo pipefail
exec python3 tests/alerts/their_alertmanager.py "$MONITORAI"

#!/usr/bin/env bash
# Recording rules over the past of a running program.
set -euo pipefail
exec python3 tests/alerts/backfill.py "$MONITORAI"

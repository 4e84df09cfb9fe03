#!/usr/bin/env bash
# Notifications against receivers that refuse, fail and do not answer; kill -9; reloads; the command line.
set -euo pipefail
exec python3 tests/alerts/receivers.py "$MONITORAI"

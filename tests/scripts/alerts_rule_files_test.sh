#!/usr/bin/env bash
# Broken rule files of a running program, and the one that is written on its page.
set -euo pipefail
exec python3 tests/alerts/rule_files.py "$MONITORAI"

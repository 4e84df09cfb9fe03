#!/usr/bin/env bash
# Rule files and unit tests of rules beside Debian's promtool.
set -euo pipefail
exec python3 tests/rules/difference.py "$MONITORAI"

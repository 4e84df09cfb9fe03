#!/usr/bin/env bash
# Rule files and unit tests of rules beside Debian's promtool.
set -euo pipefail
diff <(grep -v '^#' rules/demo/leak.yml) <(python3 tests/rules/faster.py rules/llm.yml 30 LLMProcessVRAMLeak) || { echo "rules/demo/leak.yml is not what its head says"; exit 1; }
exec python3 tests/rules/difference.py "$MONITORAI"

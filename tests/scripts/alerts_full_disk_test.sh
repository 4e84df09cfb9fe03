#!/usr/bin/env bash
# A data folder on a disk that is full: refused, told of, nothing lost, and over once there is room. Needs the right to mount a tmpfs.
set -euo pipefail
exec python3 tests/alerts/full_disk.py "$MONITORAI"

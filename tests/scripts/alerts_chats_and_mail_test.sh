#!/usr/bin/env bash
# Teams, Telegram and mail with STARTTLS and AUTH, really sent.
set -euo pipefail
# Debian's aiosmtpd is of Debian's Python.
for python in python3 /usr/bin/python3; do
  if "$python" -c 'import aiosmtpd' 2>/dev/null; then exec "$python" tests/alerts/chats_and_mail.py "$MONITORAI"; fi
done
echo "there is no aiosmtpd (Debian: python3-aiosmtpd)"
exit 77

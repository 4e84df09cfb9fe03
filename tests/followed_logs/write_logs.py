#!/usr/bin/env python3
"""Numbered records through Python's logging, in one of two ways of rotating.

usage: write_logs.py rotating|copytruncate FILE RECORDS RECORDS_PER_FILE

rotating: RotatingFileHandler. copytruncate: a plain FileHandler, and logrotate with `copytruncate` between two records: what is written between
logrotate's copy and its cut is lost by logrotate itself, so nothing is. All rotated files are kept. One record in 500 has a traceback behind it.
Prints how many records are written, now and then, and a last line "done".
"""
import logging
import logging.handlers
import pathlib
import shutil
import subprocess
import sys

BYTES_PER_RECORD = 120
TRACEBACK_EVERY = 500
PROGRESS_EVERY = 1000
FILES_KEPT = 10_000
TEXT = "the quick brown fox of the retriever jumps over its lazy index"


def rotate_with_logrotate(file):
    program = shutil.which("logrotate", path="/usr/sbin:/sbin:/usr/bin:/bin") or "logrotate"
    folder = file.parent.parent / f"logrotate-{file.stem}"
    folder.mkdir(exist_ok=True)
    configuration = folder / "conf"
    configuration.write_text(f'"{file}" {{\n  copytruncate\n  rotate {FILES_KEPT}\n  nocompress\n}}\n')
    configuration.chmod(0o600)
    subprocess.run([program, "--force", "--state", folder / "state", configuration], check=True)


def main():
    way, file, records, per_file = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    if way == "rotating":
        handler = logging.handlers.RotatingFileHandler(file, maxBytes=per_file * BYTES_PER_RECORD, backupCount=FILES_KEPT)
    else:
        handler = logging.FileHandler(file)
    handler.setFormatter(logging.Formatter("%(asctime)s - %(levelname)s - %(message)s"))
    log = logging.getLogger(way)
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    for i in range(records):
        if i % TRACEBACK_EVERY == TRACEBACK_EVERY - 1:
            try:
                raise ValueError("of a traceback")
            except ValueError:
                log.exception("record %07d of %s failed", i, way)
        else:
            log.info("record %07d of %s: %s", i, way, TEXT)
        if i % PROGRESS_EVERY == 0:
            print(f"written {i}", flush=True)
        if way == "copytruncate" and i % per_file == per_file - 1:
            rotate_with_logrotate(file)
    print("done", flush=True)


main()

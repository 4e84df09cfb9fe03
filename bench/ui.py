#!/usr/bin/env python3
"""The pages in headless Chromium: what has to be loaded, when the first chart stands, what a refresh, a hover and scrolling cost.

usage: ./dev bench ui
"""
import argparse
import pathlib
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parent.parent
options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
options.add_argument("--build", type=pathlib.Path, required=True)
chosen = options.parse_args()
run = [sys.executable, root / "tools/build_web.py", "--web", root / "web", "--run", "node"]
subprocess.run([*run, root / "tests/web/sizes.mjs", chosen.build / "web/dist"], check=True)
sys.exit(subprocess.run([*run, root / "bench/ui.mjs", (chosen.build / "monitorai").resolve()]).returncode)

#!/usr/bin/env python3
"""Builds the pages (web/) and makes a C++ source of them that holds every file, compressed.

usage: build_web.py --web web --out build/debug/web
       build_web.py --web web --run node SCRIPT...      with the packages and a Node.js that does

Runs `npm ci` where the packages are not those of the lock file, then `vite build`, and writes OUT/assets.bin (gzip members in a
row) and OUT/assets.cpp (their table). The packages lie in web/node_modules, shared by all build folders; a lock keeps two builds apart.
"""
import argparse
import fcntl
import gzip
import hashlib
import os
import pathlib
import platform
import shutil
import subprocess
import sys

NODE_MIN = (20, 19)  # what vite asks for
NODE_PACKAGE = "node-{}@22.23.3"  # the same Node.js that nodejs.org ships, as an npm package
TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml", ".json": "application/json", ".png": "image/png", ".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8",
}


def fail(text):
    sys.exit(f"cannot build the pages: {text}")


def run(command, folder, environment):
    done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        fail(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}")


def node_version(node):
    try:
        text = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
        return tuple(int(part) for part in text.strip().lstrip("v").split(".")[:2])
    except (OSError, ValueError, subprocess.CalledProcessError):
        return (0, 0)


def environment_with_node(web):
    """PATH with a Node.js that vite accepts: the system's, or (Debian 12 has 18) one of npm in web/node_modules/.node."""
    npm = shutil.which("npm")
    if npm is None:
        fail("npm is missing. On Debian: apt-get install nodejs npm (`./dev run` does it), or any Node.js from 20.19 on")
    environment = dict(os.environ, NO_UPDATE_NOTIFIER="1", npm_config_fund="false", npm_config_audit="false", npm_config_update_notifier="false")
    if node_version("node") >= NODE_MIN:
        return npm, environment
    machine = {"x86_64": "linux-x64", "aarch64": "linux-arm64"}.get(platform.machine())
    if machine is None:
        fail(f"Node.js {'.'.join(map(str, NODE_MIN))} or newer is missing")
    folder = web / ".node"
    found = folder / "node_modules" / f"node-{machine}" / "bin"
    if node_version(found / "node") < NODE_MIN:
        folder.mkdir(exist_ok=True)
        run([npm, "install", "--prefix", folder, "--no-save", NODE_PACKAGE.format(machine)], folder, environment)
    if node_version(found / "node") < NODE_MIN:
        fail(f"Node.js in {found} does not run")
    environment["PATH"] = f"{found}{os.pathsep}{environment['PATH']}"
    return npm, environment


def install(web):
    stamp = web / "node_modules" / ".installed"
    wanted = hashlib.sha256((web / "package-lock.json").read_bytes()).hexdigest()
    npm, environment = environment_with_node(web)
    if not stamp.exists() or stamp.read_text() != wanted:
        run([npm, "ci", "--no-audit", "--no-fund"], web, environment)
        stamp.write_text(wanted)
    return environment


def embed(dist, out):
    files = sorted(path for path in dist.rglob("*") if path.is_file())
    table, blob = [], bytearray()
    for path in files:
        kind = TYPES.get(path.suffix)
        if kind is None:
            fail(f"{path.name} has a type that is not known here")
        content = path.read_bytes()
        packed = gzip.compress(content, 9, mtime=0)
        name = "/" + path.relative_to(dist).as_posix()
        digest = hashlib.sha256(content).hexdigest()[:16]
        hashed = "true" if name.startswith("/assets/") else "false"
        table.append(f'    {{"{name}", "{kind}", "{digest}", {len(content)}, {hashed}, {{kBytes + {len(blob)}, {len(packed)}}}}},')
        blob += packed
    (out / "assets.bin").write_bytes(blob)
    (out / "assets.cpp").write_text(f'''// Made by tools/build_web.py.
#include "serve/ui/assets.h"

__asm__(".pushsection .rodata\\n.global mai_ui_assets\\nmai_ui_assets:\\n.incbin \\"{(out / "assets.bin").resolve()}\\"\\n.byte 0\\n.popsection\\n");
extern "C" const char mai_ui_assets[];

namespace monitorai::serve {{
namespace {{
const char* const kBytes = mai_ui_assets;
const Asset kAssets[] = {{
{chr(10).join(table)}
}};
}}  // namespace
std::span<const Asset> embedded_assets() {{ return kAssets; }}
}}  // namespace monitorai::serve
''')


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--web", type=pathlib.Path, required=True)
    action = options.add_mutually_exclusive_group(required=True)
    action.add_argument("--out", type=pathlib.Path)
    action.add_argument("--run", nargs=argparse.REMAINDER)
    chosen = options.parse_args()
    web = chosen.web.resolve()
    (web / "node_modules").mkdir(exist_ok=True)
    with open(web / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        environment = install(web)
    if chosen.run:
        os.execvpe(chosen.run[0], chosen.run, environment)
    out = chosen.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    run(["node", "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn", "--outDir", out / "dist", "--emptyOutDir"], web, environment)
    embed(out / "dist", out)


main()

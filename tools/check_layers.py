#!/usr/bin/env python3
"""Checks that every #include of src/ obeys src/LAYERS, and that every folder with code is named there.

usage: check_layers.py SRC
"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def read_layers(file):
    layers = {}
    for number, line in enumerate(file.read_text().splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        folder, _, allowed = line.partition(":")
        layers[folder] = set(allowed.split())
        for below in layers[folder] - set(layers):
            sys.exit(f"{file}:{number}: {folder} names {below}, which is not a layer above this line: layers have no cycles")
    return layers


def layer_of(path, layers):
    """The longest layer that is a folder of path, or None."""
    parents = [str(p) for p in path.parents if str(p) != "."]
    return next((p for p in parents if p in layers), None)


def main():
    src = pathlib.Path(sys.argv[1])
    layers = read_layers(src / "LAYERS")
    errors = []
    for file in sorted(p for p in src.rglob("*") if p.suffix in (".h", ".cpp")):
        inside = file.relative_to(src)
        own = layer_of(inside, layers)
        if own is None:
            errors.append(f"{file}: its folder is not in LAYERS")
            continue
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            other = layer_of(pathlib.Path(match[1]), layers)
            if other is None:
                errors.append(f'{file}:{number}: "{match[1]}" names no layer: write it from src/')
            elif other != own and other not in layers[own]:
                errors.append(f"{file}:{number}: {own} may not include {other}")
    print("\n".join(errors) if errors else f"layers: {len(layers)} folders, no violation")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())

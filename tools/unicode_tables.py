#!/usr/bin/env python3
"""Writes src/judge/quality/text/unicode_tables.cpp from Python's unicodedata: what kind of character each code point is, what it folds to
(lower case, canonical decomposition, without non-spacing marks: the normalisation of uncased BERT models), and its lower case alone.

usage: tools/unicode_tables.py > src/judge/quality/text/unicode_tables.cpp
"""
import sys
import unicodedata

KINDS = ["other", "control", "space", "letter", "mark", "number", "punctuation", "symbol"]


def kind(c):
    category = unicodedata.category(c)
    if c in "\t\n\r" or category == "Zs":
        return "space"
    if category == "Cn":
        return "other"
    return {"C": "control", "Z": "space", "L": "letter", "N": "number", "P": "punctuation", "S": "symbol"}.get(category[0]) or (
        "mark")


def fold(c):
    text = unicodedata.normalize("NFD", c)
    text = "".join(x for x in text if unicodedata.category(x) != "Mn").lower()
    text = unicodedata.normalize("NFD", text)
    return "".join(x for x in text if unicodedata.category(x) != "Mn")


def rows(items, a_line):
    for i in range(0, len(items), a_line):
        print("    " + ", ".join(items[i:i + a_line]) + ",")


points = [p for p in range(0x110000) if not 0xD800 <= p <= 0xDFFF]
ranges, last = [], None
for point in range(0x110000):
    k = "control" if 0xD800 <= point <= 0xDFFF else kind(chr(point))
    if k != last:
        ranges.append((point, KINDS.index(k)))
        last = k

single, several, removed = [], [], []
for point in points:
    if 0xAC00 <= point <= 0xD7A3:  # Hangul syllables decompose by arithmetic
        continue
    c = chr(point)
    f = fold(c)
    if f == c:
        continue
    if f == "":
        removed.append(point)
    elif len(f) == 1:
        single.append((point, ord(f)))
    else:
        assert len(f) <= 4, (hex(point), f)
        several.append((point, f))
spans = []
for point in removed:
    if spans and spans[-1][1] == point - 1:
        spans[-1][1] = point
    else:
        spans.append([point, point])

print(f"// Made by tools/unicode_tables.py from Unicode {unicodedata.unidata_version}: do not edit.")
print('#include "judge/quality/text/unicode_tables.h"\n')
print("// clang-format off")
print("namespace monitorai::judge::unicode_tables {\n")
print(f"const KindFrom kKinds[{len(ranges)}] = {{")
rows([f"{{{a:#x}, {k}}}" for a, k in ranges], 12)
print(f"}};\nconst size_t kKindCount = {len(ranges)};\n")
print(f"const FoldsToOne kOne[{len(single)}] = {{")
rows([f"{{{a:#x}, {b:#x}}}" for a, b in single], 8)
print(f"}};\nconst size_t kOneCount = {len(single)};\n")
print(f"const FoldsToSeveral kSeveral[{len(several)}] = {{")
rows(["{%#x, {%s}}" % (a, ", ".join(f"{ord(x):#x}" for x in f)) for a, f in several], 6)
print(f"}};\nconst size_t kSeveralCount = {len(several)};\n")
print(f"const Span kRemoved[{len(spans)}] = {{")
rows([f"{{{a:#x}, {b:#x}}}" for a, b in spans], 8)
print(f"}};\nconst size_t kRemovedCount = {len(spans)};\n")
lowered = [(p, ord(chr(p).lower())) for p in points if len(chr(p).lower()) == 1 and chr(p).lower() != chr(p)]
print(f"const FoldsToOne kLower[{len(lowered)}] = {{")
rows([f"{{{a:#x}, {b:#x}}}" for a, b in lowered], 8)
print(f"}};\nconst size_t kLowerCount = {len(lowered)};\n")
print("}  // namespace monitorai::judge::unicode_tables")

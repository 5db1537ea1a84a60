"""Writes src/base/nfkc_table.inc: what Unicode's normalisation form KC needs, from Python's unicodedata.

python tools/make_nfkc_table.py OUTPUT
"""

from __future__ import annotations

import itertools
import sys
import unicodedata
from pathlib import Path

HANGUL = range(0xAC00, 0xD7A4)  # composed by arithmetic


def lines(items: list[str]) -> str:
    out, line = [], "   "
    for item in items:
        if len(line) + len(item) + 2 > 118:
            out.append(line)
            line = "   "
        line += f" {item},"
    return "\n".join([*out, line]) + "\n"


def main(output: Path) -> None:
    points = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    pool: list[int] = []
    places: dict[tuple[int, ...], int] = {}
    decompositions, classes, compositions = [], [], []
    for c in points:
        text = unicodedata.normalize("NFKD", chr(c))
        if text != chr(c) and c not in HANGUL:
            parts = tuple(map(ord, text))
            if parts not in places:
                places[parts] = len(pool)
                pool.extend(parts)
            decompositions.append(f"{{{c:#x}, {places[parts]}, {len(parts)}}}")
        pair = unicodedata.decomposition(chr(c)).split()
        if len(pair) == 2 and pair[0][0] != "<" and unicodedata.normalize("NFC", chr(c)) == chr(c):
            compositions.append((int(pair[0], 16), int(pair[1], 16), c))
    combining = [c for c in points if unicodedata.combining(chr(c))]
    for _, group in itertools.groupby(
        enumerate(combining), key=lambda at: (at[1] - at[0], unicodedata.combining(chr(at[1])))
    ):
        run = [c for _, c in group]
        classes.append(f"{{{run[0]:#x}, {run[-1]:#x}, {unicodedata.combining(chr(run[0]))}}}")
    pairs = [f"{{{a:#x}, {b:#x}, {c:#x}}}" for a, b, c in sorted(compositions)]
    output.write_text(
        f"// Written by tools/make_nfkc_table.py from Unicode {unicodedata.unidata_version}; not edited by hand.\n"
        f"// code point, first place in kDecomposed, length\n"
        f"constexpr Decomposition kDecompositions[] = {{\n{lines(decompositions)}}};\n"
        f"constexpr char32_t kDecomposed[] = {{\n{lines([f'{c:#x}' for c in pool])}}};\n"
        f"// first, last, canonical combining class\n"
        f"constexpr CombiningRange kCombining[] = {{\n{lines(classes)}}};\n"
        f"// first, second, both in one\n"
        f"constexpr Composition kCompositions[] = {{\n{lines(pairs)}}};\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))

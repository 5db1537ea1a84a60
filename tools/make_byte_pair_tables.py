"""Writes src/models/text/byte_pair_tables.inc: what Hugging Face's tokenizers package does with each code point.

python tools/make_byte_pair_tables.py OUTPUT   (needs: pip install tokenizers)

Letters, numbers and spaces are those of its regular expressions, lower case and composition (NFC) those of its
normalisers; each is asked of the package itself, one code point at a time.
"""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

import tokenizers
from make_wordpiece_tables import CODE_POINTS, HANGUL, combining_classes, ranges
from tokenizers import Regex, normalizers


def of_class(pattern: str) -> list[int]:
    drop = normalizers.Replace(Regex(pattern), "")
    return [c for c in CODE_POINTS if not drop.normalize_str(chr(c))]


def table(name: str, kind: str, rows: list[str]) -> str:
    lines, line = [f"constexpr {kind} {name}[] = {{"], "   "
    for row in rows:
        if len(line) + len(row) > 117:
            lines.append(line)
            line = "   "
        line += f" {row},"
    return "\n".join([*lines, line, "};", ""])


def pairs(points: list[int]) -> list[str]:
    return [f"{{{first:#x}, {last:#x}}}" for first, last in ranges(points)]


def main() -> None:
    nfd, nfc, lowercase = normalizers.NFD(), normalizers.NFC(), normalizers.Lowercase()
    lower = {c: lowercase.normalize_str(chr(c)) for c in CODE_POINTS}
    lower = {c: text for c, text in lower.items() if text != chr(c)}
    assert [c for c, text in lower.items() if len(text) > 1] == [0x130]
    decomposed = {c: nfd.normalize_str(chr(c)) for c in CODE_POINTS if c not in HANGUL}
    decomposed = {c: text for c, text in decomposed.items() if text != chr(c)}
    composed = {}
    for c, text in decomposed.items():
        if nfc.normalize_str(text) != chr(c):
            continue
        # The last mark joins what the marks before it make; a mark of the same class may not be overtaken.
        first = nfc.normalize_str(text[:-1])
        assert len(first) == 1, hex(c)
        composed[ord(first), ord(text[-1])] = c
    classes = combining_classes(nfd)
    by_class: dict[int, list[int]] = {}
    for c, value in classes.items():
        by_class.setdefault(value, []).append(c)
    marks = sorted(
        (first, last, value) for value, points in by_class.items() for first, last in ranges(points)
    )
    runs: list[list[int]] = []
    for c in sorted(lower):
        to = ord(lower[c][0])
        run = runs[-1] if runs else None
        if run and run[3] == to - c and c - run[1] in (1, 2) and (run[0] == run[1] or run[2] == c - run[1]):
            run[1], run[2] = c, c - run[1]
        else:
            runs.append([c, c, 1, to - c])
    text = (
        f"// Written by tools/make_byte_pair_tables.py from tokenizers {tokenizers.__version__}; not edited by hand.\n"
        + table("kLetters", "Range", pairs(of_class(r"\p{L}")))
        + table("kNumbers", "Range", pairs(of_class(r"\p{N}")))
        + table("kSpaces", "Range", pairs(of_class(r"\s")))
        + table("kLower", "Lower", [f"{{{a:#x}, {b:#x}, {step}, {by}}}" for a, b, step, by in runs])
        + table("kMarks", "Mark", [f"{{{a:#x}, {b:#x}, {value}}}" for a, b, value in marks])
        + table(
            "kDecomposed",
            "Decomposed",
            [
                f'{{{c:#x}, "{"".join(f"{chr(92)}x{b:02x}" for b in t.encode())}"}}'
                for c, t in sorted(decomposed.items())
            ],
        )
        + table(
            "kComposed", "Composed", [f"{{{a:#x}, {b:#x}, {c:#x}}}" for (a, b), c in sorted(composed.items())]
        )
    )
    Path(sys.argv[1]).write_text(text, encoding="utf-8")
    print(unicodedata.unidata_version, len(text), "bytes")


if __name__ == "__main__":
    main()

"""Writes src/models/text/wordpiece_tables.inc: what Hugging Face's tokenizers package does with each code point.

python tools/make_wordpiece_tables.py OUTPUT   (needs: pip install tokenizers)

The crate carries several versions of Unicode at once (categories, decompositions and lower case come from different
libraries), so the tables are asked of the package itself, one code point at a time, and hold whatever it carries.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

import tokenizers
from tokenizers import normalizers, pre_tokenizers

CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
HANGUL = range(0xAC00, 0xD7A4)


def bert(**on: bool) -> normalizers.BertNormalizer:
    off = {"clean_text": False, "handle_chinese_chars": False, "strip_accents": False, "lowercase": False}
    return normalizers.BertNormalizer(**{**off, **on})


def ranges(points: Iterable[int]) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for point in sorted(points):
        if out and out[-1][1] == point - 1:
            out[-1] = (out[-1][0], point)
        else:
            out.append((point, point))
    return out


def combining_classes(nfd: normalizers.NFD) -> dict[int, int]:
    """Class of every mark the crate reorders, found by what it changes places with."""
    known = {c: unicodedata.combining(chr(c)) for c in CODE_POINTS if nfd.normalize_str(chr(c)) == chr(c)}

    def swaps(first: int, second: int) -> bool:
        return bool(nfd.normalize_str(chr(first) + chr(second)) != chr(first) + chr(second))

    marks = [
        c for c in known if swaps(0x0345, c) or swaps(c, 0x0334)
    ]  # classes 240 and 1, the ends of the scale
    anchors = {known[c]: c for c in reversed(marks) if known[c]}
    found = {}
    for mark in marks:
        (found[mark],) = [k for k, a in anchors.items() if not swaps(mark, a) and not swaps(a, mark)]
    return found


def lower_runs(lower: dict[int, int]) -> Iterator[tuple[int, int, int, int]]:
    """First, last, step and distance of neighbours that are lowered alike; the step is 1 or 2."""
    points = sorted(lower)
    at = 0
    while at < len(points):
        first = last = points[at]
        distance = lower[first] - first
        step = 0
        while at + 1 < len(points) and lower[points[at + 1]] - points[at + 1] == distance:
            gap = points[at + 1] - last
            if gap > 2 or (step and gap != step):
                break
            step, last, at = gap, points[at + 1], at + 1
        yield first, last, step or 1, distance
        at += 1


def array(declaration: str, items: list[str]) -> str:
    lines, line = [], "   "
    for item in items:
        if len(line) + len(item) + 2 > 118:
            lines.append(line)
            line = "   "
        line += f" {item},"
    return f"constexpr {declaration}[] = {{\n" + "\n".join([*lines, line]) + "\n};\n"


def pairs(points: Iterable[int]) -> list[str]:
    return [f"{{{a:#x}, {b:#x}}}" for a, b in ranges(points)]


def main(output: Path) -> None:
    clean, strip, low = bert(clean_text=True), bert(strip_accents=True), bert(lowercase=True)
    nfd, split = normalizers.NFD(), pre_tokenizers.BertPreTokenizer()
    lower = {c: low.normalize_str(chr(c)) for c in CODE_POINTS}
    lower = {c: text for c, text in lower.items() if text != chr(c)}
    assert [c for c, text in lower.items() if len(text) > 1] == [0x130], (
        "wordpiece.cpp knows only I with a dot"
    )
    decomposed = {c: nfd.normalize_str(chr(c)) for c in CODE_POINTS if c not in HANGUL}
    decomposed = {c: text for c, text in decomposed.items() if text != chr(c)}
    classes = combining_classes(nfd)
    entries, at = [], 0
    for point, text in sorted(decomposed.items()):
        entries.append(f"{{{point:#x}, {at}, {len(text)}}}")
        at += len(text)
    pool = "".join(text for _, text in sorted(decomposed.items()))
    class_ranges = [
        f"{{{a:#x}, {b:#x}, {value}}}"
        for value in sorted(set(classes.values()))
        for a, b in ranges(c for c, k in classes.items() if k == value)
    ]
    class_ranges.sort(key=lambda text: int(text[1:].split(",")[0], 16))
    words = {c: [word for word, _ in split.pre_tokenize_str(f"a{chr(c)}b")] for c in CODE_POINTS}
    isolated = [c for c, found in words.items() if found == ["a", chr(c), "b"]]
    output.write_text(
        f"// Written by tools/make_wordpiece_tables.py from tokenizers {tokenizers.__version__}; not edited by hand.\n"
        "// Unicode 8.0 in the categories, 9.0 in decompositions and combining classes, 17.0 in lower case.\n"
        + array("CodeRange kDropped", pairs(c for c in CODE_POINTS if clean.normalize_str(chr(c)) == ""))
        + array("CodeRange kNonspacing", pairs(c for c in CODE_POINTS if strip.normalize_str(chr(c)) == ""))
        + array("CodeRange kPunctuation", pairs(isolated))
        + array("ClassRange kCombiningClasses", class_ranges)
        + array(
            "LowerRun kLower",
            [
                f"{{{a:#x}, {b:#x}, {step}, {distance}}}"
                for a, b, step, distance in lower_runs({c: ord(t) for c, t in lower.items() if len(t) == 1})
            ],
        )
        + array("Decomposition kDecompositions", entries)
        + array("char32_t kDecomposed", [f"{ord(c):#x}" for c in pool]),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))

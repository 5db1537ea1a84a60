"""Writes src/models/text/clean_text_tables.inc: HTML's character references, and what ftfy writes plainly.

python tools/make_text_tables.py OUTPUT   (needs: pip install ftfy)

The references are those of Python's html.entities (WHATWG HTML, named character references); the plain forms are what
ftfy's fix_c1_controls, fix_latin_ligatures, fix_character_width and uncurl_quotes make of one code point.
"""

from __future__ import annotations

import html
import html.entities
import sys
from pathlib import Path

import ftfy
from ftfy import fixes


def lines(items: list[str]) -> str:
    out, line = [], "   "
    for item in items:
        if len(line) + len(item) + 2 > 118:
            out.append(line)
            line = "   "
        line += f" {item},"
    return "\n".join([*out, line]) + "\n"


def plain(c: str) -> str:
    return fixes.uncurl_quotes(fixes.fix_character_width(fixes.fix_latin_ligatures(fixes.fix_c1_controls(c))))


def main(output: Path) -> None:
    # Equal names differ in the semicolon; strings compare as bytes, which all names are.
    references = sorted(html.entities.html5.items())
    named = [f'{{"{name}", {", ".join(f"{ord(c):#x}" for c in text)}}}' for name, text in references]
    points = {c: plain(chr(c)) for c in range(0x80, 0x10000) if not 0xD800 <= c < 0xE000}
    changed = {c: text for c, text in points.items() if text != chr(c)}
    assert all(len(text) <= 3 for text in changed.values())
    plainly = [f"{{{c:#x}, {{{', '.join(f'{ord(x):#x}' for x in text)}}}}}" for c, text in changed.items()]
    # Numbers that HTML maps to another character, or to none: 0 to 0x9f apart from what stands for itself.
    odd = {n: html.unescape(f"&#{n};") for n in range(0x110000) if not 0xD800 <= n < 0xE000}
    mapped = [
        f"{{{n:#x}, {ord(text) if text else 0:#x}}}"
        for n, text in odd.items()
        if text != chr(n) and n < 0x100
    ]
    gone = [n for n, text in odd.items() if text == "" and n >= 0x100]
    assert gone == [*range(0xFDD0, 0xFDF0), *(p << 16 | e for p in range(17) for e in (0xFFFE, 0xFFFF))]
    output.write_text(
        f"// Written by tools/make_text_tables.py from Python {sys.version_info.major}.{sys.version_info.minor} and "
        f"ftfy {ftfy.__version__}; not edited by hand.\n"
        f"constexpr NamedReference kReferences[] = {{\n{lines(named)}}};\n"
        f"constexpr PlainForm kPlainForms[] = {{\n{lines(plainly)}}};\n"
        f"// 0 where the reference stands for nothing.\n"
        f"constexpr NumberedReference kNumbered[] = {{\n{lines(mapped)}}};\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))

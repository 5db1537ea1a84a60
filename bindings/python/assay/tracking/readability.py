"""How hard an English text is to read, by sentence and word length."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Readability", "count_syllables", "measure"]

_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*")
_LETTER = re.compile(r"[^\W\d_]")
_SENTENCE_END = re.compile(r"[.!?]+(?=\s|$)|\n\s*\n|\n(?=\s*(?:[-*#]|\d+\.))")
_VOWELS = re.compile(r"[aeiouy]+")


@dataclass(frozen=True)
class Readability:
    """Counts of a text and two formulas over them; both are None where the text is not English or has no word.

    ``reading_ease``: 90 and more is very easy, 60–70 plain English, below 30 very difficult.
    ``grade``: years of US schooling.

    Source: Flesch 1948, J. Appl. Psychol. 32:221, with the coefficients in use today; Kincaid et al. 1975, Naval
    Technical Training Command, Research Branch Report 8-75.
    """

    words: int
    sentences: int
    syllables: int
    reading_ease: float | None
    grade: float | None


def count_syllables(word: str) -> int:
    """Syllables of an English word by its groups of vowels, without a silent e at the end. An estimate: about one word
    in ten is off by one.
    """
    plain = word.lower().replace("’", "'").removesuffix("'s").replace("'", "")
    groups = len(_VOWELS.findall(plain))
    silent = (
        (plain.endswith("e") and not plain.endswith(("le", "ee", "ye", "oe", "ie")))
        or (plain.endswith("ed") and not plain.endswith(("ted", "ded", "eed")))
        or plain.endswith(("kes", "mes", "nes", "res", "tes", "ves"))
    )
    return max(1, groups - (silent and groups > 1))


def measure(text: str) -> Readability:
    """Readability of a text. English is what has at least nine of ten letters of the Latin alphabet without accents."""
    words = _WORD.findall(text)
    syllables = sum(map(count_syllables, words))
    parts = [part for part in _SENTENCE_END.split(text) if _WORD.search(part)]
    letters = len(_LETTER.findall(text))
    english = bool(words) and sum(c.isascii() for c in _LETTER.findall(text)) >= 0.9 * letters
    if not english:
        return Readability(len(words), len(parts), syllables, None, None)
    per_sentence, per_word = len(words) / len(parts), syllables / len(words)
    return Readability(
        len(words),
        len(parts),
        syllables,
        206.835 - 1.015 * per_sentence - 84.6 * per_word,
        0.39 * per_sentence + 11.8 * per_word - 15.59,
    )

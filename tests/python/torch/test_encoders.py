"""The encoders against transformers' ViTModel, BertModel and CLIPModel with random weights."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from clip_models import BERT, CLIP_TEXT, CLIP_VISION, VIT, cosines, renamed, shaken

import assay
from assay.pipelines import clip_demo

torch = pytest.importorskip("torch", reason="torch is not installed")
transformers = pytest.importorskip("transformers", reason="transformers is not installed")

LENGTHS = (7, 3, 12, 1, 7, 20, 3, 7)


def texts_of(vocabulary: int, lengths: tuple[int, ...], last: int | None = None) -> list[list[int]]:
    rng = np.random.default_rng(7)
    texts = [rng.integers(5, vocabulary - 2, size=n).tolist() for n in lengths]
    for text in texts:
        if last is not None:
            text[-1] = last
    return texts


def vit(full: bool) -> tuple[Any, dict[str, int]]:
    shape = {
        "width": 768,
        "layers": 12,
        "heads": 12,
        "intermediate": 3072,
        "image_size": 224,
        "patch_size": 16,
    }
    if not full:
        shape = {
            "width": 64,
            "layers": 3,
            "heads": 4,
            "intermediate": 160,
            "image_size": 48,
            "patch_size": 16,
        }
    config = transformers.ViTConfig(
        hidden_size=shape["width"],
        num_hidden_layers=shape["layers"],
        num_attention_heads=shape["heads"],
        intermediate_size=shape["intermediate"],
        image_size=shape["image_size"],
        patch_size=shape["patch_size"],
        layer_norm_eps=1e-6,
    )
    return shaken(transformers.ViTModel(config, add_pooling_layer=False), 1), shape


def bert(full: bool) -> tuple[Any, dict[str, int]]:
    shape = {
        "width": 768,
        "layers": 12,
        "heads": 12,
        "intermediate": 3072,
        "vocabulary": 30522,
        "positions": 512,
    }
    if not full:
        shape = {"width": 64, "layers": 3, "heads": 4, "intermediate": 160, "vocabulary": 99, "positions": 40}
    config = transformers.BertConfig(
        hidden_size=shape["width"],
        num_hidden_layers=shape["layers"],
        num_attention_heads=shape["heads"],
        intermediate_size=shape["intermediate"],
        vocab_size=shape["vocabulary"],
        max_position_embeddings=shape["positions"],
    )
    return shaken(transformers.BertModel(config, add_pooling_layer=False), 2), shape


def last_states(model: Any, texts: list[list[int]]) -> list[Any]:
    """Of each text by itself, so that no mask is needed."""
    with torch.inference_mode():
        return [model(input_ids=torch.tensor([text])).last_hidden_state[0] for text in texts]


SIZES = [pytest.param(False, id="small"), pytest.param(True, id="BiomedCLIP's size", marks=pytest.mark.slow)]
PRECISIONS = [("fp32", 0.99999), ("bf16", 0.999), ("fp16", 0.9999)]


@pytest.mark.parametrize("full", SIZES)
@pytest.mark.parametrize(("dtype", "least"), PRECISIONS)
def test_vision_equals_transformers(native: ModuleType, full: bool, dtype: str, least: float) -> None:
    model, shape = vit(full)
    weights = renamed(model.state_dict(), VIT)
    rng = np.random.default_rng(3)
    head = (0.05 * rng.standard_normal((512, shape["width"]))).astype(np.float32)
    config = native.VisionConfig.biomedclip().replace(**shape)
    encoder = native.VisionEncoder(config, {**weights, "projection.weight": head}, device="cpu", dtype=dtype)

    pixels = rng.standard_normal((3, 3, shape["image_size"], shape["image_size"])).astype(np.float32)
    with torch.inference_mode():
        expected = model(torch.tensor(pixels)).last_hidden_state[:, 0].numpy() @ head.T
    got = encoder.encode(pixels, unit=False)
    assert got.shape == (3, 512) and cosines(got, expected).min() >= least
    if dtype == "fp32":
        np.testing.assert_allclose(got, expected, rtol=2e-3, atol=2e-3 * np.abs(expected).max())
    unit = encoder.encode(pixels)
    np.testing.assert_allclose(np.linalg.norm(unit, axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("full", SIZES)
@pytest.mark.parametrize(("dtype", "least"), PRECISIONS)
def test_biomedclip_text_equals_transformers(
    native: ModuleType, full: bool, dtype: str, least: float
) -> None:
    model, shape = bert(full)
    weights = renamed(model.state_dict(), BERT, dropped=r"embeddings\.position_ids")
    rng = np.random.default_rng(3)
    between = (shape["width"] + 512) // 2
    weights["projection.0.weight"] = (0.05 * rng.standard_normal((between, shape["width"]))).astype(
        np.float32
    )
    weights["projection.1.weight"] = (0.05 * rng.standard_normal((512, between))).astype(np.float32)
    config = native.TextConfig.biomedclip().replace(most_tokens=40, **shape)
    encoder = native.TextEncoder(config, weights, device="cpu", dtype=dtype)

    texts = texts_of(shape["vocabulary"], LENGTHS)
    pooled = torch.stack([state[0] for state in last_states(model, texts)])
    inner = torch.nn.functional.gelu(pooled @ torch.tensor(weights["projection.0.weight"]).T)
    expected = (inner @ torch.tensor(weights["projection.1.weight"]).T).numpy()
    assert cosines(encoder.encode(texts, unit=False), expected).min() >= least


@pytest.mark.parametrize("pooling", ["cls", "mean", "last"])
def test_poolers(native: ModuleType, pooling: str) -> None:
    model, shape = bert(full=False)
    weights = renamed(model.state_dict(), BERT)
    config = native.TextConfig.minilm().replace(
        **{**shape, "most_tokens": 40, "embedding_dim": shape["width"], "pooling": pooling}
    )
    texts = texts_of(shape["vocabulary"], LENGTHS)
    pool = {"cls": lambda s: s[0], "mean": lambda s: s.mean(0), "last": lambda s: s[-1]}[pooling]
    expected = torch.stack([pool(state) for state in last_states(model, texts)]).numpy()
    got = native.TextEncoder(config, weights, device="cpu").encode(texts, unit=False)
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("patch", [pytest.param(32, id="B/32 alike"), pytest.param(16, id="B/16 alike")])
@pytest.mark.parametrize(("dtype", "least"), PRECISIONS)
def test_openai_clip_equals_transformers(native: ModuleType, patch: int, dtype: str, least: float) -> None:
    tower = {"hidden_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 160}
    end = 98
    config = transformers.CLIPConfig(
        text_config={**tower, "vocab_size": 99, "max_position_embeddings": 24, "eos_token_id": end},
        vision_config={**tower, "image_size": 64, "patch_size": patch},
        projection_dim=48,
    )
    model = shaken(transformers.CLIPModel(config), 4)
    shape = {"width": 64, "layers": 3, "heads": 4, "intermediate": 160, "embedding_dim": 48}

    vision_weights = renamed(model.vision_model.state_dict(), CLIP_VISION)
    vision_weights["projection.weight"] = model.visual_projection.weight.detach().numpy()
    vision = native.VisionEncoder(
        native.VisionConfig.openai_clip(patch_size=patch).replace(image_size=64, **shape),
        vision_weights,
        device="cpu",
        dtype=dtype,
    )
    pixels = np.random.default_rng(5).standard_normal((2, 3, 64, 64)).astype(np.float32)
    with torch.inference_mode():
        pooled = model.vision_model(torch.tensor(pixels)).pooler_output
        expected = model.visual_projection(pooled).numpy()
    assert cosines(vision.encode(pixels, unit=False), expected).min() >= least

    text_weights = renamed(model.text_model.state_dict(), CLIP_TEXT)
    text_weights["projection.0.weight"] = model.text_projection.weight.detach().numpy()
    members = {**shape, "vocabulary": 99, "most_tokens": 24, "positions": 24}
    text = native.TextEncoder(
        native.TextConfig.openai_clip().replace(**members), text_weights, device="cpu", dtype=dtype
    )
    texts = texts_of(99, LENGTHS, last=end)
    with torch.inference_mode():
        pooled = [model.text_model(input_ids=torch.tensor([t])).pooler_output[0] for t in texts]
        expected = model.text_projection(torch.stack(pooled)).numpy()
    assert cosines(text.encode(texts, unit=False), expected).min() >= least


@pytest.mark.parametrize("pooling", ["cls", "mean"])
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_text_has_the_same_bits_in_any_batch(native: ModuleType, pooling: str, threads: int) -> None:
    model, shape = bert(full=False)
    config = native.TextConfig.minilm().replace(
        **{**shape, "most_tokens": 40, "embedding_dim": shape["width"], "pooling": pooling}
    )
    text = native.TextEncoder(config, renamed(model.state_dict(), BERT), device="cpu", dtype="fp32")
    texts = texts_of(shape["vocabulary"], LENGTHS * 5)
    alone = np.concatenate([text.encode([t]) for t in texts])
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        np.testing.assert_array_equal(text.encode(texts), alone)
        np.testing.assert_array_equal(text.encode(texts[::-1])[::-1], alone)
    finally:
        torch.set_num_threads(before)


def test_image_has_the_same_bits_in_any_batch(native: ModuleType) -> None:
    model, shape = vit(full=False)
    config = native.VisionConfig.biomedclip().replace(embedding_dim=0, **shape)
    encoder = native.VisionEncoder(config, renamed(model.state_dict(), VIT), device="cpu", dtype="fp32")
    pixels = np.random.default_rng(9).standard_normal((11, 3, 48, 48)).astype(np.float32)
    alone = np.concatenate([encoder.encode(p[None]) for p in pixels])
    np.testing.assert_array_equal(encoder.encode(pixels), alone)


@pytest.mark.parametrize("intermediate", [1000, 1003])
def test_quick_gelu_has_the_same_bits_on_any_threads_in_any_batch(
    native: ModuleType, intermediate: int
) -> None:
    """Its work is cut where vectors of libtorch's would end."""
    tower = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = transformers.CLIPVisionConfig(
        **tower, intermediate_size=intermediate, image_size=64, patch_size=8, hidden_act="quick_gelu"
    )
    model = shaken(transformers.CLIPVisionModel(config), 6)
    weights = renamed(
        {k.removeprefix("vision_model."): v for k, v in model.state_dict().items()}, CLIP_VISION
    )
    members = {"width": 64, "layers": 2, "heads": 4, "intermediate": intermediate, "embedding_dim": 0}
    shape = native.VisionConfig.openai_clip(patch_size=8).replace(image_size=64, **members)
    assert shape.activation == "quick_gelu"
    encoder = native.VisionEncoder(shape, weights, device="cpu", dtype="fp32")
    pixels = np.random.default_rng(9).standard_normal((11, 3, 64, 64)).astype(np.float32)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        alone = np.concatenate([encoder.encode(p[None]) for p in pixels])
        for threads in (1, 5, 7, 11):
            torch.set_num_threads(threads)
            np.testing.assert_array_equal(encoder.encode(pixels), alone)
            np.testing.assert_array_equal(encoder.encode(pixels[::-1])[::-1], alone)
            np.testing.assert_array_equal(encoder.encode(pixels[3:8]), alone[3:8])
    finally:
        torch.set_num_threads(before)


LITTLE_MEMORY = """
import resource
import numpy as np, torch
import assay
from assay.models import _libtorch
native = _libtorch.load()
members = {"width": 64, "heads": 4, "layers": 1, "intermediate": 64, "embedding_dim": 64, "vocabulary": 4_000_000}
config = native.TextConfig.minilm().replace(**members)
weights = {"tokens": np.zeros((4_000_000, 64), dtype=np.float32)}  # zeros that take no memory before they are read
pages = int(open("/proc/self/statm").read().split()[0])
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (256 << 20),) * 2)
try:
    native.TextEncoder(config, weights, device="cpu", dtype="fp32")
except assay.StateError as error:
    print(error)
"""


def test_too_little_memory_for_the_weights(native: ModuleType) -> None:
    done = subprocess.run([sys.executable, "-c", LITTLE_MEMORY], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("weights: the device's memory does not hold them; use")
    assert done.stdout.count("\n") == 1  # no frames


SAME_BITS = """
import hashlib, sys
import numpy as np
from assay.models import _libtorch
from assay.pipelines import clip_demo
clip = _libtorch.load().Clip(sys.argv[1], device="cpu", dtype="fp32")
pixels = np.random.default_rng(1).standard_normal((3, 3, 64, 64)).astype(np.float32)
found = np.concatenate([clip.encode_pixels(pixels), clip.encode_tokens([[2, 7, 9, 3], [2, *range(5, 40), 3]])])
print(hashlib.sha256(found.tobytes()).hexdigest(), *np.round(found[:, 0].astype(float), 5))
"""


def test_each_instruction_set(native: ModuleType, tmp_path: Path) -> None:
    """The same bits with AVX2 as with whatever this processor has; without either, libtorch's product comes near."""
    clip_demo.write_demo_model(tmp_path)
    found = {}
    for name in ("", "avx2", "scalar"):
        command = [sys.executable, "-c", SAME_BITS, str(tmp_path)]
        done = subprocess.run(
            command, env={**os.environ, "ASSAY_SIMD": name}, capture_output=True, text=True, check=True
        )
        digest, *values = done.stdout.split()
        found[name] = digest, np.array(values, dtype=float)
    np.testing.assert_allclose(found["scalar"][1], found[""][1], atol=1e-4)
    assert found["avx2"][0] == found[""][0]


def test_empty_call(native: ModuleType) -> None:
    model, shape = bert(full=False)
    config = native.TextConfig.minilm().replace(
        **{**shape, "most_tokens": 40, "embedding_dim": shape["width"]}
    )
    text = native.TextEncoder(config, renamed(model.state_dict(), BERT), device="cpu")
    assert text.encode([]).shape == (0, shape["width"])


def test_bad_input_is_named(native: ModuleType) -> None:
    model, shape = bert(full=False)
    weights = renamed(model.state_dict(), BERT)
    config = native.TextConfig.minilm().replace(
        **{**shape, "most_tokens": 40, "embedding_dim": shape["width"]}
    )
    text = native.TextEncoder(config, weights, device="cpu")
    with pytest.raises(assay.ValueError, match="from 1 to 40 tokens"):
        text.encode([[1] * 41])
    with pytest.raises(assay.ValueError, match="text 1 has 0"):
        text.encode([[1], []])
    with pytest.raises(assay.ValueError, match="do tokenizer and weights belong together"):
        text.encode([[shape["vocabulary"]]])

    with pytest.raises(assay.ValueError, match=r"blocks\.0\.out\.bias'.*there is none"):
        native.TextEncoder(config, {k: v for k, v in weights.items() if k != "blocks.0.out.bias"})
    with pytest.raises(assay.ValueError, match="belong to no part of this model: 'pooler'"):
        native.TextEncoder(config, {**weights, "pooler": weights["norm.bias"]})
    with pytest.raises(assay.ValueError, match=r"'norm\.bias' of shape \[64\], got \[63\]"):
        native.TextEncoder(config, {**weights, "norm.bias": weights["norm.bias"][:-1]})
    with pytest.raises(assay.ValueError, match=r"'norm\.bias' of float"):
        native.TextEncoder(config, {**weights, "norm.bias": np.zeros(64, dtype=np.int32)})
    with pytest.raises(assay.ValueError, match="multiple of heads"):
        config.replace(heads=5)
    with pytest.raises(assay.ValueError, match="no member 'head'"):
        config.replace(head=5)
    with pytest.raises(assay.ValueError, match="expected one of cls, mean, last"):
        config.replace(pooling="max")
    with pytest.raises(assay.ValueError, match="expected auto, fp32, bf16 or fp16"):
        native.TextEncoder(config, weights, dtype="int8")


def test_a_device_that_is_not_there(native: ModuleType) -> None:
    model, shape = vit(full=False)
    config = native.VisionConfig.biomedclip().replace(embedding_dim=0, **shape)
    weights = renamed(model.state_dict(), VIT)
    with pytest.raises(assay.ValueError, match="expected auto, cpu, cuda"):
        native.VisionEncoder(config, weights, device="tpu")
    if not torch.cuda.is_available():
        with pytest.raises(assay.ValueError, match="finds no CUDA device"):
            native.VisionEncoder(config, weights, device="cuda")
    with pytest.raises(assay.ShapeError, match=r"\[n, 3, 48, 48\], got \[1, 3, 32, 48\]"):
        native.VisionEncoder(config, weights, device="cpu").encode(np.zeros((1, 3, 32, 48), dtype=np.float32))

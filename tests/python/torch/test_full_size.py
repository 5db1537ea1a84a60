"""BiomedCLIP at its full size with random weights, as users hold it: both file formats, against transformers.

196 million numbers are written twice and read four times: the slowest test of the suite, and the only one that shows
the file's names, the configuration without a file beside it and both towers together.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from biomedclip import random_state_dict
from clip_models import cosines

torch = pytest.importorskip("torch", reason="torch is not installed")
transformers = pytest.importorskip("transformers", reason="transformers is not installed")
safetensors = pytest.importorskip("safetensors.torch", reason="safetensors is not installed")

TEXTS = [[2, 7, 9, 3], [2, 8, 3], [2, *range(100, 130), 3]]


def vit_state(state: dict[str, Any]) -> dict[str, Any]:
    """The image tower under transformers' names; timm keeps query, key and value in one matrix."""
    trunk = {k.removeprefix("visual.trunk."): v for k, v in state.items() if k.startswith("visual.trunk.")}
    out = {"embeddings.cls_token": trunk["cls_token"], "embeddings.position_embeddings": trunk["pos_embed"]}
    for kind in ("weight", "bias"):
        out[f"embeddings.patch_embeddings.projection.{kind}"] = trunk[f"patch_embed.proj.{kind}"]
        out[f"layernorm.{kind}"] = trunk[f"norm.{kind}"]
        for i in range(12):
            block, layer = f"blocks.{i}.", f"layers.{i}."
            for part, tensor in zip("qkv", trunk[f"{block}attn.qkv.{kind}"].chunk(3), strict=True):
                out[f"{layer}attention.{part}_proj.{kind}"] = tensor
            out[f"{layer}attention.o_proj.{kind}"] = trunk[f"{block}attn.proj.{kind}"]
            for theirs, ours in (("mlp.fc1", "mlp.fc1"), ("mlp.fc2", "mlp.fc2"), ("layernorm_before", "norm1"),
                                 ("layernorm_after", "norm2")):  # fmt: skip
                out[f"{layer}{theirs}.{kind}"] = trunk[f"{block}{ours}.{kind}"]
    return out


def expected(state: dict[str, Any], pixels: Any) -> tuple[Any, Any]:
    """Vectors of images and texts by ViTModel, BertModel and the projections."""
    vit = transformers.ViTModel(transformers.ViTConfig(layer_norm_eps=1e-6), add_pooling_layer=False).eval()
    vit.load_state_dict(vit_state(state))
    bert = transformers.BertModel(transformers.BertConfig(), add_pooling_layer=False).eval()
    text = {
        k.removeprefix("text.transformer."): v for k, v in state.items() if k.startswith("text.transformer.")
    }
    missing, unexpected = bert.load_state_dict(text, strict=False)
    assert not unexpected and set(missing) <= {"embeddings.position_ids"}
    with torch.inference_mode():
        images = vit(torch.tensor(pixels)).last_hidden_state[:, 0] @ state["visual.head.proj.weight"].T
        first = torch.stack([bert(torch.tensor([ids])).last_hidden_state[0, 0] for ids in TEXTS])
        texts = (
            torch.nn.functional.gelu(first @ state["text.proj.0.weight"].T) @ state["text.proj.2.weight"].T
        )
    return images.numpy(), texts.numpy()


@pytest.mark.slow
def test_biomedclip_from_both_formats_equals_transformers(native: ModuleType, tmp_path: Path) -> None:
    from assay.models import Clip

    state = random_state_dict(torch)
    assert sum(tensor.numel() for tensor in state.values()) == 195_902_721
    for name in ("safetensors", "bin"):
        (tmp_path / name).mkdir()
    safetensors.save_file(state, tmp_path / "safetensors" / "open_clip_model.safetensors")
    torch.save(state, tmp_path / "bin" / "open_clip_pytorch_model.bin")
    pixels = np.random.default_rng(1).standard_normal((2, 3, 224, 224)).astype(np.float32)
    images, texts = expected(state, pixels)
    del state

    def vectors(folder: str, dtype: str) -> tuple[Any, Any]:
        model = Clip.from_pretrained(tmp_path / folder, device="cpu", dtype=dtype)
        assert model.dim == 512
        return model.encode_pixels(pixels), model.encode_tokens(TEXTS)

    ours = vectors("safetensors", "fp32")
    assert cosines(ours[0], images).min() >= 0.99999 and cosines(ours[1], texts).min() >= 0.99999
    np.testing.assert_allclose(ours[0], images / np.linalg.norm(images, axis=1)[:, None], atol=1e-4)
    for other, one in zip(vectors("bin", "fp32"), ours, strict=True):
        np.testing.assert_array_equal(other, one)
    rounded = vectors("safetensors", "bf16")
    assert cosines(rounded[0], images).min() >= 0.999 and cosines(rounded[1], texts).min() >= 0.999

"""Independent implementations with random weights, and their tensors under the names that the encoders use."""

from __future__ import annotations

import re
from typing import Any


def renamed(state: dict[str, Any], rules: list[tuple[str, str]], *, dropped: str = "") -> dict[str, Any]:
    """A model's tensors as NumPy arrays under other names; each name follows the first rule that fits it whole."""
    result = {}
    for name, tensor in state.items():
        if re.fullmatch(dropped, name):
            continue
        for pattern, replacement in rules:
            if re.fullmatch(pattern, name):
                new = re.sub(pattern, replacement, name)
                array = tensor.detach().float().numpy()
                # Tables have a leading axis of one in some implementations.
                result[new] = array.reshape(array.shape[-FLAT[new] :]) if new in FLAT else array
                break
        else:
            raise AssertionError(f"no rule for {name}")
    return result


FLAT = {"class_token": 1, "positions": 2}
W = r"(weight|bias)"
VIT = [
    (r"embeddings\.cls_token", "class_token"),
    (r"embeddings\.position_embeddings", "positions"),
    (rf"embeddings\.patch_embeddings\.projection\.{W}", r"patch.\1"),
    (rf"layers\.(\d+)\.attention\.q_proj\.{W}", r"blocks.\1.query.\2"),
    (rf"layers\.(\d+)\.attention\.k_proj\.{W}", r"blocks.\1.key.\2"),
    (rf"layers\.(\d+)\.attention\.v_proj\.{W}", r"blocks.\1.value.\2"),
    (rf"layers\.(\d+)\.attention\.o_proj\.{W}", r"blocks.\1.out.\2"),
    (rf"layers\.(\d+)\.mlp\.fc1\.{W}", r"blocks.\1.up.\2"),
    (rf"layers\.(\d+)\.mlp\.fc2\.{W}", r"blocks.\1.down.\2"),
    (rf"layers\.(\d+)\.layernorm_before\.{W}", r"blocks.\1.norm1.\2"),
    (rf"layers\.(\d+)\.layernorm_after\.{W}", r"blocks.\1.norm2.\2"),
    (rf"layernorm\.{W}", r"norm.\1"),
]
BERT = [
    (r"embeddings\.word_embeddings\.weight", "tokens"),
    (r"embeddings\.position_embeddings\.weight", "positions"),
    (r"embeddings\.token_type_embeddings\.weight", "token_types"),
    (rf"embeddings\.LayerNorm\.{W}", r"norm.\1"),
    (rf"encoder\.layer\.(\d+)\.attention\.self\.(query|key|value)\.{W}", r"blocks.\1.\2.\3"),
    (rf"encoder\.layer\.(\d+)\.attention\.output\.dense\.{W}", r"blocks.\1.out.\2"),
    (rf"encoder\.layer\.(\d+)\.attention\.output\.LayerNorm\.{W}", r"blocks.\1.norm1.\2"),
    (rf"encoder\.layer\.(\d+)\.intermediate\.dense\.{W}", r"blocks.\1.up.\2"),
    (rf"encoder\.layer\.(\d+)\.output\.dense\.{W}", r"blocks.\1.down.\2"),
    (rf"encoder\.layer\.(\d+)\.output\.LayerNorm\.{W}", r"blocks.\1.norm2.\2"),
]
CLIP_BLOCKS = [
    (rf"encoder\.layers\.(\d+)\.self_attn\.q_proj\.{W}", r"blocks.\1.query.\2"),
    (rf"encoder\.layers\.(\d+)\.self_attn\.k_proj\.{W}", r"blocks.\1.key.\2"),
    (rf"encoder\.layers\.(\d+)\.self_attn\.v_proj\.{W}", r"blocks.\1.value.\2"),
    (rf"encoder\.layers\.(\d+)\.self_attn\.out_proj\.{W}", r"blocks.\1.out.\2"),
    (rf"encoder\.layers\.(\d+)\.mlp\.fc1\.{W}", r"blocks.\1.up.\2"),
    (rf"encoder\.layers\.(\d+)\.mlp\.fc2\.{W}", r"blocks.\1.down.\2"),
    (rf"encoder\.layers\.(\d+)\.layer_norm1\.{W}", r"blocks.\1.norm1.\2"),
    (rf"encoder\.layers\.(\d+)\.layer_norm2\.{W}", r"blocks.\1.norm2.\2"),
]
CLIP_VISION = [
    (r"embeddings\.class_embedding", "class_token"),
    (r"embeddings\.position_embedding\.weight", "positions"),
    (r"embeddings\.patch_embedding\.weight", "patch.weight"),
    (rf"pre_layrnorm\.{W}", r"input_norm.\1"),
    *CLIP_BLOCKS,
    (rf"post_layernorm\.{W}", r"norm.\1"),
]
CLIP_TEXT = [
    (r"embeddings\.token_embedding\.weight", "tokens"),
    (r"embeddings\.position_embedding\.weight", "positions"),
    *CLIP_BLOCKS,
    (rf"final_layer_norm\.{W}", r"norm.\1"),
]


def shaken(model: Any, seed: int) -> Any:
    """Every weight random: fresh models have biases of zero and norms of one, which hide mistakes."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            norm = "norm" in name.lower() and name.endswith("weight")
            parameter.copy_(1 + 0.1 * noise if norm else 0.05 * noise)
    return model.eval()


def cosines(a: Any, b: Any) -> Any:
    import numpy as np

    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)

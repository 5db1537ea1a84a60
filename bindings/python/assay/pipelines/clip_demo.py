"""A small CLIP with random weights and a made-up image: shows how matching works, and means nothing."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from assay._core.data import Image
    from assay.models import MatchResult

__all__ = ["NOTICE", "made_up_image", "run_demo", "write_demo_model"]

NOTICE = "Demonstration: random weights and a made-up image. The order of the candidates means nothing."

_WIDTH, _LAYERS, _HEADS, _INNER, _DIM, _SIDE, _PATCH = 64, 2, 4, 128, 32, 64, 16


def _vocabulary() -> list[str]:
    letters = [chr(c) for c in range(ord("a"), ord("z") + 1)] + [str(d) for d in range(10)]
    marks = list(".,;:!?()/'\"-")
    return ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{c}" for c in letters), *marks]


def _shapes(words: int) -> dict[str, tuple[int, ...]]:
    """Names and shapes of transformers' CLIPModel."""
    shapes: dict[str, tuple[int, ...]] = {"logit_scale": ()}
    for tower in ("vision_model", "text_model"):
        for layer in range(_LAYERS):
            block = f"{tower}.encoder.layers.{layer}."
            for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
                shapes |= {
                    f"{block}self_attn.{part}.weight": (_WIDTH, _WIDTH),
                    f"{block}self_attn.{part}.bias": (_WIDTH,),
                }
            shapes |= {f"{block}mlp.fc1.weight": (_INNER, _WIDTH), f"{block}mlp.fc1.bias": (_INNER,)}
            shapes |= {f"{block}mlp.fc2.weight": (_WIDTH, _INNER), f"{block}mlp.fc2.bias": (_WIDTH,)}
            for norm in ("layer_norm1", "layer_norm2"):
                shapes |= {f"{block}{norm}.weight": (_WIDTH,), f"{block}{norm}.bias": (_WIDTH,)}
    for norm in ("vision_model.pre_layrnorm", "vision_model.post_layernorm", "text_model.final_layer_norm"):
        shapes |= {f"{norm}.weight": (_WIDTH,), f"{norm}.bias": (_WIDTH,)}
    return shapes | {
        "vision_model.embeddings.class_embedding": (_WIDTH,),
        "vision_model.embeddings.patch_embedding.weight": (_WIDTH, 3, _PATCH, _PATCH),
        "vision_model.embeddings.position_embedding.weight": ((_SIDE // _PATCH) ** 2 + 1, _WIDTH),
        "text_model.embeddings.token_embedding.weight": (words, _WIDTH),
        "text_model.embeddings.position_embedding.weight": (64, _WIDTH),
        "visual_projection.weight": (_DIM, _WIDTH),
        "text_projection.weight": (_DIM, _WIDTH),
    }


def _random(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    import numpy as np

    if name == "logit_scale":
        return np.asarray(np.log(100.0), dtype=np.float32)
    if "norm" in name:
        return np.full(shape, 1.0 if name.endswith("weight") else 0.0, dtype=np.float32)
    return rng.normal(0, 0.1, shape).astype(np.float32)


def write_demo_model(folder: str | Path) -> Path:
    """A CLIP of 0.4 MB in the layout of Hugging Face's hub, with random weights: the same ones each time."""
    import numpy as np

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    words = _vocabulary()
    tower = {
        "hidden_size": _WIDTH,
        "num_hidden_layers": _LAYERS,
        "num_attention_heads": _HEADS,
        "intermediate_size": _INNER,
    }
    config = {
        "model_type": "clip",
        "projection_dim": _DIM,
        "vision_config": {**tower, "image_size": _SIDE, "patch_size": _PATCH},
        "text_config": {**tower, "vocab_size": len(words), "max_position_embeddings": 64},
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
    (folder / "vocab.txt").write_text("".join(f"{word}\n" for word in words), encoding="utf-8")

    rng = np.random.default_rng(5)
    header: dict[str, object] = {"__metadata__": {"about": NOTICE}}
    body = b""
    for name, shape in sorted(_shapes(len(words)).items()):
        values = _random(name, shape, rng).tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": list(shape),
            "data_offsets": [len(body), len(body) + len(values)],
        }
        body += values
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + body)
    return folder


def made_up_image() -> Image:
    """Two dark ellipses on grey, 320 x 256: nobody's chest."""
    import numpy as np

    from assay.data import Image

    y, x = np.mgrid[0:256, 0:320]
    lungs = sum(np.exp(-((((x - cx) / 50) ** 2 + ((y - 130) / 90) ** 2) ** 2)) for cx in (105, 215))
    noise = np.random.default_rng(6).normal(0, 4, lungs.shape)
    return Image(np.clip(190 - 130 * lungs + noise, 0, 255).astype(np.uint8))


def run_demo(folder: str | Path, *, labels: str = "chest_radiograph", k: int = 5) -> MatchResult:
    """Writes the demo model to ``folder``, loads it and matches the made-up image."""
    from assay.models import Clip

    clip = Clip.from_pretrained(write_demo_model(folder), device="cpu")
    return clip.match(made_up_image(), labels, k=k)

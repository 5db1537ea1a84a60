"""BiomedCLIP's tensors with random numbers, named and shaped as open_clip saves them."""

from __future__ import annotations

from typing import Any


def _shapes() -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        "logit_scale": (),
        "visual.trunk.cls_token": (1, 1, 768),
        "visual.trunk.pos_embed": (1, 197, 768),
        "visual.trunk.patch_embed.proj.weight": (768, 3, 16, 16),
        "visual.trunk.patch_embed.proj.bias": (768,),
        "visual.head.proj.weight": (512, 768),
        "text.transformer.embeddings.word_embeddings.weight": (30522, 768),
        "text.transformer.embeddings.position_embeddings.weight": (512, 768),
        "text.transformer.embeddings.token_type_embeddings.weight": (2, 768),
        "text.proj.0.weight": (640, 768),
        "text.proj.2.weight": (512, 640),
    }
    linear: dict[str, tuple[int, int]] = {}
    norms = ["visual.trunk.norm", "text.transformer.embeddings.LayerNorm"]
    for i in range(12):
        vision, text = f"visual.trunk.blocks.{i}.", f"text.transformer.encoder.layer.{i}."
        linear |= {f"{vision}attn.qkv": (2304, 768), f"{vision}attn.proj": (768, 768)}
        linear |= {f"{vision}mlp.fc1": (3072, 768), f"{vision}mlp.fc2": (768, 3072)}
        linear |= {f"{text}attention.self.{part}": (768, 768) for part in ("query", "key", "value")}
        linear |= {f"{text}attention.output.dense": (768, 768)}
        linear |= {f"{text}intermediate.dense": (3072, 768), f"{text}output.dense": (768, 3072)}
        norms += [f"{vision}norm1", f"{vision}norm2"]
        norms += [f"{text}attention.output.LayerNorm", f"{text}output.LayerNorm"]
    for name, shape in linear.items():
        shapes |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    for name in norms:
        shapes |= {f"{name}.weight": (768,), f"{name}.bias": (768,)}
    return shapes


def random_state_dict(torch: Any, seed: int = 0) -> dict[str, Any]:
    """196 million numbers; norms near one, the rest small."""
    generator = torch.Generator().manual_seed(seed)
    state = {}
    for name, shape in _shapes().items():
        tensor = torch.empty(shape).normal_(0, 0.02, generator=generator)
        norm = "norm" in name.lower() and name.endswith("weight")
        state[name] = tensor + 1 if norm else tensor
    state["logit_scale"] = torch.tensor(4.6052)
    return state

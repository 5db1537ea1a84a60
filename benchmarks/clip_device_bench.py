"""What an accelerator does for the CLIP matcher: images/s, texts/s, and exact search beside torch and the bandwidth.

    python benchmarks/clip_device_bench.py [--device cuda] [--out build/bench]

To be run where an accelerator is at hand, with torch and Assay installed. Writes clip_device.json and clip_device.md,
with the device's name, and prints the latter. Weights are random in BiomedCLIP's shape, or those of --model; rows are
made-up unit vectors. Every answer of the device is compared with ExactIndex on the host. 10 million rows of 512 take
26 GB of the host's memory and 20 more while they are made, 20 GB of the device's (10 GB in bf16); what does not fit the
device is said and left out.

On a processor, to see that it works: --device cpu --rows 20000 --model demo --rounds 2
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

HELPERS = Path(__file__).resolve().parents[1] / "tests" / "python" / "helpers"
K = 10
PEER_ROWS = 1 << 20  # rows whose scores torch holds at a time
COMPARED = 16  # queries of each batch that ExactIndex answers on the host, too
NAMES = {"fp32": "float32", "bf16": "bfloat16"}


def median_seconds(work: Callable[[], Any], rounds: int) -> float:
    """Of calls that end with their result on the host; one before warms up."""
    work()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def described(torch: Any, device: str) -> dict[str, Any]:
    """The device's name and what its figures depend on; no host name."""
    found: dict[str, Any] = {"device": device, "torch": torch.__version__, "threads": torch.get_num_threads()}
    if device.startswith("cuda"):
        properties = torch.cuda.get_device_properties(device)
        found |= {"name": properties.name, "memory_gb": round(properties.total_memory / 1e9, 1)}
        found |= {"cuda": torch.version.cuda, "processors": properties.multi_processor_count}
    else:
        info = Path("/proc/cpuinfo")
        lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
        models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        found["name"] = models[0] if models else platform.processor() or platform.machine()
    return found


def bandwidth(torch: Any, device: str, rounds: int) -> float:
    """Bytes a second that the device reads: the sum of 1 GiB (64 MiB on a processor), the best of some calls."""
    values = torch.ones((1 << 28) if device != "cpu" else (1 << 24), device=device)
    values.sum().item()
    best = float("inf")
    for _ in range(max(3, rounds)):
        start = time.perf_counter()
        values.sum().item()
        best = min(best, time.perf_counter() - start)
    return float(values.numel() * 4 / best)


def unit_rows(rows: int, dim: int, seed: int) -> Any:
    random = np.random.default_rng(seed)
    out = np.empty((rows, dim), np.float32)
    for first in range(0, rows, 50_000):
        part = random.standard_normal((min(50_000, rows - first), dim), dtype=np.float32)
        out[first : first + 50_000] = part / np.linalg.norm(part, axis=1, keepdims=True)
    return out


def free_memory() -> float:
    """Bytes that the host can still give."""
    info = Path("/proc/meminfo")
    for line in info.read_text(encoding="utf-8").splitlines() if info.is_file() else ():
        if line.startswith("MemAvailable:"):
            return 1024.0 * int(line.split()[1])
    return float("inf")


def torch_search(torch: Any, rows: Any, queries: Any) -> Any:
    """The best rows by torch alone: products and topk in blocks, without exactness."""
    values = positions = None
    for first in range(0, rows.shape[0], PEER_ROWS):
        some = queries @ rows[first : first + PEER_ROWS].T
        here, where = torch.topk(some, min(K, some.shape[1]), dim=1)
        where += first
        if values is not None:
            here, where = torch.cat([values, here], 1), torch.cat([positions, where], 1)
        values, order = torch.topk(here, K, dim=1)
        positions = where.gather(1, order)
    return positions.cpu().numpy()


def search(torch: Any, args: argparse.Namespace, read: float) -> list[dict[str, Any]]:
    from assay.models import ExactIndex

    results = []
    for count in args.rows:
        needed = 2.4 * 4 * count * args.dim  # the vectors and their index
        if needed > free_memory():
            results.append(
                {"rows": count, "dim": args.dim, "dtype": "", "left_out": f"needs {needed / 1e9:.0f} GB here"}
            )
            continue
        vectors = unit_rows(count, args.dim, seed=1)
        index = ExactIndex(dim=args.dim)
        for first in range(0, count, 1 << 20):
            index.add(vectors[first : first + (1 << 20)])
        queries = unit_rows(max(args.batches), args.dim, seed=2)
        for dtype in args.dtypes:
            results += search_of(torch, args, read, index, vectors, queries, dtype)
        del index, vectors
        gc.collect()
    return results


def search_of(
    torch: Any, args: argparse.Namespace, read: float, index: Any, vectors: Any, queries: Any, dtype: str
) -> list[dict[str, Any]]:
    """Every batch by one type; torch's rows come when Assay's have left the device."""
    from assay import StateError

    base = {"rows": len(index), "dim": args.dim, "dtype": dtype}
    peer: list[tuple[float | None, Any]]
    try:
        start = time.perf_counter()
        device = index.to(args.device, dtype=dtype)
        base["bring_seconds"] = time.perf_counter() - start
    except StateError as error:
        return [{**base, "left_out": str(error)}]
    ours = []
    for batch in args.batches:
        some = queries[:batch]
        scores, ids = device.search(some[:COMPARED], k=K)
        wanted = index.search(some[:COMPARED], k=K)
        same = bool((ids == wanted[1]).all() and (scores.view("u4") == wanted[0].view("u4")).all())
        before = device.rescanned
        seconds = median_seconds(partial(device.search, some, k=K), args.rounds)
        ours.append((seconds, same, device.search(some, k=K)[1], device.rescanned > before))
    bytes_of_rows = device.nbytes
    del device
    release(torch, args.device)
    try:
        kind = getattr(torch, NAMES[dtype])
        rows = torch.empty(vectors.shape, dtype=kind, device=args.device)
        for first in range(0, len(vectors), PEER_ROWS):
            rows[first : first + PEER_ROWS] = torch.from_numpy(vectors[first : first + PEER_ROWS])
        peer = []
        for batch in args.batches:
            asked = torch.from_numpy(queries[:batch]).to(args.device, kind)
            seconds = median_seconds(partial(torch_search, torch, rows, asked), args.rounds)
            peer.append((seconds, torch_search(torch, rows, asked)))
        del rows
    except torch.OutOfMemoryError:
        peer = [(None, None)] * len(args.batches)
    release(torch, args.device)
    found = []
    for batch, (seconds, same, ids, again), (theirs, positions) in zip(args.batches, ours, peer, strict=True):
        common = None
        if positions is not None:
            common = float(
                np.mean([len(set(a) & set(b)) / len(a) for a, b in zip(ids, positions, strict=True)])
            )
        found.append(
            {**base, "batch": batch, "seconds": seconds, "torch_seconds": theirs, "same_as_host": same,
             "limit_seconds": bytes_of_rows / read, "multiplied_twice": again, "torch_recall": common}
        )  # fmt: skip
    return found


def release(torch: Any, device: str) -> None:
    gc.collect()
    if device.startswith("cuda"):
        torch.cuda.empty_cache()


def written_model(torch: Any, args: argparse.Namespace, folder: Path) -> Path:
    """The folder of weights to load: the user's, the small demonstration, or random ones of BiomedCLIP's shape."""
    from assay.pipelines import clip_demo

    if args.model == "demo":
        return clip_demo.write_demo_model(folder)
    if args.model != "random":
        return Path(args.model)
    sys.path.insert(0, str(HELPERS))
    from biomedclip import random_state_dict

    torch.save(random_state_dict(torch), folder / "open_clip_pytorch_model.bin")
    return folder


def encoders(torch: Any, args: argparse.Namespace) -> list[dict[str, Any]]:
    from assay.models import Clip

    random = np.random.default_rng(3)
    results = []
    with tempfile.TemporaryDirectory(prefix="assay_bench_") as made:
        model = written_model(torch, args, Path(made))
        for dtype in args.dtypes:
            start = time.perf_counter()
            clip = Clip.from_pretrained(model, device=args.device, dtype=dtype)
            loaded = time.perf_counter() - start
            side = clip.preprocessor.size
            pixels = random.standard_normal((args.images, 3, side, side)).astype(np.float32)
            lengths = random.integers(4, 65, args.texts)
            tokens = [random.integers(5, 40, n).tolist() for n in lengths]
            for what, count, work in (
                ("images", args.images, partial(clip.encode_pixels, pixels)),
                ("texts of 4 to 64 tokens", args.texts, partial(clip.encode_tokens, tokens)),
            ):
                seconds = median_seconds(work, args.rounds)
                entry = {"what": what, "dtype": dtype, "count": count, "per_second": count / seconds}
                if what == "images":
                    entry |= {
                        "load_seconds": loaded,
                        "torch_per_second": peer_images(torch, args, dtype, pixels),
                    }
                results.append(entry)
            del clip
            release(torch, args.device)
    return results


def peer_images(torch: Any, args: argparse.Namespace, dtype: str, pixels: Any) -> float | None:
    """transformers' ViT-B/16 with SDPA; None where it is not installed or another model is measured."""
    if args.model == "demo" or pixels.shape[2] != 224:
        return None
    try:
        import transformers
    except ImportError:
        return None
    config = transformers.ViTConfig(layer_norm_eps=1e-6, attn_implementation="sdpa")
    kind = getattr(torch, NAMES[dtype])
    model = transformers.ViTModel(config, add_pooling_layer=False).eval().to(args.device, kind)

    def work() -> Any:
        with torch.inference_mode():
            given = torch.from_numpy(pixels).to(args.device, kind)
            return model(given).last_hidden_state[:, 0].float().cpu()

    return len(pixels) / median_seconds(work, args.rounds)


def page(found: dict[str, Any]) -> str:
    machine = found["machine"]
    lines = [
        f"# The CLIP matcher on {machine['name']}",
        "",
        f"{json.dumps(machine)}; it reads {found['bandwidth_gb_s']:.0f} GB/s. Medians of {found['rounds']} calls, "
        "results on the host.",
        "",
        "| rows | type | batch | Assay ms | torch ms | torch / Assay | bandwidth's limit ms | as on the host | twice |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for r in found["search"]:
        if "left_out" in r:
            lines.append(f"| {r['rows']:,} | {r['dtype']} | left out: {r['left_out']} | | | | | | |")
            continue
        theirs = r["torch_seconds"]
        other = f"{1e3 * theirs:.2f} | {theirs / r['seconds']:.2f}" if theirs is not None else "no memory | "
        lines.append(
            f"| {r['rows']:,} | {r['dtype']} | {r['batch']} | {1e3 * r['seconds']:.2f} | {other} | "
            f"{1e3 * r['limit_seconds']:.2f} | {'yes' if r['same_as_host'] else 'NO'} | "
            f"{'yes' if r['multiplied_twice'] else ''} |"
        )
    lines += ["", "| what | type | Assay a second | torch a second |", "|---|---|---|---|"]
    for e in found["encoders"]:
        peer = e.get("torch_per_second")
        lines.append(
            f"| {e['what']} | {e['dtype']} | {e['per_second']:.1f} | {'' if peer is None else f'{peer:.1f}'} |"
        )
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", default="auto")
    parser.add_argument("--out", type=Path, default=Path("build/bench"))
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 16, 256])
    parser.add_argument("--dtypes", nargs="+", choices=list(NAMES), default=list(NAMES))
    parser.add_argument("--images", type=int, default=64)
    parser.add_argument("--texts", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--model", default="random", help="a folder of weights, 'random' or 'demo'")
    args = parser.parse_args()
    import torch

    if args.device == "auto":
        if not torch.cuda.is_available():
            parser.error("this torch finds no CUDA device; --device cpu tries the script itself")
        args.device = "cuda:0"
    torch.backends.cuda.matmul.allow_tf32 = False
    read = bandwidth(torch, args.device, args.rounds)
    found = {"machine": described(torch, args.device), "bandwidth_gb_s": read / 1e9, "rounds": args.rounds}
    found["search"] = search(torch, args, read)
    found["encoders"] = encoders(torch, args)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "clip_device.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    text = page(found)
    (args.out / "clip_device.md").write_text(text, encoding="utf-8")
    print(text)
    return 0 if all(r.get("same_as_host", True) for r in found["search"]) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Exact top-10 of made-up unit vectors: Assay against NumPy's BLAS, torch, faiss's IndexFlatIP and, with its recall,
faiss's 8-bit scan, at batches of 1, 16 and 256 queries; the exact ones with AVX2 alone over a fifth of the rows; then
Assay alone over mapped files of as many and of twice as many rows. One of these by itself, then with rows four times
as many in `mapped`:

    python benchmarks/run.py --only search[.peers|.avx2|.mapped] [--rounds 2] [--scale 0.1]
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import harness

FULL_ROWS = 1_000_000
DIM = 512
K = 10
BATCHES = {1: 9, 16: 5, 256: 2}  # calls timed of each
EXACT = ("assay", "numpy", "torch", "faiss")
PEERS = (*EXACT, "faiss_int8")
PEERS_AVX2 = tuple(f"{name}_avx2" for name in EXACT)
# What keeps each library from AVX-512; faiss had FAISS_OPT_LEVEL before FAISS_SIMD_LEVEL.
AVX2 = {
    "ASSAY_SIMD": "avx2",
    "OPENBLAS_CORETYPE": "Haswell",
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "FAISS_SIMD_LEVEL": "AVX2",
    "FAISS_OPT_LEVEL": "avx2",
}
# Batch, least ratio to the fastest exact peer that the project asks for.
GOALS = {1: 3.0, 16: 6.0, 256: 4.0}


def _unit_rows(rows: int, seed: int) -> Any:
    import numpy as np

    random = np.random.default_rng(seed)
    out = np.empty((rows, DIM), np.float32)
    for first in range(0, rows, 50_000):
        part = random.standard_normal((min(50_000, rows - first), DIM), dtype=np.float32)
        out[first : first + 50_000] = part / np.linalg.norm(part, axis=1, keepdims=True)
    return out


def _best(rows: Any, queries: Any) -> Any:
    """Ids by float64 scores of what float32 ranks first."""
    import numpy as np

    scores = queries @ rows.T
    some = np.argpartition(-scores, 4 * K, axis=1)[:, : 4 * K]
    exact = np.einsum("qd,qkd->qk", queries.astype(np.float64), rows[some].astype(np.float64))
    order = np.lexsort((some, -exact), axis=1)[:, :K]
    return np.take_along_axis(some, order, axis=1)


def _assay(rows: Any) -> Callable[[Any], Any]:
    from assay.models import ExactIndex

    index = ExactIndex(dim=DIM)
    for first in range(0, len(rows), 100_000):
        index.add(rows[first : first + 100_000])
    return lambda queries: index.search(queries, k=K)[1]


def _numpy(rows: Any) -> Callable[[Any], Any]:
    import numpy as np

    def search(queries: Any) -> Any:
        scores = queries @ rows.T
        some = np.argpartition(scores, -K, axis=1)[:, -K:]
        order = np.argsort(-np.take_along_axis(scores, some, axis=1), axis=1)
        return np.take_along_axis(some, order, axis=1)

    return search


def _torch(rows: Any) -> Callable[[Any], Any]:
    import torch

    torch.set_num_threads(harness.THREADS)
    table = torch.from_numpy(rows)

    def search(queries: Any) -> Any:
        return torch.topk(torch.from_numpy(queries) @ table.T, K, dim=1).indices.numpy()

    return search


def _faiss(rows: Any, kind: str = "Flat") -> Callable[[Any], Any]:
    import faiss

    faiss.omp_set_num_threads(harness.THREADS)
    index = faiss.index_factory(DIM, kind, faiss.METRIC_INNER_PRODUCT)
    index.train(rows[:100_000])
    index.add(rows)
    return lambda queries: index.search(queries, K)[1]


def _faiss_int8(rows: Any) -> Callable[[Any], Any]:
    return _faiss(rows, "SQ8")


def _time(make: Callable[[Any], Callable[[Any], Any]], folder: Path) -> None:
    """Builds the index, then times calls; prints what harness.compare reads."""
    import numpy as np

    rows, queries, best = (np.load(folder / f"{name}.npy") for name in ("rows", "queries", "best"))
    begin = time.perf_counter()
    search = make(rows)
    outcome: dict[str, Any] = {"build": time.perf_counter() - begin}
    search(queries[:1])
    for batch, calls in BATCHES.items():
        taken = []
        for call in range(calls):
            first = call * batch % len(queries)
            begin = time.perf_counter()
            ids = search(queries[first : first + batch])
            taken.append(time.perf_counter() - begin)
        found = [
            len(set(a) & set(b))
            for a, b in zip(ids.tolist(), best[first : first + batch].tolist(), strict=True)
        ]
        outcome[str(batch)] = statistics.median(taken)
        outcome[f"least {batch}"] = min(taken)
        outcome[f"recall {batch}"] = sum(found) / (K * batch)
    print(json.dumps({"seconds": outcome["1"], "peak_bytes": harness.memory("VmHWM"), "outcome": outcome}))


def _write(folder: Path, count: int) -> Path:
    """An index file, made in parts: a tenth of it in memory at most."""
    from assay.models import ExactIndex

    parts = []
    for number, first in enumerate(range(0, count, max(1, count // 10))):
        size = min(max(1, count // 10), count - first)
        part = ExactIndex(dim=DIM)
        for done in range(0, size, 50_000):
            rows = _unit_rows(min(50_000, size - done), 100 + first + done)
            part.add(rows, ids=range(first + done, first + done + len(rows)))
        parts.append(folder / f"part{number}")
        part.save(parts[-1])
    path = folder / f"{count}.index"
    ExactIndex.merge(parts, path)
    for each in parts:
        each.unlink()
    return path


def _mapped(path: Path) -> None:
    """Assay over a mapped file: seconds of opening and of calls, and what stays in memory."""
    from assay.models import ExactIndex

    before = harness.memory("VmRSS")
    begin = time.perf_counter()
    index = ExactIndex.open(path, verify=False)
    outcome: dict[str, Any] = {"open": time.perf_counter() - begin, "rows": len(index)}
    queries = _unit_rows(256, 2)
    index.search(queries, k=K)
    for batch, calls in BATCHES.items():
        taken = []
        for call in range(calls):
            begin = time.perf_counter()
            index.search(queries[call * batch % 256 :][:batch], k=K)
            taken.append(time.perf_counter() - begin)
        outcome[str(batch)] = statistics.median(taken)
    outcome["resident"] = harness.memory("VmRSS") - before
    outcome["anonymous"] = harness.memory("RssAnon")
    print(json.dumps({"seconds": outcome["1"], "peak_bytes": harness.memory("VmHWM"), "outcome": outcome}))


def _memory(count: int) -> None:
    """Assay with its rows in memory: what the process holds, and what the index says."""
    from assay.models import ExactIndex

    index = ExactIndex(dim=DIM)
    before = harness.memory("VmRSS")
    for done in range(0, count, 50_000):
        index.add(_unit_rows(min(50_000, count - done), 100 + done))
    float32 = count * DIM * 4
    outcome = {"resident": (harness.memory("VmRSS") - before) / float32, "nbytes": index.nbytes / float32}
    print(json.dumps({"seconds": 0, "peak_bytes": harness.memory("VmHWM"), "outcome": outcome}))


def _medians(result: dict[str, Any]) -> dict[str, float]:
    """Of the rounds, each field's median."""
    fields = result["outcomes"][0]
    return {field: statistics.median(outcome[field] for outcome in result["outcomes"]) for field in fields}


def _verdict(figures: dict[str, dict[str, float]], batch: int, suffix: str, goal: float) -> str:
    exact = {name: figures[name + suffix][str(batch)] for name in EXACT[1:] if name + suffix in figures}
    if "assay" + suffix not in figures or not exact:
        return f"Batch {batch}{suffix}: not measured."
    own = figures["assay" + suffix]
    fastest = min(exact, key=lambda name: exact[name])
    ratio = exact[fastest] / own[str(batch)]
    ratios = ", ".join(f"{name} {seconds / own[str(batch)]:.2f}" for name, seconds in exact.items())
    text = f"Batch {batch}{suffix}: {ratio:.2f}× the fastest exact peer ({fastest}; {ratios}); goal {goal}×: "
    text += "met" if ratio >= goal else "MISSED"
    if not suffix and "faiss_int8" in figures:
        text += f". faiss's 8-bit scan: {figures['faiss_int8'][str(batch)] / own[str(batch)]:.2f}×"
        text += f" with recall {figures['faiss_int8'][f'recall {batch}']:.3f}"
    return text + "."


def _compared(
    folder: Path, rounds: int, count: int, candidates: tuple[str, ...]
) -> tuple[dict[str, Any], list[str]]:
    """Candidates over the same rows, each in a process of its own, in turn."""
    import numpy as np

    rows, queries = _unit_rows(count, 1), _unit_rows(256, 2)
    best = np.concatenate([_best(rows, queries[first : first + 16]) for first in range(0, 256, 16)])
    for name, values in (("rows", rows), ("queries", queries), ("best", best)):
        np.save(folder / f"{name}.npy", values)
    del rows
    measured = harness.compare(Path(__file__), [[name, str(folder)] for name in candidates], rounds)
    (folder / "rows.npy").unlink()
    results = {name.split()[0]: value for name, value in measured.items()}
    figures = {name: _medians(result) for name, result in results.items() if "error" not in result}
    lines = [
        f"{count:,} made-up unit vectors of {DIM}, k = {K}, {harness.THREADS} threads, warm; milliseconds, medians of "
        f"{rounds} processes each.",
        "",
        "| candidate | batch 1 | batch 16 | batch 256 | recall | build s |",
        "|---|---|---|---|---|---|",
    ]
    for name in candidates:
        if name not in figures:
            lines.append(f"| {name} | failed: {results[name]['error']} | | | | |")
            continue
        times = " | ".join(f"{1e3 * figures[name][str(batch)]:.1f}" for batch in BATCHES)
        lines.append(
            f"| {name} | {times} | {figures[name]['recall 256']:.4f} | {figures[name]['build']:.1f} |"
        )
    alone = "_avx2" if candidates == PEERS_AVX2 else ""
    lines += [
        "",
        *(_verdict(figures, batch, alone, 1.5 if alone else goal) for batch, goal in GOALS.items()),
        "",
    ]
    return results, lines


def _scaled(folder: Path, count: int, factors: tuple[int, ...]) -> tuple[dict[str, Any], list[str]]:
    """Assay alone: memory of an index, and mapped files of `factors` times as many rows."""
    lines = []
    results = harness.compare(Path(__file__), [["memory", str(count)]], 1)
    for result in results.values():
        if "error" in result:
            lines.append(f"Memory: failed: {result['error']}")
        else:
            lines.append(
                "Memory over the float32 vectors' bytes: {resident:.3f} resident, {nbytes:.3f} by nbytes.".format_map(
                    result["outcome"]
                )
            )
    lines += [
        "",
        "| mapped rows | open s | batch 1 | batch 16 | batch 256 | file MB | resident MB | of it not of the file MB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for times in factors:
        path = _write(folder, times * count)
        size = path.stat().st_size
        measured = harness.compare(Path(__file__), [["mapped", str(path)]], 1)
        path.unlink()
        for result in measured.values():
            results[f"mapped {times * count}"] = result
            if "error" in result:
                lines.append(f"| {times * count:,} | failed: {result['error']} | | | | | | |")
                continue
            found = result["outcome"]
            taken = " | ".join(f"{1e3 * found[str(batch)]:.1f}" for batch in BATCHES)
            sizes = " | ".join(
                f"{bytes_ / 1e6:.0f}" for bytes_ in (size, found["resident"], found["anonymous"])
            )
            lines.append(f"| {times * count:,} | {found['open']:.2f} | {taken} | {sizes} |")
    return results, lines


def run(folder: Path, *, rounds: int, scale: float, part: str = "") -> dict[str, Any]:
    """From fixed seeds; of rounds three at most, or the whole would take a quarter of an hour."""
    count, rounds = int(FULL_ROWS * scale), min(rounds, 3)
    steps: dict[str, Callable[[], tuple[dict[str, Any], list[str]]]] = {
        "peers": lambda: _compared(folder, rounds, count, PEERS),
        "avx2": lambda: _compared(folder, rounds, max(1, count // 5), PEERS_AVX2),
        "mapped": lambda: _scaled(folder, count, (1, 2, 4) if part else (1, 2)),
    }
    if part and part not in steps:
        raise SystemExit(f"search: expected one of the parts {', '.join(steps)}, got '{part}'")
    results: dict[str, Any] = {}
    lines: list[str] = []
    for name, step in steps.items():
        if part in ("", name):
            found, more = step()
            results |= found
            lines += more
    return {"results": results, "markdown": "\n".join(lines)}


if __name__ == "__main__":
    if sys.argv[1] == "mapped":
        _mapped(Path(sys.argv[2]))
    elif sys.argv[1] == "memory":
        _memory(int(sys.argv[2]))
    else:
        if sys.argv[1].endswith("_avx2"):
            os.environ.update(AVX2)
        _time(globals()[f"_{sys.argv[1].removesuffix('_avx2')}"], Path(sys.argv[2]))

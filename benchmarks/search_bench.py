"""Exact top-10 of made-up unit vectors: Assay against NumPy's BLAS, torch, faiss's IndexFlatIP and, with its recall,
faiss's 8-bit scan, at batches of 1, 16 and 256 queries; then Assay alone at more rows.

    python benchmarks/run.py --only search [--scale 0.1]
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
BATCHES = {1: 15, 16: 7, 256: 3}  # calls timed of each
CANDIDATES = ("assay", "assay_avx2", "assay_mapped", "numpy", "torch", "faiss", "faiss_int8")
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


def _assay(rows: Any, folder: Path, mapped: bool = False) -> Callable[[Any], Any]:
    from assay.models import ExactIndex

    if not mapped:
        index = ExactIndex(dim=DIM)
        for first in range(0, len(rows), 100_000):
            index.add(rows[first : first + 100_000])
        return lambda queries: index.search(queries, k=K)[1]
    path = folder / "rows.index"
    if not path.exists():
        index = ExactIndex(dim=DIM)
        index.add(rows)
        index.save(path)
    index = ExactIndex.open(path, verify=False)
    return lambda queries: index.search(queries, k=K)[1]


def _assay_avx2(rows: Any, folder: Path) -> Callable[[Any], Any]:
    os.environ["ASSAY_SIMD"] = "avx2"
    return _assay(rows, folder)


def _assay_mapped(rows: Any, folder: Path) -> Callable[[Any], Any]:
    return _assay(rows, folder, mapped=True)


def _numpy(rows: Any, folder: Path) -> Callable[[Any], Any]:
    import numpy as np

    def search(queries: Any) -> Any:
        scores = queries @ rows.T
        some = np.argpartition(scores, -K, axis=1)[:, -K:]
        order = np.argsort(-np.take_along_axis(scores, some, axis=1), axis=1)
        return np.take_along_axis(some, order, axis=1)

    return search


def _torch(rows: Any, folder: Path) -> Callable[[Any], Any]:
    import torch

    torch.set_num_threads(harness.THREADS)
    table = torch.from_numpy(rows)

    def search(queries: Any) -> Any:
        return torch.topk(torch.from_numpy(queries) @ table.T, K, dim=1).indices.numpy()

    return search


def _faiss(rows: Any, folder: Path, kind: str = "Flat") -> Callable[[Any], Any]:
    import faiss

    faiss.omp_set_num_threads(harness.THREADS)
    index = faiss.index_factory(DIM, kind, faiss.METRIC_INNER_PRODUCT)
    index.train(rows[:100_000])
    index.add(rows)
    return lambda queries: index.search(queries, K)[1]


def _faiss_int8(rows: Any, folder: Path) -> Callable[[Any], Any]:
    return _faiss(rows, folder, "SQ8")


def _time(make: Callable[[Any, Path], Callable[[Any], Any]], folder: Path) -> None:
    """Builds the index, then times calls; prints what harness.compare reads."""
    import numpy as np

    rows, queries, best = (np.load(folder / f"{name}.npy") for name in ("rows", "queries", "best"))
    begin = time.perf_counter()
    search = make(rows, folder)
    outcome: dict[str, Any] = {"build": time.perf_counter() - begin}
    search(queries[:1])
    for batch, calls in BATCHES.items():
        taken = []
        for call in range(calls):
            first = call * batch % len(queries)
            begin = time.perf_counter()
            ids = search(queries[first : first + batch])
            taken.append(time.perf_counter() - begin)
        found = [len(set(a) & set(b)) for a, b in zip(ids.tolist(), best[first : first + batch].tolist(), strict=True)]
        outcome[str(batch)] = statistics.median(taken)
        outcome[f"least {batch}"] = min(taken)
        outcome[f"recall {batch}"] = sum(found) / (K * batch)
    print(json.dumps({"seconds": outcome["1"], "peak_bytes": harness.memory("VmHWM"), "outcome": outcome}))


def _scaling(count: int) -> None:
    """Assay alone; rows are made in parts, so that the index is all that stands in memory."""
    from assay.models import ExactIndex

    index = ExactIndex(dim=DIM)
    for part, first in enumerate(range(0, count, 100_000)):
        index.add(_unit_rows(min(100_000, count - first), 100 + part))
    resident = harness.memory("VmRSS")
    queries = _unit_rows(256, 2)
    outcome: dict[str, Any] = {"bytes_over_float32": index.nbytes / (count * DIM * 4), "resident": resident}
    for batch, calls in BATCHES.items():
        taken = []
        for call in range(calls):
            begin = time.perf_counter()
            index.search(queries[call * batch % 256 :][:batch], k=K)
            taken.append(time.perf_counter() - begin)
        outcome[str(batch)] = statistics.median(taken)
    print(json.dumps({"seconds": outcome["1"], "peak_bytes": harness.memory("VmHWM"), "outcome": outcome}))


def _medians(result: dict[str, Any]) -> dict[str, float]:
    """Of the rounds, each field's median."""
    fields = result["outcomes"][0]
    return {field: statistics.median(outcome[field] for outcome in result["outcomes"]) for field in fields}


def _verdict(figures: dict[str, dict[str, float]], batch: int) -> str:
    exact = {name: figures[name][str(batch)] for name in ("numpy", "torch", "faiss") if name in figures}
    if "assay" not in figures or not exact:
        return f"Batch {batch}: not measured."
    fastest = min(exact, key=lambda name: exact[name])
    ratios = ", ".join(f"{name} {seconds / figures['assay'][str(batch)]:.2f}" for name, seconds in exact.items())
    ratio = exact[fastest] / figures["assay"][str(batch)]
    text = f"Batch {batch}: {ratio:.2f}× the fastest exact peer ({fastest}; {ratios}); goal {GOALS[batch]}×: "
    text += "met" if ratio >= GOALS[batch] else "MISSED"
    if "assay_avx2" in figures:
        text += f". AVX2 only: {exact[fastest] / figures['assay_avx2'][str(batch)]:.2f}×"
    if "faiss_int8" in figures:
        text += f". faiss's 8-bit scan: {figures['faiss_int8'][str(batch)] / figures['assay'][str(batch)]:.2f}×"
        text += f" with recall {figures['faiss_int8'][f'recall {batch}']:.3f}"
    return text + "."


def run(folder: Path, *, rounds: int, scale: float) -> dict[str, Any]:
    """All candidates over the same rows, each in a process of its own, then more rows; from fixed seeds."""
    import numpy as np

    count = int(FULL_ROWS * scale)
    rows, queries = _unit_rows(count, 1), _unit_rows(256, 2)
    best = np.concatenate([_best(rows, queries[first : first + 16]) for first in range(0, 256, 16)])
    for name, values in (("rows", rows), ("queries", queries), ("best", best)):
        np.save(folder / f"{name}.npy", values)
    del rows
    measured = harness.compare(Path(__file__), [[name, str(folder)] for name in CANDIDATES], rounds)
    results = {name.split()[0]: value for name, value in measured.items()}
    figures = {name: _medians(result) for name, result in results.items() if "error" not in result}
    (folder / "rows.npy").unlink()
    (folder / "rows.index").unlink(missing_ok=True)
    more = harness.compare(Path(__file__), [["scaling", str(count * times)] for times in (1, 2, 4)], 1)

    lines = [
        f"{count:,} made-up unit vectors of {DIM}, k = {K}, {harness.THREADS} threads, warm; milliseconds, medians of "
        f"the calls in {rounds} processes each.",
        "",
        "| candidate | batch 1 | batch 16 | batch 256 | recall | build s |",
        "|---|---|---|---|---|---|",
    ]
    for name in CANDIDATES:
        if name not in figures:
            lines.append(f"| {name} | failed: {results[name]['error']} | | | | |")
            continue
        times = " | ".join(f"{1e3 * figures[name][str(batch)]:.1f}" for batch in BATCHES)
        lines.append(f"| {name} | {times} | {figures[name]['recall 256']:.4f} | {figures[name]['build']:.1f} |")
    lines += ["", *(_verdict(figures, batch) for batch in BATCHES), ""]
    lines += ["| rows | batch 1 | batch 16 | batch 256 | index bytes over float32's |", "|---|---|---|---|---|"]
    for name, result in more.items():
        if "error" in result:
            lines.append(f"| {name} | failed: {result['error']} | | | |")
            continue
        found = result["outcome"]
        times = " | ".join(f"{1e3 * found[str(batch)]:.1f}" for batch in BATCHES)
        lines.append(f"| {int(name.split()[1]):,} | {times} | {found['bytes_over_float32']:.3f} |")
    return {"results": {**results, **more}, "markdown": "\n".join(lines)}


if __name__ == "__main__":
    if sys.argv[1] == "scaling":
        _scaling(int(sys.argv[2]))
    else:
        _time(globals()[f"_{sys.argv[1]}"], Path(sys.argv[2]))

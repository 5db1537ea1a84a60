"""Running a forest: one row, a million rows, the file; the same forest in scikit-learn, LightGBM and XGBoost beside.

A forest of scikit-learn (100 unpruned trees, made-up rows of 30,000 × 23) is taken over, so that both run the same
trees; probabilities are compared to the bit before anything is timed. LightGBM and XGBoost answer one row with 100
trees of their own, by their fastest calls. Rounds are taken in turn in one process.

    python benchmarks/run.py --only forest_run
"""

from __future__ import annotations

import json
import os
import pickle
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import harness

ROWS, FEATURES, TREES, MANY = 30_000, 23, 100, 1_000_000


def run(folder: Path, *, rounds: int, scale: float) -> dict[str, Any]:
    return run_apart(__file__, folder, rounds, scale)


def run_apart(script: str, folder: Path, rounds: int, scale: float) -> dict[str, Any]:
    """The whole comparison in one process of two threads."""
    threads = str(harness.THREADS)
    environment = os.environ | {"ASSAY_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
    command = [sys.executable, script, str(folder), str(rounds), str(scale)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return {"error": last, "markdown": f"failed: {last}\n"}
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def in_turn(jobs: dict[str, tuple[Callable[[], Any], int]], rounds: int) -> dict[str, dict[str, float]]:
    """Median seconds and CPU seconds of one call; each round makes so many calls of every job."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in jobs}
    for job, _ in jobs.values():
        job()
    for _ in range(rounds):
        for name, (job, calls) in jobs.items():
            start, cpu = time.perf_counter(), time.process_time()
            for _ in range(calls):
                job()
            taken[name].append(((time.perf_counter() - start) / calls, (time.process_time() - cpu) / calls))
    return {
        name: {"seconds": statistics.median(w for w, _ in runs), "cpu": statistics.median(c for _, c in runs)}
        for name, runs in taken.items()
    }


def report(results: dict[str, dict[str, float]], notes: list[str]) -> dict[str, Any]:
    """The table: each job beside the first of its group, which is Assay's."""
    lines = ["| job | median | CPU | CPU against Assay |", "|---|---|---|---|"]
    for name, figures in results.items():
        ours = results[f"{name.split(': ')[0]}: assay"]
        ratio = figures["cpu"] / max(ours["cpu"], 1e-12)
        lines.append(f"| {name} | {_time(figures['seconds'])} | {_time(figures['cpu'])} | {ratio:.1f} |")
    return {"results": results, "notes": notes, "markdown": "\n".join([*lines, "", *notes, ""])}


def _time(seconds: float) -> str:
    return f"{seconds * 1e6:.1f} µs" if seconds < 1e-3 else f"{seconds * 1e3:.1f} ms"


def measure(folder: Path, rounds: int, scale: float) -> dict[str, Any]:
    import lightgbm
    import numpy as np
    import xgboost
    from sklearn.datasets import make_classification
    from sklearn.ensemble import RandomForestClassifier

    from assay.models.forest import from_sklearn

    X, y = make_classification(
        int(ROWS * scale), FEATURES, n_informative=12, n_redundant=4, flip_y=0.05, random_state=1
    )
    X = X.astype(np.float32)
    theirs = RandomForestClassifier(TREES, random_state=0, n_jobs=harness.THREADS).fit(X, y)
    ours = from_sklearn(theirs)
    theirs.n_jobs = 1
    if ours.predict_proba(X).tobytes() != theirs.predict_proba(X).tobytes():
        raise SystemExit("forest_run: predictions differ")
    booster = lightgbm.train(
        {"objective": "binary", "verbose": -1, "num_threads": 1}, lightgbm.Dataset(X, y), TREES
    )
    boosted = xgboost.train({"objective": "binary:logistic", "nthread": 1}, xgboost.DMatrix(X, y), TREES)

    rows = [X[i : i + 1] for i in range(0, len(X), max(1, len(X) // 997))]
    doubles = [row.astype(np.float64) for row in rows]
    lists = [row[0].tolist() for row in rows]

    def each(call: Callable[[Any], Any], kind: list[Any]) -> Callable[[], Any]:
        state = {"i": 0}

        def job() -> Any:
            state["i"] = (state["i"] + 1) % len(kind)  # another row each time: no tree stays in the cache for it
            return call(kind[state["i"]])

        return job

    results = in_turn(
        {
            "one row: assay": (each(ours.predict_proba, rows), 2000),
            "one row: assay, float64": (each(ours.predict_proba, doubles), 2000),
            "one row: assay, predict_row of a list": (each(ours.predict_row, lists), 2000),
            "one row: scikit-learn": (each(theirs.predict_proba, rows), 20),
            "one row: LightGBM booster": (each(booster.predict, doubles), 200),
            "one row: XGBoost in place": (each(boosted.inplace_predict, rows), 200),
        },
        rounds,
    )
    many = np.tile(X, (int(MANY * scale) // len(X) + 1, 1))[: int(MANY * scale)]
    many += np.random.default_rng(0).normal(0, 0.05, many.shape).astype(np.float32)
    theirs.n_jobs = harness.THREADS
    results |= in_turn(
        {
            "batch: assay": (lambda: ours.predict_proba(many), 1),
            "batch: scikit-learn": (lambda: theirs.predict_proba(many), 1),
        },
        min(rounds, 3),
    )
    path = folder / "forest.assay-model"
    ours.save(path)
    pickled = len(pickle.dumps(theirs))
    notes = [
        f"{ours.compact_.nodes} nodes, {ours.compact_.nbytes / 1e6:.1f} MB in memory; batch of {len(many)} rows.",
        f"File {path.stat().st_size / 1e6:.2f} MB, scikit-learn's pickle {pickled / 1e6:.1f} MB "
        f"({pickled / path.stat().st_size:.1f} times).",
        "Probabilities of all training rows: the same bits as scikit-learn's.",
    ]
    return report(results, notes)


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))))

"""Paging through 100,000 runs: Assay's iterator and table beside mlflow's ``search_runs``, and the memory of each.

    python benchmarks/run.py --only search_runs

The runs are made up and are written into the SQLite database of a server of its own, for creating so many by request
takes a quarter of an hour: 3 metrics, 3 parameters and 3 tags each. Memory is the peak of the whole process, and what
the search added to what the process held before it.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import harness

FULL_RUNS = 100_000
EXPERIMENT = "1"


def iterate(url: str) -> Callable[[], int]:
    from assay.tracking import iter_runs

    return lambda: sum(1 for _ in iter_runs([EXPERIMENT], tracking_uri=url))


def table(url: str) -> Callable[[], int]:
    from assay.tracking import search_runs

    return lambda: int(search_runs([EXPERIMENT], max_results=10**9, tracking_uri=url).shape[0])


def pandas_of_mlflow(url: str) -> Callable[[], int]:
    import mlflow

    mlflow.set_tracking_uri(url)
    mlflow.search_runs([EXPERIMENT], max_results=1)  # what is imported on first use
    return lambda: len(mlflow.search_runs([EXPERIMENT], max_results=10**9))


JOBS: dict[str, Callable[[str], Callable[[], int]]] = {
    "assay_iterator": iterate,
    "assay_table": table,
    "mlflow_pandas": pandas_of_mlflow,
}


def fill(database: Path, runs: int) -> None:
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(
        "INSERT OR IGNORE INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, workspace) "
        "VALUES (1, 'made up', 'mlflow-artifacts:/1', 'active', 'default')"
    )
    ids = [f"{i:032x}" for i in range(runs)]
    connection.executemany(
        "INSERT INTO runs (run_uuid, name, source_type, user_id, status, start_time, end_time, lifecycle_stage, "
        "artifact_uri, experiment_id) VALUES (?, ?, 'UNKNOWN', 'nobody', 'FINISHED', ?, ?, 'active', ?, 1)",
        (
            (run, f"run {i}", 10**12 + i, 10**12 + i + 5, f"mlflow-artifacts:/1/{run}/artifacts")
            for i, run in enumerate(ids)
        ),
    )
    for key in ("auc", "loss", "f1"):
        connection.executemany(
            "INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, 1, 0, 0, ?)",
            ((key, i / runs, run) for i, run in enumerate(ids)),
        )
    for table, keys in (("params", ("depth", "trees", "seed")), ("tags", ("mlflow.runName", "team", "fold"))):
        for key in keys:
            connection.executemany(
                f"INSERT INTO {table} (key, value, run_uuid) VALUES (?, ?, ?)",
                ((key, str(i % 97), run) for i, run in enumerate(ids)),
            )
    connection.commit()
    connection.close()


def run(folder: Path, *, rounds: int, scale: float) -> dict[str, Any]:
    from assay.tracking.local import MlflowServer

    runs = max(1, int(FULL_RUNS * scale))
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "600")
    with MlflowServer(folder / "server") as server:
        fill(next((folder / "server").rglob("*.db")), runs)
        results = harness.compare(Path(__file__), [[name, server.url] for name in JOBS], min(rounds, 3))
    found = {name.split()[0]: result for name, result in results.items()}
    for name, result in found.items():
        if "error" not in result and result["outcome"]["runs"] != runs:
            raise SystemExit(f"search_runs: {name} found {result['outcome']['runs']} of {runs} runs")
    return {"runs": runs, "results": found, "markdown": _markdown(found, runs)}


def _markdown(found: dict[str, dict[str, Any]], runs: int) -> str:
    lines = [
        f"| {runs:,} runs | median s | best s | peak MB | of which the search |",
        "|---|---|---|---|---|",
    ]
    for name, result in found.items():
        if "error" in result:
            lines.append(f"| {name} | failed: {result['error']} | | | |")
            continue
        lines.append(
            f"| {name} | {result['median_seconds']:.1f} | {result['best_seconds']:.1f} "
            f"| {result['peak_bytes'] / 1e6:.0f} | {result['outcome']['added_mb']:.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    job = JOBS[sys.argv[1]](sys.argv[2])
    held = harness.memory("VmRSS")

    def search() -> dict[str, float]:
        runs = job()
        return {"runs": runs, "added_mb": (harness.memory("VmHWM") - held) / 1e6}

    harness.run_here(search)


if __name__ == "__main__":
    main()

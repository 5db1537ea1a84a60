"""Paging through 100,000 runs: search_runs() beside mlflow.search_runs(), and the memory of each.

The runs are made up and are written into the SQLite database of a server of its own, for creating so many by
request takes a quarter of an hour: 3 metrics, 3 parameters and 3 tags each.

    PYTHONPATH=bindings/python python benchmarks/search_runs_bench.py [runs]

A Python for MLflow's part: that of ``ASSAY_MLFLOW``.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

OURS = """
import json, resource, sys, time
from assay.tracking import iter_runs, search_runs
uri, way = sys.argv[1:]
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before, start = peak(), time.perf_counter()
if way == "table":
    rows = search_runs(["1"], max_results=10**9, tracking_uri=uri).shape[0]
else:
    rows = sum(1 for _ in iter_runs(["1"], tracking_uri=uri))
print(json.dumps([rows, time.perf_counter() - start, before, peak()]))
"""
THEIRS = """
import json, resource, sys, time
import mlflow, pandas
uri, way = sys.argv[1:]
mlflow.set_tracking_uri(uri)
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
mlflow.search_runs(["1"], max_results=1)
before, start = peak(), time.perf_counter()
rows = len(mlflow.search_runs(["1"], max_results=10**9))
print(json.dumps([rows, time.perf_counter() - start, before, peak()]))
"""


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


def measure(python: str, script: str, uri: str, way: str) -> None:
    environment = {**os.environ, "MLFLOW_HTTP_REQUEST_TIMEOUT": "600"}
    done = subprocess.run(
        [python, "-W", "ignore", "-c", textwrap.dedent(script), uri, way],
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    rows, seconds, before, after = json.loads(done.stdout.splitlines()[-1])
    print(f"{way:8} {rows:7} runs {seconds:7.1f} s   peak {before:6.0f} -> {after:6.0f} MB", flush=True)


def main() -> None:
    from assay.tracking.local import MlflowServer

    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    mlflow = Path(os.environ["ASSAY_MLFLOW"])
    with tempfile.TemporaryDirectory() as folder, MlflowServer(Path(folder)) as server:
        database = next(Path(folder).rglob("*.db"))
        fill(database, runs)
        measure(sys.executable, OURS, server.url, "iterate")
        measure(sys.executable, OURS, server.url, "table")
        measure(str(mlflow.with_name("python")), THEIRS, server.url, "mlflow")


if __name__ == "__main__":
    main()

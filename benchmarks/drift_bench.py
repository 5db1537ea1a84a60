"""Drift of made-up tables: Kolmogorov-Smirnov against SciPy, a report against evidently's default preset.

KS: 1,000,000 + 1,000,000 normal values, one thread. Report: 50 columns of 200,000 rows against a reference of as many,
every tenth column shifted by 0.3 standard deviations, every fifth a category; verdicts are compared before anything is
timed. $ASSAY_BENCH_EVIDENTLY names the Python of an environment with evidently, where it is not in this one.

    python benchmarks/run.py --only drift
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import harness

KS_VALUES = 1_000_000
ROWS, COLUMNS = 200_000, 50


def make_tables(folder: Path, rows: int) -> None:
    """Two files of columns as NumPy keeps them, which every environment can read."""
    import numpy as np

    random = np.random.default_rng(20240101)
    for name in ("reference", "current"):
        columns: dict[str, Any] = {}
        for i in range(COLUMNS):
            moved = name == "current" and i % 10 == 3
            if i % 5 == 4:
                columns[f"c{i}"] = random.choice(6, rows, p=[0.3, 0.25, 0.2, 0.1, 0.1, 0.05]).astype("U1")
            else:
                columns[f"c{i}"] = random.normal(95 + (3.6 if moved else 0), 12, rows)
        np.savez(folder / f"{name}.npz", **columns)


def ks_jobs(scale: float) -> dict[str, Any]:
    import numpy as np

    random = np.random.default_rng(1)
    n = int(KS_VALUES * scale)
    a, b = random.normal(0, 1, n), random.normal(0.01, 1, n)

    def ours() -> list[float]:
        from assay.features import drift

        found = drift.ks_test(a, b)
        return [found.statistic, found.p]

    def scipy() -> list[float]:
        from scipy import stats

        found = stats.ks_2samp(a, b)
        return [float(found.statistic), float(found.pvalue)]

    return {"assay": ours, "scipy": scipy}


def report_jobs(folder: Path) -> dict[str, Any]:
    def assay_job() -> Any:
        import pyarrow as pa

        from assay.data import Table
        from assay.features import drift

        before, now = (Table.from_arrow(pa.table(_columns(folder, n))) for n in ("reference", "current"))
        return lambda: drift.report(before, now).drifted

    def evidently_job() -> Any:
        import pandas as pd
        from evidently import Report
        from evidently.presets import DataDriftPreset

        before, now = (pd.DataFrame(_columns(folder, n)) for n in ("reference", "current"))

        def job() -> list[str]:
            found = Report([DataDriftPreset()]).run(now, before).dict()
            drifted = []
            for metric in found["metrics"]:
                config = metric.get("config", {})
                if "column" in config and "threshold" in config and metric["value"] >= config["threshold"]:
                    drifted.append(config["column"])
            return sorted(drifted, key=lambda name: int(name[1:]))

        return job

    return {"assay": assay_job, "evidently": evidently_job}


def _columns(folder: Path, name: str) -> dict[str, Any]:
    import numpy as np

    with np.load(folder / f"{name}.npz") as stored:
        return {column: stored[column] for column in stored.files}


def run(folder: Path, *, rounds: int, scale: float) -> dict[str, Any]:
    make_tables(folder, int(ROWS * scale))
    taken: dict[str, list[dict[str, Any]]] = {}
    for _ in range(rounds):
        for what in ("ks", "report"):
            for peer in ("assay", "scipy" if what == "ks" else "evidently"):
                other = os.environ.get("ASSAY_BENCH_EVIDENTLY") if peer == "evidently" else None
                python = other or sys.executable
                taken.setdefault(f"{what} {peer}", []).append(_measure(python, what, peer, folder, scale))
    results = {name: _summary(runs) for name, runs in taken.items()}
    outcome: dict[str, Any] = {"results": results, "ratios": {}, "markdown": ""}
    lines = ["| job | median s | CPU s | against Assay |", "|---|---|---|---|"]
    for name, result in results.items():
        if "error" in result:
            lines.append(f"| {name} | – | – | failed: {result['error']} |")
            continue
        ours = results[f"{name.split()[0]} assay"]
        ratio = result["seconds"] / ours["seconds"] if "error" not in ours else float("nan")
        outcome["ratios"][name] = ratio
        lines.append(f"| {name} | {result['seconds']:.3f} | {result['cpu']:.3f} | {ratio:.1f} |")
    for what in ("ks", "report"):
        answers = [r["answer"] for n, r in results.items() if n.startswith(what) and "error" not in r]
        agrees = len(answers) > 1 and all(_same(answers[0], other) for other in answers[1:])
        same = "the same statistic (to 1e-12) and p (to 1e-9)" if what == "ks" else "the same answer"
        lines += ["", f"{what}: {same if agrees else 'answers differ, or one is missing'}"]
        outcome[f"{what}_agrees"] = agrees
    outcome["markdown"] = "\n".join(lines) + "\n"
    return outcome


def _same(one: list[Any], other: list[Any]) -> bool:
    """Lists of columns are the same or not; statistic and p of KS to relative differences of 1e-12 and 1e-9.

    Assay divides a whole number of ranks by n at the end; SciPy subtracts two rounded fractions, which moves the last
    digits of the statistic, and those of p by as much times n.
    """
    if not one or isinstance(one[0], str):
        return one == other
    return math.isclose(one[0], other[0], rel_tol=1e-12) and math.isclose(one[1], other[1], rel_tol=1e-9)


def _measure(python: str, what: str, peer: str, folder: Path, scale: float) -> dict[str, Any]:
    threads = "1" if what == "ks" else str(harness.THREADS)
    environment = os.environ | {"ASSAY_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
    if peer == "evidently":
        environment.pop("PYTHONPATH", None)
    command = [python, __file__, what, peer, str(folder), str(scale)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return {"error": (done.stderr.strip().splitlines() or ["no message"])[-1]}
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    import statistics

    good = [one for one in runs if "error" not in one]
    if not good:
        return runs[-1]
    return {
        "seconds": statistics.median(one["seconds"] for one in good),
        "cpu": statistics.median(one["cpu"] for one in good),
        "answer": good[-1]["answer"],
    }


def main() -> None:
    import time

    what, peer, folder, scale = sys.argv[1], sys.argv[2], Path(sys.argv[3]), float(sys.argv[4])
    job = ks_jobs(scale)[peer] if what == "ks" else report_jobs(folder)[peer]()
    repeats = 1 if peer == "evidently" else 5
    if peer != "evidently":
        job()  # the first run pays for imports and pages
    taken = []
    for _ in range(repeats):
        start, cpu = time.perf_counter(), time.process_time()
        answer = job()
        taken.append((time.perf_counter() - start, time.process_time() - cpu))
    best = min(taken)
    print(json.dumps({"seconds": best[0], "cpu": best[1], "answer": answer}))


if __name__ == "__main__":
    main()

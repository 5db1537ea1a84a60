"""Random forests: fit of 30,000 x 23 made-up rows, 100 unpruned trees, 2 threads; AUC on 20,000 rows held out.

scikit-learn's forest and LightGBM's of the same number of trees (`boosting_type="rf"`, its own kind of tree: at most
255 leaves) in the same run, on the same rows. A regression on the same features stands beside it.

    python benchmarks/run.py --only forest
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import harness

ROWS, HELD_OUT, FEATURES, TREES = 30_000, 20_000, 23, 100


def made_up(rows: int) -> tuple[Any, Any, Any]:
    """Rows with signal in nine features, three of them with few values; labels, and a value beside them."""
    import numpy as np

    rng = np.random.default_rng(1)
    x = rng.normal(size=(rows, FEATURES)).astype(np.float32)
    x[:, 20] = rng.integers(0, 5, rows)
    x[:, 21] = rng.integers(0, 2, rows)
    x[:, 22] = np.round(rng.gamma(2, 20, rows))
    signal = 0.8 * x[:, 0] + 0.6 * x[:, 1] * x[:, 2] + 0.7 * np.sin(2 * x[:, 3]) + 0.4 * x[:, 4] ** 2
    signal = signal + 0.3 * x[:, 20] + 0.02 * x[:, 22] * x[:, 21] - 2.4
    labels = rng.uniform(size=rows) < 1 / (1 + np.exp(-1.5 * signal))
    return x, labels.astype(np.int64), signal + rng.normal(size=rows)


def model_of(name: str, seed: int) -> Any:
    """An estimator that was not fitted."""
    library, kind = name.split("_")
    if library == "assay":
        from assay.models import forest

        made = forest.RandomForestClassifier if kind == "classifier" else forest.RandomForestRegressor
        return made(TREES, random_state=seed, n_jobs=harness.THREADS)
    if library == "sklearn":
        from sklearn import ensemble

        made = ensemble.RandomForestClassifier if kind == "classifier" else ensemble.RandomForestRegressor
        return made(TREES, random_state=seed, n_jobs=harness.THREADS)
    import lightgbm

    made = lightgbm.LGBMClassifier if kind == "classifier" else lightgbm.LGBMRegressor
    return made(
        boosting_type="rf",
        n_estimators=TREES,
        subsample=0.632,
        subsample_freq=1,
        colsample_bynode=0.2 if kind == "classifier" else 1.0,
        num_leaves=255,
        min_child_samples=1,
        random_state=seed,
        n_jobs=harness.THREADS,
        verbosity=-1,
    )


def fitted(name: str, rows: int) -> Callable[[], dict[str, float]]:
    """The fit by wall and CPU time, and what it is good for."""
    from assay.models.evaluation import area_under_roc

    x, labels, values = made_up(rows + HELD_OUT)
    model = model_of(name, seed=0)
    target = labels if name.endswith("classifier") else values

    def job() -> dict[str, float]:
        wall, cpu = time.perf_counter(), time.process_time()
        model.fit(x[:rows], target[:rows])
        took = {"fit_s": time.perf_counter() - wall, "fit_cpu_s": time.process_time() - cpu}
        if name.endswith("classifier"):
            auc = area_under_roc(model.predict_proba(x[rows:])[:, 1], labels[rows:] == 1).value
            return took | {"quality": float(auc or 0)}
        return took | {"quality": float(model.score(x[rows:], values[rows:]))}

    return job


JOBS = [
    f"{library}_{kind}"
    for kind in ("classifier", "regressor")
    for library in ("assay", "sklearn", "lightgbm")
]


def run(folder: Path, *, rounds: int, scale: float) -> dict[str, Any]:
    del folder
    rows = str(max(200, int(ROWS * scale)))
    results = harness.compare(Path(__file__), [[name, rows] for name in JOBS], rounds)
    lines = ["| forest | fit s, best | CPU s, best | AUC or R² held out | peak MB |", "|---|---|---|---|---|"]
    for name, result in results.items():
        if "error" in result:
            lines.append(f"| {name} | failed: {result['error']} | | | |")
            continue
        outcomes = result["outcomes"]
        lines.append(
            f"| {name.split(' ')[0]} | {min(it['fit_s'] for it in outcomes):.2f} "
            f"| {min(it['fit_cpu_s'] for it in outcomes):.2f} | {outcomes[-1]['quality']:.4f} "
            f"| {result['peak_bytes'] / 1e6:.0f} |"
        )
    return {"results": results, "markdown": "\n".join(lines)}


def main() -> None:
    name, rows = sys.argv[1:3]
    harness.run_here(fitted(name, int(rows)))


if __name__ == "__main__":
    main()

"""The isolation forest beside scikit-learn's: fitting, scoring many rows, one row.

Made-up rows of ten features, 5% of them spread over a wide box. First both find the outliers (areas under the ROC
curve over five seeds), and a forest of scikit-learn that is taken over scores the same.

    python benchmarks/run.py --only isolation
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from forest_run_bench import in_turn, report, run_apart

ROWS, FEATURES = 100_000, 10


def run(folder: Path, *, rounds: int, scale: float) -> dict[str, Any]:
    return run_apart(__file__, folder, rounds, scale)


def measure(rounds: int, scale: float) -> dict[str, Any]:
    import numpy as np
    from sklearn import ensemble
    from sklearn.metrics import roc_auc_score

    from assay.models.forest import IsolationForest, from_sklearn

    random = np.random.default_rng(1)
    X = random.normal(size=(int(ROWS * scale), FEATURES)) @ random.normal(size=(FEATURES, FEATURES))
    outlier = np.arange(len(X)) % 20 == 0
    X[outlier] = random.uniform(-9, 9, size=(int(outlier.sum()), FEATURES))
    X = X.astype(np.float32)
    areas: dict[str, list[float]] = {"assay": [], "scikit-learn": []}
    for seed in range(5):
        for name, kind in (("assay", IsolationForest), ("scikit-learn", ensemble.IsolationForest)):
            model = kind(random_state=seed).fit(X)
            areas[name].append(float(roc_auc_score(outlier, -model.score_samples(X))))
    ours, theirs = IsolationForest(random_state=0).fit(X), ensemble.IsolationForest(random_state=0).fit(X)
    if not np.allclose(from_sklearn(theirs).score_samples(X), theirs.score_samples(X), rtol=1e-14, atol=0):
        raise SystemExit("isolation: scores of a forest that was taken over differ")
    row, listed = X[:1], X[0].tolist()
    results = in_turn(
        {
            "fit: assay": (lambda: IsolationForest(random_state=0).fit(X), 3),
            "fit: scikit-learn": (lambda: ensemble.IsolationForest(random_state=0).fit(X), 1),
            "score: assay": (lambda: ours.score_samples(X), 2),
            "score: scikit-learn": (lambda: theirs.score_samples(X), 1),
            "one row: assay": (lambda: ours.score_samples(row), 2000),
            "one row: assay, score_row of a list": (lambda: ours.score_row(listed), 2000),
            "one row: scikit-learn": (lambda: theirs.score_samples(row), 20),
        },
        rounds,
    )
    means = ", ".join(f"{name} {np.mean(a):.4f} ± {np.std(a, ddof=1):.4f}" for name, a in areas.items())
    return report(results, [f"{len(X)} rows of {FEATURES}. Area under the ROC curve over five seeds: {means}."])


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[2]), float(sys.argv[3]))))

"""The model of device failure: fitted on all rows, judged by folds, beside baselines and other libraries."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay import errors
from assay.models.estimators import Classifier
from assay.models.selection import RandomizedSearch, StratifiedGroupKFold, StratifiedKFold
from assay.pipelines.device_failure.choice import Choice
from assay.pipelines.device_failure.example import example_of
from assay.pipelines.device_failure.judging import (
    Judgement,
    Progress,
    choose_threshold_inside,
    judge,
    outer_folds,
    plain,
    settle,
)
from assay.pipelines.device_failure.preparation import Prepared

__all__ = ["BASELINES", "SEARCHED", "Majority", "Trained", "forest", "peers", "train"]

CLASSES = np.array(["works", "fails"])
"""Of the returned model, by label."""

BASELINES = ("majority", "logistic regression")
"""They stand beside every model."""

SEARCHED: dict[str, list[Any]] = {
    "max_features": ["sqrt", 0.5, None],
    "min_samples_leaf": [1, 2, 4],
    "class_weight": [None, "balanced", "balanced_subsample"],
}
"""What a search draws from."""


class Majority(Classifier):
    """Knows the share of failures and nothing else: the baseline below which no model is one."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Majority:
        """Keeps the shares of the classes."""
        data = self._training(X, y, sample_weight)
        counts = np.bincount(data.y, weights=data.weights, minlength=len(self.classes_))
        self.shares_ = counts / counts.sum()
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """The same for every row."""
        return np.tile(self.shares_, (len(self._rows(X)), 1))

    _allow_nan = True


@dataclass(frozen=True)
class Trained:
    """A model fitted on all rows, its threshold, and how it and others were judged."""

    estimator: Any
    threshold: float
    """Chosen on all rows by inner folds; the judgement used one for each fold, chosen without it."""
    judgement: Judgement
    others: dict[str, Judgement]
    """Baselines and other libraries on the same folds."""
    skipped: dict[str, str]
    """Those that could not be asked, and why."""
    prepared: Prepared = field(repr=False)
    folds: int = 5
    inner: int = 4
    seed: int = 0
    searched: int = 0
    """Draws of the search inside each fold; 0 without one."""
    params: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        version = self.prepared.version
        return {
            "model": type(self.estimator).__name__,
            "params": {name: plain(value) for name, value in self.params.items()},
            "data": None if version is None else version.to_dict(),
            "preparation": self.prepared.preparation,
            "horizon_days": self.prepared.horizon,
            "features": list(self.prepared.features.column_names),
            "left_out": self.prepared.left_out,
            "rows": len(self.prepared.label),
            "failures": self.prepared.failures,
            "outages": self.prepared.outages,
            "failing_devices": self.prepared.failing_devices,
            "folds": {
                "outer": self.folds,
                "inner": self.inner,
                "seed": self.seed,
                "groups": self.prepared.groups is not None,
            },
            "searched": self.searched,
            "threshold": self.threshold,
            "judgement": self.judgement.to_dict(),
            "others": {name: each.to_dict() for name, each in self.others.items()},
            "skipped": self.skipped,
        }

    def metadata(self) -> dict[str, Any]:
        """What the model's file says beside the model, as `assay.pipelines.device_risk` reads it."""
        features = self.prepared.features
        names = list(features.column_names)
        matrix = self.prepared.matrix
        version = self.prepared.version
        with np.errstate(all="ignore"):
            ranges = {
                name: [float(np.nanmin(matrix[:, j])), float(np.nanmax(matrix[:, j]))]
                for j, name in enumerate(names)
            }
        example = example_of(self.estimator, self.prepared, str(CLASSES[1]))
        return {
            "name": "device-failure",
            "positive": str(CLASSES[1]),
            "threshold": self.threshold,
            "preparation": self.prepared.preparation,
            "input_ranges": {name: limits for name, limits in ranges.items() if np.isfinite(limits).all()},
            "missing_values": [name for j, name in enumerate(names) if np.isnan(matrix[:, j]).any()],
            "trained_on": {**({} if version is None else version.to_dict()), **self._counted()},
            "metrics": {name: it.value for name, it in self.judgement.metrics.items()},
            "metric_intervals": {
                name: [it.low, it.high]
                for name, it in self.judgement.metrics.items()
                if it.low is not None and it.high is not None
            },
            **({} if self.prepared.horizon is None else {"horizon_days": self.prepared.horizon}),
            **({} if example is None else {"example": example}),
        }

    def _counted(self) -> dict[str, int]:
        """Rows that it was trained on, and those of the data whose answer is not known."""
        dropped = self.prepared.dropped_rows
        return {
            "rows": len(self.prepared.label),
            **({"rows_without_answer": dropped} if dropped else {}),
        }


def forest(*, trees: int = 200, seed: int = 0, **params: Any) -> Any:
    """The random forest that is trained."""
    from assay.models.forest import RandomForestClassifier

    return RandomForestClassifier(n_estimators=trees, random_state=seed, **params)


def _logistic(missing: bool) -> Any:
    from assay.models.linear import LogisticRegression

    return LogisticRegression(standardise=True, impute=missing)


def peers(*, trees: int = 200, seed: int = 0, missing: bool = False) -> tuple[dict[str, Any], dict[str, str]]:
    """What the forest stands beside: baselines, and other libraries with their defaults where they are installed.

    Args:
        missing: Whether values are missing: the logistic regression then imputes medians of its training rows, with
            indicators of what was missing.

    Returns:
        Models by name, and the reason for each that is not there.
    """
    models: dict[str, Any] = {"majority": Majority(), "logistic regression": _logistic(missing)}
    skipped: dict[str, str] = {}
    for name, package, make in (
        ("scikit-learn random forest", "sklearn", _sklearn_forest),
        ("XGBoost", "xgboost", _xgboost),
        ("LightGBM", "lightgbm", _lightgbm),
    ):
        if importlib.util.find_spec(package) is None:
            skipped[name] = f"{package} is not installed"
        else:
            models[name] = make(trees, seed)
    return models, skipped


def train(
    prepared: Prepared,
    *,
    model: Any = None,
    folds: int = 5,
    inner: int = 4,
    search: int = 0,
    space: Mapping[str, Any] | None = None,
    with_peers: bool = True,
    trees: int = 200,
    seed: int = 0,
    progress: Progress | None = None,
) -> Trained:
    """Fits a model on all rows, and judges how it was made by folds, beside baselines and other libraries.

    Rows that stand alone get a forest. Rows of a laboratory's devices get a forest or a logistic regression, which of
    them the training rows decide: with few devices the simpler one often does as well or better.

    Everything that is chosen (kind of model, parameters by the search, threshold) is chosen anew in each fold on its
    training rows alone, and once more on all rows for the model that is returned.

    Args:
        prepared: Features and labels.
        model: Another classifier, or a `Choice` of some.
        folds: Outer folds, which judge.
        inner: Inner folds, which choose.
        search: Draws of a randomised search for the forest's parameters, by average precision; 0 for none.
        space: What it draws from; `SEARCHED` where not given.
        with_peers: Whether other libraries are asked too; the baselines always are.
        trees: Of the forest, and of scikit-learn's.
        seed: Of everything.
        progress: Called after each fold of each model and each draw of a search, with what it is, the number done and
            that of all.

    Raises:
        ValueError: Fewer than ``folds`` rows of either class, fewer than 3 groups with failures, or fewer groups
            than ``folds``.
    """
    label, groups = prepared.label, prepared.groups
    if min(prepared.failures, len(label) - prepared.failures) < folds:
        raise errors.ValueError(
            f"train: expected at least {folds} rows of each class, got {prepared.failures} failures in "
            f"{len(label)} rows"
        )
    failing = prepared.failing_devices
    if failing is not None and failing < 3:  # one judges, one chooses the threshold, one teaches
        raise errors.ValueError(
            f"train: expected failures of at least 3 devices, got {prepared.failures} failing rows of {failing}; take "
            "more devices or more days"
        )
    devices = folds if groups is None else len(np.unique(np.asarray(groups)))
    if devices < folds:
        raise errors.ValueError(
            f"train: expected at least {folds} devices, one for each fold that judges, got {devices}; take more "
            "devices or fewer folds"
        )
    rows = prepared.matrix
    missing = bool(np.isnan(rows).any())
    grown = forest(trees=trees, seed=seed)
    chosen = model if model is not None else grown
    if model is None and groups is not None and not search:
        chosen = Choice({"logistic regression": _logistic(missing), "random forest": grown}, inner, seed)
    name = "random forest" if chosen is grown or search else getattr(chosen, "name", type(chosen).__name__)
    if search:
        whole = groups is not None
        chosen = _search(chosen, space or SEARCHED, draws=search, folds=inner, seed=seed, whole=whole)
        search = len(chosen._draws())  # fewer where the space has fewer combinations
    fold = outer_folds(label, groups, folds=folds, seed=seed)
    names = list(prepared.features.column_names)

    def asked(name: str, each: Any, features: list[str], alike: bool = False) -> Judgement:
        return judge(
            name,
            each,
            rows,
            label,
            fold,
            groups=groups,
            inner=inner,
            seed=seed,
            features=features,
            # A constant score has no threshold to choose: the majority is called, whatever it costs.
            threshold=0.5 if isinstance(each, Majority) else None,
            rank_in_folds=alike,
            progress=progress,
        )

    judgement = asked(name, chosen, names)
    alike = judgement.ranked_in_folds  # what stands beside it is compared by figures of the same making
    beside, skipped = peers(trees=trees, seed=seed, missing=missing)
    if not with_peers:
        beside = {name: each for name, each in beside.items() if name in BASELINES}
        skipped = {}
    if isinstance(chosen, Choice):  # beside the choice stands what it would have been without one
        beside |= {name: each for name, each in chosen.candidates.items() if name not in beside}
    others = {name: asked(name, each, [], alike) for name, each in beside.items()}
    report = None if progress is None else lambda done, of: progress(f"{name}, all rows, draw", done, of)
    chosen, params = settle(chosen, rows, label, groups, report)
    threshold = choose_threshold_inside(chosen, rows, label, groups, inner=inner, seed=seed)
    fitted = chosen.fit(prepared.features if isinstance(chosen, Classifier) else rows, CLASSES[label])
    params = {**_params(fitted), **(params or {})}
    return Trained(
        fitted, threshold, judgement, others, skipped, prepared, folds, inner, seed, search, params
    )


def _search(
    model: Any, space: Mapping[str, Any], *, draws: int, folds: int, seed: int, whole: bool
) -> RandomizedSearch:
    kind = StratifiedGroupKFold if whole else StratifiedKFold
    return RandomizedSearch(
        model,
        space,
        n_iter=draws,
        scoring="average_precision",
        cv=kind(folds, shuffle=True, random_state=seed + 2),
        random_state=seed,
    )


def _params(model: Any) -> dict[str, Any]:
    return dict(model.get_params(deep=False)) if hasattr(model, "get_params") else {}


def _sklearn_forest(trees: int, seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(n_estimators=trees, random_state=seed)


def _xgboost(trees: int, seed: int) -> Any:
    from xgboost import XGBClassifier

    return XGBClassifier(random_state=seed, n_jobs=1)


def _lightgbm(trees: int, seed: int) -> Any:
    from lightgbm import LGBMClassifier

    return LGBMClassifier(random_state=seed, n_jobs=1, verbose=-1)

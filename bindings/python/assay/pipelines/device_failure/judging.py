"""How good a model is on rows that it was not fitted, tuned or given its threshold on."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.models import evaluation
from assay.models.selection import RandomizedSearch, StratifiedGroupKFold, StratifiedKFold, cross_val_predict
from assay.models.selection.validate import copy_of
from assay.pipelines.device_failure.choice import Choice

__all__ = ["METRICS", "Judgement", "Metric", "Progress", "judge", "outer_folds", "plain", "settle"]

Progress = Callable[[str, int, int], None]
"""progress(what, done, of): "random forest, fold", 1, 5."""

METRICS = (
    "accuracy",
    "roc_auc",
    "average_precision",
    "f1_binary",
    "f1_macro",
    "f1_weighted",
    "precision",
    "recall",
    "brier_score",
)


@dataclass(frozen=True)
class Metric:
    """A figure over all rows, each judged by the fold that did not see it."""

    value: float | None
    low: float | None
    high: float | None
    folds: tuple[float, ...] = ()
    """The same of each fold alone."""

    def to_dict(self) -> dict[str, Any]:
        return {"value": self.value, "low": self.low, "high": self.high, "folds": list(self.folds)}

    def __str__(self) -> str:
        if self.value is None:
            return "not defined"
        return (
            f"{self.value:.3f}"
            if self.low is None
            else f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"
        )


@dataclass(frozen=True)
class Judgement:
    """What one model came to on all folds."""

    name: str
    metrics: dict[str, Metric]
    confusion: tuple[tuple[int, int], tuple[int, int]]
    """[true works, true fails] x [called works, called fails]"""
    thresholds: tuple[float, ...]
    """Of each fold, chosen on its training rows by inner folds."""
    scores: NDArray[np.float64] = field(repr=False)
    """[rows]: the probability of failure that the fold without the row gave it."""
    predicted: NDArray[np.int64] = field(repr=False)
    fold: NDArray[np.int32] = field(repr=False)
    """[rows]: which fold judged it."""
    params: tuple[dict[str, Any], ...] = ()
    """Of each fold, found by the search on its training rows; empty without a search."""
    groups: int | None = None
    """Devices that the intervals are by: resampled whole, since days of one device resemble each other; None where rows
    stand alone."""
    ranked_in_folds: bool = False
    """Whether ROC AUC and average precision are of ranks within each fold, since folds have scores of different kinds
    of model, of which one scale says nothing on the other."""
    reliability: list[dict[str, Any]] = field(default_factory=list, repr=False)
    calibration_error: float | None = None
    importances: dict[str, tuple[float, float]] = field(default_factory=dict)
    """By feature: how much average precision falls when the feature's values are shuffled among the test rows, mean and
    standard deviation over the folds in which something fails; empty where it was not asked for."""
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it, without the rows."""
        return {
            "name": self.name,
            "metrics": {name: metric.to_dict() for name, metric in self.metrics.items()},
            "confusion": {
                "rows": "truth",
                "columns": "called",
                "counts": [list(row) for row in self.confusion],
            },
            "intervals": {"by": "row"} if self.groups is None else {"by": "device", "devices": self.groups},
            "thresholds": list(self.thresholds),
            "params": [{name: plain(value) for name, value in each.items()} for each in self.params],
            "ranked": "within folds" if self.ranked_in_folds else "over all folds",
            "calibration": {"expected_error": self.calibration_error, "bins": self.reliability},
            "importances": {name: {"mean": mean, "sd": sd} for name, (mean, sd) in self.importances.items()},
        }


def outer_folds(label: NDArray[np.int64], groups: Any, *, folds: int, seed: int) -> NDArray[np.int32]:
    """The fold that judges each row: stratified, groups whole where there are any."""
    if groups is None:
        return StratifiedKFold(folds, shuffle=True, random_state=seed).folds(label)
    return StratifiedGroupKFold(folds, shuffle=True, random_state=seed).folds(label, groups)


def judge(
    name: str,
    model: Any,
    rows: NDArray[np.float64],
    label: NDArray[np.int64],
    fold: NDArray[np.int32],
    *,
    groups: Any = None,
    inner: int = 4,
    seed: int = 0,
    features: Iterable[str] = (),
    threshold: float | None = None,
    rank_in_folds: bool = False,
    progress: Progress | None = None,
) -> Judgement:
    """Fits on all folds but one, chooses the threshold there by inner folds, and judges the one left out.

    Where rows have groups, every interval is by bootstrap over whole groups (Davison & Hinkley 1997, §3.8; Field &
    Welsh 2007, J R Stat Soc B 69:369), with percentiles expanded for few of them (Hesterberg 2015, Am Stat 69:371).
    Rows that stand alone have DeLong's for the ROC AUC, Wilson's for shares, and a bootstrap of rows for the others.

    Scores of all folds are pooled. Where a choice took models of different kinds, a score of one fold says nothing
    beside one of another: ROC AUC and average precision are then of the ranks of rows within their fold.

    Args:
        name: For people.
        model: A classifier with ``predict_proba``, copied for each fit. A search or a choice is made anew in each fold
            on its training rows, its inner folds of whole groups too; no score of theirs is reported.
        rows: [rows, features].
        label: [rows], 1 where the device fails.
        fold: [rows], the fold that judges each row.
        groups: What must stay in one of the inner folds, and is drawn whole for the intervals.
        inner: Folds of the training rows that the threshold is chosen on.
        seed: Of the inner folds, the bootstrap and the shuffling.
        features: Names; where they are given, importances are measured.
        threshold: Of all folds, where it is not to be chosen.
        rank_in_folds: ROC AUC and average precision of ranks within folds, as what it stands beside has them.
        progress: Called after each fold, and in a search after each draw.
    """
    started = time.perf_counter()
    scores, predicted = np.empty(len(label)), np.empty(len(label), dtype=np.int64)
    number = int(fold.max()) + 1
    thresholds, found_params = [], []
    falls: list[list[float]] = []
    names = list(features)
    for i in range(number):
        train, test = np.flatnonzero(fold != i), np.flatnonzero(fold == i)
        inside = None if groups is None else np.asarray(groups)[train]
        settled, params = settle(
            model, rows[train], label[train], inside, _told(progress, f"{name}, fold {i + 1}, draw")
        )
        found_params.append(params)
        chosen = threshold
        if chosen is None:
            chosen = choose_threshold_inside(settled, rows[train], label[train], inside, inner=inner, seed=seed)
        fitted = copy_of(settled).fit(rows[train], label[train])
        scores[test] = failure_scores(fitted, rows[test])
        predicted[test] = scores[test] >= chosen
        thresholds.append(chosen)
        if names and label[test].any():  # where nothing fails there is no average precision to fall
            falls.append(_falls(fitted, rows[test], label[test], scores[test], seed=seed + i))
        if progress is not None:
            progress(f"{name}, fold", i + 1, number)
    drawn = None if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1].astype(np.int64)
    kinds = {each["model"] for each in found_params if each is not None and "model" in each}
    rank_in_folds = rank_in_folds or len(kinds) > 1
    ranked = _ranks_in_folds(scores, fold) if rank_in_folds else scores
    if all(np.ptp(scores[fold == i]) == 0 for i in range(number)):
        # It ranks nothing: what differs between folds is how much failed in the rest, which is no knowledge of a row.
        ranked = np.full(len(label), scores.mean())
    reliability = evaluation.reliability(scores, label == 1, bins=10, seed=seed, replicates=1)
    spread = np.array(falls).reshape(len(falls), len(names))
    return Judgement(
        name=name,
        metrics=_metrics(scores, ranked, predicted, label, fold, seed, drawn),
        confusion=_confusion(label, predicted),
        thresholds=tuple(thresholds),
        params=tuple(each for each in found_params if each is not None),
        scores=scores,
        predicted=predicted,
        fold=fold,
        groups=None if drawn is None else len(np.unique(drawn)),
        ranked_in_folds=rank_in_folds,
        reliability=_bins(reliability, scores, label, seed, drawn),
        calibration_error=_number(reliability.expected_error),
        importances={
            each: (float(spread[:, j].mean()), float(spread[:, j].std()))
            for j, each in enumerate(names)
            if len(falls)
        },
        seconds=time.perf_counter() - started,
    )


def settle(
    model: Any, rows: NDArray[np.float64], label: NDArray[np.int64], groups: Any, progress: Any = None
) -> tuple[Any, dict[str, Any] | None]:
    """A model that is not fitted, with what was chosen on these rows by a search or among candidates; else as it is."""
    if isinstance(model, Choice):
        best = model.best(rows, label, groups, progress)
        return copy_of(model.candidates[best]), {"model": best}
    if not isinstance(model, RandomizedSearch):
        return model, None
    search = copy_of(model, refit=False, progress=progress).fit(rows, label, groups)
    return copy_of(model.estimator, **search.best_params_), dict(search.best_params_)


def choose_threshold_inside(
    model: Any, rows: NDArray[np.float64], label: NDArray[np.int64], groups: Any, *, inner: int, seed: int
) -> float:
    """The threshold of the largest F1 of failures, on rows that inner folds have left out."""
    folds: Any = StratifiedKFold(inner, shuffle=True, random_state=seed + 1)
    if groups is not None:
        folds = StratifiedGroupKFold(inner, shuffle=True, random_state=seed + 1)
    found = cross_val_predict(model, rows, label, groups=groups, cv=folds, method="predict_proba")[:, 1]
    return float(evaluation.choose_threshold(found, label == 1).threshold)


def failure_scores(fitted: Any, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of class 1."""
    return np.asarray(fitted.predict_proba(rows), dtype=np.float64)[:, 1]


def plain(value: Any) -> Any:
    """A parameter as JSON has it."""
    return value if isinstance(value, (bool, int, float, str, type(None))) else repr(value)


def _ranks_in_folds(scores: NDArray[np.float64], fold: NDArray[np.int32]) -> NDArray[np.float64]:
    """The share of its fold's rows that a row stands above, those of the same score by half; 0 to 1."""
    out = np.empty(len(scores))
    for i in range(int(fold.max()) + 1):
        mine = scores[fold == i]
        ordered = np.sort(mine)
        below, up_to = np.searchsorted(ordered, mine, "left"), np.searchsorted(ordered, mine, "right")
        out[fold == i] = (below + up_to) / (2 * len(mine))
    return out


def _told(progress: Progress | None, what: str) -> Callable[[int, int], None] | None:
    return None if progress is None else lambda done, of: progress(what, done, of)


def _falls(fitted: Any, rows: Any, label: Any, scores: Any, *, seed: int) -> list[float]:
    """How much average precision falls by shuffling each feature."""
    rng = np.random.default_rng(seed)
    before = _precision(scores, label)
    out = []
    for j in range(rows.shape[1]):
        moved = rows.copy()
        moved[:, j] = rng.permutation(moved[:, j])
        out.append(before - _precision(failure_scores(fitted, moved), label))
    return out


def _precision(scores: Any, label: Any) -> float:
    value = evaluation.average_precision(scores, label == 1, replicates=1).value
    return float("nan") if value is None else float(value)


def _bins(found: Any, scores: Any, label: Any, seed: int, groups: Any) -> list[dict[str, Any]]:
    """Of the reliability diagram, as JSON has it; where there are groups, intervals are by them."""
    out = []
    for it in found.bins:
        within = it.observed.interval
        if groups is not None and it.observed.total:
            last = it is found.bins[-1]
            inside = (scores >= it.low) & ((scores <= it.high) if last else (scores < it.high))
            within = evaluation.bootstrap_proportion(label == 1, inside, groups=groups, seed=seed).interval
        out.append(
            {
                "low": it.low,
                "high": it.high,
                "probability": _number(it.mean_probability),
                "observed": _number(it.observed.value),
                "interval": [within.low, within.high],
                "rows": it.observed.total,
            }
        )
    return out


def _metrics(
    scores: Any, ranked: Any, predicted: Any, label: Any, fold: Any, seed: int, groups: Any
) -> dict[str, Metric]:
    whole = _figures(scores, ranked, predicted, label, seed=seed, replicates=2000, groups=groups)
    parts = [
        _figures(scores[fold == i], scores[fold == i], predicted[fold == i], label[fold == i], seed=seed, replicates=1)
        for i in range(int(fold.max()) + 1)
    ]
    return {
        name: Metric(
            *whole[name], tuple(math.nan if part[name][0] is None else part[name][0] for part in parts)
        )
        for name in METRICS
    }


_Figure = tuple[Any, Any, Any]


def _figures(
    scores: Any, ranked: Any, predicted: Any, label: Any, *, seed: int, replicates: int, groups: Any = None
) -> dict[str, _Figure]:
    options: dict[str, Any] = {"seed": seed, "replicates": replicates, "groups": groups}
    fails, called = label == 1, predicted == 1
    every = np.ones(len(label), dtype=bool)

    def share(hits: Any, among: Any) -> _Figure:
        if not among.any():
            return None, None, None
        if groups is None:
            found = evaluation.wilson_proportion(int((hits & among).sum()), int(among.sum()))
        else:
            found = evaluation.bootstrap_proportion(hits, among, **options)
        return found.value, found.interval.low, found.interval.high

    out = {
        "accuracy": share(fails == called, every),
        "roc_auc": _roc(ranked, fails, groups, options),
        "average_precision": _with_interval(evaluation.average_precision(ranked, fails, **options)),
        "precision": share(fails, called),
        "recall": share(called, fails),
        "brier_score": (float(np.mean((scores - label) ** 2)), None, None),
    }
    for average in ("binary", "macro", "weighted"):
        found = evaluation.f1_score(label, predicted, average=average, **options)
        out[f"f1_{average}"] = _with_interval(found)
    return out


def _roc(scores: Any, fails: Any, groups: Any, options: Mapping[str, Any]) -> _Figure:
    """DeLong's interval; where there are groups, that of the bootstrap over them."""
    if groups is None:
        return _with_interval(evaluation.area_under_roc(scores, fails))
    found = evaluation.label_aucs(scores[:, None], fails[:, None], **options)
    return found.macro, *_ends(found.interval)


def _with_interval(found: Any) -> _Figure:
    return found.value, *_ends(found.interval)


def _ends(interval: Any) -> tuple[Any, Any]:
    """Low and high; none where every sample of a bootstrap came to the same: it then knows nothing of other rows."""
    if interval is None or interval.low == interval.high:
        return None, None
    return interval.low, interval.high


def _confusion(label: Any, predicted: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    counts = evaluation.confusion_matrix(label, predicted, classes=2).counts.tolist()
    return (counts[0][0], counts[0][1]), (counts[1][0], counts[1][1])


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None

"""Scorings by name: what a fitted model is worth on rows that it was not fitted on."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay import errors
from assay.models import evaluation
from assay.models.estimators import flat_target, r_squared, targets
from assay.models.estimators._errors import warning_of

__all__ = ["SCORINGS", "Scorer", "scorer"]

Scorer = Callable[[Any, Any, Any], float]
"""score(estimator, X, y), higher is better."""


def _accuracy(estimator: Any, X: Any, y: Any) -> float:
    called = np.asarray(estimator.predict(X))
    return float(np.mean(called == flat_target(y, len(called), what="scoring 'accuracy'")))


def _f1(average: str, name: str) -> Scorer:
    what = f"scoring '{name}'"

    def score(estimator: Any, X: Any, y: Any) -> float:
        classes = len(estimator.classes_)
        if average == "binary" and classes != 2:
            raise errors.ValueError(
                f"{what}: expected two classes, got {classes}; take f1_macro, f1_weighted or f1_micro"
            )
        called = np.asarray(estimator.predict(X))
        truth = _codes(estimator, flat_target(y, len(called), what=what), what)
        found = evaluation.f1_score(
            truth,
            _codes(estimator, called, what),
            average=average,
            classes=classes,
            positive=classes - 1,
            replicates=1,
        )
        if found.value is None:
            _warn_undefined(f"{what}: no row is of the second class and none was called so; F1 counts as 0")
            return 0.0
        return float(found.value)

    return score


def _of_scores(measure: Callable[..., Any], name: str, **options: Any) -> Scorer:
    what = f"scoring '{name}'"

    def score(estimator: Any, X: Any, y: Any) -> float:
        if len(estimator.classes_) != 2:
            raise errors.ValueError(f"{what}: expected two classes, got {len(estimator.classes_)}")
        chances = np.asarray(estimator.predict_proba(X))[:, 1]
        truth = _codes(estimator, flat_target(y, len(chances), what=what), what)
        found = measure(chances, truth == 1, **options)
        return float("nan") if found.value is None else float(found.value)

    return score


def _neg_log_loss(estimator: Any, X: Any, y: Any) -> float:
    what = "scoring 'neg_log_loss'"
    chances = np.asarray(estimator.predict_proba(X))
    truth = _codes(estimator, flat_target(y, len(chances), what=what), what)
    if chances.dtype.kind != "f":
        chances = chances.astype(np.float64)
    # A forest says 0 where no tree saw a class, and one such row would make the mean infinite for every model alike.
    least = np.finfo(chances.dtype).eps
    return -float(evaluation.negative_log_likelihood(np.clip(chances, least, 1 - least), truth.tolist()))


def _r2(estimator: Any, X: Any, y: Any) -> float:
    what = "scoring 'r2'"
    predicted = np.asarray(estimator.predict(X))
    truth = targets(flat_target(y, len(predicted), what=what), len(predicted), what=what)
    return r_squared(truth, targets(predicted, len(predicted), what=what))


SCORINGS: dict[str, Scorer] = {
    "accuracy": _accuracy,
    "roc_auc": _of_scores(evaluation.area_under_roc, "roc_auc"),
    "average_precision": _of_scores(evaluation.average_precision, "average_precision", replicates=1),
    "f1": _f1("binary", "f1"),
    "f1_macro": _f1("macro", "f1_macro"),
    "f1_weighted": _f1("weighted", "f1_weighted"),
    "f1_micro": _f1("micro", "f1_micro"),
    "neg_log_loss": _neg_log_loss,
    "r2": _r2,
}
"""By scikit-learn's names, with its values where both are defined. Those of two classes are of the second one in
``classes_``; F1 that is not defined is 0 with a warning, an area or average precision NaN; probabilities of the log
loss are clipped by the rounding of their type (2.2e-16 for float64), as scikit-learn does. Unlike there a class in the
test rows that training lacked is an error for all but ``accuracy``: such a fold judges the split, not the model."""


def scorer(scoring: str | Scorer | None, estimator: Any) -> Scorer:
    """A scoring by name or function; the estimator's own ``score`` where there is none.

    Raises:
        ValueError: A name that is not known.
    """
    if scoring is None:
        return lambda model, X, y: float(model.score(X, y))
    if callable(scoring):
        return scoring
    if scoring not in SCORINGS:
        raise errors.ValueError(f"scoring: expected one of {', '.join(SCORINGS)}, got '{scoring}'")
    return SCORINGS[scoring]


def _codes(estimator: Any, labels: NDArray[Any], what: str) -> NDArray[np.int64]:
    """The place in ``classes_`` of each label."""
    places = {label: i for i, label in enumerate(np.asarray(estimator.classes_).tolist())}
    codes = [places.get(label, -1) for label in labels.tolist()]
    unknown = len({label for label, code in zip(labels.tolist(), codes, strict=True) if code < 0})
    if unknown:
        raise errors.ValueError(
            f"{what}: expected rows of the {len(places)} classes of the training rows, got {unknown} "
            f"{'class' if unknown == 1 else 'classes'} that these lacked; use stratified folds, or fewer"
        )
    return np.array(codes, dtype=np.int64)


def _warn_undefined(text: str) -> None:
    warnings.warn(text, warning_of("UndefinedMetricWarning"), stacklevel=4)

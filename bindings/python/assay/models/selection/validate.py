"""Cross-validation: scores of each fold, and predictions for rows that the model was not fitted on."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay import errors
from assay.models import evaluation
from assay.models.selection.split import Folds, StratifiedKFold, take_rows

__all__ = ["SCORINGS", "Scorer", "copy_of", "cross_val_predict", "cross_validate", "scorer"]

Scorer = Callable[[Any, Any, Any], float]
"""score(estimator, X, y), higher is better."""
Progress = Callable[[int, int], None]
"""progress(done, total)."""


def _f1(average: str) -> Scorer:
    def score(estimator: Any, X: Any, y: Any) -> float:
        classes = list(estimator.classes_)
        places = {label: i for i, label in enumerate(classes)}
        truth = np.array([places[label] for label in np.asarray(y).tolist()])
        called = np.array([places[label] for label in np.asarray(estimator.predict(X)).tolist()])
        found = evaluation.f1_score(
            truth, called, average=average, classes=len(classes), positive=len(classes) - 1, replicates=1
        )
        return float("nan") if found.value is None else float(found.value)

    return score


def _of_scores(measure: Callable[..., Any], **options: Any) -> Scorer:
    def score(estimator: Any, X: Any, y: Any) -> float:
        if len(estimator.classes_) != 2:
            raise errors.ValueError(f"scoring: expected two classes, got {len(estimator.classes_)}")
        positive = np.asarray(y) == estimator.classes_[1]
        found = measure(np.asarray(estimator.predict_proba(X))[:, 1], positive, **options)
        return float("nan") if found.value is None else float(found.value)

    return score


SCORINGS: dict[str, Scorer] = {
    "accuracy": lambda estimator, X, y: float(np.mean(estimator.predict(X) == np.asarray(y))),
    "roc_auc": _of_scores(evaluation.area_under_roc),
    "average_precision": _of_scores(evaluation.average_precision, replicates=1),
    "f1": _f1("binary"),
    "f1_macro": _f1("macro"),
    "f1_weighted": _f1("weighted"),
    "f1_micro": _f1("micro"),
    "neg_log_loss": lambda estimator, X, y: -_log_loss(estimator, X, y),
    "r2": lambda estimator, X, y: float(estimator.score(X, y)),
}
"""By scikit-learn's names; those of two classes are of the second one in ``classes_``."""


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


def cross_validate(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    groups: Any = None,
    scoring: str | Scorer | Sequence[str] | None = None,
    cv: int | Folds | Any = 5,
    fit_params: Mapping[str, Any] | None = None,
    return_estimator: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Fits on all folds but one and scores on that one, for each fold.

    Args:
        estimator: Anything with ``fit``, ``get_params`` and what the scoring calls; copied for each fold.
        X: Array or table of any kind.
        y: Classes or targets, [rows].
        groups: For folds that keep groups whole.
        scoring: One name or function, several names, or None for the estimator's own score.
        cv: Folds, or their number for `StratifiedKFold` without shuffling.
        fit_params: For ``fit``; values of one entry for each row are split as X is.
        return_estimator: Whether the fitted ones are returned too.
        progress: Called after each fold.

    Returns:
        ``test_score``, or ``test_<name>`` of each of several, ``fit_time``, ``score_time`` [folds], in seconds, and
        ``estimator``.
    """
    names = [scoring] if scoring is None or isinstance(scoring, str) or callable(scoring) else list(scoring)
    keys = ["test_score"] if len(names) == 1 else [f"test_{name}" for name in names]
    scorers = [scorer(name, estimator) for name in names]
    splits = _splits(cv, X, y, groups)
    out: dict[str, list[Any]] = {key: [] for key in ("fit_time", "score_time", *keys)}
    fitted = []
    for done, (train, test) in enumerate(splits, 1):
        model = copy_of(estimator)
        started = time.perf_counter()
        model.fit(
            take_rows(X, train), take_rows(y, train), **_part(fit_params, train, len(train) + len(test))
        )
        out["fit_time"].append(time.perf_counter() - started)
        started = time.perf_counter()
        for key, score in zip(keys, scorers, strict=True):
            out[key].append(score(model, take_rows(X, test), take_rows(y, test)))
        out["score_time"].append(time.perf_counter() - started)
        if return_estimator:
            fitted.append(model)
        if progress is not None:
            progress(done, len(splits))
    result: dict[str, Any] = {key: np.array(values) for key, values in out.items()}
    return {**result, "estimator": fitted} if return_estimator else result


def cross_val_predict(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    groups: Any = None,
    cv: int | Folds | Any = 5,
    method: str = "predict",
    fit_params: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> NDArray[Any]:
    """What each row is predicted by a model that was not fitted on it.

    Args:
        method: ``predict``, ``predict_proba`` or ``decision_function``; the others as for `cross_validate`.

    Raises:
        ValueError: A fold's training rows lack a class, so that its probabilities have another shape.
    """
    splits = _splits(cv, X, y, groups)
    out: NDArray[Any] | None = None
    for done, (train, test) in enumerate(splits, 1):
        model = copy_of(estimator)
        model.fit(
            take_rows(X, train), take_rows(y, train), **_part(fit_params, train, len(train) + len(test))
        )
        found = np.asarray(getattr(model, method)(take_rows(X, test)))
        if out is None:
            out = np.empty((len(train) + len(test), *found.shape[1:]), dtype=found.dtype)
        if found.shape[1:] != out.shape[1:]:
            raise errors.ValueError(
                "cross_val_predict: a fold's training rows lack a class; use stratified folds"
            )
        out[test] = found
        if progress is not None:
            progress(done, len(splits))
    assert out is not None
    return out


def copy_of(estimator: Any, **params: Any) -> Any:
    """An estimator with the same parameters that is not fitted; nested ones are copied too."""
    if not hasattr(estimator, "get_params"):
        raise TypeError(f"expected an estimator with get_params, got {type(estimator).__name__}")
    own = {
        name: copy_of(value) if hasattr(value, "get_params") and not isinstance(value, type) else value
        for name, value in estimator.get_params(deep=False).items()
    }
    if "steps" in own and isinstance(own["steps"], list):  # a pipeline of scikit-learn's
        own["steps"] = [
            (name, copy_of(step) if hasattr(step, "get_params") else step) for name, step in own["steps"]
        ]
    made = type(estimator)(**own)
    return made.set_params(**params) if params else made


def _splits(cv: Any, X: Any, y: Any, groups: Any) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    folds: Any = StratifiedKFold(cv) if isinstance(cv, int) else cv
    return list(folds.split(X, y, groups)) if hasattr(folds, "split") else list(folds)


def _part(params: Mapping[str, Any] | None, rows: NDArray[np.intp], total: int) -> dict[str, Any]:
    return {
        name: take_rows(value, rows) if not isinstance(value, str) and _length(value) == total else value
        for name, value in (params or {}).items()
    }


def _length(value: Any) -> int | None:
    try:
        return len(value)
    except TypeError:
        return None


def _log_loss(estimator: Any, X: Any, y: Any) -> float:
    places = {label: i for i, label in enumerate(estimator.classes_)}
    truth = [places[label] for label in np.asarray(y).tolist()]
    return float(evaluation.negative_log_likelihood(np.asarray(estimator.predict_proba(X)), truth))

"""Cross-validation: scores of each fold, and predictions for rows that the model was not fitted on."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay import errors
from assay.models.estimators import Estimator, flat_target
from assay.models.selection.scoring import SCORINGS, Scorer, scorer
from assay.models.selection.split import Folds, KFold, Split, StratifiedKFold, number_of_rows, take_rows

__all__ = ["SCORINGS", "Scorer", "copy_of", "cross_val_predict", "cross_validate", "scorer"]

Progress = Callable[[int, int], None]
"""progress(done, total)."""


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
        cv: Folds, (training, test) positions, or the number of folds without shuffling: `StratifiedKFold` for a
            classifier, `KFold` for a regression.
        fit_params: For ``fit``; values of one entry for each row are split as X is.
        return_estimator: Whether the fitted ones are returned too.
        progress: Called after each fold.

    Returns:
        ``test_score``, or ``test_<name>`` of each of several, ``fit_time``, ``score_time`` [folds], in seconds, and
        ``estimator``.

    Raises:
        ValueError: A scoring that is not known or cannot judge a fold, naming that fold.
    """
    names = [scoring] if scoring is None or isinstance(scoring, str) or callable(scoring) else list(scoring)
    keys = ["test_score"] if len(names) == 1 else [f"test_{name}" for name in names]
    scorers = [scorer(name, estimator) for name in names]
    splits, rows = _splits(cv, X, y, groups, estimator), number_of_rows(X)
    out: dict[str, list[Any]] = {key: [] for key in ("fit_time", "score_time", *keys)}
    fitted = []
    for done, (train, test) in enumerate(splits, 1):
        model = copy_of(estimator)
        started = time.perf_counter()
        model.fit(take_rows(X, train), take_rows(y, train), **_part(fit_params, train, rows))
        out["fit_time"].append(time.perf_counter() - started)
        started = time.perf_counter()
        for key, score in zip(keys, scorers, strict=True):
            try:
                out[key].append(score(model, take_rows(X, test), take_rows(y, test)))
            except errors.ValueError as error:
                raise errors.ValueError(f"cross_validate: fold {done} of {len(splits)}: {error}") from None
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

    Columns of ``predict_proba`` and ``predict_log_proba`` are those of the sorted classes of y, also where a fold's
    training rows lack one: its column is then 0 (-inf), with a warning.

    Args:
        method: ``predict``, ``predict_proba``, ``predict_log_proba`` or ``decision_function``; the others as for
            `cross_validate`.

    Raises:
        ValueError: A row is tested in no fold or in several; a ``decision_function`` where a fold's training rows lack
            a class.
    """
    splits, rows = _splits(cv, X, y, groups, estimator), number_of_rows(X)
    tested = _partition([test for _, test in splits], rows)
    parts = []
    for done, (train, test) in enumerate(splits, 1):
        model = copy_of(estimator)
        model.fit(take_rows(X, train), take_rows(y, train), **_part(fit_params, train, rows))
        found = np.asarray(getattr(model, method)(take_rows(X, test)))
        if method in _OF_ABSENT and hasattr(model, "classes_"):
            found = _by_class(found, model, y, rows, method, f"fold {done} of {len(splits)}")
        parts.append(found)
        if progress is not None:
            progress(done, len(splits))
    # Joined, not written into the first one's type: texts of a later fold may be longer.
    joined = np.concatenate(parts)
    out: NDArray[Any] = np.empty_like(joined)
    out[tested] = joined
    return out


# What a class that a fold's training rows lacked is given; None where nothing can be said.
_OF_ABSENT = {"predict_proba": 0.0, "predict_log_proba": -np.inf, "decision_function": None}


def _partition(tests: list[NDArray[np.intp]], rows: int) -> NDArray[np.intp]:
    """The tests one after the other.

    Raises:
        ValueError: They do not hold every row once.
    """
    tested = np.concatenate([np.asarray(test, dtype=np.intp) for test in tests])
    outside = int(np.count_nonzero((tested < 0) | (tested >= rows)))
    times = np.bincount(tested[(tested >= 0) & (tested < rows)], minlength=rows)
    if outside or not (times == 1).all():
        raise errors.ValueError(
            f"cross_val_predict: expected folds that test each of {rows} rows once, got {np.count_nonzero(times == 0)} "
            f"in none, {np.count_nonzero(times > 1)} in several and {outside} positions outside; for such folds use "
            "cross_validate"
        )
    return tested


def _by_class(found: NDArray[Any], model: Any, y: Any, rows: int, method: str, fold: str) -> NDArray[Any]:
    """Columns in the order of all classes of y."""
    classes = np.unique(flat_target(y, rows, what="cross_val_predict"))
    own = np.asarray(model.classes_)
    if np.array_equal(own, classes):
        return found
    absent = _OF_ABSENT[method]
    places = np.searchsorted(classes, own)
    if (
        absent is None
        or found.shape[1:] != own.shape
        or not np.array_equal(np.take(classes, places, mode="clip"), own)
    ):
        raise errors.ValueError(
            f"cross_val_predict: {fold}: expected a {method} of the {len(classes)} classes of y, got one of "
            f"{len(own)}: the training rows lack a class; use stratified folds"
        )
    warnings.warn(
        f"cross_val_predict: {fold}: the training rows have {len(own)} of {len(classes)} classes; "
        f"the others get {absent}",
        RuntimeWarning,
        stacklevel=3,
    )
    out = np.full((len(found), len(classes)), absent, dtype=found.dtype)
    out[:, places] = found
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


def _splits(cv: Any, X: Any, y: Any, groups: Any, estimator: Any) -> list[Split]:
    folds: Any = cv
    if isinstance(cv, (int, np.integer)):
        folds = StratifiedKFold(int(cv)) if _is_classifier(estimator) else KFold(int(cv))
    return list(folds.split(X, y, groups)) if hasattr(folds, "split") else list(folds)


def _is_classifier(estimator: Any) -> bool:
    """By what it says of itself, also through a search; one that says nothing by whether it has probabilities."""
    kind = getattr(estimator, "_estimator_type", None)
    if kind is None and isinstance(estimator, Estimator) and hasattr(estimator, "estimator"):
        return _is_classifier(estimator.estimator)
    if kind is None and "sklearn" in sys.modules and hasattr(estimator, "__sklearn_tags__"):
        kind = estimator.__sklearn_tags__().estimator_type
    return kind == "classifier" or (kind is None and hasattr(estimator, "predict_proba"))


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

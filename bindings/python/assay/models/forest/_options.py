"""scikit-learn's parameters of forests as numbers."""

from __future__ import annotations

import math
import os
import warnings
from typing import Any

from assay import errors

__all__ = ["count_of", "options_of"]


def options_of(model: Any, *, rows: int, features: int, weight: float, what: str) -> dict[str, Any]:
    """Options of the core: counts for shares and names, nothing for what has the core's default.

    Args:
        model: Estimator with the parameters.
        rows: Of the training.
        features: Of the training.
        weight: Sum of the rows' weights.
        what: Method for the errors.

    Raises:
        ValueError: A parameter outside its range.
    """
    out: dict[str, Any] = {
        "n_estimators": count_of(model.n_estimators, "n_estimators", what),
        "criterion": model.criterion,
        "min_samples_split": _count_or_share(model.min_samples_split, rows, "min_samples_split", 2, what),
        "min_samples_leaf": _count_or_share(model.min_samples_leaf, rows, "min_samples_leaf", 1, what),
        "min_weight_fraction_leaf": float(model.min_weight_fraction_leaf),
        "max_features": _features(model.max_features, features, what),
        "min_impurity_decrease": float(model.min_impurity_decrease),
        "bootstrap": bool(model.bootstrap),
        "oob_score": bool(model.oob_score),
        "threads": _threads(model.n_jobs, what),
    }
    for name in ("max_depth", "max_leaf_nodes", "max_bins"):
        value = getattr(model, name)
        if value is not None:
            out[name] = count_of(value, name, what)
    if model.max_samples is not None:
        if _is_whole(model.max_samples):
            out["max_samples"] = count_of(model.max_samples, "max_samples", what)
        elif 0 < model.max_samples <= 1:
            out["max_samples"] = _drawn(model.max_samples, rows, weight, what)
        else:
            raise errors.ValueError(
                f"{what}: expected max_samples as a number of rows or a share up to 1, got {model.max_samples!r}"
            )
    if model.tol is not None:
        out["tolerance"] = float(model.tol)
        out["window"] = count_of(model.n_iter_no_change, "n_iter_no_change", what)
    return out


def _drawn(share: float, rows: int, weight: float, what: str) -> int:
    """Rows of a bootstrap sample: a share of the weights' sum, as scikit-learn has it, so that a weight of 2 is a row
    that is there twice. Weights that are shares themselves then leave next to nothing."""
    count = max(1, int(share * weight))
    if count < max(10, rows ** (1 / 3)):
        warnings.warn(
            f"{what}: max_samples={share!r} of a sum of weights of {weight:.6g} draws {count} of {rows} rows for each "
            "tree; give max_samples as a number of rows",
            UserWarning,
            stacklevel=4,
        )
    return count


def _is_whole(value: Any) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, bool)


def count_of(value: Any, name: str, what: str) -> int:
    """A whole number of at least 1.

    Raises:
        ValueError: Another value.
    """
    if not _is_whole(value) or int(value) < 1:
        raise errors.ValueError(f"{what}: expected {name} as a whole number of at least 1, got {value!r}")
    return int(value)


def _count_or_share(value: Any, rows: int, name: str, least: int, what: str) -> int:
    if _is_whole(value):
        return count_of(value, name, what)
    if isinstance(value, float) and 0 < value <= 1:
        return max(least, math.ceil(value * rows))
    raise errors.ValueError(f"{what}: expected {name} as a number of rows or a share up to 1, got {value!r}")


def _features(value: Any, features: int, what: str) -> int:
    if value is None:
        return features
    if value == "sqrt":
        return max(1, math.isqrt(features))
    if value == "log2":
        return max(1, int(math.log2(features)))
    if _is_whole(value):
        return count_of(value, "max_features", what)
    if isinstance(value, float) and 0 < value <= 1:
        return max(1, int(value * features))
    raise errors.ValueError(
        f"{what}: expected max_features 'sqrt', 'log2', None, a number or a share up to 1, got {value!r}"
    )


def _threads(n_jobs: Any, what: str) -> int:
    """0 for all of the process; as joblib has it, -2 is all CPUs but one."""
    if n_jobs is None or n_jobs == -1:
        return 0
    if not _is_whole(n_jobs) or n_jobs == 0:
        raise errors.ValueError(f"{what}: expected n_jobs as a whole number other than 0, got {n_jobs!r}")
    return int(n_jobs) if n_jobs > 0 else max(1, (os.cpu_count() or 1) + 1 + int(n_jobs))

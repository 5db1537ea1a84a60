"""Errors and warnings of estimators; where scikit-learn is imported they are also its own."""

from __future__ import annotations

import builtins
import functools
import importlib
import sys
import warnings
from typing import Any

from assay.errors import StateError

__all__ = ["FeatureOrderWarning", "NotFittedError", "not_fitted", "warn_column_vector", "warning_of"]


class NotFittedError(StateError, builtins.ValueError, AttributeError):
    """A model that was asked before it was trained."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (str(self),)


class FeatureOrderWarning(UserWarning):
    """Columns that came in another order than at training, and were put right by their names."""


def not_fitted(text: str) -> NotFittedError:
    """The error, which is also scikit-learn's NotFittedError where scikit-learn is imported."""
    return _rebuilt(text)


def _rebuilt(text: str) -> NotFittedError:
    return _of_both()(text) if "sklearn" in sys.modules else NotFittedError(text)


@functools.cache
def _of_both() -> type[NotFittedError]:
    from sklearn.exceptions import NotFittedError as Theirs

    made: type[NotFittedError] = type(
        "NotFittedError", (NotFittedError, Theirs), {"__doc__": NotFittedError.__doc__}
    )
    made.__module__ = __name__
    return made


def warning_of(name: str) -> type[Warning]:
    """scikit-learn's warning of that name where scikit-learn is imported, else UserWarning."""
    if "sklearn" not in sys.modules:
        return UserWarning
    found: type[Warning] = getattr(importlib.import_module("sklearn.exceptions"), name)
    return found


def warn_column_vector(rows: int) -> None:
    """Warns that y is a column of a matrix; the warning is scikit-learn's where that is imported."""
    warnings.warn(
        f"A column-vector y was passed when a 1d array was expected: shape ({rows}, 1) is read as ({rows},)",
        warning_of("DataConversionWarning"),
        stacklevel=5,
    )

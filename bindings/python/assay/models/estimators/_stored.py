"""Parameters of estimators as a model file keeps them, in JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from assay import errors

__all__ = ["parameters_of", "plain_parameters"]


def plain_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters that JSON has; generators, functions, NaN and infinity are left out.

    Class weights by class become pairs: the names of a JSON object are texts, classes may be numbers.
    """
    plain: dict[str, Any] = {}
    for name, value in parameters.items():
        one = _plain(value)
        if name == "class_weight" and isinstance(one, Mapping):
            plain[name] = [[_plain(label), float(weight)] for label, weight in one.items()]
        elif (
            one is None
            or isinstance(one, (bool, int, str))
            or (isinstance(one, float) and math.isfinite(one))
        ):
            plain[name] = one
    return plain


def parameters_of(header: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of a header, of those that the estimator knows.

    Raises:
        ValueError: Class weights that are no pairs.
    """
    given = {name: value for name, value in header["parameters"].items() if name in known}
    of_class = given.get("class_weight")
    if isinstance(of_class, list):
        if not all(isinstance(pair, list) and len(pair) == 2 for pair in of_class):
            raise errors.ValueError("class_weight")
        given["class_weight"] = {label: float(weight) for label, weight in of_class}
    return given


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value

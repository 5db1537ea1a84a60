"""Trained models as files: saved, read back, described.

A ``.assay-model`` file holds a description in JSON, the numbers and a SHA-256 over both. `load_model` gives back the
estimator; the description is its ``metadata``. A file that was cut short or edited, or that a newer Assay wrote, is an
`assay.IoError`.
"""

from __future__ import annotations

import importlib
import json
import os
from typing import Any

from assay import _native, errors  # noqa: F401 - cleans the core's errors
from assay._core.models import load_model_file, load_model_header, save_model_file

__all__ = ["load_model", "read_header", "save_model"]

# Estimators by the kind in the header. Each has `_model_state` and `_from_model_state`.
_KINDS = {
    "forest.classifier": "assay.models.forest.running:ForestClassifier",
    "forest.regressor": "assay.models.forest.running:ForestRegressor",
    "forest.random_classifier": "assay.models.forest:RandomForestClassifier",
    "forest.random_regressor": "assay.models.forest:RandomForestRegressor",
    "forest.isolation": "assay.models.forest:IsolationForest",
    "linear.logistic": "assay.models.linear:LogisticRegression",
}

# What the header says of the model itself: of none but the model that is written.
_OWN = frozenset(
    (
        *("kind", "features", "feature_names", "classes", "parameters"),
        *("converged", "iterations", "imputation"),
        *("feature_importances", "oob_score", "samples", "offset"),
    )
)


def save_model(estimator: Any, path: str | os.PathLike[str], **metadata: Any) -> None:
    """Writes a fitted estimator, whole or not at all.

    Args:
        estimator: Has ``_model_state()``, which gives its part of the header and the payload.
        path: ``name.assay-model`` by convention.
        **metadata: What else the header shall say, as JSON has it: ``threshold``, ``preparation``, ``trained_on``,
            ``metrics``. What a loaded estimator had in its ``metadata`` beside the model is kept unless it is given
            anew; ``fit`` drops it.

    Raises:
        ValueError: Metadata that JSON does not have (NaN and infinity are none of it), or that is the model's own.
    """
    header, payload = estimator._model_state()
    own = (_OWN | set(header)) & set(metadata)
    if own:
        raise errors.ValueError(
            f"save: expected metadata beside the model's own, got {', '.join(sorted(own))}"
        )
    known = {"threshold": None, "preparation": None, "trained_on": None, "metrics": None}
    loaded = getattr(estimator, "metadata", None) or {}
    kept = {name: value for name, value in loaded.items() if name not in _OWN}
    described = known | kept | metadata | header
    described |= {"library_version": _library_version()}
    try:
        text = json.dumps(described, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError):
        text = ""  # their texts may quote a value
    if not text:
        raise errors.ValueError("save: expected metadata of texts, finite numbers, lists and dictionaries")
    save_model_file(os.fspath(path), text, payload)


def load_model(path: str | os.PathLike[str]) -> Any:
    """The estimator of a file, ready to predict; its ``metadata`` is the header.

    Raises:
        IoError: The file is missing, no model, cut short, changed, or of a newer Assay.
    """
    text, payload = load_model_file(os.fspath(path))
    header = _parsed(text, path)
    home = _KINDS.get(header["kind"])
    if home is None:
        raise errors.IoError(
            f"load model: expected a kind that this Assay knows ({', '.join(sorted(_KINDS))}) in "
            f"'{os.fspath(path)}'; a newer Assay wrote it"
        )
    module, _, name = home.partition(":")
    cls = getattr(importlib.import_module(module), name)
    try:
        _check_described(header)
        estimator = cls._from_model_state(header, payload)
    except (errors.IoError, MemoryError):
        raise
    except Exception as error:  # a header says anything: whatever it leads to, the file is at fault
        raise errors.IoError(
            f"load model: expected a header that fits a model of kind '{header['kind']}' in '{os.fspath(path)}'; "
            f"it lacks or changes something ({type(error).__name__})"
        ) from None
    estimator.metadata = header
    return estimator


def read_header(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The description in a file, without the model.

    Raises:
        IoError: As `load_model`; only the header is checked.
    """
    return _parsed(load_model_header(os.fspath(path)), path)


def _parsed(text: str, path: str | os.PathLike[str]) -> dict[str, Any]:
    """The header as JSON; the core has held it against its checksum and knows that it is an object with a kind."""
    try:
        header: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError):  # where Python's parser is narrower than the core's
        header = {}
    if not header:
        raise errors.IoError(f"load model: expected a header of JSON in '{os.fspath(path)}'")
    return header


def _check_described(header: dict[str, Any]) -> None:
    """Refuses what no estimator writes; whether it fits the numbers is held against these by each kind.

    Raises:
        KeyError: A part is missing.
        ValueError: A part is of another type.
    """
    features, names, classes = header["features"], header["feature_names"], header["classes"]
    if type(features) is not int or features < 1:
        raise errors.ValueError("features")
    if names is not None and not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
        raise errors.ValueError("feature_names")
    if names is not None and len(names) != features:
        raise errors.ValueError("feature_names")
    if not isinstance(header["parameters"], dict):
        raise errors.ValueError("parameters")
    if classes is not None:
        one_kind = isinstance(classes, list) and any(
            all(isinstance(label, kind) and isinstance(label, bool) is (kind is bool) for label in classes)
            for kind in (str, bool, (int, float))
        )
        if not one_kind or len(set(classes)) != len(classes) or len(classes) < 2:
            raise errors.ValueError("classes")


def _library_version() -> str:
    from assay import __version__

    return __version__

"""Assay: clinical and laboratory machine learning, from raw hospital data to judged, tracked results.

Submodules and errors load on first use, so that ``import assay`` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import assay.data as data
    import assay.features as features
    import assay.judge as judge
    import assay.models as models
    import assay.pipelines as pipelines
    import assay.tracking as tracking
    from assay.errors import (
        AuthError,
        Error,
        HttpError,
        IoError,
        SchemaError,
        ShapeError,
        StateError,
        ValueError,
    )

    __version__: str

_SUBMODULES = ("data", "features", "judge", "models", "pipelines", "tracking")
_ERRORS = (
    "AuthError",
    "Error",
    "HttpError",
    "IoError",
    "SchemaError",
    "ShapeError",
    "StateError",
    "ValueError",
)

__all__ = [
    "AuthError",
    "Error",
    "HttpError",
    "IoError",
    "SchemaError",
    "ShapeError",
    "StateError",
    "ValueError",
    "__version__",
    "data",
    "features",
    "judge",
    "models",
    "pipelines",
    "tracking",
]


def _version() -> str:
    from importlib import metadata

    try:
        return metadata.version("assay-sdk")
    except metadata.PackageNotFoundError:  # an in-tree build without an installation
        from assay import _core

        return _core.__version__


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return importlib.import_module(f"assay.{name}")
    if name in _ERRORS:
        value = getattr(importlib.import_module("assay.errors"), name)
    elif name == "__version__":
        value = _version()
    else:
        raise AttributeError(f"module 'assay' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))

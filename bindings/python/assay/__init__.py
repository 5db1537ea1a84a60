"""Assay: clinical and laboratory machine learning, from raw hospital data to judged, tracked results.

Submodules load on first use, so that ``import assay`` costs next to nothing; the errors are a few bare classes.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from assay import errors
from assay.errors import *  # noqa: F403 - the one list of their names is errors.__all__

if TYPE_CHECKING:
    import assay.data as data
    import assay.features as features
    import assay.judge as judge
    import assay.models as models
    import assay.pipelines as pipelines
    import assay.tracking as tracking

    __version__: str

_SUBMODULES = ("data", "features", "judge", "models", "pipelines", "tracking")

__all__ = ["__version__", "data", "features", "judge", "models", "pipelines", "tracking"]
__all__ += errors.__all__
__all__.remove("ValueError")  # `from assay import *` leaves the builtin alone; it is assay.ValueError still


def _version() -> str:
    from importlib import metadata

    try:
        return metadata.version("assay-clinical")
    except metadata.PackageNotFoundError:  # an in-tree build without an installation
        from assay import _core

        return _core.__version__


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return importlib.import_module(f"assay.{name}")
    if name == "__version__":
        globals()[name] = value = _version()
        return value
    raise AttributeError(f"module 'assay' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, *errors.__all__})

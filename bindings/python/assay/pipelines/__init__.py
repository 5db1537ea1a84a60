"""Systems that people run: each pipeline names its steps, the library does the work."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.pipelines import clinical, lims

__all__ = ["clinical", "lims"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return importlib.import_module(f"assay.pipelines.{name}")
    raise AttributeError(f"module 'assay.pipelines' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)

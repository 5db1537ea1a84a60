"""Laboratory results: readers that lose no result, and what makes results comparable.

Every reader ends in the columns of ``assay.data.clinical_schema("laboratory_results")``.
"""

from __future__ import annotations

import importlib
from typing import Any

from assay import _native  # noqa: F401 - registers the core's submodules, cleans its errors

# Where each public name lives; loaded on first use.
_HOMES: dict[str, str] = {}

__all__: list[str] = []


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'assay.data.laboratory' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)

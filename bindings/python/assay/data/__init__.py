"""Tables in Arrow's memory layout, readers that lose no row, and everything that describes clinical data.

A table speaks the Arrow C interface: pyarrow, polars, DuckDB, pandas 3 and deltalake read it and are read without an
adapter. Names load on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay._core.data import Column, Field, LocalTest, Schema, Table, is_loinc, mimic_iv_tests, with_loinc

# Where each public name lives.
_HOMES = {
    "Column": "assay._core.data",
    "Field": "assay._core.data",
    "Schema": "assay._core.data",
    "Table": "assay._core.data",
    "LocalTest": "assay._core.data",
    "is_loinc": "assay._core.data",
    "mimic_iv_tests": "assay._core.data",
    "with_loinc": "assay._core.data",
}

__all__ = [
    "Column",
    "Field",
    "LocalTest",
    "Schema",
    "Table",
    "is_loinc",
    "mimic_iv_tests",
    "with_loinc",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'assay.data' has no attribute {name!r}")
    importlib.import_module("assay._core")  # registers its submodules
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))

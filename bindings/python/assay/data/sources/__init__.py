"""Databases as sources: PostgreSQL through ADBC, others through ODBC, loaded into the lake without loss or doubles.

::

    source = PostgresSource("postgresql://reader@lims.example/lims")
    load_incremental(source, lake, "bronze.lab_results", table="public.lab_results",
                     key=["result_id"], watermark="updated_at", partition_by="observed_at")

Needs the extra ``sources``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from assay import _native  # noqa: F401 - registers the core's submodules, cleans its errors

if TYPE_CHECKING:
    from assay.data.sources.loads import load_full, load_incremental
    from assay.data.sources.odbc import OdbcSource
    from assay.data.sources.postgres import PostgresSource
    from assay.data.sources.reading import Reading
    from assay.data.sources.record import LoadRecord, load_records
    from assay.data.sources.results import read_results, results_of_table
    from assay.data.sources.slots import SlotStatus
    from assay.data.sources.stream import ChangeStream

# Where each public name lives; loaded on first use.
_HOMES = {
    "ChangeStream": "stream",
    "LoadRecord": "record",
    "OdbcSource": "odbc",
    "PostgresSource": "postgres",
    "Reading": "reading",
    "SlotStatus": "slots",
    "load_full": "loads",
    "load_incremental": "loads",
    "load_records": "record",
    "read_results": "results",
    "results_of_table": "results",
}

__all__ = [
    "ChangeStream",
    "LoadRecord",
    "OdbcSource",
    "PostgresSource",
    "Reading",
    "SlotStatus",
    "load_full",
    "load_incremental",
    "load_records",
    "read_results",
    "results_of_table",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'assay.data.sources' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"assay.data.sources.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)

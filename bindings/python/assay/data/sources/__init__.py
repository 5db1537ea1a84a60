"""Databases as sources: PostgreSQL through ADBC, others through ODBC, loaded into the lake without loss or doubles.

::

    source = PostgresSource("postgresql://reader@lims.example/lims")
    load_incremental(source, lake, "bronze.lab_results", table="public.lab_results",
                     key=["result_id"], watermark="updated_at", partition_by="observed_at")

Needs the extra ``sources``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay import _native  # noqa: F401 - registers the core's submodules, cleans its errors
from assay._lazy import getter

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
    "ChangeStream": "assay.data.sources.stream",
    "LoadRecord": "assay.data.sources.record",
    "OdbcSource": "assay.data.sources.odbc",
    "PostgresSource": "assay.data.sources.postgres",
    "Reading": "assay.data.sources.reading",
    "SlotStatus": "assay.data.sources.slots",
    "load_full": "assay.data.sources.loads",
    "load_incremental": "assay.data.sources.loads",
    "load_records": "assay.data.sources.record",
    "read_results": "assay.data.sources.results",
    "results_of_table": "assay.data.sources.results",
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


__getattr__ = getter(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)

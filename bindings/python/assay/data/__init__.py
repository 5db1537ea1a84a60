"""Tables in Arrow's memory layout, readers that lose no row, and everything that describes clinical data.

A table speaks the Arrow C interface: pyarrow, polars, DuckDB, pandas 3 and deltalake read it and are read
without an adapter. Names load on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay import _native  # noqa: F401 - registers the core's submodules, cleans its errors
from assay._lazy import getter

if TYPE_CHECKING:
    from assay._core.data import (
        Column,
        ColumnRule,
        CsvReport,
        Dialect,
        Field,
        Image,
        LocalTest,
        Quarantine,
        Schema,
        Table,
        anchored_age,
        clinical_schema,
        csv_header,
        detect_dialect,
        fingerprint,
        is_loinc,
        look_up,
        mimic_iv_tests,
        project,
        read_local_tests,
        to_csv,
        with_loinc,
        write_csv,
    )
    from assay.data.csv import CsvResult, read_csv, read_csv_bytes
    from assay.data.images import read_dicom, read_image
    from assay.data.lake import Lake, StoredTable, TableName

# Where each public name lives.
_HOMES = {
    "Column": "assay._core.data",
    "ColumnRule": "assay._core.data",
    "CsvReport": "assay._core.data",
    "CsvResult": "assay.data.csv",
    "Dialect": "assay._core.data",
    "Field": "assay._core.data",
    "Image": "assay._core.data",
    "Lake": "assay.data.lake",
    "LocalTest": "assay._core.data",
    "Quarantine": "assay._core.data",
    "Schema": "assay._core.data",
    "StoredTable": "assay.data.lake",
    "Table": "assay._core.data",
    "TableName": "assay.data.lake",
    "anchored_age": "assay._core.data",
    "clinical_schema": "assay._core.data",
    "csv_header": "assay._core.data",
    "detect_dialect": "assay._core.data",
    "fingerprint": "assay._core.data",
    "is_loinc": "assay._core.data",
    "look_up": "assay._core.data",
    "mimic_iv_tests": "assay._core.data",
    "project": "assay._core.data",
    "read_dicom": "assay.data.images",
    "read_image": "assay.data.images",
    "read_local_tests": "assay._core.data",
    "read_csv": "assay.data.csv",
    "read_csv_bytes": "assay.data.csv",
    "to_csv": "assay._core.data",
    "with_loinc": "assay._core.data",
    "write_csv": "assay._core.data",
}

__all__ = [
    "Column",
    "ColumnRule",
    "CsvReport",
    "CsvResult",
    "Dialect",
    "Field",
    "Image",
    "Lake",
    "LocalTest",
    "Quarantine",
    "Schema",
    "StoredTable",
    "Table",
    "TableName",
    "anchored_age",
    "clinical_schema",
    "csv_header",
    "detect_dialect",
    "fingerprint",
    "is_loinc",
    "look_up",
    "mimic_iv_tests",
    "project",
    "read_csv",
    "read_csv_bytes",
    "read_dicom",
    "read_image",
    "read_local_tests",
    "to_csv",
    "with_loinc",
    "write_csv",
]


__getattr__ = getter(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)

"""Reads a patient's folder: four CSV files under whatever names the vendor gave the columns, and images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assay.pipelines.clinical.sources import PATIENT_FILES, Bronze, expect_columns, expect_files
from assay.pipelines.clinical.times import time_doubts

if TYPE_CHECKING:
    from assay.data import CsvResult, Field, Schema, Table

__all__ = ["read_patient_folder"]

# Columns without which a file cannot mean what its name says; the rest may be absent and is then null.
_NEEDED = {
    "vital_signs": (
        "patient_id",
        "observed_at",
        "heart_rate",
        "systolic_bp",
        "diastolic_bp",
        "spo2",
        "temperature",
        "respiratory_rate",
    ),
    "emergency_data": ("patient_id", "arrived_at", "age", "sex"),
    "medical_history": ("patient_id", "category", "description"),
    "dicom_metadata": ("patient_id", "modality", "image_file"),
}


def read_patient_folder(folder: Path) -> Bronze:
    """The four tables under canonical names; columns that the schemas do not know are kept as text."""
    from assay import data

    paths = expect_files(folder, PATIENT_FILES)
    bronze = Bronze("patient")
    for name, path in paths.items():
        schema = data.clinical_schema(name)
        header = data.csv_header(path)
        names = _canonical_names(path, header)
        expect_columns(path, header, names.values(), _NEEDED[name])
        result = _read(path, schema, names)
        times = {own: known for own, known in names.items() if known in schema and _is_time(schema[known])}
        bronze.add(result, doubts=time_doubts(path, times))
        bronze.tables[name] = _in_order(result.rows.rename(names), schema)
    return bronze


def _canonical_names(path: Path, header: Sequence[str]) -> dict[str, str]:
    """Canonical name by the name that stands in the file."""
    from assay import SchemaError
    from assay.data.names import NameMap, known_names

    names = NameMap.clinical()
    found: dict[str, str] = {}
    for own in header:
        canonical = names.canonical(own)
        earlier = next((name for name, other in found.items() if other == canonical), None)
        if earlier is not None:
            both = [f"'{name}'" for name in known_names([earlier, own])]
            numbers = [str(header.index(name) + 1) for name in (earlier, own)]
            raise SchemaError(
                f"read {path}: columns {' and '.join(both if len(both) == 2 else numbers)} mean the same; "
                "rename one of them"
            )
        found[own] = canonical
    return found


def _read(path: Path, schema: Schema, names: dict[str, str]) -> CsvResult:
    """The file with the types that the schema gives, found under the file's own names."""
    from assay import data

    fields = [_renamed(schema[name], own) for own, name in names.items() if name in schema]
    return data.read_csv(path, schema=data.Schema(fields), enforce_limits=False)


def _is_time(field: Field) -> bool:
    return field.type.startswith("timestamp")


def _renamed(field: Field, name: str) -> Field:
    from assay import data

    return data.Field(
        name,
        field.type,
        nullable=field.nullable,
        unit=field.unit,
        loinc=field.loinc,
        valid=field.valid,
        outlier=field.outlier,
        description=field.description,
    )


def _in_order(table: Table, schema: Schema) -> Table:
    """The schema's columns first, absent ones as nulls, then those that only the file has."""
    from assay import data

    extra = [name for name in table.column_names if name not in schema]
    rules = [data.ColumnRule(field, [f"{{{field.name}}}"]) for field in schema]
    rules += [data.ColumnRule(table.schema[name], [f"{{{name}}}"]) for name in extra]
    return data.project(table, rules)

"""Reads a patient's folder: four CSV files under whatever names the vendor gave the columns, and images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assay.pipelines.clinical.sources import PATIENT_FILES, Bronze, expect_files

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
        names = _canonical_names(path)
        _expect_columns(path, names, _NEEDED[name])
        result = _read(path, schema, names)
        bronze.add(result)
        bronze.tables[name] = _in_order(result.rows.rename(names), schema)
    return bronze


def _canonical_names(path: Path) -> dict[str, str]:
    """Canonical name by the name that stands in the file."""
    from assay import SchemaError, data
    from assay.data.names import NameMap

    header = data.csv_header(path)
    try:
        return dict(zip(header, NameMap.clinical().canonical(header), strict=True))
    except SchemaError as error:
        raise SchemaError(f"read {path}: {error}; rename one of them") from error


def _expect_columns(path: Path, names: dict[str, str], needed: Sequence[str]) -> None:
    missing = [f"'{name}'" for name in needed if name not in names.values()]
    if missing:
        from assay import SchemaError

        raise SchemaError(
            f"read {path}: line 1 lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)} "
            f"(it has: {', '.join(names)}); add the column, without values where there are none, or rename it"
        )


def _read(path: Path, schema: Schema, names: dict[str, str]) -> CsvResult:
    """The file with the types that the schema gives, found under the file's own names."""
    from assay import data

    fields = [_renamed(schema[name], own) for own, name in names.items() if name in schema]
    return data.read_csv(path, schema=data.Schema(fields), enforce_limits=False)


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

"""Reads MIMIC-IV, in PhysioNet's layout or flat, as the layouts declare it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from assay.pipelines.clinical.layouts import BRONZE, DICTIONARIES, Dictionary, FileLayout, Made
from assay.pipelines.clinical.sources import Bronze, expect_files, find_table

if TYPE_CHECKING:
    from assay.data import ColumnRule, Schema, Table

__all__ = ["read_mimic_iv"]


def read_mimic_iv(folder: Path) -> Bronze:
    """Chart rows, laboratory rows, admissions and history of every patient."""
    from assay import data

    expect_files(folder, [layout.file for layout in BRONZE if not layout.optional])
    bronze = Bronze("mimic-iv")
    dictionaries = _read_dictionaries(folder, bronze)
    parts: dict[str, list[Table]] = {}
    for layout in BRONZE:
        path = find_table(folder, layout.file)
        if path is not None:
            parts.setdefault(layout.table, []).append(_read_layout(path, layout, dictionaries, bronze))
    bronze.tables = {
        name: tables[0] if len(tables) == 1 else data.Table.concat(tables) for name, tables in parts.items()
    }
    return bronze


def _read_dictionaries(folder: Path, bronze: Bronze) -> dict[str, tuple[Dictionary, Table]]:
    found: dict[str, tuple[Dictionary, Table]] = {}
    for name, dictionary in DICTIONARIES.items():
        path = find_table(folder, dictionary.file)
        if path is not None:
            found[name] = (dictionary, _read_dictionary(path, dictionary))
    return found


def _read_dictionary(path: Path, dictionary: Dictionary) -> Table:
    from assay import data

    result = data.read_csv(path, schema=_schema(dictionary.types, required=()), missing_as_null=True)
    present = [name for name in dictionary.types if name in result.rows.column_names]
    table = result.rows.select(present)
    return table.rename([dictionary.renamed.get(name, name) for name in present])


def _read_layout(
    path: Path, layout: FileLayout, dictionaries: dict[str, tuple[Dictionary, Table]], bronze: Bronze
) -> Table:
    from assay import data

    types = {**dict.fromkeys(layout.required, "utf8"), **layout.types}
    schema = _schema(types, required=layout.required)
    result = data.read_csv(path, schema, enforce_limits=False, missing_as_null=True)
    bronze.add(result)
    rows = result.rows
    for column, name in layout.dictionaries:
        if name in dictionaries:
            dictionary, table = dictionaries[name]
            rows = data.look_up(rows, column, table, dictionary.key)
    if layout.aged_at:
        rows = _with_age(rows, layout.aged_at)
    return data.project(rows, [_rule(name, made) for name, made in layout.columns.items()])


def _with_age(rows: Table, at: str) -> Table:
    from assay import data

    if "anchor_age" not in rows or "anchor_year" not in rows:
        return rows
    ages = data.anchored_age(rows[at], rows["anchor_age"], rows["anchor_year"])
    return rows.with_column("anchored_age", ages)


def _schema(types: Mapping[str, str], *, required: tuple[str, ...]) -> Schema:
    from assay import data

    return data.Schema(
        [data.Field(name, kind, nullable=name not in required) for name, kind in types.items()]
    )


def _rule(name: str, made: Made) -> ColumnRule:
    from assay import data

    column = data.Field(name, made.type, nullable=not made.required)
    return data.ColumnRule(column, list(made.templates), recode=dict(made.recode))

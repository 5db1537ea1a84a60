"""Reads MIMIC-IV, in PhysioNet's layout or flat, as the layouts declare it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assay.pipelines.clinical.layouts import (
    BRONZE,
    DICTIONARIES,
    SOURCE_COLUMNS,
    Dictionary,
    FileLayout,
    Made,
)
from assay.pipelines.clinical.sources import Bronze, expect_columns, expect_files
from assay.pipelines.source_files import find_table

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
            found[name] = (dictionary, _read_dictionary(path, dictionary, bronze))
    return found


def _read_dictionary(path: Path, dictionary: Dictionary, bronze: Bronze) -> Table:
    from assay import data

    key = () if dictionary.composed else (_source_name(dictionary, dictionary.key),)
    _expect(path, key)
    result = data.read_csv(path, schema=_schema(dictionary.types, required=()), missing_as_null=True)
    bronze.add(result)
    present = [name for name in dictionary.types if name in result.rows.column_names]
    table = result.rows.select(present)
    table = table.rename([dictionary.renamed.get(name, name) for name in present])
    return _with_composed(table, {dictionary.key: dictionary.composed} if dictionary.composed else {})


def _source_name(dictionary: Dictionary, name: str) -> str:
    return next((own for own, new in dictionary.renamed.items() if new == name), name)


def _expect(path: Path, needed: Sequence[str]) -> None:
    from assay import data

    header = data.csv_header(path)
    expect_columns(path, header, header, needed, also=SOURCE_COLUMNS)


def _read_layout(
    path: Path, layout: FileLayout, dictionaries: dict[str, tuple[Dictionary, Table]], bronze: Bronze
) -> Table:
    from assay import data

    types = {**dict.fromkeys(layout.required, "utf8"), **layout.types}
    schema = _schema(types, required=layout.required)
    _expect(path, [*layout.required, *layout.expected])
    result = data.read_csv(path, schema, enforce_limits=False, missing_as_null=True)
    bronze.add(result)
    rows = _with_composed(result.rows, layout.composed)
    for column, name in layout.dictionaries:
        if name in dictionaries:
            dictionary, table = dictionaries[name]
            rows = data.look_up(rows, column, table, dictionary.key)
    if layout.aged_at:
        rows = _with_age(rows, layout.aged_at)
    table = data.project(rows, [_rule(name, made) for name, made in layout.columns.items()])
    for name, made in layout.columns.items():
        if made.absent:
            table = _without(table, name, made)
    return table


def _with_composed(table: Table, composed: Mapping[str, tuple[str, ...]]) -> Table:
    from assay import data

    for name, templates in composed.items():
        rule = data.ColumnRule(data.Field(name, "utf8"), list(templates))
        table = table.with_column(name, data.project(table, [rule])[name])
    return table


def _without(table: Table, name: str, made: Made) -> Table:
    """The table with the texts that say that there is no value as nulls."""
    from assay import data

    texts = table[name].to_pylist()
    if made.absent.isdisjoint(texts):
        return table
    given = [None if text in made.absent else text for text in texts]
    return table.with_column(table.schema[name], data.Column(given, made.type))


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

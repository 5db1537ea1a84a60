"""The net changes of a table as Arrow rows for a merge, with what the log leaves out taken from the lake."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assay.data.lake_rows import date_column
from assay.data.sources.columns import SourceColumn
from assay.data.sources.net_changes import Key, NetChanges, PendingRow
from assay.data.sources.pgoutput import UNCHANGED
from assay.data.sources.postgres import arrow_schema, refused_row, rounded_remark
from assay.data.sources.texts import convert

if TYPE_CHECKING:
    from assay.data import Lake

__all__ = ["DELETED", "ChangedRows", "lacks_columns", "rows_of_changes"]

DELETED = "_assay_deleted"


@dataclass
class ChangedRows:
    """Rows to store and, marked in the column DELETED, keys to delete."""

    table: Any
    refused: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def reader(self, *, with_deletes: bool = True) -> Any:
        import pyarrow.compute as pc

        if with_deletes:
            return self.table.to_reader()
        return self.table.filter(pc.invert(self.table[DELETED])).drop_columns([DELETED]).to_reader()


def lacks_columns(lake: Lake, name: str, net: NetChanges) -> bool:
    """Whether the changes have columns that the table in the lake has not."""
    if net.relation is None:
        return False
    stored = {f.name for f in lake.delta_table(name).schema().fields}
    return any(column.name not in stored for column in net.relation.columns)


def rows_of_changes(
    lake: Lake,
    name: str,
    net: NetChanges,
    columns: Sequence[SourceColumn],
    zone: str | None,
    *,
    where: str,
    snapshot: int,
    partition_by: str | None,
) -> ChangedRows:
    """The rows that the changes come to.

    Args:
        columns: of the table as the last change saw it; none where it was only truncated.
        where: names the source in the quarantine.
        snapshot: log position below which a row may be missing in the lake, for it was deleted before the copy.

    Raises:
        StateError: values that were not sent are not in the lake either.
    """
    import pyarrow as pa

    if not columns:
        return ChangedRows(_nothing(lake, name, partition_by))
    schema = arrow_schema(columns)
    keys = list(net.rows)
    rows = [net.rows[key] for key in keys]
    result = ChangedRows(None)
    arrays, rules = [], dict[int, list[str]]()
    for column in columns:
        texts = [_text(row, key, net.key, column.name) for row, key in zip(rows, keys, strict=True)]
        converted = convert(texts, column, zone)
        arrays.append(converted.array.cast(schema.field(column.name).type))
        for row, rule in converted.refused.items():
            rules.setdefault(row, []).append(rule)
        if converted.rounded:
            result.remarks.append(rounded_remark(column.name, converted.rounded))
    for row, failed in sorted(rules.items()):
        result.refused.append(refused_row(where, row + 1, ";".join(failed), _raw(rows[row])))
    arrays = _filled(lake, name, net, columns, zone, arrays, rows, snapshot)
    # A row that cannot be stored as it is now is not left as it was.
    gone = pa.array([row is None or at in rules for at, row in enumerate(rows)], pa.bool_())
    result.table = pa.Table.from_arrays([*arrays, gone], schema=schema.append(pa.field(DELETED, pa.bool_())))
    return result


def _nothing(lake: Lake, name: str, partition_by: str | None) -> Any:
    import pyarrow as pa

    stored = pa.schema(lake.delta_table(name).schema().to_arrow())
    own = date_column(partition_by) if partition_by else None
    fields = [f for f in stored if f.name != own or f.name == partition_by]
    return pa.schema([*fields, pa.field(DELETED, pa.bool_())]).empty_table()


def _text(row: PendingRow | None, key: Key, names: Sequence[str], column: str) -> str | None:
    if row is None:
        value = key[names.index(column)] if column in names else None
    else:
        value = row.values.get(column)
    return value if isinstance(value, str) else None


def _raw(row: PendingRow | None) -> bytes:
    sent = (
        {} if row is None else {name: value for name, value in row.values.items() if value is not UNCHANGED}
    )
    return json.dumps(sent, ensure_ascii=False).encode()


def _filled(
    lake: Lake,
    name: str,
    net: NetChanges,
    columns: Sequence[SourceColumn],
    zone: str | None,
    arrays: list[Any],
    rows: Sequence[PendingRow | None],
    snapshot: int,
) -> list[Any]:
    """The arrays with the values that were not sent, from the rows that the lake has."""
    import pyarrow as pa

    missing: dict[str, list[int]] = {}
    for at, row in enumerate(rows):
        if row is None:
            continue
        for column in columns:
            if row.values.get(column.name, UNCHANGED) is UNCHANGED and row.stored_as is not None:
                missing.setdefault(column.name, []).append(at)
    if not missing:
        return arrays
    wanted = sorted({at for places in missing.values() for at in places})
    by_key = _stored(lake, name, net, columns, zone, [_stored_key(rows[at]) for at in wanted], list(missing))
    filled = list(arrays)
    for index, column in enumerate(columns):
        if column.name not in missing:
            continue
        values = arrays[index].to_pylist()
        for at in missing[column.name]:
            row = rows[at]
            assert row is not None
            known = by_key.get(_stored_key(row))
            if known is None and column.name in row.values and row.lsn > snapshot:
                _fail(name, column.name)
            values[at] = None if known is None else known[column.name]
        filled[index] = pa.array(values, arrays[index].type)
    return filled


def _stored_key(row: PendingRow | None) -> Key:
    assert row is not None
    assert row.stored_as is not None
    return row.stored_as


def _fail(name: str, column: str) -> None:
    from assay import StateError

    raise StateError(
        f"{name}: an update left '{column}' as it was, and the lake has no such row to take it from; "
        "ChangeStream.restart() copies the tables again"
    )


def _stored(
    lake: Lake,
    name: str,
    net: NetChanges,
    columns: Sequence[SourceColumn],
    zone: str | None,
    keys: Sequence[Key],
    wanted: list[str],
) -> dict[Key, dict[str, Any]]:
    """Values of the lake's rows by key, in the text that the log writes the key in."""
    import pyarrow.compute as pc

    by_name = {column.name: column for column in columns}
    typed = [
        convert([k if isinstance(k, str) else None for k in part], by_name[n], zone).array
        for n, part in zip(net.key, zip(*keys, strict=True), strict=True)
    ]
    stored = lake.delta_table(name)
    known = {f.name for f in stored.schema().fields}
    rows = lake.dataset(name, stored).to_table(
        columns=[*net.key, *(n for n in wanted if n in known and n not in net.key)],
        filter=pc.field(net.key[0]).isin(typed[0]),
    )
    found = {tuple(row[n] for n in net.key): row for row in rows.to_pylist()}
    values = zip(*(array.to_pylist() for array in typed), strict=True)
    empty = dict.fromkeys(wanted)
    return {key: {**empty, **found[value]} for key, value in zip(keys, values, strict=True) if value in found}

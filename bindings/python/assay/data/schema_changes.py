"""How the columns of a source may change under a table in the lake.

A new column is added, as null in older rows. A column that is no longer delivered stays. A type may widen without
loss: int32 to int64 or float64, float32 to float64. Every other change of type is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["SchemaChange", "compare"]

_WIDER = {("int32", "int64"), ("int32", "double"), ("float", "double")}


@dataclass
class SchemaChange:
    """What is new in the columns that come, beside those that are stored."""

    added: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    widened: dict[str, Any] = field(default_factory=dict)
    """Stored columns by the wider pyarrow type they take."""
    raised: dict[str, Any] = field(default_factory=dict)
    """Columns that come narrower than they are stored, by the stored type."""
    told: list[str] = field(default_factory=list)
    """The same as sentences; nothing for a narrower column, which leaves the table as it is."""

    def applied(self, batches: Any) -> Any:
        """The stream with the types that the table has, or will have."""
        return _cast(batches, self.raised)

    def widening(self, batches: Any) -> Any:
        return _cast(batches, self.widened)


def compare(name: str, stored: Any, coming: Any, *, without: Sequence[str] = ()) -> SchemaChange:
    """What changed between a stored Delta table and the schema that comes, `without` columns of our own.

    Raises:
        SchemaError: a type changed other than by widening; the text names the column and both types.
    """
    import pyarrow as pa

    old = {f.name: f.type for f in pa.schema(stored.schema().to_arrow()) if f.name not in without}
    new = {f.name: f.type for f in coming if f.name not in without}
    change = SchemaChange(
        added=[n for n in new if n not in old],
        lost=[n for n in old if n not in new],
    )
    refused = []
    for column in old:
        if column not in new or _plain(old[column]) == _plain(new[column]):
            continue
        before, after = _plain(old[column]), _plain(new[column])
        if (before, after) in _WIDER:
            change.widened[column] = new[column]
            change.told.append(f"'{column}' widened from {before} to {after}")
        elif (after, before) in _WIDER:
            change.raised[column] = old[column]
        else:
            refused.append(f"'{column}' is stored as {before} and comes as {after}")
    if refused:
        from assay import SchemaError

        raise SchemaError(
            f"write {name}: {'; '.join(refused)}. The stored table was not touched; convert the column in the query "
            "(CAST), or load into a new table"
        )
    change.told += [f"'{n}' added as {_plain(new[n])}" for n in change.added]
    change.told += [f"'{n}' is no longer delivered" for n in change.lost]
    return change


def _plain(kind: Any) -> str:
    """The type's name without the widths of offsets, in which storage and source differ."""
    return str(kind).removeprefix("large_").removesuffix("_view")


def _cast(batches: Any, types: dict[str, Any]) -> Any:
    import pyarrow as pa

    if not types:
        return batches
    schema = pa.schema([pa.field(f.name, types.get(f.name, f.type)) for f in batches.schema])

    def wider() -> Iterator[Any]:
        for batch in batches:
            yield pa.RecordBatch.from_arrays(
                [c.cast(t) for c, t in zip(batch.columns, schema.types, strict=True)], schema=schema
            )

    return pa.RecordBatchReader.from_batches(schema, wider())

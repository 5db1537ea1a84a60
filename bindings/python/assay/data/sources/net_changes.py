"""What many changes of a table come to, key by key: the rows to store and the keys to delete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from assay.data.sources.pgoutput import UNCHANGED, Change, Relation, Value

__all__ = ["Key", "NetChanges", "PendingRow"]

Key = tuple[Value, ...]


@dataclass
class PendingRow:
    """A row as it stands after the changes so far.

    `stored_as` is the key under which the lake has the values that were not sent; None where the row is new, so that
    there is nothing to look for.
    """

    values: dict[str, Value]
    stored_as: Key | None
    lsn: int


@dataclass
class NetChanges:
    """Changes of one table, applied in the order of their commits; the memory of each key is one row."""

    key: Sequence[str]
    relation: Relation | None = None
    rows: dict[Key, PendingRow | None] = field(default_factory=dict)
    """None where the row is gone."""
    truncated: bool = False
    changes: int = 0
    lsn: int = 0
    """End of the last commit applied."""

    def truncate(self) -> None:
        self.rows.clear()
        self.truncated = True
        self.changes += 1

    def apply(self, change: Change, relation: Relation, lsn: int) -> None:
        self.changes += 1
        self.relation = relation
        names = [column.name for column in relation.columns]
        old = None if change.old is None else dict(zip(names, self._whole(change.old, names), strict=True))
        if change.new is None:
            assert old is not None
            self.rows[self._key(old)] = None
            return
        new = dict(zip(names, self._whole(change.new, names), strict=True))
        key = self._key(new)
        if change.kind == "I":
            # A row that was deleted before takes nothing over; one of an older replay keeps columns added since.
            fresh = self.truncated or (key in self.rows and self.rows[key] is None)
            self.rows[key] = PendingRow(new, None if fresh else key, lsn)
            return
        before = self._key(old) if old is not None else key
        self.rows[key] = self._updated(new, old, before, lsn)
        if before != key:
            self.rows[before] = None

    def _updated(
        self, new: dict[str, Value], old: dict[str, Value] | None, before: Key, lsn: int
    ) -> PendingRow:
        known = self.rows.get(before)
        gone = known is None and (before in self.rows or self.truncated)
        stored_as = known.stored_as if known is not None else (None if gone else before)
        whole = dict(known.values) if known is not None else {}
        for name, value in new.items():
            if value is not UNCHANGED:
                whole[name] = value
            elif name not in whole:
                # Only REPLICA IDENTITY FULL sends old values beside the key.
                whole[name] = UNCHANGED if old is None or old[name] is None else old[name]
        return PendingRow(whole, stored_as, lsn)

    def _key(self, row: dict[str, Value]) -> Key:
        from assay import IoError

        found = tuple(row[name] for name in self.key)
        if any(value is None or value is UNCHANGED for value in found):
            raise IoError(
                f"change stream: a change came without its key {list(self.key)}; the table's replica identity must "
                "hold these columns"
            )
        return found

    @staticmethod
    def _whole(values: Sequence[Value], names: Sequence[str]) -> Sequence[Value]:
        if len(values) != len(names):
            from assay import IoError

            raise IoError(f"change stream: expected {len(names)} values of a row, got {len(values)}")
        return values

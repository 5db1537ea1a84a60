"""Messages of PostgreSQL's logical replication, protocol version 1, as its plugin pgoutput writes them.

Source: PostgreSQL 15 documentation, 55.9 "Logical Replication Message Formats". A message that is not exactly what it
should be is an error: a change that is misread is worse than a stream that stops.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final, NoReturn

__all__ = ["UNCHANGED", "Begin", "Change", "Commit", "Relation", "RelationColumn", "Truncate", "parse"]

_EPOCH = datetime(2000, 1, 1, tzinfo=timezone.utc)


class _Unchanged:
    """Stands for a large value that an update left as it was, and that is therefore not sent."""

    def __repr__(self) -> str:
        return "UNCHANGED"


UNCHANGED: Final = _Unchanged()
Value = str | None | _Unchanged


@dataclass(frozen=True)
class Begin:
    lsn: int
    committed_at: datetime
    xid: int


@dataclass(frozen=True)
class Commit:
    lsn: int
    end_lsn: int
    committed_at: datetime


@dataclass(frozen=True)
class RelationColumn:
    name: str
    in_identity: bool
    type_oid: int


@dataclass(frozen=True)
class Relation:
    oid: int
    schema: str
    table: str
    identity: str
    columns: tuple[RelationColumn, ...]


@dataclass(frozen=True)
class Change:
    """An insert, update or delete: kind I, U or D.

    `old` is the row before, as far as it was sent: whole under REPLICA IDENTITY FULL, its key alone where that
    changed or the row was deleted, else None.
    """

    kind: str
    relation: int
    old: tuple[Value, ...] | None
    new: tuple[Value, ...] | None


@dataclass(frozen=True)
class Truncate:
    relations: tuple[int, ...]


Message = Begin | Commit | Relation | Change | Truncate


class _Reader:
    """Big-endian fields of one message, in order."""

    def __init__(self, message: bytes) -> None:
        self._bytes = message
        self._at = 0

    def fail(self, what: str) -> NoReturn:
        from assay import IoError

        kind = chr(self._bytes[0]) if self._bytes and 32 < self._bytes[0] < 127 else "?"
        raise IoError(
            f"change stream: {what} in a message of kind '{kind}' of {len(self._bytes)} bytes at byte {self._at}; "
            "the slot was not advanced"
        )

    def take(self, count: int) -> bytes:
        if count < 0 or self._at + count > len(self._bytes):
            self.fail(f"expected {count} bytes more")
        self._at += count
        return self._bytes[self._at - count : self._at]

    def number(self, kind: str) -> int:
        return int(struct.unpack(f">{kind}", self.take(struct.calcsize(kind)))[0])

    def letter(self) -> str:
        return self.take(1).decode("latin-1")

    def text(self) -> str:
        end = self._bytes.find(b"\0", self._at)
        if end < 0:
            self.fail("expected a text that ends")
        text = self.decoded(self.take(end - self._at))
        self._at += 1
        return text

    def decoded(self, value: bytes) -> str:
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            self.fail("expected UTF-8")

    def time(self) -> datetime:
        microseconds = self.number("q")
        try:
            return _EPOCH + timedelta(microseconds=microseconds)
        except OverflowError:
            self.fail("expected a time")

    def row(self) -> tuple[Value, ...]:
        return tuple(self._value() for _ in range(self.number("H")))

    def _value(self) -> Value:
        kind = self.letter()
        if kind == "n":
            return None
        if kind == "u":
            return UNCHANGED
        if kind != "t":
            self.fail("expected a value of kind n, u or t")
        return self.decoded(self.take(self.number("i")))

    def end(self) -> None:
        if self._at != len(self._bytes):
            self.fail("expected the end")


def parse(message: bytes) -> Message | None:
    """The message; None for kinds that change no row (origin, type, logical message).

    Raises:
        IoError: it is not what the protocol says; the text quotes no value.
    """
    reader = _Reader(message)
    kind = reader.letter()
    if kind in "OYM":
        return None
    parsed: Message
    if kind == "B":
        parsed = Begin(reader.number("Q"), reader.time(), reader.number("I"))
    elif kind == "C":
        reader.number("B")
        parsed = Commit(reader.number("Q"), reader.number("Q"), reader.time())
    elif kind == "R":
        parsed = _relation(reader)
    elif kind in "IUD":
        parsed = _change(reader, kind)
    elif kind == "T":
        count = reader.number("I")
        reader.number("B")
        parsed = Truncate(tuple(reader.number("I") for _ in range(count)))
    else:
        reader.fail("expected a kind of protocol version 1")
    reader.end()
    return parsed


def _relation(reader: _Reader) -> Relation:
    oid, schema, table, identity = reader.number("I"), reader.text(), reader.text(), reader.letter()
    columns = []
    for _ in range(reader.number("H")):
        flags, name, type_oid = reader.number("B"), reader.text(), reader.number("I")
        reader.number("i")
        columns.append(RelationColumn(name, bool(flags & 1), type_oid))
    return Relation(oid, schema or "pg_catalog", table, identity, tuple(columns))


def _change(reader: _Reader, kind: str) -> Change:
    relation, part = reader.number("I"), reader.letter()
    old: Sequence[Value] | None = None
    if part in "KO" and kind != "I":
        old = reader.row()
        if kind == "D":
            return Change(kind, relation, tuple(old), None)
        part = reader.letter()
    if part != "N" or kind == "D":
        reader.fail("expected the parts K, O or N")
    return Change(kind, relation, None if old is None else tuple(old), reader.row())

"""pgoutput's messages: each kind as PostgreSQL 15 wrote it, and everything that is not exactly one."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

import assay
from assay.data.sources.pgoutput import UNCHANGED, Begin, Change, Commit, Relation, Truncate, parse

# Of a server's log: CREATE TABLE c1 (id int PRIMARY KEY, v text, big text), made-up rows.
BEGIN = bytes.fromhex("42 0000000001537728 000303cd65482105 000002da")
COMMIT = bytes.fromhex("43 00 0000000001537728 0000000001537758 000303cd65482105")
RELATION = (
    b"R\x00\x00@\tpublic\x00c1\x00d\x00\x03\x01id\x00\x00\x00\x00\x17\xff\xff\xff\xff\x00v\x00\x00\x00\x00\x19"
    b"\xff\xff\xff\xff\x00big\x00\x00\x00\x00\x19\xff\xff\xff\xff"
)
INSERT = b"I\x00\x00@\tN\x00\x03t\x00\x00\x00\x011t\x00\x00\x00\x02\xc3\xa4n"
UPDATE = b"U\x00\x00@\tN\x00\x03t\x00\x00\x00\x011t\x00\x00\x00\x01bu"
UPDATE_KEY = b"U\x00\x00@\tK\x00\x03t\x00\x00\x00\x011nnN\x00\x03t\x00\x00\x00\x012t\x00\x00\x00\x01bu"
DELETE = b"D\x00\x00@\tK\x00\x03t\x00\x00\x00\x012nn"
TRUNCATE = b"T\x00\x00\x00\x01\x00\x00\x00@\t"
ALL = [BEGIN, COMMIT, RELATION, INSERT, UPDATE, UPDATE_KEY, DELETE, TRUNCATE]


def test_each_kind() -> None:
    at = datetime(2026, 11, 21, 19, 47, 28, 133381, tzinfo=timezone.utc)
    begin, commit, relation = parse(BEGIN), parse(COMMIT), parse(RELATION)
    assert isinstance(begin, Begin) and isinstance(commit, Commit) and isinstance(relation, Relation)
    assert (begin.lsn, begin.xid) == (0x1537728, 730) and begin.committed_at == commit.committed_at
    assert begin.committed_at.date() == at.date()
    assert (commit.lsn, commit.end_lsn) == (0x1537728, 0x1537758)
    assert (relation.oid, relation.schema, relation.table, relation.identity) == (16393, "public", "c1", "d")
    assert [(c.name, c.in_identity, c.type_oid) for c in relation.columns] == [
        ("id", True, 23), ("v", False, 25), ("big", False, 25),
    ]  # fmt: skip
    assert parse(INSERT) == Change("I", 16393, None, ("1", "ä", None))
    assert parse(UPDATE) == Change("U", 16393, None, ("1", "b", UNCHANGED))
    assert parse(UPDATE_KEY) == Change("U", 16393, ("1", None, None), ("2", "b", UNCHANGED))
    assert parse(DELETE) == Change("D", 16393, ("2", None, None), None)
    assert parse(TRUNCATE) == Truncate((16393,))
    assert parse(b"O\0\0\0\0\0\0\0\0origin\0") is None and parse(b"Y...") is None and parse(b"M...") is None


@pytest.mark.parametrize("message", ALL)
def test_a_message_that_is_cut_or_goes_on_is_refused(message: bytes) -> None:
    for end in range(len(message)):
        with pytest.raises(assay.IoError, match="the slot was not advanced"):
            parse(message[:end])
    with pytest.raises(assay.IoError, match="expected the end"):
        parse(message + b"\0")


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (b"", "expected 1 bytes more"),
        (b"S\0\0\0\1\0", "expected a kind of protocol version 1 in a message of kind 'S'"),
        (INSERT.replace(b"N", b"K"), "expected the parts K, O or N"),
        (DELETE.replace(b"K", b"N", 1), "expected the parts K, O or N"),
        (INSERT.replace(b"\xc3\xa4", b"\xff\xfe"), "expected UTF-8"),
        (INSERT.replace(b"t\x00\x00\x00\x02", b"b\x00\x00\x00\x02"), "expected a value of kind n, u or t"),
        (INSERT.replace(b"\x00\x00\x00\x02", b"\xff\xff\xff\xff"), "expected -1 bytes more"),
    ],
)
def test_what_is_no_message_is_refused_without_its_values(message: bytes, sentence: str) -> None:
    with pytest.raises(assay.IoError, match=sentence) as caught:
        parse(message)
    assert "ä" not in str(caught.value)


def test_any_byte_may_be_wrong() -> None:
    for message in ALL:
        for at in range(len(message)):
            for value in (0, 1, 0x4E, 0x7F, 0x80, 0xFF):
                changed = message[:at] + bytes([value]) + message[at + 1 :]
                try:
                    parse(changed)
                except assay.IoError:
                    continue

"""The Arrow C interface: every partner, every type, and lifetimes."""

from __future__ import annotations

import datetime as dt
import gc
import os
import pickle
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import assay
from assay.data import Column, Field, Schema, Table

UTC = dt.timezone.utc

SCHEMA = Schema(
    [
        Field("flag", "bool"),
        Field("small", "int32"),
        Field("large", "int64"),
        Field("single", "float32"),
        Field("double", "float64", unit="/min", loinc="8867-4", valid=(0.1, 350), outlier=(None, 390)),
        Field("text", "utf8", description="Größe, 키"),
        Field("bytes", "binary"),
        Field("day", "date32"),
        Field("at", "timestamp"),
    ]
)

ROWS: dict[str, list[Any]] = {
    "flag": [True, None, False, True],
    "small": [2**31 - 1, -(2**31), None, 0],
    "large": [2**63 - 1, -(2**63), 0, None],
    "single": [0.5, None, float("inf"), -0.0],
    "double": [61.5, float("nan"), None, -1e300],
    "text": ["환자", "", None, "Zürich 🩺"],
    "bytes": [b"\x00\xff", None, b"", b"raw"],
    "day": [dt.date(1969, 12, 31), dt.date(2024, 2, 29), dt.date(1, 1, 1), None],
    "at": [
        dt.datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        None,
        dt.datetime(2024, 2, 29, 12, tzinfo=UTC),
        dt.datetime(9999, 12, 31, tzinfo=UTC),
    ],
}


def full() -> Table:
    return Table.from_dict(ROWS, schema=SCHEMA)


def plain(table: Table) -> Table:
    """The table without what only Assay knows about its fields, which some partners drop."""
    return Table.from_dict({name: table[name] for name in table.column_names})


def via_pyarrow(table: Table) -> Any:
    return pa.table(table)


def via_record_batch_reader(table: Table) -> Any:
    return pa.RecordBatchReader.from_stream(table)


def via_polars(table: Table) -> Any:
    return pl.DataFrame(table)


def via_duckdb(table: Table) -> Any:
    source = table  # noqa: F841 (DuckDB finds it by name)
    return duckdb.connect().sql("SELECT * FROM source")


def via_pandas(table: Table) -> Any:
    if not hasattr(pd.DataFrame, "from_arrow"):
        pytest.skip("pandas 3 speaks Arrow's protocol, and needs Python 3.11")
    return pd.DataFrame.from_arrow(table)


PARTNERS = [via_pyarrow, via_record_batch_reader, via_polars, via_duckdb]


@pytest.mark.parametrize("partner", PARTNERS)
@pytest.mark.parametrize("rows", [slice(None), slice(1, 3), slice(3, 4), slice(0, 0)], ids=str)
def test_every_type_comes_back(partner: Any, rows: slice) -> None:
    table = full()[rows]
    assert plain(Table.from_arrow(partner(table))) == plain(table)


def test_pyarrow_keeps_what_a_field_knows() -> None:
    back = Table.from_arrow(pa.table(full()))
    assert back == full()
    assert back.schema["double"].valid == (0.1, 350)
    assert back.schema["double"].outlier == (float("-inf"), 390)
    assert back.schema["text"].description == "Größe, 키"


def test_pandas_without_nulls_comes_back() -> None:
    table = plain(full()[0:1])
    back = Table.from_arrow(via_pandas(table))
    assert back.select(["flag", "small", "large", "single", "double", "text", "at"]) == table.select(
        ["flag", "small", "large", "single", "double", "text", "at"]
    )
    assert back["day"].to_pylist() == table["day"].to_pylist()
    assert back["bytes"].to_pylist() == table["bytes"].to_pylist()


def test_pandas_keeps_nulls_of_text_and_times() -> None:
    table = full().select(["text", "at", "double"])
    frame = table.to_pandas()
    assert list(frame["text"].isna()) == [False, False, True, False]
    back = Table.from_arrow(frame)
    assert back["text"].to_pylist() == ROWS["text"]
    assert back["at"].to_pylist() == ROWS["at"]
    # pandas 3 takes NaN and null of a float column as one.
    assert back["double"].to_pylist() == [61.5, None, None, -1e300]


def test_deltalake_keeps_every_type(tmp_path: Path) -> None:
    from deltalake import DeltaTable, write_deltalake

    write_deltalake(str(tmp_path / "t"), full())
    back = Table.from_arrow(DeltaTable(str(tmp_path / "t")).to_pyarrow_table())
    assert plain(back) == plain(full())


def test_conveniences_return_the_partners_types() -> None:
    table = full()
    assert isinstance(table.to_pyarrow(), pa.Table)
    assert isinstance(table.to_polars(), pl.DataFrame)
    assert isinstance(table.to_pandas(), pd.DataFrame)


def test_fixed_width_and_text_are_not_copied() -> None:
    table = full()
    arrow = pa.table(table)
    again = pa.table(Table.from_arrow(arrow))
    for name in table.column_names:
        before = [b.address for b in arrow[name].chunk(0).buffers() if b is not None]
        after = [b.address for b in again[name].chunk(0).buffers() if b is not None]
        assert before == after, name
    numbers = pa.array([1.0, 2.0, 3.0])
    column = Column(numbers)
    assert column.to_numpy().__array_interface__["data"][0] == numbers.buffers()[1].address
    assert Column(numbers[1:]).to_numpy().__array_interface__["data"][0] == numbers.buffers()[1].address + 8


def test_chunks_are_joined() -> None:
    arrow = pa.table(full())
    chunked = pa.concat_tables([arrow.slice(0, 1), arrow.slice(1, 0), arrow.slice(1, 3)])
    assert Table.from_arrow(chunked) == full()
    assert Column(pa.chunked_array([[1, None], [], [3]])).to_pylist() == [1, None, 3]
    assert Column(pl.Series(["a", None, "ß" * 20])).to_pylist() == ["a", None, "ß" * 20]
    empty = pa.table({"x": pa.chunked_array([], pa.float64())})
    assert Table.from_arrow(empty).num_rows == 0


def test_a_record_batch_is_a_table_and_an_array_is_a_column() -> None:
    batch = pa.record_batch({"x": [1, 2, None]})
    assert Table.from_arrow(batch)["x"].to_pylist() == [1, 2, None]
    struct = pa.StructArray.from_arrays([pa.array([1, 2, 3])], ["x"], mask=pa.array([False, True, False]))
    assert Table.from_arrow(struct)["x"].to_pylist() == [1, None, 3]
    with pytest.raises(assay.SchemaError, match="single column"):
        Table.from_arrow(pa.array([1]))


FOREIGN = [
    (pa.array([-128, None, 127], pa.int8()), "int32"),
    (pa.array([1, None], pa.int16()), "int32"),
    (pa.array([255, None], pa.uint8()), "int32"),
    (pa.array([65535], pa.uint16()), "int32"),
    (pa.array([2**32 - 1, None], pa.uint32()), "int64"),
    (pa.array([2**63 - 1, None], pa.uint64()), "int64"),
    (pa.array(np.array([0.5, -2.0], "f2")), "float32"),
    (pa.array(["환자", None, "", "b"], pa.large_utf8()), "utf8"),
    (pa.array([b"\xff", None], pa.large_binary()), "binary"),
    (pa.array(["short", None, "longer than twelve bytes", ""], pa.string_view()), "utf8"),
    (pa.array([b"short", None, b"longer than twelve bytes"], pa.binary_view()), "binary"),
    (pa.array([b"ab", None, b"cd"], pa.binary(2)), "binary"),
    (pa.array(["a", None, "b", "a"]).dictionary_encode(), "utf8"),
    (pa.array([None, None], pa.null()), "utf8"),
    (pa.array([dt.date(2024, 2, 29), None], pa.date64()), "date32"),
]


@pytest.mark.parametrize(("array", "type_name"), FOREIGN, ids=[str(a.type) for a, _ in FOREIGN])
def test_foreign_types_are_cast(array: pa.Array, type_name: str) -> None:
    column = Column(array)
    assert column.type == type_name
    assert column.to_pylist() == array.to_pylist()
    assert Column(array[1:]).to_pylist() == array[1:].to_pylist()
    assert Column(array[len(array) :]).to_pylist() == []


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Seoul"])
def test_timestamps_are_utc_microseconds(unit: str, zone: str | None) -> None:
    column = Column(pa.array([-1_000_000_000, None, 0], pa.int64()).cast(pa.timestamp(unit, zone)))
    scale = {"s": 1e9, "ms": 1e6, "us": 1e3, "ns": 1}[unit]
    epoch = dt.datetime(1970, 1, 1, tzinfo=UTC)
    assert column.to_pylist() == [epoch - dt.timedelta(seconds=scale), None, epoch]


def test_decimals() -> None:
    column = Column(pa.array([Decimal("36.60"), None, Decimal("-0.05")], pa.decimal128(10, 2)))
    assert column.to_pylist() == [36.6, None, -0.05]
    total = duckdb.connect().sql("SELECT sum(x)::HUGEINT AS total FROM range(10) t(x)")
    assert Column(pa.array([Decimal(45)], pa.decimal128(38, 0))).to_pylist() == [45]
    assert Table.from_arrow(total)["total"].to_pylist() == [45]


REFUSED = [
    (pa.array([2**63], pa.uint64()), assay.ValueError, "row 0.*2\\^63"),
    (pa.array([0, 1001], pa.timestamp("ns")), assay.ValueError, "row 1.*microsecond"),
    (pa.array([Decimal("1234567890123456.7")], pa.decimal128(20, 1)), assay.ValueError, "15 significant"),
    (pa.array([[1]]), assay.SchemaError, "JSON"),
    (pa.array([{"a": 1}]), assay.SchemaError, "column"),
    (pa.array([dt.time(12)]), assay.SchemaError, "time of day"),
    (pa.array([dt.timedelta(1)]), assay.SchemaError, "duration"),
    (pa.array([Decimal(1)], pa.decimal256(50, 0)), assay.SchemaError, "decimal"),
]


@pytest.mark.parametrize(("array", "error", "words"), REFUSED, ids=[str(a.type) for a, _, _ in REFUSED])
def test_what_has_no_exact_cast_is_an_error(array: pa.Array, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        Table.from_arrow(pa.table({"x": array}))


def test_a_failing_producer_is_heard_and_a_used_one_is_named() -> None:
    def batches() -> Any:
        yield pa.record_batch({"x": [1]})
        raise OSError("the disk went away")

    reader = pa.RecordBatchReader.from_batches(pa.schema({"x": pa.int64()}), batches())
    with pytest.raises(assay.IoError, match="the disk went away"):
        Table.from_arrow(reader)

    class Twice:
        capsule = full().__arrow_c_stream__()

        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            return self.capsule

    source = Twice()
    assert Table.from_arrow(source) == full()
    with pytest.raises(assay.SchemaError, match="consumed before"):
        Table.from_arrow(source)


def test_what_does_not_speak_arrow_is_refused() -> None:
    with pytest.raises(assay.SchemaError, match="__arrow_c_stream__"):
        Table.from_arrow({"x": [1]})

    class Wrong:
        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            return 7

    with pytest.raises(assay.SchemaError, match="arrow_array_stream"):
        Table.from_arrow(Wrong())


def test_the_requested_schema_is_followed_where_nothing_is_lost() -> None:
    table = full().select(["small", "double"])
    wish = pa.schema({"small": pa.int64(), "double": pa.float32()})

    class Asking:
        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            return table.__arrow_c_stream__(wish.__arrow_c_schema__())

    given = Table.from_arrow(Asking())
    assert given["small"].type == "int64"
    assert given["small"].to_pylist() == ROWS["small"]
    assert given["double"].type == "float64"  # float32 would change the values
    reader = pa.RecordBatchReader.from_stream(
        full().select(["small"]), schema=pa.schema({"small": pa.int64()})
    )
    assert reader.schema.field("small").type == pa.int64()


def test_streams_are_fresh_and_unused_capsules_clean_up() -> None:
    table = full()
    first, second = table.__arrow_c_stream__(), table.__arrow_c_stream__()
    assert first is not second
    del first, second
    table.__arrow_c_schema__()
    table["text"].__arrow_c_array__()
    del table
    gc.collect()
    twice = full()  # noqa: F841 (DuckDB finds it by name)
    relation = duckdb.connect().sql("SELECT count(*) FROM twice")
    assert relation.fetchall() == [(4,)]
    assert relation.fetchall() is not None


def test_views_outlive_tables_and_producers() -> None:
    view = Table.from_arrow(pa.table({"x": pa.array(np.arange(1000.0))}))["x"].to_numpy()
    exported = pa.table(Table.from_dict({"x": np.arange(1000)}))
    text = pa.table(full())["text"]
    gc.collect()
    assert view.sum() == 499500.0
    assert not view.flags.writeable
    assert exported["x"].to_numpy().sum() == 499500
    assert text.to_pylist() == ROWS["text"]


def test_threads_read_one_table() -> None:
    table = full()
    failures: list[object] = []

    def work() -> None:
        for _ in range(20):
            if Table.from_arrow(pa.table(table)) != table or table.sort("text") is None:
                failures.append("differs")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_reads_the_same_table() -> None:
    table = Table.from_arrow(pa.table(full()))
    child = os.fork()
    if child == 0:
        same = table.to_pydict().keys() == ROWS.keys() and table.filter([True] * 4) == table
        os._exit(0 if same and Table.concat([table, table]).num_rows == 8 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickles(protocol: int) -> None:
    for table in (full(), full()[1:3], full()[0:0], Table.from_arrow(pa.table(full()))):
        assert pickle.loads(pickle.dumps(table, protocol)) == table
    assert pickle.loads(pickle.dumps(full()["text"][1:], protocol)) == full()["text"][1:]
    assert pickle.loads(pickle.dumps(SCHEMA, protocol)) == SCHEMA


def test_a_pickle_holds_only_the_slice() -> None:
    table = Table.from_dict({"x": np.zeros(100_000), "t": ["text"] * 100_000})
    assert len(pickle.dumps(table[:3])) < 2000


VALUES = {
    "bool": st.booleans(),
    "int32": st.integers(-(2**31), 2**31 - 1),
    "int64": st.integers(-(2**63), 2**63 - 1),
    "float32": st.floats(width=32),
    "float64": st.floats(),
    "utf8": st.text(st.characters(codec="utf-8"), max_size=20),
    "binary": st.binary(max_size=20),
    "date32": st.dates(),
    "timestamp": st.datetimes(timezones=st.just(UTC)),
}


@settings(max_examples=60, deadline=None)
@given(data=st.data(), type_name=st.sampled_from(sorted(VALUES)))
def test_round_trips_of_anything(data: st.DataObject, type_name: str) -> None:
    values = data.draw(st.lists(st.none() | VALUES[type_name], max_size=40))
    start = data.draw(st.integers(0, len(values)))
    column = Column(values, type_name)
    table = Table(Schema([Field("x", type_name)]), [column])[start:]
    for partner in (via_pyarrow, via_polars):
        assert plain(Table.from_arrow(partner(table))) == table
    assert pickle.loads(pickle.dumps(table)) == table
    assert Table.concat([table[: len(table) // 2], table[len(table) // 2 :]]) == table

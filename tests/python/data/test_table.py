"""Table, Column and Schema as Python sees them."""

from __future__ import annotations

import datetime as dt
import gc
from typing import Any

import numpy as np
import pytest

import assay
from assay.data import Column, Field, Schema, Table

UTC = dt.timezone.utc


def made_up() -> Table:
    """Made-up measurements of three patients who do not exist."""
    return Table.from_dict(
        {
            "patient_id": ["M3", "M1", "환자"],
            "heart_rate": [118.9, None, float("nan")],
            "count": np.arange(3),
            "seen": [True, None, False],
        }
    )


@pytest.mark.parametrize(
    ("values", "type_name"),
    [
        ([True, None], "bool"),
        ([1, None], "int64"),
        ([1, 2.5], "float64"),
        ([2.5, 1, None], "float64"),
        (["a", None], "utf8"),
        ([b"a"], "binary"),
        ([bytearray(b"a")], "binary"),
        ([dt.date(2024, 1, 1)], "date32"),
        ([dt.datetime(2024, 1, 1)], "timestamp[us, UTC]"),
        ([None, None], "utf8"),
        ([], "utf8"),
        ([np.float32(1), np.float64(2)], "float64"),
        ([np.int8(1)], "int64"),
        ([np.True_], "bool"),
        ((i for i in range(3)), "int64"),
    ],
)
def test_values_decide_the_type(values: Any, type_name: str) -> None:
    assert Column(values).type == type_name


@pytest.mark.parametrize(
    ("dtype", "type_name"),
    [("?", "bool"), ("i1", "int32"), ("i4", "int32"), ("i8", "int64"), ("u2", "int32"), ("u4", "int64"),
     ("u8", "int64"), ("f2", "float32"), ("f4", "float32"), ("f8", "float64"), (">f8", "float64"), ("U3", "utf8")],
)  # fmt: skip
def test_numpy_decides_the_type(dtype: str, type_name: str) -> None:
    array = np.array([1, 0, 1]).astype(dtype)
    column = Column(array)
    assert column.type == type_name
    assert column.to_pylist() == array.tolist()
    assert Column(array[::-2]).to_pylist() == array[::-2].tolist()


def test_numpy_is_copied_and_masks_and_nat_are_null() -> None:
    array = np.array([1.0, 2.0])
    column = Column(array)
    array[0] = 9
    assert column.to_pylist() == [1.0, 2.0]
    assert Column(np.ma.masked_array([1, 2], [False, True])).to_pylist() == [1, None]
    times = Column(np.array(["2024-02-29T12:00:00.5", "NaT"], "M8[ms]"))
    assert times.to_pylist() == [dt.datetime(2024, 2, 29, 12, 0, 0, 500000, UTC), None]
    assert Column(np.array(["1969-12-31", "NaT"], "M8[D]")).to_pylist() == [dt.date(1969, 12, 31), None]


def test_datetimes_become_utc() -> None:
    seoul = dt.timezone(dt.timedelta(hours=9))
    column = Column([dt.datetime(2024, 1, 1, 9, tzinfo=seoul), dt.datetime(2024, 1, 1), None])
    assert column.to_pylist() == [dt.datetime(2024, 1, 1, tzinfo=UTC)] * 2 + [None]
    assert column[0].tzinfo is UTC


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1, "x"], "row 1: expected int as in the rows before, got str"),
        ([1, True], "row 1: expected int"),
        ([2**64], "row 0: expected an integer of 64 bits"),
        ([[1]], "JSON text"),
        ([{"a": 1}], "JSON text"),
        ([object()], "got object"),
        ([2**53 + 1, 0.5], "float64 holds exactly"),
        (["\ud800"], "UTF-8"),
        ("text", "a list of values"),
        ({"a": 1}, "a list of values"),
        (7, "a list of values"),
        (np.array(["2024-01-01T00:00:00.000000001"], "M8[ns]"), "whole microseconds"),
        (np.array([2**63], "u8"), "below 2\\^63"),
        (np.array([1j]), "complex"),
    ],
)
def test_errors_name_column_and_row_and_never_the_value(values: Any, words: str) -> None:
    with pytest.raises(assay.ValueError, match=words) as caught:
        Table.from_dict({"pulse": values})
    assert "'pulse'" in str(caught.value)


def test_a_schema_decides_and_must_be_met() -> None:
    schema = Schema([Field("n", "int32", nullable=False), Field("x", "float32")])
    table = Table.from_dict({"x": [1, None], "n": [1, 2]}, schema=schema)
    assert table.column_names == ["n", "x"]
    assert table["x"].type == "float32"
    with pytest.raises(assay.SchemaError, match="'x'"):
        Table.from_dict({"n": [1]}, schema=schema)
    with pytest.raises(assay.SchemaError, match="'y'"):
        Table.from_dict({"n": [1], "x": [1], "y": [1]}, schema=schema)
    with pytest.raises(assay.SchemaError, match="no nulls"):
        Table.from_dict({"n": [None], "x": [1]}, schema=schema)
    with pytest.raises(assay.ValueError, match="32 bits"):
        Table.from_dict({"n": [2**31], "x": [1]}, schema=schema)
    with pytest.raises(assay.ShapeError):
        Table.from_dict({"a": [1], "b": [1, 2]})


def test_rows_go_in_and_out() -> None:
    rows = [{"a": 1, "b": "x"}, {"a": None}, {"b": "z", "c": 2.5}]
    table = Table.from_pylist(rows)
    assert table.column_names == ["a", "b", "c"]
    assert table.to_pylist()[1] == {"a": None, "b": None, "c": None}
    assert table.row(-1) == {"a": None, "b": "z", "c": 2.5}
    with pytest.raises(IndexError):
        table.row(3)
    assert Table.from_pylist([], schema=table.schema).shape == (0, 3)


def test_reading_a_table() -> None:
    table = made_up()
    assert len(table) == table.num_rows == 3
    assert table.shape == (3, 4)
    assert "count" in table
    assert "pulse" not in table
    assert table[["count", "seen"]].column_names == ["count", "seen"]
    assert table[1:]["patient_id"].to_pylist() == ["M1", "환자"]
    assert table[::-1]["patient_id"].to_pylist() == ["환자", "M1", "M3"]
    assert table["patient_id"][-1] == "환자"
    assert list(table["seen"]) == [True, None, False]
    with pytest.raises(assay.SchemaError, match="patient_id, heart_rate"):
        table["pulse"]
    with pytest.raises(IndexError):
        table["count"][3]


def test_operations() -> None:
    table = made_up()
    assert table.take([2, 0])["patient_id"].to_pylist() == ["환자", "M3"]
    assert table.filter([True, None, True])["count"].to_pylist() == [0, 2]
    assert table.filter(np.array([False, True, False]))["count"].to_pylist() == [1]
    assert table.sort("patient_id")["patient_id"].to_pylist() == ["M1", "M3", "환자"]
    assert table.sort(["seen", "count"], descending=True)["count"].to_pylist() == [0, 2, 1]
    assert Table.concat([table[:1], table[1:]]) == table
    assert table.rename({"count": "n"}).column_names == ["patient_id", "heart_rate", "n", "seen"]
    assert table.drop(["seen"]).num_columns == 3
    assert table.with_column("count", ["a", "b", "c"])["count"].type == "utf8"
    dosed = table.with_column(Field("dose", "float32", unit="mg"), [1, None, 2])
    assert dosed.schema["dose"].unit == "mg"
    assert table.cast({"count": "int32"})["count"].type == "int32"
    assert table.head(2).num_rows == 2
    with pytest.raises(assay.ShapeError):
        table.take([3])
    with pytest.raises(assay.ShapeError):
        table.filter([True])


def test_equality_takes_nan_as_equal_and_types_as_different() -> None:
    assert made_up() == made_up()
    assert made_up() != made_up()[:2]
    assert Column([1, 2]) != Column([1.0, 2.0])
    assert made_up() != 7


def test_numpy_views_share_memory_and_keep_it_alive() -> None:
    column = Column(np.arange(1000.0))
    view = column.to_numpy()
    assert np.shares_memory(view, column[500:].to_numpy())
    assert not view.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 1
    del column
    gc.collect()
    assert view[999] == 999
    times = Column([dt.datetime(2024, 1, 1)])
    assert np.shares_memory(times.to_numpy(), times.to_numpy())
    assert times.to_numpy().dtype == "M8[us]"


def test_numpy_copies_where_there_are_nulls() -> None:
    assert np.array_equal(Column([1, None]).to_numpy(), [1.0, np.nan], equal_nan=True)
    assert np.isnat(Column([dt.datetime(2024, 1, 1), None]).to_numpy()[1])
    assert np.isnat(Column([None, dt.date(2024, 1, 1)]).to_numpy()[0])
    assert Column([True, None]).to_numpy().tolist() == [True, None]
    assert Column([True, False]).to_numpy().dtype == bool
    assert Column(["a", None]).to_numpy().tolist() == ["a", None]
    with pytest.raises(assay.ValueError, match="2\\^53"):
        Column([2**53 + 1, None]).to_numpy()


def test_array_protocol() -> None:
    column = Column([1.5, 2.5])
    assert np.shares_memory(np.asarray(column), column.to_numpy())
    assert not np.shares_memory(np.array(column, copy=True), column.to_numpy())
    assert np.asarray(column, dtype="f4").dtype == "f4"
    assert np.mean(column) == 2.0
    with pytest.raises(ValueError, match="copy"):
        np.array(Column(["a"]), copy=False)


def test_previews_are_short_and_escaped() -> None:
    text = repr(made_up())
    assert text.splitlines()[0] == "Table: 3 rows × 4 columns"
    assert "float64" in text
    assert "null" in text
    long = repr(Table.from_dict({"x": range(1000), "t": ["y" * 100] * 1000}))
    assert len(long.splitlines()) < 20
    assert "999" in long
    assert max(map(len, long.splitlines())) < 60
    page = Table.from_dict({"<b>": ["<script>"]})._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_fields_say_what_they_know() -> None:
    field = Field("heart_rate", "float64", unit="/min", loinc="8867-4", valid=(0, 350), outlier=(None, 390))
    assert field.valid == (0, 350)
    assert field.outlier == (float("-inf"), 390)
    assert field == Field(
        "heart_rate", "float64", unit="/min", loinc="8867-4", valid=(0, 350), outlier=(None, 390)
    )
    schema = Schema([field])
    assert "LOINC 8867-4" in repr(schema)
    assert [f.name for f in schema] == schema.names == ["heart_rate"]
    with pytest.raises(assay.ValueError, match="float64"):
        Field("x", "double")
    with pytest.raises(assay.ValueError, match="low"):
        Field("x", "float64", valid=(2, 1))
    with pytest.raises(assay.SchemaError, match="twice"):
        Schema([field, field])

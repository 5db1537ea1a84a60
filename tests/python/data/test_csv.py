"""The CSV reader in Python: bindings, conservation of rows, agreement with Python's csv module."""

from __future__ import annotations

import csv
import gzip
import io
import pickle
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import assay
from assay import data


def write(folder: Path, text: str | bytes, name: str = "rows.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_result_unpacks_and_is_named(tmp_path: Path) -> None:
    result = data.read_csv(write(tmp_path, "id,n\na,1\nb,x\n"), schema={"id": "utf8", "n": "int64"})
    rows, rejected, report = result
    assert rows is result.rows and rejected is result.rejected and report is result.report
    assert rows.to_pydict() == {"id": ["a"], "n": [1]}
    assert rejected.counts_by_rule() == {"n.type": 1}
    assert rejected.table.row(0) == {
        "file": str(tmp_path / "rows.csv"),
        "line": 3,
        "byte_offset": 9,
        "byte_length": 3,
        "rules": "n.type",
        "columns": "n",
        "raw": b"b,x",
    }
    assert (report.rows_read, report.rows_accepted, report.rows_quarantined) == (2, 1, 1)
    assert report.dialect == data.Dialect()


def test_types_are_inferred_and_said(tmp_path: Path) -> None:
    path = write(tmp_path, "id,n,x,day,at,ok\n007,1,1.5,2024-02-29,2024-02-29 10:00:00,true\n")
    rows, _, report = data.read_csv(path)
    assert [field.type for field in rows.schema] == [
        "utf8",
        "int64",
        "float64",
        "date32",
        "timestamp[us, UTC]",
        "bool",
    ]
    assert any("id utf8" in remark for remark in report.remarks)
    assert data.read_csv(path, infer_types=False).rows["n"].to_pylist() == ["1"]


def test_schema_object_with_limits(tmp_path: Path) -> None:
    schema = data.Schema([data.Field("heart_rate", "float64", nullable=False, outlier=(0, 390))])
    path = write(tmp_path, "heart_rate,note\n72,a\n500,b\n,c\n")
    rows, rejected, _ = data.read_csv(path, schema)
    assert rows.column_names == ["heart_rate", "note"]
    assert rejected.counts_by_rule() == {"heart_rate.outlier": 1, "heart_rate.required": 1}
    assert data.read_csv(path, schema, enforce_limits=False, keep_extra_columns=False).rows.num_rows == 2


def test_dialect_given_and_detected(tmp_path: Path) -> None:
    path = write(tmp_path, "Report of ward 5\n\nid;value\na;1,5\nb;2,5\n\nTotal: 2 rows\n")
    _, _, report = data.read_csv(path)
    assert report.dialect.delimiter == ";"
    assert report.dialect.preamble_lines == 2
    assert report.preamble == ["Report of ward 5", ""]
    assert report.footnotes == ["", "Total: 2 rows"]
    assert report.doubts
    dialect = data.Dialect(delimiter=";", quote=None, preamble_lines=2, footnote_lines=2)
    assert data.read_csv(path, dialect=dialect).rows.num_rows == 2
    found, _ = data.detect_dialect(path.read_bytes())
    assert found.delimiter == ";"
    with pytest.raises(TypeError, match="expected dialect 'auto' or a Dialect"):
        data.read_csv(path, dialect="excel")  # type: ignore[arg-type]
    with pytest.raises(assay.ValueError, match="one ASCII character"):
        data.Dialect(delimiter="::")


@pytest.mark.parametrize("encoding", ["cp949", "utf-16", "latin-1", "windows-1252"])
def test_encodings_by_name(tmp_path: Path, encoding: str) -> None:
    name = "환자" if encoding in ("cp949", "utf-16") else "Müller"
    path = write(tmp_path, f"name,n\n{name},1\n".encode(encoding))
    assert data.read_csv(path, encoding=encoding).rows["name"].to_pylist() == [name]


def test_compressed_and_cut_short(tmp_path: Path) -> None:
    text = "a,b\n" + "".join(f"{i},{i}.5\n" for i in range(20000))
    packed = gzip.compress(text[:9].encode()) + gzip.compress(text[9:].encode())
    assert data.read_csv(write(tmp_path, packed, "a.csv.gz")).rows.num_rows == 20000
    with pytest.raises(assay.IoError, match=rf"ends at byte {len(packed) - 9}; it was cut short"):
        data.read_csv(write(tmp_path, packed[:-9], "cut.csv.gz"))


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (b"", assay.IoError, "empty file"),
        (b"\x00\x01\x02binary", assay.IoError, "binary file"),
        (b"a,a\n1,2\n", assay.SchemaError, "columns 1 and 2 have the same name"),
        (b"pulse\n72\n", assay.SchemaError, "expected a column 'heart_rate', got 1 column that the schema"),
    ],
)
def test_bad_files(tmp_path: Path, content: bytes, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        data.read_csv(
            write(tmp_path, content), schema={"heart_rate": "float64"} if b"pulse" in content else None
        )


def test_one_null_value_is_a_text_not_its_letters() -> None:
    rows = data.read_csv_bytes(b"unit\nNA\nN\nA\n", null_values="NA").rows
    assert rows["unit"].to_pylist() == [None, "N", "A"]
    assert (
        data.read_csv_bytes(b"unit\nNA\n-\n", null_values=("NA", "-")).rows["unit"].to_pylist() == [None] * 2
    )


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes_of_any_kind(kind: type) -> None:
    assert data.read_csv_bytes(kind(b"a,b\n1,2\n")).rows.to_pydict() == {"a": [1], "b": [2]}
    assert data.read_csv(kind(b"a,b\n1,2\n"), name="x.csv").report.file == "x.csv"


def test_what_is_neither_path_nor_bytes_is_not_quoted() -> None:
    with pytest.raises(TypeError, match="got list") as caught:
        data.read_csv_bytes(["Made-Up Name"])  # type: ignore[arg-type]
    assert "Made-Up" not in str(caught.value)


def test_missing_file_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="absent"):
        data.read_csv(tmp_path / "absent.csv")


def test_progress_runs_here_and_may_raise(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n" + "1,2\n" * 500_000)
    seen: list[tuple[int, int]] = []
    data.read_csv(path, progress=lambda done, total: seen.append((done, total)))
    assert all(0 < done <= total == path.stat().st_size for done, total in seen)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        data.read_csv(path, progress=stop)


def test_quarantine_pickles() -> None:
    rejected = data.read_csv_bytes(b"a,b\n1\n", name="x.csv").rejected
    assert pickle.loads(pickle.dumps(rejected)).table == rejected.table
    assert rejected.table["file"].to_pylist() == ["x.csv"]


def test_write_csv_round_trip(tmp_path: Path) -> None:
    rows = data.read_csv_bytes(b'a,b,c\n1,0.1,"x, ""y"""\n2,,\n').rows
    data.write_csv(rows, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == data.to_csv(rows)
    assert data.read_csv(tmp_path / "out.csv", rows.schema).rows == rows


# Text without NUL; a lone CR is a line end to Python's csv module and text to RFC 4180.
cells = st.text(st.characters(exclude_characters="\x00\r", exclude_categories=["Cs"]), max_size=12)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(cells, min_size=3, max_size=3), max_size=30), st.sampled_from(["\n", "\r\n"]))
def test_agrees_with_pythons_csv_module(records: list[list[str]], line_end: str) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerows([["a", "b", "c"], *records])
    rows, rejected, report = data.read_csv_bytes(
        stream.getvalue().encode(), infer_types=False, dialect=data.Dialect()
    )
    assert rejected.num_rows == 0
    assert [list(row.values()) for row in rows.to_pylist()] == records
    assert report.rows_read == len(records)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["auto", "given"]), st.booleans())
def test_no_row_is_lost(body: bytes, dialect: str, infer: bool) -> None:
    content = b"a,b\n1,2\n" + body.replace(b"\x00", b" ")
    chosen = data.Dialect() if dialect == "given" else "auto"
    try:
        rows, rejected, report = data.read_csv_bytes(content, dialect=chosen, infer_types=infer)
    except (assay.SchemaError, assay.IoError):
        assert dialect == "auto"  # a header that repeats a name, found in another dialect
        return
    assert rows.num_rows + rejected.num_rows == report.rows_read
    for row in rejected.table.to_pylist():
        start = row["byte_offset"]
        if report.dialect.encoding == "utf-8":
            assert content[start : start + row["byte_length"]] == row["raw"]


def test_result_shows_itself_in_notebooks() -> None:
    text = data.read_csv(b"id,score\n1,0.5\n2,high\n", {"id": "int64", "score": "float64"})._repr_html_()
    assert "2 rows read, 1 accepted, 1 quarantined; fields separated by commas" in text
    assert "quarantined by <code>score.type</code>: 1" in text
    assert "<table" in text

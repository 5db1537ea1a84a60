"""The workbook: read back with openpyxl, nothing becomes a formula, and the same scores give the same bytes."""

from __future__ import annotations

import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from made_up_devices import MadeUpRisk, write_devices

from assay.pipelines import device_scores
from assay.pipelines.device_scores.workbook import devices as sheets
from assay.pipelines.device_scores.workbook.content import long_date, rule_meaning

openpyxl = pytest.importorskip("openpyxl")
DAY = date(2026, 11, 21)


def rows_of(book: Any, sheet: str) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in book[sheet].iter_rows()]


def test_its_sheets(fleet: Path, model: MadeUpRisk, tmp_path: Path) -> None:
    out = tmp_path / "out"
    device_scores.run(fleet, out, model=model, day=DAY - timedelta(days=1))
    write_devices(fleet, [("A1", 100, 10), ("B2", 60, 6), ("C3", 80, 4), ("D4", 0, 0), ("X", "", 1)])
    done = device_scores.run(fleet, out, model=model, day=DAY)
    book = openpyxl.load_workbook(done.workbook)
    assert book.sheetnames == [
        "Summary", "High risk", "All devices", "Not scored", "Data dictionary", "Chart data",
    ]  # fmt: skip
    summary = [value for row in rows_of(book, "Summary") for value in row if value is not None]
    assert summary[0] == "Device risk, 21 November 2026"
    assert "4 devices scored by made_up_failure 1; changes are since 20 November 2026" in summary
    tiles = summary[summary.index("high risk") - 6 : summary.index("high risk")]
    assert tiles == [3, 1, 0, 1, 1, 4]  # high, new, medium, low, not scored, scored
    high = rows_of(book, "High risk")
    assert [row[0] for row in high] == ["Device", "A1", "B2", "C3"]
    assert high[3][:6] == ["C3", 60, 30, 30, "new", "Look at it today."]
    assert high[3][6] == "↑ temperature = 80"
    everything = rows_of(book, "All devices")
    assert everything[0][:6] == ["Device", "Risk", "Class", "Risk before", "Change", "Probability"]
    assert [row[0] for row in everything[1:]] == ["A1", "B2", "C3", "D4"]
    assert everything[1][-2:] == [100, 10]  # its inputs
    assert rows_of(book, "Not scored")[1] == [
        5, "X", "temperature: the value is missing", "temperature.required",
    ]  # fmt: skip
    named = {row[0] for row in rows_of(book, "Data dictionary")}
    told = {*high[0], *everything[0]} - {"First reason", "Second reason", "Third reason"}
    assert told - named == set()


def test_the_model_is_judged_by_what_says_most(fleet: Path, tmp_path: Path) -> None:
    metrics = {"accuracy": 0.98, "brier_score": 0.02, "f1_binary": 0.7, "f1_macro": 0.8, "f1_weighted": 0.97}
    metrics |= {"average_precision": 0.75, "precision": 0.8, "recall": 0.625, "roc_auc": 0.9, "lead_days": 4.0}
    model = MadeUpRisk(
        metrics=metrics,
        metric_intervals={"f1_binary": (0.6, 0.78), "recall": (0.5, 0.75)},
        trained_on={"source": "made up", "kind": "file", "version": "1", "rows": 4290, "rows_without_answer": 210},
    )
    done = device_scores.run(fleet, tmp_path / "out", model=model, day=DAY)
    rows = rows_of(openpyxl.load_workbook(done.workbook), "Summary")
    told = [(row[0], row[3]) for row in rows if row[0] and str(row[0]).startswith(("Judged", "Trained"))]
    assert told == [
        ("Judged: F1, failures only", "0.7 (95 % interval 0.6 to 0.78)"),
        ("Judged: Average precision (PR AUC)", "0.75"),
        ("Judged: ROC AUC", "0.9"),
        ("Judged: Recall of failures", "0.625 (95 % interval 0.5 to 0.75)"),
        ("Judged: Precision of failures", "0.8"),
        ("Judged: F1, macro", "0.8"),
        ("Judged: F1, weighted", "0.97"),
        ("Judged: Accuracy", "0.98"),
        ("Judged: Brier score (lower is better)", "0.02"),
        ("Judged: lead_days", "4"),
        ("Trained on: kind", "file"),
        ("Trained on: rows", "4,290"),
        ("Trained on: rows without answer", "210"),
        ("Trained on: source", "made up"),
        ("Trained on: version", "1"),
    ]
    assert ("Made by", f"Assay {done.record.version}") in [(row[0], row[3]) for row in rows]


def test_high_risk_is_seen(fleet: Path, model: MadeUpRisk, tmp_path: Path) -> None:
    done = device_scores.run(fleet, tmp_path / "out", model=model, day=DAY)
    book = openpyxl.load_workbook(done.workbook)
    sheet = book["All devices"]
    kinds = {rule.type for ranges in sheet.conditional_formatting for rule in ranges.rules}
    assert kinds == {"dataBar", "cellIs", "notContainsBlanks"}
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:I6"
    assert len(book["Summary"]._charts) == 3
    with zipfile.ZipFile(done.workbook) as parts:
        chart = parts.read("xl/charts/chart1.xml").decode()
    assert "<c:v>0–10</c:v>" in chart  # with its figures, for viewers that do not compute


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "{="])
def test_no_text_becomes_a_formula(start: str, model: MadeUpRisk, tmp_path: Path) -> None:
    name = f'{start}HYPERLINK("http://x.invalid"){"}" if start == "{=" else ""}'
    source = tmp_path / "devices.csv"
    quoted = name.replace('"', '""')
    source.write_text(
        f'device_id,temperature,vibration\n"{quoted}",100,10\n"{quoted}2",,10\nhttp://a.invalid/,9,9\n'
    )
    done = device_scores.run(source, tmp_path / "out", model=model, day=DAY)
    with zipfile.ZipFile(done.workbook) as parts:
        texts = [parts.read(part).decode() for part in parts.namelist() if part.startswith("xl/worksheets/")]
        styles = parts.read("xl/styles.xml").decode()
    assert not any("<f>" in text or "<f " in text or "<hyperlink" in text for text in texts)
    assert 'quotePrefix="1"' in styles  # nor when somebody edits the cell
    book = openpyxl.load_workbook(done.workbook)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" for cell in cells)
    values = [str(cell.value) for cell in cells]
    assert values.count(name.strip()) == 3  # summary, high risk, all devices


def test_the_same_scores_give_the_same_bytes(fleet: Path, model: MadeUpRisk, tmp_path: Path) -> None:
    first = device_scores.run(fleet, tmp_path / "a", model=model, day=DAY)
    second = device_scores.run(fleet, tmp_path / "b", model=MadeUpRisk(), day=DAY)
    assert first.workbook.read_bytes() == second.workbook.read_bytes()
    other = device_scores.run(fleet, tmp_path / "c", model=model, day=DAY + timedelta(days=1))
    assert other.workbook.read_bytes() != first.workbook.read_bytes()
    with zipfile.ZipFile(first.workbook) as parts:
        assert b"2026-11-21T00:00:00Z" in parts.read("docProps/core.xml")


def test_no_high_risk_and_nothing_set_aside(model: MadeUpRisk, tmp_path: Path) -> None:
    source = write_devices(tmp_path / "devices.csv", [("A1", 0, 0)])
    done = device_scores.run(source, tmp_path / "out", model=model, day=DAY)
    book = openpyxl.load_workbook(done.workbook)
    assert rows_of(book, "High risk")[0][0] == "No device is at high risk on this day."
    assert rows_of(book, "Not scored")[0][0] == "Every row of the source was scored."


def test_more_devices_than_a_sheet_holds(
    fleet: Path, model: MadeUpRisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assay.pipelines.device_scores.workbook import summary

    monkeypatch.setattr(sheets, "MOST_ROWS", 2)
    monkeypatch.setattr(summary, "MOST_ROWS", 2)
    done = device_scores.run(fleet, tmp_path / "out", model=model, day=DAY)
    book = openpyxl.load_workbook(done.workbook)
    assert [row[0] for row in rows_of(book, "All devices")] == ["Device", "A1", "B2"]
    assert [row[0] for row in rows_of(book, "High risk")] == ["Device", "A1", "B2"]
    told = [str(value) for row in rows_of(book, "Summary") for value in row if value]
    assert "The sheets hold the 2 devices at the highest risk; the table has all." in told


def test_a_workbook_that_cannot_be_written_leaves_the_old_one(
    fleet: Path, model: MadeUpRisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assay.pipelines.device_scores.workbook import file

    out = tmp_path / "out"
    done = device_scores.run(fleet, out, model=model, day=DAY)
    before = done.workbook.read_bytes()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(file, "add_dictionary", full)
    with pytest.raises(OSError):
        device_scores.run(fleet, out, model=model, day=DAY)
    assert done.workbook.read_bytes() == before
    assert [path.name for path in out.iterdir() if path.suffix == ".xlsx"] == [done.workbook.name]


def test_words() -> None:
    assert long_date(date(2026, 3, 1)) == "1 March 2026"
    assert rule_meaning("a.b.required") == "a.b: the value is missing"
    assert rule_meaning("row.other") == "row.other"

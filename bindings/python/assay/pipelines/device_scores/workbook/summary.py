"""The first sheet: what a manager wants to know, on one page."""

from __future__ import annotations

from typing import Any

from assay.data.describe import number_of
from assay.pipelines.device_scores.workbook.charts import CHART_HEIGHT, add_charts
from assay.pipelines.device_scores.workbook.content import DayReport, long_date
from assay.pipelines.device_scores.workbook.devices import HIGH_RISK, LINE, MOST_ROWS, page
from assay.pipelines.device_scores.workbook.styles import Styles, write_text

__all__ = ["SUMMARY", "add_summary"]

SUMMARY = "Summary"
_COLUMNS, _WIDTH = 12, 11.5
_TOP, _MOST_FACTS = 10, 20
# Of the table of the highest risks: title, first and last column, style.
_TABLE = (
    ("Device", 0, 1, "strong"),
    ("Risk", 2, 2, "risk"),
    ("Change", 3, 3, "change"),
    ("First reason", 4, 6, "wrapped"),
    ("What to do", 7, 11, "wrapped"),
)


def add_summary(book: Any, styles: Styles, report: DayReport) -> None:
    """Counts, the devices at the highest risk, three charts and the model."""
    sheet = book.add_worksheet(SUMMARY)
    page(sheet, report)
    sheet.fit_to_pages(1, 1)
    sheet.set_column(0, _COLUMNS - 1, _WIDTH)
    row = _head(sheet, styles, report)
    row = _tiles(sheet, styles, report, row)
    row = _highest(sheet, styles, report, row + 1)
    add_charts(book, sheet, report, row + 1)
    row = _model(sheet, styles, report, row + 1 + CHART_HEIGHT)
    sheet.print_area(0, 0, row, _COLUMNS - 1)
    sheet.activate()


def _span(sheet: Any, styles: Styles, row: int, first: int, last: int, value: Any, style: str) -> None:
    """One value across several columns."""
    made = styles.get(style)
    if last > first:
        sheet.merge_range(row, first, row, last, "", made)
    if isinstance(value, str):
        write_text(sheet, row, first, value, styles, style)
    elif value is None:
        sheet.write_blank(row, first, None, made)
    else:
        sheet.write_number(row, first, value, made)


def _head(sheet: Any, styles: Styles, report: DayReport) -> int:
    line = report.line
    sheet.set_row(0, 28)
    write_text(sheet, 0, 0, f"Device risk, {long_date(line.scored_on)}", styles, "title")
    told = f"{number_of(line.scored, 'device')} scored by {report.facts.title}"
    if line.compared_with is not None:
        told += f"; changes are since {long_date(line.compared_with)}"
    write_text(sheet, 1, 0, told, styles, "subtitle")
    if line.scored > MOST_ROWS:
        left = f"The sheets hold the {MOST_ROWS:,} devices at the highest risk; the table has all."
        write_text(sheet, 2, 0, left, styles, "subtitle")
    return 3


def _tiles(sheet: Any, styles: Styles, report: DayReport, row: int) -> int:
    line = report.line
    tiles = [
        ("high risk", line.high, "high"),
        ("new at high risk" if line.compared_with else "new (no day before)", line.new_high, "high"),
        ("medium risk", line.medium, "medium"),
        ("low risk", line.low, "low"),
        ("rows not scored", line.refused, "plain"),
        ("devices scored", line.scored, "plain"),
    ]
    sheet.set_row(row, 34)
    for place, (_, count, kind) in enumerate(tiles):
        known = count if place != 1 or line.compared_with else "–"
        _span(sheet, styles, row, 2 * place, 2 * place + 1, known, f"tile_{kind}")
    sheet.set_row(row + 1, 18)
    for place, (label, _, kind) in enumerate(tiles):
        _span(sheet, styles, row + 1, 2 * place, 2 * place + 1, label, f"tile_label_{kind}")
    return row + 2


def _highest(sheet: Any, styles: Styles, report: DayReport, row: int) -> int:
    line = report.line
    sheet.set_row(row, 22)
    if not line.high:
        write_text(sheet, row, 0, "No device is at high risk", styles, "section")
        return row + 1
    shown = min(_TOP, line.high)
    title = f"The {shown} devices at the highest risk" if shown > 1 else "The device at high risk"
    write_text(sheet, row, 0, title, styles, "section")
    row += 1
    sheet.set_row(row, 20)
    for heading, first, last, style in _TABLE:
        numeric = style in ("risk", "change")
        _span(sheet, styles, row, first, last, heading, "head_number" if numeric else "head")
    for device in report.devices(shown):
        row += 1
        values = (device.device, device.risk, device.change, (device.reasons or [""])[0], device.action)
        sheet.set_row(row, LINE * (1 + (max(len(device.action), 2 * len(values[3])) > 70)) + 2)
        for (_, first, last, style), value in zip(_TABLE, values, strict=True):
            _span(sheet, styles, row, first, last, value, style)
    if line.high > shown:
        row += 1
        more = f"{line.high - shown:,} more on the sheet '{HIGH_RISK}'"
        write_text(sheet, row, 0, more, styles, "subtitle")
    return row + 1


def _model(sheet: Any, styles: Styles, report: DayReport, row: int) -> int:
    sheet.set_row(row, 22)
    write_text(sheet, row, 0, "The model", styles, "section")
    facts = report.facts_in_words()
    for label, value in facts[:_MOST_FACTS]:
        row += 1
        _span(sheet, styles, row, 0, 2, label, "label")
        _span(sheet, styles, row, 3, _COLUMNS - 1, value, "text")
    row += 2
    note = (
        "A risk is a model's estimate from 0 to 100, no finding: a device at low risk can fail, one at high risk can "
        "be sound. Reasons show what moved the estimate (↑ up, ↓ down), not what causes a failure."
    )
    sheet.set_row(row, 2 * LINE)
    _span(sheet, styles, row, 0, _COLUMNS - 1, note, "note")
    return row

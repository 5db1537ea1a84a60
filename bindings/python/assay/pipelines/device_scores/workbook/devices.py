"""The sheets of devices: those at high risk with what to do, and all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.pipelines.device_scores.workbook.content import DayReport, DeviceRow, long_date
from assay.pipelines.device_scores.workbook.styles import COLOURS, Styles, write_text

if TYPE_CHECKING:
    from assay.pipelines.progress import Progress

__all__ = [
    "ALL_DEVICES",
    "HIGH_RISK",
    "LINE",
    "MOST_ROWS",
    "add_all_devices",
    "add_high_risk",
    "lines_of",
    "page",
    "write_head",
]

HIGH_RISK, ALL_DEVICES = "High risk", "All devices"
LINE = 15.0
"""Height of a line, in points."""
MOST_ROWS = 1_048_575
"""Rows that a sheet can hold below its header."""


@dataclass(frozen=True)
class Column:
    """One column of a sheet of devices."""

    title: str
    width: float
    style: str
    value: Callable[[DeviceRow], Any]


def _columns(report: DayReport) -> list[Column]:
    return [
        Column("Device", 18, "strong", lambda row: row.device),
        Column("Risk", 9, "risk", lambda row: row.risk),
        Column("Class", 10, "text", lambda row: row.kind),
        Column("Risk before", 9, "risk", lambda row: row.before),
        Column("Change", 9, "change", lambda row: row.change),
    ]


def _inputs(report: DayReport) -> list[Column]:
    return [
        Column(
            one.name,
            max(11, min(18, len(one.name) * 0.62)),
            "number" if one.numeric else "text",
            _input(one.name),
        )
        for one in report.inputs
    ]


def _input(name: str) -> Callable[[DeviceRow], Any]:
    return lambda row: row.inputs.get(name)


def _reason(place: int) -> Callable[[DeviceRow], str]:
    return lambda row: row.reasons[place] if len(row.reasons) > place else ""


def high_risk_columns(report: DayReport) -> list[Column]:
    return [
        *(column for column in _columns(report) if column.title != "Class"),
        Column("New", 7, "text", lambda row: "new" if row.new and report.line.compared_with else ""),
        Column("What to do", 34, "wrapped", lambda row: row.action),
        Column("First reason", 24, "wrapped", _reason(0)),
        Column("Second reason", 24, "wrapped", _reason(1)),
        Column("Third reason", 24, "wrapped", _reason(2)),
        Column("Beyond training data", 16, "wrapped", lambda row: row.beyond.replace(";", ", ")),
    ]


def all_columns(report: DayReport) -> list[Column]:
    return [
        *_columns(report),
        Column("Probability", 11, "probability", lambda row: row.probability),
        Column("Beyond training data", 20, "text", lambda row: row.beyond.replace(";", ", ")),
        *_inputs(report),
    ]


def page(sheet: Any, report: DayReport, *, repeat: int | None = None) -> None:
    """How the sheet prints: A4 across, all columns on a page, its name and the page's number below."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L&8Device risk, {long_date(report.line.scored_on)}&C&8&A&R&8Page &P of &N")
    sheet.hide_gridlines(2)
    sheet.center_horizontally()
    if repeat is not None:
        sheet.repeat_rows(repeat)


def write_head(sheet: Any, row: int, titles: Sequence[tuple[str, str]], styles: Styles) -> None:
    """Titles of columns; those of numbers stand to the right, as the numbers do."""
    sheet.set_row(row, 48)
    for place, (title, style) in enumerate(titles):
        numeric = style in ("risk", "change", "probability", "number", "whole")
        write_text(sheet, row, place, title, styles, "head_number" if numeric else "head")


def add_high_risk(book: Any, styles: Styles, report: DayReport) -> None:
    """Devices at high risk, the highest first, with reasons and actions."""
    sheet = book.add_worksheet(HIGH_RISK)
    sheet.set_tab_color(COLOURS["high"])
    if not report.line.high:
        page(sheet, report)
        sheet.set_column(0, 0, 60)
        write_text(sheet, 0, 0, "No device is at high risk on this day.", styles, "section")
        return
    count = min(report.line.high, MOST_ROWS)
    _write(sheet, styles, report, high_risk_columns(report), report.devices(count), count)


def add_all_devices(book: Any, styles: Styles, report: DayReport, progress: Progress | None) -> None:
    """Every device, the highest risk first; as many as a sheet can hold."""
    sheet = book.add_worksheet(ALL_DEVICES)
    count = min(report.line.scored, MOST_ROWS)
    rows: Iterable[DeviceRow] = report.devices(count)
    if progress is not None:
        rows = progress.track(_Sized(rows, count), "writing devices")
    _write(sheet, styles, report, all_columns(report), rows, count)


class _Sized:
    """Rows that come one by one, whose number is known."""

    def __init__(self, rows: Iterable[DeviceRow], count: int) -> None:
        self._rows, self._count = rows, count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Any:
        return iter(self._rows)

    def __contains__(self, _: object) -> bool:
        raise NotImplementedError


def _write(
    sheet: Any,
    styles: Styles,
    report: DayReport,
    columns: Sequence[Column],
    rows: Iterable[DeviceRow],
    count: int,
) -> None:
    page(sheet, report, repeat=0)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, count, len(columns) - 1)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
    write_head(sheet, 0, [(column.title, column.style) for column in columns], styles)
    cells = [
        (place, column.value, column.style, styles.get(column.style)) for place, column in enumerate(columns)
    ]
    wrapped = [(column.value, column.width) for column in columns if column.style == "wrapped"]
    for number, row in enumerate(rows, start=1):
        if (lines := max((lines_of(value_of(row), width) for value_of, width in wrapped), default=1)) > 1:
            sheet.set_row(number, LINE * lines)
        for place, value_of, style, made in cells:
            value = value_of(row)
            if isinstance(value, str):
                write_text(sheet, number, place, value, styles, style)
            elif value is None:
                sheet.write_blank(number, place, None, made)
            else:
                sheet.write_number(number, place, value, made)
    _colour(sheet, styles, columns, count)


def lines_of(text: str, width: float) -> int:
    """Lines that a text takes in a column of that width, about; programs differ in whether they see to it."""
    return 1 + int(len(text) > width * 0.95) + int(len(text) / width / 1.9)


def _colour(sheet: Any, styles: Styles, columns: Sequence[Column], last: int) -> None:
    """Bars for risks, colours for classes, red for what rose by ten or more."""
    for place, column in enumerate(columns):
        where = (1, place, last, place)
        if column.title == "Risk":
            sheet.conditional_format(
                *where,
                {
                    "type": "data_bar",
                    "data_bar_2010": True,
                    "bar_solid": True,
                    "bar_color": COLOURS["bar"],
                    "min_type": "num",
                    "max_type": "num",
                    "min_value": 0,
                    "max_value": 100,
                },
            )
        elif column.title == "Class":
            for kind in ("high", "medium"):
                rule = {"type": "cell", "criteria": "==", "value": f'"{kind}"'}
                sheet.conditional_format(*where, {**rule, "format": styles.class_format(kind)})
        elif column.title == "Change":
            risen = {"type": "cell", "criteria": ">=", "value": 10, "format": styles.class_format("high")}
            sheet.conditional_format(*where, risen)
        elif column.title in ("New", "Beyond training data"):
            sheet.conditional_format(*where, {"type": "no_blanks", "format": styles.class_format("medium")})

"""The last sheets: rows that were not scored, and what each column means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assay.pipelines.device_scores.workbook.content import DayReport, rule_meaning
from assay.pipelines.device_scores.workbook.devices import (
    ALL_DEVICES,
    HIGH_RISK,
    LINE,
    MOST_ROWS,
    lines_of,
    page,
    write_head,
)
from assay.pipelines.device_scores.workbook.styles import COLOURS, Styles, write_text

__all__ = ["DICTIONARY", "NOT_SCORED", "add_dictionary", "add_refused"]

NOT_SCORED, DICTIONARY = "Not scored", "Data dictionary"
_BOTH = f"{HIGH_RISK}, {ALL_DEVICES}"


def add_refused(book: Any, styles: Styles, report: DayReport) -> None:
    """Rows of the source that were not scored, and why."""
    sheet = book.add_worksheet(NOT_SCORED)
    page(sheet, report, repeat=0)
    if not report.refused:
        sheet.set_column(0, 0, 60)
        write_text(sheet, 0, 0, "Every row of the source was scored.", styles, "section")
        return
    sheet.set_tab_color(COLOURS["medium"])
    for place, width in enumerate((10, 20, 70, 50)):
        sheet.set_column(place, place, width)
    titles = (("Row of the source", "number"), ("Device", "text"), ("Why", "text"), ("Rules", "text"))
    write_head(sheet, 0, titles, styles)
    sheet.freeze_panes(1, 0)
    refused = report.refused[:MOST_ROWS]
    sheet.autofilter(0, 0, len(refused), len(titles) - 1)
    for number, row in enumerate(refused, start=1):
        rules = row["rules"].split(";")
        sheet.write_number(number, 0, row["row"], styles.get("whole"))
        write_text(sheet, number, 1, row["device_id"] or "", styles)
        write_text(sheet, number, 2, "; ".join(map(rule_meaning, rules)), styles, "wrapped")
        write_text(sheet, number, 3, ", ".join(rules), styles, "wrapped")


def add_dictionary(book: Any, styles: Styles, report: DayReport) -> None:
    """Every column of the workbook: meaning, unit, and the values it can take."""
    sheet = book.add_worksheet(DICTIONARY)
    page(sheet, report, repeat=0)
    widths = (26, 26, 74, 12, 40)
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    titles = ("Column", "Sheet", "Meaning", "Unit", "Values")
    write_head(sheet, 0, [(title, "text") for title in titles], styles)
    sheet.freeze_panes(1, 1)
    for number, entry in enumerate(_entries(report), start=1):
        sheet.set_row(number, LINE * max(map(lines_of, entry, widths)))
        for place, text in enumerate(entry):
            write_text(sheet, number, place, text, styles, "strong" if place == 0 else "wrapped")


def _entries(report: DayReport) -> Iterator[tuple[str, str, str, str, str]]:
    line, facts = report.line, report.facts
    since = f"on {line.compared_with}" if line.compared_with else "on the day scored before; there is none"
    high = "at or above the threshold"
    if facts.threshold is not None:
        high += f" ({facts.threshold:.3g})"
    medium = "medium and low: below it" if facts.medium is None else f"medium: from {facts.medium:.3g}"
    yield "Device", _BOTH, "The device, as the source names it.", "", ""
    yield "Risk", _BOTH, "The model's estimate that the device fails, on a scale of 100.", "", "0 to 100"
    yield "Risk before", _BOTH, f"The risk of the same device {since}.", "", "0 to 100; empty: not scored"
    yield "Change", _BOTH, "Risk less risk before.", "", "-100 to 100"
    yield (
        "Class",
        ALL_DEVICES,
        f"High: a probability {high}; {medium}.",
        "",
        "high, medium, low",
    )
    yield "New", HIGH_RISK, f"At high risk now, and not {since}.", "", "new, or empty"
    yield "What to do", HIGH_RISK, "Recommended action for the class and the first reasons.", "", "text"
    yield (
        "First, second, third reason",
        HIGH_RISK,
        "Features that moved the estimate most, with the device's own value: ↑ raised it, ↓ lowered it.",
        "",
        "text",
    )
    yield (
        "Beyond training data",
        _BOTH,
        "Inputs below the least or above the greatest value of the training data: the risk is an extrapolation.",
        "",
        "names of inputs",
    )
    yield (
        "Probability",
        ALL_DEVICES,
        "The probability that the model gives, before it is put in a class.",
        "",
        "0 to 1",
    )
    for one in facts.inputs:
        values = ", ".join(one.choices)
        if one.trained is not None:
            values = f"trained on {one.trained[0]:,.6g} to {one.trained[1]:,.6g}"
        yield one.name, ALL_DEVICES, one.description or "Input of the model.", one.unit, values

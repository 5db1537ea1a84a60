"""The charts of the summary, and the sheet with the figures that they draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assay.pipelines.device_scores.workbook.content import DayReport
from assay.pipelines.device_scores.workbook.styles import COLOURS, Styles, write_text

__all__ = ["CHART_DATA", "CHART_HEIGHT", "add_chart_data", "add_charts"]

CHART_DATA = "Chart data"
CHART_HEIGHT = 15
"""Rows of the sheet that the charts take."""
_DAYS = 30
_WIDTH, _HEIGHT = 338, 280


def _series(report: DayReport) -> list[tuple[str, list[tuple[str, int]]]]:
    """Title and figures of each chart."""
    days = [(line.scored_on.isoformat(), line.high) for line in report.history[-_DAYS:]]
    return [
        ("Devices by risk", report.risk_bands),
        ("First reasons of high risk", report.leading or [("–", 0)]),
        ("High risk by day", days),
    ]


def add_charts(book: Any, sheet: Any, report: DayReport, row: int) -> None:
    """Three charts side by side; a chart that the viewer does not compute has its figures with it."""
    for place, (title, figures) in enumerate(_series(report)):
        bars = place == 1
        chart = book.add_chart({"type": "bar" if bars else "column"})
        first, last, column = 1, len(figures), 2 * place
        chart.add_series(
            {
                "name": title,
                "categories": [CHART_DATA, first, column, last, column],
                "values": [CHART_DATA, first, column + 1, last, column + 1],
                "categories_data": [name for name, _ in figures],
                "values_data": [count for _, count in figures],
                "fill": {"color": COLOURS["high"] if place == 2 else COLOURS["blue"]},
                "gap": 40,
                "data_labels": {"value": True, "num_format": "#,##0", "font": {"size": 8}}
                if len(figures) <= 12
                else {},
            }
        )
        quiet = {"num_font": {"size": 8, "color": COLOURS["quiet"]}, "line": {"color": COLOURS["line"]}}
        chart.set_title(
            {"name": title, "name_font": {"size": 11, "color": COLOURS["head"]}, "overlay": False}
        )
        chart.set_legend({"none": True})
        along, across = (
            {**quiet},
            {**quiet, "visible": False, "major_gridlines": {"visible": False}, "min": 0},
        )
        if bars:
            chart.set_y_axis({**along, "reverse": True})
            chart.set_x_axis(across)
        else:
            chart.set_x_axis(along)
            chart.set_y_axis(across)
        chart.set_size({"width": _WIDTH, "height": _HEIGHT})
        chart.set_chartarea({"border": {"color": COLOURS["line"]}})
        sheet.insert_chart(
            row, 4 * place, chart, {"object_position": 2, "x_offset": 2, "y_offset": 2, "description": title}
        )


def add_chart_data(book: Any, styles: Styles, report: DayReport) -> None:
    """The figures of the charts, side by side."""
    sheet = book.add_worksheet(CHART_DATA)
    sheet.hide_gridlines(2)
    series: Sequence[tuple[str, list[tuple[str, int]]]] = _series(report)
    for place, (title, _) in enumerate(series):
        sheet.set_column(2 * place, 2 * place, 28)
        sheet.set_column(2 * place + 1, 2 * place + 1, 12)
        write_text(sheet, 0, 2 * place, title, styles, "head")
        write_text(sheet, 0, 2 * place + 1, "devices", styles, "head_number")
    for row in range(max(len(figures) for _, figures in series)):
        for place, (_, figures) in enumerate(series):
            if row < len(figures):
                write_text(sheet, row + 1, 2 * place, figures[row][0], styles)
                sheet.write_number(row + 1, 2 * place + 1, figures[row][1], styles.get("whole"))

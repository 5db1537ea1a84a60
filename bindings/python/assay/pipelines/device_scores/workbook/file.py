"""Writes the workbook, row by row, with memory for a row."""

from __future__ import annotations

import importlib.util
import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.pipelines.device_scores.workbook.charts import add_chart_data
from assay.pipelines.device_scores.workbook.content import DayReport, long_date
from assay.pipelines.device_scores.workbook.devices import add_all_devices, add_high_risk
from assay.pipelines.device_scores.workbook.dictionary import add_dictionary, add_refused
from assay.pipelines.device_scores.workbook.styles import Styles
from assay.pipelines.device_scores.workbook.summary import add_summary

if TYPE_CHECKING:
    from assay.pipelines.progress import Progress

__all__ = ["expect_xlsxwriter", "write_workbook"]


def expect_xlsxwriter() -> None:
    """Called before anything is scored: a night that ends without its workbook should not begin.

    Raises:
        StateError: XlsxWriter is not installed.
    """
    if importlib.util.find_spec("xlsxwriter") is None:
        from assay import StateError

        raise StateError(
            "workbook: XlsxWriter is not installed; pip install XlsxWriter, or install Assay with its extra 'excel'"
        )


def write_workbook(path: Path, report: DayReport, *, progress: Progress | None = None) -> None:
    """The workbook of a day; whoever opens the file sees the old one or the new one. One process writes at a time.

    The same report gives the same bytes (of the same XlsxWriter): the time of creation is the day's.

    Raises:
        StateError: XlsxWriter is not installed.
        OSError: the file cannot be written.
    """
    expect_xlsxwriter()
    from xlsxwriter import Workbook

    for left in path.parent.glob(f".{path.name}.*.xlsx"):  # drafts of runs that were killed
        left.unlink()
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".xlsx")
    os.close(handle)
    try:
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        with Workbook(draft, options) as book:
            _fill(book, report, progress)
        os.chmod(draft, 0o640)
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _fill(book: Any, report: DayReport, progress: Progress | None) -> None:
    day = report.line.scored_on
    book.set_properties(
        {
            "title": f"Device risk, {long_date(day)}",
            "author": "Assay",
            "comments": f"Made by Assay {report.library_version}. Holds data of devices, none of patients.",
            "created": datetime(day.year, day.month, day.day),
        }
    )
    book.set_size(2400, 1400)
    styles = Styles(book)
    add_summary(book, styles, report)
    add_high_risk(book, styles, report)
    add_all_devices(book, styles, report, progress)
    add_refused(book, styles, report)
    add_dictionary(book, styles, report)
    add_chart_data(book, styles, report)

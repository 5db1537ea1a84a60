"""The day's scores as an Excel workbook: summary, high risk, all devices, rows not scored, dictionary."""

from __future__ import annotations

from assay.pipelines.device_scores.workbook.content import DayReport
from assay.pipelines.device_scores.workbook.file import expect_xlsxwriter, write_workbook

__all__ = ["DayReport", "expect_xlsxwriter", "write_workbook"]

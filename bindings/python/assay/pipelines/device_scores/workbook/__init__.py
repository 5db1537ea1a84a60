"""The day's scores as an Excel workbook: summary, high risk, all devices, rows not scored, dictionary."""

from __future__ import annotations

from assay.pipelines.device_scores.workbook.content import DayReport
from assay.pipelines.device_scores.workbook.file import write_workbook

__all__ = ["DayReport", "write_workbook"]

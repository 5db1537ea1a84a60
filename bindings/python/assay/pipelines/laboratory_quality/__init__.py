"""The quality of laboratory results as a page that a laboratory manager reads."""

from __future__ import annotations

from assay.pipelines.laboratory_quality.delta import delta_checks
from assay.pipelines.laboratory_quality.limits import (
    DeltaLimit,
    DeltaLimits,
    default_delta_limits,
    read_delta_limits,
)
from assay.pipelines.laboratory_quality.page import DIMENSIONS, quality_page

__all__ = [
    "DIMENSIONS",
    "DeltaLimit",
    "DeltaLimits",
    "default_delta_limits",
    "delta_checks",
    "quality_page",
    "read_delta_limits",
]

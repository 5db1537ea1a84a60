"""Features of a laboratory: devices by day, outbreaks, changed distributions; robust distances of rows.

Every feature of a day uses only what was known at the end of that day. docs/laboratory/features.md defines them.
"""

from __future__ import annotations

from assay.features.laboratory.anomalies import AnomalyTable, quality_anomalies
from assay.features.laboratory.devices import DeviceDayOptions, DeviceDays, device_days, failures_ahead
from assay.features.laboratory.outbreak import (
    Cluster,
    EarsChart,
    EarsOptions,
    OutbreakTable,
    WardCluster,
    ears,
    outbreak_days,
    positivity,
    space_time_scan,
    temporal_scan,
)
from assay.features.laboratory.robust import RobustDistance, robust_distance

__all__ = [
    "AnomalyTable",
    "Cluster",
    "DeviceDayOptions",
    "DeviceDays",
    "EarsChart",
    "EarsOptions",
    "OutbreakTable",
    "RobustDistance",
    "WardCluster",
    "device_days",
    "ears",
    "failures_ahead",
    "outbreak_days",
    "positivity",
    "quality_anomalies",
    "robust_distance",
    "space_time_scan",
    "temporal_scan",
]

"""Features of a laboratory: of its devices by day; robust distances of rows.

Every feature of a day uses only what was known at the end of that day. docs/laboratory/features.md defines them.
"""

from __future__ import annotations

from assay.features.laboratory.devices import DeviceDayOptions, DeviceDays, device_days
from assay.features.laboratory.robust import RobustDistance, robust_distance

__all__ = ["DeviceDayOptions", "DeviceDays", "RobustDistance", "device_days", "robust_distance"]

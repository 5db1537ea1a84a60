"""Features of a laboratory: of its devices by day.

Every feature of a day uses only what was known at the end of that day. docs/laboratory/features.md defines them.
"""

from __future__ import annotations

from assay.features.laboratory.devices import DeviceDayOptions, DeviceDays, device_days

__all__ = ["DeviceDayOptions", "DeviceDays", "device_days"]

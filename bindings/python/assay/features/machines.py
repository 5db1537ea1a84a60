"""What the parts of a machine with a rotating tool bear, from its readings."""

from __future__ import annotations

from assay import _native  # noqa: F401 - cleans the core's errors
from assay._core.features import MachineFeatures, derive_machine_features

__all__ = ["MachineFeatures", "derive_machine_features"]

"""Risk of device failure by a trained model: scores, classes, explanations, recommended actions."""

from __future__ import annotations

from assay.pipelines.device_risk.inputs import Input
from assay.pipelines.device_risk.metadata import RiskInfo
from assay.pipelines.device_risk.risk import Assessment, DeviceRisk

__all__ = ["Assessment", "DeviceRisk", "Input", "RiskInfo"]

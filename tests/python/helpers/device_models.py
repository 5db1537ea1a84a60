"""Classifiers made for tests of serving and scoring, with a closed form: no training, no randomness."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

AI4I_FEATURES = (
    "Type",
    "Air temperature [K]",
    "Process temperature [K]",
    "Rotational speed [rpm]",
    "Torque [Nm]",
    "Tool wear [min]",
    "power",
    "temperature_difference",
    "strain",
)

AI4I_METADATA: dict[str, Any] = {
    "name": "device-failure",
    "version": "7",
    "kind": "random_forest_classifier",
    "feature_names": list(AI4I_FEATURES),
    "classes": ["works", "fails"],
    "threshold": 0.4,
    "bands": {"medium": 0.1},
    "preparation": "ai4i2020",
    "trained_on": {"source": "made up for a test", "rows": 0},
    "input_ranges": {"Tool wear [min]": [0, 253], "Torque [Nm]": [3.8, 76.6]},
    "metrics": {"roc_auc": 0.97},
    "library_version": "0.0.0",
}

HEALTHY = {
    "type": "M",
    "air_temperature_k": 300.0,
    "process_temperature_k": 310.0,
    "rotational_speed_rpm": 1500,
    "torque_nm": 40.0,
    "tool_wear_min": 10,
}
"""Made up: strain 400, probability 0.02."""
WORN = HEALTHY | {"torque_nm": 60.0, "tool_wear_min": 240}
"""Made up: strain 14,400, probability 0.72."""


class ByStrain:
    """Probability strain / 20,000, at most 1; strain is the whole contribution."""

    def __init__(self, feature: int = 8, scale: float = 20_000) -> None:
        self.feature = feature
        self.scale = scale

    def predict_proba(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        p = np.clip(rows[:, self.feature] / self.scale, 0, 1)
        return np.stack([1 - p, p], axis=1)

    def contributions(self, row: NDArray[np.float64]) -> NDArray[np.float64]:
        out = np.zeros(len(row))
        out[self.feature] = min(row[self.feature] / self.scale, 1)
        return out


class WithoutContributions(ByStrain):
    """The same model, silent on what contributed."""

    contributions = None  # type: ignore[assignment]

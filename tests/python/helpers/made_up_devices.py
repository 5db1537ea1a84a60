"""Made-up devices and a small model of their failure, so that a test knows every risk in advance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from assay.data import Table

INFO: dict[str, Any] = {
    "name": "made_up_failure",
    "version": "1",
    "threshold": 0.5,
    "medium": 0.2,
    "trained_on": {"source": "made-up devices", "rows": 100},
    "metrics": {"roc_auc": 0.9},
    "input_ranges": {"temperature": [0.0, 90.0], "vibration": [0.0, 10.0]},
}


class MadeUpRisk:
    """P(failure) = temperature / 200 + vibration / 20: 0 at (0, 0), 1 at (100, 10). As DeviceRisk is asked."""

    input_names = ("temperature", "vibration")

    def __init__(self, **info: Any) -> None:
        self.info = SimpleNamespace(**{**INFO, **info})
        self.asked = 0

    def assess(self, table: Table) -> dict[str, Any]:
        self.asked += 1
        p = np.round(np.asarray(table["temperature"]) / 200 + np.asarray(table["vibration"]) / 20, 6)
        kinds = np.where(
            p >= self.info.threshold, "high", np.where(p >= self.info.medium, "medium", "low")
        )
        flagged = p >= self.info.threshold
        return {"risk": 100 * p, "probability": p, "device_class": kinds.tolist(), "flagged": flagged}

    def explain(self, row: Mapping[str, float], top: int = 3) -> list[tuple[str, float]]:
        parts = {"temperature": row["temperature"] / 200, "vibration": row["vibration"] / 20}
        return sorted(parts.items(), key=lambda part: -abs(part[1]))[:top]

    def action(self, device_class: str, top_features: Sequence[str]) -> str:
        return "Look at it today." if device_class == "high" else "Nothing."


def write_devices(path: Path, rows: Sequence[tuple[Any, Any, Any]]) -> Path:
    """CSV of device_id, temperature and vibration."""
    lines = ["device_id,temperature,vibration", *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path

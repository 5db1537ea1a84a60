"""A model file of device failure on made-up machine records: small, and trained in a moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from device_models import AI4I_FEATURES

from assay.data import Table


def made_up_records(rows: int, seed: int = 7) -> tuple[Table, Any]:
    """Features somewhat like those of AI4I 2020, and failures by strain and power with noise."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(3, rows, p=[0.6, 0.3, 0.1]).astype(float)
    air = rng.normal(300, 2, rows)
    process = air + rng.normal(10, 1, rows)
    speed, torque = rng.normal(1540, 180, rows), rng.normal(40, 10, rows)
    wear = rng.uniform(0, 250, rows)
    power, strain = torque * (2 * np.pi / 60) * speed, torque * wear
    values = (kind, air, process, speed, torque, wear, power, process - air, strain)
    score = strain / 3000 + np.abs(power - 6300) / 2500 + rng.gumbel(0, 0.4, rows)
    table = Table.from_dict(dict(zip(AI4I_FEATURES, values, strict=True)))
    return table, (score > np.quantile(score, 0.9)).astype(np.int64)


def write_model(path: Path, *, trees: int = 20, seed: int = 0, **metadata: Any) -> Path:
    """Fits and saves; `metadata` beside what serving needs."""
    from assay.models.forest import RandomForestClassifier

    table, label = made_up_records(600)
    fitted = RandomForestClassifier(trees, random_state=seed).fit(table, label)
    ranges = {
        name: [float(np.min(table[name].to_numpy())), float(np.max(table[name].to_numpy()))]
        for name in AI4I_FEATURES
    }
    known = {
        "threshold": 0.4,
        "preparation": "ai4i2020",
        "input_ranges": ranges,
        "trained_on": {"source": "made up"},
    }
    fitted.save(path, **known | metadata)
    return path

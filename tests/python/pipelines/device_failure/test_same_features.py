"""What a served model is asked has the bits of what it was trained on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from assay.data import Table, read_csv
from assay.pipelines.device_failure import prepare
from assay.pipelines.device_risk.inputs import feature_maker, inputs_of

NAMES = (
    "Air temperature [K]",
    "Process temperature [K]",
    "Rotational speed [rpm]",
    "Torque [Nm]",
    "Tool wear [min]",
)


def check(table: Table) -> None:
    prepared = prepare(table)
    features = list(prepared.features.column_names)
    inputs = inputs_of("ai4i2020", features, {})
    make = feature_maker(features, inputs)
    codes = np.array(["LMH".index(each) for each in table.column("Type").to_pylist()], dtype=np.float64)
    values: list[Any] = [
        codes if each.name == "Type" else np.asarray(table.column(each.name).to_numpy(), dtype=np.float64)
        for each in inputs
    ]
    expected = prepared.matrix
    np.testing.assert_array_equal(np.column_stack(make(values)).view(np.int64), expected.view(np.int64))
    by_row = np.array([make(row) for row in zip(*(each.tolist() for each in values), strict=True)])
    np.testing.assert_array_equal(by_row.view(np.int64), expected.view(np.int64))


def test_on_all_records(test_data: Path) -> None:
    check(read_csv(test_data / "maintenance" / "ai4i2020.csv").rows)


def test_on_random_floats() -> None:
    """Made up: of every order of magnitude, where another order of multiplication differs in the last bit."""
    rng = np.random.default_rng(0)
    readings = {name: rng.uniform(1, 2, 20_000) * 10.0 ** rng.integers(-9, 10, 20_000) for name in NAMES}
    speed, torque = readings["Rotational speed [rpm]"], readings["Torque [Nm]"]
    other = torque * (2 * np.pi / 60) * speed
    assert (other != torque * (speed * 2 * np.pi / 60)).mean() > 0.2
    kinds = [("L", "M", "H")[i] for i in rng.integers(0, 3, 20_000)]
    label = rng.integers(0, 2, 20_000)
    check(Table.from_dict({"Type": kinds, **readings, "Machine failure": label}))

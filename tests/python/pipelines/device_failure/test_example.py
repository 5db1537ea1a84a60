"""The row that a model's file carries: whoever loads the model asks it, and another answer is found."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from assay import StateError
from assay.data import Table, read_csv
from assay.models import load_model
from assay.pipelines.device_failure import Prepared, Trained, prepare, registry, train
from assay.pipelines.device_failure.card import card_of
from assay.pipelines.device_risk import DeviceRisk

FILE = "device_failure.assay-model"
DAYS = ("error_rate", "qc_z_trend", "load")


@pytest.fixture(scope="module")
def machines(test_data: Path) -> Trained:
    rows = read_csv(test_data / "maintenance" / "ai4i2020.csv").rows
    return train(prepare(rows), with_peers=False, trees=10, folds=2, inner=2)


def days(missing: float) -> Prepared:
    """Made-up device days of 8 devices."""
    rng = np.random.default_rng(5)
    label = (rng.random(160) < 0.3).astype(np.int64)
    columns = {name: rng.random(160) + 0.3 * label for name in DAYS}
    for name in DAYS:
        columns[name][rng.random(160) < missing] = np.nan
    if missing:
        columns["load"][: len(label)] = np.where(np.isnan(columns["error_rate"]), columns["load"], np.nan)
    device = np.repeat([f"D{i}" for i in range(8)], 20)
    return Prepared(Table.from_dict(columns), label, device, "device_days", horizon=4)


def test_the_example_is_a_training_row_and_its_answer(
    machines: Trained, test_data: Path, tmp_path: Path
) -> None:
    registry.keep(machines, tmp_path)
    risk = DeviceRisk.load(tmp_path / FILE)
    risk.check()
    example = risk.info.example
    assert example is not None and set(example["inputs"]) == set(risk.input_names)
    assert risk.example() == example["inputs"]
    assert not {"UDI", "Product ID"} & set(example["inputs"])
    records = read_csv(test_data / "maintenance" / "ai4i2020.csv").rows
    assert example["inputs"] in records.select(list(example["inputs"])).to_pylist()
    found = risk.assess({name: [value] for name, value in example["inputs"].items()})["probability"].to_pylist()
    assert found == [pytest.approx(example["probability"], abs=1e-12)]
    assert 0.2 < example["probability"] < 0.5  # it tells models and classes apart


def test_another_model_behind_the_same_header_is_found(machines: Trained, tmp_path: Path) -> None:
    registry.keep(machines, tmp_path)
    estimator = load_model(tmp_path / FILE)
    other = train(machines.prepared, with_peers=False, trees=3, folds=2, inner=2, seed=9).estimator
    DeviceRisk(estimator, estimator.metadata).check()
    with pytest.raises(StateError, match="answers its example otherwise"):
        DeviceRisk(other, estimator.metadata).check()
    turned = dict(estimator.metadata) | {"positive": "works"}
    with pytest.raises(StateError, match="answers its example otherwise"):
        DeviceRisk(estimator, turned).check()


@pytest.mark.parametrize("missing", [0.0, 0.4])
def test_device_days_with_and_without_gaps(missing: float, tmp_path: Path) -> None:
    trained = train(days(missing), with_peers=False, trees=10, folds=2, inner=2)
    assert np.isnan(trained.prepared.matrix).any(axis=1).all() == bool(missing)
    registry.keep(trained, tmp_path)
    risk = DeviceRisk.load(tmp_path / FILE)
    risk.check()
    assert risk.info.example is not None
    assert np.isfinite(list(risk.example().values())).all()


def test_a_row_beyond_the_limits_of_requests_is_no_example(tmp_path: Path) -> None:
    """Its answer would be none, and the model could not be served at all."""
    given = days(0.0)
    beyond = {name: given.features.column(name).to_numpy().copy() for name in DAYS}
    limit = next(each for each in DeviceRisk(_Half(), _HEADER).inputs if each.name == "error_rate").minimum
    assert limit == 0
    beyond["error_rate"][np.flatnonzero(given.label)] = -1.0
    changed = dataclasses.replace(given, features=Table.from_dict(beyond))
    registry.keep(train(changed, with_peers=False, trees=10, folds=2, inner=2), tmp_path)
    risk = DeviceRisk.load(tmp_path / FILE)
    risk.check()
    assert risk.example()["error_rate"] >= 0


class _Half:
    def predict_proba(self, rows: object) -> np.ndarray:
        return np.full((len(np.asarray(rows)), 2), 0.5)


_HEADER = {"feature_names": DAYS, "classes": ["0", "1"], "threshold": 0.5, "preparation": "device_days"}


def test_the_horizon_is_kept_with_the_model(tmp_path: Path) -> None:
    trained = train(days(0.0), with_peers=False, trees=10, folds=2, inner=2)
    registry.keep(trained, tmp_path)
    assert load_model(tmp_path / FILE).metadata["horizon_days"] == 4
    assert trained.to_dict()["horizon_days"] == 4
    rows, counted = len(trained.prepared.label), trained.metadata()["trained_on"]
    assert counted == {"rows": rows}
    fewer = dataclasses.replace(trained, prepared=dataclasses.replace(trained.prepared, dropped_rows=21))
    assert fewer.metadata()["trained_on"] == {"rows": rows, "rows_without_answer": 21}
    assert "goes down within 4 days after the day" in card_of(trained).purpose


def test_machines_have_no_horizon(machines: Trained) -> None:
    assert machines.to_dict()["horizon_days"] is None
    assert "horizon_days" not in machines.metadata()

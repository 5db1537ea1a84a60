"""A search for parameters: inside the folds, of whole groups, and its own score is never reported. Data are made up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from assay.cli import main_group
from assay.data import Table, read_csv, write_csv
from assay.models.estimators import Classifier
from assay.models.forest import RandomForestClassifier
from assay.models.selection import RandomizedSearch, StratifiedGroupKFold, cross_validate
from assay.pipelines.device_failure import Prepared, train
from assay.pipelines.device_failure.card import card_of
from assay.pipelines.device_failure.judging import judge, outer_folds, settle


def days(devices: int = 12, rows: int = 40) -> tuple[Any, Any, Any]:
    """Rows [device, reading], labels and devices."""
    rng = np.random.default_rng(4)
    device = np.repeat(np.arange(devices), rows)
    label = (rng.random(len(device)) < 0.25).astype(np.int64)
    return np.column_stack([device, rng.normal(0, 1, len(device)) + 1.2 * label]), label, device


class OnlyNewDevices(Classifier):
    """Refuses to be asked about a device that it was fitted on."""

    def __init__(self, power: float = 1.0) -> None:
        self.power = power

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> OnlyNewDevices:
        self.seen_ = set(self._training(X, y, sample_weight).rows[:, 0])
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        rows = self._rows(X)
        assert not self.seen_ & set(rows[:, 0]), "a device stands on both sides"
        p = 1 / (1 + np.exp(-self.power * rows[:, 1]))
        return np.column_stack([1 - p, p])


class Noise(Classifier):
    """Says what its seed says: nothing."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Noise:
        self._training(X, y, sample_weight)
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        wave = np.abs(np.sin((self._rows(X)[:, 1] + 10) * 1e3 * (self.seed + 1)))
        return np.column_stack([1 - wave, wave])


def search_of(model: Any, space: dict[str, Any], draws: int) -> RandomizedSearch:
    cv = StratifiedGroupKFold(3, shuffle=True, random_state=1)
    return RandomizedSearch(model, space, n_iter=draws, scoring="average_precision", cv=cv)


def test_folds_are_of_whole_devices_at_every_depth() -> None:
    rows, label, device = days()
    fold = outer_folds(label, device, folds=3, seed=0)
    search = search_of(OnlyNewDevices(), {"power": [0.5, 1.0, -1.0]}, 3)
    found = judge("new", search, rows, label, fold, groups=device, inner=2)
    assert len(found.params) == 3 and all(each["power"] > 0 for each in found.params)
    by_hand = cross_validate(
        search, rows, label, groups=device, cv=StratifiedGroupKFold(3), fit_params={"groups": device}
    )
    assert len(by_hand["test_score"]) == 3
    with pytest.raises(AssertionError, match="on both sides"):
        judge(
            "rows", search_of(OnlyNewDevices(), {"power": [1.0]}, 1), rows, label, fold % 2, groups=rows[:, 1]
        )


def test_the_winner_among_many_is_not_what_is_reported() -> None:
    rows, label, device = days(devices=9, rows=30)
    search = search_of(Noise(), {"seed": list(range(60))}, 60)
    inner = search.fit(rows, label, device).best_score_
    found = judge("noise", search, rows, label, outer_folds(label, device, folds=3, seed=0), groups=device)
    precision = found.metrics["average_precision"]
    assert inner > label.mean() + 0.08  # the best of sixty who know nothing
    assert abs(precision.value - label.mean()) < 0.06 and precision.value < inner - 0.04
    assert "best_score" not in json.dumps(found.to_dict())


def test_the_parameters_are_those_of_the_training_rows() -> None:
    rows, label, device = days()
    search = search_of(OnlyNewDevices(), {"power": [0.1, 1.0, -2.0]}, 3)
    model, params = settle(search, rows, label, device)
    assert params == search.fit(rows, label, device).best_params_ and model.power == params["power"]
    same, none = settle(Noise(3), rows, label, device)
    assert same.seed == 3 and none is None


def test_the_forest_is_searched_with_groups() -> None:
    rows, label, device = days()
    features = Table.from_dict(
        {"reading": rows[:, 1], "noise": np.random.default_rng(1).normal(size=len(rows))}
    )
    prepared = Prepared(features, label, np.array([f"D{i}" for i in device]), "device_days")
    options: dict[str, Any] = {"folds": 3, "inner": 2, "trees": 4, "with_peers": False}
    said: list[tuple[str, int, int]] = []
    found = train(prepared, search=3, progress=lambda *it: said.append(it), **options)
    assert isinstance(found.estimator, RandomForestClassifier) and found.searched == 3
    assert len(found.judgement.params) == 3 and set(found.judgement.params[0]) == {
        "max_features",
        "min_samples_leaf",
        "class_weight",
    }
    assert found.params["min_samples_leaf"] == found.estimator.min_samples_leaf
    assert ("random forest, fold 2, draw", 3, 3) in said and ("random forest, all rows, draw", 1, 3) in said
    assert ("random forest, fold", 3, 3) in said
    assert "searched (3 draws) inside each fold" in card_of(found).judged
    assert found.to_dict() == train(prepared, search=3, **options).to_dict()
    everything = train(prepared, search=50, space={"min_samples_leaf": [1, 5]}, **options)
    assert everything.searched == 2


def test_a_fold_without_positives_is_left_out_for_all_draws() -> None:
    rows, label, _ = days(devices=4, rows=30)
    place = np.arange(len(label))
    few = np.where(place < 90, label, 0)
    cv = [
        (
            place[place % 4 != i] if i < 3 else place[place < 90],
            place[place >= 90] if i == 3 else place[place % 4 == i],
        )
        for i in range(4)
    ]
    search = RandomizedSearch(Noise(), {"seed": [1, 2, 3]}, n_iter=3, scoring="average_precision", cv=cv).fit(
        rows, few
    )
    scores = [
        cross_validate(Noise(seed), rows, few, scoring="average_precision", cv=cv)["test_score"]
        for seed in (1, 2, 3)
    ]
    means = [np.nanmean(each) for each in scores]
    assert np.isnan(scores[0][3]) and search.best_score_ == pytest.approx(max(means))


def test_from_the_command(test_data: Path, tmp_path: Path) -> None:
    records = read_csv(test_data / "maintenance" / "ai4i2020.csv").rows
    some = np.flatnonzero((records.column("Machine failure").to_numpy() == 1) | (np.arange(10_000) % 8 == 0))
    write_csv(records.take(some), tmp_path / "some.csv")
    command = ["lims", "train", str(tmp_path / "some.csv"), "--out", str(tmp_path / "out"), "--search", "2"]
    few = ["--trees", "5", "--folds", "2", "--no-peers"]
    done = CliRunner().invoke(main_group, [*command, *few], env={"MLFLOW_TRACKING_URI": None})
    assert done.exit_code == 0, (done.output, done.exception)
    assert "random forest, fold 1, draw 2 of 2" in done.stderr
    assert "random forest, fold 2 of 2" in done.stderr
    evaluation = json.loads((tmp_path / "out" / "evaluation.json").read_text(encoding="utf-8"))
    assert evaluation["searched"] == 2 and len(evaluation["judgement"]["params"]) == 2

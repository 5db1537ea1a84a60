"""Training and judging: nothing that is chosen has seen the rows that judge it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from sklearn import metrics
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression as Theirs
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from assay.cli import main_group
from assay.data import Table, read_csv, write_csv
from assay.errors import ValueError as AssayValueError
from assay.models.estimators import Classifier
from assay.models.linear import LogisticRegression
from assay.pipelines.device_failure import Prepared, Trained, read_source, registry, train
from assay.pipelines.device_failure.card import card_of
from assay.pipelines.device_failure.judging import Metric, judge, outer_folds
from assay.pipelines.device_failure.registry import MODEL_FILE, Gate, decide, keep
from assay.pipelines.device_failure.training import Majority


@pytest.fixture(scope="module")
def prepared(test_data: Path) -> Prepared:
    return read_source(test_data / "maintenance" / "ai4i2020.csv")


@pytest.fixture(scope="module")
def trained(prepared: Prepared) -> Trained:
    return train(prepared, model=LogisticRegression(standardise=True), with_peers=False, seed=3)


class Remembers(Classifier):
    """Knows the rows it was fitted on by heart, and says one half of all others: what leaks is perfect."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Remembers:
        data = self._training(X, y, sample_weight)
        self.known_ = {
            row.tobytes(): float(self.classes_[code]) for row, code in zip(data.rows, data.y, strict=True)
        }
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        p = np.array([self.known_.get(row.tobytes(), 0.5) for row in self._rows(X)])
        return np.column_stack([1 - p, p])


def test_who_knows_the_training_rows_by_heart_knows_nothing_here() -> None:
    rng = np.random.default_rng(0)
    rows, label = rng.normal(size=(300, 3)), (rng.random(300) < 0.2).astype(np.int64)
    found = judge("by heart", Remembers(), rows, label, outer_folds(label, None, folds=5, seed=0))
    assert found.metrics["roc_auc"].value == 0.5
    assert found.metrics["average_precision"].value == pytest.approx(label.mean())
    assert (found.scores == 0.5).all()


def test_figures_are_those_of_the_scores(trained: Trained) -> None:
    label, found = trained.prepared.label, trained.judgement
    expected = {
        "accuracy": metrics.accuracy_score(label, found.predicted),
        "roc_auc": metrics.roc_auc_score(label, found.scores),
        "average_precision": metrics.average_precision_score(label, found.scores),
        "f1_binary": metrics.f1_score(label, found.predicted),
        "f1_macro": metrics.f1_score(label, found.predicted, average="macro"),
        "f1_weighted": metrics.f1_score(label, found.predicted, average="weighted"),
        "precision": metrics.precision_score(label, found.predicted),
        "recall": metrics.recall_score(label, found.predicted),
        "brier_score": metrics.brier_score_loss(label, found.scores),
    }
    for name, value in expected.items():
        metric = found.metrics[name]
        assert metric.value == pytest.approx(value), name
        assert len(metric.folds) == 5
        if name != "brier_score":
            assert metric.low is not None and metric.low < value < metric.high
    np.testing.assert_array_equal(found.confusion, metrics.confusion_matrix(label, found.predicted))
    for i in range(5):
        rows = found.fold == i
        np.testing.assert_array_equal(found.predicted[rows], found.scores[rows] >= found.thresholds[i])
    assert sum(each["rows"] for each in found.reliability) == len(label)


def device_days(devices: int = 12, days: int = 60, missing: float = 0.0) -> Prepared:
    """Made-up days whose reading and label move with the device, and a reading that says something."""
    rng = np.random.default_rng(8)
    device = np.repeat([f"D{i:02d}" for i in range(devices)], days)
    level = np.repeat(rng.normal(0, 1.2, devices), days)
    label = (rng.random(len(device)) < 1 / (1 + np.exp(2 - level))).astype(np.int64)
    readings = {
        "wear": rng.normal(0, 1, len(device)) + 1.5 * label,
        "level": level + rng.normal(0, 1, len(device)),
    }
    for values in readings.values():
        values[rng.random(len(device)) < missing] = np.nan
    return Prepared(Table.from_dict(readings), label, device, "device_days")


def test_intervals_of_device_days_are_by_device() -> None:
    prepared = device_days()
    rows, label, groups = prepared.matrix, prepared.label, prepared.groups
    fold = outer_folds(label, groups, folds=4, seed=0)
    options: dict[str, Any] = {"inner": 3, "threshold": 0.4}
    whole = judge("by device", LogisticRegression(), rows, label, fold, groups=groups, **options)
    alone = judge("by row", LogisticRegression(), rows, label, fold, **options)
    each = judge(
        "row groups", LogisticRegression(), rows, label, fold, groups=np.arange(len(label)), **options
    )
    assert (whole.groups, alone.groups) == (12, None)
    assert whole.to_dict()["intervals"] == {"by": "device", "devices": 12}
    for name, metric in whole.metrics.items():
        other, same = alone.metrics[name], each.metrics[name]
        assert metric.value == pytest.approx(other.value), name
        if name == "brier_score":
            continue
        assert metric.low < metric.value < metric.high
        if name in ("accuracy", "average_precision", "f1_weighted", "precision"):
            assert metric.high - metric.low > 1.25 * (other.high - other.low), name
        if name.startswith("f1") or name == "average_precision":  # the same method where groups are rows
            assert (same.low, same.high) == (other.low, other.high)
    np.testing.assert_array_equal(whole.scores, alone.scores)
    for bins in (whole.reliability, alone.reliability):
        assert sum(it["rows"] for it in bins) == len(label)
    known = [it for it in whole.reliability if it["rows"] > 20]
    assert all(it["interval"][0] <= it["observed"] <= it["interval"][1] for it in known)


def test_the_logistic_baseline_stands_beside_where_values_are_missing() -> None:
    prepared = device_days(missing=0.15)
    options: dict[str, Any] = {"folds": 3, "inner": 2, "trees": 5, "with_peers": False}
    found = train(prepared, **options)
    assert list(found.others) == ["majority", "logistic regression", "random forest"] and not found.skipped
    assert "medians of its training rows" in card_of(found).judged
    theirs = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True),
        StandardScaler(),
        Theirs(tol=1e-10, max_iter=10_000, solver="newton-cholesky"),
    )
    logistic, rows = found.others["logistic regression"], prepared.matrix
    for i in range(3):
        train_rows, test = logistic.fold != i, logistic.fold == i
        expected = theirs.fit(rows[train_rows], prepared.label[train_rows]).predict_proba(rows[test])[:, 1]
        np.testing.assert_allclose(logistic.scores[test], expected, atol=1e-6)


def test_a_trained_regression_is_served_with_its_imputation(tmp_path: Path) -> None:
    prepared = device_days(missing=0.15)
    named = Table.from_dict(dict(zip(("load", "temperature"), prepared.matrix.T, strict=True)))
    prepared = dataclasses.replace(prepared, features=named)
    model = LogisticRegression(standardise=True, impute=True)
    found = train(prepared, model=model, folds=3, inner=2, with_peers=False)
    keep(found, tmp_path)
    rows = Table.from_dict({"load": [None, 1.0, 2.0], "temperature": [0.5, None, 20.0]})
    write_csv(rows, tmp_path / "rows.csv")
    command = [
        "models",
        "predict",
        str(tmp_path / MODEL_FILE),
        str(tmp_path / "rows.csv"),
        "--out",
        str(tmp_path / "out.csv"),
    ]
    done = CliRunner().invoke(main_group, command)
    assert done.exit_code == 0, (done.output, done.exception)
    expected = found.estimator.predict_proba(rows)[:, found.estimator.classes_.tolist().index("fails")]
    np.testing.assert_allclose(
        read_csv(tmp_path / "out.csv").rows.column("probability").to_numpy(), expected, atol=1e-9
    )


def test_a_perfect_bootstrap_gives_no_interval() -> None:
    label = np.tile([0, 1], 60)
    fold = outer_folds(label, None, folds=3, seed=0)
    rows = label[:, None] + np.random.default_rng(0).normal(0, 0.01, (120, 1))
    found = judge("perfect", LogisticRegression(), rows, label, fold, threshold=0.5).metrics
    assert found["f1_binary"] == Metric(1.0, None, None, (1.0, 1.0, 1.0))
    assert found["accuracy"].low < 0.98 and found["accuracy"].high == 1


def test_card_and_table_say_by_device() -> None:
    found = train(device_days(), model=LogisticRegression(), folds=3, inner=2, with_peers=False)
    assert "intervals are by device, of which there are 12" in card_of(found).judged
    assert found.to_dict()["judgement"]["intervals"]["devices"] == 12


def test_a_score_that_is_constant_in_each_fold_ranks_nothing() -> None:
    """Folds of unequal shares of failures: pooled, the majority's shares rank the folds, and each the wrong way."""
    prepared = few_fail(5)
    fold = outer_folds(prepared.label, prepared.groups, folds=4, seed=0)
    rows, label = prepared.matrix, prepared.label
    found = judge("majority", Majority(), rows, label, fold, groups=prepared.groups, threshold=0.5)
    assert len(set(found.scores)) > 1 and metrics.roc_auc_score(label, found.scores) < 0.45
    assert found.metrics["roc_auc"].value == 0.5
    assert found.metrics["average_precision"].value == pytest.approx(label.mean())
    assert found.metrics["brier_score"].value == pytest.approx(metrics.brier_score_loss(label, found.scores))


def test_device_days_are_judged_on_outages_and_devices() -> None:
    gate = Gate(metric="roc_auc", minimum=0, margin=-1)
    evaluation = train(few_fail(4), with_peers=False, trees=10).to_dict() | {"data": {"version": "1"}}
    assert (evaluation["failures"], evaluation["outages"], evaluation["failing_devices"]) == (24, None, 4)
    many = evaluation | {"failures": 5_000}
    for outages, devices, said in (
        (None, 4, "judged on 4 outages of 4 devices, at least 50 of 5 asked"),
        (49, 5, "judged on 49 outages of 5 devices"),
        (50, 4, "judged on 50 outages of 4 devices"),
    ):
        refused = decide(many | {"outages": outages, "failing_devices": devices}, gate)
        assert not refused.passed and refused.reasons[0].startswith(said)
    assert decide(many | {"outages": 50, "failing_devices": 5}, gate).passed


def few_fail(devices: int) -> Prepared:
    """Made-up days of 8 devices, of which so many fail."""
    rng = np.random.default_rng(0)
    device = np.repeat([f"D{i}" for i in range(8)], 20)
    label = np.zeros(160, dtype=np.int64)
    for i in range(devices):
        label[20 * i : 20 * i + 6] = 1
    readings = {"wear": rng.normal(size=160) + label, "level": rng.normal(size=160)}
    return Prepared(Table.from_dict(readings), label, device, "device_days")


def test_folds_in_which_nothing_fails(tmp_path: Path) -> None:
    """Of 5 folds 2 judge no failure: importances are those of the other 3, and all that is left is JSON."""
    found = train(few_fail(3), with_peers=False, trees=10)
    label, fold = found.prepared.label, found.judgement.fold
    assert sum(label[fold == i].any() for i in range(5)) == 3
    assert set(found.judgement.importances) == {"wear", "level"}
    assert np.isfinite(list(found.judgement.importances.values())).all()
    assert found.judgement.importances["wear"][0] > 0
    registry.keep(found, tmp_path)
    assert not [each for each in tmp_path.iterdir() if "draft" in each.name]
    for name in ("evaluation.json", "model_card.json"):
        json.loads((tmp_path / name).read_text(encoding="utf-8"), parse_constant=pytest.fail)


def test_what_cannot_be_written_leaves_the_folder_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def left() -> dict[str, bytes]:
        return {each.name: each.read_bytes() for each in tmp_path.iterdir()}

    registry.keep(train(few_fail(4), with_peers=False, trees=10), tmp_path)
    (tmp_path / "registered.json").write_text("{}", encoding="utf-8")
    before = left()

    def fails(_: Trained) -> Any:
        raise RuntimeError("no card")

    monkeypatch.setattr(registry, "card_of", fails)
    with pytest.raises(RuntimeError, match="no card"):
        registry.keep(train(few_fail(3), with_peers=False, trees=10), tmp_path)
    assert left() == before


@pytest.mark.parametrize("devices", [1, 2])
def test_failures_of_too_few_devices_are_refused_in_one_sentence(devices: int) -> None:
    with pytest.raises(AssayValueError, match=rf"of at least 3 devices, got {6 * devices} failing rows of {devices};"):
        train(few_fail(devices), with_peers=False, trees=10)


def test_baselines_stand_beside_and_say_what_accuracy_hides(trained: Trained) -> None:
    majority = trained.others["majority"].metrics
    assert majority["accuracy"].value == pytest.approx(1 - 339 / 10_000)
    assert majority["f1_binary"].value == pytest.approx(0) and majority["roc_auc"].value == pytest.approx(
        0.5, abs=0.02
    )
    assert majority["f1_weighted"].value > 0.94
    assert list(trained.others) == ["majority", "logistic regression"]


def fewer(prepared: Prepared) -> Prepared:
    """All failures and every eighth of the other rows."""
    some = np.flatnonzero((prepared.label == 1) | (np.arange(len(prepared.label)) % 8 == 0))
    return dataclasses.replace(prepared, features=prepared.features.take(some), label=prepared.label[some])


def test_training_is_the_same_again(prepared: Prepared) -> None:
    def of(seed: int) -> Trained:
        model = LogisticRegression(standardise=True)
        return train(fewer(prepared), model=model, folds=3, inner=2, with_peers=False, seed=seed)

    assert of(3).to_dict() == of(3).to_dict()
    assert of(4).judgement.thresholds != of(3).judgement.thresholds


def test_a_search_is_part_of_what_is_judged(prepared: Prepared) -> None:
    found = train(
        fewer(prepared),
        model=LogisticRegression(standardise=True),
        search=2,
        space={"C": [1e-6, 1.0]},
        folds=3,
        inner=2,
        with_peers=False,
    )
    assert found.searched == 2 and found.params["C"] == 1.0 and found.estimator.C == 1.0
    assert "searched (2 draws) inside each fold" in card_of(found).judged


def test_header_and_card(trained: Trained) -> None:
    header = trained.metadata()
    assert header["preparation"] == "ai4i2020" and header["positive"] == "fails"
    assert trained.estimator.classes_.tolist() == ["fails", "works"]
    assert header["input_ranges"]["Tool wear [min]"] == [0.0, 253.0] and header["missing_values"] == []
    assert header["trained_on"]["rows"] == 10_000 and "rows_without_answer" not in header["trained_on"]
    judged = trained.judgement.metrics
    assert header["metric_intervals"]["recall"] == [judged["recall"].low, judged["recall"].high]
    assert set(header["metrics"]) - set(header["metric_intervals"]) == {"brier_score"}
    card = card_of(trained)
    assert [each.name for each in card.figures][:2] == ["F1, failures only", "Average precision (PR AUC)"]
    assert card.data["positives"] == 339 and card.data["version"] == trained.prepared.version.version
    assert set(card.importances) == set(trained.prepared.features.column_names)
    assert "TWF" in card.left_out and card.must_not


def test_the_gate_says_why(trained: Trained) -> None:
    evaluation = trained.to_dict()
    weak = decide(evaluation, Gate())
    assert not weak.passed and "f1_binary" in weak.sentence() and weak.sentence().startswith("refused: ")
    figure = evaluation["judgement"]["metrics"]["roc_auc"]
    good = decide(evaluation, Gate(metric="roc_auc", minimum=0.8, margin=-0.1))
    assert good.passed and f"roc_auc {figure['value']:.3f}" in good.sentence()
    # The value reaches it, the lower end of the interval does not.
    edge = decide(
        evaluation, Gate(metric="roc_auc", minimum=(figure["low"] + figure["value"]) / 2, margin=-0.1)
    )
    assert not edge.passed
    assert not decide(evaluation, Gate(metric="f1_weighted", minimum=0.9, margin=0.05)).passed
    assert not decide(evaluation | {"failures": 10}, Gate(metric="roc_auc", minimum=0, margin=-1)).passed
    assert not decide(evaluation | {"data": None}, Gate(metric="roc_auc", minimum=0, margin=-1)).passed
    assert not decide(evaluation | {"others": {}}, Gate(metric="roc_auc", minimum=0, margin=-1)).passed
    for wrong in ("f1", "brier_score"):
        with pytest.raises(AssayValueError, match="expected one of accuracy"):
            decide(evaluation, Gate(metric=wrong))


@pytest.mark.parametrize("devices", [3, 4])
def test_fewer_devices_than_folds_are_refused_in_one_sentence(devices: int) -> None:
    prepared = few_fail(3)
    kept = np.unique(prepared.groups)[:devices]
    rows = np.flatnonzero(np.isin(prepared.groups, kept))
    assert prepared.groups is not None
    label = (np.arange(len(rows)) % 4 == 0).astype(np.int64)
    few = Prepared(prepared.features.take(rows), label, prepared.groups[rows], "device_days")
    with pytest.raises(ValueError, match=f"^train: expected at least 5 devices, one .* got {devices}; take"):
        train(few, with_peers=False, trees=10)


def test_too_few_failures(prepared: Prepared) -> None:
    few = dataclasses.replace(prepared, label=np.where(np.arange(10_000) < 3, 1, 0))
    with pytest.raises(AssayValueError, match="at least 5 rows of each class, got 3 failures"):
        train(few, model=Majority())


@pytest.mark.slow
def test_the_forest_reaches_what_is_promised(prepared: Prepared) -> None:
    found = train(prepared, trees=100, with_peers=False)
    figures = found.judgement.metrics
    assert (
        figures["accuracy"].low > 0.85 and figures["roc_auc"].low > 0.90 and figures["f1_binary"].low > 0.80
    )
    assert figures["f1_binary"].value > found.others["logistic regression"].metrics["f1_binary"].value + 0.3
    assert decide(found.to_dict(), Gate(minimum=0.8)).passed

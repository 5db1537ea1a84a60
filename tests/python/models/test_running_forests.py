"""Forests that run: taken over from scikit-learn, saved, loaded, explained."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import assay
from assay.models import load_model
from assay.models.estimators import NotFittedError
from assay.models.forest import RandomForestClassifier, RandomForestRegressor, from_sklearn
from assay.models.model_file import read_header

GOLDEN = Path(__file__).parents[2] / "golden"
DATA = Path(__file__).parents[4] / "shared" / "data" / "maintenance" / "ai4i2020.csv"


@pytest.fixture(scope="module")
def maintenance() -> tuple[Any, Any]:
    if not DATA.exists():
        pytest.skip("../shared/data/maintenance is not there")
    rows = np.genfromtxt(DATA, delimiter=",", skip_header=1, usecols=(3, 4, 5, 6, 7, 8))
    return rows[:, :5].astype(np.float32), rows[:, 5].astype(int)


def with_gaps(X: Any) -> Any:
    X = X.copy()
    X[np.random.default_rng(0).random(X.shape) < 0.1] = np.nan
    return X


@pytest.mark.parametrize(
    "name",
    [
        "RandomForestClassifier",
        "ExtraTreesClassifier",
        "RandomForestRegressor",
        "ExtraTreesRegressor",
        "DecisionTreeClassifier",
        "DecisionTreeRegressor",
    ],
)
@pytest.mark.parametrize("gaps", [False, True])
def test_taken_over_forests_predict_the_same_bits(maintenance: tuple[Any, Any], name: str, gaps: bool) -> None:
    ensemble = pytest.importorskip("sklearn.ensemble")
    tree = pytest.importorskip("sklearn.tree")
    X, y = maintenance
    X = with_gaps(X) if gaps else X
    options = {} if name.startswith("Decision") else {"n_estimators": 15, "n_jobs": 1}
    theirs = getattr(tree if name.startswith("Decision") else ensemble, name)(random_state=0, **options)
    theirs.fit(X[::2], y[::2])
    ours = from_sklearn(theirs)
    asked = with_gaps(X)  # also where training had no gaps
    if name.endswith("Classifier"):
        expected = theirs.predict_proba(asked)
        assert ours.predict_proba(asked).tobytes() == expected.tobytes()
        assert (ours.predict(asked) == theirs.predict(asked)).all()
        assert ours.predict_row(asked[7].tolist()) == expected[7].tolist()
        assert ours.predict_proba(asked[3:4].tolist()).tobytes() == expected[3:4].tobytes()
        assert ours.predict_proba(asked[3:4].astype(np.float64)).tobytes() == expected[3:4].tobytes()
    else:
        expected = theirs.predict(asked)
        assert ours.predict(asked).tobytes() == expected.tobytes()
        assert ours.predict_row(asked[7]) == [expected[7]]


def test_names_classes_and_what_cannot_be_taken_over() -> None:
    ensemble = pytest.importorskip("sklearn.ensemble")
    pandas = pytest.importorskip("pandas")
    rng = np.random.default_rng(1)
    frame = pandas.DataFrame(rng.normal(size=(60, 3)), columns=["a", "b", "c"])
    labels = np.where(frame["a"] > 0, "yes", "no")
    theirs = ensemble.RandomForestClassifier(5, random_state=0).fit(frame, labels)
    ours = from_sklearn(theirs)
    assert ours.feature_names_in_.tolist() == ["a", "b", "c"]
    assert (ours.predict(frame) == theirs.predict(frame)).all()
    with pytest.warns(UserWarning, match="another order"):
        assert (ours.predict(frame[["c", "a", "b"]]) == theirs.predict(frame)).all()
    with pytest.raises(assay.SchemaError, match="'b'"):
        ours.predict(frame.rename(columns={"b": "x"}))
    two = ensemble.RandomForestRegressor(2).fit(frame, np.c_[frame["a"], frame["b"]])
    with pytest.raises(assay.ValueError, match="one output"):
        from_sklearn(two)
    with pytest.raises(TypeError, match="GradientBoosting"):
        from_sklearn(ensemble.GradientBoostingClassifier())
    with pytest.raises(assay.ValueError, match="fit"):
        from_sklearn(ensemble.RandomForestClassifier())


def made_up(rows: int = 400) -> tuple[Any, Any]:
    rng = np.random.default_rng(5)
    X = rng.normal(size=(rows, 6))
    return X, (X[:, 0] + X[:, 1] * X[:, 2] > 0.3).astype(int)


def test_a_forest_comes_back_from_its_file(tmp_path: Path) -> None:
    X, y = made_up()
    forest = RandomForestClassifier(20, random_state=1, oob_score=True).fit(X, np.array(["low", "high"])[y])
    path = tmp_path / "m.assay-model"
    forest.save(path, threshold=0.4, trained_on={"rows": 400})
    back = load_model(path)
    assert type(back) is RandomForestClassifier
    assert back.get_params() == forest.get_params()
    assert back.classes_.tolist() == ["high", "low"]
    assert back.predict_proba(X).tobytes() == forest.predict_proba(X).tobytes()
    assert (back.predict(X) == forest.predict(X)).all()
    assert (back.feature_importances_ == forest.feature_importances_).all()
    assert back.n_trees_ == 20
    assert len(back.trees_) == 20
    header = read_header(path)
    assert header == back.metadata
    assert header["threshold"] == 0.4
    assert header["library_version"] == assay.__version__
    assert {"kind", "feature_names", "classes", "preparation", "trained_on", "metrics"} <= set(header)
    back.save(tmp_path / "again", metrics={"auc": 0.9})
    assert read_header(tmp_path / "again") == header | {"metrics": {"auc": 0.9}}
    for copied in (pickle.loads(pickle.dumps(back)), copy.deepcopy(forest), pickle.loads(pickle.dumps(forest))):
        assert copied.predict_proba(X).tobytes() == forest.predict_proba(X).tobytes()
    back.fit(X[:100], y[:100])
    assert back.classes_.tolist() == [0, 1]
    assert not hasattr(back, "metadata")


def test_a_regression_comes_back_from_its_file(tmp_path: Path) -> None:
    X, _ = made_up()
    forest = RandomForestRegressor(10, random_state=1).fit(X, X[:, 0] ** 2)
    forest.save(tmp_path / "m")
    assert load_model(tmp_path / "m").predict(X).tobytes() == forest.predict(X).tobytes()


def test_files_that_are_not_whole_are_refused(tmp_path: Path) -> None:
    X, y = made_up()
    path = tmp_path / "m.assay-model"
    RandomForestClassifier(3, random_state=1).fit(X, y).save(path)
    whole = path.read_bytes()
    for what, bytes_, text in [
        ("cut", whole[:-5], "cut short"),
        ("empty", b"", "no bytes"),
        ("edited", whole[:300] + b"!" + whole[301:], "changed"),
        ("newer", whole[:8] + b"\x09" + whole[9:], "newer"),
        ("other", b"PK\x03\x04" + whole, "no Assay model"),
    ]:
        (tmp_path / what).write_bytes(bytes_)
        with pytest.raises(assay.IoError, match=text):
            load_model(tmp_path / what)
    with pytest.raises(assay.IoError):
        load_model(tmp_path / "missing")


def test_a_sound_file_of_an_unknown_kind_or_without_its_classes_is_refused(tmp_path: Path) -> None:
    from assay._core.models import load_model_file, save_model_file

    X, y = made_up()
    path = str(tmp_path / "m")
    RandomForestClassifier(3, random_state=1).fit(X, y).save(path)
    text, payload = load_model_file(path)
    changes: list[dict[str, Any]] = [
        {"kind": "quantum"},
        {"classes": [0, 1, 2]},
        {"classes": None},
        {"feature_names": ["a"]},
        {"features": 9},
    ]
    for change in changes:
        save_model_file(path, json.dumps(json.loads(text) | change), payload)
        with pytest.raises(assay.IoError):
            load_model(path)
    save_model_file(path, text, payload[:-1])
    with pytest.raises(assay.IoError, match="damaged"):
        load_model(path)


def test_metadata_that_json_does_not_have_is_refused(tmp_path: Path) -> None:
    X, y = made_up()
    forest = RandomForestClassifier(3, random_state=1).fit(X, y)
    for metadata in ({"metrics": {"auc": float("nan")}}, {"trained_on": object()}, {"kind": "mine"}):
        with pytest.raises(assay.ValueError, match="metadata"):
            forest.save(tmp_path / "m", **metadata)
    assert not (tmp_path / "m").exists()
    with pytest.raises(NotFittedError):
        RandomForestClassifier().save(tmp_path / "m")


def test_contributions_and_base_sum_to_the_prediction() -> None:
    X, y = made_up()
    forest = RandomForestClassifier(30, random_state=2).fit(X, y)
    X[::3, 1] = np.nan
    for row in X[:40]:
        parts = forest.contributions(row)
        assert parts.shape == (6, 2)
        total = forest.contribution_base + parts.sum(axis=0)
        np.testing.assert_allclose(total, forest.predict_row(row), atol=1e-12)
    assert np.abs(forest.contributions([3, 2, 2, 0, 0, 0])[:3, 1]).sum() > 0.2


def test_a_row_has_the_same_bits_alone_and_in_a_batch() -> None:
    X, y = made_up(1000)
    forest = RandomForestClassifier(30, random_state=2).fit(X, y)
    together = forest.predict_proba(X)
    assert all(forest.predict_proba(X[i : i + 1]).tobytes() == together[i].tobytes() for i in range(0, 1000, 37))
    assert np.concatenate([forest.predict_proba(X[:7]), forest.predict_proba(X[7:])]).tobytes() == together.tobytes()


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e300])
def test_infinity_is_refused_alone_and_in_a_batch(value: float) -> None:
    X, y = made_up()
    forest = RandomForestClassifier(3, random_state=2).fit(X, y)
    X[5, 2] = value
    for rows in (X, X[5:6], X[5:6].tolist()):
        with pytest.raises(ValueError, match="nfinit"):
            forest.predict_proba(rows)
    with pytest.raises(ValueError, match="nfinit"):
        forest.predict_row(X[5])
    with pytest.raises(assay.ShapeError):
        forest.predict_row(X[5][:4])
    with pytest.raises(assay.ShapeError):
        forest.predict_proba(X[:, :4])
    with pytest.raises(ValueError, match="str"):
        forest.predict_row(["1"] * 6)


def test_a_file_of_version_1_stays_readable_and_predicts_the_same() -> None:
    # Of made-up rows; the C++ example prints the same lines (tests/install/stranger.sh).
    model = load_model(GOLDEN / "forest_v1.assay-model")
    rows = np.genfromtxt(GOLDEN / "forest_v1_rows.csv", delimiter=",")
    assert described(model, rows) == (GOLDEN / "forest_v1_predicted.txt").read_text()


def described(model: Any, rows: Any) -> str:
    """Each row's class, probability and first feature, as examples/cpp/predict_failure.cpp prints them."""
    lines = []
    for row in rows:
        probabilities = model.predict_row(row)
        best = int(np.argmax(probabilities))
        most = int(np.argmax(model.contributions(row)[:, best]))
        lines.append(f"{model.classes_[best]} {probabilities[best]:.17g} by {model.feature_names_in_[most]}\n")
    return "".join(lines)

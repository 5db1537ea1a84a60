"""Random forests: scikit-learn's protocol and statistics, and what Python adds to the core."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import assay
from assay.models.forest import RandomForestClassifier, RandomForestRegressor

sklearn = pytest.importorskip("sklearn")
from sklearn import ensemble, metrics, model_selection  # noqa: E402
from sklearn.base import clone  # noqa: E402
from sklearn.utils.estimator_checks import check_estimator  # noqa: E402

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"


def made_up(rows: int, seed: int, missing: float = 0.0) -> tuple[Any, Any, Any]:
    """Made-up rows of six features, labels and values that depend on three of them."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 6))
    X[:, 5] = rng.integers(0, 3, rows)
    signal = X[:, 0] + X[:, 1] * X[:, 2] + 0.5 * X[:, 5]
    y = (signal + rng.normal(size=rows) > 0.5).astype(int)
    values = 20 + 5 * signal + rng.normal(size=rows)
    X[rng.random(X.shape) < missing] = np.nan
    return X, y, values


@pytest.mark.parametrize(
    "model",
    [RandomForestClassifier(n_estimators=5), RandomForestRegressor(n_estimators=5)],
    ids=lambda m: type(m).__name__,
)
@pytest.mark.filterwarnings("ignore:Estimator .* does not inherit from:UserWarning")
def test_passes_check_estimator(model: Any) -> None:
    # With bootstrap, a row of weight 2 and a row that stands twice are drawn alike but not by the same random numbers:
    # equal in distribution only. scikit-learn excepts its own forests for the same reason.
    reason = "rows are drawn by other random numbers; equal in distribution"
    excepted = {
        "check_sample_weight_equivalence_on_dense_data": reason,
        "check_sample_weight_equivalence_on_sparse_data": reason,
    }
    results = check_estimator(model, expected_failed_checks=excepted, on_skip=None, on_fail=None)
    failed = [it for it in results if it["status"] == "failed"]
    assert not failed, [(it["check_name"], str(it["exception"])[:200]) for it in failed]
    assert sum(it["status"] == "passed" for it in results) > 40


def test_without_bootstrap_passes_every_check_of_weights() -> None:
    model = RandomForestClassifier(n_estimators=3, bootstrap=False)
    results = check_estimator(model, on_skip=None, on_fail=None)
    assert not [it["check_name"] for it in results if it["status"] == "failed"]


@pytest.mark.parametrize("missing", [0.0, 0.15])
def test_level_with_scikit_learn_on_made_up_rows(missing: float) -> None:
    ours, theirs = [], []
    for seed in range(8):
        X, y, _ = made_up(1500, seed, missing)
        for found, made in ((ours, RandomForestClassifier), (theirs, ensemble.RandomForestClassifier)):
            model = made(n_estimators=40, random_state=seed).fit(X[:750], y[:750])
            found.append(metrics.roc_auc_score(y[750:], model.predict_proba(X[750:])[:, 1]))
    difference = np.subtract(ours, theirs)
    assert abs(difference.mean()) < 3 * difference.std(ddof=1) / np.sqrt(len(ours)) + 0.002
    assert abs(difference.mean()) < 0.01


def test_regression_level_with_scikit_learn() -> None:
    ours, theirs = [], []
    for seed in range(6):
        X, _, values = made_up(800, seed)
        for found, made in ((ours, RandomForestRegressor), (theirs, ensemble.RandomForestRegressor)):
            found.append(
                made(n_estimators=30, random_state=seed)
                .fit(X[:400], values[:400])
                .score(X[400:], values[400:])
            )
    assert abs(np.mean(ours) - np.mean(theirs)) < 0.015


def test_level_with_scikit_learn_on_the_records_of_machines() -> None:
    path = DATA / "maintenance" / "ai4i2020.csv"
    if not path.exists():
        pytest.skip("needs ../shared/data/maintenance")
    table = np.genfromtxt(path, delimiter=",", skip_header=1, usecols=range(3, 9))
    X, y = table[:, :5], table[:, 5].astype(int)
    ours, theirs = [], []
    for seed in range(3):
        held = np.random.default_rng(seed).random(len(y)) < 0.3
        for found, made in ((ours, RandomForestClassifier), (theirs, ensemble.RandomForestClassifier)):
            model = made(n_estimators=60, random_state=seed, class_weight="balanced").fit(X[~held], y[~held])
            found.append(metrics.roc_auc_score(y[held], model.predict_proba(X[held])[:, 1]))
    assert np.mean(ours) > 0.93
    assert abs(np.mean(ours) - np.mean(theirs)) < 0.02


def test_finds_thresholds_that_few_rows_lie_beyond() -> None:
    # Power and strain have thousands of different values, and machines fail at the ends of them: among 255 bins F1
    # is 0.05 less than among all cuts.
    path = DATA / "maintenance" / "ai4i2020.csv"
    if not path.exists():
        pytest.skip("needs ../shared/data/maintenance")
    from assay.pipelines.device_failure.preparation import read_source

    prepared = read_source(path)
    X, y = prepared.matrix, prepared.label
    found: dict[Any, list[float]] = {RandomForestClassifier: [], ensemble.RandomForestClassifier: []}
    for train, test in model_selection.StratifiedKFold(5, shuffle=True, random_state=0).split(X, y):
        for made, scores in found.items():
            model = made(n_estimators=30, random_state=0).fit(X[train], y[train])
            scores.append(metrics.f1_score(y[test], model.predict(X[test])))
    ours, theirs = (float(np.mean(scores)) for scores in found.values())
    assert abs(ours - theirs) < 0.02


def test_a_single_tree_is_scikit_learns() -> None:
    # Few different values and all features: nothing is left to chance but ties between features.
    rng = np.random.default_rng(0)
    X = rng.integers(0, 40, (400, 1)).astype(float)
    y = rng.integers(0, 3, 400)
    options: dict[str, Any] = {"n_estimators": 1, "bootstrap": False, "random_state": 0}
    ours = RandomForestClassifier(**options).fit(X, y)
    theirs = ensemble.RandomForestClassifier(**options).fit(X, y)
    assert np.allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-12)
    halves = np.arange(0, 40, 0.5).reshape(-1, 1)
    assert np.allclose(ours.predict_proba(halves), theirs.predict_proba(halves), atol=1e-12)
    shallow = ensemble.RandomForestClassifier(max_leaf_nodes=9, **options).fit(X, y)
    assert np.allclose(
        RandomForestClassifier(max_leaf_nodes=9, **options).fit(X, y).predict_proba(X),
        shallow.predict_proba(X),
        atol=1e-12,
    )
    values = X[:, 0] ** 2
    ours_of_values = RandomForestRegressor(max_depth=4, **options).fit(X, values).predict(halves)
    theirs_of_values = ensemble.RandomForestRegressor(max_depth=4, **options).fit(X, values).predict(halves)
    assert np.allclose(ours_of_values, theirs_of_values, rtol=1e-12)


@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"criterion": "entropy"},
        {"min_samples_leaf": 7, "class_weight": {0: 1.0, 1: 2.5, 2: 0.5}},
        {"max_leaf_nodes": 12},
        {"min_weight_fraction_leaf": 0.01, "max_depth": 6},
    ],
    ids=lambda options: "-".join(options) or "plain",
)
def test_a_single_tree_of_many_different_values_is_scikit_learns(
    options: dict[str, Any], missing: float
) -> None:
    # One feature: nothing is left to chance but cuts that are equally good.
    rng = np.random.default_rng(3)
    X = rng.normal(size=(3000, 1)).astype(np.float32).astype(float)
    weights = rng.uniform(0.5, 2, 3000)
    known = ~(rng.random(3000) < missing)
    X[~known] = np.nan
    for classes in (2, 3):
        signal = np.where(known, np.abs(X[:, 0]) * 2, 1.0) + 0.3 * rng.normal(size=3000)
        y = np.clip(signal.astype(int), 0, classes - 1)
        given = {name: value for name, value in options.items() if name != "class_weight"}
        if "class_weight" in options:
            given["class_weight"] = {k: options["class_weight"][k] for k in range(classes)}
        for weight in (None, weights):
            made = {"n_estimators": 1, "bootstrap": False, "random_state": 0, **given}
            ours = RandomForestClassifier(**made).fit(X, y, weight)
            theirs = ensemble.RandomForestClassifier(**made).fit(X, y, weight)
            found, expected = ours.predict_proba(X[:2000]), theirs.predict_proba(X[:2000])
            assert np.isclose(found, expected, atol=1e-9).all(axis=1).mean() > 0.995  # but for equal cuts


def test_bins_are_an_option() -> None:
    X, y, values = made_up(3000, 12)
    options: dict[str, Any] = {"n_estimators": 5, "random_state": 0}
    exact = RandomForestClassifier(**options).fit(X, y)
    cut = RandomForestClassifier(max_bins=16, **options).fit(X, y)
    assert len({t for tree in exact.trees_ for t in tree.threshold[tree.feature == 0]}) > 300
    assert len({t for tree in cut.trees_ for t in tree.threshold[tree.feature == 0]}) <= 16 * 15 / 2
    assert np.array_equal(
        RandomForestRegressor(max_bins=65_535, **options).fit(X, values).predict(X),
        RandomForestRegressor(**options).fit(X, values).predict(X),
    )
    for wrong in (1, 65_536, 2.5):
        with pytest.raises(assay.ValueError, match="max_bins"):
            RandomForestClassifier(max_bins=wrong).fit(X, y)  # type: ignore[arg-type]


def test_importances_are_those_of_the_trees_counted_again() -> None:
    X, y, _ = made_up(300, 2)
    model = RandomForestClassifier(n_estimators=7, random_state=1, max_depth=5).fit(X, y)
    shares = []
    for tree in model.trees_:
        own = np.zeros(6)
        for n in range(len(tree)):
            if tree.feature[n] < 0:
                continue
            left, right = tree.left[n], tree.right[n]
            own[tree.feature[n]] += tree.weight[n] * tree.impurity[n] - (
                tree.weight[left] * tree.impurity[left] + tree.weight[right] * tree.impurity[right]
            )
        shares.append(own / own.sum())
    mean = np.mean(shares, axis=0)
    assert np.allclose(model.feature_importances_, mean / mean.sum())
    assert model.feature_importances_[:3].sum() > 0.6


def test_gini_of_each_node_is_that_of_its_fractions() -> None:
    X, y, _ = made_up(200, 3)
    model = RandomForestClassifier(n_estimators=2, random_state=1).fit(X, y)
    for tree in model.trees_:
        assert np.allclose(tree.impurity, 1 - (tree.value**2).sum(axis=1))
        assert tree.weight[0] == 200  # draws


def test_out_of_bag_score_is_honest_and_near_that_of_new_rows() -> None:
    X, y, values = made_up(2000, 4)
    model = RandomForestClassifier(n_estimators=60, oob_score=True, random_state=0).fit(X[:1000], y[:1000])
    judged = model.oob_decision_function_.argmax(axis=1) == y[:1000]
    assert model.oob_score_ == pytest.approx(judged.mean())
    assert np.allclose(model.oob_decision_function_.sum(axis=1), 1)
    assert abs(model.oob_score_ - model.score(X[1000:], y[1000:])) < 0.04
    line = RandomForestRegressor(n_estimators=60, oob_score=True, random_state=0).fit(X[:1000], values[:1000])
    assert line.oob_score_ == pytest.approx(metrics.r2_score(values[:1000], line.oob_prediction_))


@pytest.mark.filterwarnings("ignore:RandomForestClassifier.fit")
def test_out_of_bag_decisions_are_means_of_the_trees_that_left_a_row_out() -> None:
    X, y, _ = made_up(400, 14)
    before, sums, votes = np.zeros((400, 2)), np.zeros((400, 2)), np.zeros(400)
    for count in range(1, 8):  # each forest is the one before and one tree
        model = RandomForestClassifier(
            n_estimators=count, oob_score=True, min_samples_leaf=30, random_state=4
        ).fit(X, y)
        alone, sums = model.predict_proba(X) * count - sums, model.predict_proba(X) * count
        now = model.oob_decision_function_
        with_it = (before * votes[:, None] + alone) / (votes[:, None] + 1)
        out = np.isclose(now, with_it, atol=1e-9).all(axis=1)
        inside = np.isclose(now, before, atol=1e-9).all(axis=1)
        assert (out ^ inside).all()  # with this seed no tree says by chance what the others say
        assert 0.28 < out.mean() < 0.48  # (1 - 1/n)^n is 0.37
        before, votes = now, votes + out
        if count == 1:
            assert ((now != 0).any(axis=1) == out).all()


def test_rows_are_drawn_by_their_weights() -> None:
    X = np.arange(3000.0).reshape(-1, 1)
    y = np.arange(3000) % 2
    weights = np.repeat([0.0, 1.0, 3.0], 1000)
    model = RandomForestClassifier(n_estimators=20, max_leaf_nodes=2, random_state=0)
    model.fit(X[::-1], X[::-1, 0] >= 2000, sample_weight=weights[::-1])
    for tree in model.trees_:
        assert tree.weight[0] == 3000
        assert abs(tree.value[0, 1] - 0.75) < 0.04  # 3 of 4 draws are of the heavier thousand
        assert 1990 <= tree.threshold[0] <= 2005  # between two rows that were drawn
    ones = RandomForestClassifier(n_estimators=3, random_state=0).fit(X, y, sample_weight=np.full(3000, 7.0))
    same = RandomForestClassifier(n_estimators=3, random_state=0).fit(X, y, sample_weight=np.full(3000, 7.0))
    assert np.array_equal(ones.predict_proba(X), same.predict_proba(X))


def test_rows_that_were_never_left_out_are_said() -> None:
    X, y, values = made_up(60, 5)
    with pytest.warns(UserWarning, match="rows were in the sample of every tree"):
        model = RandomForestClassifier(n_estimators=1, oob_score=True, random_state=0).fit(X, y)
    never = (model.oob_decision_function_ == 0).all(axis=1)
    assert 20 < never.sum() < 55
    with pytest.warns(UserWarning, match="out-of-bag"):
        line = RandomForestRegressor(n_estimators=1, oob_score=True, random_state=0).fit(X, values)
    assert np.isnan(line.oob_prediction_).sum() == never.sum()  # the same seed draws the same rows


def test_stops_when_the_out_of_bag_score_has_settled() -> None:
    X, y, _ = made_up(1500, 6)
    model = RandomForestClassifier(n_estimators=400, tol=0.01, n_iter_no_change=15, random_state=0).fit(X, y)
    assert model.converged_ and 15 <= model.n_trees_ < 200
    full = RandomForestClassifier(n_estimators=model.n_trees_, random_state=0).fit(X, y)
    assert np.array_equal(model.predict_proba(X), full.predict_proba(X))  # the first trees of the same forest
    strict = RandomForestClassifier(n_estimators=25, tol=0.0, n_iter_no_change=25, random_state=0).fit(X, y)
    assert not strict.converged_ and strict.n_trees_ == 25


@pytest.mark.parametrize("weighting", ["balanced", "balanced_subsample", {0: 1.0, 1: 30.0}])
def test_class_weights_raise_the_rare_class(weighting: Any) -> None:
    rng = np.random.default_rng(7)
    X = rng.normal(size=(1500, 4))
    y = (X[:, 0] + rng.normal(size=1500) > 2.6).astype(int)
    options: dict[str, Any] = {"n_estimators": 40, "min_samples_leaf": 15, "random_state": 0}
    plain = RandomForestClassifier(**options).fit(X, y)
    weighted = RandomForestClassifier(class_weight=weighting, **options).fit(X, y)
    theirs = ensemble.RandomForestClassifier(class_weight=weighting, **options).fit(X, y)
    share = weighted.predict_proba(X)[:, 1].mean()
    assert share > 2 * plain.predict_proba(X)[:, 1].mean()
    if tuple(int(part) for part in sklearn.__version__.split(".")[:2]) >= (1, 9):
        assert share == pytest.approx(theirs.predict_proba(X)[:, 1].mean(), abs=0.04)


def test_permutation_importances_find_what_matters() -> None:
    X, y, values = made_up(1600, 8)
    model = RandomForestClassifier(n_estimators=40, random_state=0).fit(X[:800], y[:800])
    found = model.permutation_importances(X[800:], y[800:], n_repeats=4, random_state=1)
    assert found.score == pytest.approx(model.score(X[800:], y[800:]))
    assert found.importances.shape == (6, 4)
    assert np.allclose(found.importances.mean(axis=1), found.importances_mean)
    assert found.importances_mean[0] > 0.05 > abs(found.importances_mean[3]) + 0.01
    again = model.permutation_importances(X[800:], y[800:], n_repeats=4, random_state=1)
    assert np.array_equal(found.importances, again.importances)
    with pytest.raises(assay.ValueError, match="classes that the forest does not know"):
        model.permutation_importances(X[800:], y[800:] + 1)
    line = RandomForestRegressor(n_estimators=20, random_state=0).fit(X[:800], values[:800])
    assert line.permutation_importances(X[800:], values[800:]).importances_mean.argmax() < 3


def test_seeds_threads_copies_and_pickles() -> None:
    X, y, _ = made_up(300, 9, 0.1)
    model = RandomForestClassifier(n_estimators=9, random_state=5, n_jobs=1).fit(X, y)
    expected = model.predict_proba(X)
    assert np.array_equal(clone(model).set_params(n_jobs=2).fit(X, y).predict_proba(X), expected)
    assert not np.array_equal(clone(model).set_params(random_state=6).fit(X, y).predict_proba(X), expected)
    copy = pickle.loads(pickle.dumps(model))
    assert np.array_equal(copy.predict_proba(X), expected)
    assert np.array_equal(copy.feature_importances_, model.feature_importances_)


def test_names_of_features_are_kept() -> None:
    pandas = pytest.importorskip("pandas")
    X, y, _ = made_up(100, 10)
    frame = pandas.DataFrame(X, columns=list("abcdef"))
    model = RandomForestClassifier(n_estimators=3, random_state=0).fit(frame, y)
    assert list(model.feature_names_in_) == list("abcdef")
    with pytest.warns(UserWarning, match="put in order by name"):
        turned = model.predict_proba(frame[list("fedcba")])
    assert np.array_equal(turned, model.predict_proba(frame))
    with pytest.raises(assay.SchemaError, match="'c'"):
        model.predict(frame.rename(columns={"c": "C"}))
    frame.loc[3, "d"] = np.inf
    with pytest.raises(ValueError, match="'d'"):
        RandomForestClassifier().fit(frame, y)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"n_estimators": 0}, "n_estimators as a whole number of at least 1"),
        ({"criterion": "poisson"}, "criterion gini"),
        ({"max_features": 1.5}, "max_features"),
        ({"min_samples_split": 1}, "min_samples_split of at least 2"),
        ({"max_samples": 2.0}, "max_samples"),
        ({"bootstrap": False, "oob_score": True}, "bootstrap=True"),
        ({"bootstrap": False, "max_samples": 3}, "bootstrap=True"),
        ({"min_weight_fraction_leaf": 0.7}, "min_weight_fraction_leaf from 0 to 0.5"),
        ({"n_jobs": 0}, "n_jobs"),
        ({"tol": -1.0}, "tolerance of 0 or more"),
    ],
)
def test_parameters_outside_their_range(options: dict[str, Any], text: str) -> None:
    X, y, _ = made_up(30, 11)
    with pytest.raises(assay.ValueError, match=text):
        RandomForestClassifier(**options).fit(X, y)


def test_constant_features_give_the_mean_of_all() -> None:
    X, y = np.ones((10, 3)), np.array([0, 1] * 5)
    model = RandomForestClassifier(n_estimators=4, bootstrap=False).fit(X, y)
    assert np.array_equal(model.predict_proba([[1.0, 2.0, 3.0]]), [[0.5, 0.5]])
    assert np.array_equal(model.feature_importances_, np.zeros(3))
    with pytest.raises(ValueError, match="at least 2 classes"):
        model.fit(X, np.zeros(10))

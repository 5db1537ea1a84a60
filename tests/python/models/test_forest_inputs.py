"""What running forests take for rows: numbers, by the fast ways as by the slow one; errors name their place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import assay
from assay.models.forest import IsolationForest, RandomForestClassifier, RandomForestRegressor

ROWS = np.random.default_rng(3).normal(size=(60, 3))
CLASSES = (ROWS[:, 0] > 0).astype(int)
CLASSIFIER = RandomForestClassifier(5, random_state=0).fit(ROWS, CLASSES)
OUTLIERS = IsolationForest(n_estimators=5, random_state=0).fit(ROWS)

NO_NUMBERS: list[Any] = [
    ROWS.astype(complex),
    ROWS.astype(np.complex64),
    (ROWS * 1e6).astype("datetime64[ns]"),
    (ROWS * 1e6).astype("timedelta64[s]"),
    np.array([["a", "b", "c"]]),
]


@pytest.mark.parametrize("rows", NO_NUMBERS, ids=lambda it: str(it.dtype))
@pytest.mark.parametrize("ask", [CLASSIFIER.predict_proba, CLASSIFIER.predict, OUTLIERS.score_samples])
def test_no_method_takes_what_fit_refuses(rows: Any, ask: Any) -> None:
    with pytest.raises((assay.ValueError, TypeError)):
        RandomForestClassifier(2).fit(rows, CLASSES[: len(rows)])
    for same in (rows, list(rows), [list(row) for row in rows]):
        with pytest.raises((assay.ValueError, TypeError)):
            ask(same)


@pytest.mark.parametrize("rows", NO_NUMBERS, ids=lambda it: str(it.dtype))
@pytest.mark.parametrize("ask", [CLASSIFIER.predict_row, CLASSIFIER.contributions, OUTLIERS.score_row])
def test_no_method_of_one_row_takes_them(rows: Any, ask: Any) -> None:
    kinds = [rows[0], list(rows[0]), tuple(rows[0])]
    if rows.dtype.kind != "M":  # as objects times in nanoseconds are whole numbers
        kinds.append(rows[0].astype(object))
    for same in kinds:
        with pytest.raises(
            assay.ValueError, match=r"^(predict_row|contributions|score_row): expected numbers"
        ):
            ask(same)


@pytest.mark.parametrize(
    "dtype", [bool, np.int8, np.uint16, np.int64, np.float16, np.float32, np.float64, object]
)
def test_numbers_of_every_kind_are_taken(dtype: Any) -> None:
    rows = np.array([[0, 1, 1], [1, 0, 1]])
    expected = CLASSIFIER.predict_proba(rows.astype(np.float64))
    typed = rows.astype(dtype)
    for same in (typed, typed.tolist(), [list(row) for row in typed]):
        np.testing.assert_array_equal(CLASSIFIER.predict_proba(same), expected)
    assert CLASSIFIER.predict_row(typed[0]) == expected[0].tolist()
    assert CLASSIFIER.predict_row([0, None, 1.5]) == CLASSIFIER.predict_row(np.array([0, np.nan, 1.5]))


@pytest.mark.parametrize(
    ("ask", "name"),
    [
        (CLASSIFIER.predict_row, "predict_row"),
        (CLASSIFIER.contributions, "contributions"),
        (OUTLIERS.score_row, "score_row"),
    ],
)
def test_an_infinity_and_a_wrong_length_are_told_with_method_and_feature(ask: Any, name: str) -> None:
    for row in ([0.0, 1.0, np.inf], np.array([0.0, 1.0, -1e39])):
        with pytest.raises(assay.ValueError, match=rf"^{name}: X contains infinity .* in row 0, feature 2$"):
            ask(row)
    with pytest.raises(assay.ShapeError, match=rf"^{name}: expected rows of 3 features"):
        ask([0.0, 1.0])


def test_the_core_of_an_isolation_forest_names_row_and_feature() -> None:
    from assay._core.models import IsolationTrees

    rows = ROWS.astype(np.float32)
    rows[7, 1] = np.inf
    with pytest.raises(assay.ValueError, match="in row 7, feature 1"):
        IsolationTrees.fit(rows)
    with pytest.raises(assay.ValueError, match="feature 1"):
        IsolationForest().fit(rows)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"max_samples": "all"}, "max_samples 'auto', a number or a share, got 'all'"),
        ({"max_samples": 1.5}, "got 1.5"),
        ({"max_samples": 0}, "max_samples as a whole number of at least 1, got 0"),
        ({"max_features": 0.0}, "got 0.0"),
        ({"contamination": 0.9}, "got 0.9"),
        ({"contamination": "some"}, "got 'some'"),
    ],
)
def test_a_parameter_outside_is_told_with_what_came(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(assay.ValueError, match=told):
        IsolationForest(**wrong).fit(ROWS)


@pytest.mark.parametrize("forest", [RandomForestClassifier, RandomForestRegressor])
def test_a_share_of_weights_that_are_shares_warns(forest: Any, recwarn: pytest.WarningsRecorder) -> None:
    weights = np.full(60, 1 / 60)
    model = forest(3, max_samples=1.0, random_state=0)
    with pytest.warns(UserWarning, match=r"max_samples=1\.0 of a sum of weights of 1 draws 1 of 60 rows"):
        model.fit(ROWS, CLASSES, sample_weight=weights)
    assert all(len(tree) == 1 for tree in model.trees_)  # of a single row
    recwarn.clear()
    forest(3, max_samples=60, random_state=0).fit(ROWS, CLASSES, sample_weight=weights)
    forest(3, max_samples=0.5, random_state=0).fit(ROWS, CLASSES, sample_weight=weights * 60)
    forest(3, max_samples=0.5, random_state=0).fit(ROWS, CLASSES)
    assert not [it for it in recwarn if "max_samples" in str(it.message)]
    with pytest.raises(
        assay.ValueError, match=r"max_samples as a number of rows or a share up to 1, got 2\.0"
    ):
        forest(3, max_samples=2.0).fit(ROWS, CLASSES)

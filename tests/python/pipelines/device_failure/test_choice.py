"""Which kind of model is taken: by training rows alone. Every row is made up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from assay import ValueError
from assay.models.forest import RandomForestClassifier
from assay.models.linear import LogisticRegression
from assay.pipelines.device_failure import Prepared, train
from assay.pipelines.device_failure.choice import Choice
from assay.pipelines.device_failure.judging import judge, outer_folds, settle


def _rows(kind: str, seed: int = 0, rows: int = 400) -> tuple[Any, Any, Any]:
    """Features, labels and devices: failures behind a line, or in two corners, which no line can part."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 3))
    score = X[:, 0] + X[:, 1] if kind == "line" else X[:, 0] * X[:, 1]
    y = (score + rng.normal(0, 0.7, rows) > 1).astype(np.int64)
    return X, y, rng.integers(0, 20, rows)


def _choice() -> Choice:
    return Choice(
        {"logistic regression": LogisticRegression(), "random forest": RandomForestClassifier(40, random_state=0)}
    )


@pytest.mark.parametrize(("kind", "expected"), [("line", "logistic regression"), ("corners", "random forest")])
def test_the_kind_that_ranks_left_out_rows_best_is_taken(kind: str, expected: str) -> None:
    X, y, devices = _rows(kind)
    assert _choice().best(X, y, devices) == expected
    assert _choice().best(X, y) == expected
    settled, chosen = settle(_choice(), X, y, devices)
    assert chosen == {"model": expected}
    assert type(settled) is type(_choice().candidates[expected])
    assert settled is not _choice().candidates[expected]


def test_of_equals_the_first_is_taken() -> None:
    X, y, _ = _rows("line")
    both = Choice({"one": LogisticRegression(), "other": LogisticRegression()})
    assert both.best(X, y) == "one"
    with pytest.raises(ValueError, match="at least one candidate"):
        Choice({})


def test_the_rows_that_judge_have_no_say() -> None:
    """Their features are turned to nonsense: what is chosen, its thresholds and the other folds' scores stay."""
    X, y, devices = _rows("corners")
    fold = outer_folds(y, devices, folds=4, seed=0)
    before = judge("choice", _choice(), X, y, fold, groups=devices)
    nonsense = X.copy()
    nonsense[fold == 2] = np.random.default_rng(9).normal(size=(int((fold == 2).sum()), 3)) * 50
    scores, thresholds = [], []
    inside = fold != 2
    for rows in (X, nonsense):
        settled, _ = settle(_choice(), rows[inside], y[inside], devices[inside])
        scores.append(settled.fit(rows[inside], y[inside]).predict_proba(X)[:, 1])
        thresholds.append(judge("choice", _choice(), rows, y, fold, groups=devices).thresholds[2])
    assert np.array_equal(scores[0], scores[1])
    assert thresholds[0] == thresholds[1] == before.thresholds[2]
    assert [each["model"] for each in before.params] == ["random forest"] * 4


def test_rows_of_devices_get_a_choice_and_rows_alone_a_forest() -> None:
    from assay.data import Table

    X, y, devices = _rows("line", rows=300)
    table = Table.from_dict({f"x{i}": X[:, i].copy() for i in range(3)})
    grouped = train(Prepared(table, y, devices, "device_days"), with_peers=False, trees=20, folds=3)
    assert grouped.judgement.name == "logistic regression or random forest"
    assert isinstance(grouped.estimator, LogisticRegression)
    assert grouped.to_dict()["params"]["model"] == "logistic regression"
    assert set(grouped.others) == {"majority", "logistic regression", "random forest"}
    alone = train(Prepared(table, y, None, "device_days"), with_peers=False, trees=20, folds=3)
    assert isinstance(alone.estimator, RandomForestClassifier)
    assert set(alone.others) == {"majority", "logistic regression"}

"""Which kind of model is taken: by training rows alone. Every row is made up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from assay import SchemaError, ValueError
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


class _ByTurns(Choice):
    """Takes its two candidates by turns, whatever the rows say."""

    def best(self, rows: Any, label: Any, groups: Any = None, progress: Any = None) -> str:
        return list(self.candidates)[int(rows[0, 3])]


class _Tenth(LogisticRegression):
    """Ranks as the regression does, with a tenth of its probabilities."""

    def predict_proba(self, X: Any) -> Any:
        fails = super().predict_proba(X)[:, 1] / 10
        return np.column_stack([1 - fails, fails])


def test_scores_of_different_kinds_are_ranked_within_their_folds() -> None:
    from sklearn.metrics import average_precision_score, roc_auc_score

    X, y, devices = _rows("line")
    fold = outer_folds(y, devices, folds=4, seed=0)
    X = np.column_stack([X, np.zeros(len(y))])
    by_turns = _ByTurns({"one": LogisticRegression(), "tenth": _Tenth()})
    alike = judge("choice", by_turns, X, y, fold, groups=devices)
    assert not alike.ranked_in_folds and alike.to_dict()["ranked"] == "over all folds"
    whole = roc_auc_score(y, alike.scores)
    assert alike.metrics["roc_auc"].value == pytest.approx(whole)

    X[np.flatnonzero(fold != 1)[0], 3] = 1  # the first training row of fold 1 and of others; not of all
    mixed = judge("choice", by_turns, X, y, fold, groups=devices)
    assert {each["model"] for each in mixed.params} == {"one", "tenth"}
    assert mixed.ranked_in_folds and mixed.to_dict()["ranked"] == "within folds"
    ranks = np.empty(len(y))
    for i in range(4):
        mine = mixed.scores[fold == i]
        ranks[fold == i] = [((mine < each).sum() + (mine <= each).sum()) / 2 / len(mine) for each in mine]
    assert mixed.metrics["roc_auc"].value == pytest.approx(roc_auc_score(y, ranks), abs=1e-12)
    assert mixed.metrics["average_precision"].value == pytest.approx(average_precision_score(y, ranks), abs=1e-12)
    assert mixed.metrics["roc_auc"].value == pytest.approx(whole, abs=0.02)  # each fold ranks as before
    assert roc_auc_score(y, mixed.scores) < whole - 0.05  # pooled, the two scales cost more than any fold lost
    assert mixed.metrics["brier_score"].value == pytest.approx(np.mean((mixed.scores - y) ** 2))
    beside = judge("one", LogisticRegression(), X, y, fold, groups=devices, rank_in_folds=True)
    assert beside.ranked_in_folds and beside.metrics["roc_auc"].value == pytest.approx(whole, abs=0.02)


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


def test_a_model_that_was_not_chosen_must_not_be_behind_the_baselines() -> None:
    from assay.data import Table
    from assay.pipelines.device_failure.registry import Gate, decide, gate_of

    X, y, devices = _rows("line", rows=300)
    table = Table.from_dict({f"x{i}": X[:, i].copy() for i in range(3)})
    prepared = Prepared(table, y, devices, "device_days")
    options: dict[str, Any] = {"with_peers": False, "trees": 20, "folds": 3}
    chosen = train(prepared, **options).to_dict()
    searched = train(prepared, search=2, **options).to_dict()
    given = train(prepared, model=LogisticRegression(), **options).to_dict()
    assert gate_of(chosen) == Gate(metric="roc_auc", minimum=0.7, margin=-0.02)
    assert gate_of(searched) == gate_of(given) == Gate(metric="roc_auc", minimum=0.7, margin=0.0)
    baseline = searched["others"]["logistic regression"]["metrics"]["roc_auc"]["value"]
    searched["judgement"]["metrics"]["roc_auc"]["value"] = baseline - 0.01
    (behind,) = (each for each in decide(searched, gate_of(searched)).reasons if "against" in each)
    assert behind == "-0.010 against logistic regression, at least +0.000 asked"
    with pytest.raises(SchemaError, match="expected an evaluation with a judgement"):
        gate_of({"preparation": "device_days"})

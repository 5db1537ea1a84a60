"""A proposal to train again: given where inputs or scores moved, not given where they did not. All data are made up."""

from __future__ import annotations

import json

import numpy as np
import pytest

import assay
from assay.data import Table
from assay.pipelines.retraining import SCORE, propose_retraining, training_sample


def _inputs(rng: np.random.Generator, rows: int, shift: float = 0.0) -> Table:
    return Table.from_dict(
        {
            "temperature": rng.normal(24 + shift, 1, rows),
            "error_rate": rng.beta(2, 60, rows),
            "constant": np.ones(rows),
        }
    )


def test_the_same_distribution_proposes_nothing() -> None:
    proposed = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        reference = training_sample(_inputs(rng, 2000), rng.beta(1, 9, 2000))
        proposed += propose_retraining(reference, _inputs(rng, 400), rng.beta(1, 9, 400)).proposed
    assert proposed == 0


def test_a_moved_input_and_moved_scores_are_named_with_their_means() -> None:
    rng = np.random.default_rng(1)
    reference = training_sample(_inputs(rng, 2000), rng.beta(1, 9, 2000))
    proposal = propose_retraining(reference, _inputs(rng, 400, shift=1.5), rng.beta(4, 6, 400))
    assert proposal.proposed
    assert [reason.split(":")[0] for reason in proposal.reasons] == ["temperature", "the scores"]
    assert "at training" in proposal.reasons[0]
    assert "Nothing was trained or promoted" in proposal.sentence()
    assert json.loads(proposal.to_json())["proposed"] is True
    assert "<html" in proposal.to_html()


def test_no_reason_is_one_sentence() -> None:
    rng = np.random.default_rng(2)
    table, scores = _inputs(rng, 500), rng.beta(1, 9, 500)
    proposal = propose_retraining(training_sample(table, scores), table, scores)
    assert not proposal.proposed
    assert str(proposal).startswith("No reason to train again: 0 of ")


def test_scores_fit_the_rows_and_have_their_name_to_themselves() -> None:
    rng = np.random.default_rng(3)
    with pytest.raises(assay.ShapeError, match="one for each of 10 rows"):
        training_sample(_inputs(rng, 10), np.zeros(9))
    with pytest.raises(assay.SchemaError, match="rename it"):
        training_sample(Table.from_dict({SCORE: np.zeros(3)}), np.zeros(3))


def test_an_input_that_is_gone_is_a_reason() -> None:
    rng = np.random.default_rng(4)
    reference = training_sample(_inputs(rng, 2000), rng.beta(1, 9, 2000))
    left = Table.from_dict({"error_rate": rng.beta(2, 60, 400), "constant": np.ones(400)})
    proposal = propose_retraining(reference, left, rng.beta(1, 9, 400))
    assert proposal.reasons == ("temperature: the input is no longer there",)

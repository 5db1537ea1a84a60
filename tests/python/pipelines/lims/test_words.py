"""Counts and figures as a person reads them."""

from __future__ import annotations

import pytest

from assay.cli.run.lims import _say_model
from assay.pipelines.lims.gold import _EXCURSION, _beyond
from assay.pipelines.record import RunRecord, Status, StepRecord
from assay.pipelines.result import RunResult


@pytest.mark.parametrize(("value", "shown"), [(7.26, "7.3"), (5.04, "5.04"), (5.004, "5.004"), (5.0000004, "5.000000")])
def test_a_sum_above_its_limit_is_shown_above_it(value: float, shown: str) -> None:
    assert _EXCURSION == 5.0
    assert _beyond(value) == shown


def test_a_trained_model_is_shown_with_its_figure_and_card(capsys: pytest.CaptureFixture[str]) -> None:
    record = RunRecord("lims", "source", "out", "lake", "LIMS", "0")
    said = "promotion to production passed: roc_auc 0.823, lower end of its interval 0.760, at least 0.700 asked"
    files = ["out/model/evaluation.json", "out/model/model_card.html"]
    record.steps.append(StepRecord("train", Status.DONE, remarks=["the server does not answer", said], files=files))
    _say_model(RunResult(record))
    assert capsys.readouterr().out == f"model    {said}\ncard     out/model/model_card.html\n"

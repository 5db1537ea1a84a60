"""Is a model still asked about what it was trained on? Drift of its inputs and scores, and the proposal to train again.

A proposal changes nothing: whoever keeps the model trains, compares and promotes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from assay.data import Table
    from assay.features.drift import ColumnDrift, DriftReport, TableSample

__all__ = ["SCORE", "RetrainingProposal", "propose_retraining", "training_sample"]

SCORE = "score"
"""The column of the model's scores beside its inputs."""


@dataclass(frozen=True)
class RetrainingProposal:
    """What has changed since training, and whether that is enough to propose training again."""

    report: DriftReport
    reasons: tuple[str, ...]
    """One sentence each; empty where nothing speaks for it."""

    @property
    def proposed(self) -> bool:
        return bool(self.reasons)

    def sentence(self) -> str:
        """The outcome in one sentence."""
        if not self.proposed:
            return f"No reason to train again: {self.report.sentence()}"
        return f"Training again is proposed: {'; '.join(self.reasons)}. Nothing was trained or promoted."

    def to_dict(self) -> dict[str, Any]:
        return {
            "proposed": self.proposed,
            "reasons": list(self.reasons),
            "sentence": self.sentence(),
            "drift": self.report.to_dict(),
        }

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2, allow_nan=False) + "\n"

    def to_html(self) -> str:
        """The drift report of inputs and scores as a page of its own."""
        return self.report.to_html("Inputs and scores since training")

    def __str__(self) -> str:
        return self.sentence()


def training_sample(inputs: Table, scores: ArrayLike) -> TableSample:
    """What a model is compared with later: its training inputs, and scores of rows it had not been fitted on.

    Scores of the rows that a forest was fitted on are far surer than those of new rows, and would look like drift on
    the first day: take out-of-bag scores or those of the folds.

    Raises:
        ShapeError: as many scores as rows were expected. SchemaError: an input is called "score".
    """
    from assay.features import drift

    return drift.sample(_with_scores(inputs, scores))


def propose_retraining(
    reference: TableSample, inputs: Table, scores: ArrayLike, *, thresholds: Any = None
) -> RetrainingProposal:
    """Compares inputs and scores with those of the training, column by column.

    Training again is proposed where the scores drifted, an input did severely or is gone; the thresholds are those of
    :func:`assay.features.drift.report`. Days of one device resemble one another, so that p-values are smaller than
    independent rows would give: it is the effect sizes that keep a verdict from being hasty.

    Raises:
        ShapeError: as many scores as rows were expected. SchemaError: an input is called "score".
    """
    from assay.features import drift

    found = drift.report(reference, _with_scores(inputs, scores), thresholds=thresholds)
    asked = {SCORE, *inputs.column_names}
    gone = [f"{name}: the input is no longer there" for name in reference.column_names if name not in asked]
    reasons = (*gone, *(_reason(column) for column in found.columns if _speaks_for_it(column)))
    return RetrainingProposal(found, reasons)


def _with_scores(inputs: Table, scores: ArrayLike) -> Table:
    from assay import SchemaError, ShapeError
    from assay.data import Table

    values = np.asarray(scores, np.float64)
    if values.shape != (inputs.num_rows,):
        raise ShapeError(f"scores: expected one for each of {inputs.num_rows} rows, got shape {values.shape}")
    columns = {name: inputs[name] for name in inputs.column_names}
    if SCORE in columns:
        raise SchemaError(
            f"inputs: expected no column named {SCORE!r}, which holds the model's scores; rename it"
        )
    return Table.from_dict({**columns, SCORE: values})


def _speaks_for_it(column: ColumnDrift) -> bool:
    return column.verdict == "severe" or (column.name == SCORE and column.drifted)


def _reason(column: ColumnDrift) -> str:
    what = "the scores" if column.name == SCORE else column.name
    if np.isnan(column.reference_mean) or np.isnan(column.current_mean):
        return f"{what}: {column.reason or 'changed'}"
    return (
        f"{what}: {column.reason or 'changed'}, mean {column.reference_mean:.4g} at training, "
        f"{column.current_mean:.4g} now"
    )

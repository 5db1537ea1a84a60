"""One row that a model's file carries with its answer: whoever loads the model can ask whether it still gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from assay import errors

if TYPE_CHECKING:
    from assay.pipelines.device_failure.preparation import Prepared

__all__ = ["example_of"]


def example_of(estimator: Any, prepared: Prepared, positive: str) -> dict[str, Any] | None:
    """Inputs of a training row, as a caller gives them, and the probability of failure that the model gives for it.

    Of the rows without a missing value the one whose answer is nearest to 1/3; where every row has one, of those with
    the fewest, its gaps filled by medians. It holds readings of a device and nothing that names it. None where the
    inputs cannot be told of the rows.
    """
    from assay.pipelines.device_risk.inputs import inputs_of

    names = list(prepared.features.column_names)
    try:
        inputs = inputs_of(prepared.preparation, names, {})
    except errors.SchemaError:  # features of one's own, which no server can make of requests
        return None
    if any(each.name not in names for each in inputs):
        return None
    rows, gaps = prepared.matrix, np.isnan(prepared.matrix).sum(axis=1)
    usable = np.ones(len(rows), dtype=bool)
    for each in inputs:
        values = rows[:, names.index(each.name)]
        for bound, beyond in ((each.minimum, np.less), (each.maximum, np.greater)):
            if bound is not None:
                usable &= ~beyond(values, bound)
    places = np.flatnonzero(usable)
    if not len(places):
        return None
    # Certain answers are the same of many models, and one half is that of the other class.
    undecided = np.abs(_answers(estimator, names, rows[places], positive) - 1 / 3)
    row = rows[places[np.lexsort((undecided, gaps[places]))[0]]].copy()
    missing = np.isnan(row)
    if missing.any():
        if len(inputs) < len(names) or np.isnan(rows[:, missing]).all(axis=0).any():
            return None  # a feature that is computed of a filled gap would not be that of the row
        row[missing] = np.nanmedian(rows[:, missing], axis=0)
    answer = _answers(estimator, names, row[None, :], positive)[0]
    given = {each.name: row[names.index(each.name)].item() for each in inputs}
    coded = {each.name: each.choices[int(given[each.name])] for each in inputs if each.choices}
    return {"inputs": {**given, **coded}, "probability": float(answer)}


def _answers(estimator: Any, names: list[str], rows: NDArray[np.float64], positive: str) -> NDArray[np.float64]:
    from assay.data import Table
    from assay.models.estimators import Classifier

    named = isinstance(estimator, Classifier)
    asked = Table.from_dict({name: rows[:, j] for j, name in enumerate(names)}) if named else rows
    place = [str(each) for each in estimator.classes_].index(positive)
    return np.asarray(estimator.predict_proba(asked), dtype=np.float64)[:, place]

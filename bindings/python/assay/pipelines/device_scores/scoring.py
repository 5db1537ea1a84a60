"""The scores of one day, as rows of a table: the risk of each device, why, what to do, and how it was before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.pipelines.device_scores.model import ModelFacts, ModelInput, RiskModel
    from assay.pipelines.device_scores.source import Devices
    from assay.pipelines.progress import Progress

__all__ = ["CLASSES", "TOP", "refused_rows", "score_devices"]

CLASSES = ("high", "medium", "low")
TOP = 3
"""So many features are named for each device that is not at low risk."""


def score_devices(
    model: RiskModel,
    facts: ModelFacts,
    devices: Devices,
    *,
    day: date,
    key: str,
    previous: Any = None,
    progress: Progress,
) -> Any:
    """A pyarrow.Table with a row for each device, highest risk first.

    Args:
        key: names the run's day, model and source; it stands in each row.
        previous: the rows of the last day that was scored before, with device_id, risk and device_class.

    Features are named for devices at medium and high risk.   Cost: one call of `assess`, one of `explain` for each of
    those.

    Raises:
        ShapeError: the model did not answer for each device.
    """
    import numpy as np
    import pyarrow as pa

    found = _assessed(model, devices)
    order = np.lexsort((np.asarray(devices.names), -found["risk"]))
    rows = devices.inputs.take(pa.array(order)).to_pylist()
    names = [devices.names[i] for i in order]
    classes = [found["device_class"][i] for i in order]
    leading = _explained(model, rows, classes, progress)
    before = _by_device(previous)
    n = len(rows)
    told = [_rounded(one) for one in leading]
    return pa.table(
        {
            "scored_on": pa.array([day] * n, pa.date32()),
            "device_id": pa.array(names, pa.utf8()),
            "risk": pa.array(found["risk"][order], pa.float64()),
            "probability": pa.array(found["probability"][order], pa.float64()),
            "device_class": pa.array(classes, pa.utf8()),
            "flagged": pa.array(found["flagged"][order], pa.bool_()),
            "previous_risk": pa.array([before.get(name, (None, None))[0] for name in names], pa.float64()),
            "previous_class": pa.array([before.get(name, (None, None))[1] for name in names], pa.utf8()),
            "top_features": pa.array([json.dumps(one, ensure_ascii=False) for one in told], pa.utf8()),
            "recommended_action": pa.array(
                [
                    model.action(kind, [name for name, added in top if added > 0])
                    for kind, top in zip(classes, leading, strict=True)
                ],
                pa.utf8(),
            ),
            "outside_training_range": pa.array([_outside(row, facts.inputs) for row in rows], pa.utf8()),
            "inputs": pa.array([json.dumps(row, ensure_ascii=False) for row in rows], pa.utf8()),
            "model_name": pa.array([facts.name] * n, pa.utf8()),
            "model_version": pa.array([facts.version] * n, pa.utf8()),
            "run_key": pa.array([key] * n, pa.utf8()),
        }
    )


def refused_rows(devices: Devices, *, day: date, key: str) -> Any:
    """The rows that were not scored, as a pyarrow.Table."""
    import pyarrow as pa

    refused = devices.refused
    return pa.table(
        {
            "scored_on": pa.array([day] * len(refused), pa.date32()),
            "row": pa.array([one.row for one in refused], pa.int64()),
            "device_id": pa.array([one.device for one in refused], pa.utf8()),
            "rules": pa.array([one.rules for one in refused], pa.utf8()),
            "run_key": pa.array([key] * len(refused), pa.utf8()),
        }
    )


def _assessed(model: RiskModel, devices: Devices) -> dict[str, Any]:
    """The model's answer as arrays, checked."""
    import numpy as np

    from assay import ShapeError
    from assay.data import Table

    answer = model.assess(Table.from_arrow(devices.inputs))
    kinds: dict[str, Any] = {"risk": float, "probability": float, "device_class": object, "flagged": bool}
    found: dict[str, Any] = {}
    for name, kind in kinds.items():
        column = answer[name]
        values = column.to_pylist() if hasattr(column, "to_pylist") else column
        found[name] = np.asarray(values, dtype=kind)
        if found[name].shape != (len(devices.names),):
            raise ShapeError(
                f"score: expected {len(devices.names)} values of {name}, got {found[name].shape}"
            )
    unknown = set(found["device_class"]) - set(CLASSES)
    if unknown or not np.all((found["risk"] >= 0) & (found["risk"] <= 100)):
        raise ShapeError(
            "score: expected risks from 0 to 100 and classes low, medium and high from the model"
        )
    return found


def _explained(
    model: RiskModel, rows: Sequence[Any], classes: Sequence[str], progress: Progress
) -> list[list[tuple[str, float]]]:
    leading: list[list[tuple[str, float]]] = [[] for _ in rows]
    wanted = [i for i, kind in enumerate(classes) if kind != "low"]
    for i in progress.track(wanted, "explaining devices"):
        leading[i] = [(str(name), float(share)) for name, share in model.explain(rows[i], top=TOP)]
    return leading


def _rounded(leading: list[tuple[str, float]]) -> list[list[Any]]:
    return [[name, float(f"{share:.6g}")] for name, share in leading]


def _by_device(previous: Any) -> dict[str, tuple[float, str]]:
    if previous is None:
        return {}
    columns = [previous[name].to_pylist() for name in ("device_id", "risk", "device_class")]
    return {name: (risk, kind) for name, risk, kind in zip(*columns, strict=True)}


def _outside(row: dict[str, Any], inputs: Sequence[ModelInput]) -> str:
    """Names of the inputs beyond what the model has seen, with ';' between them."""
    beyond = []
    for one in inputs:
        value = row[one.name]
        if one.trained is not None and value is not None and not one.trained[0] <= value <= one.trained[1]:
            beyond.append(one.name)
    return ";".join(beyond)

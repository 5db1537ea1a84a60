"""Metrics that a logged model had on a dataset."""

from __future__ import annotations

import json
import math
import time
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from assay import _core
from assay.tracking.datasets import Dataset

if TYPE_CHECKING:
    from assay.tracking.run import Run

__all__ = ["log_measured"]


def log_measured(
    run: Run,
    metrics: Mapping[str, float],
    step: int,
    timestamp: int | None,
    model_id: str | None,
    dataset: Any,
) -> None:
    """The points go to the run as ever; a record beside each says whose they are.

    A dataset is noted once as the run's input, without its rows. Giving a table describes it at every call; give a
    :class:`Dataset` where there are many.
    """
    moment = timestamp if timestamp is not None else time.time_ns() // 1_000_000
    described = None if dataset is None else Dataset.describe(dataset)
    run.log_metrics(metrics, step, moment)
    if described is not None and (described.name, described.digest) not in run._measured_on:
        run.log_input(described)
        run._measured_on.add((described.name, described.digest))
    if model_id is None:
        return
    for key, value in metrics.items():
        body = {
            "server_model" if model_id.startswith("m-") else "model": model_id,
            "key": key,
            "value": _value(float(value)),
            "step": step,
            "dataset_name": described.name if described else "",
            "dataset_digest": described.digest if described else "",
        }
        _core.tracking.append_document(
            run.info.journal,
            kind="model_metric",
            id=uuid.uuid4().hex,
            body=json.dumps(body, ensure_ascii=False),
            run=run.info.run_id,
            time=moment,
        )


def _value(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"

"""Device failure: rows with labels to a model that is judged by folds, beside baselines.

`prepare` or `read_source` make features and labels, `train` fits and judges; ``assay lims train`` does both and keeps
the model. What judges a row was never fitted, tuned or given its threshold on that row.
"""

from __future__ import annotations

from assay.pipelines.device_failure.judging import Judgement, Metric, judge
from assay.pipelines.device_failure.preparation import (
    LEAKS,
    DataVersion,
    Prepared,
    prepare,
    prepare_device_days,
    read_source,
)
from assay.pipelines.device_failure.training import Trained, peers, train

__all__ = [
    "LEAKS",
    "DataVersion",
    "Judgement",
    "Metric",
    "Prepared",
    "Trained",
    "judge",
    "peers",
    "prepare",
    "prepare_device_days",
    "read_source",
    "train",
]

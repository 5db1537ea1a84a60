"""Tracking that works without a server: runs go to a local journal and are delivered to MLflow later.

Names and meanings follow ``mlflow`` wherever it has them::

    import assay.tracking as at

    with at.start_run(experiment="icu/Judge_Evaluation", run_name="judge_eval_M00001"):
        at.log_params({"judge": "grounded"})
        at.log_metric("overall_score", 4.2)
        at.log_dict(details, "judge_details/M00001.json")

    at.sync(tracking_uri="http://127.0.0.1:5000")  # now or weeks later
"""

from __future__ import annotations

from assay import _native  # noqa: F401 - cleans the core's errors
from assay.tracking.datasets import Dataset
from assay.tracking.delivery import SyncReport, get_tracking_uri, set_tracking_uri, sync
from assay.tracking.fluent import (
    active_run,
    end_run,
    last_active_run,
    log_artifact,
    log_artifacts,
    log_dict,
    log_figure,
    log_input,
    log_inputs,
    log_metric,
    log_metrics,
    log_param,
    log_params,
    log_table,
    log_text,
    set_experiment,
    set_tag,
    set_tags,
    start_run,
)
from assay.tracking.run import Run, RunInfo

__all__ = [
    "Dataset",
    "Run",
    "RunInfo",
    "SyncReport",
    "active_run",
    "end_run",
    "get_tracking_uri",
    "last_active_run",
    "log_artifact",
    "log_artifacts",
    "log_dict",
    "log_figure",
    "log_input",
    "log_inputs",
    "log_metric",
    "log_metrics",
    "log_param",
    "log_params",
    "log_table",
    "log_text",
    "set_experiment",
    "set_tag",
    "set_tags",
    "set_tracking_uri",
    "start_run",
    "sync",
]

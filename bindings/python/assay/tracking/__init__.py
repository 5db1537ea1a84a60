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

import importlib
from typing import TYPE_CHECKING, Any

from assay import _native  # noqa: F401 - cleans the core's errors
from assay.tracking.active import (
    active_run,
    end_run,
    last_active_run,
    set_experiment,
    start_run,
)
from assay.tracking.datasets import Dataset
from assay.tracking.delivery import SyncReport, get_tracking_uri, set_tracking_uri, sync
from assay.tracking.fluent import (
    flush,
    flush_async_logging,
    log_artifact,
    log_artifacts,
    log_dict,
    log_figure,
    log_image,
    log_input,
    log_inputs,
    log_metric,
    log_metrics,
    log_param,
    log_params,
    log_table,
    log_text,
    set_tag,
    set_tags,
)
from assay.tracking.run import Run, RunInfo

if TYPE_CHECKING:
    from assay.tracking.alerts import AlertRules, check_alerts
    from assay.tracking.analytics import average_cost, cost_groups, top_failed_concepts
    from assay.tracking.artifacts import FileInfo, download_artifacts, list_artifacts, upload_artifacts
    from assay.tracking.compare import PromptComparison, compare_prompts
    from assay.tracking.cost import LlmCost, log_llm_cost
    from assay.tracking.feedback import Feedback, log_feedback
    from assay.tracking.models.folder import save_model
    from assay.tracking.models.kinds import Model, model_kind, model_kinds
    from assay.tracking.models.log import ModelInfo, log_model, promote, register_model, rollback
    from assay.tracking.models.signature import ColSpec, ModelSignature, ParamSpec, infer_signature
    from assay.tracking.prices import ExchangeRate, PriceTable

__all__ = [
    "AlertRules",
    "ColSpec",
    "Dataset",
    "ExchangeRate",
    "Feedback",
    "FileInfo",
    "LlmCost",
    "Model",
    "ModelInfo",
    "ModelSignature",
    "ParamSpec",
    "PriceTable",
    "PromptComparison",
    "Run",
    "RunInfo",
    "SyncReport",
    "active_run",
    "average_cost",
    "check_alerts",
    "compare_prompts",
    "cost_groups",
    "download_artifacts",
    "end_run",
    "flush",
    "flush_async_logging",
    "get_tracking_uri",
    "infer_signature",
    "last_active_run",
    "list_artifacts",
    "log_artifact",
    "log_artifacts",
    "log_dict",
    "log_feedback",
    "log_figure",
    "log_image",
    "log_input",
    "log_inputs",
    "log_llm_cost",
    "log_metric",
    "log_metrics",
    "log_model",
    "log_param",
    "log_params",
    "log_table",
    "log_text",
    "model_kind",
    "model_kinds",
    "promote",
    "register_model",
    "rollback",
    "save_model",
    "set_experiment",
    "set_tag",
    "set_tags",
    "set_tracking_uri",
    "start_run",
    "sync",
    "top_failed_concepts",
    "upload_artifacts",
]

# What a run that only logs does not need, by where it lives: loaded on first use.
_LAZY = {
    "AlertRules": "assay.tracking.alerts",
    "ColSpec": "assay.tracking.models.signature",
    "ExchangeRate": "assay.tracking.prices",
    "Feedback": "assay.tracking.feedback",
    "FileInfo": "assay.tracking.artifacts",
    "LlmCost": "assay.tracking.cost",
    "Model": "assay.tracking.models.kinds",
    "ModelInfo": "assay.tracking.models.log",
    "ModelSignature": "assay.tracking.models.signature",
    "ParamSpec": "assay.tracking.models.signature",
    "PriceTable": "assay.tracking.prices",
    "PromptComparison": "assay.tracking.compare",
    "average_cost": "assay.tracking.analytics",
    "check_alerts": "assay.tracking.alerts",
    "compare_prompts": "assay.tracking.compare",
    "cost_groups": "assay.tracking.analytics",
    "download_artifacts": "assay.tracking.artifacts",
    "infer_signature": "assay.tracking.models.signature",
    "list_artifacts": "assay.tracking.artifacts",
    "log_feedback": "assay.tracking.feedback",
    "log_llm_cost": "assay.tracking.cost",
    "log_model": "assay.tracking.models.log",
    "model_kind": "assay.tracking.models.kinds",
    "model_kinds": "assay.tracking.models.kinds",
    "promote": "assay.tracking.models.log",
    "register_model": "assay.tracking.models.log",
    "rollback": "assay.tracking.models.log",
    "save_model": "assay.tracking.models.folder",
    "top_failed_concepts": "assay.tracking.analytics",
    "upload_artifacts": "assay.tracking.artifacts",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'assay.tracking' has no attribute {name!r}")
    value = getattr(importlib.import_module(_LAZY[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)

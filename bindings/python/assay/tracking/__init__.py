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
    from assay.tracking.client.client import MlflowClient
    from assay.tracking.client.pages import PagedList
    from assay.tracking.client.prompts import PromptVersion
    from assay.tracking.client.search import iter_runs, search_runs
    from assay.tracking.client.views import ViewType
    from assay.tracking.compare import PromptComparison, compare_prompts
    from assay.tracking.cost import LlmCost, log_llm_cost
    from assay.tracking.feedback import Feedback, log_feedback
    from assay.tracking.models.fetch import download_model, load_model
    from assay.tracking.models.folder import save_model
    from assay.tracking.models.kinds import Model, model_kind, model_kinds
    from assay.tracking.models.log import ModelInfo, log_model, promote, register_model, rollback
    from assay.tracking.models.signature import ColSpec, ModelSignature, ParamSpec, infer_signature
    from assay.tracking.prices import ExchangeRate, PriceTable
    from assay.tracking.spans import LiveSpan, SpanEvent, SpanType
    from assay.tracking.traced import trace
    from assay.tracking.traces import Trace, get_trace, search_traces
    from assay.tracking.tracing import (
        export_traces,
        get_active_trace_id,
        get_current_active_span,
        get_last_active_trace_id,
        start_span,
        start_span_no_context,
        update_current_trace,
    )

__all__ = [
    "AlertRules",
    "ColSpec",
    "Dataset",
    "ExchangeRate",
    "Feedback",
    "FileInfo",
    "LiveSpan",
    "LlmCost",
    "MlflowClient",
    "Model",
    "ModelInfo",
    "ModelSignature",
    "PagedList",
    "ParamSpec",
    "PriceTable",
    "PromptComparison",
    "PromptVersion",
    "Run",
    "RunInfo",
    "SpanEvent",
    "SpanType",
    "SyncReport",
    "Trace",
    "ViewType",
    "active_run",
    "average_cost",
    "check_alerts",
    "compare_prompts",
    "cost_groups",
    "download_artifacts",
    "download_model",
    "end_run",
    "export_traces",
    "flush",
    "flush_async_logging",
    "get_active_trace_id",
    "get_current_active_span",
    "get_last_active_trace_id",
    "get_trace",
    "get_tracking_uri",
    "infer_signature",
    "iter_runs",
    "last_active_run",
    "list_artifacts",
    "load_model",
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
    "search_runs",
    "search_traces",
    "set_experiment",
    "set_tag",
    "set_tags",
    "set_tracking_uri",
    "start_run",
    "start_span",
    "start_span_no_context",
    "sync",
    "top_failed_concepts",
    "trace",
    "update_current_trace",
    "upload_artifacts",
]

# What a run that only logs does not need, by where it lives: loaded on first use.
_LAZY = {
    "AlertRules": "assay.tracking.alerts",
    "MlflowClient": "assay.tracking.client.client",
    "PagedList": "assay.tracking.client.pages",
    "PromptVersion": "assay.tracking.client.prompts",
    "ViewType": "assay.tracking.client.views",
    "iter_runs": "assay.tracking.client.search",
    "search_runs": "assay.tracking.client.search",
    "ColSpec": "assay.tracking.models.signature",
    "ExchangeRate": "assay.tracking.prices",
    "Feedback": "assay.tracking.feedback",
    "FileInfo": "assay.tracking.artifacts",
    "LiveSpan": "assay.tracking.spans",
    "LlmCost": "assay.tracking.cost",
    "Model": "assay.tracking.models.kinds",
    "ModelInfo": "assay.tracking.models.log",
    "ModelSignature": "assay.tracking.models.signature",
    "ParamSpec": "assay.tracking.models.signature",
    "PriceTable": "assay.tracking.prices",
    "PromptComparison": "assay.tracking.compare",
    "SpanEvent": "assay.tracking.spans",
    "SpanType": "assay.tracking.spans",
    "Trace": "assay.tracking.traces",
    "average_cost": "assay.tracking.analytics",
    "check_alerts": "assay.tracking.alerts",
    "compare_prompts": "assay.tracking.compare",
    "cost_groups": "assay.tracking.analytics",
    "download_artifacts": "assay.tracking.artifacts",
    "download_model": "assay.tracking.models.fetch",
    "export_traces": "assay.tracking.tracing",
    "get_active_trace_id": "assay.tracking.tracing",
    "get_current_active_span": "assay.tracking.tracing",
    "get_last_active_trace_id": "assay.tracking.tracing",
    "get_trace": "assay.tracking.traces",
    "infer_signature": "assay.tracking.models.signature",
    "list_artifacts": "assay.tracking.artifacts",
    "load_model": "assay.tracking.models.fetch",
    "log_feedback": "assay.tracking.feedback",
    "log_llm_cost": "assay.tracking.cost",
    "log_model": "assay.tracking.models.log",
    "model_kind": "assay.tracking.models.kinds",
    "model_kinds": "assay.tracking.models.kinds",
    "promote": "assay.tracking.models.log",
    "register_model": "assay.tracking.models.log",
    "rollback": "assay.tracking.models.log",
    "save_model": "assay.tracking.models.folder",
    "search_traces": "assay.tracking.traces",
    "start_span": "assay.tracking.tracing",
    "start_span_no_context": "assay.tracking.tracing",
    "top_failed_concepts": "assay.tracking.analytics",
    "trace": "assay.tracking.traced",
    "update_current_trace": "assay.tracking.tracing",
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

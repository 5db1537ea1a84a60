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

from typing import TYPE_CHECKING

from assay import _native, errors  # noqa: F401 - _native cleans the core's errors
from assay._lazy import getter
from assay.tracking.active import (
    Experiment,
    active_run,
    end_run,
    last_active_run,
    set_experiment,
    start_run,
)
from assay.tracking.delivery import SyncReport, get_tracking_uri, is_tracking_uri_set, set_tracking_uri, sync
from assay.tracking.fluent import (
    autolog,
    delete_tag,
    flush,
    flush_artifact_async_logging,
    flush_async_logging,
    flush_trace_async_logging,
    get_artifact_uri,
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
    log_stream,
    log_table,
    log_text,
    set_tag,
    set_tags,
)
from assay.tracking.run import Run, RunInfo

ActiveRun = Run
MlflowException = errors.Error

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
    from assay.tracking.datasets import Dataset
    from assay.tracking.experiments import (
        create_experiment,
        delete_experiment,
        delete_experiment_tag,
        delete_run,
        get_experiment,
        get_experiment_by_name,
        restore_experiment,
        restore_run,
        search_experiments,
        set_experiment_tag,
        set_experiment_tags,
    )
    from assay.tracking.feedback import Feedback, log_feedback
    from assay.tracking.kept_runs import KeptRun, RunData, get_parent_run, get_run, load_table
    from assay.tracking.models.fetch import download_model, load_model
    from assay.tracking.models.folder import save_model
    from assay.tracking.models.history import AliasChange, alias_history
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
    "ActiveRun",
    "AlertRules",
    "AliasChange",
    "ColSpec",
    "Dataset",
    "ExchangeRate",
    "Experiment",
    "Feedback",
    "FileInfo",
    "KeptRun",
    "LiveSpan",
    "LlmCost",
    "MlflowClient",
    "MlflowException",
    "Model",
    "ModelInfo",
    "ModelSignature",
    "PagedList",
    "ParamSpec",
    "PriceTable",
    "PromptComparison",
    "PromptVersion",
    "Run",
    "RunData",
    "RunInfo",
    "SpanEvent",
    "SpanType",
    "SyncReport",
    "Trace",
    "ViewType",
    "active_run",
    "alias_history",
    "autolog",
    "average_cost",
    "check_alerts",
    "compare_prompts",
    "cost_groups",
    "create_experiment",
    "delete_experiment",
    "delete_experiment_tag",
    "delete_run",
    "delete_tag",
    "download_artifacts",
    "download_model",
    "end_run",
    "export_traces",
    "flush",
    "flush_artifact_async_logging",
    "flush_async_logging",
    "flush_trace_async_logging",
    "get_active_trace_id",
    "get_artifact_uri",
    "get_current_active_span",
    "get_experiment",
    "get_experiment_by_name",
    "get_last_active_trace_id",
    "get_parent_run",
    "get_run",
    "get_trace",
    "get_tracking_uri",
    "infer_signature",
    "is_tracking_uri_set",
    "iter_runs",
    "last_active_run",
    "list_artifacts",
    "load_model",
    "load_table",
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
    "log_stream",
    "log_table",
    "log_text",
    "model_kind",
    "model_kinds",
    "promote",
    "register_model",
    "restore_experiment",
    "restore_run",
    "rollback",
    "save_model",
    "search_experiments",
    "search_runs",
    "search_traces",
    "set_experiment",
    "set_experiment_tag",
    "set_experiment_tags",
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
    "create_experiment": "assay.tracking.experiments",
    "delete_experiment": "assay.tracking.experiments",
    "delete_experiment_tag": "assay.tracking.experiments",
    "delete_run": "assay.tracking.experiments",
    "get_experiment": "assay.tracking.experiments",
    "get_experiment_by_name": "assay.tracking.experiments",
    "restore_experiment": "assay.tracking.experiments",
    "restore_run": "assay.tracking.experiments",
    "search_experiments": "assay.tracking.experiments",
    "set_experiment_tag": "assay.tracking.experiments",
    "set_experiment_tags": "assay.tracking.experiments",
    "KeptRun": "assay.tracking.kept_runs",
    "RunData": "assay.tracking.kept_runs",
    "get_parent_run": "assay.tracking.kept_runs",
    "get_run": "assay.tracking.kept_runs",
    "load_table": "assay.tracking.kept_runs",
    "AlertRules": "assay.tracking.alerts",
    "MlflowClient": "assay.tracking.client.client",
    "PagedList": "assay.tracking.client.pages",
    "PromptVersion": "assay.tracking.client.prompts",
    "ViewType": "assay.tracking.client.views",
    "iter_runs": "assay.tracking.client.search",
    "search_runs": "assay.tracking.client.search",
    "ColSpec": "assay.tracking.models.signature",
    "Dataset": "assay.tracking.datasets",
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
    "AliasChange": "assay.tracking.models.history",
    "alias_history": "assay.tracking.models.history",
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


__getattr__ = getter(__name__, _LAZY)


def __dir__() -> list[str]:
    return sorted(__all__)

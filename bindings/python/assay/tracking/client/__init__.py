"""MLflow's client: everything that a server holds, by the names and meanings of ``mlflow.MlflowClient``.

``assay.tracking`` logs to a journal and needs no server; this speaks to one at once, and says so by exceptions::

    from assay.tracking import MlflowClient

    client = MlflowClient("http://127.0.0.1:5000")
    for run in client.search_runs(["1"], "metrics.auc > 0.8", order_by=["metrics.auc DESC"]):
        print(run.info.run_id, run.data.metrics["auc"])
"""

from __future__ import annotations

from assay import _native  # noqa: F401 - cleans the core's errors
from assay.tracking.client.client import MlflowClient
from assay.tracking.client.pages import PagedList
from assay.tracking.client.prompts import PromptVersion
from assay.tracking.client.search import iter_runs, search_runs
from assay.tracking.client.views import ViewType

__all__ = ["MlflowClient", "PagedList", "PromptVersion", "ViewType", "iter_runs", "search_runs"]

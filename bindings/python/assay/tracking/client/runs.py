"""Runs and logged models, by the names of ``mlflow.MlflowClient``. Each call is a request that is waited for."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from assay._core.tracking import DatasetInput, FileInfo, Metric, ServerRun
from assay.tracking.client.base import ClientBase, text, texts
from assay.tracking.client.pages import PagedList, gather
from assay.tracking.client.views import ViewType, view_number

_METRICS_AT_ONCE = 1000
_PAIRS_AT_ONCE = 100


def _now() -> int:
    return time.time_ns() // 1_000_000


class RunMethods(ClientBase):
    def create_run(
        self,
        experiment_id: str,
        start_time: int | None = None,
        tags: dict[str, Any] | None = None,
        run_name: str | None = None,
    ) -> ServerRun:
        """Create a run on the server. The request is never repeated by itself: an answer lost may leave a run."""
        kept = texts(tags)
        user = kept.get("mlflow.user", "")
        name = run_name or kept.get("mlflow.runName", "")
        return self._runs.create(
            str(experiment_id), name, user, _now() if start_time is None else start_time, kept
        )

    def get_run(self, run_id: str) -> ServerRun:
        """The run of this id: ``.info``, ``.data.metrics``, ``.data.params``, ``.data.tags``."""
        return self._runs.get(run_id)

    def get_parent_run(self, run_id: str) -> ServerRun | None:
        """The run that this one is nested in, or None."""
        parent = self.get_run(run_id).data.tags.get("mlflow.parentRunId")
        return None if parent is None else self.get_run(parent)

    def update_run(self, run_id: str, status: str | None = None, name: str | None = None) -> None:
        """Change a run's status or name."""
        self._runs.update(run_id, status, None, name)

    def set_terminated(self, run_id: str, status: str | None = None, end_time: int | None = None) -> None:
        """End a run, now or at `end_time` (ms since 1970)."""
        self._runs.update(run_id, status or "FINISHED", _now() if end_time is None else end_time, None)

    def delete_run(self, run_id: str) -> None:
        """Mark a run as deleted; :meth:`restore_run` undoes it."""
        self._runs.delete(run_id)

    def restore_run(self, run_id: str) -> None:
        """Take a deleted run back."""
        self._runs.restore(run_id)

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: int | str = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[ServerRun]:
        """Up to `max_results` runs that match, and the token of those after them."""
        ids, view = [str(one) for one in experiment_ids], view_number(run_view_type)
        return gather(
            lambda size, token: self._runs.search_page(
                ids, filter_string or "", order_by or [], view, size, token
            ),
            most=max_results,
            token=page_token,
            at_once=1000,
        )

    def iter_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: int | str = ViewType.ACTIVE_ONLY,
        order_by: list[str] | None = None,
        *,
        page_size: int = 1000,
    ) -> Iterator[ServerRun]:
        """All runs that match, fetched page by page: memory does not grow with their number."""
        ids = [str(one) for one in experiment_ids]
        return self._runs.search(
            ids, filter_string or "", order_by or [], view_number(run_view_type), page_size
        )

    def log_metric(
        self,
        run_id: str,
        key: str,
        value: float,
        timestamp: int | None = None,
        step: int | None = None,
    ) -> None:
        """Log one point; `timestamp` in ms since 1970."""
        self._runs.log_metric(
            run_id, Metric(key, value, _now() if timestamp is None else timestamp, step or 0)
        )

    def log_param(self, run_id: str, key: str, value: Any) -> Any:
        """Set a parameter; another value than it has is :class:`assay.InvalidParameter`. Returns the value."""
        self._runs.log_param(run_id, key, str(value))
        return value

    def set_tag(self, run_id: str, key: str, value: Any) -> None:
        """Set a tag."""
        self._runs.set_tag(run_id, key, text(value))

    def delete_tag(self, run_id: str, key: str) -> None:
        """Remove a tag."""
        self._runs.delete_tag(run_id, key)

    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: dict[str, Any] | Sequence[Any] = (),
        tags: dict[str, Any] | Sequence[Any] = (),
    ) -> None:
        """Log many at once, in requests as large as MLflow takes. `params` and `tags`: a dict, or MLflow's entities."""
        points = [_point(metric) for metric in metrics]
        for some in _parts(points, _METRICS_AT_ONCE):
            self._runs.log_batch(run_id, some, {}, {})
        for pairs in _parts(list(_pairs(params).items()), _PAIRS_AT_ONCE):
            self._runs.log_batch(run_id, [], dict(pairs), {})
        for pairs in _parts(list(_pairs(tags).items()), _PAIRS_AT_ONCE):
            self._runs.log_batch(run_id, [], {}, dict(pairs))

    def log_inputs(
        self, run_id: str, datasets: Sequence[DatasetInput] = (), models: Sequence[Any] = ()
    ) -> None:
        """Note what a run read: datasets, logged models by id or as MLflow's ``LoggedModelInput``."""
        self._runs.log_inputs(run_id, list(datasets), [_model_id(model) for model in models])

    def log_outputs(self, run_id: str, models: Sequence[Any]) -> None:
        """Note the logged models that a run made: ids, ``(id, step)``, or MLflow's ``LoggedModelOutput``."""
        self._runs.log_outputs(run_id, [_model_and_step(model) for model in models])

    def get_metric_history(self, run_id: str, key: str) -> list[Metric]:
        """All points of a metric."""
        return self._runs.metric_history(run_id, key)

    def list_artifacts(self, run_id: str, path: str | None = None) -> list[FileInfo]:
        """The files and folders right under a folder of the run's artifacts."""
        return self._runs.list_artifacts(run_id, path or "")


def _parts(items: list[Any], at_once: int) -> Iterator[list[Any]]:
    return (items[first : first + at_once] for first in range(0, len(items), at_once))


def _pairs(given: Any) -> dict[str, str]:
    if isinstance(given, dict):
        return texts(given)
    return {item.key: text(item.value) for item in given}


def _point(metric: Any) -> Metric:
    if isinstance(metric, Metric):
        return metric
    return Metric(metric.key, metric.value, metric.timestamp, metric.step)


def _model_id(model: Any) -> str:
    return model if isinstance(model, str) else str(model.model_id)


def _model_and_step(model: Any) -> tuple[str, int]:
    if isinstance(model, tuple):
        return str(model[0]), int(model[1])
    return _model_id(model), int(getattr(model, "step", 0))

"""Experiments, by the names of ``mlflow.MlflowClient``."""

from __future__ import annotations

from typing import Any

from assay._core.tracking import Experiment
from assay.tracking.client.base import ClientBase, text, texts
from assay.tracking.client.pages import PagedList, gather
from assay.tracking.client.views import ViewType, view_number


class ExperimentMethods(ClientBase):
    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: dict[str, Any] | None = None
    ) -> str:
        """Create an experiment; returns its id. A name that is taken is :class:`assay.ResourceAlreadyExists`."""
        return self._experiments.create(name, texts(tags), artifact_location or "")

    def get_experiment(self, experiment_id: str) -> Experiment:
        """The experiment of this id."""
        return self._experiments.get(str(experiment_id))

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        """The experiment of this name, deleted ones too, or None."""
        return self._experiments.find(name)

    def search_experiments(
        self,
        view_type: int | str = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        filter_string: str | None = None,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Experiment]:
        """Up to `max_results` experiments that match, and the token of those after them."""
        view = view_number(view_type)
        return gather(
            lambda size, token: self._experiments.search_page(
                filter_string or "", order_by or [], view, size, token
            ),
            most=max_results,
            token=page_token,
            at_once=1000,
        )

    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        """Give an experiment another name."""
        self._experiments.rename(str(experiment_id), new_name)

    def delete_experiment(self, experiment_id: str) -> None:
        """Mark an experiment as deleted; :meth:`restore_experiment` undoes it."""
        self._experiments.delete(str(experiment_id))

    def restore_experiment(self, experiment_id: str) -> None:
        """Take a deleted experiment back."""
        self._experiments.restore(str(experiment_id))

    def set_experiment_tag(self, experiment_id: str, key: str, value: Any) -> None:
        """Set a tag of an experiment."""
        self._experiments.set_tag(str(experiment_id), key, text(value))

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        """Remove a tag of an experiment."""
        self._experiments.delete_tag(str(experiment_id), key)

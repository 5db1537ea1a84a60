"""Experiments by the names of MLflow's fluent interface: a name is enough without a server."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from assay import _core, errors
from assay.tracking import active, delivery

if TYPE_CHECKING:
    from assay._core.tracking import Experiment as ServerExperiment
    from assay.tracking.client.client import MlflowClient

__all__ = [
    "create_experiment",
    "delete_experiment",
    "delete_experiment_tag",
    "delete_run",
    "get_experiment",
    "get_experiment_by_name",
    "restore_experiment",
    "restore_run",
    "search_experiments",
    "set_experiment_tag",
    "set_experiment_tags",
]


def _client() -> MlflowClient:
    from assay.tracking.client.client import MlflowClient

    return MlflowClient()


def create_experiment(
    name: str,
    artifact_location: str | None = None,
    tags: Mapping[str, Any] | None = None,
    trace_location: Any = None,
) -> str:
    """Make an experiment on the server and return its id; without a server, the id that stands for its name.

    Raises
    ------
    assay.ResourceAlreadyExists
        The server has one of this name.
    assay.ValueError
        Without a server: an `artifact_location`, which only a server can set. A `trace_location`, which is Unity
        Catalog's.
    """
    if trace_location is not None:
        raise errors.ValueError("create_experiment: expected no trace_location; traces lie in the experiment")
    if delivery.get_tracking_uri() is not None:
        return _client().create_experiment(name, artifact_location, dict(tags or {}))
    if artifact_location is not None:
        raise errors.ValueError(
            "create_experiment: artifact_location needs a server; call set_tracking_uri first"
        )
    made = active.Experiment.named(name)
    for key, value in (tags or {}).items():
        _keep_tag(made.name, key, value)
    return made.experiment_id


def get_experiment(experiment_id: str) -> active.Experiment | ServerExperiment:
    """The experiment of this id; one that stands for a name is looked up by it where a server is set."""
    name = active.name_of(experiment_id)
    if name is None:
        return _client().get_experiment(experiment_id)
    found = get_experiment_by_name(name) if delivery.get_tracking_uri() is not None else None
    return found or active.Experiment.named(name)


def get_experiment_by_name(name: str) -> active.Experiment | ServerExperiment | None:
    """The server's experiment of this name or None; without a server, the journal's."""
    if delivery.get_tracking_uri() is not None:
        return _client().get_experiment_by_name(name)
    known = active.is_current(name) or any(
        run.experiment == name
        for journal in active.known_journals()
        for run in _core.tracking.journal_status(journal).runs
    )
    return active.Experiment.named(name) if known else None


def search_experiments(
    view_type: int | str = 1,
    max_results: int | None = None,
    filter_string: str | None = None,
    order_by: list[str] | None = None,
) -> list[ServerExperiment]:
    """Experiments of the server that match; all by default."""
    most = 1_000_000 if max_results is None else max_results
    return list(_client().search_experiments(view_type, most, filter_string, order_by))


def delete_experiment(experiment_id: str) -> None:
    """Mark an experiment of the server as deleted."""
    _client().delete_experiment(_server_id(experiment_id))


def restore_experiment(experiment_id: str) -> None:
    """Take a deleted experiment of the server back."""
    _client().restore_experiment(_server_id(experiment_id))


def delete_run(run_id: str) -> None:
    """Mark a run of the server as deleted, by the server's id or the journal's. The journal keeps it."""
    _client().delete_run(_server_run(run_id))


def restore_run(run_id: str) -> None:
    """Take a deleted run of the server back, by the server's id or the journal's."""
    _client().restore_run(_server_run(run_id))


def set_experiment_tag(key: str, value: Any) -> None:
    """Set a tag of the current experiment: that of the active run, or the one that is set. Needs no server."""
    run = active.active_run()
    if run is not None:
        _append(run.info.journal, key, value, run=run.info.run_id)
        return
    name, server_id = active.current_experiment()
    _keep_tag(name, key, value, server_id)


def set_experiment_tags(tags: Mapping[str, Any]) -> None:
    """Set several tags of the current experiment."""
    for key, value in tags.items():
        set_experiment_tag(key, value)


def delete_experiment_tag(key: str) -> None:
    """Remove a tag of the current experiment from the server, now."""
    name, server_id = active.current_experiment()
    experiment_id = server_id or active.Experiment.named(name).experiment_id
    _client().delete_experiment_tag(_server_id(experiment_id), key)


def _keep_tag(experiment: str, key: str, value: Any, server_id: str | None = None) -> None:
    journal = _core.tracking.default_journal()
    _append(journal, key, value, experiment=experiment, server_id=server_id)


def _append(
    journal: Any, key: str, value: Any, *, run: str = "", experiment: str = "", server_id: str | None = None
) -> None:
    import json

    if not key:
        raise errors.ValueError("set_experiment_tag: expected a name, got an empty one")
    known = {"experiment_id": server_id} if server_id else {}
    body = json.dumps({"key": str(key), "value": str(value), **known}, ensure_ascii=False)
    _core.tracking.append_document(
        journal, kind="experiment_tag", id=uuid.uuid4().hex, body=body, run=run, experiment=experiment
    )


def _server_id(experiment_id: str) -> str:
    name = active.name_of(experiment_id)
    if name is None:
        return experiment_id
    found = _client().get_experiment_by_name(name)
    if found is None:
        raise errors.ValueError("expected an experiment that is on the server; none there has this name yet")
    return found.experiment_id


def _server_run(run_id: str) -> str:
    from assay.tracking.artifacts import server_run

    uri = delivery.get_tracking_uri()
    return run_id if uri is None else server_run(uri, run_id)

"""The functions of MLflow's fluent interface, on the local journal.

The active runs of a thread form a stack. A thread that began none logs to the run that the process began
last, so that worker threads log where their caller does (MLflow would begin a new run in each).

A forked child (a PyTorch data loader, say) inherits the active runs and logs into them; only the process that
began a run ends it. :func:`end_run` and the end of a ``with`` block take an inherited run from the child's active
ones, and no more.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assay import errors
from assay.tracking import delivery
from assay.tracking.datasets import Dataset
from assay.tracking.run import Run, _Path


class _Active(threading.local):
    def __init__(self) -> None:
        self.stack: list[Run] = []
        self.last: Run | None = None


_active = _Active()
_begun: list[Run] = []  # of all threads, in order
_inherited: list[Run] = []  # in a forked child: begun by its parent
_ended_in: list[Path] = []  # journals with runs that ended while others were active
_lock = threading.Lock()
_experiment: str | None = None


def set_experiment(experiment_name: str) -> str:
    """Set the experiment of runs that name none. Returns the name."""
    global _experiment
    _experiment = experiment_name
    return experiment_name


def experiment_name() -> str:
    """The experiment of what names none: that of :func:`set_experiment`, ``$MLFLOW_EXPERIMENT_NAME`` or Default."""
    return _experiment or os.environ.get("MLFLOW_EXPERIMENT_NAME") or "Default"


def start_run(
    *,
    experiment: str | None = None,
    run_name: str | None = None,
    nested: bool = False,
    parent_run_id: str | None = None,
    tags: Mapping[str, Any] | None = None,
    description: str | None = None,
    journal: _Path | None = None,
    fsync: str = "interval",
) -> Run:
    """Begin a run and make it the active one; use it in a ``with`` statement or call :func:`end_run`.

    Parameters
    ----------
    experiment
        Name; by default that of the parent, of :func:`set_experiment`, ``$MLFLOW_EXPERIMENT_NAME`` or
        ``"Default"``.
    nested
        Needed where a run is active already; the new run becomes its child.
    journal, fsync
        See :class:`assay.tracking.Run`; a nested run goes to its parent's journal.

    Raises
    ------
    assay.StateError
        A run is active and `nested` is false.
    assay.ValueError
        A name or tag breaks MLflow's rules.
    """
    parent = _active.stack[-1] if _active.stack else None
    if parent is not None and not nested:
        raise errors.StateError(
            f"start_run: run {parent.info.run_name!r} is active; end it with end_run(), or pass nested=True"
        )
    if parent is not None:
        experiment = experiment or parent.info.experiment
        parent_run_id = parent_run_id or parent.info.run_id
        journal = journal if journal is not None else parent.info.journal
    all_tags = dict(tags or {})
    if description is not None:
        all_tags["mlflow.note.content"] = description
    run = Run(
        experiment=experiment or experiment_name(),
        run_name=run_name,
        tags=all_tags,
        parent_run_id=parent_run_id,
        journal=journal,
        fsync=fsync,
    )
    _active.stack.append(run)
    with _lock:
        _begun.append(run)
    return run


def active_run() -> Run | None:
    """The innermost active run of this thread, or the last one begun by any thread, or None.

    In a forked child that began none: the run that was active in its parent.
    """
    if _active.stack:
        return _active.stack[-1]
    with _lock:
        known = _begun or _inherited
        return known[-1] if known else None


def last_active_run() -> Run | None:
    """The active run, or the one that ended last in this thread."""
    return active_run() or _active.last


def finish(run: Run, status: str = "FINISHED") -> None:
    """End a run, take it from the active ones and, where a server is set, deliver when none is left.

    A run that this process inherited over fork stays open: it is its parent's.
    """
    if run in _inherited:
        _inherited.remove(run)
        if run in _active.stack:
            _active.stack.remove(run)
        return
    run.end(status)
    if run in _active.stack:
        _active.stack.remove(run)
    _active.last = run
    journal = run.info.journal
    with _lock:
        if run in _begun:
            _begun.remove(run)
        if journal not in _ended_in:
            _ended_in.append(journal)
        due = [] if _begun else [*_ended_in]
        if due:
            _ended_in.clear()
    for journal in due:
        delivery.deliver_after_run(journal)


def end_run(status: str = "FINISHED") -> None:
    """End the active run of this thread; without one, nothing happens."""
    if _active.stack:
        finish(_active.stack[-1], status)


def _run() -> Run:
    return active_run() or start_run()


def log_metric(key: str, value: float, step: int | None = None, *, timestamp: int | None = None) -> None:
    """Log one point of a metric in the active run; without one, a run begins."""
    stack = _active.stack  # the hot call: the common case without a call in between
    (stack[-1] if stack else _run()).log_metric(key, value, step, timestamp)


def log_metrics(
    metrics: Mapping[str, float], step: int | None = None, *, timestamp: int | None = None
) -> None:
    """Log several metrics of one moment in the active run."""
    _run().log_metrics(metrics, step, timestamp)


def log_param(key: str, value: Any) -> Any:
    """Set a parameter of the active run. Returns the value."""
    return _run().log_param(key, value)


def log_params(params: Mapping[str, Any]) -> None:
    """Set several parameters of the active run."""
    _run().log_params(params)


def set_tag(key: str, value: Any) -> None:
    """Set a tag of the active run."""
    _run().set_tag(key, value)


def set_tags(tags: Mapping[str, Any]) -> None:
    """Set several tags of the active run."""
    _run().set_tags(tags)


def log_artifact(local_path: _Path, artifact_path: str | None = None) -> None:
    """Keep a file of the active run as it is now."""
    _run().log_artifact(local_path, artifact_path)


def log_artifacts(local_dir: _Path, artifact_path: str | None = None) -> None:
    """Keep every file below a folder."""
    _run().log_artifacts(local_dir, artifact_path)


def log_text(text: str, artifact_file: str) -> None:
    """Keep a text as an artifact of the active run."""
    _run().log_text(text, artifact_file)


def log_dict(dictionary: Any, artifact_file: str) -> None:
    """Keep a JSON document as an artifact of the active run."""
    _run().log_dict(dictionary, artifact_file)


def log_table(data: Any, artifact_file: str) -> None:
    """Keep a table as an artifact of the active run."""
    _run().log_table(data, artifact_file)


def log_figure(figure: Any, artifact_file: str, *, save_kwargs: Mapping[str, Any] | None = None) -> None:
    """Keep a figure as an artifact of the active run."""
    _run().log_figure(figure, artifact_file, save_kwargs=save_kwargs)


def log_input(
    dataset: Any,
    context: str | None = None,
    tags: Mapping[str, Any] | None = None,
    *,
    name: str | None = None,
    source: _Path | None = None,
) -> Dataset:
    """Note a dataset that the active run reads; see :meth:`Run.log_input`."""
    return _run().log_input(dataset, context, tags, name=name, source=source)


def log_inputs(
    datasets: Sequence[Any],
    contexts: Sequence[str | None] | None = None,
    tags_list: Sequence[Mapping[str, Any] | None] | None = None,
) -> list[Dataset]:
    """Note several datasets that the active run reads."""
    many = len(datasets)
    given = (contexts or [None] * many, tags_list or [None] * many)
    if any(len(values) != many for values in given):
        raise errors.ValueError(f"log_inputs: expected {many} contexts and tags, one for each dataset")
    return [_run().log_input(*each) for each in zip(datasets, *given, strict=True)]


def _end_all() -> None:
    """At the end of the process: as if each run left open ended now, delivery and its warning included."""
    with _lock:
        left = list(reversed(_begun))
    for run in left:
        finish(run)


def _forget_parents_runs() -> None:
    """A forked child may log into the runs it inherited, but only the parent ends them and delivers."""
    global _lock
    _lock = threading.Lock()  # another thread of the parent may have held it
    _inherited.extend(run for run in _begun if run not in _inherited)
    _begun.clear()
    _ended_in.clear()


atexit.register(_end_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_parents_runs)

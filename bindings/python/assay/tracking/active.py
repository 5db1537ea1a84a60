"""Which run is active: where it begins, where it ends, and what threads and forked children see of it.

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
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from assay import _core, errors
from assay.tracking import delivery
from assay.tracking.run import Run, _Path


class _Active(threading.local):
    def __init__(self) -> None:
        self.stack: list[Run] = []
        self.last: Run | None = None


_active = _Active()
_begun: list[Run] = []  # of all threads, in order
_inherited: list[Run] = []  # in a forked child: begun by its parent
_ended_in: list[Path] = []  # journals with runs that ended while others were active
_journals: list[Path] = []  # that runs of this process went to
_lock = threading.Lock()
_experiment: str | None = None
_experiment_id: str | None = None


_NAMED = "name:"


class Experiment(NamedTuple):
    """An experiment as it is known here. Nobody was asked: the server makes it when the first run is delivered."""

    experiment_id: str
    """``"name:<name>"`` stands for the name wherever an id is taken; else the server's id that was given."""
    name: str  # empty where only the server's id is known
    artifact_location: str = ""
    lifecycle_stage: str = "active"
    tags: Mapping[str, str] = MappingProxyType({})
    creation_time: int | None = None
    last_update_time: int | None = None

    @classmethod
    def named(cls, name: str) -> Experiment:
        return cls(_NAMED + name, name)


def name_of(experiment_id: str) -> str | None:
    """The name that an :class:`Experiment`'s id stands for; None for a server's id."""
    text = str(experiment_id)
    return text.removeprefix(_NAMED) if text.startswith(_NAMED) else None


def set_experiment(
    experiment_name: str | None = None, experiment_id: str | None = None, trace_location: Any = None
) -> Experiment:
    """Set the experiment of runs that name none, by name or by id. Works without a server and asks none."""
    global _experiment, _experiment_id
    if (experiment_name is None) == (experiment_id is None):
        raise errors.ValueError("set_experiment: expected either a name or an id")
    if trace_location is not None:
        raise errors.ValueError("set_experiment: expected no trace_location; traces lie in the experiment")
    if experiment_id is not None and (name := name_of(experiment_id)) is not None:
        experiment_name, experiment_id = name, None
    _experiment, _experiment_id = experiment_name, experiment_id
    return Experiment.named(experiment_name) if experiment_name else Experiment(str(experiment_id), "")


def is_current(name: str) -> bool:
    """Whether runs that name no experiment go to this one by :func:`set_experiment`."""
    return _experiment == name


def experiment_name() -> str:
    """The experiment of what names none: that of :func:`set_experiment`, ``$MLFLOW_EXPERIMENT_NAME`` or Default."""
    return _experiment or os.environ.get("MLFLOW_EXPERIMENT_NAME") or "Default"


def start_run(
    run_id: str | None = None,
    experiment_id: str | None = None,
    run_name: str | None = None,
    nested: bool = False,
    parent_run_id: str | None = None,
    tags: Mapping[str, Any] | None = None,
    description: str | None = None,
    log_system_metrics: bool | None = None,
    *,
    experiment: str | None = None,
    journal: _Path | None = None,
    fsync: str = "interval",
) -> Run:
    """Begin a run and make it the active one; use it in a ``with`` statement or call :func:`end_run`.

    Parameters
    ----------
    run_id
        A run to go on with: one of the journal, or one that is on the server already. By default
        ``$MLFLOW_RUN_ID``, once, or else a new run.
    experiment, experiment_id
        Name, by default that of the parent, of :func:`set_experiment`, ``$MLFLOW_EXPERIMENT_NAME`` or
        ``"Default"``; or the server's id (``$MLFLOW_EXPERIMENT_ID``), which is used as it is at delivery.
    log_system_metrics
        Taken for MLflow's sake; the load of the machine is not measured.
    nested
        Needed where a run is active already; the new run becomes its child.
    journal, fsync
        See :class:`assay.tracking.Run`; a nested run goes to its parent's journal.

    Raises
    ------
    assay.StateError
        A run is active and `nested` is false.
    assay.ValueError
        A name, tag or id breaks MLflow's rules.
    """
    parent = _active.stack[-1] if _active.stack else None
    if parent is not None and not nested:
        raise errors.StateError(
            f"start_run: run {parent.info.run_name!r} is active; end it with end_run(), or pass nested=True"
        )
    if parent is not None:
        parent_run_id = parent_run_id or parent.info.run_id
        journal = journal if journal is not None else parent.info.journal
    elif run_id is None:
        run_id = os.environ.pop("MLFLOW_RUN_ID", None)  # for the first run alone, as in MLflow
    all_tags = dict(tags or {})
    if description is not None:
        all_tags["mlflow.note.content"] = description
    experiment, experiment_id = _choose_experiment(experiment, experiment_id, parent)
    run = Run(
        experiment=experiment,
        experiment_id=experiment_id,
        run_name=run_name,
        tags=all_tags,
        parent_run_id=parent_run_id,
        run_id=run_id,
        journal=journal,
        fsync=fsync,
    )
    _active.stack.append(run)
    with _lock:
        _begun.append(run)
        if run.info.journal not in _journals:
            _journals.append(run.info.journal)
    return run


def _choose_experiment(name: str | None, given: str | None, parent: Run | None) -> tuple[str, str | None]:
    """Name and server's id, from what was given, the parent, :func:`set_experiment` or the environment."""
    if given is not None and (named := name_of(given)) is not None:
        name, given = named, None
    if parent is not None and name is None:
        if given is None and name_of(parent.info.experiment_id) is None:
            given = parent.info.experiment_id
        name = parent.info.experiment
    if not (name or _experiment or os.environ.get("MLFLOW_EXPERIMENT_NAME")):
        given = given or _experiment_id or os.environ.get("MLFLOW_EXPERIMENT_ID")
        if given and (named := name_of(given)) is not None:
            name, given = named, None
    return name or experiment_name(), given


def current_experiment() -> tuple[str, str | None]:
    """Name and server's id, where that is known, of the active run's experiment, or else of the one that is set."""
    return _choose_experiment(None, None, active_run())


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


def expect_active(run_id: str | None = None) -> Run:
    """The active run, or one of the process's by its id; without any, a run begins.

    Raises
    ------
    assay.StateError
        No run of this process has that id, or it has ended.
    """
    if run_id is None:
        return active_run() or start_run()
    run = find_run(run_id)
    if run is not None:
        return run
    raise errors.StateError(
        f"run {run_id}: expected one that is active in this process; begin it with start_run(run_id=...)"
    )


def find_run(run_id: str) -> Run | None:
    """The run of this id that is active in this process, or None."""
    with _lock:
        for run in [*_begun, *_inherited]:
            if run.info.run_id == run_id:
                return run
    return None


def known_journals() -> list[Path]:
    """Journals that runs of this process went to, and the default one where there is one."""
    usual = Path(_core.tracking.default_journal())
    with _lock:
        known = [*_journals]
    if usual not in known and (usual / "segments").is_dir():
        known.append(usual)
    return [journal for journal in known if (journal / "segments").is_dir()]


def flush_all() -> None:
    """Return when all that the active runs of this process logged is on disk."""
    with _lock:
        runs = [*_begun, *_inherited]
    for run in runs:
        run.flush()


def _end_all() -> None:
    """At the end of the process: as if each run left open ended now, delivery and its warning included."""
    with _lock:
        left = list(reversed(_begun))
    for run in left:
        try:
            finish(run)
        except errors.Error as error:  # a full disk, say: the others are ended all the same
            warnings.warn(f"tracking: a run could not be ended: {error}", stacklevel=2)


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

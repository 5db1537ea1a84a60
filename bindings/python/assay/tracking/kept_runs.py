"""Runs read back: from the journal, where it has them, or else from the server."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay import _core, errors
from assay.tracking import active, delivery
from assay.tracking.run import Run, RunInfo

if TYPE_CHECKING:
    import pandas as pd

    from assay._core.tracking import ServerRun

__all__ = ["KeptRun", "RunData", "get_parent_run", "get_run", "load_table", "read_run", "runs_of"]


@dataclass
class RunData:
    """What was logged to a run: of each metric the last value, by step, then time, then size, as MLflow has it."""

    metrics: dict[str, float] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class KeptRun:
    """A run as a journal has it."""

    info: RunInfo
    data: RunData
    artifacts: dict[str, str]
    """SHA-256 of the last file of each path; it lies under that name among the journal's ``artifacts``."""


def read_run(journal: Path, run_id: str) -> KeptRun | None:
    """The run of this id, or None where the journal has none. Reads the journal once."""
    reading = _Reading()

    def take(lines: bytes) -> None:
        for line in lines.splitlines():
            reading.record(json.loads(line))

    _core.tracking.export_journal(journal, format="jsonl", run=run_id, write=take)
    return reading.finish(journal) if reading.begun else None


class _Reading:
    """Takes the records of one run, in order."""

    def __init__(self) -> None:
        self.begun: dict[str, Any] = {}
        self.ended: dict[str, Any] = {}
        self.data = RunData()
        self.artifacts: dict[str, str] = {}
        self._last: dict[str, tuple[int, str, float]] = {}

    def record(self, record: dict[str, Any]) -> None:
        kind = record["kind"]
        if kind == "create_run":
            self.begun = self.begun or record
            self.data.tags = {**record["tags"], **self.data.tags}
        elif kind == "metric":
            value = float(record["value"])
            known = self._last.get(record["key"])
            point = (record["step"], record["time"], value if value == value else float("-inf"))
            if known is None or point >= known:
                self._last[record["key"]] = point
                self.data.metrics[record["key"]] = value
        elif kind == "param":
            self.data.params[record["key"]] = record["value"]
        elif kind == "tag":
            self.data.tags[record["key"]] = record["value"]
        elif kind == "tag_removal":
            self.data.tags.pop(record["body"]["key"], None)
        elif kind == "artifact":
            self.artifacts[record["path"]] = record["sha256"]
        elif kind == "end_run":
            self.ended = record

    def finish(self, journal: Path) -> KeptRun:
        begun, ended = self.begun, self.ended
        info = RunInfo(
            run_id=begun["run"],
            run_name=begun["name"],
            experiment=begun["experiment"],
            parent_run_id=begun["parent"],
            status=ended.get("status", "RUNNING"),
            start_time=_millis(begun["time"]),
            end_time=_millis(ended["time"]) if ended.get("status", "RUNNING") != "RUNNING" else None,
            journal=journal,
            experiment_id=begun["tags"].get("assay.experiment_id", f"name:{begun['experiment']}"),
        )
        return KeptRun(info, self.data, self.artifacts)


def _millis(text: str) -> int:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000


def get_run(run_id: str) -> Run | KeptRun | ServerRun:
    """A run with ``.info`` and ``.data``: of this process, of its journals, or else of the server.

    Raises
    ------
    assay.ValueError
        No journal has it, and no server is set.
    assay.ResourceDoesNotExist
        The server does not have it either.
    """
    run = active.find_run(run_id)
    if run is not None:
        return run
    for journal in active.known_journals():
        kept = read_run(journal, run_id)
        if kept is not None:
            return kept
    if delivery.get_tracking_uri() is None:
        raise errors.ValueError(f"get_run: no run {run_id} is in the journal, and no server is set to ask")
    from assay.tracking.client.client import MlflowClient

    return MlflowClient().get_run(run_id)


def get_parent_run(run_id: str) -> Run | KeptRun | ServerRun | None:
    """The run that this one is nested in, or None."""
    run = get_run(run_id)
    if isinstance(run, (Run, KeptRun)):
        parent: str | None = run.info.parent_run_id
    else:
        parent = run.data.tags.get("mlflow.parentRunId")
    return get_run(parent) if parent else None


def runs_of(journal: Path, experiment: str) -> list[KeptRun]:
    """All runs of an experiment in a journal, in the order in which they began."""
    known = [run for run in _core.tracking.journal_status(journal).runs if run.experiment == experiment]
    found = (read_run(journal, run.run_id) for run in sorted(known, key=lambda one: one.start_time or 0))
    return [run for run in found if run is not None]


def load_table(
    artifact_file: str, run_ids: Sequence[str] | None = None, extra_columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """The tables that runs logged under a name, one below the other.

    Parameters
    ----------
    run_ids
        By default all runs of the current experiment that have the table: those of the journal, or, where it has
        none, those of the server.
    extra_columns
        Of the run, for each row: ``"run_id"``, ``"status"``, ``"start_time"``, ``"params.depth"``, ``"metrics.loss"``,
        ``"tags.mlflow.runName"``, …

    Raises
    ------
    assay.ValueError
        No run has the table, or it has a column of an extra column's name.
    """
    import pandas as pd

    frames = []
    for run in _runs_with_tables(run_ids):
        text = _table_of(run, artifact_file)
        if text is None:
            continue
        frame = pd.DataFrame(**json.loads(text))
        for column in extra_columns or ():
            if column in frame:
                raise errors.ValueError(f"load_table: the table has a column {column!r} of its own")
            frame[column] = _of_run(run, column)
        frames.append(frame)
    if not frames:
        raise errors.ValueError(f"load_table: expected a run with the table {artifact_file!r}, found none")
    return pd.concat(frames, ignore_index=True)


def _runs_with_tables(run_ids: Sequence[str] | None) -> list[Any]:
    if run_ids is not None:
        return [get_run(run_id) for run_id in run_ids]
    name, server_id = active.current_experiment()

    def is_in(run: KeptRun) -> bool:
        given = run.info.experiment_id
        return given == server_id if server_id else active.name_of(given) is not None

    kept = [run for journal in active.known_journals() for run in runs_of(journal, name) if is_in(run)]
    if kept or delivery.get_tracking_uri() is None:
        return kept
    from assay.tracking.client.search import search_runs

    if server_id:
        return list(search_runs([server_id], output_format="list"))
    return list(search_runs(experiment_names=[name], output_format="list"))


def _table_of(run: Any, artifact_file: str) -> str | None:
    if isinstance(run, Run):
        run = read_run(run.info.journal, run.info.run_id)
    if isinstance(run, KeptRun):
        sha256 = run.artifacts.get(artifact_file)
        if sha256 is None:
            return None
        return (run.info.journal / "artifacts" / sha256).read_text(encoding="utf-8")
    if f'"{artifact_file}"' not in run.data.tags.get("mlflow.loggedArtifacts", ""):
        return None
    import tempfile

    from assay.tracking.artifacts import download_artifacts

    with tempfile.TemporaryDirectory(prefix="assay-table-") as folder:
        place = download_artifacts(
            run_id=run.info.run_id, artifact_path=artifact_file, dst_path=folder, progress=False
        )
        return Path(place).read_text(encoding="utf-8")


def _of_run(run: Any, column: str) -> Any:
    area, dot, key = column.partition(".")
    if dot and area in ("params", "metrics", "tags"):
        return getattr(run.data, area).get(key)
    if column not in ("run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time"):
        raise errors.ValueError(f"load_table: a run has no column {column!r}")
    return getattr(run.info, column)

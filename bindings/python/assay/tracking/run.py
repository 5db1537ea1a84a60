"""A run of the local journal."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from assay import _core

if TYPE_CHECKING:
    from assay.tracking.datasets import Dataset
    from assay.tracking.kept_runs import RunData
    from assay.tracking.models.log import ModelInfo

_Path = str | os.PathLike[str]


class RunInfo(NamedTuple):
    """What is known of a run here. The server gives its own id and keeps this one as ``assay.run_uuid``."""

    run_id: str
    run_name: str
    experiment: str
    parent_run_id: str
    status: str
    start_time: int  # ms since 1970, UTC
    end_time: int | None
    journal: Path
    experiment_id: str = ""
    """The server's, where it was given; else ``"name:<experiment>"``, which stands for the name."""
    lifecycle_stage: str = "active"

    @property
    def artifact_uri(self) -> str:
        """``runs:/<run_id>``: where the server puts the files is known once it has them."""
        return f"runs:/{self.run_id}"


class Run:
    """A tracked run. Calls return once the record lies in the journal; none waits for a server.

    Every method may be called from any thread. As a context manager it ends FINISHED, or FAILED where an
    exception passes. Made by :func:`assay.tracking.start_run`.

    Parameters
    ----------
    experiment, run_name, tags, parent_run_id
        As in MLflow; a name is made up where none is given.
    run_id
        A run to go on with: one of the journal, or one that is on the server already.
    experiment_id
        The server's id of the experiment, used as it is at delivery in place of the name.
    journal
        Folder of the journal: ``$ASSAY_JOURNAL`` or ``./assay-journal`` where not given.
    fsync
        ``"every_record"`` (survives a power cut), ``"interval"`` (a power cut takes at most the last
        ``fsync_interval_ms``) or ``"on_close"``. The death of the process alone takes nothing under any of
        them. Of the runs of a process in one journal, the strictest decides for all.
    """

    def __init__(
        self,
        *,
        experiment: str = "Default",
        run_name: str | None = None,
        tags: Mapping[str, Any] | None = None,
        parent_run_id: str | None = None,
        run_id: str | None = None,
        experiment_id: str | None = None,
        journal: _Path | None = None,
        fsync: str = "interval",
        fsync_interval_ms: int = 100,
        start_time: int | None = None,
    ) -> None:
        all_tags = {key: str(value) for key, value in (tags or {}).items()}
        if experiment_id is not None:
            all_tags["assay.experiment_id"] = str(experiment_id)
        self._core = _core.tracking.Run(
            experiment=experiment,
            run_name=run_name or "",
            journal=Path(journal) if journal is not None else _core.tracking.default_journal(),
            tags=all_tags,
            parent_run_id=parent_run_id or "",
            run_id=run_id or "",
            fsync=fsync,
            fsync_interval_ms=fsync_interval_ms,
            start_time=start_time,
        )
        self._experiment_id = (
            str(experiment_id) if experiment_id is not None else f"name:{self._core.experiment}"
        )
        self._status = "RUNNING"
        self._end_time: int | None = None
        self._tables: dict[str, dict[str, list[Any]]] = {}
        self._measured_on: set[tuple[str, str]] = set()  # name and digest of datasets

    @property
    def info(self) -> RunInfo:
        core = self._core
        return RunInfo(
            run_id=core.id,
            run_name=core.name,
            experiment=core.experiment,
            parent_run_id=core.parent_id,
            status=self._status,
            start_time=core.start_time,
            end_time=self._end_time,
            journal=core.journal,
            experiment_id=self._experiment_id,
        )

    @property
    def data(self) -> RunData:
        """What was logged so far: last values of metrics, params, tags. Reads the journal."""
        from assay.tracking.kept_runs import read_run

        self._core.flush()
        kept = read_run(self.info.journal, self.info.run_id)
        assert kept is not None
        return kept.data

    def log_metric(
        self, key: str, value: float, step: int | None = None, timestamp: int | None = None
    ) -> None:
        """Log one point; `timestamp` in ms since 1970. NaN and ±Inf are kept in the journal."""
        self._core.log_metric(key, value, step or 0, timestamp)

    def log_metrics(
        self, metrics: Mapping[str, float], step: int | None = None, timestamp: int | None = None
    ) -> None:
        """Log several metrics of one moment."""
        self._core.log_metrics(dict(metrics), step or 0, timestamp)

    def log_measured(
        self,
        metrics: Mapping[str, float],
        step: int | None = None,
        timestamp: int | None = None,
        *,
        model_id: str | None = None,
        dataset: Any = None,
    ) -> None:
        """Log metrics of one moment that a model had on a dataset; either may be None. See :func:`log_metric`."""
        from assay.tracking.measured import log_measured

        log_measured(self, metrics, step or 0, timestamp, model_id, dataset)

    def log_param(self, key: str, value: Any) -> Any:
        """Set a parameter, once; another value for the same name is a ValueError. Returns the value."""
        self._core.log_params({key: str(value)})
        return value

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Set several parameters."""
        self._core.log_params({key: str(value) for key, value in params.items()})

    def set_tag(self, key: str, value: Any) -> None:
        """Set a tag; the last value stands."""
        self._core.set_tags({key: str(value)})

    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Set several tags."""
        self._core.set_tags({key: str(value) for key, value in tags.items()})

    def delete_tag(self, key: str) -> None:
        """Remove a tag; one that is not set is no error."""
        self._core.delete_tag(key)

    def log_artifact(self, local_path: _Path, artifact_path: str | None = None) -> None:
        """Keep a file (or a folder, under its name) as it is now; later changes of it do not matter."""
        path = Path(local_path)
        if path.is_dir():
            self._core.log_artifacts(path, "/".join(filter(None, [artifact_path, path.name])))
        else:
            self._core.log_artifact(path, artifact_path or "")

    def log_artifacts(self, local_dir: _Path, artifact_path: str | None = None) -> None:
        """Keep every file below a folder."""
        self._core.log_artifacts(Path(local_dir), artifact_path or "")

    def log_text(self, text: str, artifact_file: str) -> None:
        """Keep a text as the artifact `artifact_file`, such as ``"soap_notes/m00001.txt"``."""
        self._core.log_text(text, artifact_file)

    def log_dict(self, dictionary: Any, artifact_file: str) -> None:
        """Keep a JSON document. A name in .yaml gets JSON too, which YAML 1.2 contains."""
        import json

        self._core.log_text(json.dumps(dictionary, indent=2, ensure_ascii=False, default=str), artifact_file)

    def log_table(self, data: Any, artifact_file: str) -> None:
        """Keep a table (Arrow, pandas, polars, assay or a dict of columns) as MLflow's table JSON.

        A second table under the same name is appended to the first, as in MLflow; it needs the same columns.
        """
        import json

        from assay.tracking.tables import table_columns

        if not artifact_file.endswith(".json"):
            raise ValueError(f"log_table: expected a name ending in .json, got {artifact_file!r}")
        columns = table_columns(data)
        kept = self._tables.get(artifact_file)
        if kept is not None:
            if list(kept) != list(columns):
                raise ValueError(f"log_table: expected the columns {list(kept)}, got {list(columns)}")
            columns = {name: kept[name] + columns[name] for name in kept}
        rows = [list(row) for row in zip(*columns.values(), strict=True)]
        self.log_dict({"columns": list(columns), "data": rows}, artifact_file)
        self._tables[artifact_file] = columns
        logged = [{"path": path, "type": "table"} for path in self._tables]
        self.set_tag("mlflow.loggedArtifacts", json.dumps(logged))

    def log_figure(
        self, figure: Any, artifact_file: str, *, save_kwargs: Mapping[str, Any] | None = None
    ) -> None:
        """Keep a Matplotlib figure in the format of the name's ending, or a Plotly figure as HTML."""
        import io

        if hasattr(figure, "savefig"):
            buffer = io.BytesIO()
            ending = Path(artifact_file).suffix.lstrip(".") or "png"
            figure.savefig(buffer, **{"format": ending, **(save_kwargs or {})})
            self._core.log_bytes(buffer.getvalue(), artifact_file)
        elif hasattr(figure, "to_html"):
            self._core.log_text(figure.to_html(include_plotlyjs="cdn"), artifact_file)
        else:
            raise TypeError(
                f"log_figure: expected a Matplotlib or Plotly figure, got {type(figure).__name__}"
            )

    def log_image(
        self,
        image: Any,
        artifact_file: str | None = None,
        *,
        key: str | None = None,
        step: int | None = None,
        timestamp: int | None = None,
    ) -> None:
        """Keep an image (Pillow, or a NumPy array of height × width [× channels]): under a name, or as one of a series.

        With `key`, MLflow's UI shows the images of a key along `step`. Arrays hold integers 0–255, booleans, or
        floats 0–1. Needs Pillow.
        """
        from assay.tracking.images import named_image, series_files

        if (artifact_file is None) == (key is None):
            raise ValueError("log_image: expected either artifact_file or key")
        if artifact_file is not None:
            self._core.log_bytes(named_image(image, artifact_file), artifact_file)
            return
        moment = timestamp if timestamp is not None else time.time_ns() // 1_000_000
        for name, content in series_files(image, str(key), step or 0, moment):
            self._core.log_bytes(content, name)
        self.set_tag("mlflow.loggedImages", True)

    def log_stream(self, stream: BinaryIO, artifact_file: str) -> None:
        """Keep all that a binary stream still holds; memory does not grow with it."""
        import shutil
        import tempfile

        folder, _, name = artifact_file.rpartition("/")
        if not name:
            raise ValueError(f"log_stream: expected the name of a file, got {artifact_file!r}")
        with tempfile.TemporaryDirectory(prefix="assay-stream-") as place:
            file = Path(place) / name
            with file.open("wb") as out:
                shutil.copyfileobj(stream, out)
            self._core.log_artifact(file, folder)

    def flush(self) -> None:
        """Return when all that was logged is on disk, whatever `fsync` says."""
        self._core.flush()

    def log_input(
        self,
        dataset: Any,
        context: str | None = None,
        tags: Mapping[str, Any] | None = None,
        *,
        name: str | None = None,
        source: _Path | None = None,
    ) -> Dataset:
        """Note a dataset that the run reads: name, digest, schema, profile and source, never its rows.

        `dataset` is a table (Assay, Arrow, pandas, polars, a mapping of columns), a dataset of MLflow or a
        :class:`Dataset`; `context` its part in the run, such as ``"training"``. Returns the description. Of a
        profile of more than 1 MiB the journal keeps a note and what still fits.
        """
        from assay.tracking.datasets import Dataset

        described = Dataset.describe(dataset, name=name, source=source)
        self._core.log_input(
            name=described.name,
            digest=described.digest,
            source_type=described.source_type,
            source=described.source,
            schema=described.schema,
            profile=described.profile,
            tags={key: str(value) for key, value in (tags or {}).items()},
            context=context or "",
        )
        return described

    def log_model(self, model: Any, name: str, **options: Any) -> ModelInfo:
        """Keep a model in this run; see :func:`assay.tracking.log_model` for the options."""
        from assay.tracking.models.log import log_model

        return log_model(model, name, run=self, **options)

    def end(self, status: str = "FINISHED", end_time: int | None = None) -> None:
        """End the run; a second call does nothing."""
        if self._core.ended:
            return
        end_time = end_time if end_time is not None else time.time_ns() // 1_000_000
        self._core.end(status, end_time)
        self._status = status
        self._end_time = end_time

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        from assay.tracking import active

        active.finish(self, "FINISHED" if kind is None else "FAILED")

    def __repr__(self) -> str:
        return f"<Run {self._core.name!r} {self._status} id={self._core.id}>"

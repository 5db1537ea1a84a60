"""The logging functions of MLflow's fluent interface, on the local journal.

Arguments stand where MLflow has them. `synchronous` is taken for its sake and changes nothing: no call waits for a
server, and what was logged when a call returned is in the journal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assay import errors
from assay.tracking.active import _active, expect_active, flush_all
from assay.tracking.datasets import Dataset
from assay.tracking.run import _Path


def log_metric(
    key: str,
    value: float,
    step: int | None = None,
    synchronous: bool | None = None,
    timestamp: int | None = None,
    run_id: str | None = None,
) -> None:
    """Log one point of a metric in the active run; without one, a run begins. `timestamp` in ms since 1970."""
    stack = _active.stack  # the hot call: the common case without a call in between
    run = stack[-1] if stack and run_id is None else expect_active(run_id)
    run.log_metric(key, value, step, timestamp)


def log_metrics(
    metrics: Mapping[str, float],
    step: int | None = None,
    synchronous: bool | None = None,
    run_id: str | None = None,
    timestamp: int | None = None,
) -> None:
    """Log several metrics of one moment in the active run."""
    expect_active(run_id).log_metrics(metrics, step, timestamp)


def log_param(key: str, value: Any, synchronous: bool | None = None) -> Any:
    """Set a parameter of the active run. Returns the value."""
    return expect_active().log_param(key, value)


def log_params(params: Mapping[str, Any], synchronous: bool | None = None, run_id: str | None = None) -> None:
    """Set several parameters of the active run."""
    expect_active(run_id).log_params(params)


def set_tag(key: str, value: Any, synchronous: bool | None = None) -> None:
    """Set a tag of the active run."""
    expect_active().set_tag(key, value)


def set_tags(tags: Mapping[str, Any], synchronous: bool | None = None) -> None:
    """Set several tags of the active run."""
    expect_active().set_tags(tags)


def log_artifact(local_path: _Path, artifact_path: str | None = None, run_id: str | None = None) -> None:
    """Keep a file of the active run as it is now."""
    expect_active(run_id).log_artifact(local_path, artifact_path)


def log_artifacts(local_dir: _Path, artifact_path: str | None = None, run_id: str | None = None) -> None:
    """Keep every file below a folder."""
    expect_active(run_id).log_artifacts(local_dir, artifact_path)


def log_text(text: str, artifact_file: str, run_id: str | None = None) -> None:
    """Keep a text as an artifact of the active run."""
    expect_active(run_id).log_text(text, artifact_file)


def log_dict(dictionary: Any, artifact_file: str, run_id: str | None = None) -> None:
    """Keep a JSON document as an artifact of the active run."""
    expect_active(run_id).log_dict(dictionary, artifact_file)


def log_table(data: Any, artifact_file: str, run_id: str | None = None) -> None:
    """Keep a table as an artifact of the active run."""
    expect_active(run_id).log_table(data, artifact_file)


def log_figure(figure: Any, artifact_file: str, *, save_kwargs: Mapping[str, Any] | None = None) -> None:
    """Keep a figure as an artifact of the active run."""
    expect_active().log_figure(figure, artifact_file, save_kwargs=save_kwargs)


def log_image(
    image: Any,
    artifact_file: str | None = None,
    key: str | None = None,
    step: int | None = None,
    timestamp: int | None = None,
    synchronous: bool | None = None,
) -> None:
    """Keep an image of the active run; see :meth:`Run.log_image`."""
    expect_active().log_image(image, artifact_file, key=key, step=step, timestamp=timestamp)


def flush() -> None:
    """Return when all that the active runs of this process logged is on disk. MLflow's name for it works, too."""
    flush_all()


flush_async_logging = flush


def log_input(
    dataset: Any,
    context: str | None = None,
    tags: Mapping[str, Any] | None = None,
    *,
    name: str | None = None,
    source: _Path | None = None,
) -> Dataset:
    """Note a dataset that the active run reads; see :meth:`Run.log_input`."""
    return expect_active().log_input(dataset, context, tags, name=name, source=source)


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
    return [expect_active().log_input(*each) for each in zip(datasets, *given, strict=True)]

"""The logging functions of MLflow's fluent interface, on the local journal.

Arguments stand where MLflow has them. `synchronous` is taken for its sake and changes nothing: no call waits for a
server, and what was logged when a call returned is in the journal. What differs is said in docs/tracking.md.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from assay import errors
from assay.tracking.active import _active, expect_active, flush_all
from assay.tracking.run import _Path

if TYPE_CHECKING:
    from assay.tracking.datasets import Dataset


class RunOperations:
    """What MLflow returns for ``synchronous=False``. There is nothing to wait for: the call has done its work."""

    def wait(self) -> None:
        """Return at once."""


_DONE = RunOperations()


def log_metric(
    key: str,
    value: float,
    step: int | None = None,
    synchronous: bool | None = None,
    timestamp: int | None = None,
    run_id: str | None = None,
    model_id: str | None = None,
    dataset: Any = None,
) -> RunOperations | None:
    """Log one point of a metric in the active run; without one, a run begins. `timestamp` in ms since 1970.

    With `model_id` (of :func:`assay.tracking.log_model`, or the server's) the point is the model's, too; `dataset` is
    what it was measured on: see :func:`log_input`.
    """
    stack = _active.stack  # the hot call: the common case without a call in between
    run = stack[-1] if stack and run_id is None else expect_active(run_id)
    if model_id is None and dataset is None:
        run.log_metric(key, value, step, timestamp)
    else:
        run.log_measured({key: value}, step, timestamp, model_id=model_id, dataset=dataset)
    return _DONE if synchronous is False else None


def log_metrics(
    metrics: Mapping[str, float],
    step: int | None = None,
    synchronous: bool | None = None,
    run_id: str | None = None,
    timestamp: int | None = None,
    model_id: str | None = None,
    dataset: Any = None,
) -> RunOperations | None:
    """Log several metrics of one moment in the active run; `model_id` and `dataset` as in :func:`log_metric`."""
    run = expect_active(run_id)
    if model_id is None and dataset is None:
        run.log_metrics(metrics, step, timestamp)
    else:
        run.log_measured(metrics, step, timestamp, model_id=model_id, dataset=dataset)
    return _DONE if synchronous is False else None


def log_param(key: str, value: Any, synchronous: bool | None = None) -> Any:
    """Set a parameter of the active run. Returns the value."""
    return expect_active().log_param(key, value)


def log_params(
    params: Mapping[str, Any], synchronous: bool | None = None, run_id: str | None = None
) -> RunOperations | None:
    """Set several parameters of the active run."""
    expect_active(run_id).log_params(params)
    return _DONE if synchronous is False else None


def set_tag(key: str, value: Any, synchronous: bool | None = None) -> RunOperations | None:
    """Set a tag of the active run."""
    expect_active().set_tag(key, value)
    return _DONE if synchronous is False else None


def set_tags(tags: Mapping[str, Any], synchronous: bool | None = None) -> RunOperations | None:
    """Set several tags of the active run."""
    expect_active().set_tags(tags)
    return _DONE if synchronous is False else None


def delete_tag(key: str) -> None:
    """Remove a tag of the active run; one that is not set is no error."""
    expect_active().delete_tag(key)


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


def log_stream(stream: BinaryIO, artifact_file: str, run_id: str | None = None) -> None:
    """Keep all that a binary stream still holds as an artifact of the active run."""
    expect_active(run_id).log_stream(stream, artifact_file)


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
    synchronous: bool | None = False,
) -> None:
    """Keep an image of the active run; see :meth:`Run.log_image`."""
    expect_active().log_image(image, artifact_file, key=key, step=step, timestamp=timestamp)


def get_artifact_uri(artifact_path: str | None = None) -> str:
    """``runs:/<id of the active run>/<path>``, by which it is found once it is delivered, whatever the server's id."""
    root = expect_active().info.artifact_uri
    return root if artifact_path is None else f"{root}/{artifact_path.strip('/')}"


def flush() -> None:
    """Return when all that the active runs of this process logged is on disk. MLflow's names for it work, too."""
    flush_all()


flush_async_logging = flush
flush_artifact_async_logging = flush


def flush_trace_async_logging(terminate: bool = False) -> None:
    """Return when all that was logged is on disk; `terminate` is taken for MLflow's sake."""
    flush_all()


def log_input(
    dataset: Any = None,
    context: str | None = None,
    tags: Mapping[str, Any] | None = None,
    model: Any = None,
    *,
    name: str | None = None,
    source: _Path | None = None,
) -> Dataset:
    """Note a dataset that the active run reads; see :meth:`Run.log_input`. A `model` is refused."""
    if model is not None:
        raise errors.ValueError(
            "log_input: expected a dataset; the journal holds no models that a run reads yet"
        )
    return expect_active().log_input(dataset, context, tags, name=name, source=source)


def log_inputs(
    datasets: Sequence[Any] | None = None,
    contexts: Sequence[str | None] | None = None,
    tags_list: Sequence[Mapping[str, Any] | None] | None = None,
    models: Sequence[Any] | None = None,
) -> list[Dataset]:
    """Note several datasets that the active run reads. `models` are refused."""
    if any(model is not None for model in models or ()):
        raise errors.ValueError(
            "log_inputs: expected datasets; the journal holds no models that a run reads yet"
        )
    many = len(datasets or ())
    given = (contexts or [None] * many, tags_list or [None] * many)
    if any(len(values) != many for values in given):
        raise errors.ValueError(f"log_inputs: expected {many} contexts and tags, one for each dataset")
    return [expect_active().log_input(*each) for each in zip(datasets or (), *given, strict=True)]


def autolog(
    log_input_examples: bool = False,
    log_model_signatures: bool = True,
    log_models: bool = True,
    log_datasets: bool = True,
    log_traces: bool = True,
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    extra_tags: Mapping[str, str] | None = None,
    exclude_flavors: Sequence[str] | None = None,
) -> None:
    """Warn that nothing is logged by itself here: frameworks are not watched."""
    if not disable:
        warnings.warn(
            "autolog: Assay logs nothing by itself; call log_params, log_metrics and log_model", stacklevel=2
        )

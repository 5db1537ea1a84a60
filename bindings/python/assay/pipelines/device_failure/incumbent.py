"""The version that has an alias now, with its figures: what a promotion is decided beside."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assay import errors
from assay.pipelines.device_failure.judging import METRICS, Metric

if TYPE_CHECKING:
    from assay._core.tracking import DatasetInput

__all__ = ["Incumbent", "data_key", "find_incumbent", "judged_of"]


@dataclass(frozen=True)
class Incumbent:
    """A registered version, as its run judged it."""

    version: str
    data: str
    """`data_key` of what it was judged on; empty where it is not known."""
    metrics: dict[str, Metric] = field(default_factory=dict)
    features: tuple[str, ...] = ()
    """Names of its inputs; none where the server does not show them."""

    def takes_others(self, features: Iterable[str]) -> bool:
        """Whether its inputs are known, and are not these: who asks it would have to ask another thing."""
        return bool(self.features) and set(self.features) != set(features)

    def sentence(self, metric: str, data: str) -> str:
        """For the record of the promotion that follows it, on data of such a `data_key`."""
        figure = self.metrics.get(metric)
        if figure is None:
            return f"version {self.version} had it, {metric} not known"
        return f"version {self.version} had it, {metric} {figure}, judged on {self.same_or_other(data)} data"

    def same_or_other(self, data: str) -> str:
        return "the same" if data and data == self.data else "other"

    def is_better(self, metric: str, value: float | None, data: str) -> bool:
        """Whether a model with that figure is worse: below this one's on the same data, below its interval else."""
        figure = self.metrics.get(metric)
        if figure is None or figure.value is None or value is None:
            return False
        bound = figure.value if self.same_or_other(data) == "the same" else figure.low
        return bound is not None and value < bound - 1e-9  # a figure that went by the server and back is the same


def find_incumbent(name: str, alias: str, *, tracking_uri: str) -> Incumbent | None:
    """The version of a registered model that an MLflow server has the alias on; None where it is on none.

    Raises:
        HttpError: The server does not answer.
    """
    from assay.tracking import MlflowClient
    from assay.tracking.models.lookup import expect_answer

    expect_answer(tracking_uri)
    client = MlflowClient(tracking_uri)
    try:
        number = client.get_registered_model(name).aliases.get(alias)
    except errors.MlflowError as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return None
        raise
    if number is None:
        return None
    version = str(number)
    run_id = client.get_model_version(name, version).run_id
    if not run_id:
        return Incumbent(version, "")
    run = client.get_run(run_id)
    tagged = {key: run.data.tags.get(f"assay.data.{key}", "") for key in ("kind", "source", "version")}
    return Incumbent(version, data_key(tagged), _judged(run.data.metrics), _features(run.dataset_inputs))


def data_key(data: Mapping[str, Any] | None) -> str:
    """Of two data the same only where they are the same rows: kind, version and, of a Delta table, which table it is.

    The version of a table is a number that every table has; that of a file or of rows is their SHA-256, whatever the
    name. Empty where kind or version is not known.
    """
    told = {key: str((data or {}).get(key) or "") for key in ("kind", "version", "source")}
    if not told["kind"] or not told["version"]:
        return ""
    return " ".join((told["kind"], told["version"], *([told["source"]] if told["kind"] == "delta" else [])))


def judged_of(evaluation: Mapping[str, Any]) -> tuple[dict[str, Metric], str]:
    """Figures of the content of evaluation.json, and the `data_key` of its data.

    Raises:
        SchemaError: It is no evaluation.
    """
    try:
        metrics = {
            name: Metric(figure["value"], figure["low"], figure["high"])
            for name, figure in evaluation["judgement"]["metrics"].items()
        }
        return metrics, data_key(evaluation.get("data"))
    except (KeyError, TypeError, AttributeError):
        raise errors.SchemaError("promote: expected an evaluation with a judgement's metrics") from None


def _features(inputs: Sequence[DatasetInput]) -> tuple[str, ...]:
    """The columns of the training rows, as the run describes them."""
    for each in inputs:
        if each.tags.get("mlflow.data.context") != "training":
            continue
        try:
            return tuple(str(column["name"]) for column in json.loads(each.dataset.schema)["mlflow_colspec"])
        except (ValueError, KeyError, TypeError):
            return ()  # written by other means
    return ()


def _judged(logged: Mapping[str, float]) -> dict[str, Metric]:
    return {
        name: Metric(logged[name], logged.get(f"{name}_low"), logged.get(f"{name}_high"))
        for name in METRICS
        if name in logged
    }

"""The model that scores: what it needs to know of a device, and which model it was."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

__all__ = ["ModelFacts", "ModelInput", "RiskModel", "check_model", "facts_of", "inputs_of", "load_model"]


class RiskModel(Protocol):
    """What is asked of a model; :class:`assay.pipelines.device_risk.DeviceRisk` is one."""

    @property
    def input_names(self) -> Sequence[str]:
        """What a device has to bring."""
        ...

    @property
    def info(self) -> Any:
        """name, version, threshold, medium, trained_on, metrics and input_ranges, as members or attributes."""
        ...

    def assess(self, table: Any) -> Any:
        """Columns risk (0 to 100), probability, device_class (low, medium, high) and flagged, a row for each row."""
        ...

    def explain(self, row: Any, top: int = 3) -> Sequence[tuple[str, float]]:
        """The features that did most for the risk of a row, with what they did."""
        ...

    def action(self, device_class: str, top_features: Sequence[str]) -> str:
        """What is recommended."""
        ...


@dataclass(frozen=True)
class ModelInput:
    """One column that a model needs."""

    name: str
    alias: str = ""
    """Another name under which a source may have it."""
    numeric: bool = True
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    """Outside of these a value is a mistake, not a measurement."""
    trained: tuple[float, float] | None = None
    """Least and greatest value of the training rows: beyond them a score is an extrapolation."""
    may_miss: bool = False
    unit: str = ""
    description: str = ""


@dataclass(frozen=True)
class ModelFacts:
    """Which model it was, as it stands beside each score."""

    name: str = "device risk"
    version: str = ""
    sha256: str = ""
    threshold: float | None = None
    medium: float | None = None
    """Probabilities from which the class is high, and medium."""
    trained_on: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    metric_intervals: dict[str, Sequence[float]] = field(default_factory=dict)
    """Of those metrics that have one, the ends of the 95 % interval."""
    inputs: tuple[ModelInput, ...] = ()
    older: bool = False
    """The newest one could not be had, or was refused."""

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}".strip()

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> ModelFacts:
        known = json.loads(text)
        inputs = [
            ModelInput(
                **{
                    **one,
                    "choices": tuple(one["choices"]),
                    "trained": tuple(one["trained"]) if one["trained"] else None,
                }
            )
            for one in known.pop("inputs")
        ]
        return cls(**known, inputs=tuple(inputs))


def load_model(path: str | os.PathLike[str]) -> RiskModel:
    """The model of a file.

    Raises:
        IoError: the file is not there, is no model, was cut short, edited, or written by a newer version.
    """
    from assay.pipelines.device_risk import DeviceRisk

    model: RiskModel = DeviceRisk.load(path)
    return model


def check_model(model: RiskModel) -> None:
    """Asks a model that has an example for it, as the server does before it takes one.

    Raises:
        StateError: it answers otherwise than when it was saved.
    """
    check = getattr(model, "check", None)
    if check is not None:
        check()


def facts_of(model: RiskModel, path: Path | None = None) -> ModelFacts:
    """Which model it is.

    Args:
        path: its file, whose SHA-256 is noted; without one that of its facts is.
    """
    info = model.info
    found = ModelFacts(
        name=str(_member(info, "name") or "device risk"),
        version=str(_member(info, "version") or ""),
        threshold=_number(_member(info, "threshold")),
        medium=_number(_member(info, "medium")),
        trained_on=dict(_member(info, "trained_on") or {}),
        metrics=dict(_member(info, "metrics") or {}),
        metric_intervals={
            name: list(ends) for name, ends in (_member(info, "metric_intervals") or {}).items()
        },
        inputs=inputs_of(model),
    )
    digest = hashlib.sha256(path.read_bytes() if path is not None else found.to_json().encode())
    return ModelFacts(**{**_shallow(found), "sha256": digest.hexdigest()})


def inputs_of(model: RiskModel) -> tuple[ModelInput, ...]:
    """The columns a model needs, with all it says of them."""
    ranges: Mapping[str, Sequence[float]] = _member(model.info, "input_ranges") or {}
    told = {one.name: one for one in getattr(model, "inputs", ())}
    made = []
    for name in model.input_names:
        about, trained = told.get(name), ranges.get(name)
        choices = tuple(_member(about, "choices") or ())
        made.append(
            ModelInput(
                name,
                alias=str(_member(about, "field") or ""),
                numeric=not choices and (about is not None or not ranges or trained is not None),
                choices=choices,
                minimum=_number(_member(about, "minimum")),
                maximum=_number(_member(about, "maximum")),
                trained=(float(trained[0]), float(trained[1])) if trained and not choices else None,
                may_miss=bool(_member(about, "missing")),
                unit=str(_member(about, "unit") or ""),
                description=str(_member(about, "description") or ""),
            )
        )
    return tuple(made)


def _member(of: Any, name: str) -> Any:
    return of.get(name) if isinstance(of, Mapping) else getattr(of, name, None)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _shallow(facts: ModelFacts) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in facts.__dataclass_fields__}

"""What stands in a model's header: read once, checked, and said again to whoever asks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from assay import errors

__all__ = ["CLASSES", "RiskInfo", "read_metadata"]

CLASSES = ("low", "medium", "high")


@dataclass(frozen=True)
class RiskInfo:
    """A model of device failure, as its file describes it."""

    name: str
    version: str
    kind: str
    feature_names: tuple[str, ...]
    classes: tuple[str, ...]
    positive: int
    """Place of the failure in `classes`."""
    preparation: str | None
    threshold: float
    """Probability from which a device is flagged; `assay lims train` chooses it on validation rows."""
    medium: float
    """Probability from which the class is medium."""
    input_ranges: dict[str, tuple[float, float]]
    """Least and greatest value of the training rows."""
    trained_on: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    metric_intervals: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Of those metrics that have one, the ends of the 95 % interval."""
    library_version: str = ""
    example: dict[str, Any] | None = None
    """Inputs by name and the probability that the model gave for them, ``{"inputs": …, "probability": …}``."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


def read_metadata(metadata: Mapping[str, Any], *, name: str = "", version: str = "") -> RiskInfo:
    """The description in a header.

    Raises:
        SchemaError: what serving needs is missing or cannot be.
    """
    features = _texts(metadata, "feature_names")
    classes = [str(each) for each in _list(metadata, "classes")]
    if len(classes) != 2:
        raise errors.SchemaError(f"device risk: expected a model of two classes, got {len(classes)}")
    positive = str(metadata.get("positive", classes[-1]))
    if classes == ["0", "1"] and positive not in classes:
        positive = "1"  # the header names what the labels 0 and 1 stand for
    if positive not in classes:
        raise errors.SchemaError("device risk: expected positive to be one of the classes")
    threshold = _probability(metadata.get("threshold"), "threshold")
    bands = metadata.get("bands") or {}
    medium = _probability(bands.get("medium", threshold / 2), "bands.medium")
    if medium > threshold:
        raise errors.SchemaError("device risk: expected bands.medium at or below the threshold")
    return RiskInfo(
        name=str(name or metadata.get("name") or ""),
        version=str(version or metadata.get("version") or ""),
        kind=str(metadata.get("kind", "")),
        feature_names=tuple(features),
        classes=tuple(classes),
        positive=classes.index(positive),
        preparation=metadata.get("preparation"),
        threshold=threshold,
        medium=medium,
        input_ranges=_ranges(metadata.get("input_ranges") or {}),
        trained_on=dict(metadata.get("trained_on") or {}),
        metrics=dict(metadata.get("metrics") or {}),
        metric_intervals=_ranges(metadata.get("metric_intervals") or {}),
        library_version=str(metadata.get("library_version", "")),
        example=metadata.get("example"),
    )


def _list(metadata: Mapping[str, Any], key: str) -> Sequence[Any]:
    value = metadata.get(key)
    if value is None or isinstance(value, str) or len(value) == 0:
        raise errors.SchemaError(f"device risk: expected {key} in the model's metadata, got none")
    return list(value)


def _texts(metadata: Mapping[str, Any], key: str) -> list[str]:
    values = [str(each) for each in _list(metadata, key)]
    if len(set(values)) != len(values):
        raise errors.SchemaError(f"device risk: expected distinct {key}, got one twice")
    return values


def _probability(value: Any, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 1:
        raise errors.SchemaError(f"device risk: expected {key} above 0 and at most 1 in the model's metadata")
    return float(value)


def _ranges(given: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    out: dict[str, tuple[float, float]] = {}
    for name, limits in given.items():
        try:
            low, high = (float(each) for each in limits)
        except (TypeError, ValueError):
            continue  # of a category
        if math.isfinite(low) and math.isfinite(high) and low <= high:
            out[name] = (low, high)
    return out

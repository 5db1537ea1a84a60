"""What the workbook is made of, and the words in it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.pipelines.device_scores.model import ModelFacts, ModelInput
    from assay.pipelines.device_scores.store import ScoredDay

__all__ = ["DayReport", "DeviceRow", "long_date", "rule_meaning"]

_BATCH = 5_000
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_RULES = {
    "required": "the value is missing",
    "finite": "the value is not finite",
    "type": "the text is no number",
    "range": "the value is beyond what is possible",
    "category": "the value is none of the categories",
    "repeated": "several rows name this device, and none is known to be the newest",
    "old": "the newest row of the device is too old",
    "future": "the row is dated after the day of the scores",
    "format": "the name is too long or holds characters that cannot be shown",
    "field_count": "the line has another number of fields than the header",
}


def long_date(day: date) -> str:
    """22 November 2026, in whatever locale."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def rule_meaning(rule: str) -> str:
    """A rule id in words: `torque.required` is "torque: the value is missing"."""
    column, _, kind = rule.rpartition(".")
    return f"{column}: {_RULES[kind]}" if kind in _RULES else rule


@dataclass(frozen=True)
class DeviceRow:
    """One device, as the sheets show it."""

    device: str
    risk: float
    probability: float
    kind: str
    flagged: bool
    before: float | None
    was: str | None
    """Its class on the day compared with."""
    features: list[tuple[str, float]]
    action: str
    beyond: str
    inputs: dict[str, Any]

    @property
    def new(self) -> bool:
        return self.kind == "high" and self.was != "high"

    @property
    def change(self) -> float | None:
        return None if self.before is None else self.risk - self.before

    @property
    def reasons(self) -> list[str]:
        """The leading features with the device's own value, an arrow for what they do to the risk."""
        return [
            f"{'↑' if share >= 0 else '↓'} {name}" + (f" = {_plain(value)}" if value is not None else "")
            for name, share in self.features
            for value in [self.inputs.get(name)]
        ]


def _plain(value: Any) -> str:
    return f"{value:,.6g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class DayReport:
    """A day's line, its rows (highest risk first), and the days before it."""

    line: ScoredDay
    rows: Any
    refused: Sequence[dict[str, Any]] = ()
    history: Sequence[ScoredDay] = ()
    """Days that were scored, this one the last."""
    library_version: str = ""
    extra: dict[str, str] = field(default_factory=dict)

    @cached_property
    def facts(self) -> ModelFacts:
        return self.line.facts

    @property
    def inputs(self) -> tuple[ModelInput, ...]:
        return self.facts.inputs

    def devices(self, most: int | None = None) -> Iterator[DeviceRow]:
        """The devices in order, a batch in memory at a time."""
        rows = self.rows if most is None else self.rows.slice(0, most)
        for batch in rows.to_batches(max_chunksize=_BATCH):
            for row in batch.to_pylist():
                yield DeviceRow(
                    row["device_id"],
                    row["risk"],
                    row["probability"],
                    row["device_class"],
                    row["flagged"],
                    row["previous_risk"],
                    row["previous_class"],
                    [(name, share) for name, share in json.loads(row["top_features"])],
                    row["recommended_action"],
                    row["outside_training_range"],
                    json.loads(row["inputs"]),
                )

    @cached_property
    def risk_bands(self) -> list[tuple[str, int]]:
        """Devices by tens of risk."""
        import numpy as np

        risks = np.asarray(self.rows["risk"])
        counts = np.bincount(np.minimum(risks // 10, 9).astype(int), minlength=10)
        return [(f"{10 * i}–{10 * i + 10}", int(count)) for i, count in enumerate(counts)]

    @cached_property
    def leading(self) -> list[tuple[str, int]]:
        """How often a feature is the first reason of a device at high risk, most often first."""
        counts = Counter(
            row.features[0][0] for row in self.devices(self.line.high) if row.features and row.kind == "high"
        )
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:8]

    def facts_in_words(self) -> list[tuple[str, str]]:
        """What is known of the model, line by line."""
        facts = self.facts
        lines = [("Model", facts.title)]
        if facts.threshold is not None:
            lines.append(
                ("High risk from", f"a probability of {facts.threshold:.3g}, the model's threshold")
            )
        if facts.medium is not None:
            lines.append(("Medium risk from", f"a probability of {facts.medium:.3g}"))
        lines += self._judged()
        lines += [
            (f"Trained on: {name.replace('_', ' ')}", _short(value))
            for name, value in sorted(facts.trained_on.items())
            if isinstance(value, (str, int, float))
        ]
        if facts.sha256:
            lines.append(("Model file, SHA-256", facts.sha256[:16]))
        lines.append(("Made by", f"Assay {self.library_version}".strip()))
        return lines

    def _judged(self) -> list[tuple[str, str]]:
        """Figures as the model's card names and orders them, then others."""
        from assay.pipelines.device_failure.figures import FIGURES

        order = list(FIGURES)
        found = sorted(
            _scalars(self.facts.metrics),
            key=lambda one: order.index(one[0]) if one[0] in FIGURES else len(order),
        )
        return [
            (f"Judged: {FIGURES.get(name, name)}", _short(value) + self._interval(name))
            for name, value in found
        ]

    def _interval(self, metric: str) -> str:
        ends = self.facts.metric_intervals.get(metric)
        return f" (95 % interval {_short(ends[0])} to {_short(ends[1])})" if ends else ""


def _scalars(metrics: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in sorted(metrics.items()):
        if isinstance(value, dict):
            yield from _scalars(value, f"{before}{name} ")
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            yield before + name, value


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"

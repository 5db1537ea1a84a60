"""Alert rules as data, and how each finds its incidents.

A rules file::

    {"rules": [
        {"understanding": "<= 2", "times": 10, "by": "concept"},
        {"cost_usd": "> 50", "per": "day", "tz": "Asia/Seoul"},
        {"metric": "val/loss", "is": "> 3", "clear": "< 2.5"},
        {"drift": "moderate"},
        {"device": "calibrate"}],
     "channels": [
        {"webhook_env": "ASSAY_ALERT_WEBHOOK"},
        {"smtp": "mail.hospital.example", "from": "assay@…", "to": ["ward@…"], "password_env": "ASSAY_SMTP_PASSWORD"},
        {"file": "alerts.jsonl"}]}

An incident is told once. When it is over, the next one is told again:

- feedback: it begins with the ``times``-th match (within ``within_days`` days, where given) and ends after ``recover``
  judgements in a row that do not match (3 by default); counting then starts at 0;
- cost: each day is one incident, for each user or model with ``by``;
- metric: it begins with a point that ``is`` so and ends with one that satisfies ``clear`` (by default: that is not so).
  Each run is apart. NaN satisfies nothing;
- drift (moderate, severe) of a column and device (calibrate, critical): what :func:`tell_findings` is given at this
  level or above; it ends when it is below.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from assay import errors
from assay.tracking.alerts.channels import Channel, channel_of
from assay.tracking.alerts.state import Incident, Pseudonyms
from assay.tracking.analytics import cost_groups, zone_of
from assay.tracking.cost import CostSum
from assay.tracking.feedback import Feedback

__all__ = [
    "AlertRules",
    "Comparison",
    "CostRule",
    "FeedbackRule",
    "Finding",
    "FindingRule",
    "MetricPoint",
    "MetricRule",
    "Rule",
    "days_known",
    "shown",
]

_COMPARISON = re.compile(r"\s*(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*")
_DAY_MS = 86_400_000


@dataclass(frozen=True)
class Comparison:
    """``<= 2``: a bound, compared exactly."""

    sign: str
    bound: Decimal

    @classmethod
    def parse(cls, text: Any) -> Comparison:
        match = _COMPARISON.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise errors.ValueError(f"alerts: expected a comparison such as '<= 2', got {text!r}")
        return cls(match[1], Decimal(match[2]))

    def holds(self, value: Decimal | float) -> bool:
        """False for NaN. Decimal and float are compared by what they are, without rounding."""
        if value != value:
            return False
        return {
            "<": value < self.bound,
            "<=": value <= self.bound,
            ">": value > self.bound,
            ">=": value >= self.bound,
        }[self.sign]

    def __str__(self) -> str:
        return f"{self.sign} {self.bound}"


@dataclass(frozen=True)
class MetricPoint:
    """A point of a metric as the journal has it."""

    run: str
    key: str
    value: float
    time: int


@dataclass(frozen=True)
class FeedbackRule:
    """A feedback that is low (or high) so many times for one concept, user, or in all."""

    feedback: str
    value: Comparison
    times: int = 1
    by: Literal["concept", "user", ""] = "concept"
    within_days: float | None = None
    recover: int = 3

    @property
    def name(self) -> str:
        return f"{self.feedback} {self.value}, {self.times} times" + (f" by {self.by}" if self.by else "")

    def feed(
        self, state: dict[str, Any], said: Iterable[Feedback], pseudonyms: Pseudonyms
    ) -> Iterator[Incident]:
        """Incidents that begin with this new feedback; `state` is carried on."""
        for one in said:
            if one.name != self.feedback or isinstance(one.value, str):
                continue
            group = (getattr(one, self.by) if self.by else "") or ""
            key = pseudonyms.of(group)
            at = state.setdefault(key, {"matches": [], "open": False, "good": 0})
            if not self.value.holds(float(one.value)):
                at["good"] += 1
                if at["open"] and at["good"] >= self.recover:
                    at.update(matches=[], open=False)
                continue
            at["good"] = 0
            at["matches"] = self._recent([*at["matches"], one.time])
            if not at["open"] and len(at["matches"]) >= self.times:
                at["open"] = True
                yield Incident.begin(self.name, key, one.time, self._text(group, len(at["matches"])))

    def _recent(self, times: list[int]) -> list[int]:
        if self.within_days is not None:
            earliest = max(times) - self.within_days * _DAY_MS
            times = [time for time in times if time > earliest]
        return sorted(times)[-self.times :]

    def _text(self, group: str, count: int) -> str:
        # Users may be patients: only concepts are named.
        about = f" for {shown(group) if group else 'no named concept'}" if self.by == "concept" else ""
        about = " by one user" if self.by == "user" else about
        return f"{shown(self.feedback)} {self.value} {count} times{about}"


@dataclass(frozen=True)
class CostRule:
    """What calls of language models cost on a day, all together or for each user or model."""

    total: Comparison
    currency: Literal["usd", "krw"] = "usd"
    by: Literal["user", "model", ""] = ""
    tz: str = "UTC"

    @property
    def name(self) -> str:
        return f"cost_{self.currency} {self.total} per day" + (f" by {self.by}" if self.by else "")

    def feed(self, state: dict[str, Any], sums: Iterable[CostSum], at: int) -> Iterator[Incident]:
        """Incidents of days whose sum now breaks the bound; `sums` are all that are known, users as pseudonyms."""
        groups = cost_groups(list(sums), ("day", self.by) if self.by else ("day",), tz=self.tz)
        told = state.setdefault("told", {})
        for group in groups:
            total = group.usd if self.currency == "usd" else group.krw
            key = " ".join(str(part or "") for part in group.key)
            if not self.total.holds(total) or key in told:
                continue
            told[key] = at
            about = f" for {shown(str(group.key[1]))}" if self.by == "model" and group.key[1] else ""
            about = " by one user" if self.by == "user" else about
            sign = "$" if self.currency == "usd" else "₩"
            text = (
                f"language models cost {sign}{total:,.2f} on {group.key[0]} ({self.tz}){about}, "
                f"rule {self.total}: {group.calls} calls"
            )
            if group.unpriced:
                text += f", and {group.unpriced} of them had no known price"
            yield Incident.begin(self.name, key, at, text)


@dataclass(frozen=True)
class MetricRule:
    """A metric over its bound, run by run."""

    metric: str
    value: Comparison
    clear: Comparison | None = None

    @property
    def name(self) -> str:
        return f"metric {self.metric} {self.value}"

    def feed(self, state: dict[str, Any], points: Iterable[MetricPoint]) -> Iterator[Incident]:
        """Incidents that begin with these points."""
        for point in points:
            if point.key != self.metric:
                continue
            opened = state.get(point.run, False)
            if not opened and self.value.holds(point.value):
                state[point.run] = True
                text = f"metric {shown(self.metric)} {self.value} in run {point.run}"
                yield Incident.begin(self.name, point.run, point.time, text)
            elif opened and self._is_clear(point.value):
                del state[point.run]

    def _is_clear(self, value: float) -> bool:
        if self.clear is not None:
            return self.clear.holds(value)
        return value == value and not self.value.holds(value)


LEVELS = {
    "drift": ("stable", "slight", "moderate", "severe"),
    "device": ("in control", "calibrate", "critical"),
}
"""What a check may find, the least first."""


@dataclass(frozen=True)
class Finding:
    """What a check says of one thing: of a column, or of a device and analyte."""

    kind: Literal["drift", "device"]
    key: str
    level: str | None  # one of LEVELS[kind]; None where it could not be judged
    text: str  # what to tell: aggregates, no patient


@dataclass(frozen=True)
class FindingRule:
    """A finding at a level or above it."""

    kind: Literal["drift", "device"]
    level: str

    @property
    def name(self) -> str:
        return f"{self.kind} {self.level}"

    def feed(self, state: dict[str, Any], findings: Iterable[Finding], at: int) -> Iterator[Incident]:
        """Incidents that begin with these findings; `state` holds those that are open."""
        levels = LEVELS[self.kind]
        for one in findings:
            if one.kind != self.kind or one.level is None:
                continue
            if levels.index(one.level) < levels.index(self.level):
                state.pop(one.key, None)
            elif one.key not in state:
                state[one.key] = at
                yield Incident.begin(self.name, one.key, at, one.text)


Rule = FeedbackRule | CostRule | MetricRule | FindingRule


def shown(text: str) -> str:
    """A name as it may stand in a message: one line, no markup, not longer than 80 characters."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain if len(plain) <= 80 else plain[:79] + "…"


@dataclass
class AlertRules:
    """Rules and the channels that their alerts go to."""

    rules: Sequence[Rule]
    channels: Sequence[Channel] = field(default_factory=list)

    @classmethod
    def load(cls, file: str | os.PathLike[str]) -> AlertRules:
        """Read a rules file; see this module's head."""
        try:
            content = json.loads(Path(file).read_text(encoding="utf-8"))
        except json.JSONDecodeError as error:
            raise errors.ValueError(f"alerts: expected JSON in the rules file, line {error.lineno}") from None
        return cls.parse(content)

    @classmethod
    def parse(cls, content: Mapping[str, Any]) -> AlertRules:
        """The rules of a dictionary in the form of a rules file.

        Raises
        ------
        assay.ValueError
            A rule or channel is of no known form; an environment variable that a channel names is not set.
        """
        if not isinstance(content, Mapping) or not content.get("rules"):
            raise errors.ValueError(
                "alerts: expected an object with the member 'rules', a list that is not empty"
            )
        return cls(
            [_parse_rule(rule) for rule in content["rules"]],
            [channel_of(channel) for channel in content.get("channels", [])],
        )


def _parse_rule(given: Mapping[str, Any]) -> Rule:
    rule = dict(given)
    if "metric" in rule:
        clear = rule.pop("clear", None)
        made: Rule = MetricRule(
            str(rule.pop("metric")),
            Comparison.parse(rule.pop("is", None)),
            Comparison.parse(clear) if clear is not None else None,
        )
    elif kind := next((key for key in LEVELS if rule.get(key) in LEVELS[key][1:]), None):
        made = FindingRule(kind, rule.pop(kind))  # type: ignore[arg-type]
    elif cost := next((key for key in ("cost_usd", "cost_krw") if key in rule), None):
        made = _parse_cost(cost, rule)
    else:
        made = _parse_feedback(rule)
    if rule:
        raise errors.ValueError(f"alerts: a rule has members that are not known: {', '.join(sorted(rule))}")
    return made


def _parse_cost(member: str, rule: dict[str, Any]) -> CostRule:
    comparison = Comparison.parse(rule.pop(member))
    if rule.pop("per", "day") != "day":
        raise errors.ValueError('alerts: expected a cost rule with "per": "day"')
    by, tz = rule.pop("by", ""), rule.pop("tz", "UTC")
    if by not in ("", "user", "model"):
        raise errors.ValueError(f"alerts: expected a cost rule by user or model, got {by!r}")
    zone_of(tz)
    return CostRule(comparison, "usd" if member == "cost_usd" else "krw", by, tz)


def _parse_feedback(rule: dict[str, Any]) -> FeedbackRule:
    options = {key: rule.pop(key) for key in ("times", "by", "within_days", "recover") if key in rule}
    if len(rule) != 1:
        raise errors.ValueError(
            "alerts: expected a rule with one of 'metric', 'cost_usd', 'cost_krw' or the name of a feedback, got "
            + (", ".join(sorted(rule)) or "none")
        )
    name, text = rule.popitem()
    made = FeedbackRule(name, Comparison.parse(text), **options)
    counts = (made.times, made.recover)
    if any(isinstance(count, bool) or not isinstance(count, int) or count < 1 for count in counts):
        raise errors.ValueError("alerts: expected times and recover as integers of 1 or more")
    days = made.within_days
    if days is not None and (isinstance(days, bool) or not isinstance(days, (int, float)) or not days > 0):
        raise errors.ValueError("alerts: expected within_days as a number above 0")
    if made.by not in ("concept", "user", ""):
        raise errors.ValueError(f"alerts: expected a feedback rule by concept or user, got {made.by!r}")
    return made


def days_known(sums: Iterable[CostSum], keep: int = 35) -> int:
    """The moment before which costs may be forgotten: so many days before the newest."""
    newest = max((one.start for one in sums), default=0)
    return newest - keep * _DAY_MS

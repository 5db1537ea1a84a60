"""One look at a journal for alerts: what is new, what it means by the rules, and sending what is to be told."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from assay import _core
from assay.tracking import cost, feedback
from assay.tracking.alerts.channels import Channel, Undelivered, append_line
from assay.tracking.alerts.rules import (
    AlertRules,
    CostRule,
    FeedbackRule,
    MetricPoint,
    MetricRule,
    days_known,
)
from assay.tracking.alerts.state import Incident, Pseudonyms, State, locked
from assay.tracking.cost import CostSum
from assay.tracking.delivery import find_journal
from assay.tracking.feedback import Feedback
from assay.tracking.observations import feedback_of_document, feedback_of_tag

__all__ = ["AlertReport", "check_alerts", "send_pending"]

_GIVE_UP_AFTER_MS = 7 * 86_400_000


@dataclass
class AlertReport:
    """What one look found and sent."""

    incidents: list[Incident] = field(default_factory=list)  # that began
    sent: int = 0  # messages that a channel took
    waiting: int = 0  # messages for a channel that did not take them, tried again at the next look
    given_up: int = 0  # messages that no attempt of a week brought over


@dataclass
class _News:
    """What a journal holds that was not looked at yet."""

    feedback: list[Feedback] = field(default_factory=list)
    points: list[MetricPoint] = field(default_factory=list)


def check_alerts(
    rules: AlertRules,
    journal: str | os.PathLike[str] | None = None,
    *,
    state: str | os.PathLike[str] | None = None,
    channels: Sequence[Channel] | None = None,
    now: Callable[[], int] | None = None,
) -> AlertReport:
    """Look at what is new in a journal, and tell each incident that begins, once, to each channel.

    Parameters
    ----------
    journal
        Folder; ``$ASSAY_JOURNAL`` or ``./assay-journal`` where not given. No server is needed.
    state
        Folder for what is remembered and for ``audit.jsonl``, a line for each message; by default ``alerts`` in the
        journal's folder. A look reads only what the last one had not seen. Users and concepts stand in it as
        pseudonyms, whose key lies there as ``key``, for its owner alone.
    channels
        In place of those of the rules.
    now
        Milliseconds since 1970; the clock by default.

    What a channel does not take waits for the next look, for a week at most. An incident is written down before it
    is told: it is never lost, and told twice only where the process dies between a channel's answer and the note of it.

    Raises
    ------
    assay.IoError
        There is no journal.
    assay.StateError
        Another process is checking it.
    """
    root = find_journal(journal) if journal is not None else _core.tracking.default_journal()
    folder = Path(state) if state is not None else root / "alerts"
    clock = now or (lambda: time.time_ns() // 1_000_000)
    chosen = list(channels if channels is not None else rules.channels)
    with locked(folder):
        memory, pseudonyms = State.load(folder / "state.json"), Pseudonyms(folder / "key")
        news = _read(root, rules, memory, pseudonyms)
        report = AlertReport(_judge(rules, memory, news, pseudonyms, clock()))
        memory.pending += [
            {"incident": asdict(incident), "channel": channel.name, "tries": 0, "since": clock()}
            for incident in report.incidents
            for channel in chosen
        ]
        memory.save(folder / "state.json")
        send_pending(memory, {channel.name: channel for channel in chosen}, folder, clock, report)
    return report


def _read(root: Path, rules: AlertRules, memory: State, pseudonyms: Pseudonyms) -> _News:
    """The new records that some rule asks for; costs go into the memory."""
    metrics = {rule.metric for rule in rules.rules if isinstance(rule, MetricRule)}
    kinds = {"tag", "assessment"} | ({"metric"} if metrics else set())
    quoted = [json.dumps(name, ensure_ascii=False) for name in metrics]
    news = _News()
    for record in _core.tracking.read_records(root, kinds=kinds, after=memory.positions):
        memory.positions[record.segment] = record.sequence
        payload = record.payload
        if record.kind == "metric" and not any(name in payload for name in quoted):
            continue  # the most there is
        content = json.loads(payload)
        if record.kind == "assessment":
            news.feedback.append(feedback_of_document(content))
        elif record.kind == "metric":
            if content["key"] in metrics:
                value = float(content["value"])
                news.points.append(MetricPoint(content["run"], content["key"], value, record.time))
        elif content["key"].startswith(feedback.RUN_TAG):
            news.feedback.append(feedback_of_tag(content["run"], content["key"], content["value"]))
        elif content["key"].startswith(cost.RUN_TAG):
            costs = CostSum.from_json(content["value"])
            known = replace(costs, user=pseudonyms.of(costs.user)) if costs.user else costs
            memory.costs[f"{content['run']} {content['key']}"] = known.to_json()
    present = {file.name for file in (root / "segments").iterdir()}
    memory.positions = {name: at for name, at in memory.positions.items() if name in present}
    news.feedback.sort(key=lambda one: one.time)  # of one moment, in the order in which they were logged
    return news


def _judge(rules: AlertRules, memory: State, news: _News, pseudonyms: Pseudonyms, now: int) -> list[Incident]:
    sums = {key: CostSum.from_json(text) for key, text in memory.costs.items()}
    incidents: list[Incident] = []
    for rule in rules.rules:
        known: dict[str, Any] = memory.rules.setdefault(rule.name, {})
        if isinstance(rule, FeedbackRule):
            incidents += rule.feed(known, news.feedback, pseudonyms)
        elif isinstance(rule, CostRule):
            incidents += rule.feed(known, sums.values(), now)
        elif isinstance(rule, MetricRule):
            incidents += rule.feed(known, news.points)
    oldest = days_known(sums.values())
    memory.costs = {key: text for key, text in memory.costs.items() if sums[key].start >= oldest}
    return incidents


def send_pending(
    memory: State,
    channels: dict[str, Channel],
    folder: Path,
    clock: Callable[[], int],
    report: AlertReport,
) -> None:
    """Send what waits, and count it in the report."""
    for message in [*memory.pending]:
        channel = channels.get(message["channel"])
        if channel is None:  # no longer among the rules' channels
            report.waiting += 1
            continue
        incident = Incident(**message["incident"])
        message["tries"] += 1
        try:
            channel.send(incident)
            result, detail = "sent", ""
            report.sent += 1
        except Undelivered as failure:
            late = clock() - message["since"] > _GIVE_UP_AFTER_MS
            result, detail = ("given up" if late else "failed"), str(failure)
            report.given_up += late
            report.waiting += not late
        if result != "failed":
            memory.pending.remove(message)
        _audit(folder, clock(), incident, message, result, detail)
        memory.save(folder / "state.json")


def _audit(
    folder: Path, at: int, incident: Incident, message: dict[str, Any], result: str, detail: str
) -> None:
    line = {
        "at": datetime.fromtimestamp(at / 1000, timezone.utc).isoformat(timespec="milliseconds"),
        "incident": incident.id,
        "rule": incident.rule,
        "text": incident.text,
        "channel": message["channel"],
        "look": message["tries"],
        "result": result,
    }
    append_line(folder / "audit.jsonl", {**line, **({"detail": detail} if detail else {})})

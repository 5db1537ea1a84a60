"""Alerts of what a check has found, such as drift of a column or of a device: told once, and again after it cleared."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from assay.tracking.alerts.channels import Channel
from assay.tracking.alerts.check import AlertReport, send_pending
from assay.tracking.alerts.rules import AlertRules, Finding, FindingRule
from assay.tracking.alerts.state import State, locked

__all__ = ["tell_findings"]


def tell_findings(
    rules: AlertRules,
    findings: Iterable[Finding],
    state: str | os.PathLike[str],
    *,
    channels: Sequence[Channel] | None = None,
    now: Callable[[], int] | None = None,
) -> AlertReport:
    """Tell each incident that begins with these findings, once, to each channel.

    A finding at or above a rule's level begins an incident, one below it ends it; what is not among the findings, or
    could not be judged, changes nothing.

    Parameters
    ----------
    rules
        Their rules of the form ``{"drift": "moderate"}`` and ``{"device": "calibrate"}`` are looked at, no others.
    state
        Folder for open incidents, for messages that still wait and for ``audit.jsonl``, a line for each message.
    channels
        In place of those of the rules.
    now
        Milliseconds since 1970; the clock by default.

    What a channel does not take waits for the next call, for a week at most. An incident is written down before it is
    told.

    Raises
    ------
    assay.StateError
        Another process is telling from this folder.
    """
    folder = Path(state)
    clock = now or (lambda: time.time_ns() // 1_000_000)
    chosen = list(channels if channels is not None else rules.channels)
    known = list(findings)
    with locked(folder):
        memory = State.load(folder / "state.json")
        report = AlertReport()
        for rule in rules.rules:
            if isinstance(rule, FindingRule):
                report.incidents += rule.feed(memory.rules.setdefault(rule.name, {}), known, clock())
        memory.pending += [
            {"incident": asdict(incident), "channel": channel.name, "tries": 0, "since": clock()}
            for incident in report.incidents
            for channel in chosen
        ]
        memory.save(folder / "state.json")
        send_pending(memory, {channel.name: channel for channel in chosen}, folder, clock, report)
    return report

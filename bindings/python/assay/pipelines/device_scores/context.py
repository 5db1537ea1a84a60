"""What the steps of the nightly job know, and what is left when it ends."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.data.describe import number_of
from assay.pipelines.device_scores.messages import Outbox, Told
from assay.pipelines.progress import Progress
from assay.pipelines.record import RunRecord
from assay.pipelines.result import RunResult

if TYPE_CHECKING:
    from assay.pipelines.device_scores.model import ModelFacts, RiskModel
    from assay.pipelines.device_scores.source import Devices
    from assay.pipelines.device_scores.store import ScoredDay, ScoreStore
    from assay.tracking.alerts import Channel

__all__ = ["Context", "ScoresResult"]


@dataclass
class Context:
    """Options of a run, and what one step leaves to the next."""

    source: Path
    out: Path
    model: str | os.PathLike[str] | RiskModel
    fallback: str
    device: str | None
    latest: str | None
    most_days: int | None
    day: date
    channels: Sequence[Channel]
    only_high: bool
    tell_again: bool
    dismiss: bool
    record: RunRecord
    progress: Progress
    store: ScoreStore
    outbox: Outbox
    stored: tuple[ScoredDay, Any] | None = None
    """The day's line and rows, once it was scored: by this run, or by one before it."""
    loaded: RiskModel | None = None
    facts: ModelFacts | None = None
    devices: Devices | None = None
    key: str = ""
    told: Told = field(default_factory=Told)

    @property
    def scored(self) -> tuple[ScoredDay, Any]:
        assert self.stored is not None
        return self.stored

    @property
    def workbook(self) -> Path:
        return self.out / f"device_scores_{self.day.isoformat()}.xlsx"


class ScoresResult(RunResult):
    """The record of a nightly run, and the way to its workbook and its rows."""

    def __init__(self, record: RunRecord, context: Context) -> None:
        super().__init__(record)
        self.day, self.scores = context.scored
        self.workbook = context.workbook
        self.told = context.told

    @property
    def undelivered(self) -> bool:
        """A message waits, or it is not known whether it arrived."""
        return bool(self.told.waiting or self.told.unknown or self.told.given_up)

    def summary(self) -> str:
        line = self.day
        counts = (
            f"{line.high:,} high, {line.medium:,} medium, {line.low:,} low, "
            f"{number_of(line.refused, 'row')} not scored"
        )
        told = f"{self.told.sent} sent" + "".join(
            f", {count} {what}"
            for count, what in (
                (self.told.waiting, "waiting"),
                (self.told.unknown, "of which nobody knows whether they arrived"),
                (self.told.given_up, "given up"),
            )
            if count
        )
        return "\n".join(
            [
                f"day      {line.scored_on}: {number_of(line.scored, 'device')}; {counts}",
                f"workbook {shlex.quote(str(self.workbook))}",
                f"lake     {self.record.lake}",
                f"messages {told}",
                *(f"         {detail}" for detail in self.told.details),
            ]
        )

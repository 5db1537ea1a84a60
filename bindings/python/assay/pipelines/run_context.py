"""What every step of every pipeline knows: where to read, where to write, and what was stored before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from assay.data.lake import Lake
from assay.pipelines.job import table_record
from assay.pipelines.ownership import INPUT_KEY, InputIdentity
from assay.pipelines.progress import Progress
from assay.pipelines.record import RunRecord, StepRecord

if TYPE_CHECKING:
    from assay.data import Table

__all__ = ["RunContext"]

_ACCOUNT_KEY = "assay.account"
# What was read, kept and set aside, recorded with the rows set aside.


@dataclass
class RunContext:
    """Paths, lake and record of one run."""

    source: Path
    out: Path
    lake: Lake
    input: InputIdentity
    record: RunRecord
    progress: Progress
    tracking: str | None = None
    prefix: str = "assay"
    replaced: Sequence[str] = field(default=(), kw_only=True)
    """Stored tables of another input, whose columns are replaced with their rows."""
    properties: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    """Recorded with every table, under names that begin with ``assay.``."""

    @property
    def journal(self) -> Path:
        """Where tracking keeps its records until a server has them."""
        return self.out / "journal"

    def store(
        self,
        step: StepRecord,
        name: str,
        table: Table,
        *,
        volatile: Sequence[str] = (),
        account: bool = False,
    ) -> None:
        """Writes a table to the lake, with the input it was made from, and notes it in the record."""
        properties = {**self.properties, INPUT_KEY: self.input.to_json()}
        if account:
            properties[_ACCOUNT_KEY] = step.account()
        stored = self.lake.write(
            name,
            table,
            volatile=volatile,
            properties=properties,
            run=self.record.id,
            replace_schema=name in self.replaced,
        )
        step.tables.append(table_record(stored))

    def recall(self, step: str, name: str) -> None:
        """Takes what the step counted from the table where it was recorded, so that a report can state it."""
        account = self.lake.properties(name).get(_ACCOUNT_KEY)
        if account is not None:
            self.record.step(step).recall(account)

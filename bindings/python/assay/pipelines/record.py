"""What a pipeline did, step by step: the content of ``run.json``."""

from __future__ import annotations

import html
import json
import os
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from enum import Enum
from pathlib import Path
from typing import Any

__all__ = ["RunRecord", "Status", "StepRecord", "TableRecord", "write_atomically"]


class Status(str, Enum):
    """How a step or a run ended; a run that was killed stays running."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class TableRecord:
    """A table that a step wrote."""

    name: str
    path: str
    rows: int
    version: int
    changed: bool


@dataclass
class StepRecord:
    """One step: how it ended, how long it took, what it read, kept, set aside and wrote."""

    name: str
    status: Status = Status.FAILED
    reason: str = ""
    seconds: float = 0.0
    rows_read: int = 0
    accepted: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)
    """Failures by rule id; a row that failed two rules counts under both."""
    rows_quarantined: int = 0
    tables: list[TableRecord] = field(default_factory=list)
    tracking: dict[str, str] = field(default_factory=dict)
    """Run ids by run name."""
    files: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def read(
        self, rows_read: int, accepted: int, quarantined: Mapping[str, int], rows_quarantined: int
    ) -> None:
        """Adds what one source held. `rows_read` must be the sum of `accepted` and `rows_quarantined`."""
        if rows_read != accepted + rows_quarantined:
            from assay import StateError

            raise StateError(
                f"{self.name}: expected accepted + quarantined = read, "
                f"got {accepted} + {rows_quarantined} of {rows_read}"
            )
        self.rows_read += rows_read
        self.accepted += accepted
        self.rows_quarantined += rows_quarantined
        for rule, count in quarantined.items():
            self.quarantined[rule] = self.quarantined.get(rule, 0) + count

    def _repr_html_(self) -> str:
        return _as_html([self])

    def account(self) -> str:
        """What was read, kept and set aside, to be stored beside the rows that it counts."""
        counts = [self.rows_read, self.accepted, self.quarantined, self.rows_quarantined]
        return json.dumps({"counts": counts, "remarks": self.remarks})

    def recall(self, account: str) -> None:
        """Takes over what the run counted that stored the rows."""
        stored = json.loads(account)
        self.read(*stored["counts"])
        self.remarks += stored["remarks"]


@dataclass
class RunRecord:
    """One run of a pipeline."""

    pipeline: str
    input: str
    out: str
    lake: str
    catalog: str
    version: str
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    """Stands in the commits of the tables that the run wrote."""
    started_at: str = field(default_factory=lambda: datetime.now(timezone.utc).isoformat(timespec="seconds"))
    seconds: float = 0.0
    status: Status = Status.RUNNING
    steps: list[StepRecord] = field(default_factory=list)

    def step(self, name: str) -> StepRecord:
        for step in self.steps:
            if step.name == name:
                return step
        from assay import ValueError

        raise ValueError(f"step: expected one of {', '.join(step.name for step in self.steps) or 'none yet'}")

    def _repr_html_(self) -> str:
        place = f"{self.pipeline}, {self.status.value}, {self.seconds:.2f} s; results in {self.out}"
        return f"<p>{html.escape(place)}</p>{_as_html(self.steps)}"

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def write(self, path: Path) -> None:
        write_atomically(path, json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n", durable=True)


def _as_html(steps: Sequence[StepRecord]) -> str:
    """A row for each step, as notebooks show it."""
    names = ("step", "result", "time", "read", "set aside", "by rule", "tables", "remark")
    head = "".join(f"<th>{name}</th>" for name in names)
    rows = "".join(
        f"<tr><td>{html.escape(step.name)}</td><td>{step.status.value}</td><td>{step.seconds:.2f} s</td>"
        f"<td>{step.rows_read or ''}</td><td>{step.rows_quarantined if step.rows_read else ''}</td>"
        f"<td>{html.escape(', '.join(f'{rule}: {count}' for rule, count in step.quarantined.items()))}</td>"
        f"<td>{html.escape(', '.join(table.name for table in step.tables))}</td>"
        f"<td>{html.escape('; '.join(filter(None, (step.reason, *step.remarks))))}</td></tr>"
        for step in steps
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def write_atomically(path: Path, content: str, *, durable: bool = False) -> None:
    """Replaces the file in one step: whoever reads it sees the old content or the new, with `durable` even after a
    power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode())
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

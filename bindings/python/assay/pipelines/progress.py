"""How far a run is: bars on a terminal, one plain line per step elsewhere, nothing when nobody asked."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, TextIO, TypeVar

from assay.pipelines.record import Status, StepRecord

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

__all__ = ["BarProgress", "LineProgress", "Progress", "on_stream"]

T = TypeVar("T")

_MARKS = {Status.DONE: "done", Status.SKIPPED: "skipped", Status.FAILED: "FAILED"}


class Progress:
    """Silent; the base of the others."""

    def begin(self, steps: int) -> None:
        """A run of that many steps starts."""

    def start(self, name: str) -> None:
        """A step starts."""

    def finish(self, step: StepRecord) -> None:
        """A step ended."""

    def track(self, items: Collection[T], what: str) -> Iterator[T]:
        """The items one by one, while the bar advances."""
        yield from items

    def close(self) -> None:
        """The run ended, however it did."""


class LineProgress(Progress):
    """One line per finished step, for logs and pipes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def finish(self, step: StepRecord) -> None:
        print(summary_line(step), file=self._stream, flush=True)


class BarProgress(Progress):
    """A bar over the steps, and one over the items of a long step."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as RichProgress

        self._console = Console(file=stream, highlight=False)
        self._bars: RichProgress = RichProgress(
            TextColumn("{task.description:<24}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        self._run: TaskID | None = None

    def begin(self, steps: int) -> None:
        self._bars.start()
        self._run = self._bars.add_task("starting", total=steps)

    def start(self, name: str) -> None:
        if self._run is not None:
            self._bars.update(self._run, description=name)

    def finish(self, step: StepRecord) -> None:
        from rich.text import Text

        colour = {Status.DONE: "green", Status.SKIPPED: "yellow", Status.FAILED: "bold red"}[step.status]
        line = Text(summary_line(step))
        line.stylize(colour, 11, 19)
        self._console.print(line, soft_wrap=True)
        if self._run is not None:
            self._bars.advance(self._run)

    def track(self, items: Collection[T], what: str) -> Iterator[T]:
        task = self._bars.add_task(f"  {what}", total=len(items))
        for item in items:
            yield item
            self._bars.advance(task)
        self._bars.remove_task(task)

    def close(self) -> None:
        self._bars.stop()


def on_stream(stream: TextIO | None = None) -> Progress:
    """Bars where the stream is a terminal, plain lines where it is not."""
    target = stream if stream is not None else sys.stderr
    return BarProgress(target) if target.isatty() else LineProgress(target)


def summary_line(step: StepRecord) -> str:
    """`bronze     done       0.06 s  55 rows read, 0 quarantined; 4 tables`."""
    details: list[str] = []
    if step.rows_read and step.status is not Status.SKIPPED:
        details.append(f"{step.rows_read:,} rows read, {step.rows_quarantined:,} quarantined")
    if step.tables:
        details.append(f"{len(step.tables)} table{'s' if len(step.tables) > 1 else ''}")
    if (
        step.reason and step.status is not Status.FAILED
    ):  # told once, at the end, by whoever catches the error
        details.append(step.reason)
    return f"{step.name:<10} {_MARKS[step.status]:<8} {step.seconds:6.2f} s  {'; '.join(details)}".rstrip()

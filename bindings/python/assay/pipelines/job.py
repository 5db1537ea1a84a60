"""Runs the steps of a pipeline one by one and keeps the record, whatever happens."""

from __future__ import annotations

import contextlib
import os
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from assay.data.lake import StoredTable
from assay.pipelines.progress import Progress
from assay.pipelines.record import RunRecord, Status, StepRecord, TableRecord

__all__ = ["Job", "Skip", "describe_failure", "is_bad_input", "reading_input", "table_record"]

T = TypeVar("T")

_BAD_INPUT = "assay_bad_input"


class Skip(Exception):
    """Raised by a step that cannot do its work and need not: the reason is recorded and the run goes on."""


@contextlib.contextmanager
def reading_input() -> Iterator[None]:
    """Marks errors of the library in here as errors of the input: the command then ends with code 2."""
    from assay import Error

    try:
        yield
    except Error as error:
        setattr(error, _BAD_INPUT, True)
        raise


def is_bad_input(error: BaseException) -> bool:
    return bool(getattr(error, _BAD_INPUT, False))


class Job:
    """The steps of one run, in order.

    ``run.json`` says "running" from the start, so that a run that is killed leaves no older record beside its
    tables, and is written anew when the run ends, however it ends.
    """

    def __init__(
        self, record: RunRecord, *, steps: Sequence[str], from_step: str | None, progress: Progress
    ) -> None:
        if from_step is not None and from_step not in steps:
            from assay import ValueError

            with reading_input():
                raise ValueError(f"from: expected one of {', '.join(steps)}, got '{from_step}'")
        self.record = record
        self.progress = progress
        self._steps = list(steps)
        self._first = self._steps.index(from_step) if from_step else 0
        self._began = time.perf_counter()

    @property
    def first(self) -> int:
        """Position of the first step to run."""
        return self._first

    def __enter__(self) -> Job:
        self.write()
        self.progress.begin(len(self._steps))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.close()
        self.record.status = Status.DONE if kind is None else Status.FAILED
        try:
            self.write()
        except OSError:
            if error is None:  # the error that ended the run tells more than this one
                raise

    def write(self) -> None:
        self.record.seconds = round(time.perf_counter() - self._began, 3)
        self.record.write(Path(self.record.out) / "run.json")

    def step(self, name: str, work: Callable[[StepRecord], T], stored: Callable[[], T]) -> T:
        """Does the work and records it; before the step to start from, takes what is stored instead."""
        if self._wanted(name):
            return self._recorded(StepRecord(name), work)
        reason = f"stored result used (--from {self._steps[self._first]})"
        return self._recorded(StepRecord(name, Status.SKIPPED, reason), lambda _: stored())

    def optional(
        self, name: str, work: Callable[[StepRecord], T], stored: Callable[[], T] | None = None
    ) -> T | None:
        """The same for a step that later ones can do without: it may raise Skip, and need not have been stored."""
        if not self._wanted(name):
            if stored is not None:
                return self.step(name, work, stored)
            reason = f"not repeated (--from {self._steps[self._first]})"
            return self._recorded(StepRecord(name, Status.SKIPPED, reason), lambda _: None)
        step = StepRecord(name)
        try:
            return self._recorded(step, work)
        except Skip:
            return None

    def _wanted(self, name: str) -> bool:
        return self._steps.index(name) >= self._first

    def _recorded(self, step: StepRecord, work: Callable[[StepRecord], T]) -> T:
        self.record.steps.append(step)
        self.progress.start(step.name)
        began = time.perf_counter()
        try:
            result = work(step)
            if step.status is not Status.SKIPPED:
                step.status = Status.DONE
            return result
        except Skip as skip:
            step.status, step.reason = Status.SKIPPED, str(skip)
            raise
        except BaseException as error:
            step.status, step.reason = Status.FAILED, describe_failure(error)
            raise
        finally:
            step.seconds = round(time.perf_counter() - began, 3)
            self.progress.finish(step)


def table_record(stored: StoredTable) -> TableRecord:
    return TableRecord(stored.name, str(stored.path), stored.rows, stored.version, stored.changed)


def describe_failure(error: BaseException) -> str:
    """One sentence about an error, safe to print: texts of foreign exceptions may quote data and stay out."""
    from assay import Error

    if isinstance(error, KeyboardInterrupt):
        return "interrupted; the tables written so far are whole, and the run can be repeated"
    if isinstance(error, Error):
        return " ".join(str(error).split())
    if isinstance(error, OSError) and error.strerror:
        # A file's own name may hold a patient's id; its folder says where.
        named = isinstance(error.filename, (str, bytes))  # a descriptor's number says nothing
        place = f", in the folder {Path(os.fsdecode(error.filename)).parent}" if named else ""
        return f"{error.strerror}{place}"
    # The wrapper of the compiled core says nothing about the place.
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).name != "_native.py"]
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"unexpected {type(error).__name__}{place}; --debug shows it in full"

"""The way of one patient through the pipeline as a trace: gold, note, judge, with the times that each took.

A trace holds the patient's id, names of columns, counts and scores. Values and texts lie among the run's artifacts.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.pipelines.clinical.context import Note
    from assay.tracking import Run

__all__ = ["StepTimes", "record_trace"]


class StepTimes:
    """When the steps of the patients began and ended, in ns since 1970."""

    def __init__(self) -> None:
        self._spans: dict[tuple[str, str], tuple[int, int]] = {}

    def note(self, step: str, patient: str, begun_ns: int) -> None:
        """A step of a patient ends now; ``""`` stands for all patients at once."""
        self._spans[step, patient] = (begun_ns, time.time_ns())

    def of(self, step: str, patient: str) -> tuple[int, int] | None:
        """Begin and end, or None where this run did not do the step."""
        return self._spans.get((step, patient)) or self._spans.get((step, ""))


def record_trace(
    run: Run, times: StepTimes, patient: str, row: Mapping[str, Any], note: Note, verdict: Mapping[str, Any]
) -> None:
    """Writes the trace to the run; what was read from an earlier run of the pipeline has no span."""
    from assay.tracking.spans import SpanType
    from assay.tracking.tracing import start_span_no_context

    columns = _columns_used(row, note)
    told = {"writer": note.content["writer"], "words": note.words, "columns": len(columns)}
    steps: list[tuple[str, str, Any, Any]] = [
        ("gold", SpanType.TASK, None, {"columns": columns}),
        ("note", SpanType.CHAIN, {"patient_id": patient, "columns": columns}, told),
        ("judge", SpanType.EVALUATOR, told, {k: verdict[k] for k in ("overall", "passed", "scores")}),
    ]
    took = {name: spent for name, *_ in steps if (spent := times.of(name, patient)) is not None}
    if not took:
        return
    root = start_span_no_context(
        "patient",
        SpanType.CHAIN,
        inputs={"patient_id": patient},
        tags={"patient_id": patient},
        run=run,
        start_time_ns=min(begun for begun, _ in took.values()),
    )
    for name, kind, inputs, outputs in steps:
        if name not in took:
            continue
        begun, ended = took[name]
        span = start_span_no_context(name, kind, root, inputs, {"assay.step": name}, start_time_ns=begun)
        if name == "gold":
            span.set_attribute("assay.times", "of all patients together")
        span.end(outputs, end_time_ns=ended)
    verdict_line = {"overall": verdict["overall"], "passed": verdict["passed"]}
    root.end(verdict_line, end_time_ns=max(ended for _, ended in took.values()))


def _columns_used(row: Mapping[str, Any], note: Note) -> list[str]:
    """Names of the gold columns that the note's sentences name as their sources."""
    said = [item for part in note.content.values() if isinstance(part, list) for item in part]
    named = " ".join(item.get("source", "") for item in said if isinstance(item, dict))
    return sorted(set(re.findall(r"\w+", named)) & set(row))

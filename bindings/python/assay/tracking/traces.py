"""Traces that were written: read back from a journal."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assay import errors
from assay._core import tracking as _core
from assay.tracking import active
from assay.tracking.spans import SpanEvent

__all__ = ["Span", "Trace", "TraceData", "TraceInfo", "get_trace", "search_traces"]


@dataclass(frozen=True)
class Span:
    """A span that has ended; times in ns since 1970."""

    span_id: str
    parent_id: str | None
    name: str
    span_type: str
    start_time_ns: int
    end_time_ns: int
    status: str
    status_message: str
    inputs: Any
    outputs: Any
    attributes: dict[str, Any]
    events: list[SpanEvent]

    def get_attribute(self, key: str) -> Any:
        """The value, or None."""
        return self.attributes.get(key)


@dataclass(frozen=True)
class TraceInfo:
    """What is known of a trace besides its spans; `request_time` and `execution_duration` in ms."""

    trace_id: str
    experiment: str
    run_id: str
    request_time: int
    execution_duration: int
    state: str
    client_request_id: str | None
    request_preview: str | None
    response_preview: str | None
    tags: dict[str, str] = field(default_factory=dict)
    trace_metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TraceData:
    """The spans of a trace, in the order of their begin."""

    spans: list[Span]


@dataclass(frozen=True)
class Trace:
    """A trace as the journal holds it, with MLflow's names of its parts."""

    info: TraceInfo
    data: TraceData

    def search_spans(
        self, name: str | None = None, span_type: str | None = None, span_id: str | None = None
    ) -> list[Span]:
        """The spans that agree with all that is given."""
        return [
            span
            for span in self.data.spans
            if name in (None, span.name)
            and span_type in (None, span.span_type)
            and span_id in (None, span.span_id)
        ]

    def token_usage(self) -> dict[str, int]:
        """Tokens of all spans; a span that has them counts for those below it. Empty where none has."""
        totals: dict[str, int] = {}
        children: dict[str | None, list[Span]] = {}
        known = {span.span_id for span in self.data.spans}
        for span in self.data.spans:
            children.setdefault(span.parent_id if span.parent_id in known else None, []).append(span)
        waiting = list(children.get(None, []))
        while waiting:
            span = waiting.pop()
            usage = span.attributes.get("mlflow.chat.tokenUsage")
            if isinstance(usage, dict):
                for key, count in usage.items():
                    totals[key] = totals.get(key, 0) + int(count)
            else:
                waiting += children.get(span.span_id, [])
        return totals

    def __repr__(self) -> str:
        return f"<Trace {self.info.trace_id} {self.info.state}, {len(self.data.spans)} spans>"


def get_trace(trace_id: str, *, journal: str | os.PathLike[str] | None = None) -> Trace | None:
    """A trace by its id, or None where the journal has none of it.

    Parameters
    ----------
    journal
        Folder; that of the active run, ``$ASSAY_JOURNAL`` or ``./assay-journal`` where not given.
    """
    found = _core.read_traces(
        _folder(journal), id=trace_id, experiments=[], run="", filter="", max_results=1, oldest_first=False
    )
    return _trace(found[0]) if found else None


def search_traces(
    experiment_names: Sequence[str] | str | None = None,
    filter_string: str | None = None,
    max_results: int = 100,
    order_by: Sequence[str] | None = None,
    *,
    run_id: str | None = None,
    journal: str | os.PathLike[str] | None = None,
) -> list[Trace]:
    """Traces of a journal, delivered or not, newest first.

    Parameters
    ----------
    filter_string
        Comparisons joined by AND, in MLflow's words: ``name``, ``status``, ``timestamp_ms``,
        ``execution_time_ms``, ``trace_id``, ``client_request_id``, ``tags.<key>``, ``metadata.<key>``,
        ``span.name``, ``span.type``, ``span.status``, ``span.attributes.<key>``; with =, !=, <, <=, >, >=, LIKE,
        ILIKE, IN, NOT IN, IS NULL, IS NOT NULL. A key with other characters stands in backticks.
    order_by
        ``["timestamp_ms ASC"]`` for the oldest first.
    run_id
        Of one run.
    """
    names = [experiment_names] if isinstance(experiment_names, str) else list(experiment_names or [])
    found = _core.read_traces(
        _folder(journal),
        id=None,
        experiments=names,
        run=run_id or "",
        filter=filter_string or "",
        max_results=max_results,
        oldest_first=_is_oldest_first(order_by),
    )
    return [_trace(each) for each in found]


def _folder(journal: str | os.PathLike[str] | None) -> Path:
    if journal is not None:
        return Path(journal)
    run = active.active_run()
    return run.info.journal if run is not None else _core.default_journal()


def _is_oldest_first(order_by: Sequence[str] | None) -> bool:
    for order in order_by or []:
        words = order.lower().split()
        if (
            words
            and words[0].removeprefix("attributes.").removesuffix("_ms") == "timestamp"
            and len(words) <= 2
        ):
            return words[-1] != "desc"
        raise errors.ValueError(
            f"search_traces: expected order_by timestamp_ms ASC or DESC, got {order!r}; sort the result instead"
        )
    return False


def _trace(parts: tuple[Any, ...]) -> Trace:
    trace_id, experiment, run, start_ns, end_ns, state, tags, metadata, request, *previews, spans = parts
    listed = [_span(span) for span in spans]
    root = next((span for span in listed if span.parent_id is None), None)
    info = TraceInfo(
        trace_id=trace_id,
        experiment=experiment,
        run_id=run,
        request_time=start_ns // 1_000_000,
        execution_duration=(end_ns - start_ns) // 1_000_000,
        state=state,
        client_request_id=request or None,
        request_preview=previews[0] or None,
        response_preview=previews[1] or None,
        tags={"mlflow.traceName": root.name, **tags} if root is not None else tags,
        trace_metadata=metadata,
    )
    return Trace(info, TraceData(listed))


def _span(parts: tuple[Any, ...]) -> Span:
    span_id, parent, name, kind, start, end, status, message, inputs, outputs, attributes, events = parts
    return Span(
        span_id=span_id,
        parent_id=parent or None,
        name=name,
        span_type=kind,
        start_time_ns=start,
        end_time_ns=end,
        status=status,
        status_message=message,
        inputs=json.loads(inputs) if inputs else None,
        outputs=json.loads(outputs) if outputs else None,
        attributes={key: json.loads(text) for key, text in attributes},
        events=[
            SpanEvent(event, moment, {key: json.loads(text) for key, text in pairs})
            for event, moment, pairs in events
        ],
    )

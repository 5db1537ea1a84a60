"""Traces: what a program did for one request or one patient, as a tree of spans. Names follow ``mlflow``'s tracing.

A trace goes to the local journal when its root span ends, and from there to MLflow and to OpenTelemetry collectors.
Spans of an active run belong to it.
"""

from __future__ import annotations

import atexit
import contextvars
import functools
import os
import random
import threading
import warnings
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from assay import errors
from assay._core import tracking as _core
from assay._core.tracking import OtlpReport
from assay.tracking import active, delivery
from assay.tracking.run import Run
from assay.tracking.spans import LiveSpan, NoOpSpan, SpanEvent, SpanType, pairs_of

__all__ = [
    "OtlpReport",
    "SpanEvent",
    "SpanType",
    "disable",
    "enable",
    "export_traces",
    "get_active_trace_id",
    "get_current_active_span",
    "get_last_active_trace_id",
    "start_span",
    "start_span_no_context",
    "update_current_trace",
]

_current: contextvars.ContextVar[LiveSpan | None] = contextvars.ContextVar("assay_span", default=None)
_of_runs: weakref.WeakKeyDictionary[Run, _core.Tracer] = weakref.WeakKeyDictionary()
_alone: dict[tuple[str, Path], _core.Tracer] = {}  # of traces without a run; the one used last
_left: set[Path] = set()  # journals with traces that no run's end delivers
_lock = threading.Lock()
_enabled = True
_last_trace_id: str | None = None


def enable() -> None:
    """Trace again after :func:`disable`."""
    global _enabled
    _enabled = True


def disable() -> None:
    """Trace nothing from now on: spans that begin are empty and cost next to nothing."""
    global _enabled
    _enabled = False


def get_current_active_span() -> LiveSpan | None:
    """The innermost span of this thread or task; None outside of all."""
    span = _current.get()
    return None if span is None or isinstance(span, NoOpSpan) else span


def get_active_trace_id() -> str | None:
    """The id of the trace that the current span belongs to."""
    span = get_current_active_span()
    return span.trace_id if span else None


def get_last_active_trace_id() -> str | None:
    """The id of the trace that ended last in this process."""
    return _last_trace_id


class _Scope:
    """Begins a span with the block, ends it with the block, and makes it the current one in between."""

    __slots__ = ("_begin", "_span", "_token")

    def __init__(self, begin: Callable[[], LiveSpan]) -> None:
        self._begin = begin

    def __enter__(self) -> LiveSpan:
        self._span = self._begin()
        self._token = _current.set(self._span)
        return self._span

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            _current.reset(self._token)
        except ValueError:  # entered in another context, as an async fixture is
            _current.set(None)
        finish(self._span, error)


def start_span(
    name: str = "span",
    span_type: str = SpanType.UNKNOWN,
    attributes: Mapping[str, Any] | None = None,
    *,
    parent_span: LiveSpan | None = None,
    description: str | None = None,
    run: Run | None = None,
    experiment: str | None = None,
    journal: str | os.PathLike[str] | None = None,
) -> _Scope:
    """A span around a ``with`` block; inside of another, it is its child, else the root of a new trace.

    Parameters
    ----------
    parent_span
        The parent where it is not the current span: one of another thread, for instance. Threads do not inherit the
        current span by themselves (``contextvars.copy_context().run`` hands it over); asyncio's tasks do.
    run, experiment, journal
        Where a new trace goes. By default to the active run, and without one as :func:`start_run` chooses.

    An exception that passes is noted by type and place, and ends the span in ERROR; see
    :meth:`SpanEvent.from_exception` for its message.
    """
    arguments = (name, span_type, attributes, parent_span, description, experiment, journal, None, run)
    return _Scope(functools.partial(begin, *arguments))


def start_span_no_context(
    name: str,
    span_type: str = SpanType.UNKNOWN,
    parent_span: LiveSpan | None = None,
    inputs: Any = None,
    attributes: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    metadata: Mapping[str, str] | None = None,
    *,
    run: Run | None = None,
    experiment: str | None = None,
    journal: str | os.PathLike[str] | None = None,
    start_time_ns: int | None = None,
) -> LiveSpan:
    """A span that ends with its ``end()`` and becomes nobody's current span; a root where no parent is given."""
    parent = parent_span if parent_span is not None else _NO_PARENT
    span = begin(name, span_type, attributes, parent, None, experiment, journal, start_time_ns, run)
    if inputs is not None:
        span.set_inputs(inputs)
    if (tags or metadata) and not isinstance(span, NoOpSpan):
        _update(span, tags=tags, metadata=metadata)
    return span


_NO_PARENT = NoOpSpan()
_NOTHING = NoOpSpan()


def begin(
    name: str,
    span_type: str,
    attributes: Mapping[str, Any] | None,
    parent: LiveSpan | None,
    description: str | None,
    experiment: str | None,
    journal: str | os.PathLike[str] | None,
    start_ns: int | None,
    run: Run | None = None,
) -> LiveSpan:
    """A new span below `parent`, or below the current one where that is None. Never raises."""
    if parent is None:
        parent = _current.get()
    if not _enabled or (parent is not None and parent is not _NO_PARENT and isinstance(parent, NoOpSpan)):
        return _NOTHING
    pairs = pairs_of(attributes)
    if description is not None:
        pairs += pairs_of({"mlflow.spanDescription": description})
    if parent is not None and parent is not _NO_PARENT:
        return LiveSpan(parent._core.start_child(name, span_type, pairs, start_ns), name, span_type)
    if not _sampled():
        return _NOTHING
    try:
        tracer = _tracer(run, experiment, journal)
    except errors.Error as error:
        warnings.warn(f"tracing: the trace is not kept: {error}", stacklevel=3)
        return _NOTHING
    return LiveSpan(tracer.start_trace(name, span_type, pairs, start_ns), name, span_type, True)


def finish(span: LiveSpan, error: BaseException | None = None) -> None:
    """Ends a span, in ERROR where an exception is given. A journal that fails does not fail the traced code."""
    global _last_trace_id
    if isinstance(span, NoOpSpan):
        return
    if error is not None and not isinstance(error, GeneratorExit):
        span.record_exception(error)
    try:
        span.end()
    except errors.Error as failure:
        warnings.warn(f"tracing: the trace is lost: {failure}", stacklevel=3)
    if span.is_root:
        _last_trace_id = span.trace_id


def _sampled() -> bool:
    ratio = os.environ.get("MLFLOW_TRACE_SAMPLING_RATIO")
    return ratio is None or random.random() < float(ratio)


def _tracer(run: Run | None, experiment: str | None, journal: str | os.PathLike[str] | None) -> _core.Tracer:
    if run is None and experiment is None and journal is None:
        run = active.active_run()
    if run is not None:
        tracer = _of_runs.get(run)
        if tracer is None:
            info = run.info
            tracer = _core.Tracer(
                experiment=info.experiment, journal=info.journal, run_id=info.run_id, metadata=_environment()
            )
            _of_runs[run] = tracer
        return tracer
    name = experiment or active.experiment_name()
    folder = Path(journal) if journal is not None else _core.default_journal()
    key = (name, folder.absolute())
    known = _alone.get(key)
    if known is None:
        known = _core.Tracer(experiment=name, journal=folder, run_id="", metadata=_environment())
        with _lock:
            _alone.clear()  # an open journal costs a file and a mapping
            _alone[key] = known
            _left.add(known.journal)
    return known


def _environment() -> dict[str, str]:
    from assay.tracking.environment import trace_metadata

    return trace_metadata()


def update_current_trace(
    tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    client_request_id: str | None = None,
    request_preview: str | None = None,
    response_preview: str | None = None,
    state: str | None = None,
    model_id: str | None = None,
    session_id: str | None = None,
    user: str | None = None,
) -> None:
    """Say what is known of the whole trace. Without a current span there is a warning and nothing else.

    Parameters
    ----------
    request_preview, response_preview
        What a list of traces shows in place of the root's inputs and outputs.
    state
        ``OK`` or ``ERROR``, in place of the root span's status.
    """
    span = get_current_active_span()
    if span is None:
        if _current.get() is None:
            warnings.warn("update_current_trace: no span is active; begin one with start_span", stacklevel=2)
        return
    known = {str(key): str(value) for key, value in (metadata or {}).items()}
    for key, value in (
        ("mlflow.trace.session", session_id),
        ("mlflow.trace.user", user),
        ("mlflow.modelId", model_id),
    ):
        if value is not None:
            known[key] = str(value)
    state = str(getattr(state, "value", state)) if state is not None else None
    if state not in (None, "OK", "ERROR"):
        raise errors.ValueError(f"update_current_trace: expected state OK or ERROR, got {state!r}")
    _update(
        span,
        tags=tags,
        metadata=known,
        client_request_id=client_request_id,
        request_preview=request_preview,
        response_preview=response_preview,
        state=state,
    )


def _update(
    span: LiveSpan,
    *,
    tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    client_request_id: str | None = None,
    request_preview: str | None = None,
    response_preview: str | None = None,
    state: str | None = None,
) -> None:
    kept = span._core.update_trace(
        tags={str(key): str(value) for key, value in (tags or {}).items()},
        metadata={str(key): str(value) for key, value in (metadata or {}).items()},
        client_request_id=client_request_id,
        request_preview=request_preview,
        response_preview=response_preview,
        state=state,
    )
    if not kept:
        warnings.warn("update_current_trace: the trace's root has ended; nothing was changed", stacklevel=3)


def export_traces(
    journal: str | os.PathLike[str] | None = None, endpoint: str | None = None, *, deadline: float = 120.0
) -> OtlpReport:
    """Send the traces of a journal that an OpenTelemetry collector has not taken yet, by OTLP over HTTP.

    Parameters
    ----------
    endpoint
        Address of traces, such as ``http://localhost:4318/v1/traces``; by default what
        ``OTEL_EXPORTER_OTLP_ENDPOINT`` and its kin say. ``_HEADERS``, ``_PROTOCOL`` (``http/protobuf`` or
        ``http/json``), ``_COMPRESSION``, ``_TIMEOUT`` and ``_CERTIFICATE`` hold in any case.
    deadline
        Seconds that one request is repeated for where the collector is away or overloaded.

    May be repeated at any time. A collector that is away is no exception: the report says what remains.
    """
    folder = delivery.find_journal(journal) if journal is not None else _core.default_journal()
    return _core.export_otlp(folder, url=endpoint or "", deadline=deadline)


def _deliver_left() -> None:
    """At the end of the process: traces of no run are delivered as runs are."""
    with _lock:
        journals = sorted(_left)
        _left.clear()
        _alone.clear()
    for journal in journals:
        delivery.deliver_after_run(journal)


def _forget_parents_journals() -> None:
    global _lock
    _lock = threading.Lock()
    atexit.unregister(_deliver_left)


atexit.register(_deliver_left)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_parents_journals)

"""Spans at work: what a traced piece of code says of itself."""

from __future__ import annotations

import json
import os
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assay import errors
from assay._core import tracking as _core
from assay.tracking.json_values import json_of

__all__ = ["LiveSpan", "NoOpSpan", "SpanEvent", "SpanType"]


class SpanType:
    """Words that MLflow's pages know; any other word may be used."""

    AGENT = "AGENT"
    CHAIN = "CHAIN"
    CHAT_MODEL = "CHAT_MODEL"
    EMBEDDING = "EMBEDDING"
    EVALUATOR = "EVALUATOR"
    GUARDRAIL = "GUARDRAIL"
    LLM = "LLM"
    MEMORY = "MEMORY"
    PARSER = "PARSER"
    RERANKER = "RERANKER"
    RETRIEVER = "RETRIEVER"
    TASK = "TASK"
    TOOL = "TOOL"
    UNKNOWN = "UNKNOWN"
    WORKFLOW = "WORKFLOW"


@dataclass
class SpanEvent:
    """Something that happened at one moment of a span; `timestamp` is in ns since 1970."""

    name: str
    timestamp: int = field(default_factory=time.time_ns)
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_exception(cls, exception: BaseException) -> SpanEvent:
        """Type and place of an exception, in OpenTelemetry's words.

        The place is file, line and function of each frame, without the line's text. The message stays out,
        because it may quote a patient's data; Assay's own messages never do and are kept, and
        ``ASSAY_TRACE_EXCEPTION_MESSAGES=1`` keeps all of them.
        """
        attributes = {"exception.type": _type_name(exception)}
        message = _message(exception)
        if message:
            attributes["exception.message"] = message
        frames = traceback.StackSummary.extract(
            traceback.walk_tb(exception.__traceback__), lookup_lines=False, limit=-50
        )
        attributes["exception.stacktrace"] = "\n".join(
            f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}' for frame in frames
        )
        return cls("exception", attributes=attributes)


def _type_name(exception: BaseException) -> str:
    kind = type(exception)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _message(exception: BaseException) -> str:
    if isinstance(exception, errors.Error) or os.environ.get("ASSAY_TRACE_EXCEPTION_MESSAGES", "0") == "1":
        return str(exception)
    return ""


def pairs_of(attributes: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Attributes as the core takes them."""
    return [(str(key), json_of(value)) for key, value in attributes.items()] if attributes else []


class LiveSpan:
    """A span at work. Its methods may be called from any thread, and never fail for what they are told.

    Values may be anything that JSON can say, dataclasses, Pydantic models, NumPy values, dates; what else there
    is becomes its ``repr``, a table only its shape. Nothing said after the end is kept.
    """

    __slots__ = ("_core", "_name", "_said_outputs", "_type", "is_root")

    def __init__(self, core: _core.Span, name: str, span_type: str, is_root: bool = False) -> None:
        self._core = core
        self.is_root = is_root
        self._name = name
        self._type = span_type
        self._said_outputs = False

    @property
    def name(self) -> str:
        return self._name

    @property
    def span_type(self) -> str:
        return self._type

    @property
    def trace_id(self) -> str:
        """``tr-`` and 32 hexadecimal digits: its id on an MLflow server, known from the start."""
        return self._core.trace_id

    @property
    def span_id(self) -> str:
        return self._core.span_id

    @property
    def parent_id(self) -> str | None:
        return self._core.parent_id

    @property
    def start_time_ns(self) -> int:
        return int(self._core.data()[4])

    @property
    def end_time_ns(self) -> int | None:
        return int(self._core.data()[5]) or None

    @property
    def status(self) -> str:
        """``UNSET``, ``OK`` or ``ERROR``."""
        return str(self._core.data()[6])

    @property
    def inputs(self) -> Any:
        return _loaded(self._core.data()[8])

    @property
    def outputs(self) -> Any:
        return _loaded(self._core.data()[9])

    @property
    def attributes(self) -> dict[str, Any]:
        return {key: json.loads(text) for key, text in self._core.data()[10]}

    @property
    def events(self) -> list[SpanEvent]:
        return [
            SpanEvent(name, moment, {key: json.loads(text) for key, text in attributes})
            for name, moment, attributes in self._core.data()[11]
        ]

    def get_attribute(self, key: str) -> Any:
        """The value set last, or None."""
        return self.attributes.get(key)

    def set_inputs(self, inputs: Any) -> None:
        self._core.set_inputs(json_of(inputs))

    def set_outputs(self, outputs: Any) -> None:
        self._said_outputs = outputs is not None
        self._core.set_outputs(json_of(outputs))

    def set_attribute(self, key: str, value: Any) -> None:
        self._core.set_attribute(str(key), json_of(value))

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        for key, value in attributes.items():
            self.set_attribute(key, value)

    def set_span_type(self, span_type: str) -> None:
        self._type = span_type
        self._core.set_type(span_type)

    def set_status(self, status: str, description: str = "") -> None:
        """``OK`` or ``ERROR``; without it the end of the span sets OK.

        Parameters
        ----------
        description
            For ERROR. It is kept as it is, so that it must hold no patient's data.
        """
        self._core.set_status(str(getattr(status, "value", status)), description)

    def set_token_usage(
        self,
        *,
        input_tokens: int,
        output_tokens: int,
        total_tokens: int | None = None,
        cache_read_input_tokens: int | None = None,
        cache_creation_input_tokens: int | None = None,
        model: str | None = None,
        provider: str | None = None,
    ) -> None:
        """Tokens of a language model's call, as MLflow's pages count them over the trace.

        With `model` the server adds the cost in USD where it knows the model's price.
        """
        usage = {
            "input_tokens": input_tokens,
            "output_tokens": output_tokens,
            "total_tokens": input_tokens + output_tokens if total_tokens is None else total_tokens,
        }
        if cache_read_input_tokens is not None:
            usage["cache_read_input_tokens"] = cache_read_input_tokens
        if cache_creation_input_tokens is not None:
            usage["cache_creation_input_tokens"] = cache_creation_input_tokens
        self.set_attribute("mlflow.chat.tokenUsage", usage)
        if model is not None:
            self.set_attribute("mlflow.llm.model", model)
        if provider is not None:
            self.set_attribute("mlflow.llm.provider", provider)

    def add_event(self, event: Any, attributes: Mapping[str, Any] | None = None) -> None:
        """Note that something happened: a :class:`SpanEvent` (MLflow's too), or a name with attributes."""
        if isinstance(event, str):
            self._core.add_event(event, pairs_of(attributes), None)
        else:
            self._core.add_event(event.name, pairs_of(event.attributes), event.timestamp)

    def record_exception(self, exception: BaseException | str) -> None:
        """Note an exception by type and place, and set the status to ERROR; a text is kept as it is."""
        if isinstance(exception, str):
            self.add_event("exception", {"exception.type": "Exception", "exception.message": exception})
            self.set_status("ERROR", exception)
            return
        self.add_event(SpanEvent.from_exception(exception))
        message = _message(exception)
        self.set_status("ERROR", f"{_type_name(exception)}: {message}" if message else _type_name(exception))

    def end(
        self,
        outputs: Any = None,
        attributes: Mapping[str, Any] | None = None,
        status: str | None = None,
        end_time_ns: int | None = None,
    ) -> None:
        """End the span; a second call does nothing. The end of the root writes the trace to the journal."""
        if attributes:
            self.set_attributes(attributes)
        if outputs is not None:
            self.set_outputs(outputs)
        if status is not None:
            self.set_status(status)
        self._core.end(end_time_ns)

    def __repr__(self) -> str:
        return f"<LiveSpan {self._name!r} {self._type} {self.trace_id}/{self.span_id}>"


class NoOpSpan(LiveSpan):
    """Stands where tracing is off or the trace was not sampled: it takes everything and keeps nothing."""

    __slots__ = ()

    def __init__(self) -> None:
        self._name = ""
        self._type = SpanType.UNKNOWN
        self._said_outputs = False
        self.is_root = False

    @property
    def trace_id(self) -> str:
        return ""

    @property
    def span_id(self) -> str:
        return ""

    @property
    def parent_id(self) -> str | None:
        return None

    @property
    def start_time_ns(self) -> int:
        return 0

    @property
    def end_time_ns(self) -> int | None:
        return None

    @property
    def status(self) -> str:
        return "UNSET"

    @property
    def inputs(self) -> Any:
        return None

    @property
    def outputs(self) -> Any:
        return None

    @property
    def attributes(self) -> dict[str, Any]:
        return {}

    @property
    def events(self) -> list[SpanEvent]:
        return []

    def set_inputs(self, inputs: Any) -> None: ...

    def set_outputs(self, outputs: Any) -> None: ...

    def set_attribute(self, key: str, value: Any) -> None: ...

    def set_span_type(self, span_type: str) -> None: ...

    def set_status(self, status: str, description: str = "") -> None: ...

    def add_event(self, event: Any, attributes: Mapping[str, Any] | None = None) -> None: ...

    def end(
        self,
        outputs: Any = None,
        attributes: Mapping[str, Any] | None = None,
        status: str | None = None,
        end_time_ns: int | None = None,
    ) -> None: ...

    def __repr__(self) -> str:
        return "<NoOpSpan>"


def _loaded(text: str) -> Any:
    return json.loads(text) if text else None

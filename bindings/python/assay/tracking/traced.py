"""The decorator that makes a span of every call of a function."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from typing import Any, ParamSpec, TypeVar, overload

from assay import errors
from assay.tracking.json_values import json_of
from assay.tracking.spans import LiveSpan, SpanType
from assay.tracking.tracing import _current, _Scope, begin, finish

__all__ = ["trace"]

_P = ParamSpec("_P")
_R = TypeVar("_R")
_Reducer = Callable[[list[Any]], Any]

_MAX_CHUNKS = 1000
"""Items of a generator that are kept, as outputs and as events; the rest are counted."""


@overload
def trace(
    func: Callable[_P, _R],
    name: str | None = None,
    span_type: str = SpanType.UNKNOWN,
    attributes: Mapping[str, Any] | None = None,
    output_reducer: _Reducer | None = None,
    *,
    capture_inputs: bool = True,
    capture_outputs: bool = True,
) -> Callable[_P, _R]: ...


@overload
def trace(
    func: None = None,
    name: str | None = None,
    span_type: str = SpanType.UNKNOWN,
    attributes: Mapping[str, Any] | None = None,
    output_reducer: _Reducer | None = None,
    *,
    capture_inputs: bool = True,
    capture_outputs: bool = True,
) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]: ...


def trace(
    func: Callable[..., Any] | None = None,
    name: str | None = None,
    span_type: str = SpanType.UNKNOWN,
    attributes: Mapping[str, Any] | None = None,
    output_reducer: _Reducer | None = None,
    *,
    capture_inputs: bool = True,
    capture_outputs: bool = True,
) -> Any:
    """Make a span of every call of a function, generator, coroutine, asynchronous generator, class or static method.

    Parameters
    ----------
    name
        The function's name where not given.
    output_reducer
        Of a generator: makes the span's output of the list of its items.
    capture_inputs, capture_outputs
        Whether arguments and result are kept. They lie in the journal, and on the server, in clear: turn them off
        where they hold what must not lie there. ``span.set_inputs`` and ``set_outputs`` in the function go before.
    """

    def decorate(function: Any) -> Any:
        if isinstance(function, (classmethod, staticmethod)):
            return type(function)(decorate(function.__func__))
        streams = inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)
        if output_reducer is not None and not streams:
            raise errors.ValueError("trace: expected a generator for output_reducer, got a function")
        call = _Call(function, name, span_type, attributes, capture_inputs, capture_outputs, output_reducer)
        if inspect.isasyncgenfunction(function):
            wrapped: Any = call.async_generator
        elif inspect.isgeneratorfunction(function):
            wrapped = call.generator
        elif inspect.iscoroutinefunction(function):
            wrapped = call.coroutine
        else:
            wrapped = call.function
        return functools.wraps(function)(wrapped())

    return decorate(func) if func is not None else decorate


class _Call:
    """What the wrappers of one function share."""

    def __init__(
        self,
        function: Callable[..., Any],
        name: str | None,
        span_type: str,
        attributes: Mapping[str, Any] | None,
        capture_inputs: bool,
        capture_outputs: bool,
        output_reducer: _Reducer | None,
    ) -> None:
        self._function = function
        self._name = name or function.__name__
        self._type = span_type
        self._attributes = {**(attributes or {}), "mlflow.spanFunctionName": function.__name__}
        self._capture_inputs = capture_inputs
        self._capture_outputs = capture_outputs
        self._reducer = output_reducer
        self._signature = _signature(function)

    def _begin(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> LiveSpan:
        span = begin(self._name, self._type, self._attributes, None, None, None, None, None)
        if self._capture_inputs:
            inputs = _bound(self._signature, arguments, keywords)
            if inputs is not None:
                span.set_inputs(inputs)
        return span

    def _span(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> _Scope:
        return _Scope(functools.partial(self._begin, arguments, keywords))

    def _keep(self, span: LiveSpan, result: Any) -> None:
        if self._capture_outputs and not span._said_outputs:
            span.set_outputs(result)

    def function(self) -> Callable[..., Any]:
        function = self._function

        def wrapper(*arguments: Any, **keywords: Any) -> Any:
            with self._span(arguments, keywords) as span:
                result = function(*arguments, **keywords)
                self._keep(span, result)
            return result

        return wrapper

    def coroutine(self) -> Callable[..., Awaitable[Any]]:
        function = self._function

        async def wrapper(*arguments: Any, **keywords: Any) -> Any:
            with self._span(arguments, keywords) as span:
                result = await function(*arguments, **keywords)
                self._keep(span, result)
            return result

        return wrapper

    def generator(self) -> Callable[..., Generator[Any, Any, Any]]:
        function = self._function

        def wrapper(*arguments: Any, **keywords: Any) -> Generator[Any, Any, Any]:
            # The span is the current one only while the generator runs, not while its caller does.
            span = self._begin(arguments, keywords)
            stream = function(*arguments, **keywords)
            items = _Items(span, self._capture_outputs)
            try:
                step = functools.partial(stream.send, None)
                while True:
                    with _Active(span):
                        item = step()
                    items.add(item)
                    try:
                        step = functools.partial(stream.send, (yield item))
                    except GeneratorExit:
                        stream.close()
                        raise
                    except BaseException as thrown:
                        step = functools.partial(stream.throw, thrown)
            except StopIteration as end:
                self._keep_items(span, items)
                finish(span)
                return end.value
            except BaseException as error:
                if isinstance(error, GeneratorExit):  # the caller needs no more
                    self._keep_items(span, items)
                finish(span, error)
                raise

        return wrapper

    def async_generator(self) -> Callable[..., AsyncGenerator[Any, Any]]:
        function = self._function

        async def wrapper(*arguments: Any, **keywords: Any) -> AsyncGenerator[Any, Any]:
            span = self._begin(arguments, keywords)
            stream = function(*arguments, **keywords)
            items = _Items(span, self._capture_outputs)
            try:
                step = functools.partial(stream.asend, None)
                while True:
                    with _Active(span):
                        item = await step()
                    items.add(item)
                    try:
                        step = functools.partial(stream.asend, (yield item))
                    except GeneratorExit:
                        await stream.aclose()
                        raise
                    except BaseException as thrown:
                        step = functools.partial(stream.athrow, thrown)
            except StopAsyncIteration:
                self._keep_items(span, items)
                finish(span)
            except BaseException as error:
                if isinstance(error, GeneratorExit):
                    self._keep_items(span, items)
                finish(span, error)
                raise

        return wrapper

    def _keep_items(self, span: LiveSpan, items: _Items) -> None:
        if items.left_out:
            span.set_attribute("assay.items_left_out", items.left_out)
        self._keep(span, items.kept if self._reducer is None else self._reduced(items.kept))

    def _reduced(self, kept: list[Any]) -> Any:
        assert self._reducer is not None
        try:
            return self._reducer(kept)
        except Exception:  # the traced code has done its work
            return kept


class _Active:
    """Makes a span the current one for a part of its life."""

    __slots__ = ("_span", "_token")

    def __init__(self, span: LiveSpan) -> None:
        self._span = span

    def __enter__(self) -> None:
        self._token = _current.set(self._span)

    def __exit__(self, *_: object) -> None:
        try:
            _current.reset(self._token)
        except ValueError:
            _current.set(None)


class _Items:
    """The first items of a generator; an event for each, as MLflow has them."""

    def __init__(self, span: LiveSpan, capture: bool) -> None:
        self._span = span
        self._capture = capture
        self.kept: list[Any] = []
        self.left_out = 0

    def add(self, item: Any) -> None:
        if not self._capture:
            return
        if len(self.kept) == _MAX_CHUNKS:
            self.left_out += 1
            return
        self._span.add_event(f"mlflow.chunk.item.{len(self.kept)}", {"mlflow.chunk.value": json_of(item)})
        self.kept.append(item)


def _signature(function: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):  # some built-in functions have none
        return None


def _bound(
    signature: inspect.Signature | None, arguments: tuple[Any, ...], keywords: dict[str, Any]
) -> dict[str, Any] | None:
    """Arguments by name, without `self` and `cls`; None where they do not fit, which the call itself will say."""
    if signature is None:
        return {f"argument_{i}": value for i, value in enumerate(arguments)} | keywords
    try:
        bound = signature.bind(*arguments, **keywords)
    except TypeError:
        return None
    bound.apply_defaults()
    first = next(iter(bound.arguments), None)
    if first == "self" or (first == "cls" and isinstance(bound.arguments["cls"], type)):
        del bound.arguments[first]
    return dict(bound.arguments)

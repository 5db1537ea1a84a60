"""Spans of Python code: what they say, how they nest, and what reaches MLflow."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import json
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import mlflow_python
import pytest

from assay import data, errors
from assay import tracking as at
from assay.tracking import tracing
from assay.tracking.json_values import json_of
from assay.tracking.local import MlflowServer


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, journal: Path) -> Iterator[None]:
    monkeypatch.setenv("ASSAY_JOURNAL", str(journal))
    monkeypatch.delenv("ASSAY_TRACE_EXCEPTION_MESSAGES", raising=False)
    yield
    tracing._alone.clear()
    tracing._left.clear()


def the_trace() -> at.Trace:
    (trace,) = at.search_traces()
    return trace


def test_spans_nest_and_say_what_they_were_told() -> None:
    with at.start_span("note", "CHAIN", {"ward": "icu"}) as root:
        root.set_inputs({"z": 1, "a": [1.5, None]})
        with at.start_span("write", at.SpanType.LLM, description="writes") as child:
            assert at.get_current_active_span() is child
            child.set_attribute("temperature", 0.5)
            child.set_token_usage(input_tokens=7, output_tokens=5, model="gpt-4o")
            child.add_event(at.SpanEvent("retry", attributes={"attempt": 1}))
            child.set_outputs("made-up note")
        assert at.get_current_active_span() is root
        assert at.get_active_trace_id() == root.trace_id
        at.update_current_trace(tags={"ward": "icu"}, metadata={"n": 1}, client_request_id="r1", user="nurse")
    assert at.get_current_active_span() is None
    trace = the_trace()
    assert at.get_last_active_trace_id() == trace.info.trace_id == root.trace_id
    assert (trace.info.state, trace.info.client_request_id) == ("OK", "r1")
    assert trace.info.tags == {"mlflow.traceName": "note", "ward": "icu"}
    assert trace.info.trace_metadata["mlflow.trace.user"] == "nurse"
    assert trace.info.trace_metadata["n"] == "1"
    top, inner = trace.data.spans
    assert (top.name, top.span_type, top.parent_id, top.status) == ("note", "CHAIN", None, "OK")
    assert list(top.inputs) == ["z", "a"]
    assert top.attributes == {"ward": "icu"}
    assert (inner.parent_id, inner.outputs) == (top.span_id, "made-up note")
    assert inner.attributes["mlflow.chat.tokenUsage"] == {
        "input_tokens": 7,
        "output_tokens": 5,
        "total_tokens": 12,
    }
    assert inner.attributes["mlflow.spanDescription"] == "writes"
    assert [(event.name, event.attributes) for event in inner.events] == [("retry", {"attempt": 1})]
    assert top.start_time_ns <= inner.start_time_ns <= inner.end_time_ns <= top.end_time_ns


def test_functions_methods_and_coroutines() -> None:
    class Writer:
        @at.trace(span_type="TOOL")
        def write(self, row: int, style: str = "short") -> str:
            return f"{row}{style}"

        @classmethod
        @at.trace
        def make(cls, n: int) -> int:
            return n

        @at.trace
        @staticmethod
        def plain(n: int) -> int:
            return n + 1

    @at.trace(name="outer")
    async def outer(n: int) -> list[int]:
        return list(await asyncio.gather(*(inner(i) for i in range(n))))

    @at.trace
    async def inner(i: int) -> int:
        await asyncio.sleep(0)
        return i * i

    assert Writer().write(1) == "1short"
    assert (Writer.make(3), Writer.plain(3)) == (3, 4)
    assert asyncio.run(outer(3)) == [0, 1, 4]
    traces = {trace.data.spans[0].name: trace for trace in at.search_traces()}
    assert traces["write"].data.spans[0].inputs == {"row": 1, "style": "short"}
    assert traces["write"].data.spans[0].attributes == {"mlflow.spanFunctionName": "write"}
    assert traces["make"].data.spans[0].inputs == {"n": 3}
    assert traces["plain"].data.spans[0].outputs == 4
    spans = traces["outer"].data.spans
    assert [span.name for span in spans] == ["outer", "inner", "inner", "inner"]
    assert {span.parent_id for span in spans[1:]} == {spans[0].span_id}
    assert outer.__name__ == "outer"


def test_generators_are_current_only_while_they_run() -> None:
    @at.trace(output_reducer="".join)
    def stream(n: int) -> Iterator[str]:
        for i in range(n):
            assert at.get_current_active_span() is not None
            with at.start_span(f"step {i}"):
                yield str(i)

    @at.trace
    async def astream() -> AsyncIterator[int]:
        yield 1
        yield 2

    async def drain() -> list[int]:
        return [item async for item in astream()]

    seen = []
    for item in stream(2):
        assert at.get_current_active_span() is None or at.get_current_active_span().name.startswith("step")
        seen.append(item)
    assert seen == ["0", "1"]
    assert asyncio.run(drain()) == [1, 2]
    traces = {trace.data.spans[0].name: trace for trace in at.search_traces()}
    top = traces["stream"].data.spans[0]
    assert top.outputs == "01"
    assert [event.attributes["mlflow.chunk.value"] for event in top.events] == ['"0"', '"1"']
    assert traces["astream"].data.spans[0].outputs == [1, 2]


def test_a_generator_that_is_left_early_is_no_error() -> None:
    @at.trace
    def endless() -> Iterator[int]:
        n = 0
        while True:
            try:
                n += 1
                yield n
            except KeyError:
                n = 100

    numbers = endless()
    assert next(numbers) == 1
    assert numbers.throw(KeyError("M00001")) == 101
    numbers.close()
    span = the_trace().data.spans[0]
    assert (span.status, span.outputs) == ("OK", [1, 101])


def test_exceptions_are_noted_by_type_and_place_without_their_text() -> None:
    @at.trace
    def fail(patient: int) -> None:
        raise KeyError(f"patient {patient}")

    with pytest.raises(KeyError), at.start_span("root"):
        fail(4711)
    trace = the_trace()
    assert trace.info.state == "ERROR"
    for span in trace.data.spans:
        assert (span.status, span.status_message) == ("ERROR", "KeyError")
        (event,) = span.events
        assert event.name == "exception"
        assert event.attributes["exception.type"] == "KeyError"
        assert "test_tracing.py" in event.attributes["exception.stacktrace"]
        assert "in fail" in event.attributes["exception.stacktrace"]
        assert "4711" not in json.dumps(event.attributes)


def test_messages_of_exceptions_where_they_are_wanted_or_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(errors.ValueError), at.start_span("safe"):
        raise errors.ValueError("fit: expected 12 features, got 9")
    monkeypatch.setenv("ASSAY_TRACE_EXCEPTION_MESSAGES", "1")
    with pytest.raises(KeyError), at.start_span("wanted"):
        raise KeyError("made up")
    messages = {trace.data.spans[0].name: trace.data.spans[0].status_message for trace in at.search_traces()}
    assert messages == {
        "safe": "assay.ValueError: fit: expected 12 features, got 9",
        "wanted": "KeyError: 'made up'",
    }


def test_inputs_and_outputs_can_stay_out() -> None:
    @at.trace(capture_inputs=False, capture_outputs=False)
    def secret(patient: str) -> str:
        return patient

    @at.trace
    def own(patient: str) -> str:
        span = at.get_current_active_span()
        assert span is not None
        span.set_inputs({"patients": 1})
        span.set_outputs("kept")
        return patient

    secret("A")
    own("A")
    spans = {trace.data.spans[0].name: trace.data.spans[0] for trace in at.search_traces()}
    assert (spans["secret"].inputs, spans["secret"].outputs) == (None, None)
    assert (spans["own"].inputs, spans["own"].outputs) == ({"patients": 1}, "kept")


def test_threads_hand_their_span_over() -> None:
    def work(name: str) -> None:
        with at.start_span(name):
            pass

    with at.start_span("root") as root:
        context = contextvars.copy_context()
        threads = [
            threading.Thread(target=context.run, args=(work, "copied")),
            threading.Thread(target=lambda: at.start_span("given", parent_span=root).__enter__().end()),
            threading.Thread(target=work, args=("alone",)),
        ]
        for thread in threads:
            thread.start()
            thread.join()
    traces = {trace.data.spans[0].name: trace for trace in at.search_traces()}
    assert set(traces) == {"root", "alone"}
    assert sorted(span.name for span in traces["root"].data.spans) == ["copied", "given", "root"]


def test_spans_without_context_and_of_a_run() -> None:
    with at.start_run(experiment="icu/Traces") as run:
        root = at.start_span_no_context("root", inputs=1, tags={"a": 1}, metadata={"b": "2"})
        assert at.get_current_active_span() is None
        child = at.start_span_no_context("child", parent_span=root)
        child.end(outputs=2, attributes={"x": 1}, status="ERROR")
        root.end()
        root.end()
    (trace,) = at.search_traces(run_id=run.info.run_id)
    assert trace.info.experiment == "icu/Traces"
    assert trace.info.run_id == run.info.run_id
    assert (trace.info.tags["a"], trace.info.trace_metadata["b"]) == ("1", "2")
    assert [(span.name, span.status) for span in trace.data.spans] == [("root", "OK"), ("child", "ERROR")]


def test_tracing_can_be_turned_off_and_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    tracing.disable()
    try:
        with at.start_span("off") as span:
            span.set_inputs(1)
            span.set_token_usage(input_tokens=1, output_tokens=1)
            assert at.get_current_active_span() is None
            at.update_current_trace(tags={"a": "b"})
    finally:
        tracing.enable()
    monkeypatch.setenv("MLFLOW_TRACE_SAMPLING_RATIO", "0")
    with at.start_span("dropped"), at.start_span("and its child"):
        pass
    monkeypatch.setenv("MLFLOW_TRACE_SAMPLING_RATIO", "1")
    with at.start_span("kept"):
        pass
    assert the_trace().data.spans[0].name == "kept"


def test_without_a_span_an_update_warns() -> None:
    with pytest.warns(UserWarning, match="no span is active"):
        at.update_current_trace(tags={"a": "b"})
    with at.start_span("root"), pytest.raises(errors.ValueError, match="OK or ERROR"):
        at.update_current_trace(state="FINE")


def test_a_journal_that_cannot_be_written_does_not_stop_the_program(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ASSAY_JOURNAL", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match="not kept"), at.start_span("root") as span:
        span.set_inputs(1)


@dataclass
class _Vitals:
    heart_rate: float
    taken: date


class _Odd:
    def __repr__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (float("nan"), '"NaN"'),
        ([float("-inf"), 1.0], '["-Infinity",1.0]'),
        ({1: {"a": (1, 2)}}, '{"1":{"a":[1,2]}}'),
        ({(1, 2): 3}, '{"(1, 2)":3}'),
        (_Vitals(80.5, date(2026, 1, 2)), '{"heart_rate":80.5,"taken":"2026-01-02"}'),
        ({3}, "[3]"),
        (b"abc", '"<3 bytes>"'),
        (Path("a/b"), '"a/b"'),
        ("환자\ud800", '"환자?"'),
        (_Odd(), '"<_Odd>"'),
        (ValueError("M00001"), '"ValueError"'),
        (2**80, str(2**80)),
        (data.Table.from_dict({"a": [1, 2], "b": [3, 4]}), '"<Table 2 rows, 2 columns>"'),
    ],
)
def test_any_value_becomes_json(value: Any, expected: str) -> None:
    assert json_of(value) == expected


def test_what_refers_to_itself_is_cut() -> None:
    circle: list[Any] = [1]
    circle.append(circle)
    assert json.loads(json_of(circle))[0] == 1
    numpy = pytest.importorskip("numpy")
    assert json_of({"x": numpy.float32(0.5), "y": numpy.arange(3)}) == '{"x":0.5,"y":[0,1,2]}'
    assert json_of(numpy.zeros((100, 100))) == '"<ndarray 100x100>"'


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("status = 'ERROR'", {"b"}),
        ("tags.ward = 'icu'", {"a"}),
        ("tags.`ward no` = '4' AND name = 'b'", {"b"}),
        ("trace.name LIKE 'A%'", set()),
        ("trace.name ILIKE 'A%'", {"a"}),
        ("name IN ('a', 'c')", {"a"}),
        ("name NOT IN ('a')", {"b"}),
        ("metadata.k IS NULL", {"b"}),
        ("metadata.k IS NOT NULL", {"a"}),
        ("span.name = 'inner'", {"a"}),
        ("span.attributes.score > '4'", {"a"}),
        ("timestamp_ms > 0 AND execution_time_ms < 100000", {"a", "b"}),
        ("attributes.timestamp_ms < 1000", set()),
    ],
)
def test_search_expressions(expression: str, names: set[str]) -> None:
    with at.start_span("a"), at.start_span("inner", attributes={"score": 5}):
        at.update_current_trace(tags={"ward": "icu"}, metadata={"k": "v"})
    with at.start_span("b") as span:
        at.update_current_trace(tags={"ward no": "4"})
        span.set_status("ERROR")
    assert {trace.data.spans[0].name for trace in at.search_traces(filter_string=expression)} == names


@pytest.mark.parametrize(
    "expression", ["status", "status = ERROR", "color = 'red'", "status = 'x' OR 1", "name IN 'a'"]
)
def test_bad_expressions_say_where(expression: str) -> None:
    with pytest.raises(errors.ValueError, match="character"):
        at.search_traces(filter_string=expression)


def read_by_mlflow(server: MlflowServer, *trace_ids: str) -> list[dict[str, Any]]:
    """What the installed MLflow client reads of traces, in a process of its own."""
    script = Path(__file__).with_name("read_traces.py").read_text(encoding="utf-8")
    return mlflow_python.run(script, server.url, *trace_ids)


def trace_a_patient(deep: Any) -> tuple[at.LiveSpan, at.LiveSpan]:
    """A trace with all that a span can say, which ends in an exception."""
    with contextlib.suppress(KeyError), at.start_span("patient", "CHAIN", {"ward": "icu"}) as root:
        root.set_inputs({"messages": [{"role": "user", "content": "made-up question 환자"}]})
        with at.start_span("write", "LLM") as child:
            child.set_inputs({"z": 1, "a": [1.5, None, {"t": True}], "deep": deep, "big": 2**80})
            child.set_outputs(["made-up note", float("nan")])
            child.set_token_usage(
                input_tokens=700,
                output_tokens=50,
                cache_read_input_tokens=100,
                model="gpt-4o",
                provider="openai",
            )
            child.add_event("retry", {"attempt": 1, "why": {"status": 503}, "waits": [0.5, 1.0]})
        at.update_current_trace(
            tags={"ward": "icu"}, metadata={"k": "v" * 5000}, session_id="s1", user="nurse"
        )
        raise KeyError("M00001")
    return root, child


@pytest.mark.mlflow
def test_mlflow_shows_what_was_traced(mlflow_server: MlflowServer, rest: Any, journal: Path) -> None:
    deep: Any = 1
    for _ in range(60):
        deep = {"d": deep}
    with at.start_run(experiment=f"icu/{uuid.uuid4().hex[:8]}") as run:
        root, child = trace_a_patient(deep)
        late = at.start_span_no_context("late", parent_span=root)
        late.end(outputs="came late")
    report = at.sync(journal, mlflow_server.url)
    assert (report.complete, report.documents, report.set_aside) == (True, 2, [])
    again = at.sync(journal, mlflow_server.url, from_scratch=True)
    assert (again.complete, again.set_aside) == (True, [])

    (trace,) = read_by_mlflow(mlflow_server, root.trace_id)
    info = trace["info"]
    assert (info["trace_id"], info["state"]) == (root.trace_id, "ERROR")
    assert info["tags"]["ward"] == "icu"
    assert info["tags"]["mlflow.traceName"] == "patient"
    assert info["trace_metadata"]["mlflow.sourceRun"] == report.run_ids[run.info.run_id]
    assert info["trace_metadata"]["k"] == "v" * 250  # what MLflow's answers show of it
    assert info["trace_metadata"]["mlflow.trace.session"] == "s1"
    assert info["request_preview"] == "made-up question 환자"
    assert trace["token_usage"] == {
        "input_tokens": 700,
        "output_tokens": 50,
        "total_tokens": 750,
        "cache_read_input_tokens": 100,
    }
    assert trace["cost"]["total_cost"] > 0
    spans = {span["name"]: span for span in trace["spans"]}
    assert set(spans) == {"patient", "write", "late"}
    top, child_read = spans["patient"], spans["write"]
    assert (top["type"], top["parent"], top["status"], top["message"]) == ("CHAIN", None, "ERROR", "KeyError")
    assert top["attributes"]["ward"] == "icu"
    assert top["events"][0][0] == "exception"
    assert "M00001" not in json.dumps(trace)
    assert child_read["parent"] == top["id"] == root.span_id
    assert list(child_read["inputs"]) == ["z", "a", "deep", "big"]
    assert child_read["inputs"]["a"] == [1.5, None, {"t": True}]
    assert child_read["outputs"] == ["made-up note", "NaN"]
    assert child_read["attributes"]["mlflow.chat.tokenUsage"]["total_tokens"] == 750
    assert child_read["start_ns"] == child.start_time_ns
    name, _, attributes = child_read["events"][0]
    assert (name, attributes["attempt"], list(attributes["waits"])) == ("retry", 1, [0.5, 1.0])
    assert json.loads(attributes["why"]) == {"status": 503}
    assert spans["late"]["outputs"] == "came late"


@pytest.mark.mlflow
def test_a_large_trace_arrives_whole(mlflow_server: MlflowServer, journal: Path) -> None:
    with at.start_span("large", experiment=f"icu/{uuid.uuid4().hex[:8]}", journal=journal) as root:
        for i in range(1200):
            with at.start_span(f"step {i}") as span:
                span.set_outputs("x" * 3000)
    assert any((journal / "artifacts").iterdir())
    report = at.sync(journal, mlflow_server.url)
    assert (report.complete, report.set_aside) == (True, [])
    (trace,) = read_by_mlflow(mlflow_server, root.trace_id)
    assert len(trace["spans"]) == 1201
    assert {span["parent"] for span in trace["spans"]} == {None, root.span_id}


def test_traces_of_no_run_are_delivered_at_the_end_of_the_process(
    mlflow_server: MlflowServer, journal: Path
) -> None:
    code = (
        "import assay.tracking as at\n"
        "with at.start_span('alone') as span: span.set_outputs(1)\n"
        "print(span.trace_id)\n"
    )
    environment = {**os.environ, "MLFLOW_TRACKING_URI": mlflow_server.url, "ASSAY_JOURNAL": str(journal)}
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True, env=environment
    )
    (trace,) = read_by_mlflow(mlflow_server, answer.stdout.strip())
    assert trace["spans"][0]["outputs"] == 1

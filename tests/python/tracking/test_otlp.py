"""OTLP over HTTP against a collector that checks every request with OpenTelemetry's own message classes."""

from __future__ import annotations

import gzip
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from assay import errors
from assay import tracking as at
from assay.tracking import tracing

_trace_service = pytest.importorskip(
    "opentelemetry.proto.collector.trace.v1.trace_service_pb2", reason="opentelemetry-proto is not installed"
)
_json_format = pytest.importorskip("google.protobuf.json_format")

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Collector:
    """Takes traces as a strict receiver does: method, path, content type, encoding, and a message that parses."""

    url: str = ""
    spans: dict[str, Any] = field(default_factory=dict)  # by span id
    seen: list[dict[str, str]] = field(default_factory=list)
    faults: list[Answer] = field(default_factory=list)  # answered first, one each
    answer: Callable[[str], Answer] | None = None

    def take(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        self.seen.append(headers)
        if path != "/v1/traces":
            return 404, {}, b""
        if self.faults:
            return self.faults.pop(0)
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        kind = headers.get("content-type", "")
        request = _trace_service.ExportTraceServiceRequest()
        if kind == "application/x-protobuf":
            request.ParseFromString(body)
        elif kind == "application/json":
            request = self._parse_json(body)
        else:
            return 415, {}, b""
        for resource_spans in request.resource_spans:
            names = {item.key: item.value.string_value for item in resource_spans.resource.attributes}
            assert names["service.name"]
            for scope_spans in resource_spans.scope_spans:
                assert scope_spans.scope.name == "assay"
                for span in scope_spans.spans:
                    assert (len(span.trace_id), len(span.span_id)) == (16, 8)
                    assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano
                    self.spans[span.span_id.hex()] = span
        if self.answer is not None:
            return self.answer(kind)
        return 200, {"Content-Type": kind}, b"{}" if "json" in kind else b""

    @staticmethod
    def _parse_json(body: bytes) -> Any:
        """OTLP's JSON has ids in hexadecimal, where protobuf's has base64."""
        import base64

        document = json.loads(body)
        for resource_spans in document["resourceSpans"]:
            for scope_spans in resource_spans["scopeSpans"]:
                for span in scope_spans["spans"]:
                    assert isinstance(span["kind"], int)
                    assert isinstance(span["startTimeUnixNano"], str)
                    for key in ("traceId", "spanId", "parentSpanId"):
                        if key in span:
                            span[key] = base64.b64encode(bytes.fromhex(span[key])).decode()
        return _json_format.ParseDict(document, _trace_service.ExportTraceServiceRequest())


@pytest.fixture
def collector() -> Iterator[Collector]:
    known = Collector()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {key.lower(): value for key, value in self.headers.items()}
            status, answer_headers, answer = known.take(self.path, headers, body)
            self.send_response(status)
            for key, value in {**answer_headers, "Content-Length": str(len(answer))}.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield known
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, journal: Path) -> Iterator[None]:
    import os

    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ASSAY_JOURNAL", str(journal))
    yield
    tracing._alone.clear()
    tracing._left.clear()


def log_sample(n: int = 1) -> str:
    trace_id = ""
    for i in range(n):
        with at.start_span(f"patient {i}", "CHAIN", {"ward": "icu", "beds": [1, 2]}) as root:
            trace_id = root.trace_id
            root.set_inputs({"question": "made-up 환자", "deep": [{"a": None}]})
            with at.start_span("write", "LLM") as child:
                child.set_token_usage(input_tokens=7, output_tokens=5, model="gpt-4o", provider="openai")
                child.add_event("retry", {"attempt": 1})
                child.set_attribute("temperature", 0.5)
            at.update_current_trace(tags={"site": "A"}, session_id="s1")
            root.set_status("ERROR", "made-up reason")
    return trace_id


def attributes_of(span: Any) -> dict[str, Any]:
    found = {}
    for item in span.attributes:
        kind = item.value.WhichOneof("value")
        found[item.key] = getattr(item.value, kind) if kind else None
    return found


@pytest.mark.parametrize("protocol", ["http/protobuf", "http/json"])
@pytest.mark.parametrize("compression", ["gzip", "none"])
def test_spans_arrive_in_both_encodings(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, protocol: str, compression: str
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", compression)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=made%20up")
    trace_id = log_sample()
    report = at.export_traces()
    assert (report.complete, report.traces, report.spans, report.refused) == (True, 1, 2, 0)
    assert collector.seen[0]["api-key"] == "made up"
    assert ("content-encoding" in collector.seen[0]) == (compression == "gzip")
    child, root = sorted(collector.spans.values(), key=lambda span: len(span.parent_span_id), reverse=True)
    assert f"tr-{root.trace_id.hex()}" == trace_id
    assert child.parent_span_id == root.span_id
    assert (root.name, root.kind, root.status.code, root.status.message) == (
        "patient 0",
        1,
        2,
        "made-up reason",
    )
    said = attributes_of(root)
    assert json.loads(said["mlflow.spanInputs"]) == {"question": "made-up 환자", "deep": [{"a": None}]}
    assert [value.int_value for value in said["beds"].values] == [1, 2]
    assert (said["mlflow.traceTag.site"], said["session.id"]) == ("A", "s1")
    said = attributes_of(child)
    assert said["temperature"] == 0.5
    assert (said["gen_ai.usage.input_tokens"], said["gen_ai.request.model"]) == (7, "gpt-4o")
    assert child.events[0].name == "retry"
    again = at.export_traces()
    assert (again.complete, again.spans, len(collector.seen)) == (True, 0, 1)


def test_many_traces_go_in_few_requests(collector: Collector) -> None:
    log_sample(600)
    report = at.export_traces(endpoint=f"{collector.url}/v1/traces")
    assert (report.traces, report.spans, len(collector.spans)) == (600, 1200, 1200)
    assert len(collector.seen) == 3


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_an_overloaded_collector_is_waited_for(collector: Collector, status: int) -> None:
    log_sample()
    collector.faults = [(status, {"Retry-After": "0"}, b"busy")]
    assert at.export_traces(endpoint=f"{collector.url}/v1/traces").complete
    assert len(collector.spans) == 2


def test_what_a_collector_refuses_is_told_and_not_sent_again(collector: Collector) -> None:
    log_sample(3)
    # the whole batch first, then each of its traces
    collector.faults = [(400, {}, b""), (400, {}, b"bad")]
    report = at.export_traces(endpoint=f"{collector.url}/v1/traces")
    assert (report.complete, report.spans, report.refused, report.words) == (True, 4, 2, "status 400")
    assert at.export_traces(endpoint=f"{collector.url}/v1/traces").spans == 0


@pytest.mark.parametrize("kind", ["application/json", "application/x-protobuf"])
def test_partial_success_is_understood(collector: Collector, kind: str) -> None:
    log_sample()
    partial = _trace_service.ExportTraceServiceResponse(
        partial_success=_trace_service.ExportTracePartialSuccess(rejected_spans=1, error_message="too old")
    )
    body = partial.SerializeToString() if "protobuf" in kind else _json_format.MessageToJson(partial).encode()
    collector.answer = lambda _: (200, {"Content-Type": kind}, body)
    report = at.export_traces(endpoint=f"{collector.url}/v1/traces")
    assert (report.complete, report.spans, report.refused, report.words) == (True, 1, 1, "too old")


@pytest.mark.parametrize("fault", [(404, {}, b""), (500, {}, b""), (302, {"Location": "/login"}, b"")])
def test_a_wrong_address_loses_nothing(collector: Collector, fault: Answer) -> None:
    log_sample(2)
    collector.faults = [fault]
    report = at.export_traces(endpoint=f"{collector.url}/v1/traces")
    assert (report.complete, report.remaining) == (False, 2)
    assert str(fault[0]) in report.stopped_by
    assert at.export_traces(endpoint=f"{collector.url}/v1/traces").complete


def test_a_login_page_is_no_success(collector: Collector) -> None:
    log_sample(2)
    collector.faults = [(200, {"Content-Type": "text/html"}, b"<html>please log in</html>")]
    report = at.export_traces(endpoint=f"{collector.url}/v1/traces")
    assert (report.complete, report.remaining) == (False, 2)
    assert "text/html" in report.stopped_by
    assert at.export_traces(endpoint=f"{collector.url}/v1/traces").complete


def test_a_collector_that_is_away_loses_nothing(collector: Collector) -> None:
    log_sample()
    report = at.export_traces(endpoint="http://127.0.0.1:9/v1/traces", deadline=0.1)
    assert (report.complete, report.remaining) == (False, 1)
    assert report.stopped_by


def test_a_refused_credential_is_an_error(collector: Collector) -> None:
    log_sample()
    collector.faults = [(401, {}, b"")]
    with pytest.raises(errors.AuthError):
        at.export_traces(endpoint=f"{collector.url}/v1/traces")


def test_without_a_collector_the_remedy_is_named() -> None:
    log_sample()
    with pytest.raises(errors.ValueError, match="OTEL_EXPORTER_OTLP_ENDPOINT"):
        at.export_traces()

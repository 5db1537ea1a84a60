"""Feedback: in the journal, on the server's traces and runs, once each; failed concepts from either."""

from __future__ import annotations

import json
import math
import threading
import urllib.error
import urllib.request
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import mlflow_python
import pytest

from assay import errors
from assay import tracking as at
from assay.tracking.local import MlflowServer
from assay.tracking.observations import read_feedback

NOON = round(datetime(2026, 11, 5, 12, tzinfo=timezone.utc).timestamp() * 1000) + 123


def post(url: str, body: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return dict(json.load(answer))


def make_trace(url: str, experiment: str) -> str:
    """A made-up trace, put on the server without Assay."""
    found = post(f"{url}/api/2.0/mlflow/experiments/search", {"max_results": 1000}).get("experiments", [])
    ids = [one["experiment_id"] for one in found if one["name"] == experiment]
    if not ids:
        ids = [post(f"{url}/api/2.0/mlflow/experiments/create", {"name": experiment})["experiment_id"]]
    trace_id = f"tr-{uuid.uuid4().hex}"
    location = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": ids[0]}}
    info = {
        "trace_id": trace_id, "trace_location": location, "request_time": "2026-11-05T11:59:00Z",
        "execution_duration": "1.5s", "state": "OK",
    }  # fmt: skip
    post(f"{url}/api/3.0/mlflow/traces", {"trace": {"trace_info": info}})
    return trace_id


def assessments(url: str, trace_id: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{url}/api/3.0/mlflow/traces/{trace_id}", timeout=60) as answer:
        info = json.load(answer)["trace"]["trace_info"]
    return list(info.get("assessments", []))


@pytest.mark.parametrize("value", [1, 5, 1.0, 2.5, True, False, "up", "down", "why twice a day?"])
def test_values_that_are_taken(journal: Path, value: Any) -> None:
    with at.start_run(journal=journal):
        kept = at.log_feedback(value=value, concept="dosing", user="u1", timestamp=NOON)
    [read] = read_feedback(journal)
    assert read == kept
    assert read.value == {"up": True, "down": False}.get(value, value)
    assert type(read.value) is (bool if value in ("up", "down") else type(kept.value))


@pytest.mark.parametrize("value", [0, 0.999, 5.001, math.nan, math.inf, -1, None, "", "  "])
def test_values_that_are_not(journal: Path, value: Any) -> None:
    with at.start_run(journal=journal), pytest.raises(errors.ValueError):
        at.log_feedback(value=value)


def test_what_cannot_be_a_feedback(journal: Path) -> None:
    with at.start_run(journal=journal):
        with pytest.raises(errors.ValueError, match="HUMAN, LLM_JUDGE, CODE"):
            at.log_feedback(value=3, source_type="ROBOT")  # type: ignore[arg-type]
        with pytest.raises(errors.ValueError, match="concept"):
            at.log_feedback(value=3, concept=" ")
        with pytest.raises(errors.ValueError, match="log it on a trace"):
            at.log_feedback(value="long " * 2000)


def test_failed_is_two_or_less() -> None:
    def failed(value: bool | float | str) -> bool | None:
        return at.Feedback(id="", name="", value=value, time=0).failed()

    assert [failed(value) for value in (1.0, 2.0, math.nextafter(2, 3), 5.0)] == [True, True, False, False]
    assert (failed(True), failed(False), failed("bad")) == (False, True, None)


def test_top_failed_concepts(journal: Path) -> None:
    with at.start_run(journal=journal):
        for concept, values in {
            "b": [1, 2, 5], "a": [False, 2, 4.0], "c": [2, 2, 1], "fine": [3, True], "d": [False],
        }.items():  # fmt: skip
            for value in values:
                at.log_feedback(name="understanding", value=value, concept=concept, timestamp=NOON)
        at.log_feedback(value=1, timestamp=NOON)  # about nothing
        at.log_feedback(value="I do not understand", concept="fine", timestamp=NOON)
        at.log_feedback(name="tone", value=1, concept="fine", timestamp=NOON + 86_400_000)
    table = at.top_failed_concepts(journal, name="understanding").to_pydict()
    assert table == {
        "concept": ["c", "a", "b", "d"],
        "failures": [3, 2, 2, 1],
        "judged": [3, 3, 3, 1],
        "failure_share": [1.0, 2 / 3, 2 / 3, 1.0],
        "mean_score": [5 / 3, 3.0, 8 / 3, None],
    }
    assert at.top_failed_concepts(journal, most=1).to_pydict()["concept"] == ["c"]
    day = datetime(2026, 11, 6, tzinfo=timezone.utc).date()
    assert at.top_failed_concepts(journal, start=day, end=day).to_pydict()["concept"] == ["fine"]


@pytest.mark.mlflow
def test_on_a_trace_and_on_a_run(mlflow_server: MlflowServer, rest: Any, journal: Path) -> None:
    name = f"feedback/{uuid.uuid4().hex[:8]}"
    trace = make_trace(mlflow_server.url, name)
    with at.start_run(experiment=name, journal=journal) as run:
        at.log_feedback(
            trace, "understanding", 2, rationale="made up: too many numbers", user="u1", concept="insulin dosing",
            metadata={"ward": "3"}, timestamp=NOON,
        )  # fmt: skip
        at.log_feedback(trace, value=False, concept="insulin dosing", timestamp=NOON + 1)
        at.log_feedback(trace, value="why? é", source_type="CODE", timestamp=NOON + 2)
        at.log_feedback(run, "understanding", 4, concept="triage", timestamp=NOON + 3)
        at.log_feedback(value=True, concept="insulin dosing", timestamp=NOON + 4)
    report = at.sync(journal, mlflow_server.url)
    assert report.complete, report.stopped_by
    assert (report.problems, list(report.set_aside)) == ([], [])
    held = {one["assessment_name"]: one for one in assessments(mlflow_server.url, trace)}
    assert set(held) == {"understanding", "thumb", "follow_up"}
    score = held["understanding"]
    assert score["feedback"]["value"] == 2
    assert score["source"] == {"source_type": "HUMAN", "source_id": "u1"}
    assert score["rationale"] == "made up: too many numbers"
    assert score["metadata"]["assay.concept"] == "insulin dosing"
    assert score["metadata"]["ward"] == "3"
    server_run = report.run_ids[run.info.run_id]
    assert score["metadata"]["mlflow.assessment.sourceRunId"] == server_run
    assert held["thumb"]["feedback"]["value"] is False
    assert held["follow_up"]["source"]["source_type"] == "CODE"
    assert [point["value"] for point in rest.history(server_run, "feedback/understanding")] == [4]
    assert [point["value"] for point in rest.history(server_run, "feedback/thumb")] == [1]

    local = read_feedback(journal)
    assert read_feedback(mlflow_server.url, [name]) == local
    answer = at.top_failed_concepts(mlflow_server.url, experiments=[name])
    assert answer == at.top_failed_concepts(journal)
    # Recomputed from what the server holds, without Assay.
    scores = [(one["metadata"].get("assay.concept"), one["feedback"]["value"]) for one in held.values()]
    scores += [
        (said.get("concept"), said["value"])
        for key, value in rest.tags(server_run).items()
        if key.startswith("assay.feedback.")
        for said in [json.loads(value)]
    ]
    failures = Counter(
        concept for concept, value in scores if value is False or (value is not True and value in (1, 2))
    )
    assert dict(zip(*(answer.to_pydict()[key] for key in ("concept", "failures")), strict=True)) == failures


@pytest.mark.mlflow
def test_mlflow_reads_it_as_feedback(mlflow_server: MlflowServer, journal: Path) -> None:
    name = f"feedback/{uuid.uuid4().hex[:8]}"
    trace = make_trace(mlflow_server.url, name)
    at.log_feedback(
        trace, "understanding", 2.5, rationale="made up", user="u1", journal=journal, timestamp=NOON
    )
    at.log_feedback(
        trace, value="up", source_type="LLM_JUDGE", user="grounded 1", journal=journal, timestamp=NOON
    )
    assert at.sync(journal, mlflow_server.url).complete
    script = """
        import json, sys, mlflow
        found = mlflow.MlflowClient()._tracing_client.get_trace_info(sys.argv[1]).assessments
        print(json.dumps([[type(a).__name__, a.name, a.value, a.rationale, a.source.source_type, a.source.source_id,
                           a.create_time_ms] for a in sorted(found, key=lambda a: a.name)]))
    """
    assert mlflow_python.run(script, trace, uri=mlflow_server.url) == [
        ["Feedback", "thumb", True, None, "LLM_JUDGE", "grounded 1", NOON],
        ["Feedback", "understanding", 2.5, "made up", "HUMAN", "u1", NOON],
    ]


@pytest.mark.mlflow
def test_waits_for_its_trace(mlflow_server: MlflowServer, journal: Path) -> None:
    name = f"feedback/{uuid.uuid4().hex[:8]}"
    unknown = f"tr-{uuid.uuid4().hex}"
    with at.start_run(experiment=name, journal=journal):
        at.log_feedback(unknown, value=3)
        at.log_metric("loss", 1.0)
    report = at.sync(journal, mlflow_server.url)
    assert not report.complete
    assert report.remaining == 1
    assert report.stopped_by == ""
    assert report.problems == [
        "1 feedback record(s) wait in the journal for traces that this server does not have"
    ]
    assert (report.metrics, report.runs_ended, list(report.set_aside)) == (1, 1, [])


class _Losing(BaseHTTPRequestHandler):
    """Hands requests on to the server, and loses the answer to the first creations of an assessment."""

    server: Any

    def _hand_on(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length) if length else None
        request = urllib.request.Request(self.server.upstream + self.path, body, method=self.command)
        for name in ("Content-Type", "Accept"):
            if self.headers.get(name):
                request.add_header(name, self.headers[name])
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, content, kind = answer.status, answer.read(), answer.headers["Content-Type"]
        except urllib.error.HTTPError as answer:
            status, content, kind = answer.code, answer.read(), answer.headers["Content-Type"]
        if self.command == "POST" and self.path.endswith("/assessments"):
            self.server.created += 1
            if self.server.created <= 2:
                if self.server.created == 1:
                    self.close_connection = True
                    return  # no answer at all
                status, content = 503, b"{}"
        self.send_response(status)
        self.send_header("Content-Type", kind or "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _hand_on

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def losing_server(mlflow_server: MlflowServer) -> Iterator[Any]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Losing) as server:
        vars(server).update(upstream=mlflow_server.url, created=0)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.mlflow
def test_once_although_answers_are_lost(
    mlflow_server: MlflowServer, losing_server: Any, journal: Path
) -> None:
    name = f"feedback/{uuid.uuid4().hex[:8]}"
    trace = make_trace(mlflow_server.url, name)
    with at.start_run(experiment=name, journal=journal):
        for value in (1, 2, 3):
            at.log_feedback(trace, "understanding", value)
    uri = f"http://127.0.0.1:{losing_server.server_address[1]}"
    report = at.sync(journal, uri)
    assert report.complete, report.stopped_by
    # Told to nobody: the same journal under another name delivers everything anew.
    assert at.sync(journal, mlflow_server.url, server_key="again").complete
    assert sorted(one["feedback"]["value"] for one in assessments(mlflow_server.url, trace)) == [1, 2, 3]
    assert losing_server.created == 3  # two answers were lost, nothing was created again


def test_of_no_run_and_from_another_process(journal: Path) -> None:
    kept = at.log_feedback("tr-" + "0" * 32, value=1, concept="triage", journal=journal, timestamp=NOON)
    assert read_feedback(journal) == [kept]
    assert at.active_run() is None

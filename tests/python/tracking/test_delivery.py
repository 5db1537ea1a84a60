"""Delivery to a real MLflow server, read back by other means."""

from __future__ import annotations

import hashlib
import json
import math
import os
import signal
import subprocess
import sys
import textwrap
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import pytest

import assay
from assay import tracking as at
from assay.tracking.local import MlflowServer, free_port

pytestmark = pytest.mark.mlflow


@pytest.fixture
def mlflow_server(each_mlflow_server: MlflowServer) -> MlflowServer:
    return each_mlflow_server


def experiment() -> str:
    return f"icu/{uuid.uuid4().hex[:8]}"


def test_everything_arrives(mlflow_server: MlflowServer, rest: Any, journal: Path, tmp_path: Path) -> None:
    name = experiment()
    picture = tmp_path / "made up.bin"
    picture.write_bytes(bytes(range(256)) * 1000)
    with at.start_run(
        experiment=name, run_name="judge_eval_M00001", journal=journal, tags={"data": "made up"}
    ) as run:
        at.log_params({"judge": "grounded", "n": 3})
        for step in range(1200):
            at.log_metric("loss", 1 / (step + 1), step=step)
        at.log_metrics({"nan": math.nan, "up": math.inf, "down": -math.inf, "zero": -0.0})
        at.set_tag("stage", "silver")
        at.set_tag("stage", "gold")
        at.log_text("made-up note é", "soap_notes/M00001.txt")
        at.log_dict({"overall": 4.2}, "judge_details/M00001.json")
        at.log_artifact(picture, "images")
        picture.write_bytes(b"changed later")
        with at.start_run(run_name="child", nested=True) as child:
            at.log_metric("score", 4.25)
    report = at.sync(journal, mlflow_server.url)
    assert report.complete, report.stopped_by
    assert report.problems == []
    assert report.set_aside == []
    assert report.verified is not None
    assert report.verified.differences == []
    assert report.verified.artifacts == 3

    server_id = report.run_ids[run.info.run_id]
    held = rest.run(server_id)
    assert held["info"]["run_name"] == "judge_eval_M00001"
    assert held["info"]["status"] == "FINISHED"
    assert held["info"]["start_time"] == run.info.start_time
    assert held["info"]["end_time"] == run.info.end_time
    assert {p["key"]: p["value"] for p in held["data"]["params"]} == {"judge": "grounded", "n": "3"}
    tags = rest.tags(server_id)
    assert tags["stage"] == "gold"
    assert tags["data"] == "made up"
    assert tags["assay.run_uuid"] == run.info.run_id
    loss = rest.history(server_id, "loss")
    assert [p["step"] for p in loss] == list(range(1200))
    assert [p["value"] for p in loss] == [1 / (s + 1) for s in range(1200)]
    last = {m["key"]: m["value"] for m in held["data"]["metrics"]}
    assert last["nan"] == "NaN"
    # What the server cannot hold: infinities are clamped. The journal keeps them.
    assert last["up"] == sys.float_info.max
    assert last["down"] == -sys.float_info.max
    assert last["zero"] == 0.0
    assert rest.artifact(server_id, "soap_notes/M00001.txt").decode() == "made-up note é"
    assert json.loads(rest.artifact(server_id, "judge_details/M00001.json")) == {"overall": 4.2}
    image = rest.artifact(server_id, "images/made up.bin")
    assert hashlib.sha256(image).digest() == hashlib.sha256(bytes(range(256)) * 1000).digest()
    assert rest.tags(report.run_ids[child.info.run_id])["mlflow.parentRunId"] == server_id


def test_twice_is_once(mlflow_server: MlflowServer, rest: Any, journal: Path) -> None:
    name = experiment()
    with at.start_run(experiment=name, journal=journal) as run:
        for step in range(50):
            at.log_metric("m", step, step=step)
        at.log_metric("n", math.nan)
    first = at.sync(journal, mlflow_server.url)
    assert first.metrics == 51
    second = at.sync(journal, mlflow_server.url)
    assert second.complete
    assert (second.runs_created, second.metrics) == (0, 0)
    # Even when all acknowledgements are lost nothing is doubled: the run has its tag, points their time.
    third = at.sync(journal, mlflow_server.url, from_scratch=True)
    assert third.complete, third.problems
    assert third.runs_created == 0
    assert third.metrics == 51
    assert third.set_aside == []
    assert len(rest.runs_of(name)) == 1
    assert len(rest.history(third.run_ids[run.info.run_id], "m")) == 50
    assert len(rest.history(third.run_ids[run.info.run_id], "n")) == 1


def test_a_run_gone_on_with_runs_until_its_later_end(
    mlflow_server: MlflowServer, rest: Any, journal: Path
) -> None:
    with at.start_run(experiment=experiment(), journal=journal) as run:
        at.log_metric("m", 1.0)
    server_id = at.sync(journal, mlflow_server.url).run_ids[run.info.run_id]
    assert rest.run(server_id)["info"]["status"] == "FINISHED"
    with at.start_run(run_id=run.info.run_id, journal=journal) as again:
        at.log_metric("m", 2.0, step=1)
        during = at.sync(journal, mlflow_server.url)
        assert during.complete and during.verified is not None
        assert during.verified.differences == []
        assert rest.run(server_id)["info"]["status"] == "RUNNING"
    report = at.sync(journal, mlflow_server.url)
    assert report.verified is not None and report.verified.ok
    held = rest.run(server_id)["info"]
    assert (held["status"], held["end_time"]) == ("FINISHED", again.info.end_time)


def test_a_refused_record_is_set_aside(mlflow_server: MlflowServer, rest: Any, journal: Path) -> None:
    name = experiment()
    run = at.Run(experiment=name, journal=journal)
    run.log_metric("m", 1.0)
    server_id = at.sync(journal, mlflow_server.url).run_ids[run.info.run_id]
    # Somebody else sets the parameter on the server to another value.
    body = json.dumps({"run_id": server_id, "key": "p", "value": "theirs"}).encode()
    url = f"{mlflow_server.url}/api/2.0/mlflow/runs/log-parameter"
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=60).close()
    run.log_param("p", "ours")
    run.log_param("q", "also ours")
    run.log_metric("m", 2.0, step=1)
    run.end()
    report = at.sync(journal, mlflow_server.url)
    assert report.complete
    (refused,) = report.set_aside
    assert (refused.kind, refused.key, refused.error_code) == ("param", "p", "INVALID_PARAMETER_VALUE")
    assert "theirs" in refused.words
    assert report.verified is not None
    assert (report.verified.refused, report.verified.differences) == (1, [])
    assert len(rest.history(server_id, "m")) == 2
    assert at.sync(journal, mlflow_server.url).set_aside == []


def test_killed_while_logging_loses_nothing(mlflow_server: MlflowServer, rest: Any, journal: Path) -> None:
    name = experiment()
    script = textwrap.dedent(
        f"""
        import sys
        import assay.tracking as at
        with at.start_run(experiment={name!r}, journal={str(journal)!r}, fsync="every_record"):
            step = 0
            while True:
                at.log_metric("m", step * 0.5, step=step)
                sys.stdout.write(f"{{step}}\\n")
                sys.stdout.flush()
                step += 1
        """
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=os.environ
    )
    assert process.stdout is not None
    promised = -1
    for line in process.stdout:
        promised = int(line)
        if promised >= 100:
            break
    process.send_signal(signal.SIGKILL)
    for line in process.stdout:  # what it had said before it died
        if line.endswith("\n"):
            promised = int(line)
    process.wait()
    report = at.sync(journal, mlflow_server.url)
    assert report.complete, report.stopped_by
    assert report.problems == []
    (server_id,) = report.run_ids.values()
    steps = [p["step"] for p in rest.history(server_id, "m")]
    assert steps == list(range(len(steps)))
    assert promised < len(steps) <= promised + 2
    assert rest.run(server_id)["info"]["status"] == "RUNNING"  # nobody said how it ended


def test_a_server_that_is_away_changes_nothing(mlflow_server: MlflowServer, rest: Any, journal: Path) -> None:
    name = experiment()
    away = f"http://127.0.0.1:{free_port()}"
    at.set_tracking_uri(away)
    with pytest.warns(UserWarning, match="safe in"), at.start_run(experiment=name, journal=journal):
        at.log_metric("m", 1.0)
    report = at.sync(journal, deadline=1.0)
    assert not report.complete
    assert report.stopped_by
    assert report.remaining == 3
    later = at.sync(journal, mlflow_server.url)
    assert later.complete
    assert len(rest.runs_of(name)) == 1


def test_the_end_of_a_run_delivers_where_a_server_is_set(
    mlflow_server: MlflowServer, rest: Any, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_server.url)
    name = experiment()
    with at.start_run(experiment=name, run_name="now", journal=journal):
        at.log_metric("m", 1.0)
    (run,) = rest.runs_of(name)
    assert run["info"]["run_name"] == "now"
    assert run["info"]["status"] == "FINISHED"


def test_a_server_has_to_be_named(journal: Path) -> None:
    with pytest.raises(assay.ValueError, match="MLFLOW_TRACKING_URI"):
        at.sync(journal)
    with at.start_run(journal=journal):
        pass
    with pytest.raises(assay.ValueError, match="http"):
        at.sync(journal, "sqlite:///x.db")

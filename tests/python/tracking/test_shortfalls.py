"""What a delivery did not bring over is said, and the exit code says it too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import threading
import urllib.request
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import assay
from assay import tracking as at
from assay.tracking.delivery import shortfalls
from assay.tracking.local import MlflowServer, free_port


def run_python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **environment},
    )


def sync(out: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return run_python("-m", "assay", "sync", str(out), **environment)


class Refusing(BaseHTTPRequestHandler):
    """A server that refuses whatever it is asked, for good."""

    def do_GET(self) -> None:
        body = json.dumps({"error_code": "INVALID_PARAMETER_VALUE", "message": "quoted words"}).encode()
        self.send_response(400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture
def refusing() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_run_given_up_is_told_at_its_end(journal: Path, refusing: str) -> None:
    at.set_tracking_uri(refusing)
    with (
        pytest.warns(UserWarning, match=r"run 'mine' was not delivered") as caught,
        at.start_run(run_name="mine", journal=journal),
    ):
        at.log_metric("m", 1.0)
    assert "quoted words" not in str(caught[0].message)


def test_sync_tells_of_a_run_given_up(tmp_path: Path, refusing: str) -> None:
    with at.start_run(run_name="mine", journal=tmp_path / "journal"):
        at.log_metric("m", 1.0)
    done = sync(tmp_path, MLFLOW_TRACKING_URI=refusing)
    assert done.returncode == 3
    assert "run 'mine' was not delivered" in done.stderr
    assert "all delivered" not in done.stdout


@pytest.mark.mlflow
def test_sync_tells_of_refused_records(mlflow_server: MlflowServer, tmp_path: Path) -> None:
    run = at.Run(experiment=f"icu/{uuid.uuid4().hex[:8]}", journal=tmp_path / "journal")
    server_id = at.sync(tmp_path / "journal", mlflow_server.url).run_ids[run.info.run_id]
    body = json.dumps({"run_id": server_id, "key": "p", "value": "theirs"}).encode()
    url = f"{mlflow_server.url}/api/2.0/mlflow/runs/log-parameter"
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=60).close()
    run.log_param("p", "ours")
    run.end()
    done = sync(tmp_path, MLFLOW_TRACKING_URI=mlflow_server.url)
    assert done.returncode == 3, done.stderr
    assert "the server refused param 'p'" in done.stderr
    assert "ours" not in done.stderr and "theirs" not in done.stderr
    assert "all delivered" not in done.stdout
    again = sync(tmp_path, MLFLOW_TRACKING_URI=mlflow_server.url)
    assert again.returncode == 3
    assert "but for 1 records that this server refused earlier" in again.stderr
    # Another server's refusals are no business of this one.
    elsewhere = tmp_path / "journal" / "sync" / "0123456789abcdef"
    elsewhere.mkdir()
    (elsewhere / "set_aside.jsonl").write_text('{"sequences": [1, 2, 3]}\n', encoding="utf-8")
    assert at.sync(tmp_path / "journal", mlflow_server.url).refused_earlier == 1


@pytest.mark.mlflow
def test_sync_tells_of_torn_records(mlflow_server: MlflowServer, tmp_path: Path) -> None:
    with at.start_run(experiment=f"icu/{uuid.uuid4().hex[:8]}", journal=tmp_path / "journal"):
        at.log_param("made", "up")
        at.log_metric("m", 1.0)
    (segment,) = (tmp_path / "journal" / "segments").glob("*.journal")
    content = bytearray(segment.read_bytes())
    content[content.index(b"made")] ^= 0xFF
    segment.write_bytes(content)
    report = at.sync(tmp_path / "journal", mlflow_server.url)
    assert report.complete and report.problems
    assert shortfalls(report)[: len(report.problems)] == report.problems
    done = sync(tmp_path, MLFLOW_TRACKING_URI=mlflow_server.url)
    assert done.returncode == 3, done.stderr
    assert "damaged" in done.stderr


@pytest.mark.mlflow
def test_sync_of_a_whole_delivery(mlflow_server: MlflowServer, tmp_path: Path) -> None:
    with at.start_run(experiment=f"icu/{uuid.uuid4().hex[:8]}", journal=tmp_path / "journal"):
        at.log_metric("m", 1.0)
    for folder in (tmp_path, tmp_path / "journal"):
        done = sync(folder, MLFLOW_TRACKING_URI=mlflow_server.url)
        assert (done.returncode, done.stderr) == (0, "")
        assert "all delivered" in done.stdout


def test_sync_of_no_journal_and_to_no_server_ends_with_2(tmp_path: Path, journal: Path) -> None:
    away = f"http://127.0.0.1:{free_port()}"
    for folder, why in ((tmp_path / "typo", "does not exist"), (tmp_path, "holds none")):
        done = sync(folder, MLFLOW_TRACKING_URI=away)
        assert done.returncode == 2
        assert why in done.stderr
        with pytest.raises(assay.IoError, match=why):
            at.sync(folder, away)
    with at.start_run(journal=journal):
        pass
    for uri in ("", "sqlite:///x.db"):
        done = sync(tmp_path, MLFLOW_TRACKING_URI=uri)
        assert done.returncode == 2
        assert "MLFLOW_TRACKING_URI" in done.stderr


def test_what_waits_for_a_server_that_is_away_is_counted(tmp_path: Path) -> None:
    with at.start_run(journal=tmp_path / "journal"):
        pass
    report = at.sync(tmp_path / "journal", f"http://127.0.0.1:{free_port()}", deadline=0.1)
    (line,) = shortfalls(report)
    assert line.startswith("2 records wait in the journal: ")


LEFT_OPEN = textwrap.dedent(
    """
    import assay.tracking as at
    at.set_experiment({experiment!r})
    at.log_metric("m", 1.0)
    """
)


@pytest.mark.mlflow
def test_a_run_left_open_is_delivered_at_exit(mlflow_server: MlflowServer, rest: Any, journal: Path) -> None:
    name = f"icu/{uuid.uuid4().hex[:8]}"
    script = LEFT_OPEN.format(experiment=name)
    done = run_python("-c", script, MLFLOW_TRACKING_URI=mlflow_server.url, ASSAY_JOURNAL=str(journal))
    assert (done.returncode, done.stderr) == (0, "")
    (run,) = rest.runs_of(name)
    assert run["info"]["status"] == "FINISHED"


def test_a_run_left_open_warns_where_the_server_is_away(journal: Path) -> None:
    away = f"http://127.0.0.1:{free_port()}"
    script = LEFT_OPEN.format(experiment="icu/Test")
    done = run_python("-c", script, MLFLOW_TRACKING_URI=away, ASSAY_JOURNAL=str(journal))
    assert done.returncode == 0
    assert f"safe in {journal}" in done.stderr


def test_every_journal_is_delivered_when_the_last_run_ends(tmp_path: Path) -> None:
    at.set_tracking_uri(f"http://127.0.0.1:{free_port()}")
    outer = at.start_run(journal=tmp_path / "a")
    with at.start_run(nested=True, journal=tmp_path / "b"):
        pass
    with pytest.warns(UserWarning, match="safe in") as caught, outer:
        pass
    told = [str(warning.message) for warning in caught]
    assert [any(str(tmp_path / name) in text for text in told) for name in ("a", "b")] == [True, True]

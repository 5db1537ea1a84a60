"""Faults between a journal and a real MLflow server: nothing is lost, nothing arrives twice.

``ASSAY_FAULTS=1`` adds what takes minutes: the real server killed and restarted during delivery.
"""

from __future__ import annotations

import math
import os
import random
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from faulty_proxy import Fault, faulty_proxy, usual_faults

import assay
from assay import tracking as at
from assay.tracking import journal_tools
from assay.tracking.local import MlflowServer, free_port

SECRET = "made-up-secret-5a1c9e"


def log_runs(journal: Path, experiment: str, runs: int = 6, points: int = 40) -> None:
    for number in range(runs):
        with at.start_run(experiment=experiment, run_name=f"r{number}", journal=journal):
            for step in range(points):
                at.log_metric("loss", 1 / (step + 1 + number), step=step)
                at.log_metric("same", 1.0, step=step)
            at.log_metrics({"nan": math.nan, "up": math.inf})
            at.log_params({"number": number})
            at.log_text(f"made-up note {number}", "notes/a.txt")


def check_all_there(server: MlflowServer, rest: Any, journal: Path, experiment: str, key: str = "") -> None:
    status = journal_tools.journal_status(journal)
    report = journal_tools.verify(journal, server.url, server_key=key or server.url)
    assert report.differences == []
    assert report.runs == len(status.runs)
    points = sum(count for run in status.runs for count in run.metrics.values())
    assert report.points == points
    held = rest.runs_of(experiment)
    assert sorted(run["info"]["run_name"] for run in held) == sorted(run.run_name for run in status.runs)
    assert {run["info"]["status"] for run in held} == {"FINISHED"}


@pytest.mark.mlflow
def test_every_kind_of_bad_answer(mlflow_server: MlflowServer, rest: Any, journal: Path) -> None:
    experiment = f"icu/{uuid.uuid4().hex[:8]}"
    log_runs(journal, experiment)
    waiting = usual_faults()
    every = len(waiting)
    calls = 0

    def next_fault(method: str, path: str) -> Fault | None:
        nonlocal calls
        calls += 1
        return waiting.pop() if waiting and calls % 2 == 0 else None

    with faulty_proxy(mlflow_server.url, next_fault) as proxy:
        deliveries = 0
        report = None
        while deliveries < 20 and (report is None or not report.complete):
            report = at.sync(journal, proxy.url, server_key=mlflow_server.url, verify=False)
            deliveries += 1
            assert report.set_aside == []
            assert report.problems == []
        assert report is not None and report.complete, report
        assert len(proxy.met) == every, waiting
    print(f"{every} faults in {proxy.requests} requests, {deliveries} deliveries")
    check_all_there(mlflow_server, rest, journal, experiment)


@pytest.mark.mlflow
@pytest.mark.parametrize("seed", [1, 2])
def test_faults_at_random(mlflow_server: MlflowServer, rest: Any, journal: Path, seed: int) -> None:
    experiment = f"icu/{uuid.uuid4().hex[:8]}"
    log_runs(journal, experiment, runs=3)
    chance = random.Random(seed)
    left = 12

    def next_fault(method: str, path: str) -> Fault | None:
        nonlocal left
        if left == 0 or chance.random() < 0.4:
            return None
        left -= 1
        return chance.choice(usual_faults())

    with faulty_proxy(mlflow_server.url, next_fault) as proxy:
        for _ in range(20):
            if at.sync(journal, proxy.url, server_key=mlflow_server.url, verify=False).complete:
                break
    check_all_there(mlflow_server, rest, journal, experiment)


@pytest.mark.mlflow
def test_a_stalled_answer_is_given_up_and_taken_up_later(
    mlflow_server: MlflowServer, rest: Any, journal: Path
) -> None:
    experiment = f"icu/{uuid.uuid4().hex[:8]}"
    log_runs(journal, experiment, runs=1)
    stalls = [Fault("a stall", True, body=None, seconds=30)]

    def next_fault(method: str, path: str) -> Fault | None:
        return stalls.pop() if stalls and "log-batch" in path else None

    with faulty_proxy(mlflow_server.url, next_fault) as proxy:
        began = time.perf_counter()
        first = at.sync(journal, proxy.url, server_key=mlflow_server.url, verify=False, deadline=1.0)
        assert time.perf_counter() - began < 20
        assert not first.complete
        assert first.stopped_by
        assert at.sync(journal, proxy.url, server_key=mlflow_server.url, verify=False).complete
    check_all_there(mlflow_server, rest, journal, experiment)


@pytest.mark.mlflow
def test_no_name_no_certificate_no_tls(
    mlflow_server: MlflowServer, rest: Any, journal: Path, tmp_path: Path
) -> None:
    experiment = f"icu/{uuid.uuid4().hex[:8]}"
    log_runs(journal, experiment, runs=1)
    addresses = ["http://mlflow.invalid:5000", mlflow_server.url.replace("http://", "https://")]
    if shutil.which("openssl") is not None:
        addresses.append(_self_signed(tmp_path))
    for address in addresses:
        report = at.sync(journal, address, server_key=mlflow_server.url, deadline=0.5)
        assert not report.complete
        assert report.stopped_by
        assert report.remaining == 86
    assert at.sync(journal, mlflow_server.url).complete
    check_all_there(mlflow_server, rest, journal, experiment)


def _self_signed(folder: Path) -> str:
    """A TLS server whose certificate nobody vouches for; it lives as long as the tests."""
    import http.server

    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    files = ["-keyout", "key.pem", "-out", "certificate.pem"]
    subprocess.run([*command.split(), *files], cwd=folder, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"https://localhost:{server.server_address[1]}"


LEAVES = """
import sys, time
import assay.tracking as at
at.start_run(journal=sys.argv[1])
for step in range(1000):
    at.log_metric("m", step, step=step)
print("leaving", flush=True)
"""


@pytest.mark.parametrize("server", ["nobody listens", "accepts and never answers"])
def test_the_interpreter_ends_within_a_second(tmp_path: Path, server: str) -> None:
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        port = silent.getsockname()[1] if server == "accepts and never answers" else free_port()
        environment = {**os.environ, "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{port}"}
        seconds = []
        for attempt in range(3):  # the machine may be busy: the best of three counts
            journal = tmp_path / str(attempt)
            with subprocess.Popen(
                [sys.executable, "-c", LEAVES, str(journal)],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
            ) as process:  # fmt: skip
                assert process.stdout is not None
                assert process.stdout.readline() == "leaving\n"
                began = time.perf_counter()
                _, errors = process.communicate(timeout=60)
                seconds.append(time.perf_counter() - began)
            assert process.returncode == 0
            assert "safe in" in errors
            (run,) = journal_tools.journal_status(journal).runs
            assert (run.status, run.metrics["m"]) == ("FINISHED", 1000)
            if seconds[-1] < 1:
                break
    assert min(seconds) < 1, seconds


TELLS = """
import os, sys, warnings
import assay.tracking as at
from assay import Error
journal = sys.argv[1]
for uri in sys.argv[2:]:
    at.set_tracking_uri(uri)
    with at.start_run(journal=journal):
        at.log_metric("m", 1.0)
    try:
        print(at.sync(journal, deadline=0.3).stopped_by)
    except Error as error:
        print(type(error), error, repr(error))
print("done", flush=True)
sys.stdin.read()
"""


def _secret_environment(home: Path, how: str) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_TRACKING")}
    if how == "token":
        return {**plain, "MLFLOW_TRACKING_TOKEN": SECRET}
    if how == "password":
        return {**plain, "MLFLOW_TRACKING_USERNAME": "someone", "MLFLOW_TRACKING_PASSWORD": SECRET}
    (home / ".mlflow").mkdir(exist_ok=True)
    credentials = f"[mlflow]\nmlflow_tracking_username = someone\nmlflow_tracking_password = {SECRET}\n"
    (home / ".mlflow" / "credentials").write_text(credentials, encoding="utf-8")
    return {**plain, "HOME": str(home)}


@pytest.mark.parametrize("how", ["token", "password", "file"])
def test_a_secret_is_in_no_output_and_no_journal(tmp_path: Path, how: str) -> None:
    journal = tmp_path / "journal"
    refused = Fault("refused", False, status=401, body=b"")
    away, broken = free_port(), Fault("broken", False, status=500, body=SECRET.encode())
    with (
        faulty_proxy("http://127.0.0.1:9", lambda *_: refused) as refusing,
        faulty_proxy("http://127.0.0.1:9", lambda *_: broken) as repeating,
    ):
        uris = [
            refusing.url,
            repeating.url,
            f"http://127.0.0.1:{away}",
            refusing.url.replace("http", "https"),
        ]
        done = subprocess.run(
            [sys.executable, "-X", "faulthandler", "-c", TELLS, str(journal), *uris],
            capture_output=True, text=True, input="", env=_secret_environment(tmp_path, how),
            timeout=120, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "AuthError" in done.stdout
    assert SECRET not in done.stdout + done.stderr
    for file in journal.rglob("*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes(), file


@pytest.mark.slow
@pytest.mark.mlflow
@pytest.mark.skipif(os.environ.get("ASSAY_FAULTS") != "1", reason="takes minutes; set ASSAY_FAULTS=1")
def test_the_real_server_killed_during_delivery(rest: Any, tmp_path: Path, journal: Path) -> None:
    experiment = f"icu/{uuid.uuid4().hex[:8]}"
    log_runs(journal, experiment, runs=40, points=200)
    port = free_port()
    chance = random.Random(3)
    kills = 0
    complete = False
    while not complete:
        with MlflowServer(tmp_path / "mlflow", port=port) as server:
            ended = threading.Event()

            def end(
                server: MlflowServer = server,
                ended: threading.Event = ended,
                after: float = chance.uniform(0.3, 2),
            ) -> None:
                ended.wait(after)
                process = server._process
                if process is not None:
                    os.killpg(process.pid, signal.SIGKILL)

            killer = threading.Thread(target=end)
            if kills < 3:
                killer.start()
            report = at.sync(journal, server.url, server_key="mortal", verify=False, deadline=3.0)
            ended.set()
            if killer.ident is not None:
                killer.join()
                kills += 1
            complete = report.complete and kills >= 3
            assert report.set_aside == []
    with MlflowServer(tmp_path / "mlflow", port=port) as server:
        check_all_there(server, type(rest)(server.url), journal, experiment, "mortal")
    print(f"{kills} kills")


def test_errors_of_a_reader_are_assays(tmp_path: Path) -> None:
    with pytest.raises(assay.IoError):
        journal_tools.journal_status(tmp_path / "nowhere")


@pytest.mark.skipif(shutil.which("gcore") is None, reason="gcore (package gdb) is not installed")
def test_a_secret_is_in_no_core_file(tmp_path: Path) -> None:
    refused = Fault("refused", False, status=401, body=b"")
    with faulty_proxy("http://127.0.0.1:9", lambda *_: refused) as refusing:
        process = subprocess.Popen(
            [sys.executable, "-c", TELLS, str(tmp_path / "journal"), refusing.url],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_secret_environment(tmp_path, "file"),
        )  # fmt: skip
        try:
            assert process.stdout is not None
            while process.stdout.readline() != "done\n":
                assert process.poll() is None
            command = ["gcore", "-o", str(tmp_path / "core"), str(process.pid)]
            taken = subprocess.run(command, capture_output=True, text=True, check=False)
            cores = list(tmp_path.glob("core.*"))
            if not cores:
                pytest.skip(f"gcore may not look into the process: {taken.stderr[-200:]}")
            assert SECRET.encode() not in cores[0].read_bytes()
        finally:
            process.communicate("")

"""The local MLflow server: no other program gets the records, and none is left behind."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import assay
from assay import tracking as at
from assay.tracking import local, supervise
from assay.tracking.local import MlflowServer, free_port
from assay.tracking.ports import is_held_by, is_taken

needs_mlflow = pytest.mark.skipif(
    local.find_mlflow() is None, reason="MLflow is not installed; set ASSAY_MLFLOW"
)


STAND_IN = """#!{python}
# Answers /health from a process of its own, as MLflow does; started in a moment.
import http.server, signal, subprocess, sys
if sys.argv[-1] != "worker":
    sys.exit(subprocess.call([sys.executable, *sys.argv, "worker"]))
signal.signal(signal.SIGTERM, signal.SIG_IGN)
port = int(sys.argv[sys.argv.index("--port") + 1])
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


@pytest.fixture
def stand_in(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program in the place of MLflow, for tests of how it is started and ended."""
    program = tmp_path_factory.mktemp("bin") / "mlflow"
    program.write_text(STAND_IN.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("ASSAY_MLFLOW", str(program))


def wait_until_free(port: int, seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while is_taken(port) and time.monotonic() < end:
        select.select([], [], [], 0.05)
    return not is_taken(port)


def test_who_holds_a_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert is_taken(port)
        if sys.platform == "linux":
            assert is_held_by(port, os.getsid(0)) is True
            assert is_held_by(port, os.getpid() + 1_000_000) is False
    assert not is_taken(port)
    assert is_held_by(port, os.getsid(0)) is None


@needs_mlflow
def test_a_port_that_answers_already_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(assay.StateError, match=f"port {port} is taken"):
            MlflowServer(tmp_path, port=port).start()
    assert not (tmp_path / "server.log").exists()


@pytest.mark.mlflow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says who holds a port")
def test_another_mlflow_is_not_taken_for_ours(
    mlflow_server: MlflowServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It took the port after the first look at it, and is healthy long before ours has seen the port taken."""
    with at.start_run(experiment="icu/Private", journal=tmp_path / "journal"):
        at.log_metric("m", 1.0)
    looks = iter([False])
    monkeypatch.setattr(local, "is_taken", lambda port: next(looks, True))
    with pytest.raises(assay.StateError, match="another program"):
        local.serve_ui(tmp_path, port=mlflow_server.port, say=lambda line: None)
    assert not (tmp_path / "journal" / "sync").exists()
    mlflow_server.expect_own()


@pytest.mark.usefixtures("stand_in")
def test_a_server_that_died_gets_no_records(tmp_path: Path) -> None:
    server = MlflowServer(tmp_path)
    with pytest.raises(assay.StateError, match="not started"):
        server.expect_own()
    with server:
        server.expect_own()
        assert server._process is not None
        os.killpg(server._process.pid, signal.SIGKILL)
        server.wait()
        with pytest.raises(assay.StateError, match="ended with status"):
            server.expect_own()


def test_ui_of_a_folder_that_does_not_exist_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(assay.IoError, match="does not exist"):
        local.serve_ui(tmp_path / "typo")
    command = [sys.executable, "-m", "assay", "ui", str(tmp_path / "typo")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "does not exist" in done.stderr
    assert not (tmp_path / "typo").exists()


def end_ui(folder: Path, number: signal.Signals) -> None:
    with at.start_run(experiment="icu/Private", journal=folder / "journal"):
        pass
    port = free_port()
    command = [sys.executable, "-m", "assay", "ui", str(folder), "--port", str(port)]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # ignored under nohup
    ) as process:
        try:
            assert process.stdout is not None
            assert any("MLflow is at" in line for line in process.stdout)
            assert is_taken(port)
            process.send_signal(number)
            expected = {signal.SIGKILL: -9, signal.SIGINT: 0}.get(number, 128 + number)
            assert process.wait(timeout=60) == expected
        finally:
            process.kill()
    assert wait_until_free(port)


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_no_server_is_left_behind(tmp_path: Path, number: signal.Signals) -> None:
    end_ui(tmp_path, number)


@needs_mlflow
@pytest.mark.mlflow
@pytest.mark.slow
def test_mlflow_itself_is_not_left_behind(tmp_path: Path) -> None:
    end_ui(tmp_path, signal.SIGKILL)


def test_what_a_command_started_ends_with_the_one_who_wanted_it() -> None:
    """The command ignores SIGTERM, and so does its child; both hold the pipe that is read here to its end."""
    child = "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()"
    stubborn = (
        "import signal, subprocess, sys\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"subprocess.Popen([sys.executable, '-c', {child!r}])\n"
        "signal.pause()\n"
    )
    command = [sys.executable, "-I", supervise.__file__, sys.executable, "-c", stubborn]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.stdin.close()
        assert process.stdout.read() == ""
        assert process.wait(timeout=60) == -signal.SIGKILL


def test_the_status_of_the_command_is_told() -> None:
    for code, expected in (("raise SystemExit(7)", 7), ("import os; os.kill(os.getpid(), 15)", 143)):
        command = [sys.executable, "-I", supervise.__file__, sys.executable, "-c", code]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
            assert process.wait(timeout=60) == expected


def test_signals_are_the_applications_again_afterwards() -> None:
    def mine(number: int, frame: object) -> None: ...

    before = signal.signal(signal.SIGHUP, mine)
    try:
        with local._signals_unwind():
            assert signal.getsignal(signal.SIGHUP) is mine
            with pytest.raises(SystemExit) as left:
                signal.raise_signal(signal.SIGTERM)
            assert left.value.code == 143
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)
    entered: list[bool] = []

    def elsewhere() -> None:  # Python sets handlers in the main thread alone
        with local._signals_unwind():
            entered.append(True)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert entered == [True]

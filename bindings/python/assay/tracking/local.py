"""A local MLflow server for what lies in journals, and its web page."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from assay import _core, errors
from assay.tracking import delivery

_PathLike = str | os.PathLike[str]


def find_mlflow() -> list[str] | None:
    """The command that runs MLflow: ``$ASSAY_MLFLOW``, this environment's, one on the PATH, or None."""
    given = os.environ.get("ASSAY_MLFLOW")
    if given:
        return [given] if Path(given).exists() else None
    beside = Path(sys.executable).with_name("mlflow")
    if beside.exists():
        return [str(beside)]
    if importlib.util.find_spec("mlflow") is not None:
        return [sys.executable, "-m", "mlflow"]
    on_path = shutil.which("mlflow")
    return [on_path] if on_path else None


def free_port() -> int:
    """A port on loopback that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class MlflowServer:
    """``mlflow server`` on SQLite below a folder, reachable from this machine alone. A context manager.

    Parameters
    ----------
    folder
        Holds ``mlflow.db``, ``artifacts/`` and ``server.log``; created where it is missing.
    port
        0 takes a free one.
    timeout
        Seconds to wait for its first answer; the first start on a folder makes the database.

    Raises
    ------
    assay.StateError
        MLflow is not installed, or the server ended or did not answer in time; the text names its log.
    """

    def __init__(self, folder: _PathLike, *, port: int = 0, timeout: float = 300.0) -> None:
        self.folder = Path(folder).absolute()
        self.port = port or free_port()
        self.timeout = timeout
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def key(self) -> str:
        """What tells this database from others, whatever the port: an id kept beside it."""
        file = self.folder / "server_id"
        if not file.exists():
            file.write_text(secrets.token_hex(16), encoding="utf-8")
        return "local:" + file.read_text(encoding="utf-8").strip()

    def start(self) -> MlflowServer:
        command = find_mlflow()
        if command is None:
            raise errors.StateError(
                "MLflow was not found; install it with: pip install 'assay-sdk[mlflow]' (or set ASSAY_MLFLOW)"
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        artifacts = self.folder / "artifacts"
        artifacts.mkdir(exist_ok=True)
        arguments = [
            *command, "server", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1",
            "--backend-store-uri", f"sqlite:///{self.folder / 'mlflow.db'}",
            "--artifacts-destination", artifacts.as_uri(),
        ]  # fmt: skip
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MLFLOW_TRACKING")}
        environment.update(
            MLFLOW_DISABLE_TELEMETRY="true",
            DO_NOT_TRACK="true",
            GIT_PYTHON_REFRESH="quiet",
            MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false",  # eleven processes that tracking has no use for
        )
        with open(self.folder / "server.log", "ab") as log:
            self._process = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
                cwd=self.folder, start_new_session=True,
            )  # fmt: skip
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise
        return self

    def _wait(self) -> None:
        assert self._process is not None
        end = time.monotonic() + self.timeout
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise errors.StateError(
                    f"MLflow ended with status {self._process.returncode}; see {self.folder / 'server.log'}"
                )
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                if _core.tracking.is_healthy(self.url):
                    return
            time.sleep(0.1)
        raise errors.StateError(
            f"MLflow did not answer within {self.timeout:.0f} s; see {self.folder / 'server.log'}"
        )

    def stop(self) -> None:
        """End the server and the processes it started."""
        process, self._process = self._process, None
        if process is None:
            return
        # Started with a session of its own: its group holds its workers and nothing else.
        for sent in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, sent)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
                if sent == signal.SIGTERM:
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)  # a worker that stayed behind
                return

    def wait(self) -> None:
        """Return when the server ends."""
        if self._process is not None:
            self._process.wait()

    def __enter__(self) -> MlflowServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def find_journals(folder: _PathLike) -> list[Path]:
    """Every journal at or below a folder."""
    root = Path(folder)
    return sorted({path.parent for path in root.rglob("segments") if any(path.glob("*.journal"))})


def serve_ui(
    out_dir: _PathLike,
    port: int = 0,
    open_browser: bool = False,
    *,
    say: Callable[[str], Any] = print,
    ready: Callable[[MlflowServer, Sequence[delivery.SyncReport]], bool | None] | None = None,
) -> None:
    """Show what was tracked below a folder in MLflow's web page, until Ctrl-C.

    Starts a server on ``<out_dir>/mlflow/mlflow.db``, delivers every journal below, and prints the link.

    Parameters
    ----------
    say
        Takes each line of output.
    ready
        Called once the page can be opened, with the server and a report for each journal; False ends it.
    """
    out = Path(out_dir)
    journals = find_journals(out)
    if not journals:
        say(f"No journal below {out}: nothing was tracked there yet.")
    with MlflowServer(out / "mlflow", port=port) as server:
        reports = []
        for journal in journals:
            report = delivery.sync(journal, server.url, server_key=server.key)
            reports.append(report)
            say(_line(journal, report))
        say(f"MLflow is at {server.url}  (Ctrl-C ends it)")
        if open_browser:
            webbrowser.open(server.url)
        if ready is not None and ready(server, reports) is False:
            return
        with contextlib.suppress(KeyboardInterrupt):
            server.wait()


def _line(journal: Path, report: delivery.SyncReport) -> str:
    sent = f"{report.metrics} metrics, {report.artifacts} artifacts"
    text = f"{journal}: {len(report.run_ids)} runs; delivered {sent}"
    missing = delivery.shortfalls(report)
    if missing:
        return f"{text}; NOT ALL: {delivery.first_of(missing)}"
    return text if report.verified is None else f"{text}, read back and equal"

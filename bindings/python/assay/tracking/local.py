"""A local MLflow server for what lies in journals, and its web page."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from assay import _core, errors
from assay.tracking import delivery, supervise
from assay.tracking.ports import free_port, is_held_by, is_taken

__all__ = ["MlflowServer", "expect_journals", "find_journals", "find_mlflow", "free_port", "serve_ui"]

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


class MlflowServer:
    """``mlflow server`` on SQLite below a folder, reachable from this machine alone. A context manager.

    It ends with this process, however that ends.

    Parameters
    ----------
    folder
        Holds ``mlflow.db``, ``artifacts/`` and ``server.log``; created where it is missing.
    port
        0 takes a free one.
    database
        Where MLflow keeps runs, as SQLAlchemy names it, in place of ``mlflow.db``.
    artifacts
        Where it keeps artifacts, such as ``s3://bucket/folder``, in place of ``artifacts/``.
    timeout
        Seconds to wait for its first answer; the first start on a folder makes the database.

    Raises
    ------
    assay.StateError
        MLflow is not installed, something else listens on the port, or the server ended or did not answer in
        time; the text names its log.
    """

    def __init__(
        self,
        folder: _PathLike,
        *,
        port: int = 0,
        database: str | None = None,
        artifacts: str | None = None,
        timeout: float = 300.0,
    ) -> None:
        if not 0 <= port <= 65535:
            raise errors.ValueError(f"port: expected 1 to 65535, or 0 for a free one, got {port}")
        self.folder = Path(folder).absolute()
        self.port = port or free_port()
        self.database = database or f"sqlite:///{self.folder / 'mlflow.db'}"
        self.artifacts = artifacts or (self.folder / "artifacts").as_uri()
        self.timeout = timeout
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Id of the process that holds the server; its workers are below it."""
        return self._expect_alive().pid

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
                "MLflow was not found; install it with: pip install 'mlflow>=3.1,<4' (or set ASSAY_MLFLOW)"
            )
        if is_taken(self.port):
            raise errors.StateError(
                f"port {self.port} is taken, and what listens there would get the records; name another, or 0"
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "artifacts").mkdir(exist_ok=True)
        arguments = [
            sys.executable, "-I", supervise.__file__, *command,
            "server", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1",
            "--backend-store-uri", self.database,
            "--artifacts-destination", self.artifacts,
        ]  # fmt: skip
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MLFLOW_TRACKING")}
        environment.update(
            MLFLOW_DISABLE_TELEMETRY="true",
            DO_NOT_TRACK="true",
            GIT_PYTHON_REFRESH="quiet",
            MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false",  # eleven processes that tracking has no use for
        )
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                arguments, stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment,
                cwd=self.folder, start_new_session=True,
            )  # fmt: skip
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise
        return self

    def _wait(self) -> None:
        end = time.monotonic() + self.timeout
        while time.monotonic() < end:
            self._expect_alive()
            if is_taken(self.port) and _core.tracking.is_healthy(self.url):
                self.expect_own()
                return
            time.sleep(0.1)
        raise errors.StateError(f"MLflow did not answer within {self.timeout:.0f} s; see {self._log}")

    def expect_own(self) -> None:
        """Raise assay.StateError where the server has ended, or where another program answers in its place."""
        process = self._expect_alive()
        if is_held_by(self.port, process.pid) is False:
            raise errors.StateError(
                f"port {self.port} was taken by another program, which would get the records; name another, or 0"
            )

    def _expect_alive(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise errors.StateError("MLflow was not started; call start(), or use a with statement")
        if self._process.poll() is not None:
            raise errors.StateError(f"MLflow ended with status {self._process.returncode}; see {self._log}")
        return self._process

    @property
    def _log(self) -> Path:
        return self.folder / "server.log"

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
                break
        if process.stdin is not None:
            process.stdin.close()

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


def expect_journals(folder: _PathLike) -> list[Path]:
    """Every journal at or below a folder.

    Raises
    ------
    assay.IoError
        There is none, or no such folder.
    """
    root = Path(folder)
    if not root.is_dir():
        raise errors.IoError(f"ui: expected the folder of a run, got {root}, which does not exist")
    journals = find_journals(root)
    if not journals:
        raise errors.IoError(f"ui: expected the folder of a run, but no journal lies below {root}")
    return journals


def _say(line: str) -> None:
    print(line, flush=True)  # into a file or a pipe, too, the address is wanted at once


def serve_ui(
    out_dir: _PathLike,
    port: int = 0,
    open_browser: bool = False,
    *,
    say: Callable[[str], Any] = _say,
    ready: Callable[[MlflowServer, Sequence[delivery.SyncReport]], bool | None] | None = None,
) -> None:
    """Show what was tracked below a folder in MLflow's web page, until Ctrl-C, SIGTERM or SIGHUP.

    Starts a server on ``<out_dir>/mlflow/mlflow.db``, delivers every journal below, and prints the link.

    Parameters
    ----------
    say
        Takes each line of output.
    ready
        Called once the page can be opened, with the server and a report for each journal; False ends it.

    Raises
    ------
    assay.IoError
        The folder does not exist, or holds no journal; nothing was made there.
    assay.ValueError
        The port is none.
    assay.StateError
        MLflow is not installed or did not start, or the port is another's.
    """
    out = Path(out_dir)
    journals = expect_journals(out)
    with _signals_unwind(), MlflowServer(out / "mlflow", port=port) as server:
        reports = []
        for journal in journals:
            server.expect_own()
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


@contextlib.contextmanager
def _signals_unwind() -> Iterator[None]:
    """SIGTERM and SIGHUP end the process as an exception does, so that servers are stopped on the way out.

    A signal that is ignored (nohup) or handled by the application stays so.
    """

    def leave(number: int, _: Any) -> None:
        raise SystemExit(128 + number)

    ours = []
    if threading.current_thread() is threading.main_thread():
        numbers = (signal.SIGTERM, signal.SIGHUP)
        ours = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, leave)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _line(journal: Path, report: delivery.SyncReport) -> str:
    sent = f"{report.metrics} metrics, {report.artifacts} artifacts"
    text = f"{journal}: {len(report.run_ids)} runs; delivered {sent}"
    missing = delivery.shortfalls(report)
    if missing:
        return f"{text}; NOT ALL: {delivery.first_of(missing)}"
    return text if report.verified is None else f"{text}, read back and equal"

"""Artifacts on a server: listing, download and upload, whatever their size, with a bar where it takes long.

Files go through the server's artifact proxy, or in parts straight to its store where the store takes them. Memory
does not grow with their size. Names follow ``mlflow.artifacts``.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assay import _core, errors
from assay.tracking import delivery

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["FileInfo", "download_artifacts", "list_artifacts", "upload_artifacts"]

_Path = str | os.PathLike[str]
_Report = Callable[[int, int, int, int], None]
_BAR_AFTER = 1.0  # seconds


@dataclass(frozen=True)
class FileInfo:
    """A file or folder of artifacts; `path` counts from their root."""

    path: str
    is_dir: bool
    file_size: int | None


def download_artifacts(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    dst_path: _Path | None = None,
    tracking_uri: str | None = None,
    *,
    parallel: int = 4,
    progress: bool | None = None,
) -> str:
    """Fetch a file, or a folder with all below it, and return where it now lies.

    Parameters
    ----------
    artifact_uri
        ``runs:/<run id>/<path>`` with the server's id or the journal's, ``models:/<name>/<version>``,
        ``models:/<name>@<alias>`` or ``mlflow-artifacts:/…``; without `artifact_path` its last part is the file or
        folder meant, but for models, whose files come straight into `dst_path`.
    run_id
        In place of `artifact_uri`: a run, by the server's id or by its id in the journal.
    artifact_path
        File or folder below it; keeps its path under `dst_path`. Everything where not given.
    dst_path
        Folder, created where it is missing; a new temporary one where not given.
    parallel
        Files, or parts of a large one, at once.
    progress
        Show a bar on a terminal after a second; by default as ``MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR`` says, else
        yes.

    Raises
    ------
    assay.HttpError
        Nothing is there, or what came is not what the server lists.
    assay.ValueError
        No server is set, or no proxy serves these artifacts.
    """
    server, uri = _locate(artifact_uri, run_id, tracking_uri)
    folder = Path(dst_path) if dst_path is not None else Path(tempfile.mkdtemp(prefix="assay-artifacts-"))
    folder.mkdir(parents=True, exist_ok=True)
    root, path = _split(uri, artifact_path)
    with _bar("Downloading", progress) as report:
        _core.tracking.download_artifacts(
            tracking_uri=server,
            artifact_uri=root,
            path=path,
            folder=folder,
            parallel=parallel,
            progress=report,
        )
    return str(folder / path) if path else str(folder)


def list_artifacts(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    tracking_uri: str | None = None,
) -> list[FileInfo]:
    """What one folder holds, by path; empty where there is no such folder or it is a file."""
    server, uri = _locate(artifact_uri, run_id, tracking_uri)
    listed = _core.tracking.list_artifacts(
        tracking_uri=server, artifact_uri=uri, path=(artifact_path or "").strip("/")
    )
    found = [FileInfo(path, folder, None if folder else size) for path, folder, size in listed]
    return sorted(found, key=lambda file: file.path)


def upload_artifacts(
    local_path: _Path,
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    tracking_uri: str | None = None,
    *,
    parallel: int = 4,
    progress: bool | None = None,
) -> list[FileInfo]:
    """Send a file, or all files of a folder, straight to a server: without a journal, now or not at all.

    Runs of this process use :func:`assay.tracking.log_artifact` instead, which needs no server.

    Returns
    -------
    list of FileInfo
        What was sent.

    Raises
    ------
    assay.HttpError
        The server is away or refuses a file; others may have arrived.
    """
    server, uri = _locate(artifact_uri, run_id, tracking_uri)
    source = Path(local_path)
    above = f"{artifact_path.strip('/')}/" if artifact_path else ""
    if source.is_dir():
        files = [
            (above + file.relative_to(source).as_posix(), file)
            for file in sorted(source.rglob("*"))
            if file.is_file()
        ]
    else:
        files = [(above + source.name, source)]
    with _bar("Uploading", progress) as report:
        moved = _core.tracking.upload_artifacts(
            tracking_uri=server, artifact_uri=uri, files=files, parallel=parallel, progress=report
        )
    return [FileInfo(path, False, size) for path, size, _ in moved]


def _locate(artifact_uri: str | None, run_id: str | None, tracking_uri: str | None) -> tuple[str, str]:
    """The server and the URI meant."""
    server = tracking_uri or delivery.get_tracking_uri()
    if server is None:
        raise errors.ValueError("artifacts: expected a server; pass tracking_uri= or set MLFLOW_TRACKING_URI")
    if (artifact_uri is None) == (run_id is None):
        raise errors.ValueError("artifacts: expected either artifact_uri or run_id")
    if artifact_uri is None:
        return server, f"runs:/{server_run(server, str(run_id))}"
    if artifact_uri.startswith("runs:/"):
        run, slash, path = artifact_uri.removeprefix("runs:/").partition("/")
        artifact_uri = f"runs:/{server_run(server, run)}{slash}{path}"
    return server, artifact_uri


def server_run(server: str, run_id: str) -> str:
    """The server's id of a run that a journal of this process, or the default one, delivered; else the id itself."""
    from assay.tracking.active import known_journals

    key = hashlib.sha256(server.rstrip("/").encode()).hexdigest()[:16]
    for journal in known_journals():
        known = journal / "sync" / key / "runs.jsonl"
        for line in known.read_text(encoding="utf-8").splitlines() if known.is_file() else ():
            try:
                entry = json.loads(line)
            except json.JSONDecodeError:  # cut by a crash
                continue
            if entry.get("run") == run_id:
                return str(entry["server_run"])
    return run_id


def _split(uri: str, artifact_path: str | None) -> tuple[str, str]:
    """Root and path, as mlflow has them: without a path the last part of the URI is the file or folder meant."""
    if artifact_path or uri.startswith("models:/"):
        return uri, (artifact_path or "").strip("/")
    scheme, _, rest = uri.partition(":/")
    above, _, last = rest.rstrip("/").rpartition("/")
    return (f"{scheme}:/{above}", last) if above else (uri, "")


@contextmanager
def _bar(verb: str, wanted: bool | None) -> Iterator[_Report | None]:
    """A bar on a terminal once the transfer has taken a second."""
    if wanted is None:
        wanted = os.environ.get("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "true").lower() in ("true", "1")
    if not wanted or not sys.stderr.isatty():
        yield None
        return
    begun = time.monotonic()
    shown: list[Progress] = []

    def report(files_done: int, files: int, bytes_done: int, size: int) -> None:
        if not shown and time.monotonic() - begun > _BAR_AFTER:
            shown.append(_start_bar(verb))
        for bar in shown:
            name = f"{verb} {files:,} files, {files_done:,} done" if files > 1 else verb
            bar.update(bar.task_ids[0], description=name, completed=bytes_done, total=size)

    try:
        yield report
    finally:
        for bar in shown:
            bar.stop()


def _start_bar(verb: str) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.progress import TransferSpeedColumn as Speed

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        Speed(),
        TimeRemainingColumn(),
        console=Console(file=sys.stderr),
        transient=True,
    )
    bar.add_task(verb)
    bar.start()
    return bar

"""Delivery of journals to an MLflow server."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

from assay import _core, errors
from assay._core.tracking import SyncReport

__all__ = [
    "SyncReport",
    "find_journal",
    "get_tracking_uri",
    "is_server",
    "is_tracking_uri_set",
    "set_tracking_uri",
    "shortfalls",
    "sync",
]

_tracking_uri: str | None = None

AWAY_AFTER = 0.7
"""Seconds without an answer after which the end of a run takes the server for away."""


def set_tracking_uri(uri: str | None) -> None:
    """Set the server to deliver to; None returns to ``$MLFLOW_TRACKING_URI``."""
    global _tracking_uri
    _tracking_uri = uri


def get_tracking_uri() -> str | None:
    """The server set here or in ``$MLFLOW_TRACKING_URI``; None where runs stay in the journal."""
    return _tracking_uri or os.environ.get("MLFLOW_TRACKING_URI") or None


def is_tracking_uri_set() -> bool:
    """Whether a server is set, here or in the environment."""
    return get_tracking_uri() is not None


def is_server(uri: str) -> bool:
    """Whether records can be delivered there: http(s) or Databricks; MLflow also takes files and databases."""
    return uri.startswith(("http://", "https://", "databricks://")) or uri == "databricks"


def find_journal(folder: str | os.PathLike[str]) -> Path:
    """The journal that a folder is, or has as ``journal``.

    Raises
    ------
    assay.IoError
        There is none.
    """
    root = Path(folder)
    for place in (root, root / "journal"):
        if (place / "segments").is_dir():
            return place
    found = "holds none" if root.is_dir() else "does not exist"
    raise errors.IoError(f"sync: expected a journal in {root}, which {found}; name the folder of a run")


def sync(
    journal: str | os.PathLike[str] | None = None,
    tracking_uri: str | None = None,
    *,
    server_key: str | None = None,
    verify: bool = True,
    from_scratch: bool = False,
    deadline: float = 120.0,
) -> SyncReport:
    """Deliver what the server has not acknowledged yet. May be repeated at any time; nothing arrives twice.

    Parameters
    ----------
    journal
        Folder; ``$ASSAY_JOURNAL`` or ``./assay-journal`` where not given.
    tracking_uri
        ``http(s)://…`` or ``databricks[://profile]``; by default :func:`get_tracking_uri`.
    server_key
        What tells this server from others, where its address changes (a local server on a free port).
    verify
        Read back what was delivered: last values, parameters, tags, artifacts by SHA-256, datasets, models, versions,
        traces and feedback.
    from_scratch
        Forget what this server acknowledged before: it was emptied, say.
    deadline
        Seconds that one request is repeated for where the server is away or overloaded.

    Returns
    -------
    SyncReport
        A server that is away is no exception: ``complete`` is false, ``stopped_by`` says why, ``remaining``
        how many records wait. ``set_aside`` lists records the server refuses, in its words; they are not
        sent again and do not keep ``complete`` from being true, nor do torn records (``problems``) and
        ``verified.differences``: :func:`shortfalls` gathers all of it, and is empty where nothing is missing.

    Raises
    ------
    assay.ValueError
        No server is set, or the URI is of another kind.
    assay.IoError
        The folder given holds no journal.
    assay.AuthError
        The server refuses the credentials.
    assay.StateError
        Another process is delivering this journal.
    """
    uri = tracking_uri or get_tracking_uri()
    if uri is None:
        raise errors.ValueError("sync: expected a server; pass tracking_uri= or set MLFLOW_TRACKING_URI")
    return _core.tracking.sync(
        find_journal(journal) if journal is not None else _core.tracking.default_journal(),
        tracking_uri=uri,
        server_key=server_key or "",
        verify=verify,
        from_scratch=from_scratch,
        deadline=deadline,
    )


def shortfalls(report: SyncReport) -> list[str]:
    """What a delivery did not bring over, a sentence each, without logged values; empty where all arrived."""
    lines = []
    if report.remaining:
        cause = f": {report.stopped_by}" if report.stopped_by else ""
        lines.append(f"{report.remaining:,} records wait in the journal{cause}")
    elif report.stopped_by:
        lines.append(f"delivered, but not read back: {report.stopped_by}")
    lines += report.problems
    lines += [
        f"the server refused {record.kind} '{record.key}' of run {record.run}"
        f"{f' ({record.error_code})' if record.error_code else ''}; it stays in the journal"
        for record in report.set_aside
    ]
    if report.verified is not None:
        lines += [f"read back: {difference}" for difference in report.verified.differences]
    return lines


def deliver_after_run(journal: Path) -> None:
    """At the end of the last active run: deliver where the server answers at once, else leave it to :func:`sync`.

    A server that is away or stalled holds nobody up for a second. Warns of whatever did not arrive.
    ``ASSAY_SYNC_AT_END=0`` turns it off.
    """
    uri = get_tracking_uri()
    if uri is None or os.environ.get("ASSAY_SYNC_AT_END", "1") == "0":
        return
    if not is_server(uri):
        warnings.warn(
            "tracking: the server set is no http(s) address; the run stays in its journal", stacklevel=3
        )
        return
    try:
        if _core.tracking.answers(uri, timeout=AWAY_AFTER):
            missing = shortfalls(sync(journal, uri, verify=False, deadline=5.0))
        else:
            missing = [f"the server did not answer within {AWAY_AFTER} s"]
    except errors.Error as error:
        missing = [str(error)]
    if missing:
        warnings.warn(
            f"tracking: the run is safe in {journal}, but not all of it is delivered ({first_of(missing)}); "
            "call assay.tracking.sync() when the server is back",
            stacklevel=3,
        )


def first_of(lines: list[str], most: int = 3) -> str:
    """The first of them in one line, and how many more there are."""
    more = f"; and {len(lines) - most:,} more" if len(lines) > most else ""
    return "; ".join(lines[:most]) + more

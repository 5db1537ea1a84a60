"""Delivery of journals to an MLflow server."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

from assay import _core, errors
from assay._core.tracking import SyncReport

__all__ = ["SyncReport", "get_tracking_uri", "set_tracking_uri", "sync"]

_tracking_uri: str | None = None


def set_tracking_uri(uri: str | None) -> None:
    """Set the server to deliver to; None returns to ``$MLFLOW_TRACKING_URI``."""
    global _tracking_uri
    _tracking_uri = uri


def get_tracking_uri() -> str | None:
    """The server set here or in ``$MLFLOW_TRACKING_URI``; None where runs stay in the journal."""
    return _tracking_uri or os.environ.get("MLFLOW_TRACKING_URI") or None


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
        Read back what was delivered: last values, parameters, tags, and artifacts by SHA-256.
    from_scratch
        Forget what this server acknowledged before: it was emptied, say.
    deadline
        Seconds that one request is repeated for where the server is away or overloaded.

    Returns
    -------
    SyncReport
        A server that is away is no exception: ``complete`` is false, ``stopped_by`` says why, ``remaining``
        how many records wait. ``set_aside`` lists records the server refuses, in its words.

    Raises
    ------
    assay.ValueError
        No server is set, or the URI is of another kind.
    assay.AuthError
        The server refuses the credentials.
    assay.StateError
        Another process is delivering this journal.
    """
    uri = tracking_uri or get_tracking_uri()
    if uri is None:
        raise errors.ValueError("sync: expected a server; pass tracking_uri= or set MLFLOW_TRACKING_URI")
    return _core.tracking.sync(
        Path(journal) if journal is not None else _core.tracking.default_journal(),
        tracking_uri=uri,
        server_key=server_key or "",
        verify=verify,
        from_scratch=from_scratch,
        deadline=deadline,
    )


def deliver_after_run(journal: Path) -> None:
    """At the end of the last active run: deliver within seconds, or leave it to a later :func:`sync`.

    ``ASSAY_SYNC_AT_END=0`` turns it off.
    """
    uri = get_tracking_uri()
    if uri is None or os.environ.get("ASSAY_SYNC_AT_END", "1") == "0":
        return
    if not uri.startswith(("http://", "https://", "databricks")):
        warnings.warn(
            "tracking: the server set is no http(s) address; the run stays in its journal", stacklevel=3
        )
        return
    try:
        report = sync(journal, uri, verify=False, deadline=5.0)
        trouble = report.stopped_by
    except errors.Error as error:
        trouble = str(error)
    if trouble:
        warnings.warn(
            f"tracking: the run is safe in {journal}, but not delivered yet ({trouble}); "
            "call assay.tracking.sync() when the server is back",
            stacklevel=3,
        )

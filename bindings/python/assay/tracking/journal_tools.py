"""What a journal holds, what of it was delivered, and what may be removed: the library behind ``assay track``."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Literal

from assay import _core, errors
from assay._core.tracking import JournalStatus, RetentionReport, RunSummary, ServerStatus, VerifyReport
from assay.tracking.delivery import find_journal, get_tracking_uri

__all__ = [
    "JournalStatus",
    "RetentionReport",
    "RunSummary",
    "ServerStatus",
    "VerifyReport",
    "collect_garbage",
    "export_journal",
    "find_run",
    "journal_status",
    "verify",
]

_PathLike = str | os.PathLike[str]


def journal_status(journal: _PathLike) -> JournalStatus:
    """Runs, records, sizes and damage of a journal, and how far delivery to each server has come.

    Reads every segment once; changes nothing.

    Raises
    ------
    assay.IoError
        The folder holds no journal.
    """
    return _core.tracking.journal_status(find_journal(journal))


def find_run(status: JournalStatus, run: str) -> RunSummary:
    """The run with this id (the journal's or a server's), the beginning of one, or this name.

    Raises
    ------
    assay.ValueError
        There is none, or more than one.
    """
    ids = [r for r in status.runs if run in (r.run_id, *r.server_run_ids.values())]
    named = ids or [r for r in status.runs if r.run_name == run]
    found = named or [r for r in status.runs if run and r.run_id.startswith(run)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise errors.ValueError(
            "show: expected the id or name of a run in the journal, got none that is there"
        )
    raise errors.ValueError(f"show: expected one run, got {len(found)} that answer to it; give the id")


def export_journal(
    journal: _PathLike,
    write: Callable[[bytes], object],
    *,
    format: Literal["jsonl", "csv"] = "jsonl",
    run: str = "",
) -> int:
    """Write every record as a line of JSON or a row of CSV, in pieces of UTF-8. Returns how many.

    Parameters
    ----------
    run
        The journal's id of a run, for its records alone.
    """
    return _core.tracking.export_journal(find_journal(journal), format=format, run=run, write=write)


def verify(
    journal: _PathLike, tracking_uri: str | None = None, *, server_key: str | None = None
) -> VerifyReport:
    """Read back from the server all that it has acknowledged, and compare it with the journal.

    Names, status, times, parameters, tags, the last point and the whole history of every metric, every artifact and
    every file of a model by SHA-256, datasets, model versions and changes of aliases, traces with the number of their
    spans, and feedback. What still waits is not missed; what the server refused is counted as ``refused`` alone.

    Raises
    ------
    assay.ValueError
        No server is set.
    assay.HttpError, assay.AuthError
        It cannot be asked.
    """
    uri = tracking_uri or get_tracking_uri()
    if uri is None:
        raise errors.ValueError("verify: expected a server; pass tracking_uri= or set MLFLOW_TRACKING_URI")
    return _core.tracking.verify_delivered(
        find_journal(journal), tracking_uri=uri, server_key=server_key or ""
    )


def collect_garbage(
    journal: _PathLike,
    *,
    keep_days: float = 0.0,
    server_key: str | None = None,
    refused: bool = False,
    dry_run: bool = False,
) -> RetentionReport:
    """Remove what has been delivered. What waits for delivery, or is still written, stays.

    What is removed cannot be delivered to another server later. Contents of artifacts go with the last record that
    names them.

    Parameters
    ----------
    keep_days
        Days that segments stay after they were delivered.
    server_key
        URL or key of the one server that must have them; every server the journal was delivered to by default.
    refused
        Remove records that a server refused, too.
    dry_run
        Remove nothing; the report says what would go.

    Raises
    ------
    assay.StateError
        A sender is at work on the journal.
    """
    return _core.tracking.collect_garbage(
        find_journal(journal),
        keep_days=keep_days,
        server_key=server_key or "",
        refused=refused,
        dry_run=dry_run,
        content_grace=3600,
    )

"""Which tracking server a command means."""

from __future__ import annotations

import os
from pathlib import Path

import click

__all__ = ["server_of"]


def server_of(given: str | None, out: Path, quiet: bool) -> str | None:
    """The server named, or that of the environment where it is one that records can be delivered to."""
    from assay.tracking.delivery import is_server

    if given is not None:
        return given or None
    uri = os.environ.get("MLFLOW_TRACKING_URI", "")
    if not uri or is_server(uri):
        return uri or None
    if not quiet:
        remark = "MLFLOW_TRACKING_URI names no server (http, https or databricks); the records stay in"
        click.echo(f"assay: {remark} {out / 'journal'}", err=True)
    return None

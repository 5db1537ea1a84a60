"""What a trace says of the program that made it."""

from __future__ import annotations

import contextlib
import functools
import getpass
import sys
from pathlib import Path

__all__ = ["trace_metadata"]


@functools.cache
def trace_metadata() -> dict[str, str]:
    """Metadata of every trace, named as MLflow names it; the user's name where the system tells it."""
    known = {"mlflow.source.type": "LOCAL", "mlflow.source.name": Path(sys.argv[0] or "python").name}
    with contextlib.suppress(KeyError, OSError):
        known["mlflow.user"] = getpass.getuser()
    return known

"""What a trace says of the program that made it."""

from __future__ import annotations

import functools
import getpass
import sys
from pathlib import Path

__all__ = ["trace_metadata"]


@functools.cache
def trace_metadata() -> dict[str, str]:
    """Metadata of every trace, named as MLflow names it; the user's name where the system tells it."""
    known = {"mlflow.source.type": "LOCAL", "mlflow.source.name": Path(sys.argv[0] or "python").name}
    try:
        known["mlflow.user"] = getpass.getuser()
    except (KeyError, OSError):
        pass
    return known

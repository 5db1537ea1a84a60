"""Options that every pipeline has, checked before its first step."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

__all__ = ["expect_server", "make_folder", "writing"]


def expect_server(address: str | None) -> None:
    """Checks that records can be delivered there.

    Raises:
        ValueError: no address of an MLflow server.
    """
    if address is None or address == "databricks" or address.startswith("databricks://"):
        return
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        from assay import ValueError

        raise ValueError(
            "tracking: expected the address of an MLflow server, http(s)://host[:port] or databricks[://profile], "
            f"got {repr(parts.scheme + '://…') if '://' in address else 'one without http:// or https://'}"
        )


def make_folder(path: Path) -> None:
    """Makes the folder for the results, and tries whether a file can be written there.

    Raises:
        IoError: it cannot be made, or not be written to.
    """
    with writing(path, "--out"):
        path.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=path).close()


@contextlib.contextmanager
def writing(path: Path, option: str) -> Iterator[None]:
    """Names the place that an option chose where it cannot be written.

    Raises:
        IoError: in place of an OSError.
    """
    from assay import IoError

    try:
        yield
    except OSError as error:
        if isinstance(error, IoError):
            raise
        raise IoError(f"write {path}: {error.strerror}; choose a writable place with {option}") from error

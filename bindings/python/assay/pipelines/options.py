"""Options that every pipeline has, checked before its first step."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

__all__ = ["expect_server", "make_folder"]


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
    """Makes the folder for the results.

    Raises:
        IoError: it cannot be made.
    """
    from assay import IoError

    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise IoError(f"write {path}: {error.strerror}; choose a writable folder with --out") from error

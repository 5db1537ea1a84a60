"""Training rows from a version of a Delta table, which its log keeps: the same rows can be had again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay import errors

if TYPE_CHECKING:
    from assay.data import Table

__all__ = ["delta_uri", "read_delta"]


def delta_uri(source: str | os.PathLike[str]) -> str | None:
    """The address of a Delta table: as given where it has a scheme (``s3://``), ``file://`` of a folder with a log."""
    from assay.data.storage import has_commit

    text = os.fspath(source)
    if "://" in text:
        return text
    path = Path(text)
    return path.resolve().as_uri() if path.is_dir() and has_commit(path) else None


def read_delta(uri: str, *, version: int | None = None) -> tuple[Table, str, int]:
    """Rows, address without secrets, and version of a Delta table.

    Args:
        uri: As `delta_uri` gives it; what signs requests comes from the environment, as deltalake reads it.
        version: The latest where not given.

    Raises:
        IoError: There is no such table or version, or it cannot be read.
        ModuleNotFoundError: deltalake is not installed.
    """
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError
    from pyarrow import ArrowException

    from assay.data import Table
    from assay.tracking.datasets import without_secrets

    address = without_secrets(uri)
    which = "" if version is None else f" in version {version}"
    try:
        stored = DeltaTable(uri, version=version)
        rows = Table.from_arrow(_dataset(stored, uri).to_table())
    except (OSError, DeltaError, ArrowException) as error:
        kind = type(error).__name__  # their texts may quote an address with its keys
    else:
        return rows, address, int(stored.version())
    raise errors.IoError(f"{address}: expected a Delta table{which}, cannot read it ({kind})")


def _dataset(stored: Any, uri: str) -> Any:
    """Files of a folder are read by Arrow itself: see `assay.data.Lake.dataset`."""
    if not uri.startswith("file://"):
        return stored.to_pyarrow_dataset()
    from urllib.parse import unquote, urlsplit

    from pyarrow.fs import LocalFileSystem, SubTreeFileSystem

    return stored.to_pyarrow_dataset(
        filesystem=SubTreeFileSystem(unquote(urlsplit(uri).path), LocalFileSystem())
    )

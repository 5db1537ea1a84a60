"""Failures of the storage under a lake: what they leave behind, and how they are told."""

from __future__ import annotations

import contextlib
import errno
import re
from collections.abc import Iterator
from pathlib import Path

__all__ = ["explained", "has_commit", "nothing_left_of_a_failure"]

_COMMIT = re.compile(r"\d{20}(\.json|\.checkpoint.*\.parquet)")


def has_commit(path: Path) -> bool:
    """Whether a Delta table stands in the folder: its log holds a commit, or the checkpoint of one."""
    return any(_COMMIT.fullmatch(file.name) for file in (path / "_delta_log").glob("*"))


@contextlib.contextmanager
def nothing_left_of_a_failure(path: Path) -> Iterator[None]:
    """Removes what a failed first write made, and nothing that was there before."""
    existing = next((p for p in (path, *path.parents) if p.exists()), None)
    before = set(path.rglob("*")) if path.is_dir() else set()
    try:
        yield
    except BaseException:
        if not has_commit(path):
            made = [p for p in path.rglob("*") if p not in before] if path.is_dir() else []
            folders = [p for p in (path, *path.parents) if existing is not None and existing in p.parents]
            for place in [*sorted(made, reverse=True), *folders]:
                with contextlib.suppress(OSError):
                    place.rmdir() if place.is_dir() and not place.is_symlink() else place.unlink()
        raise


@contextlib.contextmanager
def explained(action: str, root: Path) -> Iterator[None]:
    """Storage failures as one sentence with the folder and what to do."""
    try:
        yield
    except Exception as error:
        from deltalake.exceptions import DeltaError

        if not isinstance(error, (OSError, DeltaError)):
            raise
        from assay import Error, IoError

        if isinstance(error, Error):
            raise
        cause, remedy = _cause(error, root)
        raise IoError(f"{action}: {cause} (lake {root}); {remedy}") from error


def _cause(error: Exception, root: Path) -> tuple[str, str]:
    number = error.errno if isinstance(error, OSError) else None
    text = str(error)
    if number == errno.ENOSPC or "No space left" in text or "os error 28" in text:
        return (
            "the disk is full",
            "free space or choose another folder with --lake; the old table is untouched",
        )
    if (
        number in (errno.EACCES, errno.EPERM, errno.EROFS)
        or "ermission denied" in text
        or "Read-only" in text
    ):
        return "the folder is not writable", "make it writable or choose another with --lake"
    if number in (errno.ENOTDIR, errno.EEXIST) or "Not a directory" in text or root.is_file():
        return "the path is not a folder", "choose a folder with --lake"
    first_line = text.splitlines()[0] if text else type(error).__name__
    return first_line, "see the message of the storage above; the old table is untouched"

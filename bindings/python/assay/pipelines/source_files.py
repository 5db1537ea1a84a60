"""Where a source keeps a table."""

from __future__ import annotations

from pathlib import Path

__all__ = ["find_table"]


def find_table(folder: Path, name: str) -> Path | None:
    """The file of that table: plain or packed, in the folder itself or in ``hosp/``, ``icu/`` or ``ed/``."""
    for place in (folder, folder / "hosp", folder / "icu", folder / "ed"):
        for suffix in (".csv", ".csv.gz", ".csv.zst"):
            path = place / f"{name}{suffix}"
            if path.is_file():
                return path
    return None

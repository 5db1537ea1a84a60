"""One commit that puts rows in the place of others: the way in which every table of a lake is replaced."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from assay.data.storage import explained, nothing_left_of_a_failure

__all__ = ["replace_rows"]


def replace_rows(
    root: Path,
    name: str,
    path: Path,
    rows: Any,
    recorded: Mapping[str, str],
    *,
    first: bool,
    schema_mode: Literal["merge", "overwrite"] = "merge",
    partition_by: Sequence[str] = (),
    predicate: str | None = None,
) -> int:
    """The version that holds `rows` instead of the table's rows, or of those of them that the predicate names.

    Args:
        root: of the lake, as messages name it.
        name: of the table, in three parts.
        rows: what deltalake writes: a table or a reader of batches.
        recorded: kept with the commit.
        first: the folder holds no table yet; what a failure leaves of the first one is removed.
        schema_mode: whether columns that are not delivered stay, as nulls, or go.

    Raises:
        IoError: the folder cannot be written, or the disk is full; the old rows stay as they were.
    """
    from deltalake import CommitProperties, DeltaTable, write_deltalake

    cleared = nothing_left_of_a_failure(path) if first else contextlib.nullcontext()
    with explained(f"write {name}", root), cleared:
        path.mkdir(parents=True, exist_ok=True)
        write_deltalake(
            path,
            rows,
            mode="overwrite",
            schema_mode=None if first else schema_mode,
            partition_by=list(partition_by) or None,
            predicate=None if first else predicate,
            name=name,
            commit_properties=CommitProperties(custom_metadata=dict(recorded)),
        )
        return int(DeltaTable(path).version())

"""A lakehouse in a folder: Delta tables under three-part names, written whole or not at all.

``P2T2.gold.patient_clinical_summary`` is the Delta table ``<root>/P2T2/gold/patient_clinical_summary``, which
Spark, Databricks, DuckDB and polars read as it stands.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.data.lake_commits import replace_rows
from assay.data.storage import explained, has_commit

if TYPE_CHECKING:
    from assay.data import Table

__all__ = ["Lake", "StoredTable", "TableName"]

_NAME_PART = re.compile(r"[A-Za-z0-9_]+")
_DIGEST_KEY = "assay.content"
_RUN_KEY = "assay.run"
# Operations that leave the rows as they are: what was recorded with the rows holds on.
_ROWS_KEPT = frozenset({"OPTIMIZE", "VACUUM START", "VACUUM END", "SET TBLPROPERTIES", "FSCK"})


@dataclass(frozen=True)
class TableName:
    """catalog.schema.table, as Unity Catalog names tables."""

    catalog: str
    schema: str
    table: str

    @classmethod
    def parse(cls, name: str, *, catalog: str) -> TableName:
        """The name in three parts; a name of two parts is in `catalog`."""
        parts = name.split(".")
        if len(parts) == 2:
            parts = [catalog, *parts]
        if len(parts) != 3 or not all(_NAME_PART.fullmatch(part) for part in parts):
            from assay import ValueError

            raise ValueError(
                "table name: expected schema.table or catalog.schema.table in letters, digits and '_', "
                f"got '{name}'"
            )
        return cls(*parts)

    def __str__(self) -> str:
        return f"{self.catalog}.{self.schema}.{self.table}"


@dataclass(frozen=True)
class StoredTable:
    """A table as it stands in the lake after a write."""

    name: str
    path: Path
    rows: int
    version: int
    changed: bool
    """False where the content was there already and no new version was needed."""


class Lake:
    """Delta tables under one folder.

    Writes are atomic: a reader sees the old table or the new one. Writing the same content again adds no
    version. A new nullable column is added; a column that is no longer delivered stays, as nulls; a changed
    type is an error. What a first write left that was cut off is no table; the next write makes one there.
    """

    def __init__(self, root: str | os.PathLike[str], *, catalog: str = "P2T2") -> None:
        if not _NAME_PART.fullmatch(catalog):
            from assay import ValueError

            raise ValueError(f"catalog: expected letters, digits and '_', got '{catalog}'")
        self.root = Path(root)
        self.catalog = catalog

    def __repr__(self) -> str:
        return f"Lake('{self.root}', catalog='{self.catalog}', {len(self.tables())} tables)"

    def name(self, name: str) -> TableName:
        return TableName.parse(name, catalog=self.catalog)

    def path(self, name: str) -> Path:
        """Folder of the table, whether it exists or not."""
        parts = self.name(name)
        return self.root / parts.catalog / parts.schema / parts.table

    def exists(self, name: str) -> bool:
        """Whether the table has a commit; a log that is still empty makes no table."""
        return has_commit(self.path(name))

    def tables(self) -> list[str]:
        """Names of all tables in the folder, sorted."""
        folders = sorted(log.parent for log in self.root.glob("*/*/*/_delta_log"))
        return [".".join(path.relative_to(self.root).parts) for path in folders if has_commit(path)]

    def read(self, name: str, *, version: int | None = None) -> Table:
        """The table, or an older version of it.

        Raises:
            IoError: there is no such table, or it cannot be read.
        """
        from assay.data import Table

        stored = self.delta_table(name, version=version)
        with explained(f"read {self.name(name)}", self.root):
            rows = self.dataset(name, stored).to_table()
        return Table.from_arrow(rows)

    def delta_table(self, name: str, *, version: int | None = None) -> Any:
        """The table as a ``deltalake.DeltaTable``, for what this class has no method for.

        Raises:
            IoError: there is no such table, or it cannot be read.
        """
        from assay import IoError

        if not self.exists(name):
            known = ", ".join(self.tables()) or "none"
            raise IoError(f"read {self.name(name)}: there is no such table in {self.root} (tables: {known})")
        from deltalake import DeltaTable

        with explained(f"read {self.name(name)}", self.root):
            return DeltaTable(self.path(name), version=version)

    def dataset(self, name: str, stored: Any = None) -> Any:
        """The files of the table as a ``pyarrow.dataset.Dataset``, of which columns and rows can be taken.

        Args:
            stored: the table as `delta_table` gave it, to read just that version.
        """
        from pyarrow.fs import LocalFileSystem, SubTreeFileSystem

        # The file system that deltalake would pass is Python code, called on Arrow's own threads: one that still
        # lets go of a file while the interpreter ends aborts the process.
        files = SubTreeFileSystem(str(self.path(name)), LocalFileSystem())
        return (self.delta_table(name) if stored is None else stored).to_pyarrow_dataset(filesystem=files)

    def history(self, name: str) -> list[dict[str, Any]]:
        """Commits of the table, newest first: version, timestamp, operation and its figures."""
        return list(self.delta_table(name).history())

    def properties(self, name: str) -> dict[str, str]:
        """What was recorded with the rows that stand in the table; nothing where others wrote them."""
        return {k: v for k, v in _recorded(self.delta_table(name)).items() if k not in (_DIGEST_KEY, _RUN_KEY)}

    def write(
        self,
        name: str,
        table: Table,
        *,
        volatile: Sequence[str] = (),
        properties: Mapping[str, str] | None = None,
        run: str = "",
        replace_schema: bool = False,
    ) -> StoredTable:
        """Replaces the content of the table, creating it at the first write.

        Args:
            volatile: columns, such as the time of aggregation, whose change alone makes no new version.
            properties: recorded with the rows in the same commit, under names that begin with ``assay.``. Where
                they alone are new, a commit without data records them.
            run: id of the run that writes, recorded with every commit.
            replace_schema: the table takes the columns of `table`, whatever it had; the older versions keep theirs.

        Raises:
            SchemaError: a column has another type than the stored one, or may not be null and is missing, and the
                schema is not to be replaced.
            IoError: the folder cannot be written, or the disk is full; the old table stays as it was.
        """
        full, path = self.name(name), self.path(name)
        from assay.data import fingerprint

        digest = fingerprint(table, ignore=list(volatile))
        kept = {**(properties or {}), _DIGEST_KEY: digest}
        recorded = {**kept, _RUN_KEY: run} if run else kept
        before = self.delta_table(name) if self.exists(name) else None
        if before is not None:
            if not replace_schema:
                _expect_compatible(str(full), before, table)
            known = _recorded(before)
            if known.get(_DIGEST_KEY) == digest:
                if any(known.get(key) != value for key, value in kept.items()):
                    self._annotate(str(full), before, {**known, **recorded})
                return StoredTable(str(full), path, table.num_rows, before.version(), changed=False)
        version = replace_rows(
            self.root,
            str(full),
            path,
            table,
            recorded,
            first=before is None,
            schema_mode="overwrite" if replace_schema else "merge",
        )
        return StoredTable(str(full), path, table.num_rows, version, changed=True)

    def _annotate(self, name: str, table: Any, recorded: dict[str, str]) -> None:
        """Records properties of rows that stay as they are."""
        from deltalake import CommitProperties

        with explained(f"write {name}", self.root):
            table.alter.set_table_properties(
                {"assay.managed": "true"},  # Delta has no commit without an action; this one changes nothing
                raise_if_not_exists=False,
                commit_properties=CommitProperties(custom_metadata=recorded),
            )


def _recorded(table: Any) -> dict[str, str]:
    """What the commit that wrote the present rows says under ``assay.``; the newest one alone is read if it can."""
    for limit in (1, None):
        for commit in table.history(limit):
            if _DIGEST_KEY in commit:
                return {key: str(value) for key, value in commit.items() if key.startswith("assay.")}
            if commit.get("operation") not in _ROWS_KEPT:
                return {}
    return {}


def _expect_compatible(name: str, stored: Any, table: Table) -> None:
    from arro3.core import Schema

    from assay import SchemaError
    from assay.data import Table

    stored_schema = Table.from_arrow(Schema.from_arrow(stored.schema()).empty_table()).schema
    old = {field.name: field for field in stored_schema}
    new = {field.name: field for field in table.schema}
    changed = [
        f"'{n}' is {old[n].type}, got {new[n].type}" for n in old if n in new and old[n].type != new[n].type
    ]
    missing = [f"'{n}' may not be null and is missing" for n in old if n not in new and not old[n].nullable]
    forced = [f"'{n}' is new and may not be null" for n in new if n not in old and not new[n].nullable]
    problems = changed + missing + forced
    if problems:
        raise SchemaError(
            f"write {name}: expected the columns of the stored table, but {'; '.join(problems)}. "
            "Write to another lake (--lake) or catalog (--catalog); the stored table was not touched."
        )

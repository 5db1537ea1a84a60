"""A lakehouse in a folder: Delta tables under three-part names, written whole or not at all.

``P2T2.gold.patient_clinical_summary`` is the Delta table ``<root>/P2T2/gold/patient_clinical_summary``, which
Spark, Databricks, DuckDB and polars read as it stands.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.data import Table

__all__ = ["Lake", "StoredTable", "TableName"]

_NAME_PART = re.compile(r"[A-Za-z0-9_]+")
_DIGEST_KEY = "assay.content"


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
    type is an error.
    """

    def __init__(self, root: str | os.PathLike[str], *, catalog: str = "P2T2") -> None:
        TableName.parse(f"{catalog}.x.x", catalog=catalog)
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
        return (self.path(name) / "_delta_log").is_dir()

    def tables(self) -> list[str]:
        """Names of all tables in the folder, sorted."""
        logs = sorted(self.root.glob("*/*/*/_delta_log"))
        return [".".join(log.parent.relative_to(self.root).parts) for log in logs]

    def read(self, name: str, *, version: int | None = None) -> Table:
        """The table, or an older version of it.

        Raises:
            IoError: there is no such table, or it cannot be read.
        """
        from assay.data import Table

        stored = self._open(name, version)
        with _explained(f"read {self.name(name)}", self.root):
            reader = stored.to_pyarrow_dataset().to_table()
        return Table.from_arrow(reader)

    def history(self, name: str) -> list[dict[str, Any]]:
        """Commits of the table, newest first: version, timestamp, operation and its figures."""
        return list(self._open(name).history())

    def write(self, name: str, table: Table, *, volatile: Sequence[str] = ()) -> StoredTable:
        """Replaces the content of the table, creating it at the first write.

        Args:
            volatile: columns, such as the time of aggregation, whose change alone makes no new version.

        Raises:
            SchemaError: a column has another type than the stored one, or may not be null and is missing.
            IoError: the folder cannot be written, or the disk is full; the old table stays as it was.
        """
        full, path = self.name(name), self.path(name)
        from assay.data import fingerprint

        digest = fingerprint(table, ignore=list(volatile))
        before = self._open(name) if self.exists(name) else None
        if before is not None:
            _expect_compatible(str(full), before, table)
            if _stored_digest(before) == digest:
                return StoredTable(str(full), path, table.num_rows, before.version(), changed=False)
        version = self._commit(str(full), path, table, digest, evolve=before is not None)
        return StoredTable(str(full), path, table.num_rows, version, changed=True)

    def _commit(self, name: str, path: Path, table: Table, digest: str, *, evolve: bool) -> int:
        from deltalake import CommitProperties, DeltaTable, write_deltalake

        with _explained(f"write {name}", self.root), _nothing_left_of_a_failure(path):
            path.mkdir(parents=True, exist_ok=True)
            write_deltalake(
                path,
                table,
                mode="overwrite",
                schema_mode="merge" if evolve else None,
                name=name,
                commit_properties=CommitProperties(custom_metadata={_DIGEST_KEY: digest}),
            )
        return int(DeltaTable(path).version())

    def _open(self, name: str, version: int | None = None) -> Any:
        from assay import IoError

        if not self.exists(name):
            known = ", ".join(self.tables()) or "none"
            raise IoError(f"read {self.name(name)}: there is no such table in {self.root} (tables: {known})")
        from deltalake import DeltaTable

        with _explained(f"read {self.name(name)}", self.root):
            return DeltaTable(self.path(name), version=version)


def _stored_digest(table: Any) -> str | None:
    newest = table.history(1)
    return newest[0].get(_DIGEST_KEY) if newest else None


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


@contextlib.contextmanager
def _nothing_left_of_a_failure(path: Path) -> Iterator[None]:
    """Removes what a failed first write left. An existing table needs no care: readers follow its log."""
    existing = next((p for p in (path, *path.parents) if p.exists()), None)
    try:
        yield
    except BaseException:
        if not any((path / "_delta_log").glob("*.json")):
            shutil.rmtree(path, ignore_errors=True)
            for parent in path.parents:
                if parent == existing:
                    break
                with contextlib.suppress(OSError):
                    parent.rmdir()
        raise


@contextlib.contextmanager
def _explained(action: str, root: Path) -> Iterator[None]:
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

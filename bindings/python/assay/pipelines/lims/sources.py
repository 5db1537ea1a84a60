"""Finds out what a laboratory's source is and reads everything in it that the pipeline can use."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from assay.errors import ValueError
from assay.pipelines.lims.mirror import Mirror, read_mirror
from assay.pipelines.ownership import InputIdentity, identity_of
from assay.pipelines.source_files import find_table

if TYPE_CHECKING:
    from assay.data import Table
    from assay.data.laboratory import ResultsReading
    from assay.data.sources import LoadRecord

__all__ = [
    "CONTROLS",
    "CULTURES",
    "EVENTS",
    "Source",
    "companions",
    "identify",
    "is_database",
    "is_mimic",
    "read_source",
]

CONTROLS, EVENTS, CULTURES = "quality_controls", "device_events", "cultures"
TABLE = "lab_results"
# Of a database, where no other is named.
_TABLES = (CONTROLS, EVENTS, CULTURES)


@dataclass
class Source:
    """What was read: results, and what stands beside them."""

    results: ResultsReading
    tables: dict[str, Table] = field(default_factory=dict)
    """Control measurements, events of devices and cultures, where the folder has them."""
    rejected: list[Table] = field(default_factory=list)
    """Rows of those tables that could not be read."""
    counts: list[tuple[int, int, dict[str, int], int]] = field(default_factory=list)
    """Of each of those tables: rows read, accepted, by rule, quarantined."""
    load: LoadRecord | None = None
    """What brought the copy of a database up to date, where there is one."""


def is_database(source: str) -> bool:
    return urlsplit(source).scheme in ("postgresql", "postgres")


def is_mimic(folder: Path) -> bool:
    return folder.is_dir() and find_table(folder, "labevents") is not None


def companions(folder: Path) -> list[str]:
    """Names of the files beside the results, which hold none: controls, events and cultures."""
    found = [find_table(folder, name) for name in _TABLES] if folder.is_dir() else []
    return [path.name for path in found if path is not None and path.parent == folder]


def identify(source: str) -> InputIdentity:
    """Tells one source from another: a folder or file by its content, a database by its address without password.

    Raises:
        IoError: the folder or file does not exist or cannot be read.
    """
    if is_database(source):
        parts = urlsplit(source)
        place = f"{parts.hostname}:{parts.port or 5432}{parts.path}".encode()
        digest = hashlib.sha256(place).hexdigest()
        return InputIdentity("postgresql", digest, digest)
    path = Path(source)
    if not path.exists():
        from assay import IoError

        raise IoError(f"read {path}: there is no such file or folder")
    files = {"": path} if path.is_file() else _files(path)
    return identity_of("laboratory", path, files)


def read_source(source: str, options: Mapping[str, Any], mirror: Mirror | None = None) -> Source:
    """Reads the source.

    Args:
        options: passed on to the reader: offset of times without a zone, order of days and months, columns.
        mirror: copy of the database's table to bring up to date and read, instead of reading the table whole.

    Raises:
        IoError: it cannot be read. SchemaError: it lacks what a result needs.
    """
    from assay.data.laboratory import read_results

    if is_database(source):
        from assay.data import sources

        if options.get("skip"):
            raise ValueError("skip: expected a folder as the source, got a database")
        database = sources.PostgresSource(source, zone=options.get("zone"))
        table, others = options.get("table", TABLE), {k: v for k, v in options.items() if k != "table"}
        if mirror is None:
            return Source(sources.read_results(database, table, **others))
        results, load = read_mirror(database, table, mirror, others)
        return Source(results, load=load)
    if "table" in options:
        raise ValueError("table: expected postgresql://… as the source, got a folder or a file")
    path = Path(source)
    beside = companions(path)  # read below, and no results
    results = read_results(path, **{**options, "skip": [*options.get("skip", ()), *beside]})
    known = tuple(f"{name} was left out" for name in beside)
    read = Source(results._replace(remarks=[text for text in results.remarks if not text.startswith(known)]))
    if path.is_dir():
        for name in _TABLES:
            _add_table(read, path, name)
    return read


def _add_table(read: Source, folder: Path, name: str) -> None:
    from assay.data import clinical_schema, read_csv

    path = find_table(folder, name)
    if path is None:
        return
    result = read_csv(path, schema=clinical_schema(name), missing_as_null=True)
    read.tables[name] = result.rows
    rules = dict(result.rejected.counts_by_rule())
    report = result.report
    read.counts.append((report.rows_read, report.rows_accepted, rules, report.rows_quarantined))
    if result.rejected.num_rows:
        read.rejected.append(result.rejected.table)


def _files(folder: Path) -> dict[str, Path]:
    return {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}

"""How long tables and files are kept, and what goes then: a policy as data, a plan to look at, and a record of it.

::

    {"tables": [{"tables": "*.bronze.*", "column": "observed_at", "years": 7}],
     "files": [{"folder": "raw", "pattern": "**/*.hl7", "years": 7}],
     "holds": [{"name": "case 17", "tables": "*.bronze.lab_results", "column": "patient_id", "values": ["…"]},
               {"name": "audit of 2026", "folder": "raw"}]}

Where rules meet, the longest time holds: a file that several folders and patterns name, nested or spelt in another way,
is kept as long as the longest of them says. A hold without values keeps the whole table or folder.
Retention of seven years is a usual choice, not a rule of law for all; CLIA asks for two years of test records
(42 CFR 493.1105), and states and accreditors for more.
"""

from __future__ import annotations

import datetime as dt
import fnmatch
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.data.storage import explained

if TYPE_CHECKING:
    from assay.data import Lake
    from assay.data.audit import AuditLog

__all__ = ["Removal", "RetentionPolicy", "RetentionRule", "apply_retention", "plan_retention"]

_NAME = "retention"


@dataclass(frozen=True)
class RetentionRule:
    """How long rows of some tables, or files of a folder, are kept."""

    years: int
    tables: str = ""
    """Pattern of table names, ``*.bronze.*``."""
    column: str = ""
    """The date or time that rows are kept from; a row without it stays."""
    folder: str = ""
    """Folder of files, kept from the day they were last changed."""
    pattern: str = "**/*"
    shift_days: int = 182
    """Dates of a de-identified table (one with ``deid_key_id``) may be so many days before the true ones: its rows are
    kept so much longer, and none goes too early."""


@dataclass(frozen=True)
class Hold:
    """What must not be removed, whatever its age."""

    name: str
    tables: str = ""
    column: str = ""
    values: tuple[str, ...] = ()
    folder: str = ""


@dataclass(frozen=True)
class RetentionPolicy:
    rules: tuple[RetentionRule, ...]
    holds: tuple[Hold, ...] = ()

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> RetentionPolicy:
        """The policy in a JSON file. Raises IoError or ValueError."""
        from assay import IoError, ValueError

        try:
            given = json.loads(Path(path).read_text(encoding="utf-8"))
            rules = [RetentionRule(**rule) for rule in [*given.get("tables", []), *given.get("files", [])]]
            holds = [
                Hold(**{**hold, "values": tuple(hold.get("values", ()))}) for hold in given.get("holds", [])
            ]
            known = given.keys() <= {"tables", "files", "holds"}
        except OSError as error:
            raise IoError(f"{_NAME}: cannot read '{path}': {error.strerror}") from error
        except (json.JSONDecodeError, TypeError, AttributeError) as error:
            raise ValueError(
                f"{_NAME}: expected rules and holds as JSON, got another form in '{path}'"
            ) from error
        if not known:
            raise ValueError(f"{_NAME}: expected tables, files and holds in '{path}', got something else")
        return cls(tuple(map(_checked, rules)), tuple(map(_checked_hold, holds)))


def _checked(rule: RetentionRule) -> RetentionRule:
    of_table = bool(rule.tables and rule.column and not rule.folder)
    if not isinstance(rule.shift_days, int) or rule.shift_days < 0:
        from assay import ValueError

        raise ValueError(f"{_NAME}: expected shift_days of 0 or more in each rule")
    if not isinstance(rule.years, int) or rule.years < 1 or of_table == bool(rule.folder):
        from assay import ValueError

        raise ValueError(f"{_NAME}: expected years and either tables with a column or a folder in each rule")
    return rule


def _checked_hold(hold: Hold) -> Hold:
    if not hold.name or bool(hold.tables) == bool(hold.folder) or bool(hold.values) != bool(hold.column):
        from assay import ValueError

        raise ValueError(
            f"{_NAME}: expected a name and either tables or a folder in each hold, values with a column"
        )
    return hold


@dataclass(frozen=True)
class Removal:
    """What goes from one place, or stays there for a hold."""

    place: str
    """Name of a table, or a folder."""
    before: dt.date
    """What is older goes."""
    count: int
    """Rows or files that go."""
    held: int = 0
    """Rows or files old enough that a hold keeps."""
    holds: tuple[str, ...] = ()
    predicate: str = ""
    files: tuple[Path, ...] = field(default=(), repr=False)

    def __str__(self) -> str:
        kind = "rows" if self.predicate else "files"
        kept = f", {self.held:,} kept for {', '.join(self.holds)}" if self.held else ""
        return f"{self.place}: {self.count:,} {kind} from before {self.before}{kept}"


def plan_retention(policy: RetentionPolicy, lake: Lake, *, today: dt.date | None = None) -> list[Removal]:
    """What the policy would remove; nothing is changed.

    Args:
        today: the day on which years count; the present where not given.

    Raises:
        SchemaError: a rule's column is missing in a table, or is no date or time.
        ValueError: a rule names no table of the lake.
    """
    _expect_tables(policy, lake)
    day = today or dt.datetime.now(dt.timezone.utc).date()
    removals = []
    for name in lake.tables():
        rules = [r for r in policy.rules if r.tables and fnmatch.fnmatchcase(name, r.tables)]
        if rules:
            rule = max(rules, key=lambda r: r.years)
            before = _years_before(day, rule.years)
            if _has_tokens(lake, name):
                before -= dt.timedelta(days=max(rule.shift_days for rule in rules))
            removals.append(_rows_to_remove(lake, name, rule, policy.holds, before))
    removals.extend(_files_to_remove([rule for rule in policy.rules if rule.folder], policy.holds, day))
    return [removal for removal in removals if removal.count or removal.held]


def apply_retention(
    removals: Sequence[Removal], lake: Lake, *, audit: AuditLog, why: str
) -> list[tuple[Removal, int]]:
    """Removes what a plan says: rows from the present table, its older versions with them, and files.

    The act is recorded before it begins and with its figures when it is done. Delta keeps removed rows in older
    versions; these are vacuumed, so that the bytes are gone and the older versions can no longer be read.

    Returns:
        Each removal with the number of rows or files that went.
    """
    done = []
    for removal in removals:
        if removal.count == 0:
            continue
        audit.record(
            "retention.begin", why=why, place=removal.place, before=removal.before, count=removal.count
        )
        count = _delete_rows(lake, removal) if removal.predicate else _delete_files(removal)
        audit.record("retention.removed", why=why, place=removal.place, before=removal.before, count=count)
        done.append((removal, count))
    return done


def _years_before(day: dt.date, years: int) -> dt.date:
    leap_day = day.month == 2 and day.day == 29
    return day.replace(year=day.year - years, day=28 if leap_day else day.day)


def _expect_tables(policy: RetentionPolicy, lake: Lake) -> None:
    known = lake.tables()
    for rule in policy.rules:
        if rule.tables and not fnmatch.filter(known, rule.tables):
            from assay import ValueError

            raise ValueError(
                f"{_NAME}: expected tables that '{rule.tables}' names in {lake.root}, got none "
                f"(tables: {', '.join(known) or 'none'})"
            )


def _has_tokens(lake: Lake, name: str) -> bool:
    return "deid_key_id" in lake.dataset(name, lake.delta_table(name)).schema.names


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _rows_to_remove(
    lake: Lake, name: str, rule: RetentionRule, holds: Sequence[Hold], before: dt.date
) -> Removal:
    import pyarrow.compute as pc

    dataset = lake.dataset(name, lake.delta_table(name))
    old = pc.field(rule.column) < _limit(name, dataset.schema, rule.column, before)
    predicate = f'"{rule.column}" < {_quoted(before.isoformat())}'
    applying = [hold for hold in holds if hold.tables and fnmatch.fnmatchcase(name, hold.tables)]
    names = tuple(hold.name for hold in applying)
    total = int(dataset.count_rows(filter=old))
    if any(not hold.values for hold in applying):
        return Removal(name, before, 0, total, names, predicate)
    free = old
    for hold in applying:
        _expect_column(name, dataset.schema, hold.column)
        keep = pc.field(hold.column).cast("string").isin(list(hold.values))
        free = free & (~keep | pc.field(hold.column).is_null())
        values = ", ".join(map(_quoted, hold.values))
        column = f'"{hold.column}"'
        predicate += f" AND (CAST({column} AS VARCHAR) NOT IN ({values}) OR {column} IS NULL)"
    count = int(dataset.count_rows(filter=free))
    return Removal(name, before, count, total - count, names, predicate)


def _expect_column(name: str, schema: Any, column: str) -> None:
    if column not in schema.names:
        from assay import SchemaError

        raise SchemaError(f"{_NAME}: expected a column '{column}' in {name}, got none")


def _limit(name: str, schema: Any, column: str, before: dt.date) -> Any:
    import pyarrow as pa

    _expect_column(name, schema, column)
    kind = schema.field(column).type
    if pa.types.is_date(kind):
        return pa.scalar(before, kind)
    if pa.types.is_timestamp(kind):
        midnight = dt.datetime(before.year, before.month, before.day, tzinfo=dt.timezone.utc)
        return pa.scalar(midnight if kind.tz else midnight.replace(tzinfo=None), kind)
    from assay import SchemaError

    raise SchemaError(f"{_NAME}: expected a date or time in {name}, got '{column}' of type {kind}")


def _files_to_remove(rules: Sequence[RetentionRule], holds: Sequence[Hold], day: dt.date) -> list[Removal]:
    """By folder, files that a pattern names, each kept as long as the longest of all rules that name it says."""
    longest: dict[Path, RetentionRule] = {}
    for rule in rules:
        for path in Path(rule.folder).glob(rule.pattern):
            if path.is_symlink() or not path.is_file():
                continue
            known = longest.setdefault(path.resolve(), rule)
            if rule.years > known.years:
                longest[path.resolve()] = rule
    applying = [(hold.name, Path(hold.folder).resolve()) for hold in holds if hold.folder]
    found: dict[str, tuple[list[Path], list[Path]]] = {
        str(folder): ([], []) for folder in dict.fromkeys(Path(rule.folder).resolve() for rule in rules)
    }
    for path, rule in sorted(longest.items()):
        changed = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.timezone.utc).date()
        if changed < _years_before(day, rule.years):
            held = any(path.is_relative_to(folder) for _, folder in applying)
            found[str(Path(rule.folder).resolve())][held].append(path)
    removals = []
    for folder, (go, kept) in found.items():
        years = min(rule.years for rule in rules if str(Path(rule.folder).resolve()) == folder)
        names = tuple(name for name, place in applying if any(path.is_relative_to(place) for path in kept))
        before = _years_before(day, years)
        removals.append(Removal(folder, before, len(go), len(kept), names, files=tuple(go)))
    return removals


def _delete_rows(lake: Lake, removal: Removal) -> int:
    from deltalake import CommitProperties

    from assay.data.lake import _DIGEST_KEY, _recorded

    table = lake.delta_table(removal.place)
    kept = {key: value for key, value in _recorded(table).items() if key != _DIGEST_KEY}
    recorded = {**kept, _DIGEST_KEY: f"retention:{removal.before}"}
    with explained(f"{_NAME} {removal.place}", lake.root):
        figures = table.delete(
            removal.predicate, commit_properties=CommitProperties(custom_metadata=recorded)
        )
        table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    return int(figures.get("num_deleted_rows") or 0)


def _delete_files(removal: Removal) -> int:
    count = 0
    for path in removal.files:
        path.unlink(missing_ok=True)
        count += 1
    return count

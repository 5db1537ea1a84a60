"""Who may read what: a policy as data, applied in one place, and every reading recorded.

::

    {"roles": {"quality": {"*.silver.lab_results": {"columns": ["test_name", "value", "unit", "device_id"]}},
               "ward3": {"*.silver.*": {"except": ["patient_id"], "rows": {"location": ["ward 3"]}},
                         "*.gold.*": {}}}}

What a role does not name it does not read. This holds for reading through ``Reader``; whoever may open the files
reads them without it, so give people the service, not the folder (docs/security.md).
"""

from __future__ import annotations

import fnmatch
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.data import Lake, Table
    from assay.data.audit import AuditLog

__all__ = ["AccessPolicy", "Reader", "View"]


@dataclass(frozen=True)
class View:
    """What a role sees of a table."""

    columns: tuple[str, ...] | None = None
    """The only ones it sees; all where None."""
    hidden: tuple[str, ...] = ()
    rows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Only rows whose column holds one of these texts; a null is none of them. A column named here need not be seen."""

    def of(self, table: Table) -> Table:
        """The part of the table that is seen.

        Raises:
            SchemaError: a column that the policy names is missing: a policy that no longer fits lets nothing through.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        from assay import SchemaError

        named = [*(self.columns or ()), *self.hidden, *self.rows]
        missing = [name for name in named if name not in table]
        if missing:
            raise SchemaError(f"access: expected the columns that the policy names, got none '{missing[0]}'")
        keep = pa.array([True] * table.num_rows, pa.bool_())
        for name, values in self.rows.items():
            texts = pa.array(table.column(name).cast("utf8"))
            one_of = pc.is_in(texts, value_set=pa.array(values, texts.type), skip_nulls=True)
            keep = pc.and_(keep, one_of)
        seen = [
            n
            for n in table.column_names
            if (self.columns is None or n in self.columns) and n not in self.hidden
        ]
        rows = table.filter(keep.to_numpy(zero_copy_only=False)) if self.rows else table
        return rows.select(seen)


class AccessPolicy:
    """Which role sees which part of which table."""

    def __init__(self, roles: Mapping[str, Mapping[str, View]]) -> None:
        self._roles = {role: dict(views) for role, views in roles.items()}

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> AccessPolicy:
        """The policy in a JSON file. Raises IoError or ValueError."""
        from assay import IoError, ValueError

        try:
            given = json.loads(Path(path).read_text(encoding="utf-8"))
            if given.keys() != {"roles"}:
                raise TypeError
            roles = {
                role: {tables: _view(view) for tables, view in views.items()}
                for role, views in given["roles"].items()
            }
        except OSError as error:
            raise IoError(f"access: cannot read '{path}': {error.strerror}") from error
        except (json.JSONDecodeError, AttributeError, TypeError) as error:
            raise ValueError(
                f"access: expected roles with tables and views as JSON, got another form in '{path}'"
            ) from error
        return cls(roles)

    @property
    def roles(self) -> list[str]:
        return sorted(self._roles)

    def view(self, role: str, table: str) -> View | None:
        """What a role sees of a table: the view of the first pattern, in the policy's order, that names it."""
        for pattern, view in self._roles.get(role, {}).items():
            if fnmatch.fnmatchcase(table, pattern):
                return view
        return None


def _view(given: Mapping[str, Any]) -> View:
    if not given.keys() <= {"columns", "except", "rows"}:
        raise TypeError
    columns, hidden, rows = given.get("columns"), given.get("except", []), given.get("rows", {})
    texts: Sequence[Any] = [*(columns or []), *hidden, *(v for values in rows.values() for v in values)]
    lists = [hidden, *rows.values(), *([] if columns is None else [columns])]
    if not all(isinstance(text, str) for text in texts) or not all(isinstance(each, list) for each in lists):
        raise TypeError
    return View(
        None if columns is None else tuple(columns),
        tuple(hidden),
        {name: tuple(v) for name, v in rows.items()},
    )


class Reader:
    """A lake as one role sees it. Every reading is recorded before the rows are handed out, refusals too.

    Args:
        role: of whoever reads, as the caller has established it: Assay does not log people in.
        audit: its ``who`` says who reads.
    """

    def __init__(self, lake: Lake, policy: AccessPolicy, *, role: str, audit: AuditLog) -> None:
        self._lake = lake
        self._policy = policy
        self._role = role
        self._audit = audit

    def tables(self) -> list[str]:
        """The tables of which the role sees something."""
        return [name for name in self._lake.tables() if self._policy.view(self._role, name) is not None]

    def read(self, name: str, *, why: str, version: int | None = None) -> Table:
        """What the role sees of a table.

        Raises:
            AuthError: nothing.
            IoError: there is no such table.
        """
        full = str(self._lake.name(name))
        view = self._policy.view(self._role, full)
        if view is None:
            from assay import AuthError

            self._audit.record("lake.refused", why=why, table=full, role=self._role)
            raise AuthError(
                f"access: the role '{self._role}' reads nothing of {full}; ask for a role that does"
            )
        seen = view.of(self._lake.read(name, version=version))
        self._audit.record("lake.read", why=why, table=full, role=self._role, rows=seen.num_rows)
        return seen

"""What becomes of each column: roles by name, in Python or in a JSON file.

::

    {"patient": "patient_id", "as_of": "2026-01-01",
     "columns": {"patient_id": "identifier", "observed_at": "date", "comment": "free_text", "value": "keep",
                 "visit": {"role": "identifier", "purpose": "encounter_id", "fold_case": true}}}
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assay import _core, _native  # noqa: F401 - registers the core's submodules, cleans its errors

__all__ = ["DeidPlan", "laboratory_plan", "read_plan"]

_OPTIONS = {"columns", "patient", "most_days", "keep_weekday", "as_of"}
# What standardise() adds, refused rows included.
_STANDARDISED = (
    "value_standard",
    "unit_standard",
    "unit_read_by",
    "implausible",
    "row",
    "rule",
    "likely_cause",
    "column",
)
_COLUMN_OPTIONS = {"role", "purpose", "fold_case"}


class DeidPlan(_core.data.DeidPlan):
    """What becomes of each column of a table.

    Roles: ``identifier`` (a token, and looked for in free text), ``date`` (moved by the patient's number of days),
    ``year``, ``birth_date`` (the year, as far as it tells no age over 89), ``age`` (over 89 becomes 90), ``zip``
    (three digits), ``free_text`` (identifiers become their kind in brackets), ``name`` (dropped, and looked for in
    free text), ``keep``, ``drop``.

    Args:
        columns: role by column; of an identifier also ``{"role": …, "purpose": …, "fold_case": …}``. Equal
            identifiers get equal tokens within a purpose, which is the column's name unless given.
        patient: the identifier whose dates move together.
        most_days: largest shift of dates in either direction.
        keep_weekday: shifts are whole weeks.
        as_of: YYYY-MM-DD, the day on which ages count; needed where a column is a ``birth_date``.

    Raises:
        ValueError: a role that there is not, or a day that does not exist.
    """

    def __init__(
        self,
        columns: Mapping[str, str | Mapping[str, Any]],
        *,
        patient: str = "patient_id",
        most_days: int = 182,
        keep_weekday: bool = False,
        as_of: str | None = None,
    ) -> None:
        super().__init__(
            {name: _column(name, given) for name, given in columns.items()},
            patient=patient,
            most_days=most_days,
            keep_weekday=keep_weekday,
            as_of=as_of,
        )

    def __repr__(self) -> str:
        return f"DeidPlan({len(self.columns)} columns, patient='{self.patient}')"


def _column(name: str, given: str | Mapping[str, Any]) -> _core.data.ColumnPlan:
    from assay import ValueError

    options = {"role": given} if isinstance(given, str) else dict(given)
    if "role" not in options or not options.keys() <= _COLUMN_OPTIONS:
        raise ValueError(f"plan: expected a role, and purpose or fold_case, for '{name}', got other options")
    return _core.data.ColumnPlan(options.pop("role"), **options)


def read_plan(path: str | os.PathLike[str]) -> DeidPlan:
    """The plan in a JSON file.

    Raises:
        IoError: the file cannot be read.
        ValueError: it is not JSON, or has other keys than those of ``DeidPlan``.
    """
    from assay import IoError, ValueError

    try:
        given = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise IoError(f"plan: cannot read '{path}': {error.strerror}") from error
    except json.JSONDecodeError as error:
        raise ValueError(
            f"plan: expected JSON, got another text in line {error.lineno} of '{path}'"
        ) from error
    if (
        not isinstance(given, dict)
        or not isinstance(given.get("columns"), dict)
        or not given.keys() <= _OPTIONS
    ):
        raise ValueError(f"plan: expected an object with {', '.join(sorted(_OPTIONS))} in '{path}'")
    try:
        return DeidPlan(**given)
    except TypeError as error:
        raise ValueError(
            f"plan: expected roles as text and options as DeidPlan takes them in '{path}'"
        ) from error


def laboratory_plan(
    *,
    most_days: int = 182,
    keep_weekday: bool = False,
    also: Mapping[str, str | Mapping[str, Any]] | None = None,
) -> DeidPlan:
    """The plan for ``clinical_schema("laboratory_results")``, and for what ``laboratory.standardise`` makes of them.

    Patients, results, orders and specimens become tokens, times move, file names go. Texts, names of tests, wards and
    reasons of absence are searched as free text: what is found is replaced, names of tests stay as they are unless one
    of the row's own identifiers stands in them as a word (order 125 and "CA 125").

    Codes, units, flags, statuses, devices and values stay unsearched, as ``local_code``, ``unit``, ``unit_standard``,
    ``flag``, ``status`` and ``device_id`` are taken to be codes of the laboratory. Where a source puts anything else
    there, give the column another role with ``also``.

    Args:
        also: roles of further columns, or other roles for these.
    """
    roles: dict[str, str | Mapping[str, Any]] = dict.fromkeys(
        (field.name for field in _core.data.clinical_schema("laboratory_results")), "keep"
    )
    roles |= dict.fromkeys(_STANDARDISED, "keep")
    roles |= dict.fromkeys(("result_id", "patient_id", "order_id", "specimen_id"), "identifier")
    roles |= dict.fromkeys(("observed_at", "reported_at"), "date")
    roles |= dict.fromkeys(("text", "test_name", "location", "absent_reason"), "free_text")
    roles |= {"source_file": "drop", "source_line": "drop"}
    return DeidPlan(roles | dict(also or {}), most_days=most_days, keep_weekday=keep_weekday)

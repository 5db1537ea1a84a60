"""What a laboratory's own spellings of units mean, in the forms that people write it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from assay.errors import SchemaError, ValueError

if TYPE_CHECKING:
    from assay.data.laboratory import LocalUnit

__all__ = ["local_unit", "local_unit_text", "read_local_units"]


def local_unit(text: str) -> LocalUnit:
    """``"51249:%=g/dL"`` for one test, ``"%=g/dL"`` for all.

    Raises:
        ValueError: another form, or a unit that is not UCUM's.
    """
    spelling, equals, ucum = text.rpartition("=")
    code, colon, unit = spelling.partition(":")
    if not equals or not ucum:
        raise ValueError(f"units: expected [CODE:]UNIT=UCUM such as '51249:%=g/dL', got '{text}'")
    return _checked(unit, ucum, code) if colon else _checked(spelling, ucum, "")


def local_unit_text(unit: LocalUnit) -> str:
    """The text that :func:`local_unit` reads."""
    return f"{unit.code}:{unit.unit}={unit.ucum}" if unit.code else f"{unit.unit}={unit.ucum}"


def read_local_units(path: os.PathLike[str] | str) -> list[LocalUnit]:
    """A CSV file of ``unit``, ``ucum`` and, where a spelling means something for one test only, ``code``.

    Raises:
        SchemaError: the columns are others. ValueError: a unit that is not UCUM's, or a row of another form.
    """
    from assay.data import read_csv

    read = read_csv(Path(path), infer_types=False)
    if read.rejected.num_rows:
        line = read.rejected.table["line"][0]
        raise ValueError(f"{path}: expected as many fields as the header has, line {line} has others")
    table = read.rows
    names = table.column_names
    if "unit" not in names or "ucum" not in names:
        raise SchemaError(f"{path}: expected columns unit, ucum and, where it is needed, code, got {', '.join(names)}")
    return [
        _checked(row["unit"] or "", row["ucum"], row.get("code") or "")
        for row in table.to_pylist()
        if row["ucum"]
    ]


def _checked(unit: str, ucum: str, code: str) -> LocalUnit:
    from assay.data import units
    from assay.data.laboratory import LocalUnit

    if not units.is_valid(ucum):
        raise ValueError(f"units: expected a unit of UCUM for '{unit}', got '{ucum}'")
    return LocalUnit(unit, ucum, code=code)

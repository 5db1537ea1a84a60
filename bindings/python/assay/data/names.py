"""Column names: snake_case, and vendors' names brought to the canonical ones.

The map is data. A site adds its own names without code::

    names = NameMap.clinical().extended(read_name_entries("site_names.csv"))
    table = with_canonical_names(table, names=names)
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cache

from assay._core.data import NameMap, clinical_schema, read_name_entries, to_snake_case, with_canonical_names

__all__ = [
    "NameMap",
    "describe_header",
    "known_names",
    "printable_names",
    "read_name_entries",
    "to_snake_case",
    "with_canonical_names",
]

_TABLES = ("vital_signs", "emergency_data", "medical_history", "dicom_metadata", "lab_results")
_POSITION = re.compile(r"column_\d+")


def known_names(header: Sequence[str], *, also: Collection[str] = ()) -> list[str]:
    """Those of a file's column names that clinical tables have under any spelling, or that are in `also`.

    Only they may be printed: what stands in the first line of a file without a header is a patient's data.
    """
    names, known = _names()
    return [name for name in header if name in also or names.canonical(name) in known]


def describe_header(header: Sequence[str], *, also: Collection[str] = ()) -> str:
    """What a message may say of a file's columns: the known names and a count of the others."""
    known = known_names(header, also=also)
    others = len(header) - len(known)
    if not known:
        return f"none of its {len(header)} columns has a known name: the file seems to have no header"
    return f"it has: {', '.join(known)}" + (f" and {others} of no known name" if others else "")


def printable_names(header: Sequence[str], *, also: Collection[str] = ()) -> dict[str, str]:
    """By column name, what may stand for it in print.

    Where at least half the names are known, the first line is a header, and all are printed as they are; else
    the unknown ones become ``column_<position>``, since they may be a patient's data.
    """
    known = set(known_names(header, also=also)) | {name for name in header if _POSITION.fullmatch(name)}
    if 2 * len(known) >= len(header):
        return {name: name for name in header}
    return {name: name if name in known else f"column_{i}" for i, name in enumerate(header, start=1)}


@cache
def _names() -> tuple[NameMap, frozenset[str]]:
    names = NameMap.clinical()
    declared = {name for table in _TABLES for name in clinical_schema(table).names}
    return names, frozenset(declared | set(names.entries.values()))


def __dir__() -> list[str]:
    return sorted(__all__)

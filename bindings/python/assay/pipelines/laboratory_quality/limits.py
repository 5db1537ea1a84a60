"""Limits of delta checks, as data: ``delta_limits.json`` beside this file, and a laboratory's own in its place.

There are no limits that hold everywhere. Those that come with Assay are conventions, and say so; CLSI EP33 (Use of
Delta Checks in the Medical Laboratory, 2016) describes how a laboratory finds its own. A file is a JSON object::

    {"source": "our own, results of 2025", "within_days": 3, "limits": {
        "2951-2": {"unit": "mmol/L", "difference": 15},
        "2160-0": {"unit": "mg/dL", "percent": 60, "within_days": 7},
        "718-7":  {"unit": "g/dL", "per_day": 3},
        "2075-0": {"unit": "mmol/L", "reference_change": {"analytical_cv": 0.8, "within_person_cv": 1.1}}}}

``percent`` is of the last result, ``per_day`` the difference by day. ``reference_change`` makes a percentage of the
laboratory's imprecision and the variation within a person, both in percent: √2 · z · √(CVa² + CVi²) with ``z`` 1.96
(Harris and Yasaka, Clin Chem 1983;29:25-30). Healthy persons exceed that in 5 of 100 pairs, the ill far more often: it
asks whether a change is more than chance, not whether it is a mistake.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from assay import errors

__all__ = ["DeltaLimit", "DeltaLimits", "default_delta_limits", "read_delta_limits"]

_NUMBERS = ("difference", "percent", "per_day", "within_days")
_OF_CHANGE = ("analytical_cv", "within_person_cv", "z")
_DAYS = 3.0


@dataclass(frozen=True)
class DeltaLimit:
    """What two results of a patient may differ by; infinity is no limit."""

    loinc: str
    unit: str = ""
    """UCUM: results in another are not compared. Empty: any unit, but never two."""
    name: str = ""
    difference: float = math.inf
    percent: float = math.inf
    """Of the last result."""
    per_day: float = math.inf
    within_days: float = _DAYS
    """Results further apart in time are not compared."""


@dataclass(frozen=True)
class DeltaLimits:
    """Limits of several analytes, and where they are from."""

    limits: tuple[DeltaLimit, ...]
    source: str = ""


def default_delta_limits() -> DeltaLimits:
    """The limits that come with Assay: conventions, no published ones."""
    return read_delta_limits(Path(__file__).with_name("delta_limits.json"))


def read_delta_limits(
    given: DeltaLimits | Mapping[str, Any] | str | os.PathLike[str] | None = None,
    *,
    within: timedelta | None = None,
) -> DeltaLimits:
    """A laboratory's limits; those that come with Assay where none are given.

    Args:
        given: A JSON file, an object of its form, or differences by LOINC code: ``{"2951-2": 15}``.
        within: For limits that name no window, in the place of three days.

    Raises:
        ValueError: Another form, a name that is not known, a number that is not above 0.
        IoError: The file cannot be read.
    """
    if isinstance(given, DeltaLimits):
        return given
    if given is None:
        given = Path(__file__).with_name("delta_limits.json")
    content = given if isinstance(given, Mapping) else _content(Path(given))
    if "limits" not in content and all(_is_number(value) for value in content.values()):
        content = {"limits": {code: {"difference": value} for code, value in content.items()}}
    for name in content:
        _expect(name in ("source", "within_days", "limits"), f"source, within_days and limits, got {name!r}")
    limits, source = content.get("limits"), content.get("source", "")
    _expect(isinstance(limits, Mapping), "an object 'limits' of LOINC codes")
    _expect(isinstance(source, str), "a text as source")
    assert isinstance(limits, Mapping)
    days = content.get("within_days", _DAYS) if within is None else within / timedelta(days=1)
    _expect(_is_positive(days), "within_days above 0")
    return DeltaLimits(tuple(_limit(code, entry, float(days)) for code, entry in limits.items()), source)


def _content(file: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise errors.IoError(f"delta limits: cannot read {file.name} ({error.strerror})") from None
    except ValueError as error:
        line = f", line {error.lineno} is none" if isinstance(error, json.JSONDecodeError) else ""
        raise errors.ValueError(f"delta limits: expected JSON in {file.name}{line}") from None
    _expect(isinstance(content, Mapping), "an object with 'limits'")
    return dict(content)


def _limit(code: str, entry: Any, days: float) -> DeltaLimit:
    from assay._core.data import is_loinc
    from assay.features.qc import reference_change_value

    _expect(is_loinc(code), f"LOINC codes in limits, got {code!r}")
    _expect(isinstance(entry, Mapping), f"an object for {code}")
    known = ("unit", "name", "source", "reference_change", *_NUMBERS)
    for name, value in entry.items():
        _expect(name in known, f"one of {', '.join(known)} for {code}, got {name!r}")
        if name in _NUMBERS:
            _expect(_is_positive(value), f"{name} above 0 for {code}")
        elif name == "reference_change":
            sound = isinstance(value, Mapping) and all(_is_number(number) for number in value.values())
            _expect(sound and {*_OF_CHANGE[:2]} <= {*value} <= {*_OF_CHANGE}, f"{', '.join(_OF_CHANGE)} for {code}")
        else:
            _expect(isinstance(value, str), f"a text as {name} for {code}")
    numbers = {name: float(entry[name]) for name in _NUMBERS if name in entry}
    change = entry.get("reference_change")
    if change is not None:
        _expect("percent" not in numbers, f"percent or reference_change for {code}, got both")
        numbers["percent"] = reference_change_value(
            change["analytical_cv"], change["within_person_cv"], z=change.get("z", 1.96)
        )
    _expect(bool({*numbers} - {"within_days"}), f"difference, percent, per_day or reference_change for {code}")
    return DeltaLimit(code, entry.get("unit", ""), entry.get("name", ""), **({"within_days": days} | numbers))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_positive(value: Any) -> bool:
    return _is_number(value) and value > 0


def _expect(holds: bool, wanted: str) -> None:
    if not holds:
        raise errors.ValueError(f"delta limits: expected {wanted}")

"""What counts as drift, as data: ``thresholds.json`` beside this file, and a site's own in its place.

``columns``: `p` adjusted over the columns; `psi` and `missing` as [moderate, severe]; `wasserstein` in standard
deviations of the reference; `jensen_shannon`; `bins`, `few_levels` and `fewest` values as in :func:`report`.
``devices``: `z` as [calibrate, critical], `p` adjusted over the devices, `fewest` results of a device.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assay import errors
from assay._core.features import DriftThresholds

__all__ = ["column_thresholds", "default_thresholds", "read_thresholds"]

_PAIRS = ("psi", "missing")


def default_thresholds() -> dict[str, dict[str, Any]]:
    """The thresholds that come with Assay."""
    text = Path(__file__).with_name("thresholds.json").read_text(encoding="utf-8")
    content: dict[str, dict[str, Any]] = json.loads(text)
    return content


def read_thresholds(
    given: Mapping[str, Any] | str | os.PathLike[str] | None = None,
) -> dict[str, dict[str, Any]]:
    """The default thresholds with those given, a mapping or a JSON file, in their place.

    Raises:
        ValueError: A name that is not known, or another form.
    """
    known = default_thresholds()
    if given is None:
        return known
    if not isinstance(given, Mapping):
        try:
            given = json.loads(Path(given).read_text(encoding="utf-8"))
        except json.JSONDecodeError as error:
            raise errors.ValueError(f"drift thresholds: expected JSON, line {error.lineno} is none") from None
    if not isinstance(given, Mapping):
        raise errors.ValueError("drift thresholds: expected an object with 'columns' and 'devices'")
    for part, values in given.items():
        if part not in known or not isinstance(values, Mapping):
            raise errors.ValueError(f"drift thresholds: expected 'columns' and 'devices', got {part!r}")
        for name, value in values.items():
            if name not in known[part]:
                names = ", ".join(known[part])
                raise errors.ValueError(f"drift thresholds: expected one of {names} in {part}, got {name!r}")
            if isinstance(known[part][name], list):
                _expect(isinstance(value, (list, tuple)) and len(value) == 2, part, name, "two numbers")
                for one in value:
                    _expect(_is_number(one), part, name, "two numbers")
            else:
                _expect(_is_number(value), part, name, "a number")
            known[part][name] = list(value) if isinstance(value, tuple) else value
    return known


def column_thresholds(values: Mapping[str, Any]) -> DriftThresholds:
    """Those for columns as the core takes them."""
    made = DriftThresholds()
    for name, value in values.items():
        if name in _PAIRS:
            setattr(made, f"{name}_moderate", float(value[0]))
            setattr(made, f"{name}_severe", float(value[1]))
        else:
            setattr(made, name, int(value) if name in ("bins", "few_levels", "fewest") else float(value))
    return made


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _expect(holds: bool, part: str, name: str, wanted: str) -> None:
    if not holds:
        raise errors.ValueError(f"drift thresholds: expected {wanted} as {name} in {part}")

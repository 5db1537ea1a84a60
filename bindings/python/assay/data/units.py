"""Units of measure by UCUM 2.2: what laboratories write, what it means, and conversions that know the substance.

::

    from assay.data import units

    units.convert(7.1, "g/dL", "g/L")                          # 71.0, exactly
    units.convert([90, 126], "mg/dL", "mmol/L", analyte="2345-7")   # glucose: its molar mass is known
    units.convert(1, "meq/L", "mmol/L", charge=2)              # calcium: 0.5, and an error without the charge
    units.convert(6.5, "%", "mmol/mol", analyte="4548-4")      # HbA1c: IFCC's equation, not a factor
    units.read("K/uL")                                         # Reading(code='10*3/uL', by='spelling')

Stricter than UCUM in one thing: moles, equivalents and osmoles are kinds of their own, not pure numbers.

Source: The Unified Code for Units of Measure, version 2.2, https://ucum.org.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from assay._core.data import (
    Analyte,
    Column,
    Unit,
    UnitConverter,
    analytes,
    convert_scalar,
    is_missing_unit,
    is_valid_unit,
    read_unit,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "Analyte",
    "Reading",
    "Unit",
    "analytes",
    "convert",
    "is_commensurable",
    "is_missing",
    "is_valid",
    "parse",
    "read",
]


class Reading(NamedTuple):
    """A unit as a laboratory wrote it, and what it means."""

    code: str
    """UCUM."""
    by: str
    """``"ucum"``: the text is that code; ``"spelling"``: a usual one; ``"analyte"``: what is measured decided."""


def parse(code: str) -> Unit:
    """The unit of a UCUM code (case-sensitive).

    Raises:
        ValueError: What is wrong with the code, and at which character.
    """
    return Unit(code)


def is_valid(code: str) -> bool:
    """Whether the text is a UCUM code."""
    return is_valid_unit(code)


def is_commensurable(one: str | Unit, other: str | Unit) -> bool:
    """Whether values can be converted without knowing the substance: mg/dL and g/L can, mg/dL and mmol/L cannot.

    Raises:
        ValueError: One is no unit of UCUM.
    """
    return _unit(one).is_commensurable(_unit(other))


def read(text: str, *, analyte: str = "") -> Reading | None:
    """A unit as laboratories write it ("K/uL", "mm Hg", "MG/DL", "IU/L"); None where it cannot be read or is missing.

    Args:
        text: The unit, in any case, with or without blanks.
        analyte: LOINC code of what is measured, which decides between readings: "IU/L" of an enzyme is U/L.
    """
    found = read_unit(text, analyte)
    return None if found is None else Reading(*found)


def is_missing(text: str) -> bool:
    """Whether the text says that there is no unit: blank, "N/A", "#ERROR!", …"""
    return is_missing_unit(text)


@overload
def convert(
    value: float,
    source: str | Unit,
    target: str | Unit,
    /,
    *,
    molar_mass: float | None = ...,
    charge: int | None = ...,
    analyte: str = ...,
) -> float: ...
@overload
def convert(
    value: Column,
    source: str | Unit,
    target: str | Unit,
    /,
    *,
    molar_mass: float | None = ...,
    charge: int | None = ...,
    analyte: str = ...,
) -> Column: ...
@overload
def convert(
    value: Sequence[float] | NDArray[Any],
    source: str | Unit,
    target: str | Unit,
    /,
    *,
    molar_mass: float | None = ...,
    charge: int | None = ...,
    analyte: str = ...,
) -> NDArray[np.float64]: ...
def convert(
    value: Any,
    source: str | Unit,
    target: str | Unit,
    /,
    *,
    molar_mass: float | None = None,
    charge: int | None = None,
    analyte: str = "",
) -> Any:
    """Values of one unit in another.

    Decimal factors are exact: they are applied by one multiplication or one division by a whole number. NaN stays NaN.

    Args:
        value: A number, an array of any shape, or a column of a table, whose nulls stay null.
        source: UCUM code or unit of the values.
        target: UCUM code or unit wanted.
        molar_mass: g/mol, between mass and amount of substance.
        charge: Of the ion, between equivalents and amount of substance.
        analyte: LOINC code, which gives both for the analytes of :func:`analytes`, and HbA1c its equation.

    Returns:
        A float for a number, a float64 array for an array, a Float64 column for a column.

    Raises:
        ValueError: One is no unit of UCUM, or they measure different kinds of quantity; the text says what is missing.
    """
    if isinstance(value, int | float):
        return convert_scalar(value, str(source), str(target), molar_mass, charge, analyte)
    converter = UnitConverter(
        _unit(source), _unit(target), molar_mass=molar_mass, charge=charge, analyte=analyte
    )
    return converter.column(value) if isinstance(value, Column) else converter.array(value)


def _unit(unit: str | Unit) -> Unit:
    return Unit(unit) if isinstance(unit, str) else unit

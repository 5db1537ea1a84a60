"""Control rules and charts of standardised values: Westgard, CUSUM, EWMA, deltas, moving averages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from assay._core import features as _core
from assay._core.features import (
    ControlRule,
    DeltaCheck,
    delta_check,
    patient_moving_average,
    reference_change_value,
    westgard_rules,
    westgard_rules_of_three,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "ControlRule",
    "Cusum",
    "DeltaCheck",
    "Ewma",
    "Violation",
    "check_controls",
    "cusum",
    "delta_check",
    "ewma",
    "patient_moving_average",
    "reference_change_value",
    "westgard_rules",
    "westgard_rules_of_three",
]


class Violation(NamedTuple):
    """A rule that was broken."""

    point: int
    """The last point of the window."""
    rule: ControlRule
    across: bool
    """The window holds points of several materials."""


class Cusum(NamedTuple):
    """A tabular cumulative sum."""

    high: NDArray[np.float64]
    """C+ after each point."""
    low: NDArray[np.float64]
    """C- after each point."""
    signals: NDArray[np.int64]
    """Points where one exceeds h."""


class Ewma(NamedTuple):
    """An exponentially weighted moving average."""

    average: NDArray[np.float64]
    limit: NDArray[np.float64]
    """Plus and minus this."""
    signals: NDArray[np.int64]
    """Points where the average is beyond its limit."""


def check_controls(
    z: ArrayLike,
    *,
    runs: ArrayLike | None = None,
    materials: ArrayLike | None = None,
    rules: Iterable[str | ControlRule] | None = None,
) -> list[Violation]:
    """Every place where a control rule is broken, by point, then by rule.

    Args:
        z: (value - mean) / standard deviation of its material, in the order of measurement, [n].
        runs: Analytical run of each point, [n], ascending; by default each point is a run.
        materials: Control material of each point as a number, [n]; by default one material.
        rules: Names or rules; by default :func:`westgard_rules`, and for three materials or more
            :func:`westgard_rules_of_three`.

    Raises:
        ValueError: NaN, runs that go back, a rule of unknown form.
        ShapeError: Arrays of different lengths.
    """
    values = np.asarray(z, dtype=np.float64)
    run = np.arange(values.size) if runs is None else np.asarray(runs, dtype=np.int64)
    material = np.zeros(values.size, np.int64) if materials is None else np.asarray(materials, dtype=np.int64)
    if rules is None:
        wanted = westgard_rules_of_three() if np.unique(material).size >= 3 else westgard_rules()
    else:
        wanted = [ControlRule(rule) if isinstance(rule, str) else rule for rule in rules]
    found = _core.check_controls(values, run, material, wanted)
    return [Violation(point, wanted[rule], across) for point, rule, across in found]


def cusum(z: ArrayLike, *, k: float = 0.5, h: float = 5.0, restart: bool = True) -> Cusum:
    """C+ = max(0, C+ + z - k) and C- mirrored; a signal where one is above h.

    In control there is a signal in 465 points with h = 5, in 168 with h = 4.

    Args:
        z: Standardised values, [n].
        k: Slack: half the shift to be found.
        h: Decision interval.
        restart: Both sums start again at zero after a signal.

    Source: Montgomery DC. Introduction to Statistical Quality Control, 8th ed., section 9.1.
    """
    return Cusum(*_core.cusum(np.asarray(z, np.float64), k=k, h=h, restart=restart))


def ewma(z: ArrayLike, *, weight: float = 0.2, width: float = 3.0) -> Ewma:
    """E = weight z + (1 - weight) E, with limits of ``width`` standard deviations of E.

    In control there is a signal in 560 points with the defaults.

    Source: Montgomery DC. Introduction to Statistical Quality Control, 8th ed., section 9.2.
    """
    return Ewma(*_core.ewma(np.asarray(z, np.float64), weight=weight, width=width))

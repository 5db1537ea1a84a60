"""Fifty made-up samples of a laboratory with four things gone wrong: data to watch a monitor at work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["KINDS", "Planted", "Samples", "simulate"]

KINDS = ("error_code", "storage_temperature", "turbidity", "calibration")

_START = datetime(2026, 1, 5, 6, 0, tzinfo=timezone.utc)
_FEWEST = 50


@dataclass(frozen=True)
class Planted:
    """Something that was made to go wrong."""

    kind: str
    first: int
    """Row of the first sample concerned."""
    last: int


@dataclass(frozen=True)
class Samples:
    """One row for each sample, in order of time; every array has as many elements."""

    sample_id: list[str]
    collected_at: list[datetime]
    glucose: NDArray[np.float64]
    """mg/dL"""
    sodium: NDArray[np.float64]
    """mmol/L"""
    potassium: NDArray[np.float64]
    """mmol/L"""
    turbidity: NDArray[np.float64]
    """NTU"""
    storage_temperature: NDArray[np.float64]
    """degrees Celsius, of the refrigerator when the sample was taken out"""
    control: NDArray[np.float64]
    """mg/dL, glucose of the control material measured beside the sample"""
    planted: tuple[Planted, ...]

    def __len__(self) -> int:
        return len(self.sample_id)


def simulate(count: int = _FEWEST, *, seed: int = 0) -> Samples:
    """Samples every half an hour; all of it is made up.

    Planted: a glucose of -999 (an analyser's error code), a refrigerator at 85 degrees, turbidity that rises over ten
    samples, and a calibration that drifts by 0.35 standard deviations of the control from one sample to the next.

    Raises:
        ValueError: fewer than 50 samples.
    """
    if count < _FEWEST:
        from assay import ValueError

        raise ValueError(f"samples: expected {_FEWEST} or more, to have a baseline before what is planted, got {count}")
    rng = np.random.Generator(np.random.Philox(seed))
    # Each column has its own draws, so that a change in one leaves the others as they were.
    glucose, sodium, potassium, turbidity, temperature, control = rng.standard_normal((6, count))
    columns = {
        "glucose": 95 + 9 * glucose,
        "sodium": 140 + 2.2 * sodium,
        "potassium": 4.2 + 0.3 * potassium,
        "turbidity": 1.0 + 0.12 * turbidity,
        "storage_temperature": 4.6 + 0.5 * temperature,
        "control": 100 + 2.0 * control,
    }
    code, refrigerator = count * 12 // 50, count * 23 // 50
    rise = Planted("turbidity", count * 27 // 50, count * 27 // 50 + 9)
    drift = Planted("calibration", count * 34 // 50, count - 1)
    columns["glucose"][code] = -999.0
    columns["storage_temperature"][refrigerator] = 85.0
    columns["turbidity"][rise.first : rise.last + 1] += 0.12 * np.arange(1, 11)
    columns["control"][drift.first :] += 2.0 * 0.35 * np.arange(1, count - drift.first + 1)
    digits = {"potassium": 2, "turbidity": 2}
    return Samples(
        sample_id=[f"S{i + 1:03d}" for i in range(count)],
        collected_at=[_START + timedelta(minutes=30 * i) for i in range(count)],
        planted=(
            Planted("error_code", code, code),
            Planted("storage_temperature", refrigerator, refrigerator),
            rise,
            drift,
        ),
        **{name: np.round(values, digits.get(name, 1)) for name, values in columns.items()},
    )

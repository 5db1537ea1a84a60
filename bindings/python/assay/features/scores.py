"""Clinical scores: NEWS2, qSOFA, SIRS, shock index and Assay's risk score.

Every function takes numbers or one-dimensional arrays of one length (NumPy, Arrow, pandas, polars, Assay,
lists), by keyword; a number beside arrays stands for every row. Numbers give a number, or for NEWS2, qSOFA and
SIRS an object that says how many inputs were missing; arrays give an array of totals with NaN where an input
is missing. None, NaN, a null and a masked value are missing; a missing input is never counted as 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from assay._core.features import News2, PointScore, RiskBand, RiskWeights
from assay._core.features import news2 as _news2
from assay._core.features import news2_columns as _news2_columns
from assay._core.features import qsofa as _qsofa
from assay._core.features import qsofa_columns as _qsofa_columns
from assay._core.features import risk_score_columns as _risk_score_columns
from assay._core.features import shock_index_columns as _shock_index_columns
from assay._core.features import sirs as _sirs
from assay._core.features import sirs_columns as _sirs_columns
from assay.errors import ShapeError, ValueError
from assay.features._inputs import are_scalars, columns, flag, number, objects

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "News2",
    "PointScore",
    "RiskBand",
    "RiskWeights",
    "news2",
    "qsofa",
    "risk_score",
    "shock_index",
    "sirs",
]

_LEVELS: dict[str | None, float] = {
    None: float("nan"),
    **{level: float(place) for place, level in enumerate("ACVPU")},
}


@overload
def news2(
    *,
    heart_rate: float | None = None,
    systolic_bp: float | None = None,
    spo2: float | None = None,
    temperature: float | None = None,
    respiratory_rate: float | None = None,
    on_oxygen: bool | None = None,
    consciousness: str | None = None,
    spo2_scale: int = 1,
) -> News2: ...
@overload
def news2(
    *,
    heart_rate: ArrayLike | None = None,
    systolic_bp: ArrayLike | None = None,
    spo2: ArrayLike | None = None,
    temperature: ArrayLike | None = None,
    respiratory_rate: ArrayLike | None = None,
    on_oxygen: ArrayLike | None = None,
    consciousness: ArrayLike | None = None,
    spo2_scale: int = 1,
) -> NDArray[np.float64]: ...
def news2(
    *,
    heart_rate: Any = None,
    systolic_bp: Any = None,
    spo2: Any = None,
    temperature: Any = None,
    respiratory_rate: Any = None,
    on_oxygen: Any = None,
    consciousness: Any = None,
    spo2_scale: int = 1,
) -> Any:
    """National Early Warning Score 2, 0 to 20: of one observation, or the totals of columns.

    Units: /min, mmHg, %, °C, /min. `consciousness` is one of A, C, V, P, U. Scale 2 of the oxygen
    saturation is a clinician's decision and never inferred. Not for patients under 16 years or in
    pregnancy. Cost of columns: O(rows), most of it for reading texts and flags.

    Source: Royal College of Physicians, NEWS2, 2017, chart 1.
    """
    measured = (heart_rate, systolic_bp, spo2, temperature, respiratory_rate)
    if are_scalars(*measured, on_oxygen, consciousness):
        (level,) = objects(consciousness, 1)
        return _news2_of(map(number, measured), flag(on_oxygen), level, spo2_scale)
    return _news2_of_columns(measured, on_oxygen, consciousness, spo2_scale)


def _news2_of(measured: Iterable[float], on_oxygen: bool | None, level: str | None, scale: int) -> News2:
    pulse, pressure, oxygen, warmth, breaths = measured
    return _news2(
        heart_rate=pulse,
        systolic_bp=pressure,
        spo2=oxygen,
        temperature=warmth,
        respiratory_rate=breaths,
        on_oxygen=on_oxygen,
        consciousness=level,
        spo2_scale=scale,
    )


def _news2_of_columns(
    measured: tuple[Any, ...], on_oxygen: Any, consciousness: Any, scale: int
) -> NDArray[np.float64]:
    import numpy as np

    given = [len(value) for value in (*measured, on_oxygen, consciousness) if not are_scalars(value)]
    n = given[0]
    arrays = columns(*measured, rows=n)
    if any(array.shape != (n,) for array in arrays):
        raise ShapeError(f"news2: expected one-dimensional arrays of one length, got lengths {given}")
    oxygen = (np.nan if given is None else given for given in map(flag, objects(on_oxygen, n)))
    try:
        levels = [_LEVELS[level] for level in objects(consciousness, n)]
    except (KeyError, TypeError):
        raise ValueError("news2: expected consciousness as one of A, C, V, P, U") from None
    pulse, pressure, saturation, warmth, breaths = arrays
    return _news2_columns(
        pulse,
        pressure,
        saturation,
        warmth,
        breaths,
        np.fromiter(oxygen, np.float64, n),
        np.array(levels, np.float64),
        scale,
    )


def qsofa(
    *,
    respiratory_rate: Any = None,
    systolic_bp: Any = None,
    glasgow_coma_scale: Any = None,
    gcs_threshold: float = 15,
) -> PointScore | NDArray[np.float64]:
    """Quick SOFA, 0 to 3. Source: Singer et al. 2016, JAMA 315:801, box 4."""
    values = (respiratory_rate, systolic_bp, glasgow_coma_scale)
    if not are_scalars(*values):
        rate, pressure, coma_scale = columns(*values)
        return _qsofa_columns(rate, pressure, coma_scale, gcs_threshold)
    return _qsofa(
        respiratory_rate=number(respiratory_rate),
        systolic_bp=number(systolic_bp),
        glasgow_coma_scale=number(glasgow_coma_scale),
        gcs_threshold=gcs_threshold,
    )


def sirs(
    *,
    temperature: Any = None,
    heart_rate: Any = None,
    respiratory_rate: Any = None,
    paco2: Any = None,
    wbc: Any = None,
    bands: Any = None,
) -> PointScore | NDArray[np.float64]:
    """Criteria of the systemic inflammatory response syndrome that are met, 0 to 4.

    Units: °C, /min, /min, mmHg, 10*3/uL, %. Source: Bone et al. 1992, Chest 101:1644.
    """
    values = (temperature, heart_rate, respiratory_rate, paco2, wbc, bands)
    if not are_scalars(*values):
        return _sirs_columns(*columns(*values))
    return _sirs(
        temperature=number(temperature),
        heart_rate=number(heart_rate),
        respiratory_rate=number(respiratory_rate),
        paco2=number(paco2),
        wbc=number(wbc),
        bands=number(bands),
    )


@overload
def shock_index(*, heart_rate: float, systolic_bp: float) -> float: ...
@overload
def shock_index(*, heart_rate: ArrayLike, systolic_bp: ArrayLike) -> NDArray[np.float64]: ...
def shock_index(*, heart_rate: Any, systolic_bp: Any) -> Any:
    """Heart rate over systolic pressure; NaN where either is missing or the pressure is not above 0.

    0.9 and above is abnormal by convention. Source: Allgöwer & Burri 1967; Rady et al. 1994.
    """
    out = _shock_index_columns(*columns(heart_rate, systolic_bp))
    return float(out[0]) if are_scalars(heart_rate, systolic_bp) else out


def risk_score(
    *,
    heart_rate: Any,
    systolic_bp: Any,
    spo2: Any,
    respiratory_rate: Any = None,
    temperature: Any = None,
    weights: RiskWeights | None = None,
) -> Any:
    """Assay's risk score in [0, 1]: the sum of the weights of the vital signs outside their bands.

    Heart rate, systolic pressure and oxygen saturation must be there, otherwise the score is NaN. An
    engineering score for ranking and drift, not a validated clinical instrument. `RiskWeights()` holds the
    weights as data.
    """
    values = (heart_rate, systolic_bp, spo2, respiratory_rate, temperature)
    rate, pressure, oxygen, breaths, warmth = columns(*values)
    out = _risk_score_columns(rate, pressure, oxygen, breaths, warmth, weights or RiskWeights())
    return float(out[0]) if are_scalars(*values) else out

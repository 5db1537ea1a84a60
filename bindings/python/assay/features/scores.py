"""Clinical scores: NEWS2, qSOFA, SIRS, shock index and Assay's risk score.

Every function takes numbers or one-dimensional arrays of one length, by keyword. Numbers give a score
object that says how many inputs were missing; arrays give an array of totals with NaN where an input is
missing. A missing input is never counted as 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from assay._core.features import News2, PointScore, RiskBand, RiskWeights
from assay._core.features import news2 as _news2
from assay._core.features import qsofa as _qsofa
from assay._core.features import qsofa_columns as _qsofa_columns
from assay._core.features import risk_score_columns as _risk_score_columns
from assay._core.features import shock_index_columns as _shock_index_columns
from assay._core.features import sirs as _sirs
from assay._core.features import sirs_columns as _sirs_columns

if TYPE_CHECKING:
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

_NAN = float("nan")


def _number(value: float | None) -> float:
    return _NAN if value is None else float(value)


def _is_number(*values: Any) -> bool:
    return all(value is None or isinstance(value, (int, float)) for value in values)


def _columns(*values: Any) -> list[NDArray[np.float64]]:
    import numpy as np

    arrays = [None if value is None else np.asarray(value, dtype=np.float64) for value in values]
    n = max((array.size for array in arrays if array is not None), default=0)
    return [
        np.full(n, np.nan) if a is None else np.broadcast_to(a, (n,)) if a.ndim == 0 else a for a in arrays
    ]


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
) -> News2:
    """National Early Warning Score 2 of one observation, 0 to 20.

    Units: /min, mmHg, %, °C, /min. `consciousness` is one of A, C, V, P, U. Scale 2 of the oxygen
    saturation is a clinician's decision and never inferred. Not for patients under 16 years or in
    pregnancy.

    Source: Royal College of Physicians, NEWS2, 2017, chart 1.
    """
    return _news2(
        heart_rate=_number(heart_rate),
        systolic_bp=_number(systolic_bp),
        spo2=_number(spo2),
        temperature=_number(temperature),
        respiratory_rate=_number(respiratory_rate),
        on_oxygen=on_oxygen,
        consciousness=consciousness,
        spo2_scale=spo2_scale,
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
    if not _is_number(*values):
        rate, pressure, coma_scale = _columns(*values)
        return _qsofa_columns(rate, pressure, coma_scale, gcs_threshold)
    return _qsofa(
        respiratory_rate=_number(respiratory_rate),
        systolic_bp=_number(systolic_bp),
        glasgow_coma_scale=_number(glasgow_coma_scale),
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
    if not _is_number(*values):
        return _sirs_columns(*_columns(*values))
    return _sirs(
        temperature=_number(temperature),
        heart_rate=_number(heart_rate),
        respiratory_rate=_number(respiratory_rate),
        paco2=_number(paco2),
        wbc=_number(wbc),
        bands=_number(bands),
    )


@overload
def shock_index(*, heart_rate: float, systolic_bp: float) -> float: ...
@overload
def shock_index(*, heart_rate: ArrayLike, systolic_bp: ArrayLike) -> NDArray[np.float64]: ...
def shock_index(*, heart_rate: Any, systolic_bp: Any) -> Any:
    """Heart rate over systolic pressure; NaN where either is missing or the pressure is not above 0.

    0.9 and above is abnormal by convention. Source: Allgöwer & Burri 1967; Rady et al. 1994.
    """
    out = _shock_index_columns(*_columns(*(_one(v) for v in (heart_rate, systolic_bp))))
    return float(out[0]) if _is_number(heart_rate, systolic_bp) else out


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
    rate, pressure, oxygen, breaths, warmth = _columns(*(_one(v) for v in values))
    out = _risk_score_columns(rate, pressure, oxygen, breaths, warmth, weights or RiskWeights())
    return float(out[0]) if _is_number(*values) else out


def _one(value: Any) -> Any:
    return [value] if isinstance(value, (int, float)) else value

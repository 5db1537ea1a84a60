"""How far rows of several measurements lie from the bulk of them, whatever a minority of them does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from assay._core import features as _core

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["RobustDistance", "robust_distance"]


class RobustDistance(NamedTuple):
    """Rows against the bulk of the rows."""

    squared: NDArray[np.float64]
    """Squared Mahalanobis distance of each row; NaN where a value is missing."""
    outlying: NDArray[np.bool_]
    """Beyond the cut-off; False where a value is missing."""
    cutoff: float
    """The quantile of chi-squared with as many degrees of freedom as columns."""
    location: NDArray[np.float64]
    """Robust means, [columns]."""
    scatter: NDArray[np.float64]
    """Robust covariance matrix, [columns, columns]."""
    rows_used: int
    """Rows without a missing value."""
    rows_kept: int
    """Rows with weight in the final estimate."""


def robust_distance(
    values: ArrayLike,
    *,
    quantile: float = 0.975,
    support: float = 0.5,
    starts: int = 500,
    seed: int = 0,
    small_sample: bool = True,
) -> RobustDistance:
    """Distances from location and scatter by the reweighted minimum covariance determinant (FAST-MCD).

    Of clean normal rows about a share of 1 - ``quantile`` lies beyond the cut-off, of few rows somewhat more. The
    same seed gives the same bytes at any number of threads.

    Args:
        values: Rows by columns, any units; NaN is missing.
        quantile: Of chi-squared, for the cut-off and for the weights.
        support: The share of rows that must be clean: 0.5 withstands nearly half of outliers.
        starts: Random subsets to begin the search from.
        seed: Of the random subsets.
        small_sample: The scatter of few rows, which is too small, is multiplied by the factors of Pison et al. 2002.

    Source: Rousseeuw PJ, Van Driessen K. Technometrics 1999;41:212-223.

    Raises:
        ShapeError: Not two dimensions.
        ValueError: Not more than twice as many complete rows as columns, an infinite value, options outside
            their ranges, or most rows in a plane: a column that is constant or that others determine.
    """
    squared, cutoff, location, scatter, used, kept = _core.robust_distances(
        np.asarray(values, np.float64),
        support=support,
        quantile=quantile,
        starts=starts,
        seed=seed,
        small_sample=small_sample,
    )
    return RobustDistance(squared, squared > cutoff, cutoff, location, scatter, used, kept)

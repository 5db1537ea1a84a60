"""Outbreaks: positivity by ward and week, EARS and CUSUM over days, scans for clusters in time and space."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from assay._core import features as _core
from assay._core.features import Cluster, EarsOptions, OutbreakTable
from assay.errors import ShapeError
from assay.features.laboratory._days import EPOCH, day_starts

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from assay.data import Table

__all__ = [
    "Cluster",
    "EarsChart",
    "EarsOptions",
    "OutbreakTable",
    "WardCluster",
    "ears",
    "outbreak_days",
    "positivity",
    "space_time_scan",
    "temporal_scan",
]


class EarsChart(NamedTuple):
    """A chart over days; NaN where it is undefined."""

    mean: NDArray[np.float64]
    """Of the baseline."""
    deviation: NDArray[np.float64]
    """Of the baseline, at least ``least_deviation``."""
    statistic: NDArray[np.float64]
    alarms: NDArray[np.int64]
    """Days whose statistic is above the threshold."""


class WardCluster(NamedTuple):
    """More cases than expected in some wards for some days."""

    wards: tuple[Hashable, ...]
    first_day: date
    last_day: date
    """Included."""
    cases: int
    expected: float
    log_likelihood_ratio: float
    p: float
    """Monte Carlo: (r + 1) / (R + 1)."""


def ears(
    counts: ArrayLike,
    method: str = "c2",
    *,
    baseline: int = 7,
    least_deviation: float = 0.5,
    threshold: float | None = None,
) -> EarsChart:
    """A chart of the Early Aberration Reporting System over daily counts.

    C1 is (count - mean) / deviation of the ``baseline`` days before; C2 of those that end two days earlier; C3
    the sum over the day and the two before of what C2 was above 1. The thresholds are 3, 3 and 2. A deviation
    below ``least_deviation`` counts as that: after a baseline of zeros one case is 2 and two are 4. NaN is a
    day without a count; what needs it is NaN.

    Source: Hutwagner L, et al. J Urban Health 2003;80(2 Suppl 1):i89-i96.

    Raises:
        ValueError: Another method, a baseline below 2, a count below 0.
    """
    options = EarsOptions(baseline=baseline, least_deviation=least_deviation, threshold=threshold or 0.0)
    return EarsChart(*_core.ears(np.asarray(counts, np.float64).tolist(), method, options))


def positivity(
    cultures: Table, *, known_when_observed: bool = False, last_day: date | None = None, zone: str = "UTC"
) -> OutbreakTable:
    """Positivity by ward, organism and week from Monday: specimens known in the week, those with it, their share.

    A specimen counts once in a week. Rows begin with the organism's first find in the ward and have no gaps;
    the share is null in a week without a specimen. What comes to be known later changes no week that has ended.

    Args:
        cultures: The columns ward, organism (null: none was found), collected_at, reported_at, specimen_id.
        known_when_observed: A culture without reported_at was known when the specimen was taken; otherwise it is
            left out and counted.
        last_day: What came to be known later is left out.
        zone: Whose days and weeks.
    """
    first_start, starts = day_starts(zone)
    return _core.positivity(
        cultures,
        known_when_observed=known_when_observed,
        last_day=None if last_day is None else (last_day - EPOCH).days,
        first_start=first_start,
        starts=list(starts),
    )


def outbreak_days(
    cultures: Table,
    *,
    one_case_days: int = 30,
    ears: EarsOptions | None = None,
    cusum_k: float = 0.5,
    cusum_h: float = 5.0,
    known_when_observed: bool = False,
    last_day: date | None = None,
    zone: str = "UTC",
) -> OutbreakTable:
    """New cases by ward, organism and day with EARS C1, C2, C3 and a one-sided CUSUM of C2's statistic.

    A case is a patient's first find of the organism in the ward, or the next after ``one_case_days`` (0: every
    specimen), on the day on which it came to be known. ``signals`` names the charts above their limits, as in
    ``c1;c2``; it is null where none is.

    Args:
        cultures: As for `positivity`, with patient_id.
        one_case_days: Further finds of a patient within so many days are no new case.
        ears: Baseline, least deviation, threshold.
        cusum_k: Slack of the CUSUM.
        cusum_h: Its limit; it starts again at 0 after a signal.
        known_when_observed: As for `positivity`.
        last_day: What came to be known later is left out.
        zone: Whose days.
    """
    first_start, starts = day_starts(zone)
    return _core.outbreak_days(
        cultures,
        one_case_days=one_case_days,
        ears=ears or EarsOptions(),
        cusum_k=cusum_k,
        cusum_h=cusum_h,
        known_when_observed=known_when_observed,
        last_day=None if last_day is None else (last_day - EPOCH).days,
        first_start=first_start,
        starts=list(starts),
    )


def temporal_scan(
    cases: Sequence[int],
    expected: ArrayLike | None = None,
    *,
    most_days: int = 14,
    alive_only: bool = False,
    replicates: int = 999,
    seed: int = 0,
    most_clusters: int = 5,
) -> list[Cluster]:
    """Runs of days with more cases than expected: Kulldorff's scan statistic, Poisson model.

    Args:
        cases: By day.
        expected: By day in any unit (specimens, patients); by default all days alike.
        most_days: Of a cluster.
        alive_only: Only clusters that reach the last day, as in a daily look for outbreaks.
        replicates: Of the Monte Carlo test: p is (r + 1) / (R + 1).
        seed: The same seed gives the same p at any number of threads.
        most_clusters: Reported; after the most likely only those that share no day with one before.

    Source: Kulldorff M. Commun Stat Theory Methods 1997;26:1481-1496.
    """
    options = _core.ScanOptions(
        most_days=most_days,
        alive_only=alive_only,
        replicates=replicates,
        seed=seed,
        most_clusters=most_clusters,
    )
    counts = np.asarray(cases, np.int64)
    by_day = np.ones(counts.shape) if expected is None else np.asarray(expected, np.float64)
    return _core.temporal_scan(counts.tolist(), by_day.tolist(), options)


def space_time_scan(
    wards: Sequence[Hashable],
    days: Sequence[date],
    *,
    distances: ArrayLike | None = None,
    order: Sequence[Hashable] | None = None,
    most_wards: int | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    most_days: int = 14,
    alive_only: bool = False,
    replicates: int = 999,
    seed: int = 0,
    most_clusters: int = 5,
) -> list[WardCluster]:
    """Wards and days with more cases than both margins explain: Kulldorff's space-time permutation scan.

    It needs no population at risk: the replicates permute the days of the cases.

    Args:
        wards: Of each case.
        days: Of each case.
        distances: Between any two wards of ``order``, in any unit: zones are a ward with its nearest neighbours.
            Without them each ward is a zone of its own.
        order: The wards in the order of ``distances``; by default those of the cases, sorted.
        most_wards: Of a zone; by default half of them.
        first_day: Of the period, by default that of the first case.
        last_day: Of the period, by default that of the last case.
        most_days: Of a cluster.
        alive_only: Only clusters that reach the last day.
        replicates: Of the Monte Carlo test: p is (r + 1) / (R + 1).
        seed: The same seed gives the same p at any number of threads.
        most_clusters: Reported; after the most likely only those that share no ward and day with one before.

    Source: Kulldorff M, Heffernan R, Hartman J, Assuncao R, Mostashari F. PLoS Med 2005;2:e59.

    Raises:
        ShapeError: Not a day for each ward, or distances of other wards.
        ValueError: A case outside the period or in a ward outside ``order``.
    """
    if len(wards) != len(days):
        raise ShapeError(f"space_time_scan: expected a day for each ward, got {len(wards)} and {len(days)}")
    if not len(wards):
        return []
    names = sorted(set(wards), key=str) if order is None else list(order)
    place = {name: i for i, name in enumerate(names)}
    first, last = first_day or min(days), last_day or max(days)
    zones = [[i] for i in range(len(names))]
    if distances is not None:
        most = max(1, len(names) // 2) if most_wards is None else most_wards
        zones = _core.zones_by_distance(np.asarray(distances, np.float64).ravel().tolist(), len(names), most)
    options = _core.ScanOptions(
        most_days=most_days,
        alive_only=alive_only,
        replicates=replicates,
        seed=seed,
        most_clusters=most_clusters,
    )
    found = _core.space_time_scan(
        [place.get(ward, -1) for ward in wards],
        [(day - first).days for day in days],
        len(names),
        (last - first).days + 1,
        zones,
        options,
    )
    return [
        WardCluster(
            tuple(names[i] for i in cluster.places),
            date.fromordinal(first.toordinal() + cluster.first_day),
            date.fromordinal(first.toordinal() + cluster.last_day),
            cluster.cases,
            cluster.expected,
            cluster.log_likelihood_ratio,
            cluster.p,
        )
        for cluster in found
    ]

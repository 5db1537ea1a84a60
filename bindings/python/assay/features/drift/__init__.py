"""Whether values have changed: exact samples that merge, tests with effect sizes, distances.

::

    from assay.features import drift

    reference = drift.NumericSample(last_quarter)         # save it: reference.to_bytes()
    today = drift.NumericSample(morning)
    today.merge(drift.NumericSample(afternoon))           # the same to the byte as of both at once

    test = drift.ks_test(reference, today)
    test.p, test.statistic, test.location                 # never a p without its effect size
    edges = drift.quantile_edges(reference)
    drift.population_stability(drift.bin_counts(reference, edges), drift.bin_counts(today, edges))

    found = drift.report(last_quarter_table, today_table)  # every column: test, effect, verdict
    found.drifted, found.column("glucose").shift
    Path("drift.html").write_text(found.to_html())

    for text in drift.devices(quarter, today, analyte="analyte", unit="unit").sentences():
        print(text)                                       # Device XYZ, glucose: mean 95 → 105 mg/dL …

    drift.Adwin(width=10).update_all(z)                   # the positions where the mean of a stream has changed

NaN counts as missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from assay._core import features as _core
from assay._core.features import (
    Adwin,
    ChiSquaredTest,
    KsTest,
    NumericSample,
    PageHinkley,
    bin_counts,
    chi_squared_test,
    jensen_shannon_distance,
    quantile_edges,
    wasserstein_distance,
)
from assay.features.drift.devices import (
    DeviceDrift,
    DeviceReport,
    DeviceSample,
    device_sample,
    device_sentence,
    devices,
    load_device_reference,
    save_device_reference,
)
from assay.features.drift.page import column_sentence
from assay.features.drift.reports import (
    ColumnDrift,
    DriftReport,
    TableSample,
    load_reference,
    report,
    sample,
    save_reference,
)
from assay.features.drift.thresholds import default_thresholds, read_thresholds

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Adwin",
    "ChiSquaredTest",
    "ColumnDrift",
    "DeviceDrift",
    "DeviceReport",
    "DeviceSample",
    "DriftReport",
    "KsTest",
    "NumericSample",
    "PageHinkley",
    "StabilityIndex",
    "TableSample",
    "adjusted_p_values",
    "bin_counts",
    "chi_squared_test",
    "column_sentence",
    "default_thresholds",
    "device_sample",
    "device_sentence",
    "devices",
    "jensen_shannon_distance",
    "ks_test",
    "load_device_reference",
    "load_reference",
    "population_stability",
    "quantile_edges",
    "read_thresholds",
    "report",
    "sample",
    "save_device_reference",
    "save_reference",
    "wasserstein_distance",
]


class StabilityIndex(NamedTuple):
    """The population stability index, and what it is on average where nothing changed."""

    value: float
    expected_without_change: float


def population_stability(reference: ArrayLike, current: ArrayLike) -> StabilityIndex:
    """The index of two samples' counts over the same bins; 0.1 and 0.2 are the usual thresholds.

    A bin that is empty in one sample alone counts as half a value there.

    Source: Yurdakul B. Statistical properties of the population stability index, 2018.

    Raises:
        ShapeError: Other numbers of bins.
        ValueError: A count below 0, or a sample without values.
    """
    return StabilityIndex(
        *_core.population_stability(np.asarray(reference, np.int64), np.asarray(current, np.int64))
    )


def ks_test(
    reference: NumericSample | ArrayLike, current: NumericSample | ArrayLike, *, method: str = "auto"
) -> KsTest:
    """The two-sample Kolmogorov-Smirnov test, with the p-values of SciPy's ``ks_2samp``.

    Args:
        reference: A sample, or values (float64; NaN is missing). Two arrays are compared without being sorted.
        current: Likewise.
        method: "exact" counts paths, "asymptotic" takes the distribution of one sample, "auto" is exact up to 10,000
            values in the larger sample.

    Source: Hodges JL. Ark Mat 1958;3:469-486; Simard R, L'Ecuyer P. J Stat Softw 2011;39(11).

    Raises:
        ValueError: A sample without values, an infinite value, an exact test of more than 4e9 pairs.
    """
    if isinstance(reference, NumericSample) or isinstance(current, NumericSample):
        first = reference if isinstance(reference, NumericSample) else NumericSample(np.asarray(reference))
        second = current if isinstance(current, NumericSample) else NumericSample(np.asarray(current))
        return _core.ks_test(first, second, method=method)
    return _core.ks_test_of_values(
        np.asarray(reference, np.float64), np.asarray(current, np.float64), method=method
    )


def adjusted_p_values(p: ArrayLike) -> NDArray[np.float64]:
    """p-values adjusted so that at most a share q of those below q are false alarms; NaN stays NaN.

    Source: Benjamini Y, Hochberg Y. J R Stat Soc B 1995;57:289-300.
    """
    return np.asarray(_core.adjusted_p_values(np.asarray(p, np.float64)))

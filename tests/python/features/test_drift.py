"""assay.features.drift against SciPy."""

from __future__ import annotations

import numpy as np
import pytest

from assay.features import drift

stats = pytest.importorskip("scipy.stats", reason="scipy is not installed")
distance = pytest.importorskip("scipy.spatial.distance", reason="scipy is not installed")


@pytest.mark.parametrize(("m", "n"), [(1, 2), (2, 3), (7, 7), (40, 60), (100, 100), (97, 101), (1500, 900)])
@pytest.mark.parametrize("shift", [0.0, 0.3, 3.0])
def test_ks_has_scipys_p_values(m: int, n: int, shift: float) -> None:
    rng = np.random.default_rng(m * 1000 + n)
    a, b = rng.normal(size=m), rng.normal(shift, 1, n)
    ours, other = drift.NumericSample(a), drift.NumericSample(b)
    for method, theirs in (("exact", "exact"), ("asymptotic", "asymp")):
        expected = stats.ks_2samp(a, b, method=theirs)
        found = drift.ks_test(ours, other, method=method)
        assert found.statistic == pytest.approx(expected.statistic, rel=1e-14)
        assert found.p == pytest.approx(expected.pvalue, rel=1e-8, abs=1e-300)
        # SciPy may name another of several values at which the distance is the same.
        apart = (a <= found.location).mean() - (b <= found.location).mean()
        assert abs(apart) == pytest.approx(found.statistic, rel=1e-12)
        assert found.first_above == (apart > 0)


def test_ks_of_ties_and_many_values() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.integers(0, 20, 30_000).astype(float), rng.integers(0, 21, 20_000).astype(float)
    found, expected = drift.ks_test(drift.NumericSample(a), drift.NumericSample(b)), stats.ks_2samp(a, b)
    assert (found.exact, found.statistic) == (False, pytest.approx(expected.statistic, rel=1e-14))
    assert found.p == pytest.approx(expected.pvalue, rel=1e-8)
    with pytest.raises(ValueError, match="none in the current"):
        drift.ks_test(drift.NumericSample(a), drift.NumericSample([np.nan]))
    with pytest.raises(ValueError, match="auto, exact or asymptotic"):
        drift.ks_test(drift.NumericSample(a), drift.NumericSample(b), method="bootstrap")


def test_distances_and_counts_equal_scipys() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=5000), rng.normal(0.2, 1.3, 4000)
    ours, other = drift.NumericSample(a), drift.NumericSample(b)
    assert drift.wasserstein_distance(ours, other) == pytest.approx(stats.wasserstein_distance(a, b), rel=1e-11)
    edges = drift.quantile_edges(ours)
    p, q = drift.bin_counts(ours, edges), drift.bin_counts(other, edges)
    assert p == np.bincount(np.searchsorted(edges, a, side="left"), minlength=10).tolist()
    assert max(p) - min(p) <= 1
    test = drift.chi_squared_test(p, q)
    expected = stats.chi2_contingency(np.array([p, q]), correction=False)
    assert (test.statistic, test.degrees) == (pytest.approx(expected.statistic, rel=1e-12), expected.dof)
    assert test.p == pytest.approx(expected.pvalue, rel=1e-9)
    assert drift.jensen_shannon_distance(p, q) == pytest.approx(distance.jensenshannon(p, q, base=2), rel=1e-12)
    share, other_share = np.array(p) / sum(p), np.array(q) / sum(q)
    psi = ((other_share - share) * np.log(other_share / share)).sum()
    assert drift.population_stability(p, q).value == pytest.approx(psi, rel=1e-12)


@pytest.mark.parametrize(("degrees", "x"), [(1, 0.01), (1, 30.0), (5, 4.0), (50, 30.0), (50, 200.0), (999, 1100.0)])
def test_chi_squared_tails_equal_scipys(degrees: int, x: float) -> None:
    """Counts whose statistic is about x, over degrees + 1 bins."""
    reference = np.full(degrees + 1, 10_000)
    step = round(np.sqrt(x * 2 * 10_000 / (degrees + 1)))
    current = reference + step * (-1) ** np.arange(degrees + 1)
    test = drift.chi_squared_test(reference, current)
    assert test.p == pytest.approx(stats.chi2.sf(test.statistic, degrees), rel=1e-9)


def test_adjusted_p_values_equal_scipys() -> None:
    p = np.random.default_rng(4).uniform(size=500) ** 3
    np.testing.assert_allclose(drift.adjusted_p_values(p), stats.false_discovery_control(p), rtol=1e-14)


def test_samples_merge_and_are_saved() -> None:
    values = np.random.default_rng(5).normal(size=10_001).round(2)
    values[::100] = np.nan
    whole, merged = drift.NumericSample(values), drift.NumericSample([])
    for part in np.array_split(values, 13):
        merged.merge(drift.NumericSample(part))
    assert merged == whole and merged.to_bytes() == whole.to_bytes()
    assert drift.NumericSample.from_bytes(whole.to_bytes()) == whole
    assert len(whole) == whole.count == 10_001 - 101 and whole.missing == 101
    assert whole.mean == pytest.approx(np.nanmean(values), rel=1e-12)
    assert whole.standard_deviation == pytest.approx(np.nanstd(values, ddof=1), rel=1e-12)
    with pytest.raises(ValueError, match=r"checksum|length|something else"):
        drift.NumericSample.from_bytes(whole.to_bytes()[:-1])

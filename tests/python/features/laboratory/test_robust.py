"""Robust distances against scikit-learn's MinCovDet and by what they are for. All data are made up."""

from __future__ import annotations

import numpy as np
import pytest

import assay
from assay.features import laboratory

stats = pytest.importorskip("scipy.stats", reason="scipy is not installed")


def contaminated(n: int, p: int, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    mix = rng.normal(size=(p, p)) + 2 * np.eye(p)
    values = rng.normal(size=(n, p)) @ mix.T * np.geomspace(1e-3, 1e4, p) + np.geomspace(1, 1e5, p)
    bad = np.zeros(n, bool)
    bad[rng.permutation(n)[: int(n * share)]] = True
    values[bad] += 12 * mix.sum(axis=1) * np.geomspace(1e-3, 1e4, p)
    return values, bad


def naive(values: np.ndarray, starts: int) -> np.ndarray:
    """Squared distances from the reweighted determinant, every start followed to its end with a full inverse."""
    rng = np.random.default_rng(0)
    n, p = values.shape
    x = (values - values.mean(0)) / values.std(0)
    h = (n + p + 1) // 2
    best, chosen = np.inf, np.arange(n)

    def distances(center: np.ndarray, scatter: np.ndarray) -> np.ndarray:
        return np.einsum("ij,jk,ik->i", x - center, np.linalg.pinv(scatter), x - center)

    for _ in range(starts):
        subset, last = rng.permutation(n)[: p + 1], np.inf
        while True:
            nearest = distances(x[subset].mean(0), np.cov(x[subset].T, bias=True))
            subset = np.sort(np.argsort(nearest, kind="stable")[:h])
            determinant = np.linalg.slogdet(np.cov(x[subset].T, bias=True))[1]
            if determinant >= last - 1e-12:
                break
            last = determinant
        if last < best - 1e-10:
            best, chosen = last, subset

    def factor(share: float) -> float:
        return share / stats.chi2.cdf(stats.chi2.ppf(share, p), p + 2)

    def few(two: tuple[float, float], q2: tuple[float, float], q3: tuple[float, float]) -> float:
        """Pison et al. 2002: the line of log(shortfall) over log(n) through its values at n = 2p² and 3p²."""
        if p == 2:
            return float(1 / (1 - np.exp(two[0]) / n ** two[1]))
        lines = np.array([[1, -np.log(2 * p**2)], [1, -np.log(3 * p**2)]])
        a, b = np.linalg.solve(lines, np.log([q2[0] / p ** q2[1], q3[0] / p ** q3[1]]))
        return float(1 / (1 - np.exp(a) / n**b))

    raw_few = few(
        (0.673292623522027, 0.691365864961895),
        (1.42764571687802, 1.26263336932151),
        (1.06141115981725, 1.28907991440387),
    )
    last_few = few(
        (3.11101712909049, 1.91401056721863),
        (1.02842572724793, 1.67659883081926),
        (0.26800273450853, 1.35968562893582),
    )

    raw = distances(x[chosen].mean(0), np.cov(x[chosen].T, bias=True) * factor(h / n) * raw_few)
    kept = x[raw <= stats.chi2.ppf(0.975, p)]
    return distances(kept.mean(0), np.cov(kept.T) * factor(0.975) * last_few)


@pytest.mark.parametrize(("n", "p", "share"), [(51, 4, 0.08), (60, 3, 0.1), (100, 3, 0.3), (301, 2, 0.4)])
def test_distances_equal_those_of_a_naive_search(n: int, p: int, share: float) -> None:
    values, bad = contaminated(n, p, share, seed=n)
    found = laboratory.robust_distance(values)
    np.testing.assert_allclose(found.squared, naive(values, 400), rtol=1e-9)
    assert found.cutoff == pytest.approx(stats.chi2.ppf(0.975, p), rel=1e-12)
    assert found.outlying[bad].all()


@pytest.mark.parametrize(("n", "share"), [(151, 0.2), (301, 0.4)])
def test_distances_equal_scikit_learns(n: int, share: float) -> None:
    """With two columns, where both find the same subset; scikit-learn divides the last covariance by n, not n - 1, and
    corrects nothing for few rows."""
    covariance = pytest.importorskip("sklearn.covariance", reason="scikit-learn is not installed")
    values, _ = contaminated(n, 2, share, seed=n)
    theirs = covariance.MinCovDet(random_state=0).fit((values - values.mean(0)) / values.std(0))
    found = laboratory.robust_distance(values, small_sample=False)
    kept = theirs.support_.sum()
    assert found.rows_kept == kept and found.rows_used == n
    np.testing.assert_allclose(found.squared, theirs.dist_ * (kept - 1) / kept, rtol=1e-9)
    np.testing.assert_allclose(found.location, theirs.location_ * values.std(0) + values.mean(0), rtol=1e-9)


def test_estimates_stand_beside_those_of_the_clean_rows() -> None:
    values, bad = contaminated(2000, 4, 0.35, seed=5)
    found = laboratory.robust_distance(values)
    assert found.outlying[bad].all()
    clean = np.cov(values[~bad].T)
    ratio = np.linalg.eigvals(found.scatter @ np.linalg.inv(clean)).real
    assert ratio.min() > 0.85 and ratio.max() < 1.15
    assert found.outlying[~bad].mean() == pytest.approx(0.025, abs=0.01)
    difference = values - found.location
    again = np.einsum("ij,jk,ik->i", difference, np.linalg.inv(found.scatter), difference)
    np.testing.assert_allclose(found.squared, again, rtol=1e-6)


def test_distances_do_not_change_with_units_or_the_order_of_columns() -> None:
    values, _ = contaminated(300, 3, 0.2, seed=6)
    one = laboratory.robust_distance(values).squared
    other = laboratory.robust_distance(values[:, [2, 0, 1]] * [1e6, 1e-6, -3.0] + 7).squared
    np.testing.assert_allclose(one, other, rtol=1e-6)


def test_many_rows_are_searched_in_groups() -> None:
    values, bad = contaminated(20_000, 3, 0.3, seed=7)
    found = laboratory.robust_distance(values)
    assert found.outlying[bad].all() and found.outlying[~bad].mean() == pytest.approx(0.025, abs=0.01)
    again = laboratory.robust_distance(values)
    assert found.squared.tobytes() == again.squared.tobytes()
    other = laboratory.robust_distance(values, seed=99)
    assert np.corrcoef(found.squared, other.squared)[0, 1] > 0.9999


def test_missing_values_and_bad_input() -> None:
    values, _ = contaminated(100, 2, 0.1, seed=8)
    gaps = values.copy()
    gaps[[3, 50], [0, 1]] = np.nan
    found = laboratory.robust_distance(gaps)
    assert np.flatnonzero(np.isnan(found.squared)).tolist() == [3, 50] and not found.outlying[3]
    rest = laboratory.robust_distance(np.delete(values, [3, 50], axis=0))
    assert np.delete(found.squared, [3, 50]).tobytes() == rest.squared.tobytes() and found.rows_used == 98
    with pytest.raises(assay.ShapeError, match="1 dimensions"):
        laboratory.robust_distance(values[:, 0])
    with pytest.raises(assay.ValueError, match="more than 4 complete rows"):
        laboratory.robust_distance(values[:4])
    with pytest.raises(assay.ValueError, match="column 1 at one value"):
        laboratory.robust_distance(
            np.column_stack([values[:, 0], np.where(np.arange(100) < 60, 4.0, values[:, 1])])
        )
    with pytest.raises(assay.ValueError, match="in a plane"):
        laboratory.robust_distance(np.column_stack([values, values.sum(axis=1)]))
    gaps[0, 0] = np.inf
    with pytest.raises(assay.ValueError, match="infinity in row 0"):
        laboratory.robust_distance(gaps)
    with pytest.raises(assay.ValueError, match=r"0\.5 to 1"):
        laboratory.robust_distance(values, support=0.4)
    everything = laboratory.robust_distance(values, support=1)
    assert everything.rows_used == 100


@pytest.mark.parametrize(("rows", "support", "most"), [(50, 0.5, 0.17), (50, 0.75, 0.08), (500, 0.5, 0.04)])
def test_false_alarms_of_few_clean_rows(rows: int, support: float, most: float) -> None:
    """As docs/laboratory/features.md states them; without the correction there are more."""
    rng = np.random.default_rng(rows)
    samples = [rng.normal(size=(rows, 4)) for _ in range(40)]
    shares = [laboratory.robust_distance(x, support=support).outlying.mean() for x in samples]
    assert 0.015 < np.mean(shares) < most
    plain = [
        laboratory.robust_distance(x, support=support, small_sample=False).outlying.mean() for x in samples
    ]
    assert np.mean(plain) > np.mean(shares) or rows == 500

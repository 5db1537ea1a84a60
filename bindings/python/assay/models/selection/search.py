"""Randomised search for parameters by cross-validation."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay import errors
from assay.models.estimators import Estimator, seed_of
from assay.models.selection.validate import Progress, Scorer, _splits, copy_of, cross_validate

__all__ = ["RandomizedSearch"]

_MOST_COMBINATIONS = 100_000


class RandomizedSearch(Estimator):
    """Draws parameters, judges each draw by cross-validation on the same folds, and fits the best on all rows.

    The best score is that of the winner among many and so too good: judge the search itself by cross-validation
    (``cross_validate(RandomizedSearch(...), X, y)``). Where rows have groups, the folds in here must keep them whole
    too: give `cv` such folds and ``fit`` the groups (``cross_validate(..., fit_params={"groups": groups})``).

    A fold on which no draw has a score, such as one without positives, is left out for all draws.

    Args:
        estimator: What is fitted.
        param_distributions: For each parameter a list of values, or something with ``rvs(random_state=)`` as SciPy's
            distributions have. Where all are lists no combination is tried twice.
        n_iter: Number of draws.
        scoring: As for `cross_validate`; one.
        cv: As for `cross_validate`.
        random_state: Seed of the draws.
        refit: Whether the best is fitted on all rows.
        progress: Called after each draw with the number done and that of all.

    Attributes:
        best_params_: Parameters of the best draw; of equal ones the first.
        best_score_: Mean score of it over the folds.
        best_estimator_: Fitted on all rows.
        cv_results_: ``params``, ``mean_test_score``, ``std_test_score``, ``mean_fit_time`` of each draw.
    """

    def __init__(
        self,
        estimator: Any,
        param_distributions: Mapping[str, Any],
        *,
        n_iter: int = 10,
        scoring: str | Scorer | None = None,
        cv: Any = 5,
        random_state: Any = 0,
        refit: bool = True,
        progress: Progress | None = None,
    ) -> None:
        self.estimator = estimator
        self.param_distributions = param_distributions
        self.n_iter = n_iter
        self.scoring = scoring
        self.cv = cv
        self.random_state = random_state
        self.refit = refit
        self.progress = progress

    best_estimator_: Any
    classes_: NDArray[Any]

    def fit(self, X: Any, y: Any, groups: Any = None) -> RandomizedSearch:
        """Searches, then fits the best.

        Raises:
            ValueError: Fewer than one draw, no parameters, or every draw's score is NaN.
        """
        draws = self._draws()
        splits = _splits(self.cv, X, y, groups, self.estimator)
        scores, times = [], []
        for done, params in enumerate(draws, 1):
            model = copy_of(self.estimator, **params)
            found = cross_validate(model, X, y, scoring=self.scoring, cv=splits)
            scores.append(found["test_score"])
            times.append(float(found["fit_time"].mean()))
            if self.progress is not None:
                self.progress(done, len(draws))
        table = np.array(scores)
        table = table[:, ~np.isnan(table).all(axis=0)]
        means = table.mean(axis=1) if table.size else np.array([np.nan])
        if np.isnan(means).all():
            raise errors.ValueError("RandomizedSearch.fit: the score of every draw is NaN")
        best = int(np.nanargmax(means))
        self.cv_results_ = {
            "params": draws,
            "mean_test_score": means.tolist(),
            "std_test_score": table.std(axis=1).tolist(),
            "mean_fit_time": times,
        }
        self.best_index_ = best
        self.best_params_ = draws[best]
        self.best_score_ = float(means[best])
        if self.refit:
            self.best_estimator_ = copy_of(self.estimator, **self.best_params_).fit(X, y)
            self.n_features_in_ = self.best_estimator_.n_features_in_
            if hasattr(self.best_estimator_, "classes_"):
                self.classes_ = self.best_estimator_.classes_
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """By the best estimator."""
        found: NDArray[Any] = self._best("predict").predict(X)
        return found

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """By the best estimator."""
        found: NDArray[np.float64] = self._best("predict_proba").predict_proba(X)
        return found

    def score(self, X: Any, y: Any) -> float:
        """Of the best estimator, by its own measure."""
        return float(self._best("score").score(X, y))

    def __sklearn_tags__(self) -> Any:
        return self.estimator.__sklearn_tags__()

    def _best(self, what: str) -> Any:
        if "best_estimator_" not in self.__dict__:
            from assay.models.estimators._errors import not_fitted

            raise not_fitted(f"RandomizedSearch.{what}: this model is not fitted yet; call fit(X, y) first")
        return self.best_estimator_

    def _draws(self) -> list[dict[str, Any]]:
        if self.n_iter < 1 or not self.param_distributions:
            raise errors.ValueError("RandomizedSearch: expected parameters and at least one draw")
        rng = np.random.default_rng(seed_of(self.random_state))
        lists = {name: it for name, it in self.param_distributions.items() if not hasattr(it, "rvs")}
        if not all(_is_list(it) for it in lists.values()):
            raise errors.ValueError(
                "RandomizedSearch: expected a list of values or a distribution for each parameter"
            )
        total = math.prod(len(it) for it in lists.values())
        if len(lists) == len(self.param_distributions) and total <= _MOST_COMBINATIONS:
            every = list(itertools.product(*lists.values()))
            chosen = rng.permutation(total)[: self.n_iter]
            return [dict(zip(lists, every[i], strict=True)) for i in chosen]
        return [
            {
                name: it.rvs(random_state=np.random.RandomState(int(rng.integers(2**31))))
                if hasattr(it, "rvs")
                else it[int(rng.integers(len(it)))]
                for name, it in self.param_distributions.items()
            }
            for _ in range(self.n_iter)
        ]


def _is_list(values: Any) -> bool:
    return isinstance(values, (Sequence, np.ndarray)) and not isinstance(values, str) and len(values) > 0

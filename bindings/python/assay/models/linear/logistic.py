"""Logistic regression as scikit-learn has it."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay import _native, errors  # noqa: F401 - _native cleans the core's errors
from assay._core.models import LogisticModel, fit_logistic_regression
from assay.models.estimators import Classifier, class_weights, parameters_of, plain_parameters
from assay.models.estimators._errors import not_fitted, warning_of
from assay.models.estimators._inputs import check_finite
from assay.models.imputation import MedianImputer

__all__ = ["LogisticRegression"]


class LogisticRegression(Classifier):
    """Linear log-odds of two or more classes with an L2 penalty, fitted to a tight tolerance by Newton's method.

    Minimises the sum of weight x log loss + |coefficients|^2 / (2 C); intercepts are not penalised, and several classes
    have one softmax. When it has converged, coefficients are those of scikit-learn at the same C to 1e-6.

    Args:
        C: Inverse of the penalty, above 0; ``math.inf`` for none.
        fit_intercept: Whether the log-odds have a constant.
        class_weight: None, ``"balanced"`` or {class: weight}.
        tol: Of the largest gradient, divided by the sum of the weights and by the standard deviation of its feature.
            Unlike scikit-learn's it means the same whatever the units of X.
        max_iter: Of Newton's method; more than a dozen are seldom needed.
        standardise: Whether features are taken in units of their standard deviation, from their mean, as a
            ``StandardScaler`` before would do: the penalty then does not depend on units. ``coef_`` is always in the
            units of X.
        impute: Whether NaN is taken as a missing value: the median of the training rows stands in its place, and
            features that were missing at training have an indicator (`assay.models.imputation.MedianImputer`), both
            learnt by ``fit`` from its rows alone.

    Attributes:
        coef_: [1, features] of two classes (log-odds of the second), [classes, features] of more; coefficients of the
            indicators follow those of the features.
        imputer_: Medians and indicators, where ``impute``.
        metadata: The header of the file that the model was loaded from, until it is fitted again.
        intercept_: [1] or [classes].
        converged_: False where the tolerance was not reached, or a plane separates the classes and nothing penalises.
        n_iter_: [1], iterations.
    """

    def __init__(
        self,
        *,
        C: float = 1.0,
        fit_intercept: bool = True,
        class_weight: Any = None,
        tol: float = 1e-8,
        max_iter: int = 100,
        standardise: bool = False,
        impute: bool = False,
    ) -> None:
        self.C = C
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.tol = tol
        self.max_iter = max_iter
        self.standardise = standardise
        self.impute = impute

    coef_: NDArray[np.float64]
    intercept_: NDArray[np.float64]
    n_iter_: NDArray[np.int32]
    converged_: bool
    imputer_: MedianImputer
    metadata: dict[str, Any]

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LogisticRegression:
        """Fits; warns where it did not converge.

        Raises:
            ValueError: Missing or infinite values, a single class, a parameter outside its range.
            ShapeError: X, y and weights do not fit each other.
        """
        data = self._training(X, y, sample_weight)
        of_class = class_weights(
            self.class_weight, self.classes_, data.y, data.weights, what="LogisticRegression.fit"
        )
        rows, scale, middle = data.rows, 1.0, 0.0
        for name in ("imputer_", "metadata"):  # of the model that was there before
            self.__dict__.pop(name, None)
        if self.impute:
            self.imputer_ = MedianImputer().fit(rows, sample_weight=data.weights)
            rows = self.imputer_._complete(rows)
        if self.standardise:
            rows, scale, middle = _standardised(rows, data.weights)
        found = fit_logistic_regression(
            rows,
            data.y,
            classes=len(self.classes_),
            weights=data.weights,
            class_weights=of_class.tolist(),
            inverse_penalty=float(self.C),
            fit_intercept=self.fit_intercept,
            tolerance=float(self.tol),
            max_iterations=int(self.max_iter),
        )
        self.coef_ = found.model.coefficients / scale
        self.intercept_ = found.model.intercepts - self.coef_ @ (middle * np.ones(rows.shape[1]))
        self.n_iter_ = np.array([max(found.iterations, 1)], dtype=np.int32)
        self.converged_ = found.converged
        if not found.converged:
            _warn_not_converged(found.iterations)
        return self

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Log-odds: [rows] of two classes, [rows, classes] of more."""
        rows = self._design(self._rows(X, what="decision_function"))
        found: NDArray[np.float64] = self._fitted().decision(rows)
        return found[:, 0] if len(self.classes_) == 2 else found

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities [rows, classes], in the order of ``classes_``."""
        rows = self._design(self._rows(X, what="predict_proba"))
        found: NDArray[np.float64] = self._fitted().probabilities(rows)
        return found

    def predict_row(self, row: Sequence[float]) -> list[float]:
        """Probabilities of one row [features] in the order of the training; the fastest way for one.

        NaN is imputed where the model does that, and refused where it does not, as by `predict_proba`.

        Raises:
            NotFittedError: The model is not trained.
            ShapeError: Another number of features.
            ValueError: Infinity, or a missing value that is not imputed.
        """
        what = "LogisticRegression.predict_row"
        if "coef_" not in self.__dict__:
            raise not_fitted(f"{what}: this model is not fitted yet; call fit(X, y) first")
        try:
            rows = np.array([row], dtype=np.float64)
        except (TypeError, ValueError):  # whose texts quote the value
            rows = None
        if rows is None:
            raise TypeError(f"{what}: expected a list of numbers, got something else in it")
        if rows.shape != (1, self.n_features_in_):
            raise errors.ShapeError(
                f"{what}: expected one row of {self.n_features_in_} features, got shape {rows.shape[1:]}"
            )
        names = self.__dict__.get("feature_names_in_")
        check_finite(rows, names, what=what, allow_nan=self._takes_nan())
        found: list[float] = self._fitted().probabilities(self._design(rows))[0].tolist()
        return found

    def save(self, path: str | os.PathLike[str], **metadata: Any) -> None:
        """Writes the model and what is said of it; see `assay.models.load_model`."""
        from assay.models.model_file import save_model

        save_model(self, path, **metadata)

    def _model_state(self) -> tuple[dict[str, Any], bytes]:
        if "coef_" not in self.__dict__:
            self._rows([[0.0]], what="save")  # says that the model is not fitted
        self._fitted()  # refuses coefficients that were set and do not fit
        names = self.__dict__.get("feature_names_in_")
        header = {
            "kind": "linear.logistic",
            "feature_names": None if names is None else [str(name) for name in names],
            "features": self.n_features_in_,
            "classes": self.classes_.tolist(),
            "parameters": plain_parameters(self.get_params(deep=False))
            | ({"C": None} if isinstance(self.C, float) and math.isinf(self.C) else {}),
        }
        if "imputer_" in self.__dict__:
            header["imputation"] = self.imputer_._state()
        if "converged_" in self.__dict__:
            header |= {"converged": bool(self.converged_), "iterations": int(self.n_iter_[0])}
        return header, np.column_stack([self.coef_, self.intercept_]).astype("<f8").tobytes()

    @classmethod
    def _from_model_state(cls, header: dict[str, Any], payload: bytes) -> LogisticRegression:
        given = parameters_of(header, cls._defaults())
        if given.get("C", 1.0) is None:
            given["C"] = math.inf  # JSON has no infinity
        model = cls(**given)
        features, names = int(header["features"]), header["feature_names"]
        if features < 1 or (names is not None and len(names) != features):
            raise errors.ValueError("feature_names")
        model.n_features_in_ = features
        model.classes_ = np.array(header["classes"])
        if model.classes_.ndim != 1:
            raise errors.ValueError("classes")
        if names is not None:
            model.feature_names_in_ = np.array(names, dtype=object)
        if header.get("imputation") is not None:
            model.imputer_ = MedianImputer._from_state(header["imputation"])
            if model.imputer_.n_features_in_ != features:
                raise errors.ValueError("imputation")
        numbers = np.frombuffer(payload, dtype="<f8").reshape(-1, model._columns() + 1)
        model.coef_, model.intercept_ = numbers[:, :-1].copy(), numbers[:, -1].copy()
        if "converged" in header:  # files of before do not say
            model.converged_ = bool(header["converged"])
            model.n_iter_ = np.array([int(header["iterations"])], dtype=np.int32)
        model._fitted()  # refuses what does not fit together
        return model

    def _takes_nan(self) -> bool:
        return bool(self.impute)

    def _columns(self) -> int:
        """Of the coefficients: features, and indicators where values are imputed."""
        imputer = self.__dict__.get("imputer_")
        return self.n_features_in_ + (0 if imputer is None else len(imputer.indicated_))

    def _design(self, rows: NDArray[Any]) -> NDArray[np.float64]:
        """Checked rows as the coefficients are for: imputed where the model does that."""
        imputer = self.__dict__.get("imputer_")
        if imputer is not None:
            completed: NDArray[np.float64] = imputer._complete(rows)
            return completed
        if self.impute:  # set after the fit, which has learnt no medians
            check_finite(
                rows, self.__dict__.get("feature_names_in_"), what="LogisticRegression", allow_nan=False
            )
        return rows

    def _fitted(self) -> LogisticModel:
        # Made from coef_ and intercept_ at each call: they are the model, also where someone has set them.
        classes = len(self.classes_)
        expected = (1 if classes == 2 else classes, self._columns())
        if np.shape(self.coef_) != expected or np.shape(self.intercept_) != expected[:1]:
            raise errors.ShapeError(
                f"LogisticRegression: expected coef_ of shape {expected} and intercept_ of shape {expected[:1]} for "
                f"{classes} classes and {expected[1]} features, got {np.shape(self.coef_)} and "
                f"{np.shape(self.intercept_)}; fit again or set both"
            )
        return LogisticModel(self.coef_, self.intercept_, classes=classes)


def _standardised(
    rows: NDArray[np.float64], weights: NDArray[np.float64] | None
) -> tuple[NDArray[np.float64], Any, Any]:
    """Rows in standard deviations from the mean, those deviations (1 where a feature is constant), and the means."""
    middle = np.average(rows, axis=0, weights=weights)
    centred = rows - middle
    scale = np.sqrt(np.average(centred**2, axis=0, weights=weights))
    scale[scale <= 10 * np.finfo(np.float64).eps * np.abs(middle)] = 1.0
    return centred / scale, scale, middle


def _warn_not_converged(iterations: int) -> None:
    warnings.warn(
        f"LogisticRegression did not converge in {iterations} iterations: raise max_iter, standardise the features, or "
        "lower C where a plane separates the classes",
        warning_of("ConvergenceWarning"),
        stacklevel=3,
    )

"""The bases of all estimators: parameters, checks of inputs by name, tags, scores."""

from __future__ import annotations

import inspect
import warnings
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from assay import errors
from assay.models.estimators._errors import FeatureOrderWarning, not_fitted
from assay.models.estimators._inputs import Order, check_finite, rows_of
from assay.models.estimators._page import html_of, text_of
from assay.models.estimators._targets import (
    Training,
    class_codes,
    flat_target,
    r_squared,
    row_weights,
    targets,
)

__all__ = ["Classifier", "Estimator", "OutlierDetector", "Regressor", "Transformer"]

Self = TypeVar("Self", bound="Estimator")


class Estimator:
    """Parameters by name, and rows checked against those of the training.

    A subclass names its parameters in ``__init__``, which only stores them, says below what it takes, calls
    `_fit_rows` in ``fit`` and `_rows` in whatever predicts, and keeps what it learns in names that end in ``_``.

    Attributes:
        n_features_in_: Number of features at training.
        feature_names_in_: Their names, where the training input had any.
    """

    _kind: ClassVar[str | None] = None
    _allow_nan: ClassVar[bool] = False
    _dtype: ClassVar[DTypeLike] = np.float64
    _order: ClassVar[Order] = "C"

    n_features_in_: int
    feature_names_in_: NDArray[np.object_]

    @classmethod
    def _defaults(cls) -> dict[str, Any]:
        """Parameters of ``__init__`` with their defaults, in order."""
        given = list(inspect.signature(cls.__init__).parameters.values())[1:]
        return {p.name: p.default for p in given if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters by name; with ``deep`` those of nested estimators too, as ``estimator__C``."""
        out: dict[str, Any] = {}
        for name in self._defaults():
            value = getattr(self, name)
            out[name] = value
            if deep and hasattr(value, "get_params") and not isinstance(value, type):
                out.update({f"{name}__{inner}": it for inner, it in value.get_params().items()})
        return out

    def set_params(self: Self, **params: Any) -> Self:
        """Sets parameters by name; ``estimator__C`` sets one of a nested estimator.

        Raises:
            ValueError: A name that is none of the parameters.
        """
        known = self._defaults()
        nested: dict[str, dict[str, Any]] = {}
        for name, value in params.items():
            own, inner, rest = name.partition("__")
            if own not in known:
                raise errors.ValueError(
                    f"Invalid parameter '{own}' for estimator {type(self).__name__}. "
                    f"Valid parameters are: {list(known)}."
                )
            if inner:
                nested.setdefault(own, {})[rest] = value
            else:
                setattr(self, own, value)
        for own, values in nested.items():
            getattr(self, own).set_params(**values)
        return self

    def __repr__(self) -> str:
        return text_of(self, self._defaults())

    def _repr_html_(self) -> str:
        return html_of(self, self._defaults())

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn asks of an estimator; needs scikit-learn 1.6 or newer."""
        from assay.models.estimators._tags import tags_of

        return tags_of(self._kind, allow_nan=self._takes_nan(), dtype=self._dtype)

    def _takes_nan(self) -> bool:
        """Whether NaN is a missing value to the model as its parameters are."""
        return self._allow_nan

    # -- Rows

    def _fit_rows(self, X: Any, *, what: str = "fit") -> NDArray[Any]:
        """The rows of a training input, checked; records number and names of the features."""
        what = f"{type(self).__name__}.{what}"
        rows = rows_of(X, what=what, dtype=self._dtype, order=self._order)
        if rows.names is not None and len(set(rows.names)) < len(rows.names):
            twice = next(name for name in rows.names if rows.names.count(name) > 1)
            raise errors.SchemaError(f"{what}: expected features of different names, got '{twice}' twice")
        check_finite(rows.values, rows.names, what=what, allow_nan=self._takes_nan())
        self.n_features_in_ = rows.values.shape[1]
        if rows.names is not None:
            self.feature_names_in_ = np.array(rows.names, dtype=object)
        elif "feature_names_in_" in self.__dict__:
            del self.feature_names_in_
        return rows.values

    def _rows(self, X: Any, *, what: str = "predict") -> NDArray[Any]:
        """The rows to predict, their columns in the order of the training.

        Columns are found by name where both inputs have names; another order is put right and said so by a
        `FeatureOrderWarning`.

        Raises:
            NotFittedError: The model is not trained.
            SchemaError: A feature is missing, or one came that the model does not know.
            ShapeError: Another number of features, one dimension, no rows.
        """
        if "n_features_in_" not in self.__dict__:
            raise not_fitted(
                f"{type(self).__name__}.{what}: this model is not fitted yet; call fit(X, y) first"
            )
        names = self.__dict__.get("feature_names_in_")
        where = f"{type(self).__name__}.{what}"
        rows = rows_of(X, what=where, dtype=self._dtype, order=self._order)
        values = rows.values
        if rows.names is not None and names is not None:
            if rows.names != names.tolist():
                values = self._by_name(values, rows.names, names.tolist(), where)
        elif values.shape[1] != self.n_features_in_:
            raise errors.ShapeError(
                f"{where}: X has {values.shape[1]} features, but {type(self).__name__} is expecting "
                f"{self.n_features_in_} features as input"
            )
        elif names is not None:
            self._warn(
                f"X does not have valid feature names, but {type(self).__name__} was fitted with feature names"
            )
        elif rows.names is not None:
            self._warn(f"X has feature names, but {type(self).__name__} was fitted without feature names")
        check_finite(values, names, what=where, allow_nan=self._takes_nan())
        return values

    def _by_name(self, values: NDArray[Any], came: list[str], names: list[str], where: str) -> NDArray[Any]:
        missing = [name for name in names if name not in set(came)]
        unknown = [name for name in came if name not in set(names)]
        if missing or unknown:
            raise errors.SchemaError(f"{where}: {_difference(missing, unknown, len(names))}")
        if len(came) != len(names):
            twice = next(name for name in came if came.count(name) > 1)
            raise errors.SchemaError(f"{where}: expected features of different names, got '{twice}' twice")
        self._warn(
            f"{where}: the columns came in another order than at training and were put in order by name",
            FeatureOrderWarning,
        )
        order = [came.index(name) for name in names]
        return np.asarray(values[:, order], order=None if self._order == "A" else self._order)

    @staticmethod
    def _warn(text: str, category: type[Warning] = UserWarning) -> None:
        warnings.warn(text, category, stacklevel=4)


def _difference(missing: list[str], unknown: list[str], expected: int) -> str:
    """One sentence on features that are missing, renamed or too many."""

    def listed(names: list[str]) -> str:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        return ", ".join(f"'{name}'" for name in names[:3]) + more

    start = f"expected the {expected} features of the training"
    if missing and unknown:
        verb = "is" if len(missing) == 1 else "are"
        return f"{start}; {listed(missing)} {verb} missing and unknown came {listed(unknown)} (renamed?)"
    if missing:
        return f"{start}, got no {listed(missing)}"
    return f"{start}, got also {listed(unknown)}, unknown to the model"


class Classifier(Estimator):
    """Base of classifiers: a subclass has ``fit`` and ``predict_proba``.

    Attributes:
        classes_: Sorted classes of the training.
    """

    _kind = "classifier"
    _estimator_type = "classifier"
    classes_: NDArray[Any]

    def _training(self, X: Any, y: Any, sample_weight: Any = None) -> Training:
        """A checked training input; records features and classes."""
        what = f"{type(self).__name__}.fit"
        if y is None:
            raise errors.ValueError(f"{what} requires y to be passed, but the target y is None")
        rows = self._fit_rows(X)
        classes, codes = class_codes(y, len(rows), what=what)
        weights = row_weights(sample_weight, len(rows), what=what)
        self.classes_ = classes
        return Training(rows, codes, weights)

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities [rows, classes], in the order of ``classes_``."""
        raise NotImplementedError

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable class of each row; of two equal ones the first."""
        probabilities = self.predict_proba(X)  # first: it says where the model is not fitted
        predicted: NDArray[Any] = self.classes_[probabilities.argmax(axis=1)]
        return predicted

    def predict_log_proba(self, X: Any) -> NDArray[np.float64]:
        """Natural logarithm of the probabilities; -inf for 0."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Accuracy: the (weighted) share of rows whose class is predicted.

        Raises:
            ShapeError: y or the weights are not one for each row.
        """
        predicted = self.predict(X)
        right = predicted == flat_target(y, len(predicted), what=f"{type(self).__name__}.score")
        return float(np.average(right, weights=row_weights(sample_weight, len(right), what="score")))


class Regressor(Estimator):
    """Base of regressions: a subclass has ``fit`` and ``predict``."""

    _kind = "regressor"
    _estimator_type = "regressor"

    def _training(self, X: Any, y: Any, sample_weight: Any = None) -> Training:
        """A checked training input; records the features."""
        what = f"{type(self).__name__}.fit"
        if y is None:
            raise errors.ValueError(f"{what} requires y to be passed, but the target y is None")
        rows = self._fit_rows(X)
        return Training(
            rows, targets(y, len(rows), what=what), row_weights(sample_weight, len(rows), what=what)
        )

    def predict(self, X: Any) -> NDArray[np.float64]:
        """The expected value of each row."""
        raise NotImplementedError

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """R²: 1 - residual sum of squares / that around the mean; NaN for fewer than two rows."""
        predicted = self.predict(X)
        truth = targets(y, len(predicted), what=f"{type(self).__name__}.score")
        weights = row_weights(sample_weight, len(truth), what="score")
        return r_squared(truth, predicted, weights)


class OutlierDetector(Estimator):
    """Base of outlier detectors: ``predict`` gives 1 for inliers, -1 for outliers."""

    _kind = "outlier_detector"
    _estimator_type = "outlier_detector"

    def fit_predict(self, X: Any, y: Any = None) -> NDArray[np.int64]:
        """Fits and predicts the same rows."""
        model: Any = self
        predicted: NDArray[np.int64] = model.fit(X).predict(X)
        return predicted


class Transformer(Estimator):
    """Base of transformers: a subclass has ``fit`` and ``transform``."""

    _kind = "transformer"

    def fit_transform(self, X: Any, y: Any = None) -> NDArray[Any]:
        """Fits and transforms the same rows."""
        model: Any = self
        out: NDArray[Any] = model.fit(X, y).transform(X)
        return out

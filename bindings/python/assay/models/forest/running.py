"""Forests that predict: what fitting, importing and loading give."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from assay import _native, errors  # noqa: F401 - cleans the core's errors
from assay._core.models import CompactForest
from assay.models.estimators import Classifier, Estimator, Regressor

__all__ = ["ForestClassifier", "ForestRegressor", "RunningForest", "plain_parameters"]

Self = TypeVar("Self", bound="RunningForest")


class RunningForest(Estimator):
    """What estimators share that predict by a `CompactForest`.

    Attributes:
        compact_: The trees, made to run.
        metadata: The header of the file that the model was loaded from.
    """

    _allow_nan = True
    _dtype = np.float32
    _model_kind: ClassVar[str]

    compact_: CompactForest
    metadata: dict[str, Any]

    def _means(self, X: Any, what: str) -> NDArray[np.float64]:
        """Means over the trees; arrays and lists skip the checks by name where the training had no names."""
        own = self.__dict__
        if (type(X) is np.ndarray or type(X) is list) and "compact_" in own and "feature_names_in_" not in own:
            try:
                found: Any = own["compact_"].predict(X)
            except (TypeError, ValueError):  # ShapeError is one: the slow way says what is wrong
                found = ()
            if len(found):
                means: NDArray[np.float64] = found
                return means
        rows = self._rows(X, what=what)  # first: it says where the model is not fitted
        return self.compact_.predict(rows)

    def predict_row(self, row: Sequence[float]) -> list[float]:
        """Probabilities, or [value], of one row [features] in the order of the training; the fastest way for one."""
        self._check_fitted("predict_row")
        return self.compact_.predict_row(row)

    def contributions(self, row: Sequence[float]) -> NDArray[np.float64]:
        """What each feature adds to the prediction of one row, by decision path: [features, outputs].

        With `contribution_base` they sum to the prediction. Saabas' method: features that act together do not share
        what they do as in SHAP.
        """
        self._check_fitted("contributions")
        return self.compact_.contributions(row)[1]

    @property
    def contribution_base(self) -> NDArray[np.float64]:
        """The prediction before any feature is known: the mean over the training rows, [outputs]."""
        self._check_fitted("contribution_base")
        return self.compact_.contributions([math.nan] * self.n_features_in_)[0]

    def save(self, path: str | os.PathLike[str], **metadata: Any) -> None:
        """Writes the model and what is said of it; see `assay.models.load_model`."""
        from assay.models.model_file import save_model

        save_model(self, path, **metadata)

    def _check_fitted(self, what: str) -> None:
        if "n_features_in_" not in self.__dict__:
            self._rows([[0.0]], what=what)  # says so

    def _model_state(self) -> tuple[dict[str, Any], bytes]:
        self._check_fitted("save")
        names = self.__dict__.get("feature_names_in_")
        header = {
            "kind": self._model_kind,
            "feature_names": None if names is None else [str(name) for name in names],
            "features": self.n_features_in_,
            "classes": _plain_classes(self.__dict__.get("classes_")),
            "parameters": plain_parameters(self.get_params(deep=False)),
        }
        return header, self.compact_.encode()

    @classmethod
    def _from_model_state(cls: type[Self], header: dict[str, Any], payload: bytes) -> Self:
        known = cls._defaults()
        model = cls(**{name: value for name, value in header["parameters"].items() if name in known})
        model._take(CompactForest.decode(payload, name="model file"), header["feature_names"])
        model._take_header(header)
        return model

    def _take(self, forest: CompactForest, names: Sequence[str] | None) -> None:
        self.compact_ = forest
        self.n_features_in_ = forest.features
        if names is not None:
            if len(names) != forest.features:
                raise errors.ValueError("feature_names")
            self.feature_names_in_ = np.array(names, dtype=object)

    def _take_header(self, header: dict[str, Any]) -> None:
        if header["features"] != self.n_features_in_:
            raise errors.ValueError("features")
        if self._kind == "classifier":
            classes = np.array(header["classes"])
            if classes.shape != (self.compact_.outputs,):
                raise errors.ValueError("classes")
            self.__dict__["classes_"] = classes


class ForestClassifier(RunningForest, Classifier):
    """A forest that tells classes apart, imported or loaded."""

    _model_kind = "forest.classifier"

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Mean fractions of the classes over the trees [rows, classes].

        Raises:
            ValueError: Infinity, or a number beyond float32.
        """
        return self._means(X, "predict_proba")


class ForestRegressor(RunningForest, Regressor):
    """A forest that predicts a number, imported or loaded."""

    _model_kind = "forest.regressor"

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Mean of the trees [rows].

        Raises:
            ValueError: Infinity, or a number beyond float32.
        """
        return self._means(X, "predict").reshape(-1)


def _plain_classes(classes: NDArray[Any] | None) -> list[Any] | None:
    if classes is None:
        return None
    values: list[Any] = classes.tolist()
    if not all(isinstance(value, (str, int, float, bool)) for value in values):
        raise errors.ValueError("save: expected classes of texts, numbers or booleans")
    return values


def plain_parameters(parameters: dict[str, Any]) -> dict[str, Any]:
    """Parameters that JSON has; generators and functions are left out."""
    plain = {}
    for name, value in parameters.items():
        one = value.item() if isinstance(value, np.generic) else value
        finite = not isinstance(one, float) or math.isfinite(one)
        if one is None or (isinstance(one, (bool, int, float, str)) and finite):
            plain[name] = one
        elif isinstance(one, dict):
            plain[name] = None
    return plain

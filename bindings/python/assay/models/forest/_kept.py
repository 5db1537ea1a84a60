"""What all forests share: they are asked by a runner of the core, and kept as files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from assay import _native, errors  # noqa: F401 - _native cleans the core's errors
from assay._core.models import CompactForest
from assay.models.estimators import Estimator, parameters_of, plain_parameters
from assay.models.estimators._errors import not_fitted

__all__ = ["KeptForest"]

Self = TypeVar("Self", bound="KeptForest")


class KeptForest(Estimator):
    """An estimator over a forest of the core.

    A subclass names the attribute that holds its runner and the runner's method, keeps what a file brings in
    `_take_header`, and gives its forest in `_forest`.

    Attributes:
        metadata: The header of the file that the model was loaded from.
    """

    _allow_nan = True
    _dtype = np.float32
    _model_kind: ClassVar[str]
    _runner: ClassVar[str]
    _method: ClassVar[str]

    metadata: dict[str, Any]

    def _asked(self, X: Any, what: str) -> NDArray[np.float64]:
        """The runner's answers; arrays and lists skip the checks by name where the training had no names."""
        own = self.__dict__
        if (type(X) is np.ndarray or type(X) is list) and self._runner in own and "feature_names_in_" not in own:
            try:
                found: Any = getattr(own[self._runner], self._method)(X)
            except (TypeError, ValueError):  # ShapeError is one: the slow way says what is wrong
                found = ()
            if len(found):
                answers: NDArray[np.float64] = found
                return answers
        rows = self._rows(X, what=what)  # first: it says where the model is not fitted
        answers = getattr(own[self._runner], self._method)(rows)
        return answers

    def save(self, path: str | os.PathLike[str], **metadata: Any) -> None:
        """Writes the model and what is said of it; see `assay.models.load_model`."""
        from assay.models.model_file import save_model

        save_model(self, path, **metadata)

    def _check_fitted(self, what: str) -> None:
        if self._runner not in self.__dict__:
            raise not_fitted(
                f"{type(self).__name__}.{what}: this model is not fitted yet; call fit(X, y) first"
            )

    def _forest(self) -> CompactForest:
        raise NotImplementedError

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
        return header, self._forest().encode()

    @classmethod
    def _from_model_state(cls: type[Self], header: dict[str, Any], payload: bytes) -> Self:
        model = cls(**parameters_of(header, cls._defaults()))
        forest = CompactForest.decode(payload, name="model file")
        model._name_features(forest, header["feature_names"])
        if header["features"] != forest.features:
            raise errors.ValueError("features")
        model._take_header(header, forest)
        return model

    def _name_features(self, forest: CompactForest, names: Sequence[str] | None) -> None:
        self.n_features_in_ = forest.features
        if names is not None:
            if len(names) != forest.features:
                raise errors.ValueError("feature_names")
            self.feature_names_in_ = np.array(names, dtype=object)

    def _take_header(self, header: dict[str, Any], forest: CompactForest) -> None:
        raise NotImplementedError


def _plain_classes(classes: NDArray[Any] | None) -> list[Any] | None:
    if classes is None:
        return None
    values: list[Any] = classes.tolist()
    if not all(isinstance(value, (str, int, float, bool)) for value in values):
        raise errors.ValueError("save: expected classes of texts, numbers or booleans")
    return values

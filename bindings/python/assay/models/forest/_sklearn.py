"""Forests of scikit-learn, taken over tree by tree."""

from __future__ import annotations

from typing import Any

import numpy as np

from assay import _native, errors  # noqa: F401 - cleans the core's errors
from assay._core.models import CompactForest, average_path_length
from assay.models.forest._isolation import IsolationForest
from assay.models.forest.running import ForestClassifier, ForestRegressor

__all__ = ["from_sklearn"]

_CLASSIFIERS = (
    "DecisionTreeClassifier",
    "ExtraTreeClassifier",
    "ExtraTreesClassifier",
    "RandomForestClassifier",
)
_REGRESSORS = ("DecisionTreeRegressor", "ExtraTreeRegressor", "ExtraTreesRegressor", "RandomForestRegressor")


def from_sklearn(estimator: Any) -> Any:
    """A fitted forest or tree of scikit-learn as one that runs here, with the same predictions to the bit.

    Probabilities and values have the bits of scikit-learn with ``n_jobs=1`` (with more, scikit-learn sums its trees
    in any order). Missing values go the way that scikit-learn learned.

    Args:
        estimator: RandomForestClassifier or -Regressor, ExtraTrees*, DecisionTree*, ExtraTree*, IsolationForest.

    Raises:
        TypeError: Another kind of estimator.
        ValueError: Not fitted, or more than one output.
    """
    name = type(estimator).__name__
    if type(estimator).__module__.startswith("sklearn.") and name == "IsolationForest":
        return _isolation(estimator)
    if not type(estimator).__module__.startswith("sklearn.") or name not in _CLASSIFIERS + _REGRESSORS:
        known = ", ".join((*_CLASSIFIERS, *_REGRESSORS, "IsolationForest"))
        raise TypeError(f"from_sklearn: expected a fitted {known} of scikit-learn, got {name}")
    if not hasattr(estimator, "tree_") and not hasattr(estimator, "estimators_"):
        raise errors.ValueError(f"from_sklearn: expected a fitted {name}; call fit first")
    if estimator.n_outputs_ != 1:
        raise errors.ValueError(
            f"from_sklearn: expected one output, got {estimator.n_outputs_}; take one model for each output"
        )
    trees = getattr(estimator, "estimators_", [estimator])
    features = int(estimator.n_features_in_)
    forest = CompactForest([tree_arrays(tree.tree_) for tree in trees], features=features)
    names = getattr(estimator, "feature_names_in_", None)
    if name in _CLASSIFIERS:
        classifier = ForestClassifier()
        classifier._take(forest, None if names is None else names.tolist())
        classifier.classes_ = np.asarray(estimator.classes_)
        return classifier
    regressor = ForestRegressor()
    regressor._take(forest, None if names is None else names.tolist())
    return regressor


def tree_arrays(tree: Any) -> dict[str, Any]:
    """A scikit-learn tree's arrays under the names of `CompactForest`."""
    return {
        "feature": np.where(tree.children_left < 0, -1, tree.feature).astype(np.int32),
        "threshold": tree.threshold,
        "left": tree.children_left.astype(np.int32),
        "right": tree.children_right.astype(np.int32),
        "missing_left": np.asarray(tree.missing_go_to_left, dtype=np.uint8),
        "value": tree.value[:, 0, :],
        "weight": tree.weighted_n_node_samples,
    }


def _isolation(estimator: Any) -> IsolationForest:
    if not hasattr(estimator, "estimators_"):
        raise errors.ValueError("from_sklearn: expected a fitted IsolationForest; call fit first")
    trees = []
    for tree, features in zip(estimator.estimators_, estimator.estimators_features_, strict=True):
        arrays = tree_arrays(tree.tree_)
        arrays["feature"] = np.where(arrays["feature"] < 0, -1, np.asarray(features)[arrays["feature"]])
        # In the order in which scikit-learn adds, for the same bits.
        lengths = average_path_length(tree.tree_.n_node_samples.astype(np.float64))
        arrays["value"] = (_depths(arrays) + 1.0) + lengths - 1.0
        trees.append(arrays)
    names = getattr(estimator, "feature_names_in_", None)
    known = IsolationForest._defaults()
    model = IsolationForest(**{k: v for k, v in estimator.get_params(deep=False).items() if k in known})
    forest = CompactForest(trees, features=int(estimator.n_features_in_))
    model._name_features(forest, None if names is None else names.tolist())
    model._take(forest, int(estimator.max_samples_), float(estimator.offset_))
    return model


def _depths(arrays: dict[str, Any]) -> Any:
    """Number of splits above each node; children stand behind their parents."""
    depths = np.zeros(len(arrays["feature"]))
    for node in np.flatnonzero(arrays["feature"] >= 0):
        depths[arrays["left"][node]] = depths[arrays["right"][node]] = depths[node] + 1
    return depths

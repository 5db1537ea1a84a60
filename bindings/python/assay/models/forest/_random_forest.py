"""Random forests as estimators."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from assay import _native, errors  # noqa: F401 - _native cleans the core's errors
from assay._core.models import (
    CompactForest,
    GrownForest,
    GrownTree,
    grow_classification_forest,
    grow_regression_forest,
)
from assay.models.estimators import Classifier, Regressor, class_weights, seed_of, targets
from assay.models.forest._options import options_of
from assay.models.forest.running import RunningForest

__all__ = ["PermutationImportances", "RandomForestClassifier", "RandomForestRegressor"]

ForestT = TypeVar("ForestT", bound="_Forest")


@dataclass(frozen=True)
class PermutationImportances:
    """How much a forest's score falls when the values of a feature are shuffled among the rows."""

    score: float
    """Of the rows as they are: accuracy, or R²."""
    importances: NDArray[np.float64]
    """[features, repeats]"""
    importances_mean: NDArray[np.float64]
    importances_std: NDArray[np.float64]


class _Forest(RunningForest):
    """What both forests share."""

    forest_: GrownForest
    random_state: Any
    oob_score_: float
    _converged: bool

    def __getattr__(self, name: str) -> Any:
        if name == "forest_" and "compact_" in self.__dict__:  # of a file: grown trees only where they are asked for
            self.__dict__["forest_"] = self.compact_.grown()
            return self.__dict__["forest_"]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def _grown(self, forest: GrownForest) -> None:
        """Keeps a forest that was fitted, in place of one that there was."""
        self.forest_ = forest
        self.compact_ = CompactForest(forest)
        self._converged = forest.converged
        for name in ("_importances", "metadata"):
            self.__dict__.pop(name, None)

    def _model_state(self) -> tuple[dict[str, Any], bytes]:
        header, payload = super()._model_state()
        header["feature_importances"] = self.feature_importances_.tolist()
        if "_converged" in self.__dict__:
            header["converged"] = self._converged
        if "oob_score_" in self.__dict__:
            score = float(self.oob_score_)
            header["oob_score"] = score if math.isfinite(score) else None
        return header, payload

    def _take_header(self, header: dict[str, Any], forest: CompactForest) -> None:
        super()._take_header(header, forest)
        self._importances = np.array(header["feature_importances"], dtype=np.float64)
        if "converged" in header:  # files of before do not say
            self._converged = bool(header["converged"])
        if "oob_score" in header:
            score = header["oob_score"]
            if score is not None and not isinstance(score, (int, float)):
                raise errors.ValueError("oob_score")
            self.oob_score_ = math.nan if score is None else float(score)
        if self._importances.shape != (self.n_features_in_,):
            raise errors.ValueError("feature_importances")
        if header["classes"] is not None:
            self.__dict__["n_classes_"] = len(header["classes"])

    @property
    def trees_(self) -> list[GrownTree]:
        """The trees as arrays by node."""
        return list(self.forest_.trees)

    @property
    def n_trees_(self) -> int:
        """Number of trees: ``n_estimators``, fewer after an early stop."""
        return len(self)

    @property
    def converged_(self) -> bool:
        """Whether the out-of-bag score settled within ``tol`` before all trees were grown.

        Raises:
            AttributeError: The forest is not fitted, or of a file that does not say.
        """
        return self._converged

    @property
    def feature_importances_(self) -> NDArray[np.float64]:
        """Share of each feature in the fall of the impurity at training, of sum 1.

        Features with many different values score too high; see `permutation_importances`.
        """
        kept: NDArray[np.float64] | None = self.__dict__.get("_importances")
        if kept is not None:
            return kept
        if "forest_" not in self.__dict__:
            raise AttributeError("feature_importances_: the forest is not fitted yet")
        return self.forest_.impurity_importances()

    def __len__(self) -> int:
        return len(self.compact_) if "compact_" in self.__dict__ else 0

    def __bool__(self) -> bool:
        return True

    def _permuted(
        self, rows: NDArray[Any], y: NDArray[Any], repeats: int, seed: Any
    ) -> PermutationImportances:
        found = self.compact_.permutation_importances(rows, y, repeats=repeats, seed=seed_of(seed))
        return PermutationImportances(*found)

    def _note_never_out(self, rows: int) -> None:
        if self.forest_.never_out:
            warnings.warn(
                f"{type(self).__name__}.fit: {self.forest_.never_out} of {rows} rows were in the sample of every "
                "tree; they have no out-of-bag prediction and no part in the score (more trees help)",
                UserWarning,
                stacklevel=4,
            )


class RandomForestClassifier(_Forest, Classifier):
    """A random forest that tells classes apart.

    As scikit-learn 1.9's, whose parameters it has; ``warm_start``, ``ccp_alpha`` and ``monotonic_cst`` are not there.
    With ``bootstrap``, sample and class weights are chances of being drawn. Every cut between two values of a node is
    tried, and thresholds lie midway between them. NaN is a missing value and goes to the better side of each split,
    where a node has seen none with the greater number of rows.

    While it is fitted, a forest needs 2 bytes for each value of a feature with more than 255 different ones, 1 byte for
    others, 4 for each different value, and 40 to 70 for each row and thread.

    Args:
        n_estimators: Number of trees; at most so many where ``tol`` is given.
        criterion: ``gini``, ``entropy`` or ``log_loss`` (the same).
        max_depth: Greatest number of splits above a leaf.
        min_samples_split: Rows of a node that may be split; a share of the rows where it is a float.
        min_samples_leaf: Rows of a leaf, or their share.
        min_weight_fraction_leaf: Share of the weight that a leaf needs.
        max_features: Features drawn for a split: ``sqrt``, ``log2``, a number, a share, None for all.
        max_leaf_nodes: Grow the best splits first, up to so many leaves.
        min_impurity_decrease: Least fall of the impurity, weighted by the node's share.
        bootstrap: Grow each tree on rows drawn with replacement.
        oob_score: Judge each row by the trees that were not grown on it.
        n_jobs: Threads at most; None and -1 for all. What is grown does not depend on it.
        random_state: Seed, generator or None.
        class_weight: None, ``balanced``, ``balanced_subsample`` or {class: weight}.
        max_samples: Rows drawn for a tree, or a share of the sum of the weights (of the rows, without weights).
        tol: Stop adding trees once the out-of-bag score of the last ``n_iter_no_change`` numbers of trees lies within
            ``tol``.
        n_iter_no_change: See ``tol``.
        max_bins: 2 to 65,535: features of more different values are first cut into so many bins of about as many rows;
            frequent values keep one of their own. 255 fits up to twice as fast and misses thresholds; None is 65,535.

    Attributes:
        classes_: Sorted classes.
        forest_: The grown trees.
        oob_score_: Accuracy over the rows that were left out of a tree.
        oob_decision_function_: [rows, classes]; 0 for every class where a row was never left out. A model file does
            not keep it: it is of the training's rows.
    """

    _model_kind = "forest.random_classifier"

    def __init__(
        self,
        n_estimators: int = 100,
        *,
        criterion: str = "gini",
        max_depth: int | None = None,
        min_samples_split: int | float = 2,
        min_samples_leaf: int | float = 1,
        min_weight_fraction_leaf: float = 0.0,
        max_features: str | int | float | None = "sqrt",
        max_leaf_nodes: int | None = None,
        min_impurity_decrease: float = 0.0,
        bootstrap: bool = True,
        oob_score: bool = False,
        n_jobs: int | None = None,
        random_state: Any = None,
        class_weight: Any = None,
        max_samples: int | float | None = None,
        tol: float | None = None,
        n_iter_no_change: int = 20,
        max_bins: int | None = None,
    ) -> None:
        self.n_estimators = n_estimators
        self.criterion = criterion
        self.max_depth = max_depth
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.min_weight_fraction_leaf = min_weight_fraction_leaf
        self.max_features = max_features
        self.max_leaf_nodes = max_leaf_nodes
        self.min_impurity_decrease = min_impurity_decrease
        self.bootstrap = bootstrap
        self.oob_score = oob_score
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.class_weight = class_weight
        self.max_samples = max_samples
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.max_bins = max_bins

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> RandomForestClassifier:
        """Grows the forest.

        Args:
            X: [rows, features]; numbers, NaN where missing.
            y: [rows] classes.
            sample_weight: [rows], 0 or more.

        Raises:
            ValueError: One class only, infinite values, weights below 0, a parameter outside its range.
        """
        what = "RandomForestClassifier.fit"
        data = self._training(X, y, sample_weight)
        rows = len(data.rows)
        options: dict[str, Any] = {}
        by_class = np.ones(len(self.classes_))
        if isinstance(self.class_weight, str) and self.class_weight == "balanced_subsample":
            options["class_balance"] = "balanced_subsample"
            class_weights(None, self.classes_, data.y, data.weights, what=what)
        else:
            by_class = class_weights(self.class_weight, self.classes_, data.y, data.weights, what=what)
            options["class_weight"] = by_class
        weight = np.dot(by_class, np.bincount(data.y, weights=data.weights, minlength=len(by_class)))
        options |= options_of(self, rows=rows, features=data.rows.shape[1], weight=float(weight), what=what)
        options["seed"] = seed_of(self.random_state)
        grown = grow_classification_forest(
            data.rows,
            data.y.astype(np.int32),
            classes=len(by_class),
            sample_weight=data.weights,
            options=options,
        )
        self._grown(grown)
        self.n_classes_ = len(by_class)
        for name in ("oob_score_", "oob_decision_function_"):
            self.__dict__.pop(name, None)
        if self.forest_.out_of_bag is not None:
            self.oob_score_ = self.forest_.out_of_bag_score
            self.oob_decision_function_ = self.forest_.out_of_bag
            self._note_never_out(rows)
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Mean fractions of the classes in the leaves [rows, classes], summed in the order of the trees."""
        return self._asked(X, "predict_proba")

    def permutation_importances(
        self, X: Any, y: Any, *, n_repeats: int = 5, random_state: Any = None
    ) -> PermutationImportances:
        """How much the accuracy falls when a feature is shuffled; use rows that were not trained on.

        Raises:
            ValueError: A class that the forest does not know.
        """
        rows = self._rows(X, what="permutation_importances")
        labels = np.asarray(y).reshape(-1)
        codes = np.minimum(np.searchsorted(self.classes_, labels), len(self.classes_) - 1)
        if len(labels) == len(rows) and not (self.classes_[codes] == labels).all():
            raise errors.ValueError("permutation_importances: y has classes that the forest does not know")
        return self._permuted(rows, codes.astype(np.int32), n_repeats, random_state)


class RandomForestRegressor(_Forest, Regressor):
    """A random forest that predicts a number; see `RandomForestClassifier` for what it shares.

    Args:
        n_estimators: Number of trees; at most so many where ``tol`` is given.
        criterion: ``squared_error``.
        max_depth: Greatest number of splits above a leaf.
        min_samples_split: Rows of a node that may be split; a share of the rows where it is a float.
        min_samples_leaf: Rows of a leaf, or their share.
        min_weight_fraction_leaf: Share of the weight that a leaf needs.
        max_features: Features drawn for a split: ``sqrt``, ``log2``, a number, a share, None for all.
        max_leaf_nodes: Grow the best splits first, up to so many leaves.
        min_impurity_decrease: Least fall of the variance, weighted by the node's share.
        bootstrap: Grow each tree on rows drawn with replacement.
        oob_score: Judge each row by the trees that were not grown on it.
        n_jobs: Threads at most; None and -1 for all. What is grown does not depend on it.
        random_state: Seed, generator or None.
        max_samples: Rows drawn for a tree, or a share of the sum of the weights (of the rows, without weights).
        tol: Stop adding trees once the out-of-bag R² of the last ``n_iter_no_change`` numbers of trees lies within it.
        n_iter_no_change: See ``tol``.
        max_bins: 2 to 65,535: features of more different values are first cut into so many bins of about as many rows;
            frequent values keep one of their own. 255 fits up to twice as fast and misses thresholds; None is 65,535.

    Attributes:
        forest_: The grown trees.
        oob_score_: R² over the rows that were left out of a tree.
        oob_prediction_: [rows]; NaN where a row was never left out. A model file does not keep it: it is of the
            training's rows.
    """

    _model_kind = "forest.random_regressor"

    def __init__(
        self,
        n_estimators: int = 100,
        *,
        criterion: str = "squared_error",
        max_depth: int | None = None,
        min_samples_split: int | float = 2,
        min_samples_leaf: int | float = 1,
        min_weight_fraction_leaf: float = 0.0,
        max_features: str | int | float | None = 1.0,
        max_leaf_nodes: int | None = None,
        min_impurity_decrease: float = 0.0,
        bootstrap: bool = True,
        oob_score: bool = False,
        n_jobs: int | None = None,
        random_state: Any = None,
        max_samples: int | float | None = None,
        tol: float | None = None,
        n_iter_no_change: int = 20,
        max_bins: int | None = None,
    ) -> None:
        self.n_estimators = n_estimators
        self.criterion = criterion
        self.max_depth = max_depth
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.min_weight_fraction_leaf = min_weight_fraction_leaf
        self.max_features = max_features
        self.max_leaf_nodes = max_leaf_nodes
        self.min_impurity_decrease = min_impurity_decrease
        self.bootstrap = bootstrap
        self.oob_score = oob_score
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.max_samples = max_samples
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.max_bins = max_bins

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> RandomForestRegressor:
        """Grows the forest.

        Args:
            X: [rows, features]; numbers, NaN where missing.
            y: [rows] finite numbers.
            sample_weight: [rows], 0 or more.

        Raises:
            ValueError: Infinite values, NaN in y, weights below 0, a parameter outside its range.
        """
        data = self._training(X, y, sample_weight)
        rows, features = data.rows.shape
        weight = float(rows if data.weights is None else data.weights.sum())
        options = options_of(
            self, rows=rows, features=features, weight=weight, what="RandomForestRegressor.fit"
        )
        options["seed"] = seed_of(self.random_state)
        grown = grow_regression_forest(data.rows, data.y, sample_weight=data.weights, options=options)
        self._grown(grown)
        for name in ("oob_score_", "oob_prediction_"):
            self.__dict__.pop(name, None)
        if self.forest_.out_of_bag is not None:
            self.oob_score_ = self.forest_.out_of_bag_score
            self.oob_prediction_ = self.forest_.out_of_bag[:, 0]
            self._note_never_out(rows)
        return self

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Mean of the leaves' means [rows], summed in the order of the trees."""
        return self._asked(X, "predict")[:, 0]

    def permutation_importances(
        self, X: Any, y: Any, *, n_repeats: int = 5, random_state: Any = None
    ) -> PermutationImportances:
        """How much R² falls when a feature is shuffled; use rows that were not trained on."""
        rows = self._rows(X, what="permutation_importances")
        values = targets(y, len(rows), what="RandomForestRegressor.permutation_importances")
        return self._permuted(rows, values, n_repeats, random_state)

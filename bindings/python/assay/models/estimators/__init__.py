"""What all estimators share: scikit-learn's protocol without scikit-learn.

`Classifier` and `Regressor` give parameters, checks of inputs and scores; a model adds ``fit`` and ``predict_proba``
or ``predict``. Inputs are NumPy arrays, lists, Assay tables, pandas, polars, Arrow and whatever else speaks the Arrow
C interface. Where scikit-learn is installed, ``clone``, pipelines, ``cross_val_score`` and its searches take these
estimators, and what is raised and warned is also its own class.
"""

from __future__ import annotations

from assay.models.estimators._errors import FeatureOrderWarning, NotFittedError
from assay.models.estimators._estimator import Classifier, Estimator, OutlierDetector, Regressor, Transformer
from assay.models.estimators._inputs import Rows, rows_of
from assay.models.estimators._stored import parameters_of, plain_parameters
from assay.models.estimators._targets import (
    Training,
    class_codes,
    class_weights,
    flat_target,
    r_squared,
    row_weights,
    seed_of,
    targets,
)

__all__ = [
    "Classifier",
    "Estimator",
    "FeatureOrderWarning",
    "NotFittedError",
    "OutlierDetector",
    "Regressor",
    "Rows",
    "Training",
    "Transformer",
    "class_codes",
    "class_weights",
    "flat_target",
    "parameters_of",
    "plain_parameters",
    "r_squared",
    "row_weights",
    "rows_of",
    "seed_of",
    "targets",
]

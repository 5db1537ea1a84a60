"""An estimator's tags as scikit-learn has them; imported only when scikit-learn asks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

__all__ = ["tags_of"]


def tags_of(kind: str | None, *, allow_nan: bool, dtype: DTypeLike) -> Any:
    """scikit-learn's Tags of an estimator of that kind."""
    from sklearn.utils import ClassifierTags, InputTags, RegressorTags, Tags, TargetTags, TransformerTags

    return Tags(
        estimator_type=kind,
        target_tags=TargetTags(required=kind in ("classifier", "regressor")),
        transformer_tags=TransformerTags(preserves_dtype=[np.dtype(dtype).name])
        if kind == "transformer"
        else None,
        classifier_tags=ClassifierTags() if kind == "classifier" else None,
        regressor_tags=RegressorTags() if kind == "regressor" else None,
        input_tags=InputTags(allow_nan=allow_nan),
    )

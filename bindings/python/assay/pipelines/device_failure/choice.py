"""Which kind of model: decided on training rows alone, the simpler one where it does as well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay import errors
from assay.models import evaluation
from assay.models.selection import StratifiedGroupKFold, StratifiedKFold, cross_val_predict

__all__ = ["Choice"]


@dataclass(frozen=True)
class Choice:
    """Candidates of which each set of training rows gets the one that ranks its own left-out rows best.

    A judgement of a choice is one of the whole procedure: it chooses anew in each outer fold, so that no figure is that
    of a winner on the rows that made it win.

    Args:
        candidates: Classifiers by name, the simplest first: of equal ones the first is taken.
        folds: Inner folds, of whole groups where there are any.
        seed: Of the folds.
    """

    candidates: Mapping[str, Any]
    folds: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.candidates:
            raise errors.ValueError("Choice: expected at least one candidate")

    @property
    def name(self) -> str:
        """For people."""
        return " or ".join(self.candidates)

    def best(
        self,
        rows: NDArray[np.float64],
        label: NDArray[np.int64],
        groups: Any = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> str:
        """The name of the candidate with the largest average precision over the inner folds.

        Args:
            rows: [rows, features].
            label: [rows], 1 for the class that is sought.
            groups: [rows], kept whole.
            progress: Called after each candidate with the number done and that of all.
        """
        kind = StratifiedKFold if groups is None else StratifiedGroupKFold
        folds = kind(self.folds, shuffle=True, random_state=self.seed + 2)
        reached = {}
        for done, (name, model) in enumerate(self.candidates.items(), 1):
            scores = cross_val_predict(model, rows, label, groups=groups, cv=folds, method="predict_proba")[:, 1]
            value = evaluation.average_precision(scores, label == 1, replicates=1).value
            reached[name] = -1.0 if value is None or np.isnan(value) else value
            if progress is not None:
                progress(done, len(self.candidates))
        return max(reached, key=lambda name: reached[name])

"""Linear models."""

from __future__ import annotations

from assay.models.linear.logistic import LogisticRegression

__all__ = ["LogisticRegression"]

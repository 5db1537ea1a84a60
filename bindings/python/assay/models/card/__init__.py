"""Model cards: what a model is for, what it was judged on, how well it did, and what it must not be used for.

Source: Mitchell et al. 2019, Model Cards for Model Reporting, FAT* 2019.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from assay import errors

__all__ = ["Figure", "ModelCard"]

FORMAT = 1


@dataclass(frozen=True)
class Figure:
    """One figure of one model, on rows that it was not fitted, tuned or given its threshold on."""

    name: str
    """With its average where it has one: ``F1, failures only`` and ``F1, weighted`` are two figures."""
    value: float | None
    low: float | None = None
    high: float | None = None
    """Confidence interval of 95 %; None where there is none."""

    def __str__(self) -> str:
        if self.value is None:
            return "–"
        return (
            f"{self.value:.3f}"
            if self.low is None or self.high is None
            else (f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})")
        )


@dataclass(frozen=True)
class ModelCard:
    """A model for people: as JSON, and as a page.

    It holds no row of the data. All texts are the caller's.
    """

    name: str
    kind: str
    """Class of the model."""
    purpose: str
    data: dict[str, Any]
    """``source``, ``kind``, ``version``, ``rows``, and ``positives``: how many are of the class that is sought."""
    features: tuple[str, ...]
    judged: str
    """How it was judged, in one or two sentences."""
    figures: tuple[Figure, ...]
    """Of the model, in the order shown."""
    others: dict[str, tuple[Figure, ...]]
    """Of baselines and other models on the same rows; at least one baseline."""
    threshold: float
    threshold_chosen: str
    confusion: tuple[tuple[int, int], tuple[int, int]]
    """[truth] x [called], the class that is sought last."""
    calibration: tuple[dict[str, Any], ...] = ()
    """Bins: ``probability``, ``observed``, ``interval``, ``rows``."""
    calibration_error: float | None = None
    importances: dict[str, tuple[float, float]] = field(default_factory=dict)
    """By feature: fall of average precision when it is shuffled, mean and standard deviation over the folds."""
    params: dict[str, Any] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    """Columns of the data that are no features, and why."""
    skipped: dict[str, str] = field(default_factory=dict)
    """What it could not be compared with, and why."""
    limits: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    """What it must not be used for."""
    license: str = ""
    library_version: str = ""

    def __post_init__(self) -> None:
        if not self.others:
            raise errors.ValueError("ModelCard: expected at least one baseline; figures alone say nothing")
        names = [each.name for each in self.figures]
        for other, figures in self.others.items():
            if [each.name for each in figures] != names:
                raise errors.ValueError(f"ModelCard: expected the same figures of '{other}' as of the model")

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"format": FORMAT, **asdict(self)}

    def to_json(self) -> str:
        """As text, the same for the same card."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> ModelCard:
        """What `to_json` wrote.

        Raises:
            ValueError: It is no card, or of a later format.
        """
        try:
            found = json.loads(text)
            version = int(found.pop("format"))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise errors.ValueError("ModelCard: expected the JSON of a model card (model_card.json)") from None
        if version > FORMAT:
            raise errors.ValueError(
                f"ModelCard: expected format {FORMAT}, got {version}; a later Assay wrote it"
            )
        try:
            return cls(**_typed(found))
        except (TypeError, KeyError, AttributeError):
            raise errors.ValueError(
                "ModelCard: expected the JSON of a model card (model_card.json), got another"
            ) from None

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> ModelCard:
        """A card from its JSON file.

        Raises:
            IoError: The file cannot be read.
            ValueError: As `from_json`.
        """
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise errors.IoError(f"ModelCard: cannot read {Path(path)}") from None
        return cls.from_json(text)

    def to_html(self) -> str:
        """One page with everything inside; needs Jinja2 (the extra ``report``)."""
        from assay.models.card.page import render

        return render(self)

    def _repr_html_(self) -> str:
        return self.to_html()


def _typed(found: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(found)
    out["figures"] = tuple(Figure(**each) for each in out["figures"])
    out["others"] = {
        name: tuple(Figure(**each) for each in figures) for name, figures in out["others"].items()
    }
    out["confusion"] = tuple(tuple(row) for row in out["confusion"])
    out["importances"] = {name: tuple(each) for name, each in out["importances"].items()}
    for name in ("features", "limits", "must_not", "calibration"):
        out[name] = tuple(out[name])
    return out

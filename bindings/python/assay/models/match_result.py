"""What matching an image to labels found, and how far it may be believed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["NOTICE", "Match", "MatchResult"]

NOTICE = (
    "Not a diagnosis: a comparison of an image with the candidate texts given, by a model that was not validated "
    "for clinical use. A finding that is not among the candidates cannot be found."
)


@dataclass(frozen=True)
class Match:
    """One candidate label."""

    label: str
    similarity: float
    """Cosine."""
    probability: float
    """Among the labels given, and only among them."""
    urgency: str
    icd10: str | None = None
    radlex: str | None = None


@dataclass(frozen=True)
class MatchResult:
    """The best candidates for an image, and how far they may be believed."""

    matches: tuple[Match, ...]
    margin: float
    """Probability of the first less that of the second."""
    abstained: bool
    """The margin is below the one asked for: the order of the candidates says little."""
    calibrated: bool
    """Whether a calibration was given, fitted on labelled images; if not, probabilities are no frequencies."""
    temperature: float
    labels: str
    """Name of the label set."""
    model: str
    calibrated_on: int | None = None
    """How many labelled images; None where no calibration was given."""
    notice: str = NOTICE

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False)

    def __str__(self) -> str:
        lines = [
            f"{m.probability:7.1%}  {m.similarity:+.4f}  {m.urgency:<10}  {m.label}"
            + (f" (ICD-10 {m.icd10})" if m.icd10 else "")
            for m in self.matches
        ]
        if self.abstained:
            lines.insert(0, f"Undecided: the first two are {self.margin:.1%} apart.")
        if self.calibrated:
            number = f"{self.calibrated_on:,} image{'s' if self.calibrated_on != 1 else ''}"
            lines.append(f"Probabilities are calibrated on {number} (temperature {self.temperature:.3g}).")
        else:
            given = f" (temperature {self.temperature:.3g} was given)" if self.temperature != 1 else ""
            lines.append(
                f"Probabilities are not calibrated{given}: they order the candidates and are no frequencies."
            )
        return "\n".join([*lines, self.notice])

"""Models, note writers and exact search.

``TemplateNoteWriter().write(patient)`` writes a SOAP note from a gold row by rules alone; anything with the
same ``write`` is a `NoteWriter`, a language model included.

`WordPiece` gives the token ids of a text as Hugging Face's BertTokenizerFast does. `ExactIndex` finds the nearest
vectors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from assay import _native  # noqa: F401 - cleans the core's errors
from assay._core.models import (
    ExactIndex,
    PlanItem,
    Problem,
    SoapNote,
    Statement,
    TemplateNoteWriter,
    TokenIds,
    WordPiece,
)

if TYPE_CHECKING:
    from assay._core.features import PatientSummary

__all__ = [
    "ExactIndex",
    "NoteWriter",
    "PlanItem",
    "Problem",
    "SoapNote",
    "Statement",
    "TemplateNoteWriter",
    "TokenIds",
    "WordPiece",
]


@runtime_checkable
class NoteWriter(Protocol):
    """Whatever writes a note from a gold row: the template, or a language model."""

    def write(self, patient: PatientSummary, /) -> SoapNote:
        """The note on this patient."""
        ...


def __dir__() -> list[str]:
    return sorted(__all__)

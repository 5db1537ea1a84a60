"""Models, note writers and exact search.

``TemplateNoteWriter().write(patient)`` writes a SOAP note from a gold row by rules alone; anything with the
same ``write`` is a `NoteWriter`, a language model included.

`WordPiece` gives the token ids of a text as Hugging Face's BertTokenizerFast does, `BytePair` those of its
CLIPTokenizerFast; `read_weights` opens a safetensors file or a PyTorch .bin without running its pickle. `ExactIndex`
finds the nearest vectors, `DeviceIndex` those of the same index on a CUDA device.

`Clip` matches images to texts, `TextEmbedder` embeds texts; they and `DeviceIndex` need torch, which is loaded on first
use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from assay import _native  # noqa: F401 - cleans the core's errors
from assay._core.models import (
    BytePair,
    ExactIndex,
    PlanItem,
    Problem,
    SoapNote,
    Statement,
    TemplateNoteWriter,
    TokenIds,
    WordPiece,
)
from assay.models.weights import Weights, read_weights

if TYPE_CHECKING:
    from assay._core.features import PatientSummary
    from assay.models.clip import Clip, Match, MatchResult, TextEmbedder, TruncatedText
    from assay.models.device_index import DeviceIndex
    from assay.models.label_sets import Label, LabelSet
    from assay.models.model_file import load_model

__all__ = [
    "BytePair",
    "Clip",
    "DeviceIndex",
    "ExactIndex",
    "Label",
    "LabelSet",
    "Match",
    "MatchResult",
    "NoteWriter",
    "PlanItem",
    "Problem",
    "SoapNote",
    "Statement",
    "TemplateNoteWriter",
    "TextEmbedder",
    "TokenIds",
    "TruncatedText",
    "Weights",
    "WordPiece",
    "load_model",
    "read_weights",
]

_LAZY = {
    "assay.models.device_index": ("DeviceIndex",),
    "assay.models.clip": ("Clip", "Match", "MatchResult", "TextEmbedder", "TruncatedText"),
    "assay.models.label_sets": ("Label", "LabelSet"),
    "assay.models.model_file": ("load_model",),
}


@runtime_checkable
class NoteWriter(Protocol):
    """Whatever writes a note from a gold row: the template, or a language model."""

    def write(self, patient: PatientSummary, /) -> SoapNote:
        """The note on this patient."""
        ...


def __getattr__(name: str) -> Any:
    for module, names in _LAZY.items():
        if name in names:
            return getattr(importlib.import_module(module), name)
    raise AttributeError(f"module 'assay.models' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)

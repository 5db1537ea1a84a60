"""Laboratory results: readers that lose no result, and what makes results comparable.

Every reader ends in the columns of ``assay.data.clinical_schema("laboratory_results")``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from assay import _native  # noqa: F401 - registers the core's submodules, cleans its errors

if TYPE_CHECKING:
    from assay.data.laboratory.reading import (
        ResultsReading,
        read_fhir,
        read_hl7,
        read_mimic_iv,
        read_omop,
        read_results,
        read_results_csv,
        results_kind,
    )
    from assay.data.laboratory.standard import (
        LocalLimits,
        LocalUnit,
        LoincTerm,
        StandardisationRule,
        StandardisedResults,
        loinc_terms,
        standardisation_rules,
        standardise,
    )

# Where each public name lives; loaded on first use.
_HOMES: dict[str, str] = {
    "LocalLimits": "assay.data.laboratory.standard",
    "LocalUnit": "assay.data.laboratory.standard",
    "LoincTerm": "assay.data.laboratory.standard",
    "ResultsReading": "assay.data.laboratory.reading",
    "StandardisationRule": "assay.data.laboratory.standard",
    "StandardisedResults": "assay.data.laboratory.standard",
    "loinc_terms": "assay.data.laboratory.standard",
    "read_fhir": "assay.data.laboratory.reading",
    "read_hl7": "assay.data.laboratory.reading",
    "read_mimic_iv": "assay.data.laboratory.reading",
    "read_omop": "assay.data.laboratory.reading",
    "read_results": "assay.data.laboratory.reading",
    "read_results_csv": "assay.data.laboratory.reading",
    "results_kind": "assay.data.laboratory.reading",
    "standardisation_rules": "assay.data.laboratory.standard",
    "standardise": "assay.data.laboratory.standard",
}

__all__ = [
    "LocalLimits",
    "LocalUnit",
    "LoincTerm",
    "ResultsReading",
    "StandardisationRule",
    "StandardisedResults",
    "loinc_terms",
    "read_fhir",
    "read_hl7",
    "read_mimic_iv",
    "read_omop",
    "read_results",
    "read_results_csv",
    "results_kind",
    "standardisation_rules",
    "standardise",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'assay.data.laboratory' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)

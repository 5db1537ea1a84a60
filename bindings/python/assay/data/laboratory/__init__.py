"""Laboratory results: readers that lose no result, and what makes results comparable.

Every reader ends in the columns of ``assay.data.clinical_schema("laboratory_results")``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay import _native  # noqa: F401 - registers the core's submodules, cleans its errors
from assay._lazy import getter

if TYPE_CHECKING:
    from assay.data.laboratory.codes import (
        LoincCandidate,
        LoincDamage,
        LoincSuggester,
        LoincSuggestion,
        loinc_damage,
        read_loinc_candidates,
        suggest_loinc,
    )
    from assay.data.laboratory.quality import (
        QualityCheck,
        ResultQuality,
        SourceQuality,
        measure_quality,
    )
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
    "LoincCandidate": "assay.data.laboratory.codes",
    "LoincDamage": "assay.data.laboratory.codes",
    "LoincSuggester": "assay.data.laboratory.codes",
    "LoincSuggestion": "assay.data.laboratory.codes",
    "LoincTerm": "assay.data.laboratory.standard",
    "QualityCheck": "assay.data.laboratory.quality",
    "ResultQuality": "assay.data.laboratory.quality",
    "ResultsReading": "assay.data.laboratory.reading",
    "SourceQuality": "assay.data.laboratory.quality",
    "StandardisationRule": "assay.data.laboratory.standard",
    "StandardisedResults": "assay.data.laboratory.standard",
    "loinc_damage": "assay.data.laboratory.codes",
    "loinc_terms": "assay.data.laboratory.standard",
    "measure_quality": "assay.data.laboratory.quality",
    "read_fhir": "assay.data.laboratory.reading",
    "read_hl7": "assay.data.laboratory.reading",
    "read_loinc_candidates": "assay.data.laboratory.codes",
    "read_mimic_iv": "assay.data.laboratory.reading",
    "read_omop": "assay.data.laboratory.reading",
    "read_results": "assay.data.laboratory.reading",
    "read_results_csv": "assay.data.laboratory.reading",
    "results_kind": "assay.data.laboratory.reading",
    "standardisation_rules": "assay.data.laboratory.standard",
    "standardise": "assay.data.laboratory.standard",
    "suggest_loinc": "assay.data.laboratory.codes",
}

__all__ = [
    "LocalLimits",
    "LocalUnit",
    "LoincCandidate",
    "LoincDamage",
    "LoincSuggester",
    "LoincSuggestion",
    "LoincTerm",
    "QualityCheck",
    "ResultQuality",
    "ResultsReading",
    "SourceQuality",
    "StandardisationRule",
    "StandardisedResults",
    "loinc_damage",
    "loinc_terms",
    "measure_quality",
    "read_fhir",
    "read_hl7",
    "read_loinc_candidates",
    "read_mimic_iv",
    "read_omop",
    "read_results",
    "read_results_csv",
    "results_kind",
    "standardisation_rules",
    "standardise",
    "suggest_loinc",
]


__getattr__ = getter(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)

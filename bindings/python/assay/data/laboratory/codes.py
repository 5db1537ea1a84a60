"""LOINC codes for tests that have none: suggestions with a score, and what happened to damaged codes.

::

    from assay.data.laboratory import loinc_damage, suggest_loinc

    suggest_loinc("Na", unit="mmol/L", specimen="Serum")     # 2951-2 first, with its score and parts
    loinc_damage("-56064").candidates                         # ['1746-7']: a spreadsheet's date

Nothing here changes a table: a person confirms a suggestion and puts it into the laboratory's map.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from assay._core.data import (
    LoincCandidate,
    LoincDamage,
    LoincSuggester,
    LoincSuggestion,
    loinc_damage,
    read_loinc_candidates,
)

__all__ = [
    "LoincCandidate",
    "LoincDamage",
    "LoincSuggester",
    "LoincSuggestion",
    "loinc_damage",
    "read_loinc_candidates",
    "suggest_loinc",
]


def suggest_loinc(
    name: str,
    *,
    unit: str = "",
    specimen: str = "",
    values: Iterable[float] = (),
    most: int = 3,
    candidates: Sequence[LoincCandidate] | None = None,
) -> list[LoincSuggestion]:
    """The LOINC codes that a laboratory's own test can be, best first.

    Args:
        name: The test as the laboratory calls it; abbreviations are known ("WBC", "BUN").
        unit: As reported; its dimension is compared with that of the code's property.
        specimen: In words: "Blood", "urine", "CSF". The name's own word for it goes before.
        values: Some results in that unit; compared with the code's reference range.
        most: How many to return.
        candidates: Codes to choose from, by default those that Assay ships; see :func:`read_loinc_candidates`.
            For many tests make one :class:`LoincSuggester`.
    """
    suggester = _shipped() if candidates is None else LoincSuggester(list(candidates))
    return suggester.suggest(name, unit=unit, specimen=specimen, values=list(values), most=most)


@lru_cache(maxsize=1)
def _shipped() -> LoincSuggester:
    return LoincSuggester()

"""Where MIMIC-IV keeps what the clinical tables hold: files, columns and recodings, as data.

Both layouts are covered: PhysioNet's own (``hosp/``, ``icu/``, more columns, ICD code and version apart) and
flat exports that join them (``icd9|4139``, age beside the admission). A template whose column is missing is
left out.
Source: Johnson et al., MIMIC-IV (PhysioNet), table descriptions of version 2.2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["BRONZE", "DICTIONARIES", "SOURCE_COLUMNS", "Dictionary", "FileLayout", "Made"]


@dataclass(frozen=True)
class Made:
    """One column of a bronze table: type, templates (best first), other text for some texts, and none for some."""

    type: str
    templates: tuple[str, ...]
    recode: Mapping[str, str] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    """Texts that say that there is no value."""
    required: bool = False


@dataclass(frozen=True)
class Dictionary:
    """A file that explains codes: its key, and the columns it may add."""

    file: str
    key: str
    types: Mapping[str, str]
    renamed: Mapping[str, str] = field(default_factory=dict)
    composed: tuple[str, ...] = ()
    """Templates of the key, where several columns make it."""


@dataclass(frozen=True)
class FileLayout:
    """One source file: its types, the dictionaries it is read with, the columns that come of it."""

    file: str
    table: str
    types: Mapping[str, str]
    """Columns read as something else than text."""
    required: tuple[str, ...]
    """Columns that must stand in the file and hold a value in every row."""
    columns: Mapping[str, Made]
    expected: tuple[str, ...] = ()
    """Columns that must stand in the file, with or without values."""
    dictionaries: tuple[tuple[str, str], ...] = ()
    """(column of this file, dictionary)"""
    composed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Templates of columns that only the dictionaries need."""
    aged_at: str = ""
    """The time at which `anchored_age` is wanted, where the patient's age is given for one year only."""
    optional: bool = False


_PATIENT = Made("utf8", ("{subject_id}",), required=True)
_SEX = {"f": "female", "m": "male"}
# The version belongs to the code: 0010 is cholera in ICD-9, and another title under the same digits in ICD-10.
_ICD_CODE = ("icd{icd_version}|{icd_code:upper}", "{icd_code:coding}")
_ICD_TITLES = {"icd_code": "utf8", "icd_version": "utf8", "long_title": "utf8"}
_TEXT = Made("utf8", ("{value}",))
_NO_NDC = frozenset({"ndc|0", "ndc|0.0", "ndc|00000000000"})

DICTIONARIES = {
    "items": Dictionary("d_items", "itemid", {"itemid": "utf8", "label": "utf8"}),
    "lab_items": Dictionary("d_labitems", "itemid", {"itemid": "utf8", "label": "utf8"}),
    "loinc": Dictionary(
        "d_labitems_to_loinc",
        "itemid",
        {"itemid (omop_source_code)": "utf8", "omop_concept_code": "utf8"},
        renamed={"itemid (omop_source_code)": "itemid", "omop_concept_code": "loinc"},
    ),
    "patients": Dictionary(
        "patients",
        "subject_id",
        {"subject_id": "utf8", "gender": "utf8", "anchor_age": "int64", "anchor_year": "int64"},
    ),
    "diagnosis_titles": Dictionary("d_icd_diagnoses", "icd_key", _ICD_TITLES, composed=_ICD_CODE),
    "procedure_titles": Dictionary("d_icd_procedures", "icd_key", _ICD_TITLES, composed=_ICD_CODE),
}

BRONZE: tuple[FileLayout, ...] = (
    FileLayout(
        "chartevents",
        "vital_signs",
        types={"charttime": "timestamp[us, UTC]", "valuenum": "float64"},
        required=("subject_id", "charttime", "itemid"),
        expected=("valuenum",),
        dictionaries=(("itemid", "items"),),
        columns={
            "patient_id": _PATIENT,
            "observed_at": Made("timestamp[us, UTC]", ("{charttime}",), required=True),
            "item": Made("utf8", ("{itemid}",), required=True),
            "label": Made("utf8", ("{label:lower}",)),
            "value": Made("float64", ("{valuenum}",)),
            "value_text": _TEXT,
            "unit": Made("utf8", ("{valueuom}",)),
        },
    ),
    FileLayout(
        "labevents",
        "lab_results",
        types={
            "charttime": "timestamp[us, UTC]",
            "valuenum": "float64",
            "ref_range_lower": "float64",
            "ref_range_upper": "float64",
        },
        required=("subject_id", "charttime", "itemid"),
        expected=("valuenum",),
        dictionaries=(("itemid", "lab_items"), ("itemid", "loinc")),
        columns={
            "patient_id": _PATIENT,
            "observed_at": Made("timestamp[us, UTC]", ("{charttime}",), required=True),
            "local_code": Made("utf8", ("{itemid}",)),
            "test_name": Made("utf8", ("{label:lower}",)),
            "loinc": Made("utf8", ("{loinc}",)),
            "value": Made("float64", ("{valuenum}",)),
            "value_text": _TEXT,
            "unit": Made("utf8", ("{valueuom}",)),
            "reference_low": Made("float64", ("{ref_range_lower}",)),
            "reference_high": Made("float64", ("{ref_range_upper}",)),
        },
    ),
    FileLayout(
        "admissions",
        "emergency_data",
        types={"admittime": "timestamp[us, UTC]", "dischtime": "timestamp[us, UTC]", "age": "int64"},
        required=("subject_id", "admittime"),
        dictionaries=(("subject_id", "patients"),),
        aged_at="admittime",
        columns={
            "patient_id": _PATIENT,
            "arrived_at": Made("timestamp[us, UTC]", ("{admittime}",)),
            "departed_at": Made("timestamp[us, UTC]", ("{dischtime}",)),
            "age": Made("int64", ("{age}", "{anchored_age}")),
            "sex": Made("utf8", ("{gender:lower}",), recode=_SEX),
            "chief_complaint": Made("utf8", ("{chiefcomplaint}",)),
            "triage_level": Made("int64", ("{acuity}",)),
            "consciousness": Made("utf8", ("{consciousness}",)),
            "on_oxygen": Made("bool", ("{on_oxygen}",)),
        },
    ),
    FileLayout(
        "diagnoses_icd",
        "medical_history",
        types={"charttime": "timestamp[us, UTC]"},
        required=("subject_id", "icd_code"),
        dictionaries=(("icd_key", "diagnosis_titles"),),
        composed={"icd_key": _ICD_CODE},
        columns={
            "patient_id": _PATIENT,
            "recorded_at": Made("timestamp[us, UTC]", ("{charttime}",)),
            "category": Made("utf8", ("diagnosis",), required=True),
            "code": Made("utf8", _ICD_CODE),
            "description": Made("utf8", ("{long_title}",)),
            "status": Made("utf8", ()),
        },
    ),
    FileLayout(
        "prescriptions",
        "medical_history",
        types={"starttime": "timestamp[us, UTC]", "stoptime": "timestamp[us, UTC]"},
        required=("subject_id", "drug"),
        columns={
            "patient_id": _PATIENT,
            "recorded_at": Made("timestamp[us, UTC]", ("{starttime}",)),
            "category": Made("utf8", ("medication",), required=True),
            "code": Made("utf8", ("ndc|{ndc}",), absent=_NO_NDC),
            "description": Made("utf8", ("{drug}",)),
            "status": Made("utf8", ("completed{stoptime:given}", "active")),
        },
    ),
    FileLayout(
        "procedures_icd",
        "medical_history",
        types={"charttime": "timestamp[us, UTC]", "chartdate": "date32"},
        required=("subject_id", "icd_code"),
        dictionaries=(("icd_key", "procedure_titles"),),
        composed={"icd_key": _ICD_CODE},
        columns={
            "patient_id": _PATIENT,
            "recorded_at": Made("timestamp[us, UTC]", ("{charttime}", "{chartdate} 00:00:00")),
            "category": Made("utf8", ("procedure",), required=True),
            "code": Made("utf8", _ICD_CODE),
            "description": Made("utf8", ("{long_title}",)),
            "status": Made("utf8", ("completed",)),
        },
        optional=True,
    ),
    FileLayout(
        "microbiologyevents",
        "medical_history",
        types={"charttime": "timestamp[us, UTC]", "chartdate": "date32"},
        required=("subject_id", "test_name"),
        columns={
            "patient_id": _PATIENT,
            "recorded_at": Made("timestamp[us, UTC]", ("{charttime}", "{chartdate} 00:00:00")),
            "category": Made("utf8", ("microbiology",), required=True),
            "code": Made("utf8", ()),
            "description": Made(
                "utf8",
                ("{spec_type_desc}: {test_name}: {org_name}", "{spec_type_desc}: {test_name}", "{test_name}"),
            ),
            "status": Made("utf8", ("completed",)),
        },
        optional=True,
    ),
)


def _source_columns() -> frozenset[str]:
    types = [*(layout.types for layout in BRONZE), *(d.types for d in DICTIONARIES.values())]
    templates = [t for layout in BRONZE for made in layout.columns.values() for t in made.templates]
    used = {name for template in templates for name in re.findall(r"\{(\w+)", template)}
    return frozenset(used.union(*types, *(layout.required for layout in BRONZE)))


SOURCE_COLUMNS = _source_columns()
"""Names of the columns that MIMIC-IV's files have and the layouts use."""

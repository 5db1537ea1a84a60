"""What must hold for the silver tables, checked on every run: the report as JSON and HTML."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.pipelines.record import write_atomically

if TYPE_CHECKING:
    from assay.data import Table
    from assay.data.quality import QualityRule

_AGES = (0, 130)
"""Ages outside are left out of gold."""
_YEARS = re.compile(r"^(age between .*) a$")  # UCUM's year, which reads like a word cut short

__all__ = ["check_tables", "write_quality_report"]


def check_tables(tables: Mapping[str, Table]) -> list[dict[str, Any]]:
    """One report per silver table: keys, references between tables, allowed values."""
    from assay.data.quality import check_quality

    reports = [
        json.loads(check_quality(table, _rules(name, tables), name=f"silver.{name}").to_json())
        for name, table in tables.items()
    ]
    for rule in (rule for report in reports for rule in report["rules"]):
        rule["description"] = _YEARS.sub(r"\1 years", rule["description"])
    return reports


def _rules(name: str, tables: Mapping[str, Table]) -> list[QualityRule]:
    from assay.data import quality as q

    known = q.references(
        "patient_id", tables["emergency_data"]["patient_id"], "emergency_data.patient_id", severity="warning"
    )
    keyed = [q.required("patient_id"), known]
    if name == "vital_signs":
        return [*keyed, q.unique(["patient_id", "observed_at"])]
    if name == "lab_results":
        coded = q.matches("loinc", r"\d{1,7}-\d", severity="warning")
        return [
            *keyed,
            q.required("value", severity="info" if _has_texts(tables[name]) else "warning"),
            q.required("unit", severity="warning"),
            coded,
        ]
    if name == "emergency_data":
        times = q.required("arrived_at", severity="warning")
        sexes = q.one_of("sex", ["male", "female", "unknown"], severity="warning")
        return [q.required("patient_id"), times, sexes, q.between("age", *_AGES, severity="warning")]
    if name == "medical_history":
        columns = ["patient_id", "recorded_at", "category", "code", "description"]
        return [*keyed, q.required("category"), q.unique(columns, severity="info")]
    return keyed


def _has_texts(results: Table) -> bool:
    """Whether results come as text too ("NEG"): a number that is missing is then no defect."""
    return "value_text" in results and results["value_text"].null_count < results.num_rows


def write_quality_report(folder: Path, reports: Sequence[Mapping[str, Any]]) -> Path:
    """``quality.json`` beside the report."""
    path = folder / "quality.json"
    write_atomically(path, json.dumps(list(reports), indent=2) + "\n")
    return path

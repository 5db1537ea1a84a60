"""Data-quality rules through the bindings, and the report as JSON and HTML."""

import json

import pytest

import assay
from assay.data import Table, quality


def vitals() -> Table:
    return Table.from_dict(
        {
            "patient_id": ["A", "A", None, "B<b>"],
            "spo2": [98.0, 130.0, None, 0.0],
            "sex": ["male", "F", None, "female"],
        }
    )


def rules() -> list[quality.QualityRule]:
    return [
        quality.required("patient_id"),
        quality.between("spo2", 1, 100, severity="warning"),
        quality.unique(["patient_id"], id="one_row_each"),
        quality.references("patient_id", Table.from_dict({"id": ["A"]})["id"], "patients.id"),
        quality.matches("patient_id", "[A-Z]"),
        quality.one_of("sex", ["male", "female"]),
        quality.row_count(at_least=4),
    ]


def test_every_rule_lists_its_failing_rows() -> None:
    report = quality.check_quality(vitals(), rules(), name="vitals")
    found = {result.id: result.failing_rows for result in report.results}
    assert found == {
        "patient_id.required": [2],
        "spo2.range": [1, 3],
        "one_row_each": [1],
        "patient_id.reference": [3],
        "patient_id.pattern": [3],
        "sex.allowed": [1],
        "rows.count": [],
    }
    assert not report.passed
    assert repr(report) == "QualityReport('vitals', 4 rows, 7 rules, 6 failed)"


def test_reports_as_json_and_html_hold_no_values() -> None:
    report = quality.check_quality(vitals(), rules(), name="vitals <of> ward 3")
    parsed = json.loads(report.to_json())
    assert parsed["rules"][1] == {
        "id": "spo2.range",
        "severity": "warning",
        "description": "spo2 between 1 and 100",
        "checked": 4,
        "failed": 2,
        "passed": False,
        "failing_rows": [1, 3],
    }
    page = quality.to_html(report)
    assert "vitals &lt;of&gt; ward 3" in page
    assert "130" not in page and "B<b>" not in page and "130" not in report.to_json()


def test_a_warning_does_not_fail_a_report() -> None:
    report = quality.check_quality(vitals(), [quality.between("spo2", 1, 100, severity="warning")])
    assert report.passed
    assert not report.results[0].passed


def test_rules_that_cannot_be_applied_say_why() -> None:
    with pytest.raises(assay.SchemaError, match="'pulse'"):
        quality.check_quality(vitals(), [quality.required("pulse")])
    with pytest.raises(assay.ValueError, match="info, warning or error"):
        quality.required("spo2", severity="fatal")
    with pytest.raises(assay.ValueError, match="RE2"):
        quality.check_quality(vitals(), [quality.matches("sex", "(")])

"""FHIR Observations to laboratory results: the shared bundles against Python's json. Other patients are made up."""

from __future__ import annotations

import contextlib
import gzip
import json
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import assay
from assay.data import laboratory


def bundles(folder: Path) -> list[Path]:
    paths = sorted(folder.glob("*.json"))
    if not paths:
        pytest.skip("there are no FHIR bundles in the test data")
    return paths


def expected_results(path: Path) -> list[dict[str, Any]]:
    """An independent reading: every Observation that has a value or does not merely list members."""
    bundle = json.loads(path.read_bytes(), parse_float=Decimal)
    resources = [entry["resource"] for entry in bundle["entry"]]
    report = next(r for r in resources if r["resourceType"] == "DiagnosticReport")
    order = (report.get("identifier") or [{"value": report["id"]}])[0]["value"]
    out = []
    for resource in resources:
        if resource["resourceType"] != "Observation":
            continue
        quantity, text = resource.get("valueQuantity"), resource.get("valueString")
        if quantity is None and text is None and resource.get("hasMember"):
            continue
        value, comparator = None, None
        if quantity is not None:
            value, comparator = float(quantity["value"]), quantity.get("comparator")
        elif text is not None:
            sign = text[0] if text[0] in "<>" else ""
            with contextlib.suppress(ValueError):
                value, comparator, text = float(text.removeprefix(sign)), sign or None, None
        codings = resource["code"].get("coding", [])
        loinc = [coding["code"] for coding in codings if coding.get("system") == "http://loinc.org"]
        out.append(
            {
                "result_id": f"{order}/{resource['id']}",
                "patient_id": resource["subject"]["reference"].split("/")[-1],
                "order_id": order,
                "loinc": loinc[0] if loinc else None,
                "comparator": comparator,
                "value": value,
                "text": text.strip() if text is not None else None,
                "status": resource["status"],
                "unit": (quantity.get("code") or quantity.get("unit")) if quantity else None,
            }
        )
    return out


def test_the_shared_bundles_come_out_complete(test_data: Path) -> None:
    paths = bundles(test_data / "fhir")
    expected = [row for path in paths for row in expected_results(path)]
    read = laboratory.read_fhir(test_data / "fhir")
    rows = read.rows.to_pydict()
    assert read.rejected.counts_by_rule() == {}
    assert read.rows_read == len(expected)
    for name in expected[0]:
        assert rows[name] == [row[name] for row in expected], name
    assert all(code is None or assay.data.is_loinc(code) for code in rows["loinc"])
    assert read.superseded.num_rows == 0


def made_up(identifier: str, value: str, **more: Any) -> str:
    resource = {
        "resourceType": "Observation",
        "id": identifier,
        "status": "final",
        "code": {"text": "Glucose"},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2024-05-01T08:30:00Z",
        "valueQuantity": {"value": 0, "unit": "mg/dL"},
        **more,
    }
    return json.dumps(resource).replace('"value": 0', f'"value": {value}')


def test_lines_numbers_and_archives(tmp_path: Path) -> None:
    lines = [made_up("a", "5.40"), made_up("b", "12345678901234567.8"), '{"broken', made_up("c", "7")]
    path = tmp_path / "observations.ndjson.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    read = laboratory.read_fhir(path)
    rows = read.rows.to_pydict()
    assert rows["value"] == [5.4, 12345678901234567.8, 7.0]
    assert rows["text"] == [None, "12345678901234567.8", None]
    assert rows["source_line"] == [1, 2, 4]
    assert rows["observed_at"] == [datetime(2024, 5, 1, 8, 30, tzinfo=timezone.utc)] * 3
    assert read.rejected.table.to_pydict()["raw"] == [b'{"broken']
    assert laboratory.read_fhir(tmp_path).rows.to_pydict() == rows


def test_the_latest_version_counts(tmp_path: Path) -> None:
    old = made_up("a", "5", meta={"lastUpdated": "2024-05-01T09:00:00Z"})
    new = made_up("a", "6", status="corrected", meta={"lastUpdated": "2024-05-02T09:00:00Z"})
    path = tmp_path / "two.json"
    path.write_text(f"[{new},{old}]", encoding="utf-8")
    read = laboratory.read_fhir(path)
    assert read.rows.to_pydict()["value"] == [6.0]
    assert read.superseded.to_pydict()["value"] == [5.0]


def test_errors_hold_no_patient(tmp_path: Path) -> None:
    with pytest.raises(assay.IoError):
        laboratory.read_fhir(tmp_path)
    with pytest.raises(assay.IoError):
        laboratory.read_fhir(tmp_path / "none.json")


def test_flags_and_statuses_that_are_no_codes_are_left_out_and_counted(tmp_path: Path) -> None:
    """As in CSV and HL7: a text may name a person (Dr Mabuse is made up)."""
    flags = [{"coding": [{"code": "H"}]}, {"text": "told Dr Mabuse"}, {"text": "high"}]
    path = tmp_path / "observations.ndjson"
    lines = [
        made_up("a", "5", interpretation=flags, status="ask Dr Mabuse"),
        made_up("b", "6", status="unknown", issued="2024-05-01T09:00:00Z"),
        made_up("c", "7", issued="this morning"),
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    read = laboratory.read_fhir(path)
    assert read.rows.to_pydict()["flag"] == ["H~H", None, None]
    assert read.rows.to_pydict()["status"] == [None, "unknown", "final"]
    assert read.remarks == [
        "1 times of release that are none were left out",
        "1 statuses that are none of HL7 table 0085 or of FHIR were left out",
        "1 flags that are none of HL7 table 0078 were left out",
    ]


def test_files_of_other_names_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(made_up("a", "5"))
    (tmp_path / "b.txt").write_text(made_up("b", "5"))
    (tmp_path / "README.md").write_text("what the others are")
    read = laboratory.read_results(tmp_path)
    assert read.rows_read == 1
    assert "b.txt was not read: its name is neither .json nor .ndjson" in read.remarks

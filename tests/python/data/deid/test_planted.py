"""From a message with a made-up patient's identifiers to a lake without one of them; and MIMIC-IV's patients."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from assay import errors
from assay.data import Lake, deid, laboratory, write_csv
from assay.data.audit import AuditLog

pytest.importorskip("deltalake")

# All made up. Dates are planted as the message has them and as the tables would.
PLANTED = {
    "name": ["Quimby", "Rosalind"],
    "record number": ["MRN47110815"],
    "visit": ["VISIT99120"],
    "order": ["PLACER-5512", "FILLER-8834"],
    "social security": ["078051120", "078-05-1120"],
    "telephone": ["617-555-0142"],
    "street": ["Larkspur"],
    "birth": ["19310704", "1931-07-04"],
    "day of the result": ["20240305", "2024-03-05"],
    "in the text": ["quimby@example.org", "03/04/2024"],
    "file": ["export_quimby"],
}

MESSAGE = "\r".join(
    [
        "MSH|^~\\&|LAB|H|EHR|H|20240305120000||ORU^R01|M1|P|2.5.1",
        "PID|1||MRN47110815^^^H^MR||Quimby^Rosalind||19310704|F|||42 Larkspur Lane^^Boston^MA^02139||617-555-0142|||||"
        "VISIT99120|078051120",
        "OBR|1|PLACER-5512|FILLER-8834|CHEM^Chemistry^L|||202403050830",
        "OBX|1|NM|NA^Sodium^L||139|mmol/L|135-145|N|||F|||20240305083000",
        "OBX|2|ST|CMT^Comment^L||told quimby@example.org on 03/04/2024, SSN 078-05-1120, MRN47110815||||||F",
        "OBX|3|NM|K^Potassium^L||four|mmol/L|3.5-5.1|N|||F",
        "",
    ]
)


def key(first: int) -> deid.DeidKey:
    return deid.DeidKey.from_text(bytes([first, *range(1, 32)]).hex())


def test_nothing_of_a_message_survives(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    (tmp_path / "in").mkdir()
    source = tmp_path / "in" / "export_quimby.hl7"
    source.write_text(MESSAGE)
    out = tmp_path / "out"
    out.mkdir()
    wanted = [text for texts in PLANTED.values() for text in texts]
    assert {hit.identifier for hit in deid.find_identifiers(source, wanted)} >= {0, 1, 2, 3, 4, 5, 6, 8, 9}

    read = laboratory.read_hl7(source)
    log = AuditLog(out / "audit.jsonl", key=key(3))
    with deid.Vault(out / "vault", key(2), audit=log) as vault:
        bronze = deid.deidentify(read.rows, deid.laboratory_plan(), key(1), vault=vault, audit=log)
    deid.write_sealed_table(out / "quarantine", read.rejected, key(4))
    silver = laboratory.standardise(bronze.rows)
    lake = Lake(out / "lake", catalog="lims")
    lake.write("bronze.lab_results", bronze.rows)
    lake.write("silver.lab_results", silver.rows)
    lake.write("silver.refused", silver.refused)
    write_csv(bronze.rows, out / "rows.csv")
    said = [
        str(read.remarks),
        str(bronze.columns),
        str(bronze.counts_by_kind),
        str(silver.counts),
        caplog.text,
    ]
    with pytest.raises(errors.SchemaError) as refused:
        deid.deidentify(read.rows, deid.DeidPlan({"value": "keep"}), key(1))
    (out / "said.txt").write_text("\n".join([*said, str(refused.value)]))

    assert deid.find_identifiers(out, wanted) == []
    assert read.rows_read == read.rows.num_rows + len(read.rejected)
    assert bronze.rows.column("value").to_pylist()[0] == 139.0
    assert log.verify().ok


def test_silver_rows_can_be_deidentified_too(tmp_path: Path) -> None:
    source = tmp_path / "one.hl7"
    source.write_text(MESSAGE)
    silver = laboratory.standardise(laboratory.read_hl7(source).rows)
    plan = deid.laboratory_plan(also={"source_file": "drop"})
    for table in (silver.rows, silver.refused):
        done = deid.deidentify(table, plan, key(1))
        assert set(table.column_names) - set(done.rows.column_names) == {"source_file", "source_line"}


def test_the_patients_of_mimic_iv_are_in_no_file(test_data: Path, tmp_path: Path) -> None:
    folder = test_data / "mimic_iv_demo"
    if not (folder / "labevents.csv").exists():
        pytest.skip("the MIMIC-IV demo is not in the test data")
    rows = laboratory.read_mimic_iv(folder).rows
    patients = sorted(set(rows.column("patient_id").to_pylist()))
    done = deid.deidentify(rows, deid.laboratory_plan(), key(1)).rows
    Lake(tmp_path / "lake", catalog="lims").write("bronze.lab_results", done)
    write_csv(done, tmp_path / "rows.csv")
    assert done.num_rows == 26_426
    tokens = done.column("patient_id").to_pylist()
    assert len(set(tokens)) == len(patients)
    assert None not in tokens
    assert deid.find_identifiers(tmp_path, patients) == []
    before, after = rows.column("observed_at").to_pylist(), done.column("observed_at").to_pylist()
    shifts: dict[str, set[int]] = {}
    for token, old, new in zip(tokens, before, after, strict=True):
        assert (new - old).seconds == 0
        shifts.setdefault(token, set()).add((new - old).days)
    assert all(len(days) == 1 and 0 < abs(min(days)) <= 182 for days in shifts.values())
    assert len({min(days) for days in shifts.values()}) > 10

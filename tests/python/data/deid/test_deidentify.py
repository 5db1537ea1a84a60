"""assay.data.deid on tables: nothing that was planted survives; the way back; rotation; sealed files. All made up."""

from __future__ import annotations

import csv
import gzip
import json
import sqlite3
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay import errors
from assay.data import Column, Table, clinical_schema, deid, laboratory
from assay.data.audit import AuditLog

pa = pytest.importorskip("pyarrow")

PLANTED = [
    "Rosalind Quimby",
    "MRN-4711-0815",
    "078-05-1120",
    "quimby@example.org",
    "617-555-0142",
    "42 Larkspur Lane",
]


def key(first: int = 0) -> deid.DeidKey:
    return deid.DeidKey.from_text(bytes([first, *range(1, 32)]).hex())


def rows() -> Table:
    return Table.from_dict(
        {
            "patient_id": ["MRN-4711-0815", "MRN-0002", None],
            "name": ["Rosalind Quimby", "Tom Test", None],
            "observed_at": ["2024-03-05T10:00:00", "2024-03-06T11:00:00", "2024-03-07T12:00:00"],
            "age": [93, 40, 50],
            "value": [5.1, 6.2, 7.3],
            "note": [
                "Quimby, ssn 078-05-1120, mail quimby@example.org or 617-555-0142, lives at 42 Larkspur Lane",
                "MRN-0002 is well since 2019",
                "nothing",
            ],
        }
    ).cast({"observed_at": "timestamp"})


ROLES = {
    "patient_id": "identifier",
    "name": "name",
    "observed_at": "date",
    "age": "age",
    "value": "keep",
    "note": "free_text",
}


def test_no_planted_identifier_survives(tmp_path: Path) -> None:
    with deid.Vault(tmp_path / "vault", key(1), audit=AuditLog(tmp_path / "audit.jsonl")) as vault:
        log = AuditLog(tmp_path / "audit.jsonl")
        done = deid.deidentify(rows(), deid.DeidPlan(ROLES), key(), vault=vault, audit=log)
    import pyarrow.parquet as pq

    pq.write_table(done.rows.to_pyarrow(), tmp_path / "rows.parquet")
    (tmp_path / "report.txt").write_text(f"{done.columns} {done.counts_by_kind} {done.findings.to_pylist()}")
    assert deid.find_identifiers(tmp_path, [*PLANTED, "Quimby", "MRN-0002", "2024-03-05"]) == []
    assert done.rows.column("note").to_pylist() == [
        "[NAME], ssn [SSN], mail [EMAIL] or [PHONE], lives at [ADDRESS]",
        "[ID] is well since 2019",
        "nothing",
    ]
    assert done.rows.column("age").to_pylist() == [90, 40, 50]
    assert done.rows.column("observed_at").to_pylist()[2] is None
    assert done.counts_by_kind == {"ADDRESS": 1, "EMAIL": 1, "ID": 1, "NAME": 1, "PHONE": 1, "SSN": 1}
    assert deid.find_identifiers(
        tmp_path, [done.rows.column("patient_id")[0]]
    )  # the search does find what is there


def test_a_column_without_a_role_is_refused_without_its_values(tmp_path: Path) -> None:
    table = rows().with_column("comment", ["Rosalind Quimby", "x", "y"])
    with pytest.raises(errors.SchemaError, match="'comment'") as caught:
        deid.deidentify(table, deid.DeidPlan(ROLES), key())
    assert "Quimby" not in str(caught.value)
    with pytest.raises(errors.ValueError, match="identifier, date"):
        deid.DeidPlan({"patient_id": "secret"})
    with pytest.raises(errors.ValueError, match="'patient_id'"):
        deid.DeidPlan({"patient_id": {"role": "identifier", "salt": "x"}})


def test_a_plan_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    visit = {"role": "identifier", "purpose": "encounter_id", "fold_case": True}
    path.write_text(
        json.dumps({"as_of": "2026-01-01", "most_days": 30, "columns": {"visit": visit, "x": "keep"}})
    )
    plan = deid.read_plan(path)
    assert (plan.as_of, plan.most_days, plan.columns["visit"].purpose) == ("2026-01-01", 30, "encounter_id")
    for bad in (
        "{",
        "[]",
        '{"columns": 1}',
        '{"columns": {}, "salt": 1}',
        '{"columns": {"x": 1}}',
        '{"columns": {}, "most_days": "many"}',
    ):
        path.write_text(bad)
        with pytest.raises(errors.ValueError, match="plan"):
            deid.read_plan(path)
    with pytest.raises(errors.IoError):
        deid.read_plan(tmp_path / "none")
    with pytest.raises(errors.ValueError, match="YYYY-MM-DD"):
        deid.DeidPlan({}, as_of="soon")


def test_the_plan_for_laboratory_results_names_every_column() -> None:
    plan = deid.laboratory_plan(also={"comment": "free_text"})
    schema = clinical_schema("laboratory_results")
    assert {field.name for field in schema} | {"comment", "value_standard"} <= set(plan.columns)
    done = deid.deidentify(Table.empty(schema), deid.laboratory_plan(), key())
    assert "source_file" not in done.rows
    assert deid.KEY_ID_COLUMN in done.rows


def test_what_a_source_puts_into_names_of_tests_and_wards_is_searched() -> None:
    row = {
        "result_id": "r-1",
        "patient_id": "MRN-4711",
        "test_name": "Glucose for Mr. Quimby, 617-555-0142",
        "location": "Ward 3, MRN-4711",
        "absent_reason": "sent to quimby@example.org",
        "unit": "mg/dL",
        "local_code": "GLU",
        "flag": "H",
    }
    usual = {
        "result_id": "r-2",
        "patient_id": "MRN-12",
        "test_name": "25-OH Vitamin D",
        "location": "Ward 5/3",
        "unit": "10^9/L",
    }
    table = Table.from_pylist([row, usual])
    done = deid.deidentify(table, deid.laboratory_plan(), key()).rows
    assert done.column("test_name").to_pylist() == ["Glucose for Mr. [NAME], [PHONE]", "25-OH Vitamin D"]
    assert done.column("location").to_pylist() == ["Ward 3, [ID]", "Ward 5/3"]
    assert done.column("absent_reason").to_pylist() == ["sent to [EMAIL]", None]
    for name in ("unit", "local_code", "flag"):
        assert done.column(name).to_pylist() == table.column(name).to_pylist()


def test_ordinary_names_of_tests_stay_as_they_are(test_data: Path) -> None:
    labels = test_data / "mimic_iv_demo" / "d_labitems.csv"
    if not labels.exists() or not (test_data / "omop").exists() or not (test_data / "fhir").exists():
        pytest.skip("MIMIC-IV, FHIR or OMOP is not in the test data")
    with labels.open(encoding="utf-8", newline="") as lines:
        names = [line["label"] for line in csv.DictReader(lines)]
    assert len(names) > 100
    table = Table.from_dict({"patient_id": ["MRN-4711"] * len(names), "test_name": names})
    plan = deid.DeidPlan({"patient_id": "identifier", "test_name": "free_text"})
    assert deid.deidentify(table, plan, key()).rows.column("test_name").to_pylist() == names
    readers = (
        laboratory.read_mimic_iv(test_data / "mimic_iv_demo"),
        laboratory.read_fhir(test_data / "fhir"),
        laboratory.read_omop(test_data / "omop" / "Synthea27Nj_5.4.zip"),
    )
    for read in readers:
        assert read.rows.num_rows > 0
        done = deid.deidentify(read.rows, deid.laboratory_plan(), key()).rows
        for name in ("test_name", "location", "absent_reason"):
            assert done.column(name).to_pylist() == read.rows.column(name).to_pylist()


def test_every_look_into_the_vault_is_recorded(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl", key=key(7), who="ann")
    with deid.Vault(tmp_path / "vault", key(1), audit=log) as vault:
        token = deid.deidentify(rows(), deid.DeidPlan(ROLES), key(), vault=vault).rows.column("patient_id")[0]
        found = vault.identifier(token, purpose="patient_id", key_id=key().key_id, why="critical value")
        assert found == "MRN-4711-0815"
        assert vault.identifier("x", purpose="patient_id", key_id=key().key_id, why="typing error") is None
        vault.rekey(key(2), why="yearly")
    with pytest.raises(errors.StateError, match="closed"):
        vault.save()
    assert [entry["what"] for entry in log.entries()] == ["vault.read", "vault.read", "vault.rekey"]
    assert log.verify().ok
    with pytest.raises(errors.AuthError, match=key(2).key_id):
        deid.Vault(tmp_path / "vault", key(1), audit=log)


def test_rotation_is_as_if_the_new_key_had_been_used_at_once(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    plan = deid.DeidPlan(ROLES)
    with deid.Vault(tmp_path / "vault", key(1), audit=log) as vault:
        before = deid.deidentify(rows(), plan, key(), vault=vault).rows
        after = deid.rotate(before, plan, vault, source=key(), target=key(3), audit=log)
    assert after == deid.deidentify(rows(), plan, key(3)).rows
    assert set(after.column(deid.KEY_ID_COLUMN)) == {key(3).key_id}
    with deid.Vault(tmp_path / "vault", key(1), audit=log) as vault:
        assert len(vault) == 4
        with pytest.raises(errors.ValueError, match="key"):
            deid.rotate(after, plan, vault, source=key(), target=key(3))


def test_quarantined_rows_in_a_sealed_file(tmp_path: Path) -> None:
    path = tmp_path / "quarantine.sealed"
    table = Table.from_dict({"line": [1, 2], "raw": [b"Rosalind Quimby;x", None]})
    deid.write_sealed_table(path, table, key())
    assert deid.find_identifiers(tmp_path, ["Quimby"]) == []
    assert deid.read_sealed_table(path, key()) == table
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(errors.AuthError):
        deid.read_sealed_table(path, key(), purpose="vault")
    assert deid.reseal(path, source=key(), target=key(2))
    assert not deid.reseal(path, source=key(), target=key(2))
    assert deid.read_sealed_table(path, key(2)) == table
    with pytest.raises(errors.AuthError, match=key().key_id):
        deid.read_sealed_table(path, key())


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_vault_that_was_changed_or_cut_is_refused(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("vault")
    log = AuditLog(folder / "audit.jsonl")
    with deid.Vault(folder / "vault", key(1), audit=log) as vault:
        deid.deidentify(rows(), deid.DeidPlan(ROLES), key(), vault=vault)
    good = (folder / "vault").read_bytes()
    at = data.draw(st.integers(0, len(good) - 1))
    if data.draw(st.booleans()):
        bad = good[:at]
    else:
        bad = good[:at] + bytes([good[at] ^ data.draw(st.integers(1, 255))]) + good[at + 1 :]
    (folder / "vault").write_bytes(bad)
    with pytest.raises(errors.AuthError, match="unseal"):
        deid.Vault(folder / "vault", key(1), audit=log)


def test_shifts_and_safe_harbor_of_columns() -> None:
    shift = deid.DateShift(key(), most_days=21, keep_weekday=True)
    assert {abs(shift.days(str(i))) for i in range(100)} == {7, 14, 21}
    dates = rows().column("observed_at")
    moved = shift.shift(dates, Column(["a", "a", None]))
    assert moved[1] - moved[0] == dates[1] - dates[0]
    assert moved[2] is None
    assert shift.unshift(moved, Column(["a", "a", "a"])).to_pylist() == [dates[0], dates[1], None]
    assert deid.zip3(Column(["02139-4307", "03601", "x"])).to_pylist() == ["021", "000", None]
    assert deid.cap_ages(Column([89, 90, -1])).to_pylist() == [89, 90, None]
    assert len(deid.restricted_zip3()) == 21


def test_offsets_count_characters() -> None:
    text = "für Ünal: mail ünal@x é jane@example.org"
    ((kind, begin, end),) = [f for f in deid.find_in_text(text) if f[0] == "EMAIL"]
    assert (kind, text[begin:end]) == ("EMAIL", "jane@example.org")
    assert deid.redact("Ünal Test came", names=["Ünal Test"]) == "[NAME] [NAME] came"


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_scanned_and_what_is_left_over_is_text(text: str) -> None:
    out = deid.redact(text)
    kept = [out] if out == text else []
    found = deid.find_in_text(text)
    assert bool(kept) == (not found)
    assert all(0 <= begin < end <= len(text) for _, begin, end in found)


def test_find_identifiers_looks_everywhere(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    name = "Zoë Quimby"
    (tmp_path / "plain.log").write_text(f"error near {name.upper()}")
    (tmp_path / "wide.txt").write_bytes(name.encode("utf-16-le"))
    (tmp_path / "record.json").write_text(json.dumps({"n": name}))
    (tmp_path / "page.html").write_text("?q=zo%C3%AB+quimby")
    (tmp_path / "rows.csv.gz").write_bytes(gzip.compress(name.encode()))
    pq.write_table(
        pa.table({"n": [name] * 99, "i": list(range(99))}), tmp_path / "rows.parquet", compression="zstd"
    )
    pq.write_table(pa.table({"mrn": [47110815]}), tmp_path / "numbers.parquet")
    with sqlite3.connect(tmp_path / "data.db") as database:
        database.execute("CREATE TABLE t (a TEXT)")
        database.execute("INSERT INTO t VALUES (?)", (name,))
    database.close()
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(tmp_path / "rows.csv.gz", "inner.gz")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / f"{name}.txt").write_text("nothing")
    (tmp_path / "torn.gz").write_bytes(gzip.compress(b"x" * 999)[:20])
    found = deid.find_identifiers(tmp_path, [name, "47110815"])
    assert {hit.path.name for hit in found} == {
        path.name for path in tmp_path.rglob("*") if path.is_file() and path.name != "torn.gz"
    }
    assert {hit.path.name for hit in found if hit.identifier == 1} == {"numbers.parquet"}
    assert name not in repr([hit.place for hit in found])
    with pytest.raises(errors.ValueError, match="4 characters"):
        deid.find_identifiers(tmp_path, ["abc"])
    with pytest.raises(errors.IoError):
        deid.find_identifiers(tmp_path / "none", [name])

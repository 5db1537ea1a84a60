"""`assay run lims` on MIMIC-IV's laboratory results and on made-up ones: counts, tables, idempotence, the door."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from assay.pipelines import lims

pytest.importorskip("deltalake")

KEY = "5f1f8d3c0a9b7e6d4c2b1a0918273645" * 2  # of this test alone

HEADER = (
    *("result_id", "patient_id", "observed_at", "reported_at", "local_code", "test_name"),
    *("loinc", "value", "unit", "status", "device_id", "text"),
)


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("ASSAY_DEID_KEY", KEY)
    return KEY


@pytest.fixture(scope="module")
def mimic_run(tmp_path_factory: pytest.TempPathFactory, test_data: Path) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSAY_DEID_KEY", KEY)
        return lims.run(
            test_data / "mimic_iv_demo", tmp_path_factory.mktemp("mimic") / "out", target=0.0
        )


def made_up(folder: Path, rows: int = 40) -> Path:
    """Results of two made-up patients, whose names stand in the comments."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "results.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for i in range(rows):
            patient = f"PAT-{7001 + i % 2}"
            writer.writerow(
                [
                    f"R{i:04d}",
                    patient,
                    f"2026-01-{1 + i // 4:02d}T{6 + i % 4:02d}:00:00Z",
                    f"2026-01-{1 + i // 4:02d}T{7 + i % 4:02d}:30:00Z",
                    "GLU",
                    "Glucose",
                    "2345-7",
                    f"{90 + i % 7}",
                    "mg/dL",
                    "final",
                    "AU-1",
                    "",
                ]
            )
    return folder


def test_mimic_goes_through_with_every_result_counted(mimic_run: Any, test_data: Path) -> None:
    bronze, silver = mimic_run.step("bronze"), mimic_run.step("silver")
    with (test_data / "mimic_iv_demo" / "labevents.csv").open(newline="") as file:
        delivered = list(csv.DictReader(file))
    assert bronze.rows_read == len(delivered) == 26_426
    assert bronze.accepted + bronze.rows_quarantined == bronze.rows_read
    assert silver.rows_read == bronze.accepted
    assert silver.accepted + silver.rows_quarantined == silver.rows_read
    rows = mimic_run.lake.read("silver.lab_results")
    refused = mimic_run.lake.read("quarantine.results")
    assert rows.num_rows == silver.accepted
    assert Counter(refused["rule"].to_pylist()) == Counter(silver.quarantined)
    assert len(set(rows["patient_id"].to_pylist())) <= 100


def test_no_patient_of_mimic_is_named_in_what_is_stored(mimic_run: Any, test_data: Path) -> None:
    with (test_data / "mimic_iv_demo" / "patients.csv").open(newline="") as file:
        known = {row["subject_id"] for row in csv.DictReader(file)}
    for name in mimic_run.lake.tables():
        table = mimic_run.lake.read(name)
        for column in table.column_names:
            values = {str(value) for value in table[column].to_pylist()}
            assert not values & known, (name, column)


def test_again_changes_nothing(tmp_path: Path, key: str) -> None:
    source = made_up(tmp_path / "source")
    first = lims.run(source, tmp_path / "out", target=0.0)
    again = lims.run(source, tmp_path / "out", target=0.0)
    for step in ("bronze", "silver"):
        assert [t.version for t in again.step(step).tables] == [t.version for t in first.step(step).tables]
        assert not any(table.changed for table in again.step(step).tables)


def test_the_report_is_one_file(mimic_run: Any) -> None:
    pytest.importorskip("jinja2")
    page = mimic_run.report.read_text(encoding="utf-8")
    assert "26,426 results read" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "<script" not in page


def test_without_a_key_nothing_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASSAY_DEID_KEY", raising=False)
    with pytest.raises(Exception, match="ASSAY_DEID_KEY"):
        lims.run(made_up(tmp_path / "source"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_another_source_does_not_replace_the_tables(tmp_path: Path, key: str) -> None:
    lims.run(made_up(tmp_path / "a"), tmp_path / "out", target=0.0)
    with pytest.raises(ValueError, match="another input"):
        lims.run(made_up(tmp_path / "b", rows=20), tmp_path / "out", target=0.0)
    done = lims.run(made_up(tmp_path / "b", rows=20), tmp_path / "out", target=0.0, replace=True)
    assert done.step("silver").rows_read == 20


def test_devices_are_summed_up_by_their_true_days(tmp_path: Path, key: str) -> None:
    done = lims.run(made_up(tmp_path / "source"), tmp_path / "out", target=0.0)
    days = done.lake.read("gold.device_days").to_pylist()
    assert [str(row["day"]) for row in days] == [f"2026-01-{d:02d}" for d in range(1, 11)]
    stored = {str(t)[:10] for t in done.lake.read("silver.lab_results")["observed_at"].to_pylist()}
    assert not stored & {str(row["day"]) for row in days} or len(stored) > 10


def test_the_first_load_becomes_the_reference(tmp_path: Path, key: str) -> None:
    source = made_up(tmp_path / "source", rows=200)
    first = lims.run(source, tmp_path / "out", target=0.0)
    assert "reference" in first.step("drift").reason
    again = lims.run(source, tmp_path / "out", target=0.0)
    assert again.step("drift").reason == ""
    assert json.loads((tmp_path / "out/drift.json").read_text())["counts"]["severe"] == 0


def test_delta_limits_of_the_laboratory(tmp_path: Path, key: str) -> None:
    pytest.importorskip("jinja2")
    file = tmp_path / "delta.json"
    file.write_text(json.dumps({"source": "made up", "limits": {"2345-7": {"unit": "mg/dL", "difference": 1}}}))
    done = lims.run(made_up(tmp_path / "source"), tmp_path / "out", target=0.0, delta_limits=file)
    checks = json.loads((tmp_path / "out/quality.json").read_text())["sources"][0]["checks"]
    (delta,) = [check for check in checks if check["check"] == "delta"]
    assert delta["checked"] == 38 and delta["failed"] > 5
    assert "These limits are made up." in (tmp_path / "out/quality.html").read_text()
    assert done.step("quality").reason == ""
    with pytest.raises(ValueError, match="delta limits"):
        lims.run(tmp_path / "source", tmp_path / "other", delta_limits=tmp_path / "source" / "results.csv")


def test_drift_names_tests_and_counts_what_is_no_exact_number(tmp_path: Path, key: str) -> None:
    """Made up: the second load reads 12 mg/dL more, and every third result is below a limit."""
    pytest.importorskip("jinja2")
    source = made_up(tmp_path / "source", rows=120)
    lims.run(source, tmp_path / "out", target=0.0)
    file = source / "results.csv"
    lines = [line.split(",") for line in file.read_text().splitlines()]
    for i, line in enumerate(lines[1:]):
        line[7] = f"<{float(line[7]):g}" if i % 3 == 0 else f"{float(line[7]) + 12:g}"
    file.write_text("\n".join(",".join(line) for line in lines) + "\n")
    done = lims.run(source, tmp_path / "out", target=0.0, replace=True)
    (found,) = json.loads((tmp_path / "out/drift.json").read_text())["columns"]
    assert (found["name"], found["label"], found["unit"], found["verdict"]) == ("2345-7", "Glucose", "mg/dL", "severe")
    assert (found["reference_count"], found["current_count"]) == (120, 80)
    assert found["current_missing"] == pytest.approx(1 / 3)
    page = (tmp_path / "out/drift.html").read_text()
    assert "Glucose, mg/dL" in page and "All tests" in page and "&lt;0.01" in page
    assert "Glucose, mg/dL: the share of missing values changed" in done.report.read_text()


def test_a_reference_of_an_earlier_release_is_refused_in_one_sentence(tmp_path: Path, key: str) -> None:
    from assay.features import drift

    pa = pytest.importorskip("pyarrow")
    source = made_up(tmp_path / "source", rows=60)
    (tmp_path / "out").mkdir()
    reference = tmp_path / "out" / "drift_reference.assay"
    drift.save_reference(drift.sample(pa.table({"2345-7": [90.0, 91.0]})), reference)
    done = lims.run(source, tmp_path / "out", target=0.0)
    assert done.step("drift").reason == (
        "drift_reference.assay is of an earlier release, which kept no units of the tests: move drift_reference.assay "
        "away, and the next load becomes the reference"
    )
    reference.write_bytes(reference.read_bytes()[:-1])
    done = lims.run(source, tmp_path / "out", target=0.0)
    assert "checksum" in done.step("drift").reason and "move drift_reference.assay away" in done.step("drift").reason


@pytest.mark.parametrize("bad", [{"dates": "never"}, {"target": 2.0}, {"tracking": "ftp://x"}])
def test_options_that_cannot_be_meant(tmp_path: Path, key: str, bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        lims.run(made_up(tmp_path / "source"), tmp_path / "out", **bad)


PLANTED = {
    "MRN-88412-77": "patient",
    "Wilhelmina Featherstonehaugh": "name",
    "555-867-5309": "telephone",
    "w.feather@example.org": "e-mail",
    "078-05-1120": "social security number",
    "ORD-20260105-0099": "order",
    "SPEC-5550123": "specimen",
}


def test_no_planted_identifier_survives_anywhere(tmp_path: Path, key: str) -> None:
    """Made-up identifiers in every place where a laboratory has them, searched for in every file of the run."""
    from assay.data.deid import find_identifiers

    source = tmp_path / "source"
    source.mkdir()
    with (source / "results.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*HEADER, "order_id", "specimen_id"])
        for i in range(30):
            writer.writerow(
                [
                    *(f"R{i}", "MRN-88412-77", f"2026-01-05T{i % 24:02d}:00:00Z", "", "GLU", "Glucose"),
                    *("2345-7", "95" if i else "", "mg/dL" if i % 3 else "furlong", "final", "AU-1"),
                    "Mrs. Wilhelmina Featherstonehaugh, tel. 555-867-5309, w.feather@example.org, SSN 078-05-1120"
                    if i == 0
                    else "",
                    *("ORD-20260105-0099", "SPEC-5550123"),
                ]
            )
        # Rows that cannot be read keep their bytes, sealed.
        writer.writerow(["R99", "MRN-88412-77", "yesterday", "Wilhelmina Featherstonehaugh"])
    done = lims.run(source, tmp_path / "out", target=0.0)
    assert done.step("bronze").rows_quarantined == 1
    assert done.step("silver").rows_quarantined > 0
    found = find_identifiers(tmp_path / "out", list(PLANTED))
    assert not found, [str(one) for one in found]


def test_a_message_of_an_error_names_nobody(tmp_path: Path, key: str) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "results.csv").write_text("patient_id,value\nMRN-88412-77,5\n")
    with pytest.raises(Exception, match=r"expected columns for a patient.* got others in results\.csv") as error:
        lims.run(source, tmp_path / "out")
    assert "88412" not in str(error.value)
    assert "88412" not in (tmp_path / "out" / "run.json").read_text()


def test_the_audit_log_knows_what_was_loaded(tmp_path: Path, key: str) -> None:
    from assay.data.audit import AuditLog

    done = lims.run(made_up(tmp_path / "source"), tmp_path / "out", target=0.0, audit=tmp_path / "audit.jsonl")
    log = AuditLog(tmp_path / "audit.jsonl")
    assert log.verify().ok
    (entry,) = log.entries()
    assert entry["what"] == "lims.load"
    assert done.record.id in json.dumps(entry)


def test_controls_events_and_cultures_beside_the_results_become_features(tmp_path: Path, key: str) -> None:
    """Made up: an analyser whose control drifts, and an organism that appears in a ward."""
    source = made_up(tmp_path / "source")
    with (source / "quality_controls.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["device_id", "measured_at", "local_code", "material", "z"])
        for i in range(40):
            at = f"2026-01-{1 + i // 4:02d}T{5 + i % 4:02d}:00:00Z"
            writer.writerow(["AU-1", at, "GLU", "L1", f"{max(0, i - 20) * 0.3:.1f}"])
    (source / "device_events.csv").write_text(
        "device_id,at,kind\nAU-1,2026-01-02T04:00:00Z,down\nAU-1,2026-01-02T07:00:00Z,up\n"
    )
    with (source / "cultures.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["specimen_id", "patient_id", "ward", "collected_at", "reported_at", "organism"])
        for day in range(1, 29):
            times = (f"2026-01-{day:02d}T08:00:00Z", f"2026-01-{day:02d}T20:00:00Z")
            writer.writerow([f"c{day}", f"p{day}", "ICU", *times, ""])
        serratia = "Serratia marcescens"
        for i in range(6):
            times = ("2026-01-27T08:00:00Z", "2026-01-28T20:00:00Z")
            writer.writerow([f"x{i}", f"q{i}", "ICU", *times, serratia])
        writer.writerow(["y", "q9", "ICU", "2026-01-10T08:00:00Z", "2026-01-10T20:00:00Z", serratia])
    done = lims.run(source, tmp_path / "out", target=0.0)
    assert {table.name for table in done.step("gold").tables} == {
        "LIMS.gold.device_days",
        "LIMS.gold.quality_anomalies",
        "LIMS.gold.outbreak_signals",
    }
    days = done.lake.read("gold.device_days").to_pylist()
    assert [row["downtime"] for row in days if str(row["day"]) == "2026-01-02"] == [3.0]
    assert days[-1]["cusum_excursion"] > 5
    page = done.report.read_text(encoding="utf-8")
    assert "AU-1: its controls have moved" in page
    assert "not read" not in page
    assert "ICU: 6 new cases of Serratia marcescens on 2026-01-28" in page
    for name in done.lake.tables():
        table = done.lake.read(name)
        for column in table.column_names:
            assert not {str(value) for value in table[column].to_pylist()} & {f"q{i}" for i in range(6)}


def test_a_date_in_the_future_does_not_hide_today(tmp_path: Path, key: str) -> None:
    source = made_up(tmp_path / "source")
    with (source / "results.csv").open("a", newline="") as file:
        csv.writer(file).writerow(
            [
                *("R9999", "PAT-7001", "2062-01-01T00:00:00Z", "2062-01-01T01:00:00Z", "GLU", "Glucose"),
                *("2345-7", "95", "mg/dL", "final", "AU-1", ""),
            ]
        )
    done = lims.run(source, tmp_path / "out", target=0.0)
    days = done.lake.read("gold.device_days").to_pylist()
    assert str(days[-1]["day"]) == "2026-01-10"
    quality = json.loads((tmp_path / "out/quality.json").read_text())
    (future,) = [c for c in quality["sources"][0]["checks"] if c["check"] == "not_in_the_future"]
    assert future["failed"] == 1


def test_what_cannot_be_read_lowers_the_score(tmp_path: Path, key: str) -> None:
    source = made_up(tmp_path / "source", rows=100)
    with (source / "results.csv").open("a", newline="") as file:
        for i in range(100):
            bad = (f"X{i}", "PAT-7001", "31/31/2026", "", "GLU", "Glucose", "2345-7", "95", "mg/dL")
            csv.writer(file).writerow([*bad, "final", "AU-1", ""])
    done = lims.run(source, tmp_path / "out")
    assert done.step("bronze").rows_quarantined == 100
    assert "below the target" in done.step("gold").reason
    assert "50.00%" in done.report.read_text(encoding="utf-8")


def test_withdrawn_results_are_set_aside(tmp_path: Path, key: str) -> None:
    source = made_up(tmp_path / "source")
    text = (source / "results.csv").read_text().replace("mg/dL,final", "mg/dL,entered-in-error", 3)
    (source / "results.csv").write_text(text)
    done = lims.run(source, tmp_path / "out", target=0.0)
    assert done.step("silver").quarantined == {"status.withdrawn": 3}


def test_a_texts_name_that_no_search_finds_is_withheld(tmp_path: Path, key: str) -> None:
    from assay.data.deid import find_identifiers

    source = made_up(tmp_path / "source")
    with (source / "results.csv").open("a", newline="") as file:
        for i in range(6):
            words = "rang Featherstonehaugh an" if i == 0 else "positive"
            row = (f"T{i}", f"PAT-{i}", "2026-01-05T00:00:00Z", "", "HCG", "Pregnancy test", "", "", "", "final", "")
            csv.writer(file).writerow([*row, words])
    done = lims.run(source, tmp_path / "out", target=0.0)
    assert not find_identifiers(tmp_path / "out", ["Featherstonehaugh"])
    texts = [text for text in done.lake.read("silver.lab_results")["text"].to_pylist() if text]
    assert sorted(texts) == ["[TEXT]", *["positive"] * 5]


def test_another_key_is_refused(tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = made_up(tmp_path / "source")
    lims.run(source, tmp_path / "out", target=0.0)
    monkeypatch.setenv("ASSAY_DEID_KEY", "00112233445566778899aabbccddeeff" * 2)
    with pytest.raises(ValueError, match="holds tokens of key"):
        lims.run(source, tmp_path / "out", target=0.0)
    assert lims.run(source, tmp_path / "out", target=0.0, replace=True).step("silver").accepted == 40
    named = lims.run(source, tmp_path / "out", target=0.0, replace=True, identified=True)
    assert "PAT-7001" in named.lake.read("silver.lab_results")["patient_id"].to_pylist()


def test_a_file_that_is_not_understood_stops_the_run_until_it_is_left_out(tmp_path: Path, key: str) -> None:
    source = made_up(tmp_path / "source")
    (source / "february.csv").write_text("patientin,value\n1,2\n")
    (source / "README.md").write_text("what the others are")
    (source / "tests.csv").write_text("code,name,loinc\nGLU,Glucose,2345-7\n")
    options: dict[str, Any] = {"target": 0.0, "tests": source / "tests.csv"}
    with pytest.raises(ValueError, match=r"got others in february\.csv; map .*--columns.*--skip"):
        lims.run(source, tmp_path / "out", **options)
    done = lims.run(source, tmp_path / "out", **options, reading={"skip": ["feb*"]})
    assert done.step("bronze").rows_read == 40
    remarks = done.step("bronze").remarks
    assert any(text.endswith(" was left out, as was asked for") for text in remarks)
    assert any(text.endswith(" was left out: by its name it says what the others are") for text in remarks)
    mapped = lims.run(
        source, tmp_path / "mapped", **options,
        reading={"skip": ["february.csv"], "columns": {"local_code": "local_code"}},
    )  # fmt: skip
    assert mapped.step("bronze").rows_read == 40


def test_folders_in_the_folder_need_attention(tmp_path: Path, key: str) -> None:
    source = made_up(tmp_path / "source")
    made_up(source / "2025")
    done = lims.run(source, tmp_path / "out", target=0.0)
    assert done.step("bronze").rows_read == 40
    assert "files of the source that were not read: 1;" in done.report.read_text(encoding="utf-8")


def test_names_of_files_are_nowhere_in_what_is_written(tmp_path: Path, key: str) -> None:
    source = tmp_path / "source"
    (source / "Madeup_Hans").mkdir(parents=True)
    (source / "Invented_Eva.csv").write_text(
        "patient_id,observed_at,local_code,loinc,value,unit,status\np1,2024-01-01,A,2345-7,90,mg/dL,odd\n"
    )
    (source / "Fictive_Otto.csv").write_text("a,b\n1,2\n")
    done = lims.run(source, tmp_path / "out", target=0.0, reading={"skip": ["Fictive*"]})
    names = ("Madeup_Hans", "Invented_Eva", "Fictive_Otto")
    ends = [remark.partition(" ")[2] for remark in done.step("bronze").remarks]
    assert "was not read: it is a folder in the folder" in ends  # said still, of a token
    assert "was left out, as was asked for" in ends and any(text.startswith("1 statuses") for text in ends)
    for path in (tmp_path / "out").rglob("*"):
        if path.is_file():
            assert not [name for name in names if name.encode() in path.read_bytes()], path
    open_run = lims.run(source, tmp_path / "open", target=0.0, identified=True, reading={"skip": ["Fictive*"]})
    assert any(text.startswith("Madeup_Hans was") for text in open_run.step("bronze").remarks)

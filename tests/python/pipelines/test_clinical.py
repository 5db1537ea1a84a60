from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import assay
from assay import features, models
from assay.data import Lake
from assay.pipelines import clinical
from assay.pipelines.record import Status

pytest.importorskip("deltalake")
pytest.importorskip("jinja2")


@pytest.fixture(scope="module")
def done(example: Path, tmp_path_factory: pytest.TempPathFactory) -> clinical.RunResult:
    return clinical.run(example, tmp_path_factory.mktemp("m00001"))


def rounded(row: dict[str, Any]) -> dict[str, Any]:
    """Six decimals: what another compiler's last bits do not touch."""
    return {
        name: round(value, 6)
        if isinstance(value, float)
        else value.isoformat()
        if hasattr(value, "isoformat")
        else value
        for name, value in row.items()
        if name != "aggregated_at"
    }


def test_gold_is_as_the_example_promises(done: clinical.RunResult, golden: Path) -> None:
    row = done.gold.row(0)
    assert done.gold.num_rows == 1
    assert round(row["avg_heart_rate"], 1) == 105.6
    assert round(row["avg_systolic_bp"], 1) == 136.7
    assert round(row["avg_spo2"], 1) == 91.9
    assert round(row["avg_temperature"], 2) == 37.96
    assert round(row["avg_risk_score"], 2) == 0.27
    assert round(row["max_risk_score"], 2) == 0.50
    assert (row["vital_count"], row["history_count"], row["age"], row["sex"]) == (48, 5, 58, "male")
    assert rounded(row) == json.loads((golden / "m00001_gold.json").read_text())


def test_tables_are_written(done: clinical.RunResult) -> None:
    written = {table.name: table.rows for step in done.record.steps for table in step.tables}
    assert written == {
        "P2T2.bronze.vital_signs": 48,
        "P2T2.bronze.emergency_data": 1,
        "P2T2.bronze.medical_history": 5,
        "P2T2.bronze.dicom_metadata": 1,
        "P2T2.quarantine.rows": 0,
        "P2T2.silver.vital_signs": 48,
        "P2T2.silver.emergency_data": 1,
        "P2T2.silver.medical_history": 5,
        "P2T2.silver.dicom_metadata": 1,
        "P2T2.quarantine.measurements": 0,
        "P2T2.gold.patient_clinical_summary": 1,
        "P2T2.ai_results.soap_notes": 1,
        "P2T2.ai_results.judge_evaluations": 1,
    }
    assert sorted(done.lake.tables()) == sorted(written)


def test_bronze_has_canonical_names_and_types(done: clinical.RunResult) -> None:
    schema = done.lake.read("bronze.vital_signs").schema
    assert schema.names == assay.data.clinical_schema("vital_signs").names
    assert schema["observed_at"].type == "timestamp[us, UTC]"
    assert schema["heart_rate"].type == "float64"


def test_record_says_what_every_step_did(done: clinical.RunResult) -> None:
    record = json.loads((done.out / "run.json").read_text())
    assert record["status"] == "done"
    assert [step["name"] for step in record["steps"]] == list(clinical.STEPS)
    by_name = {step["name"]: step for step in record["steps"]}
    assert by_name["images"]["status"] == "skipped"
    assert "CLIP" in by_name["images"]["reason"]
    assert by_name["bronze"]["rows_read"] == by_name["bronze"]["accepted"] == 55
    assert by_name["silver"]["rows_read"] == 6 * 48
    assert set(by_name["track"]["tracking"]) == {
        "clinical_patient_m00001",
        "clinical_models",
        "gold_summary_M00001",
        "soap_note_M00001",
        "judge_eval_M00001",
    }
    remarks = by_name["track"]["remarks"]
    assert [r for r in remarks if r.startswith("model ")] == [
        "model P2T2.ai_results.soap_generator, alias staging",
        "model P2T2.ai_results.judge_evaluator, alias staging",
    ]
    assert "no model biomedclip_matcher: no image was matched" in remarks
    for step in record["steps"]:
        assert step["seconds"] >= 0
        assert all(Path(file).is_file() for file in step["files"])
        assert all((Path(table["path"]) / "_delta_log").is_dir() for table in step["tables"])


def test_note_passes_its_judge(done: clinical.RunResult) -> None:
    note = done.note("M00001")
    assert "105.6" in note
    verdict = json.loads((done.out / "judge_details" / "M00001.json").read_text())
    assert verdict["passed"]
    row = done.lake.read("ai_results.judge_evaluations").row(0)
    assert row["overall_score"] == verdict["overall"]
    assert row["passed"]
    assert done.lake.read("ai_results.soap_notes").row(0)["markdown"] == note
    assert note == models.TemplateNoteWriter().write(features.patient_summary(done.gold, 0)).to_markdown()


def test_the_way_of_a_patient_is_a_trace_of_its_note(done: clinical.RunResult) -> None:
    from assay.tracking import search_traces

    (trace,) = search_traces(journal=done.out / "journal", filter_string="tags.patient_id = 'M00001'")
    assert trace.info.run_id == done.step("track").tracking["soap_note_M00001"]
    assert trace.info.experiment.endswith("Clinical_Inference")
    root, *steps = trace.data.spans
    assert [span.name for span in steps] == ["gold", "note", "judge"]
    assert {span.parent_id for span in steps} == {root.span_id}
    assert root.start_time_ns <= steps[0].start_time_ns <= steps[1].start_time_ns < steps[2].end_time_ns
    assert steps[1].outputs == steps[2].inputs
    assert root.outputs == {key: steps[2].outputs[key] for key in ("overall", "passed")}


def test_a_trace_holds_names_and_counts_alone(done: clinical.RunResult) -> None:
    from assay.tracking import search_traces

    (trace,) = search_traces(journal=done.out / "journal", filter_string="tags.patient_id = 'M00001'")
    gold, note, judge = trace.data.spans[1:]
    (row,) = done.gold.to_pylist()
    content = json.loads((done.out / "soap_notes" / "M00001.json").read_text(encoding="utf-8"))
    assert len(gold.outputs["columns"]) > 5
    assert set(gold.outputs["columns"]) < set(row)
    assert note.inputs == {"patient_id": "M00001", "columns": gold.outputs["columns"]}
    words = len(done.note("M00001").split())
    assert note.outputs.keys() == {"writer", "words", "columns"}
    assert note.outputs["writer"] == content["writer"]
    assert 0 < note.outputs["words"] <= words
    assert judge.outputs.keys() == {"overall", "passed", "scores"}
    assert trace.token_usage() == {}  # no model wrote it


def test_what_is_not_there_is_told_without_an_id(done: clinical.RunResult) -> None:
    with pytest.raises(assay.ValueError, match="wrote none for the patient asked for") as refusal:
        done.note("M99999")
    assert "M99999" not in str(refusal.value)
    with pytest.raises(assay.ValueError, match="step: expected one of bronze, silver, gold"):
        done.step("M99999")


def test_one_id_is_one_patient_and_formats_are_named(example: Path, tmp_path: Path) -> None:
    done = clinical.run(example, tmp_path, patients="M00001")
    assert "judge_eval_M00001" in done.step("track").tracking
    with pytest.raises(assay.ValueError, match="format: expected one of auto, patient, mimic-iv, got 'csv'"):
        clinical.run(example, tmp_path, format="csv")  # type: ignore[arg-type]


def test_an_image_that_is_not_there_is_remarked_on(patient: Path, tmp_path: Path) -> None:
    for image in patient.glob("*.png"):
        image.unlink()
    done = clinical.run(patient, tmp_path / "out")
    remark = "the image that dicom_metadata names is not in the folder of INPUT"
    assert remark in done.step("bronze").remarks
    page = done.report.read_text()
    assert remark in page
    assert "The image is not in the folder that was read." in page
    again = clinical.run(patient, tmp_path / "out", from_step="report")
    assert "The image is not in the folder that was read." in again.report.read_text()


def test_a_failed_run_leaves_no_older_report_beside_its_record(patient: Path, tmp_path: Path) -> None:
    done = clinical.run(patient, tmp_path / "out")
    assert done.report.is_file()
    (patient / "vital_signs.csv").write_text("a,b\n1,2\n")
    with pytest.raises(assay.SchemaError):
        clinical.run(patient, tmp_path / "out")
    assert not done.report.exists()
    assert json.loads((tmp_path / "out" / "run.json").read_text())["status"] == "failed"


def test_the_report_does_not_call_its_own_step_failed(done: clinical.RunResult) -> None:
    page = done.report.read_text()
    assert 'flag good">done</span>' in page
    assert ">failed<" not in page


def test_result_shows_itself(done: clinical.RunResult) -> None:
    assert repr(done).startswith("RunResult(clinical, ")
    assert "<td>images</td><td>skipped</td>" in done._repr_html_()
    assert "report.html" in done.summary()


def test_same_input_twice_leaves_the_same_rows_and_versions(example: Path, tmp_path: Path) -> None:
    first = clinical.run(example, tmp_path)
    before = first.gold
    second = clinical.run(example, tmp_path)
    assert second.gold == before
    assert not any(table.changed for step in second.record.steps for table in step.tables)


@pytest.mark.parametrize("step", ["silver", "gold", "notes", "judge", "report"])
def test_steps_can_be_repeated_one_by_one(example: Path, tmp_path: Path, step: str) -> None:
    first = clinical.run(example, tmp_path)
    page = first.report.read_text()
    first.report.unlink()
    again = clinical.run(example, tmp_path, from_step=step)
    position = clinical.STEPS.index(step)
    assert all(
        "--from" in s.reason for s in again.record.steps[:position] if s.name in ("bronze", "silver", "gold")
    )
    assert again.step(step).status is Status.DONE
    assert again.gold == first.gold
    assert again.report.stat().st_size > 0.9 * len(page)


def test_repeating_needs_what_was_stored(example: Path, tmp_path: Path) -> None:
    with pytest.raises(assay.IoError, match=r"bronze.*run without --from first"):
        clinical.run(example, tmp_path, from_step="silver")


def test_lake_and_catalog_can_be_elsewhere(example: Path, tmp_path: Path) -> None:
    clinical.run(example, tmp_path / "out", lake=tmp_path / "shared", catalog="ward7")
    assert not (tmp_path / "out" / "lake").exists()
    assert "ward7.gold.patient_clinical_summary" in Lake(tmp_path / "shared", catalog="ward7").tables()


def test_vendor_columns_are_kept_as_text(patient: Path, tmp_path: Path) -> None:
    path = patient / "vital_signs.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0] + ",nurse"] + [line + ",N7" for line in lines[1:]]) + "\n")
    done = clinical.run(patient, tmp_path / "out")
    assert set(done.lake.read("bronze.vital_signs")["nurse"].to_pylist()) == {"N7"}


def test_refused_measurements_are_set_aside_and_not_averaged(patient: Path, tmp_path: Path) -> None:
    path = patient / "vital_signs.csv"
    lines = path.read_text().splitlines()
    lines[1] = "M00001,2026-01-04 08:00:00,0,147.3,85.5,90.1,99.0,19.0"
    path.write_text("\n".join(lines) + "\n")
    done = clinical.run(patient, tmp_path / "out")
    refused = done.lake.read("quarantine.measurements").to_pylist()
    assert {(row["measurement"], row["value"]) for row in refused} == {
        ("heart_rate", 0.0),
        ("temperature", 99.0),
    }
    assert sum(done.step("silver").quarantined.values()) == 2
    assert done.gold["avg_temperature"][0] < 39
    page = done.report.read_text()
    assert "temperature.impossible" in page


def test_rows_that_cannot_be_read_keep_their_bytes(patient: Path, tmp_path: Path) -> None:
    path = patient / "vital_signs.csv"
    path.write_text(path.read_text() + "M00001,2026-02-31 08:00:00,90,120,80,95,37,16\n")
    done = clinical.run(patient, tmp_path / "out")
    bronze = done.step("bronze")
    assert (bronze.rows_read, bronze.accepted, bronze.rows_quarantined) == (56, 55, 1)
    row = done.lake.read("quarantine.rows").row(0)
    assert row["line"] == 50
    assert row["raw"] == b"M00001,2026-02-31 08:00:00,90,120,80,95,37,16"
    assert "timestamp" in row["rules"] or "observed_at" in row["rules"]


def test_patient_without_vital_signs(patient: Path, tmp_path: Path) -> None:
    path = patient / "vital_signs.csv"
    path.write_text(path.read_text().splitlines()[0] + "\n")
    done = clinical.run(patient, tmp_path / "out")
    row = done.gold.row(0)
    assert row["vital_count"] == 0
    assert row["avg_heart_rate"] is None
    assert row["max_risk_score"] is None
    assert "No vital signs were delivered" in done.report.read_text()


def test_chosen_patients_must_exist(example: Path, tmp_path: Path) -> None:
    with pytest.raises(assay.ValueError, match="number 2 of the list is not in the source") as failure:
        clinical.run(example, tmp_path, patients=["M00001", "M99999"])
    assert "M99999" not in str(failure.value)


@pytest.mark.parametrize("step", ["gold", "report"])
def test_report_of_stored_tables_states_what_was_read(patient: Path, tmp_path: Path, step: str) -> None:
    path = patient / "vital_signs.csv"
    lines = path.read_text().splitlines()
    lines[1] = lines[1].replace("113.3", "0")
    path.write_text("\n".join([*lines, "M00001,2026-02-31 08:00:00,90,120,80,95,37,16"]) + "\n")
    clinical.run(patient, tmp_path / "a", lake=tmp_path / "lake")
    again = clinical.run(patient, tmp_path / "b", lake=tmp_path / "lake", from_step=step)
    page = again.report.read_text()
    assert "56 rows read, 55 accepted, 1 set aside." in page
    assert "Of 288 vital-sign measurements 1 was refused." in page
    assert "heart_rate.implausible" in page
    assert "timestamp.type" in page
    assert "rules were checked" in page


def test_report_alone_makes_no_new_tracking_runs(example: Path, tmp_path: Path) -> None:
    clinical.run(example, tmp_path)
    sizes = [path.stat().st_size for path in sorted((tmp_path / "journal").rglob("*")) if path.is_file()]
    again = clinical.run(example, tmp_path, from_step="report")
    assert again.step("track").status is Status.SKIPPED
    assert again.step("track").tracking == {}
    assert sizes == [p.stat().st_size for p in sorted((tmp_path / "journal").rglob("*")) if p.is_file()]


def test_tracking_run_that_fails_is_ended(
    example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assay.pipelines.clinical import tracking
    from assay.tracking import Run

    ended: list[str] = []
    end = Run.end

    def noted(self: Run, status: str = "FINISHED", end_time: int | None = None) -> None:
        ended.append(status)
        end(self, status, end_time)

    def fail(*_: object) -> None:
        raise assay.IoError("made up")

    monkeypatch.setattr(Run, "end", noted)
    monkeypatch.setattr(tracking, "_log_note", fail)
    with pytest.raises(assay.IoError, match="made up"):
        clinical.run(example, tmp_path)
    assert ended == ["FINISHED", "FINISHED", "FAILED", "FAILED"]  # models, gold, note, pipeline


def test_times_without_an_offset_are_named(patient: Path, tmp_path: Path) -> None:
    path = patient / "vital_signs.csv"
    lines = path.read_text().splitlines()
    lines[1] = lines[1].replace("2026-01-04 08:00:00", "2026-01-04T17:00:00+09:00")
    path.write_text("\n".join(lines) + "\n")
    done = clinical.run(patient, tmp_path / "out")
    assert done.lake.read("silver.vital_signs")["observed_at"][0].isoformat() == "2026-01-04T08:00:00+00:00"
    mixed = (
        "vital_signs.csv: observed_at: 1 of 48 times have an offset and are converted to UTC, "
        "the other 47 are taken as UTC"
    )
    remarks = done.step("bronze").remarks
    assert mixed in remarks
    assert "medical_history.csv: recorded_at: no time has an offset; they are taken as UTC" in remarks
    page = done.report.read_text()
    assert mixed in page
    assert "a time that the source gives without an offset is taken as UTC" in page


def test_times_that_all_have_an_offset_are_no_doubt(patient: Path, tmp_path: Path) -> None:
    path = patient / "vital_signs.csv"
    header, *rows = path.read_text().splitlines()
    path.write_text("\n".join([header, *(re.sub(r"(:\d\d),", r"\1Z,", row, count=1) for row in rows)]) + "\n")
    remarks = clinical.run(patient, tmp_path / "out").step("bronze").remarks
    assert not [remark for remark in remarks if remark.startswith("vital_signs.csv")]

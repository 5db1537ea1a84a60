from __future__ import annotations

import csv
import importlib.util
import json
import math
from collections import defaultdict
from pathlib import Path

import pytest

from assay.pipelines import clinical

pytest.importorskip("deltalake")
pytest.importorskip("jinja2")

LIMITS = {
    "220045": ("heart_rate", 1, 350),
    "220050": ("systolic_bp", 1, 400),
    "220051": ("diastolic_bp", 1, 300),
    "220277": ("spo2", 1, 100),
    "223762": ("temperature", 26, 45),
    "220210": ("respiratory_rate", 1, 300),
}


@pytest.fixture(scope="module")
def flat(mimic: Path, tmp_path_factory: pytest.TempPathFactory) -> clinical.RunResult:
    return clinical.run(mimic, tmp_path_factory.mktemp("flat"))


def by_patient(done: clinical.RunResult) -> dict[str, dict[str, object]]:
    rows = done.gold.drop(["aggregated_at"]).to_pylist()
    return {row["patient_id"]: row for row in rows}


def test_every_row_is_accounted_for(flat: clinical.RunResult, golden: Path) -> None:
    counts = {
        "patients": flat.gold.num_rows,
        "with_vital_signs": sum(count > 0 for count in flat.gold["vital_count"].to_pylist()),
        "bronze": {t.name.rpartition(".")[2]: t.rows for t in flat.step("bronze").tables},
        "silver": {t.name.rpartition(".")[2]: t.rows for t in flat.step("silver").tables},
        "quarantined": flat.step("silver").quarantined,
    }
    assert counts["patients"] == 94
    assert counts["with_vital_signs"] == 77
    assert counts["bronze"]["vital_signs"] == 31_926  # type: ignore[index]
    assert counts["bronze"]["lab_results"] == 26_426  # type: ignore[index]
    assert flat.step("bronze").rows_quarantined == 0
    assert counts == json.loads((golden / "mimic_iv_demo_counts.json").read_text())


def test_averages_agree_with_an_independent_recomputation(flat: clinical.RunResult, mimic: Path) -> None:
    first: dict[tuple[str, str, str], float] = {}
    with (mimic / "chartevents.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["itemid"] not in LIMITS or not row["valuenum"]:
                continue
            name, low, high = LIMITS[row["itemid"]]
            value = float(row["valuenum"])
            key = (row["subject_id"], row["charttime"], name)
            # The first of several values at one time is kept, whatever clean_vitals then says of it.
            if key not in first:
                first[key] = value if low <= value <= high else math.nan
    values: dict[tuple[str, str], list[float]] = defaultdict(list)
    for (patient, _, name), value in first.items():
        if not math.isnan(value):
            values[patient, name].append(value)
    gold = by_patient(flat)
    for patient, row in gold.items():
        for name, _, _ in LIMITS.values():
            expected = values.get((patient, name))
            if expected is None:
                assert row[f"avg_{name}"] is None
            else:
                assert row[f"avg_{name}"] == pytest.approx(math.fsum(expected) / len(expected), rel=1e-12)


def test_known_defects_are_refused_and_never_converted(flat: clinical.RunResult) -> None:
    refused = flat.lake.read("quarantine.measurements").to_pylist()
    hot = [row for row in refused if row["measurement"] == "temperature"]
    assert sorted(row["value"] for row in hot) == [97.2, 98.9, 99.0]
    assert all("Fahrenheit" in row["likely_cause"] for row in hot)
    arterial = [row["value"] for row in refused if row["measurement"] == "mean_bp"]
    assert {min(arterial), max(arterial)} == {-19.0, 801.0}
    assert {row["value"] for row in refused if row["rule"] == "heart_rate.implausible"} >= {0.0}
    assert {row["value"] for row in refused if row["rule"] == "respiratory_rate.implausible"} >= {0.0}


def test_physionet_layout_gives_the_same_gold(flat: clinical.RunResult, mimic: Path, tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("physionet", Path(__file__).with_name("physionet.py"))
    assert spec is not None
    assert spec.loader is not None
    physionet = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(physionet)
    physionet.write_physionet_layout(mimic, tmp_path / "mimiciv")
    done = clinical.run(tmp_path / "mimiciv", tmp_path / "out")
    assert by_patient(done) == by_patient(flat)
    assert done.step("silver").quarantined == flat.step("silver").quarantined


def test_report_shows_all_and_the_highest_risks(flat: clinical.RunResult) -> None:
    page = flat.report.read_text()
    assert "Clinical summary of 94 patients" in page
    assert page.count('<section class="patient"') == 5
    assert "http://" not in page
    assert "https://" not in page


def test_only_patients_asked_for_have_runs_of_their_own(
    mimic: Path, tmp_path: Path, flat: clinical.RunResult
) -> None:
    assert list(flat.step("track").tracking) == ["clinical_mimic_iv_demo", "clinical_models"]
    one = flat.gold["patient_id"][0]
    done = clinical.run(mimic, tmp_path, lake=flat.record.lake, patients=[one], from_step="track")
    assert set(done.step("track").tracking) == {
        "clinical_mimic_iv_demo",
        "clinical_models",
        f"gold_summary_{one}",
        f"soap_note_{one}",
        f"judge_eval_{one}",
    }

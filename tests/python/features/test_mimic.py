"""MIMIC-IV demo: every patient's numbers against an independent recomputation with pandas."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from assay import data, features

pd = pytest.importorskip("pandas")
np = pytest.importorskip("numpy")

ROOT = Path(__file__).resolve().parents[3]
MIMIC = Path(os.environ.get("ASSAY_TEST_DATA", ROOT.parent / "shared" / "data")) / "mimic_iv_demo"
GOLDEN = ROOT / "tests" / "golden" / "mimic_iv_vitals.json"

pytestmark = pytest.mark.skipif(not MIMIC.is_dir(), reason=f"the MIMIC-IV demo is not at {MIMIC}")

# Written down here again, so that a slip in the library's limits shows.
COLUMNS = {
    220045: ("heart_rate", 1, 350, 0, 390),
    220050: ("systolic_bp", 1, 400, 0, 400),
    220051: ("diastolic_bp", 1, 300, 0, 300),
    220052: ("mean_bp", 1, 300, 0, 300),
    220277: ("spo2", 1, 100, 0, 100),
    223762: ("temperature", 26, 45, 0, 47),
    220210: ("respiratory_rate", 1, 300, 0, 330),
}
SUMMARISED = ("heart_rate", "systolic_bp", "diastolic_bp", "spo2", "temperature", "respiratory_rate")


@pytest.fixture(scope="module")
def chart() -> Any:
    frame = pd.read_csv(MIMIC / "chartevents.csv", parse_dates=["charttime"])
    frame["charttime"] = frame["charttime"].dt.tz_localize("UTC")
    return frame


@pytest.fixture(scope="module")
def pivoted(chart: Any) -> Any:
    return features.pivot_measurements(
        data.Table.from_dict(
            {
                "patient_id": chart["subject_id"].astype(str).tolist(),
                "observed_at": chart["charttime"].dt.to_pydatetime().tolist(),
                "item": chart["itemid"].astype(str).tolist(),
                "value": chart["valuenum"].to_numpy(),
                "unit": chart["valueuom"].tolist(),
                "source_row": chart["row_id"].to_numpy(),
            }
        )
    )


@pytest.fixture(scope="module")
def cleaned(pivoted: Any) -> Any:
    return features.clean_vitals(pivoted.rows)


def accepted(chart: Any) -> Any:
    frame = chart[chart["itemid"].isin(list(COLUMNS))].copy()
    frame["measurement"] = frame["itemid"].map(lambda item: COLUMNS[item][0])
    low = frame["itemid"].map(lambda item: COLUMNS[item][1])
    high = frame["itemid"].map(lambda item: COLUMNS[item][2])
    return frame[(frame["valuenum"] >= low) & (frame["valuenum"] <= high)]


def expected_rules(chart: Any) -> Counter[str]:
    rules: Counter[str] = Counter()
    for item, (name, low, high, least, most) in COLUMNS.items():
        values = chart.loc[chart["itemid"] == item, "valuenum"]
        possible = (values >= least) & (values <= most)
        plausible = (values >= low) & (values <= high)
        rules[f"{name}.impossible"] += int((~possible).sum())
        rules[f"{name}.implausible"] += int((possible & ~plausible).sum())
    return +rules


def test_the_pivot_loses_nothing(chart: Any, pivoted: Any) -> None:
    counts = pivoted.counts
    assert counts.measurements_read == len(chart) == 31926
    assert counts.measurements_other == 227 + 44  # weight and height
    assert counts.measurements_quarantined == 0
    assert pivoted.rows.num_rows == len(
        chart[chart["itemid"].isin(list(COLUMNS))].groupby(["subject_id", "charttime"])
    )


def test_quarantine_by_rule(chart: Any, cleaned: Any) -> None:
    rules = features.counts_by_rule(cleaned.quarantine)
    assert rules == dict(expected_rules(chart))
    assert rules == json.loads(GOLDEN.read_text())["quarantined_by_rule"]
    assert cleaned.counts.measurements_read == 31926 - 227 - 44
    assert cleaned.counts.measurements_quarantined == sum(rules.values())


def test_known_defects_are_named(chart: Any, cleaned: Any) -> None:
    rows = cleaned.quarantine.to_pylist()
    by_row = chart.set_index("row_id")["valuenum"]
    assert all(by_row[r["source_row"]] == r["value"] for r in rows)
    causes = {(r["measurement"], r["value"]): r["likely_cause"] for r in rows}
    for value in (97.2, 98.9, 99.0):
        assert causes["temperature", value] == "value is plausible in degrees Fahrenheit (labelled Celsius)"
    for value in (-19.0, 801.0):
        assert causes["mean_bp", value] == "arterial line flush, disconnection or zeroing artefact"
    assert causes["heart_rate", 0.0] == causes["respiratory_rate", 0.0] == "lead off or monitor standby"


def test_every_patient_recomputed(chart: Any, cleaned: Any) -> None:
    gold = {row["patient_id"]: row for row in features.summarise_patients(cleaned.rows).to_pylist()}
    assert len(gold) == 77
    good = accepted(chart).sort_values("charttime", kind="stable")
    assert set(gold) == set(chart["subject_id"].astype(str))
    checked = 0
    for (subject, measurement), group in good.groupby(["subject_id", "measurement"]):
        if measurement not in SUMMARISED:
            continue
        row, values = gold[str(subject)], group["valuenum"]
        assert row[f"{measurement}_count"] == len(values)
        assert row[f"avg_{measurement}"] == pytest.approx(values.mean(), rel=1e-12)
        assert row[f"min_{measurement}"] == values.min()
        assert row[f"max_{measurement}"] == values.max()
        assert row[f"last_{measurement}"] == values.iloc[-1]
        assert row[f"last_{measurement}_at"] == group["charttime"].iloc[-1].to_pydatetime()
        hours = (group["charttime"] - group["charttime"].iloc[0]).dt.total_seconds().to_numpy() / 3600
        if len(set(hours)) > 1:
            centred = hours - hours.mean()
            slope = (centred * (values - values.mean())).sum() / (centred**2).sum()
            assert row[f"{measurement}_slope_per_hour"] == pytest.approx(slope, rel=1e-8, abs=1e-12)
        else:
            assert row[f"{measurement}_slope_per_hour"] is None
        checked += 1
    held = sum(row[f"{name}_count"] > 0 for row in gold.values() for name in SUMMARISED)
    assert checked == held


def test_red_scores_recomputed(chart: Any, cleaned: Any) -> None:
    """NEWS2's single parameter of 3 (RCP 2017, chart 1), limits written down here again."""
    red = {
        "respiratory_rate": lambda v: (v < 8.5) | (v >= 24.5),
        "spo2": lambda v: v < 91.5,
        "systolic_bp": lambda v: (v < 90.5) | (v >= 219.5),
        "heart_rate": lambda v: (v < 40.5) | (v >= 130.5),
        "temperature": lambda v: v < 35.05,
    }
    gold = features.summarise_patients(cleaned).to_pylist()
    good = accepted(chart)
    wanted: dict[str, list[str]] = {row["patient_id"]: [] for row in gold}
    for name, scores_three in red.items():
        values = good[good["measurement"] == name]
        for subject in values.loc[scores_three(values["valuenum"]), "subject_id"].unique():
            wanted[str(subject)].append(name)
    assert {row["patient_id"]: json.loads(row["news2_red_parameters"]) for row in gold} == wanted
    # Without consciousness and oxygen there is no total, and so no patient is said to be without a red score.
    assert {row["patient_id"]: row["news2_red"] for row in gold} == {
        k: bool(v) or None for k, v in wanted.items()
    }
    assert all(row["worst_news2"] is None for row in gold)
    assert any(wanted.values())
    assert not all(wanted.values())


def test_the_published_map_agrees_with_the_built_in_one() -> None:
    tests, remarks = data.read_local_tests(MIMIC / "d_labitems_to_loinc.csv")
    published = {test.code: test.loinc for test in tests}
    assert all(published[test.code] == test.loinc for test in data.mimic_iv_tests())
    every, broken = data.read_local_tests(MIMIC / "d_labitems_to_loinc.csv", fluid="")
    assert len(every) > len(tests)
    assert any("-56064" in remark for remark in broken)
    assert not any("-56064" in remark for remark in remarks)


def test_laboratory_results_are_judged_or_counted() -> None:
    frame = pd.read_csv(MIMIC / "labevents.csv", parse_dates=["charttime"])
    sexes = pd.read_csv(MIMIC / "patients.csv").set_index("subject_id")["gender"]
    labs = data.with_loinc(
        data.Table.from_dict(
            {
                "patient_id": frame["subject_id"].astype(str).tolist(),
                "observed_at": frame["charttime"].dt.tz_localize("UTC").dt.to_pydatetime().tolist(),
                "local_code": frame["itemid"].astype(str).tolist(),
                "value": frame["valuenum"].to_numpy(),
                "unit": [None if pd.isna(unit) else unit for unit in frame["valueuom"]],
            }
        )
    )
    sex_of = {str(k): {"f": "female", "m": "male"}[v] for k, v in sexes.items()}
    found, counts = features.abnormal_labs(labs, sex_of=sex_of)
    assert sum(counts.values()) == len(frame) == 26426
    # Sodium, independently: the latest of each patient, mEq/L of a monovalent ion.
    sodium = frame[frame["itemid"] == 50983]
    latest = sodium.reset_index().sort_values(["charttime", "index"]).groupby("subject_id")["valuenum"].last()
    wrong = {str(k) for k, v in latest.items() if not 135 <= v <= 145}
    assert {k for k, results in found.items() if any(r.loinc == "2951-2" for r in results)} == wrong
    # Haemoglobin by sex: two items share the code.
    hgb = frame[frame["itemid"].isin([51222, 50811])]
    latest = hgb.reset_index().sort_values(["charttime", "index"]).groupby("subject_id")["valuenum"].last()
    low = {
        str(k)
        for k, v in latest.items()
        if not (12 <= v <= 16 if sex_of[str(k)] == "female" else 13.5 <= v <= 17.5)
    }
    assert {k for k, results in found.items() if any(r.loinc == "718-7" for r in results)} == low
    # Urine never stands for blood.
    assert counts["no_code"] >= int((frame["itemid"] == 51491).sum())

"""Cleaning and the pivot from Python: synthetic rows; MIMIC stands in test_mimic.py."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import assay
from assay import data, features

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def vitals(**columns: list[float | None]) -> data.Table:
    n = len(next(iter(columns.values())))
    return data.Table.from_dict(
        {"patient_id": ["A"] * n, "observed_at": [at(i) for i in range(n)], **columns}
    )


def test_refused_values_are_null_and_named() -> None:
    cleaned = features.clean_vitals(vitals(temperature=[36.9, 97.2, None], mean_bp=[80.0, 801.0, -19.0]))
    assert cleaned.rows["temperature"].to_pylist() == [36.9, None, None]
    rows = cleaned.quarantine.to_pylist()
    assert [(r["measurement"], r["value"], r["rule"], r["source_row"]) for r in rows] == [
        ("temperature", 97.2, "temperature.impossible", 1),
        ("mean_bp", 801.0, "mean_bp.impossible", 1),
        ("mean_bp", -19.0, "mean_bp.impossible", 2),
    ]
    assert "Fahrenheit" in rows[0]["likely_cause"]
    assert "arterial line" in rows[2]["likely_cause"]
    assert cleaned.counts.measurements_read == 5
    assert features.counts_by_rule(cleaned.quarantine) == {
        "mean_bp.impossible": 2,
        "temperature.impossible": 1,
    }


def test_units_say_fahrenheit() -> None:
    table = vitals(temperature=[98.6, 212.0])
    cleaned = features.clean_vitals(table, units={"temperature": "°F"})
    assert cleaned.rows["temperature"].to_pylist() == [pytest.approx(37.0), None]
    assert features.clean_vitals(table).rows["temperature"].null_count == 2
    with pytest.raises(assay.ValueError, match="converts"):
        features.clean_vitals(table, units={"temperature": "mmHg"})


def test_limits_of_a_site() -> None:
    limits = features.vital_limits_from_json('{"heart_rate": {"valid": [30, 200]}}')
    cleaned = features.clean_vitals(vitals(heart_rate=[29.0, 30.0, 200.0, 201.0]), limits=limits)
    assert cleaned.rows["heart_rate"].to_pylist() == [None, 30.0, 200.0, None]
    with pytest.raises(assay.ValueError, match="inside 'outlier'"):
        features.vital_limits_from_json('{"heart_rate": {"valid": [-5, 300]}}')
    with pytest.raises(assay.ValueError):
        features.vital_limits_from_json("[]")


def test_limits_from_files(tmp_path: Path) -> None:
    table = tmp_path / "limits.csv"
    table.write_text("measurement,valid_low,valid_high,outlier_low,outlier_high\nheart_rate,30,,,\n")
    (tmp_path / "limits.json").write_text('{"heart_rate": {"valid": [30, 350]}}')
    limits = {limit.measurement: limit for limit in features.read_vital_limits(table)}
    assert limits["heart_rate"].valid == (30, 350)
    assert limits["spo2"].valid == (1, 100)
    assert features.read_vital_limits(tmp_path / "limits.json") == features.read_vital_limits(table)
    table.write_text("measurement,valid_low\nheart_rate,low\n")
    with pytest.raises(assay.ValueError, match="1 other rows"):
        features.read_vital_limits(table)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(assay.SchemaError, match="observed_at"):
        features.clean_vitals(data.Table.from_dict({"patient_id": ["A"], "heart_rate": [70.0]}))


def chart(rows: list[tuple[str | None, int | None, str | None, float | None, str | None]]) -> data.Table:
    return data.Table.from_dict(
        {
            "patient_id": data.Column([r[0] for r in rows], type="utf8"),
            "observed_at": data.Column(
                [None if r[1] is None else at(r[1]) for r in rows], type="timestamp[us, UTC]"
            ),
            "item": data.Column([r[2] for r in rows], type="utf8"),
            "value": data.Column([r[3] for r in rows], type="float64"),
            "unit": data.Column([r[4] for r in rows], type="utf8"),
        }
    )


def test_pivot_rules() -> None:
    pivoted = features.pivot_measurements(
        chart(
            [
                ("B", 0, "220045", 80.0, "bpm"),
                ("A", 1, "223761", 98.6, "°F"),
                ("A", 0, "220179", 120.0, "mmHg"),
                ("A", 0, "220050", 118.0, "mmhg"),
                ("A", 0, "220045", 70.0, None),
                ("A", 0, "220045", 70.0, "bpm"),
                ("A", 0, "220045", 71.0, "bpm"),
                ("A", 0, "220277", 97.0, "mmhg"),
                ("A", 0, "224639", 80.0, "kg"),
                ("A", 0, "220210", None, "insp/min"),
                (None, 0, "220045", 70.0, "bpm"),
                ("A", None, "220045", 70.0, "bpm"),
                ("A", 0, None, 70.0, "bpm"),
            ]
        )
    )
    rows = pivoted.rows.to_pylist()
    assert [(r["patient_id"], r["observed_at"]) for r in rows] == [("A", at(0)), ("A", at(1)), ("B", at(0))]
    assert rows[0]["heart_rate"] == 70.0
    assert rows[0]["systolic_bp"] == 118.0
    assert rows[0]["systolic_bp_source_row"] == 3
    assert rows[1]["temperature"] == pytest.approx(37.0)
    refused = [(r["source_row"], r["rule"]) for r in pivoted.quarantine.to_pylist()]
    assert refused == [
        (2, "systolic_bp.other_source"),
        (5, "row.duplicate"),
        (6, "row.conflict"),
        (7, "spo2.unit"),
        (9, "respiratory_rate.missing"),
        (10, "row.key"),
        (11, "row.key"),
        (12, "row.item"),
    ]
    assert pivoted.others["item"].to_pylist() == ["224639"]
    counts = pivoted.counts
    assert counts.measurements_read == 13
    assert counts.measurements_accepted == 4


numbers = st.one_of(st.none(), st.floats(-50, 500), st.sampled_from([0.0, math.nan, math.inf, 98.6, 801.0]))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["A", "B", "", None]), st.one_of(st.none(), st.integers(0, 3)), numbers, numbers
        ),
        max_size=30,
    )
)
def test_no_measurement_is_lost(
    rows: list[tuple[str | None, int | None, float | None, float | None]],
) -> None:
    table = data.Table.from_dict(
        {
            "patient_id": data.Column([r[0] for r in rows], type="utf8"),
            "observed_at": data.Column(
                [None if r[1] is None else at(r[1]) for r in rows], type="timestamp[us, UTC]"
            ),
            "heart_rate": data.Column([r[2] for r in rows], type="float64"),
            "temperature": data.Column([r[3] for r in rows], type="float64"),
        }
    )
    cleaned = features.clean_vitals(table)
    kept = sum(v is not None for c in ("heart_rate", "temperature") for v in cleaned.rows[c].to_pylist())
    refused = [r for r in cleaned.quarantine.to_pylist() if r["measurement"] is not None]
    read = sum(v is not None for r in rows for v in r[2:])
    assert kept + len(refused) == read == cleaned.counts.measurements_read
    assert kept == cleaned.counts.measurements_accepted
    keys = list(
        zip(cleaned.rows["patient_id"].to_pylist(), cleaned.rows["observed_at"].to_pylist(), strict=True)
    )
    assert len(keys) == len(set(keys))
    for value in cleaned.rows["heart_rate"].to_pylist():
        assert value is None or 1 <= value <= 350


@pytest.mark.parametrize("scale", [0, 3, -1])
def test_another_spo2_scale_than_1_and_2_is_refused(scale: int) -> None:
    vitals = data.Table.from_dict(
        {"patient_id": ["T1"], "observed_at": [datetime(2026, 1, 4, tzinfo=timezone.utc)]}
    )
    with pytest.raises(assay.ValueError, match=f"spo2_scale 1 or 2, got {scale}"):
        features.summarise_patients(vitals, spo2_scale=scale)

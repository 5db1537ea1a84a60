"""`assay lims score`, and the real DeviceRisk as its model."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from made_up_devices import MadeUpRisk

from assay.cli.lims.score import score
from assay.data import Lake
from assay.pipelines import device_scores


@pytest.fixture
def model_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in the place of a model's; what it is loaded as is made up."""
    file = tmp_path / "made-up.assay-model"
    file.write_bytes(b"made up")
    monkeypatch.setattr("assay.pipelines.device_scores.model.load_model", lambda _: MadeUpRisk())
    return file


def invoke(*arguments: Any) -> Any:
    return CliRunner().invoke(score, [str(one) for one in arguments])


def test_a_night(fleet: Path, model_file: Path, tmp_path: Path) -> None:
    out, told = tmp_path / "out", tmp_path / "told.jsonl"
    channels = tmp_path / "channels.json"
    channels.write_text(json.dumps({"channels": [{"file": str(told)}]}))
    given = [fleet, "--model", model_file, "--out", out, "--day", "2026-11-21", "--channels", channels]
    first = invoke(*given)
    assert first.exit_code == 0, first.output
    assert "2026-11-21: 5 devices; 3 high, 1 medium, 1 low, 0 rows not scored" in first.output
    assert "messages 1 sent" in first.output
    second = invoke(*given, "--quiet")
    assert (second.exit_code, second.output) == (0, "")
    assert len(told.read_text().splitlines()) == 1
    record = json.loads((out / "run.json").read_text())
    assert [(step["name"], step["status"]) for step in record["steps"]] == [
        ("read", "skipped"), ("score", "skipped"), ("workbook", "done"), ("tell", "skipped"),
    ]  # fmt: skip


def test_a_message_that_waits_is_exit_code_3(fleet: Path, model_file: Path, tmp_path: Path) -> None:
    channels = tmp_path / "channels.json"
    channels.write_text(json.dumps({"channels": [{"file": str(tmp_path / "no folder" / "told.jsonl")}]}))
    done = invoke(fleet, "--model", model_file, "--out", tmp_path / "out", "--channels", channels, "--quiet")
    assert done.exit_code == 3
    assert "the file cannot be written" in done.output
    (tmp_path / "no folder").mkdir()
    done = invoke(fleet, "--model", model_file, "--out", tmp_path / "out", "--channels", channels)
    assert (done.exit_code, "messages 1 sent" in done.output) == (0, True)


def test_nothing_is_scored_where_the_workbook_cannot_be_made(
    fleet: Path, model_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib.util

    from assay import StateError
    from assay.pipelines.job import is_bad_input

    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "xlsxwriter" else find(name, *more)
    )
    done = invoke(fleet, "--model", model_file, "--out", tmp_path / "out", "--day", "2026-11-21")
    assert isinstance(done.exception, StateError) and is_bad_input(done.exception)
    assert "its extra 'excel'" in str(done.exception)
    assert not (tmp_path / "out").exists()


def test_today_is_where_the_laboratory_is(fleet: Path, model_file: Path, tmp_path: Path) -> None:
    from datetime import datetime, timezone

    before = datetime.now(timezone.utc).date()
    done = device_scores.run(fleet, tmp_path / "out", model=model_file, zone="Pacific/Kiritimati")
    assert (done.day.scored_on - before).days in (0, 1)
    assert invoke(fleet, "--model", model_file, "--out", tmp_path / "o", "--zone", "Nowhere").exit_code != 0


def test_the_model_of_an_alias(fleet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from assay import IoError
    from assay.serving import RegistrySource

    kept: list[str] = []
    monkeypatch.setattr(RegistrySource, "newest", lambda _: "7")
    monkeypatch.setattr(RegistrySource, "load", lambda _, newest: MadeUpRisk(version=newest))
    monkeypatch.setattr(RegistrySource, "keep", lambda _, newest: kept.append(newest))
    out = tmp_path / "out"
    given = [fleet, "--model", "models:/device@production", "--out", out, "--tracking", "http://127.0.0.1:9"]
    done = invoke(*given, "--day", "2026-11-20")
    assert done.exit_code == 0, done.output
    assert kept == ["7"]

    def away(_: RegistrySource) -> str:
        raise IoError("the server does not answer")

    monkeypatch.setattr(RegistrySource, "newest", away)
    monkeypatch.setattr(RegistrySource, "last_good", lambda _: None)
    refused = invoke(*given, "--day", "2026-11-21")
    assert isinstance(refused.exception, IoError)
    monkeypatch.setattr(RegistrySource, "last_good", lambda _: MadeUpRisk(version="6"))
    done = invoke(*given, "--day", "2026-11-21")
    assert done.exit_code == 0, done.output
    assert "version 6, which scored before, is used" in done.output
    read = json.loads((out / "run.json").read_text())["steps"][0]
    assert read["remarks"] == ["the server does not answer; version 6, which scored before, is used"]
    rows = Lake(out / "lake", catalog="LIMS").read("gold.device_scores").to_pylist()
    assert {(str(row["scored_on"]), row["model_version"]) for row in rows} == {
        ("2026-11-20", "7"), ("2026-11-21", "6"),
    }  # fmt: skip
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    none = invoke(*given[:-2], "--day", "2026-11-22")
    assert "expected an MLflow server" in str(none.exception)


class Refused(MadeUpRisk):
    """Made up, and answers its example otherwise than when it was saved."""

    def check(self) -> None:
        from assay import StateError

        raise StateError("device risk: the model answers its example otherwise than when it was saved")


def test_what_the_server_refuses_does_not_score(
    fleet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assay import StateError
    from assay.serving import RegistrySource

    kept: list[str] = []
    monkeypatch.setattr(RegistrySource, "newest", lambda _: "7")
    monkeypatch.setattr(RegistrySource, "load", lambda _, newest: Refused(version=newest))
    monkeypatch.setattr(RegistrySource, "keep", lambda _, newest: kept.append(newest))
    monkeypatch.setattr(RegistrySource, "last_good", lambda _: None)
    out, told = tmp_path / "out", tmp_path / "told.jsonl"
    channels = tmp_path / "channels.json"
    channels.write_text(json.dumps({"channels": [{"file": str(told)}]}))
    given = [fleet, "--model", "models:/device@production", "--out", out, "--tracking", "http://127.0.0.1:9"]
    given += ["--day", "2026-11-21", "--channels", channels]
    assert isinstance(invoke(*given).exception, StateError)
    monkeypatch.setattr(RegistrySource, "last_good", lambda _: Refused(version="6"))
    assert isinstance(invoke(*given).exception, StateError)
    monkeypatch.setattr(RegistrySource, "last_good", lambda _: MadeUpRisk(version="5"))
    done = invoke(*given)
    assert (done.exit_code, kept) == (0, [])
    assert "answers its example otherwise" in done.output
    read = json.loads((out / "run.json").read_text())["steps"][0]
    assert read["remarks"][0].endswith("version 5, which scored before, is used")
    text = json.loads(told.read_text())["text"]
    assert "model made_up_failure 5, an older one, for the newest could not be had or was refused" in text
    with pytest.raises(StateError, match="its example"):
        device_scores.run(fleet, tmp_path / "direct", model=Refused())


def test_a_day_that_an_older_assay_scored_is_read() -> None:
    from assay.pipelines.device_scores.model import ModelFacts

    text = json.dumps({key: value for key, value in json.loads(ModelFacts().to_json()).items() if key != "older"})
    assert ModelFacts.from_json(text) == ModelFacts()


class _Threshold:
    """Fails where torque x wear is high; a stand-in for a trained classifier."""

    def predict_proba(self, rows: Any) -> Any:
        p = np.clip(np.asarray(rows)[:, 1] / 20_000, 0, 1)
        return np.stack([1 - p, p], axis=1)

    def contributions(self, row: Any) -> Any:
        return np.asarray([0.0, row[1] / 20_000])


def test_the_columns_of_a_model_of_device_failure(tmp_path: Path) -> None:
    from assay.pipelines.device_risk import DeviceRisk

    metadata = {
        "feature_names": ["Torque [Nm]", "Strain"],
        "classes": ["0", "1"],
        "threshold": 0.6,
        "bands": {"medium": 0.3},
        "preparation": "ai4i2020",
        "input_ranges": {"Torque [Nm]": [3.8, 76.6]},
    }
    temperatures = "Air temperature [K],Process temperature [K]"
    head = f"Product ID,Type,{temperatures},Rotational speed [rpm],Torque [Nm],Tool wear [min]"
    rows = [
        "M1,M,300,310,1500,60,200",
        "M2,L,300,310,1500,80,100",
        "M3,Q,300,310,1500,40,10",
        "M4,H,300,3000,1500,40,10",
        "M5,H,300,310,1500,40,10",
    ]
    source = tmp_path / "machines.csv"
    source.write_text("\n".join([head, *rows]) + "\n")
    model = DeviceRisk(_Threshold(), metadata, name="device_failure", version="7")
    done = device_scores.run(source, tmp_path / "out", model=model, day=date(2026, 11, 21))
    found = {row["device_id"]: row for row in done.scores.to_pylist()}
    assert [found[name]["device_class"] for name in ("M1", "M2", "M5")] == ["high", "medium", "low"]
    assert json.loads(found["M1"]["top_features"]) == [["Strain", 0.6]]
    assert found["M1"]["recommended_action"].startswith("Replace the tool")
    assert found["M2"]["outside_training_range"] == "Torque [Nm]"
    assert found["M1"]["model_version"] == "7"
    rules = {row["device_id"]: row["rules"] for row in done.lake.read("quarantine.device_scores").to_pylist()}
    assert rules == {"M3": "Type.category", "M4": "Process temperature [K].range"}
    line = done.day
    assert (line.facts.medium, line.facts.threshold) == (0.3, 0.6)


def test_the_newest_day_of_a_laboratorys_devices(tmp_path: Path) -> None:
    """gold.device_days as `assay run lims` leaves it, with features that are missing; made up."""
    from assay.data import Table
    from assay.pipelines.device_risk import DeviceRisk

    names = ["error_rate", "qc_z_trend", "cusum_excursion", "calibration_age", "result_drift"]
    names += ["downtime", "turn_around", "repeat_rate", "temperature", "load"]
    values: dict[str, list[float | None]] = {name: [None] * 4 for name in names}
    values["error_rate"] = [0.0, 0.9, 0.1, None]
    days = [date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 20), date(2026, 11, 20)]
    rows = Table.from_dict({"device_id": ["AU1", "AU1", "AU2", "AU3"], "day": days, **values})
    lake = Lake(tmp_path / "lims", catalog="LIMS")
    lake.write("gold.device_days", rows.cast(dict.fromkeys(names, "float64")))

    class ByErrors:
        def predict_proba(self, given: Any) -> Any:
            p = np.nan_to_num(np.asarray(given)[:, 0])
            return np.stack([1 - p, p], axis=1)

        def contributions(self, row: Any) -> Any:
            return np.nan_to_num(np.asarray(row))

    metadata = {
        "feature_names": names, "classes": ["0", "1"], "threshold": 0.5, "preparation": "device_days",
        "missing_values": names,
    }  # fmt: skip
    model = DeviceRisk(ByErrors(), metadata, name="device_days", version="1")
    source = lake.path("gold.device_days")
    done = device_scores.run(source, tmp_path / "out", model=model, latest="day", day=date(2026, 11, 21))
    found = {row["device_id"]: row["risk"] for row in done.scores.to_pylist()}
    assert found == {"AU1": 90.0, "AU2": 10.0, "AU3": 0.0}
    assert (done.day.superseded, done.day.refused) == (1, 0)


def test_nan_is_a_missing_value_where_one_may_be_missing(tmp_path: Path) -> None:
    """As DeviceRisk takes it: pandas and NumPy write NaN to Parquet where a value is missing. Made up."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from assay.pipelines.device_risk import DeviceRisk

    class ByErrors:
        def predict_proba(self, given: Any) -> Any:
            p = np.nan_to_num(np.asarray(given)[:, 0], nan=0.25)
            return np.stack([1 - p, p], axis=1)

        def contributions(self, row: Any) -> Any:
            return np.nan_to_num(np.asarray(row))

    metadata = {
        "feature_names": ["error_rate", "load"], "classes": ["0", "1"], "threshold": 0.5, "preparation": "device_days",
        "missing_values": ["error_rate", "load"],
    }  # fmt: skip
    model = DeviceRisk(ByErrors(), metadata, name="device_days", version="1")
    columns = {"error_rate": [float("nan"), 0.9, float("inf"), None], "load": [1.0, float("nan"), 1.0, 1.0]}
    assert [one.missing for one in model.inputs] == [True, True]
    source = tmp_path / "days.parquet"
    pq.write_table(pa.table({"device_id": ["AU1", "AU2", "AU3", "AU4"], **columns}), source)
    done = device_scores.run(source, tmp_path / "out", model=model, day=date(2026, 11, 21))
    asked = model.assess(columns)["risk"].to_pylist()
    found = {row["device_id"]: row["risk"] for row in done.scores.to_pylist()}
    assert found == {"AU1": asked[0], "AU2": asked[1], "AU4": asked[3]}
    assert [asked[2], done.day.refused, found["AU1"]] == [None, 1, 25.0]
    strict = DeviceRisk(ByErrors(), metadata | {"missing_values": ["load"]}, name="device_days", version="2")
    done = device_scores.run(source, tmp_path / "strict", model=strict, day=date(2026, 11, 21))
    assert done.scores["device_id"].to_pylist() == ["AU2"]
    rules = {row["device_id"]: row["rules"] for row in done.lake.read("quarantine.device_scores").to_pylist()}
    assert rules == {"AU1": "error_rate.finite", "AU3": "error_rate.finite", "AU4": "error_rate.required"}


def test_a_real_model_file(fleet: Path, tmp_path: Path) -> None:
    from assay.data import Table
    from assay.models.forest import RandomForestClassifier

    random = np.random.default_rng(1)
    rows = {"temperature": random.uniform(0, 100, 400), "vibration": random.uniform(0, 10, 400)}
    fails = (rows["temperature"] + 10 * rows["vibration"] > 100).astype(int)
    forest = RandomForestClassifier(n_estimators=60, random_state=1).fit(Table.from_dict(rows), fails)
    file = tmp_path / "made-up.assay-model"
    forest.save(file, name="made_up", threshold=0.5, input_ranges={"temperature": [0, 100], "vibration": [0, 10]})
    given = [fleet, "--model", file, "--out", tmp_path / "out", "--day", "2026-11-21"]
    done = invoke(*given)
    assert done.exit_code == 0, done.output
    found = Lake(tmp_path / "out" / "lake", catalog="LIMS").read("gold.device_scores").to_pylist()
    kinds = {row["device_id"]: row["device_class"] for row in found}
    assert kinds == {"A1": "high", "B2": "high", "C3": "low", "D4": "low", "E5": "high"}
    names = [name for row in found if row["flagged"] for name, _ in json.loads(row["top_features"])]
    assert set(names) == {"temperature", "vibration"}
    file.write_bytes(file.read_bytes()[:-40])
    cut = invoke(fleet, "--model", file, "--out", tmp_path / "cut")
    assert type(cut.exception).__name__ == "IoError"

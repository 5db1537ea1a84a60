"""From a source to a promoted model, and the watch over it. Every device, patient and result is made up."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from assay import _core
from assay.cli import main_group
from assay.data import Lake
from assay.pipelines import lims
from assay.pipelines.device_failure import incumbent, registry, training
from assay.pipelines.device_failure.judging import Metric
from assay.pipelines.lims.fleet import Fleet, simulate_fleet, write_fleet

pytest.importorskip("deltalake")
pytest.importorskip("jinja2")

DEVICES, DAYS = 12, 130


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return simulate_fleet(devices=DEVICES, days=DAYS, results_a_day=3, seed=2)


def _until(fleet: Fleet, day: str, warmer: float = 0.0) -> Fleet:
    """What was there by the end of a day."""
    events = [dict(row) for row in fleet.events if row["at"][:10] <= day]
    for row in events:
        if row["kind"] == "temperature" and row["at"][:10] > "2026-04-20":
            row["value"] = f"{float(row['value']) + warmer:.2f}"
    return Fleet(
        [row for row in fleet.results if row["reported_at"][:10] <= day],
        [row for row in fleet.controls if row["measured_at"][:10] <= day],
        events,
    )


@pytest.mark.slow
def test_from_source_to_promoted_model_and_a_proposal_later(fleet: Fleet, tmp_path: Path) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    write_fleet(_until(fleet, "2026-04-20"), source)
    lims.run(source, out, identified=True, train=True)
    steps = _record(out)
    assert steps["train"]["status"] == "done", steps["train"]
    unseen, remark = steps["train"]["remarks"]
    assert unseen.startswith("no tracking server is set")
    evaluation = json.loads((out / "model" / "evaluation.json").read_text())
    reached = evaluation["judgement"]["metrics"]["roc_auc"]
    downs = {
        (row["device_id"], row["at"]) for row in _until(fleet, "2026-04-20").events if row["kind"] == "down"
    }
    assert evaluation["outages"] <= len(downs) < 50 < evaluation["failures"]  # failing days are no outages
    refused = f"judged on {evaluation['outages']} outages of {evaluation['failing_devices']} devices, at least 50 of 5"
    assert remark.startswith("promotion to production refused: " + refused)
    enough = {**evaluation, "outages": 50}
    assert registry.decide(enough, registry.gate_of(enough)).passed == (reached["low"] >= 0.7)
    assert evaluation["data"]["kind"] == "delta"
    assert evaluation["data"]["source"].endswith("gold.device_days")
    gold = Lake(out / "lake", catalog="LIMS").delta_table("gold.device_days")
    assert evaluation["data"]["version"] == str(gold.version())
    logged = {content["body"]["dataset"]["source"] for content in _records(out, "input")}
    expected = {"delta_table_name": evaluation["data"]["source"], "delta_table_version": gold.version()}
    assert expected in [json.loads(source) for source in logged]
    versions = [it["value"] for it in _records(out, "tag") if it["key"] == "assay.data.version"]
    assert versions == [str(gold.version())]
    assert evaluation["folds"]["groups"] is True
    assert evaluation["horizon_days"] == 7
    assert "goes down within 7 days after the day" in (out / "model" / "model_card.html").read_text()
    assert "majority" in evaluation["others"]
    assert "Model of device failure" in (out / "report.html").read_text()

    lims.run(source, out, identified=True)
    watched = _record(out)["watch"]
    assert watched["status"] == "skipped"
    assert "no device day since 2026-04-20" in watched["reason"]

    before = (out / "model" / "device_failure.assay-model").read_bytes()
    write_fleet(_until(fleet, "2026-05-14", warmer=6), source)
    lims.run(source, out, identified=True)
    proposal = json.loads((out / "retraining.json").read_text())
    assert proposal["proposed"] is True
    assert any(reason.startswith("temperature: ") for reason in proposal["reasons"])
    assert (out / "model" / "device_failure.assay-model").read_bytes() == before  # a proposal changes nothing
    assert "Training again is proposed" in (out / "report.html").read_text()


def test_the_report_tells_of_the_model_also_without_new_days(fleet: Fleet, tmp_path: Path) -> None:
    out, folder = tmp_path / "out", tmp_path / "out" / "model"
    write_fleet(_until(fleet, "2026-02-10"), tmp_path / "source")
    folder.mkdir(parents=True)
    (folder / "training.json").write_text('{"trained_until": "2026-02-10"}', encoding="utf-8")
    (folder / "model_card.html").touch()
    lims.run(tmp_path / "source", out, identified=True)
    assert _record(out)["watch"]["status"] == "skipped"
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "<dt>Model of device failure</dt><dd>no new days</dd>" in page
    assert "No device day since 2026-02-10" in page
    assert '<a href="model/model_card.html">The model&#39;s card</a>' in page


@pytest.mark.slow
def test_enough_outages_and_a_clear_ranking_promote(tmp_path: Path) -> None:
    write_fleet(simulate_fleet(devices=30, days=150, results_a_day=2, seed=1), tmp_path / "source")
    out = tmp_path / "out"
    lims.run(tmp_path / "source", out, identified=True, train=True)
    step = _record(out)["train"]
    evaluation = json.loads((out / "model" / "evaluation.json").read_text())
    reached = evaluation["judgement"]["metrics"]["roc_auc"]
    assert evaluation["outages"] >= 50 and reached["low"] >= 0.7
    best = max(evaluation["others"][name]["metrics"]["roc_auc"]["value"] for name in training.BASELINES)
    assert reached["value"] >= best - 0.02
    assert step["reason"] == "model promoted to production"
    assert step["remarks"][1].startswith("promotion to production passed: ")
    told = [record["body"] for record in _records(out, "model_version")]
    assert [(each["action"], each["alias"]) for each in told] == [("register", "staging"), ("promote", "production")]
    assert told[0]["digest"] == told[1]["digest"] and told[1]["reason"].startswith("passed: ")

    def by_hand(*options: str) -> str:
        asked = ["lims", "promote", str(out / "model"), "--reason", "a test", *options]
        return CliRunner().invoke(main_group, asked).output

    assert "production: passed: " in by_hand()  # the gate of device days, by hand as in the run
    assert "refused: roc_auc" in by_hand("--minimum", "0.99")
    assert "f1_binary" in by_hand("--metric", "f1_binary") and "at least 0.750" in by_hand("--metric", "f1_binary")
    assert "outages of" in by_hand("--smallest", "10000") and "at least 10000 of" in by_hand("--smallest", "10000")


def test_a_better_model_in_production_stays(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    def production(name: str, alias: str, *, tracking_uri: str) -> incumbent.Incumbent:
        asked.append((name, alias))
        return incumbent.Incumbent("4", "another", {"roc_auc": Metric(0.9995, 0.9990, 0.9999)})

    monkeypatch.setattr(incumbent, "find_incumbent", production)
    write_fleet(_until(fleet, "2026-04-20"), tmp_path / "source")
    nobody = "http://127.0.0.1:9"  # no server: what is to be delivered waits
    lims.run(tmp_path / "source", tmp_path / "out", identified=True, train=True, tracking=nobody)
    trained = _record(tmp_path / "out")["train"]
    registered = json.loads((tmp_path / "out" / "model" / "registered.json").read_text())
    assert asked == [(registered["registered_name"], "production")]
    assert any("roc_auc is worse than that of version 4" in remark for remark in trained["remarks"])


def test_training_needs_to_know_when_devices_failed(fleet: Fleet, tmp_path: Path) -> None:
    source = tmp_path / "source"
    write_fleet(_until(fleet, "2026-02-10"), source)
    (source / "device_events.csv").unlink()
    lims.run(source, tmp_path / "out", identified=True, train=True)
    trained = _record(tmp_path / "out")["train"]
    assert trained["status"] == "skipped"
    assert trained["reason"].startswith("the source has no device_events.csv")


@pytest.mark.parametrize("of", ["events", "devices", "quality"])
def test_the_command_ends_with_1_and_the_cause_where_nothing_was_trained(
    fleet: Fleet, of: str, tmp_path: Path
) -> None:
    source, part = tmp_path / "source", _until(fleet, "2026-01-20")
    if of == "devices":
        part = Fleet([{**row, "device_id": ""} for row in part.results], part.controls, part.events)
    if of == "quality":
        part = Fleet([{**row, "unit": "furlong"} for row in part.results], part.controls, part.events)
    write_fleet(part, source)
    if of != "quality":
        (source / "device_events.csv").unlink()
    if of == "devices":
        (source / "quality_controls.csv").unlink()
    command = ["run", "lims", str(source), "--out", str(tmp_path / "out"), "--identified", "--train", "--quiet"]
    result = CliRunner().invoke(main_group, command, env={"MLFLOW_TRACKING_URI": None})
    said = {
        "events": "the source has no device_events.csv",
        "devices": "no result names its device",
        "quality": "the quality of the source is",
    }[of]
    assert result.exit_code == 1, result.output
    assert f"assay: --train: {said}" in result.output


def test_the_fleet_is_made_up_and_the_same_for_a_seed(tmp_path: Path) -> None:
    first, second = (simulate_fleet(devices=2, days=60, results_a_day=1, seed=5) for _ in range(2))
    assert first == second
    assert simulate_fleet(devices=2, days=60, results_a_day=1, seed=6) != first
    write_fleet(first, tmp_path)
    with (tmp_path / "results.csv").open(newline="") as file:
        assert all(row["patient_id"].startswith("MADE-UP-") for row in csv.DictReader(file))
    with pytest.raises(ValueError, match="expected 60 or more"):
        simulate_fleet(days=59)


def _records(out: Path, kind: str) -> list[dict]:
    found = _core.tracking.read_records(out / "journal", kinds={kind}, after={})
    return [json.loads(record.payload) for record in found]


def _record(out: Path) -> dict[str, dict]:
    return {step["name"]: step for step in json.loads((out / "run.json").read_text())["steps"]}


@pytest.mark.slow
def test_nothing_is_promoted_where_the_server_does_not_tell_what_is_in_production(tmp_path: Path) -> None:
    write_fleet(simulate_fleet(devices=30, days=150, results_a_day=2, seed=1), tmp_path / "source")
    out = tmp_path / "out"
    lims.run(tmp_path / "source", out, identified=True, train=True, tracking="http://127.0.0.1:9")
    step = _record(out)["train"]
    assert step["reason"] == "model not promoted"
    assert any("refused: what is in production is not known" in remark for remark in step["remarks"])
    told = [record["body"] for record in _records(out, "model_version")]
    assert [(each["action"], each["alias"]) for each in told] == [("register", "staging")]

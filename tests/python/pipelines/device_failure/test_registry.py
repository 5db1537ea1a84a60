"""Training through the command, registration and promotion on a real MLflow server."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from assay import IoError, StateError
from assay.cli import main_group
from assay.data import Table
from assay.pipelines import device_failure
from assay.pipelines.device_failure import registry
from assay.pipelines.device_failure.incumbent import Incumbent, data_key, judged_of
from assay.pipelines.device_failure.judging import Metric
from assay.tracking.local import MlflowServer


def made_up(says: float) -> device_failure.Prepared:
    """Made-up rows, 60 of 300 of them failures, whose reading says so much of it."""
    rng = np.random.default_rng(4)
    label = np.repeat([1, 0], [60, 240])
    readings = Table.from_dict({"torque": rng.normal(0, 1, 300) + says * label, "hours": rng.normal(0, 1, 300)})
    version = device_failure.DataVersion("made up", "memory", str(says), 300)
    return device_failure.Prepared(readings, label, None, "ai4i2020", version=version)


@pytest.fixture(scope="module")
def kept(test_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A folder that the command trained into, the registered name, and what it printed."""
    out = tmp_path_factory.mktemp("trained") / "out"
    name = f"P2T2.models.device_failure_{uuid.uuid4().hex[:8]}"
    source = test_data / "maintenance" / "ai4i2020.csv"
    command = ["lims", "train", str(source), "--out", str(out), "--trees", "40", "--no-peers", "--name", name]
    result = CliRunner().invoke(main_group, command, env={"MLFLOW_TRACKING_URI": None})
    assert result.exit_code == 0, (result.output, result.exception)
    return out, name, result.output


def test_what_training_leaves(kept: tuple[Path, str, str]) -> None:
    out, name, printed = kept
    assert "10,000 rows, 339 failures, 9 features" in printed and f"registered as {name}" in printed
    assert {each.name for each in out.iterdir()} >= {
        "device_failure.assay-model",
        "evaluation.json",
        "model_card.json",
        "model_card.html",
        "registered.json",
        "journal",
    }
    evaluation = json.loads((out / "evaluation.json").read_text(encoding="utf-8"))
    assert evaluation["data"]["kind"] == "file" and set(evaluation["others"]) == {
        "majority",
        "logistic regression",
    }
    assert str(out) not in (out / "registered.json").read_text(encoding="utf-8")


def test_the_file_is_served_as_it_was_judged(kept: tuple[Path, str, str], test_data: Path) -> None:
    from assay.data import read_csv
    from assay.pipelines.device_risk import DeviceRisk

    risk = DeviceRisk.load(kept[0] / "device_failure.assay-model")
    rows = read_csv(test_data / "maintenance" / "ai4i2020.csv").rows
    assessed = risk.assess(rows)
    flagged = assessed.column("flagged").to_numpy()
    failed = rows.column("Machine failure").to_numpy() == 1
    assert flagged[failed].mean() > 0.8 and flagged[~failed].mean() < 0.02


@pytest.mark.mlflow
def test_registered_promoted_and_refused(kept: tuple[Path, str, str], mlflow_server: MlflowServer) -> None:
    out, name, _ = kept

    def ask(path: str, **query: str) -> dict[str, Any]:
        url = f"{mlflow_server.url}/api/2.0/mlflow/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=60) as answer:
            return json.load(answer)

    def promote(*options: str) -> Any:
        return CliRunner().invoke(
            main_group, ["lims", "promote", str(out), "--tracking", mlflow_server.url, *options]
        )

    refused = promote("--minimum", "0.99", "--reason", "a try")
    assert refused.exit_code == 1, refused.output
    assert "production: refused: f1_binary" in refused.output and "at least 0.990 asked" in refused.output
    model = ask("registered-models/get", name=name)["registered_model"]
    assert [each["alias"] for each in model["aliases"]] == ["staging"]

    passed = promote("--minimum", "0.5", "--reason", "reviewed by the workshop")
    assert passed.exit_code == 0, passed.output
    model = ask("registered-models/get", name=name)["registered_model"]
    assert {each["alias"]: each["version"] for each in model["aliases"]} == {
        "staging": "1",
        "production": "1",
    }
    history = next(tag["value"] for tag in model["tags"] if tag["key"] == "assay.alias.production")
    assert (
        "passed: " in history
        and "reviewed by the workshop" in history
        and "against logistic regression" in history
    )

    (version,) = ask("model-versions/search", filter=f"name='{name}'")["model_versions"]
    run = ask("runs/get", run_id=version["run_id"])["run"]
    tags = {tag["key"]: tag["value"] for tag in run["data"]["tags"]}
    evaluation = json.loads((out / "evaluation.json").read_text(encoding="utf-8"))
    assert tags["assay.data.version"] == evaluation["data"]["version"] and tags["assay.data.kind"] == "file"
    assert tags["assay.gate.production"].startswith("passed: ")
    logged = {each["key"]: each["value"] for each in run["data"]["metrics"]}
    assert logged["f1_binary"] == pytest.approx(evaluation["judgement"]["metrics"]["f1_binary"]["value"])
    assert logged["f1_binary_low"] < logged["f1_binary"] < logged["f1_binary_high"]
    assert "majority/f1_weighted" in logged and "logistic_regression/average_precision" in logged
    assert run["inputs"]["dataset_inputs"][0]["dataset"]["name"] == "ai4i2020.csv"

    import assay.tracking as at

    model_back = at.load_model(f"models:/{name}@production", tracking_uri=mlflow_server.url)
    assert type(model_back).__name__ == "DeviceFailureModel"


def test_a_changed_model_file_is_not_promoted(kept: tuple[Path, str, str], tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(kept[0], copy)
    file = copy / "device_failure.assay-model"
    file.write_bytes(file.read_bytes() + b"x")
    with pytest.raises(StateError, match=r"is not the model that evaluation\.json judged"):
        registry.promote(copy, reason="made up")
    with pytest.raises(IoError, match="expected a folder that"):
        registry.promote(tmp_path, reason="made up")


def test_a_model_is_promoted_by_its_own_judgement_alone(tmp_path: Path) -> None:
    """Week 1 registers; week 2 is judged, and stops before it registers: nothing of it counts for week 1's model."""
    out = tmp_path / "out"
    first, second = (device_failure.train(made_up(says), with_peers=False, trees=20) for says in (0.2, 4.0))
    lenient = registry.Gate(minimum=0.0, margin=-1, smallest=1)
    registry.log_training(first, registry.keep(first, out), registered_name="made_up")
    first_names = (out / "registered.json").read_text(encoding="utf-8")
    assert registry.promote(out, reason="made up", gate=lenient, alias="shadow").passed
    registry.keep(second, out)
    with pytest.raises(IoError, match=r"with registered\.json"):
        registry.promote(out, reason="made up", gate=lenient)
    (out / "registered.json").write_text(first_names, encoding="utf-8")
    with pytest.raises(StateError, match=r"names another model than the one that evaluation\.json judged"):
        registry.promote(out, reason="made up", gate=lenient)
    with pytest.raises(StateError, match="as keep left it with this model"):
        registry.log_training(first, out, registered_name="made_up")
    registry.log_training(second, out, registered_name="made_up")
    assert registry.promote(out, reason="made up", gate=lenient).passed


def test_a_judgement_that_was_edited_or_has_no_digest_promotes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    trained = device_failure.train(made_up(1.0), with_peers=False, trees=20)
    registry.log_training(trained, registry.keep(trained, out), registered_name="made_up")
    evaluation = out / "evaluation.json"
    judged = json.loads(evaluation.read_text(encoding="utf-8"))
    better = {**judged, "failures": 10_000}
    evaluation.write_text(json.dumps(better), encoding="utf-8")
    with pytest.raises(StateError, match="names another model"):
        registry.promote(out, reason="made up")
    registry.log_training(trained, registry.keep(trained, out), registered_name="made_up")
    names = json.loads((out / "registered.json").read_text(encoding="utf-8"))
    del names["model_sha256"], names["evaluation_sha256"]  # as it was written before
    (out / "registered.json").write_text(json.dumps(names), encoding="utf-8")
    with pytest.raises(StateError, match="train again"):
        registry.promote(out, reason="made up")


def test_a_worse_model_does_not_take_the_place_of_a_better_one(tmp_path: Path) -> None:
    out = tmp_path / "out"
    trained = device_failure.train(made_up(1.0), with_peers=False, trees=20)
    registry.log_training(trained, registry.keep(trained, out), registered_name="made_up")
    evaluation = json.loads((out / "evaluation.json").read_text(encoding="utf-8"))
    value = evaluation["judgement"]["metrics"]["f1_binary"]["value"]
    lenient = registry.Gate(minimum=0.0, margin=-1, smallest=1)

    def promoted(over: float, low: float, data: str, **options: bool) -> registry.Decision:
        before = Incumbent("7", data, {"f1_binary": Metric(value + over, value + low, value + over + 0.05)})
        return registry.promote(out, gate=lenient, reason="a test", before=before, **options)

    same, other = data_key(evaluation["data"]), "of last week"
    for over, low, data, passes in (
        (0.01, -0.05, same, False),  # below its figure, on the same rows
        (0.0, -0.05, same, True),
        (0.05, -0.01, other, True),  # within its interval: other rows, nobody knows
        (0.05, 0.01, other, False),
    ):
        decision = promoted(over, low, data)
        assert decision.passed == passes, (over, low, data)
        assert passes or decision.sentence() == "refused: f1_binary is worse than that of version 7"
    assert promoted(0.05, 0.01, other, worse=True).passed
    unknown = registry.promote(out, gate=lenient, reason="a test", before=Incumbent("7", "", {}))
    assert unknown.passed
    strict = registry.Gate(minimum=0.99, margin=-1, smallest=1)
    before = Incumbent("7", same, {"f1_binary": Metric(0.999, 0.99, 1.0)})
    both = registry.promote(out, gate=strict, reason="a test", before=before)
    assert len(both.reasons) == 2 and "at least 0.990 asked" in both.reasons[0]
    assert before.sentence("f1_binary", same).endswith("judged on the same data")
    assert before.sentence("f1_binary", other).endswith("judged on other data")
    assert before.sentence("f1_binary", "").endswith("judged on other data")


def test_two_tables_of_one_version_are_other_data() -> None:
    """Every table has a version 3; a file is known by its SHA-256, whatever its name."""
    table = {"source": "north/gold.device_days", "kind": "delta", "version": "3", "rows": 90}
    metrics = {"roc_auc": {"value": 0.8, "low": 0.7, "high": 0.9}}
    before = Incumbent("7", data_key(table), judged_of({"judgement": {"metrics": metrics}, "data": table})[0])

    def judged(**other: str) -> str:
        return judged_of({"judgement": {"metrics": metrics}, "data": {**table, **other}})[1]

    for data, same in (
        (judged(), "the same"),
        (judged(source="south/gold.device_days"), "other"),
        (judged(version="4"), "other"),
        (judged(kind="file"), "other"),
        ("", "other"),
    ):
        assert before.same_or_other(data) == same
        assert before.is_better("roc_auc", 0.79, data) == (same == "the same")  # below its figure, within its interval
    assert judged(kind="file", source="a.csv") == judged(kind="file", source="b.csv") != ""
    assert data_key(None) == data_key({"version": "3"}) == data_key({"kind": "delta"}) == ""
    assert not Incumbent("7", "").is_better("roc_auc", 0.1, "") and Incumbent("7", "").same_or_other("") == "other"


def test_a_person_promotes_the_model_that_was_looked_at(tmp_path: Path) -> None:
    out = tmp_path / "out"
    gate = registry.Gate(minimum=0.0, margin=-1, smallest=1)
    digests = []
    for says in (1.0, 2.0):  # a week lies between the two
        trained = device_failure.train(made_up(says), with_peers=False, trees=20)
        registry.log_training(trained, registry.keep(trained, out), registered_name="made_up")
        digests.append(registry.read_kept(out)[0]["model_sha256"])
    with pytest.raises(StateError, match=f"expected the model {digests[0][:12]}, but model {digests[1][:12]} lies"):
        registry.promote(out, gate=gate, reason="looked at on Monday", expect=digests[0][:12])
    with pytest.raises(ValueError, match="at least 8 hexadecimal digits"):
        registry.promote(out, gate=gate, reason="looked at on Monday", expect=digests[1][:7])
    assert registry.promote(out, gate=gate, reason="looked at", expect=digests[1][:12].upper()).passed
    asked = ["lims", "promote", str(out), "--reason", "r", "--minimum", "0", "--margin", "-1", "--expect"]
    done = [
        CliRunner().invoke(main_group, [*asked, digest[:12]], env={"MLFLOW_TRACKING_URI": None})
        for digest in digests
    ]
    assert [isinstance(one.exception, StateError) for one in done] == [True, False]
    assert done[1].exit_code == 0, done[1].output

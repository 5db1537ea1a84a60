"""Training through the command, registration and promotion on a real MLflow server."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from assay import IoError, StateError
from assay.cli import main_group
from assay.pipelines.device_failure import registry
from assay.tracking.local import MlflowServer


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

    refused = promote("--minimum", "0.99")
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
        registry.promote(copy)
    with pytest.raises(IoError, match="expected a folder that"):
        registry.promote(tmp_path)

"""From staging to production by the command, on a real MLflow server: shown beside the old one, kept, read back."""

from __future__ import annotations

import getpass
import json
import re
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

import assay.tracking as at
from assay import SchemaError
from assay.cli import main_group
from assay.data import Table
from assay.pipelines import device_failure
from assay.pipelines.device_failure import registry
from assay.pipelines.device_failure.incumbent import find_incumbent
from assay.pipelines.job import is_bad_input
from assay.serving import source_of
from assay.tracking.local import MlflowServer

pytest.importorskip("jinja2")
GATE = ("--minimum", "0.2", "--margin", "-0.5")


def trained_into(
    out: Path, name: str, says: float, inputs: tuple[str, str] = ("load", "temperature")
) -> dict[str, Any]:
    """Trains on made-up rows whose reading says so much of the failure, and registers; gives the figures."""
    rng = np.random.default_rng(4)
    label = np.repeat([1, 0], [60, 240])
    readings = Table.from_dict(
        {inputs[0]: rng.normal(0, 1, 300) + says * label, inputs[1]: rng.normal(20, 1, 300)}
    )
    version = device_failure.DataVersion("made up", "memory", str(says), 300)
    prepared = device_failure.Prepared(readings, label, None, "device_days", version=version)
    trained = device_failure.train(prepared, with_peers=False, trees=20)
    registry.log_training(trained, registry.keep(trained, out), registered_name=name)
    figures: dict[str, Any] = json.loads((out / "evaluation.json").read_text(encoding="utf-8"))["judgement"][
        "metrics"
    ]
    return figures


def promote(out: Path, *options: str) -> Result:
    return CliRunner().invoke(
        main_group, ["lims", "promote", str(out), *options], env={"MLFLOW_TRACKING_URI": None}
    )


def shown(figure: dict[str, Any]) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def line_of(result: Result, begins: str) -> str:
    return next(line for line in result.output.splitlines() if line.startswith(begins))


@pytest.mark.mlflow
def test_from_staging_to_production_and_the_record_of_it(mlflow_server: MlflowServer, tmp_path: Path) -> None:
    out, name = tmp_path / "out", f"made_up_{uuid.uuid4().hex[:8]}"
    tracking = ("--tracking", mlflow_server.url)
    first = trained_into(out, name, 2.0)
    began = datetime.now(timezone.utc)

    result = promote(out, *tracking, *GATE, "--reason", "the first, reviewed by the workshop")
    assert result.exit_code == 0, result.output
    assert "production now: no version has it yet" in result.output
    assert shown(first["f1_binary"]) in line_of(result, "this model")

    second = trained_into(out, name, 4.0)
    assert at.sync(out / "journal", mlflow_server.url).complete
    refused = promote(out, *tracking, "--minimum", "1", "--reason", "too early")
    assert refused.exit_code == 1
    source = source_of(f"models:/{name}@production", tracking_uri=mlflow_server.url, cache=tmp_path / "cache")
    assert source.load(source.newest()).info.version == "1"

    result = promote(out, *tracking, *GATE, "--reason", "readings say more since the sensors were changed")
    assert result.exit_code == 0, result.output
    assert shown(first["f1_binary"]) in line_of(result, "production now: version 1")
    assert shown(first["roc_auc"]) in line_of(result, "production now: version 1")
    assert shown(second["f1_binary"]) in line_of(result, "this model")
    assert "each judged on the data it was trained with, which differ" in result.output
    client = at.MlflowClient(mlflow_server.url)
    aliases = client.get_registered_model(name).aliases
    assert {alias: str(version) for alias, version in aliases.items()} == {"staging": "2", "production": "2"}
    assert source.load(source.newest()).info.version == "2"

    changes = at.alias_history(name, tracking_uri=mlflow_server.url)
    assert [(each.action, each.version, each.by) for each in changes] == [
        ("promote", "1", getpass.getuser()),
        ("promote", "2", getpass.getuser()),
    ]
    assert all(began - timedelta(seconds=1) <= each.when <= datetime.now(timezone.utc) for each in changes)
    assert changes[0].reason.startswith("passed: ")
    assert changes[0].reason.endswith("; the first, reviewed by the workshop")
    assert f"version 1 had it, roc_auc {shown(first['roc_auc'])}" in changes[1].reason
    assert changes[1].reason.endswith("; readings say more since the sensors were changed")
    version = client.get_model_version(name, "2")
    assert version.tags["assay.alias.production.reason"] == changes[1].reason
    assert client.get_run(version.run_id).data.tags["assay.gate.production"] == changes[1].reason

    command = ["models", "history", name, *tracking]
    told = CliRunner().invoke(main_group, command)
    assert told.exit_code == 0
    lines = told.output.splitlines()
    assert len(lines) == 2 and re.match(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC promote to version 1 by ", lines[0]
    )
    assert lines[1].endswith("since the sensors were changed")
    assert "no change is noted" in CliRunner().invoke(main_group, [*command, "--alias", "shadow"]).output
    absent = CliRunner().invoke(main_group, ["models", "history", "absent", *tracking])
    assert absent.exception is not None and is_bad_input(absent.exception)  # the command ends with 2
    client.set_registered_model_tag(name, "assay.alias.production", "{")
    with pytest.raises(SchemaError, match="as promote writes it"):
        at.alias_history(name, tracking_uri=mlflow_server.url)


@pytest.mark.mlflow
def test_a_model_of_other_inputs_takes_no_place_unless_asked(mlflow_server: MlflowServer, tmp_path: Path) -> None:
    out, name = tmp_path / "out", f"made_up_{uuid.uuid4().hex[:8]}"
    tracking = ("--tracking", mlflow_server.url, *GATE, "--reason", "reviewed")
    trained_into(out, name, 4.0)
    assert promote(out, *tracking).exit_code == 0
    again = find_incumbent(name, "production", tracking_uri=mlflow_server.url)
    assert again is not None and again.features == ("load", "temperature")
    assert not again.takes_others(["temperature", "load"]) and again.takes_others(["load"])
    trained_into(out, name, 4.0, ("load", "hours"))
    refused = promote(out, *tracking)
    assert refused.exit_code == 1
    assert "refused: it takes other inputs than version 1" in refused.output
    assert promote(out, *tracking, "--other-inputs").exit_code == 0


def test_without_a_reason_nothing_is_promoted(tmp_path: Path) -> None:
    out = tmp_path / "out"
    trained_into(out, "made_up", 4.0)
    result = promote(out, *GATE)
    assert result.exit_code == 2 and "Missing option '--reason'" in result.output
    result = promote(out, *GATE, "--reason", "  ")
    assert "this model" not in result.output  # nothing is shown of what cannot be done
    wrong = promote(out, "--metric", "f1", "--reason", "reviewed")
    assert wrong.output == "" and "expected one of" in str(wrong.exception)
    result = promote(out, *GATE, "--reason", "  ")
    assert result.exception is not None and is_bad_input(result.exception)  # the command ends with 2
    assert "expected a reason" in str(result.exception)
    assert b"assay.gate.production" not in b"".join(
        path.read_bytes() for path in (out / "journal").rglob("*") if path.is_file()
    )


def test_a_server_that_is_away_is_said_and_the_promotion_waits(tmp_path: Path) -> None:
    out = tmp_path / "out"
    trained_into(out, "made_up", 4.0)
    result = promote(out, *GATE, "--reason", "reviewed")
    assert result.exit_code == 0 and "not known, for no tracking server is set" in result.output
    waits = f"the record waits in {out / 'journal'}; deliver it with `assay sync {out} --tracking URI`"
    assert result.output.endswith(f"{waits}\n")
    result = promote(out, *GATE, "--reason", "reviewed", "--tracking", "http://127.0.0.1:1")
    assert result.exit_code == 3, result.output
    assert "production now: not known: " in result.output and "production: passed: " in result.output

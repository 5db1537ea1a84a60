from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay import doctor
from assay.doctor import State


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("MLFLOW_TRACKING_URI", "DATABRICKS_HOST", "OPENAI_BASE_URL", "AZURE_OPENAI_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(tmp_path / "none"))


def found(part: str, **options: object) -> doctor.Finding:
    findings = doctor.examine(
        lake=Path(str(options.get("lake", "out/lake"))), tracking=options.get("tracking")
    )  # type: ignore[arg-type]
    return next(finding for finding in findings if finding.part == part)


def test_core_and_lake_are_fine(tmp_path: Path) -> None:
    assert found("assay").state is State.OK
    assert found("lake", lake=tmp_path / "deep" / "lake").state is State.OK
    assert not (tmp_path / "deep").exists()


def test_lake_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("")
    finding = found("lake", lake=tmp_path / "lake")
    assert finding.state is State.FAILED
    assert "--lake" in finding.remedy


def test_missing_package_says_what_it_would_give(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    finding = found("torch")
    assert (finding.state, finding.remedy) == (State.MISSING, "pip install 'assay-sdk[torch]'")
    assert "CLIP" in finding.gives


def test_dead_server_is_reported_without_credentials() -> None:
    finding = found("MLflow server", tracking="http://user:secret@127.0.0.1:9/")
    assert finding.state is State.FAILED
    assert "secret" not in finding.detail
    assert "127.0.0.1:9" in finding.detail


def test_profiles_are_named_and_tokens_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "databrickscfg"
    config.write_text("[work]\nhost = https://dbc.example.com\ntoken = dapi-secret\n")
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(config))
    finding = found("Databricks")
    assert finding.state is State.OK
    assert finding.detail == "profiles: work (https://dbc.example.com)"


def test_text_and_json_hold_every_finding(tmp_path: Path) -> None:
    findings = doctor.examine(lake=tmp_path)
    text = doctor.to_text(findings)
    assert all(finding.part in text for finding in findings)
    assert "\x1b" not in text
    assert "\x1b" in doctor.to_text(findings, colour=True)
    assert len(json.loads(doctor.to_json(findings))) == len(findings)

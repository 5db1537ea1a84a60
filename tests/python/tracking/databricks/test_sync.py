"""A whole journal delivered to a workspace: runs, metrics, artifacts, datasets, models to Unity Catalog."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from fake_databricks import Answer, FakeWorkspace, Got, refusal

from assay import tracking as at
from assay.data import Table
from assay.tracking.models import clinical

NAME = "main.icu.soap_generator"
EXPERIMENT = "/Users/ann@example.com/icu/night"


@pytest.fixture
def journal(fake: FakeWorkspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Signed in as a service principal, whose tokens end; storage by keys for S3, as the fake hands them out."""
    monkeypatch.delenv("DATABRICKS_TOKEN")
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", fake.client_id)
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", fake.client_secret)
    monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", f"{fake.url}/s3")
    return tmp_path / "journal"


def log(journal: Path, *, n: int = 1, alias: str | None = "staging", name: str = NAME) -> at.ModelInfo:
    with at.start_run(experiment="icu/night", run_name="made up", journal=journal) as run:
        run.log_params({"writer": "template"})
        for step in range(3):
            run.log_metric("loss", 1 / (step + 1), step=step)
        run.set_tags({"ward": "é"})
        run.log_text("made-up note", "notes/a.txt")
        run.log_input(Table.from_dict({"a": [1, 2]}), context="training")
        return run.log_model(
            clinical.SoapGenerator(),
            "soap_generator",
            registered_model_name=name,
            alias=alias,
            reason="first",
            metadata={"n": n},
        )


def deliver(journal: Path, **options: Any) -> at.SyncReport:
    report = at.sync(journal, "databricks", deadline=20, **options)
    assert report.complete, (report.stopped_by, report.problems)
    assert report.problems == []
    return report


def tags_of(thing: dict[str, Any]) -> dict[str, str]:
    return {pair["key"]: pair["value"] for pair in thing.get("tags", [])}


def calls(fake: FakeWorkspace) -> list[str]:
    """The endpoints in order, each once for a row of calls; the storage is "storage"."""
    names = []
    for request in fake.take():
        path = request.path.removeprefix("/api/2.0/").removeprefix("mlflow/")
        parts = ["<id>" if part.startswith("m-") else part for part in path.split("/")]
        names.append(f"{request.method} {'/'.join(parts)}" if request.path.startswith("/api/") else "storage")
        if request.path.startswith("/oidc"):
            names[-1] = "sign in"
    return rows(names)


def rows(names: Iterable[str]) -> list[str]:
    return [name for name, _ in itertools.groupby(names)]


def test_everything_arrives_through_refusals_and_a_token_that_ends(
    fake: FakeWorkspace, journal: Path
) -> None:
    info = log(journal)
    faults = {
        "experiments/get-by-name": refusal(429, "REQUEST_LIMIT_EXCEEDED", Retry_After="0"),
        "runs/create": refusal(503, "TEMPORARILY_UNAVAILABLE", Retry_After="0"),
        "runs/log-batch": refusal(429, "REQUEST_LIMIT_EXCEEDED", Retry_After="0"),
        "logged-models": refusal(503, "TEMPORARILY_UNAVAILABLE", Retry_After="0"),
        "model-versions/create": refusal(429, "REQUEST_LIMIT_EXCEEDED", Retry_After="0"),
        "model-versions/finalize": refusal(503, "TEMPORARILY_UNAVAILABLE", Retry_After="0"),
    }
    ends = ["artifacts/credentials-for-write", "registered-models/create"]

    def fault(got: Got) -> Answer | None:
        for part in ends:
            if got.path.endswith(part):
                ends.remove(part)
                fake.expire_tokens()  # 401, and once more with a new one
                return None
        name = next((part for part in faults if got.method != "PUT" and got.path.endswith(part)), None)
        return faults.pop(name) if name else None

    fake.fault = fault
    report = deliver(journal)
    assert (faults, ends) == ({}, [])
    assert fake.issued == 3
    assert report.set_aside == []
    assert report.verified is not None
    assert report.verified.differences == []

    assert "/Users/ann@example.com/icu" in fake.folders
    experiment = fake.experiments[EXPERIMENT]["experiment_id"]
    [(run_id, run)] = fake.runs.items()
    assert report.run_ids == {info.run_id: run_id}
    assert run["info"]["experiment_id"] == experiment
    assert run["info"]["status"] == "FINISHED"
    assert [(p["key"], p["step"]) for p in run["metrics"]] == [("loss", 0), ("loss", 1), ("loss", 2)]
    assert run["params"] == {"writer": "template"}
    assert run["tags"]["ward"] == "é"
    assert run["inputs"][0]["dataset"]["digest"]
    objects = fake.storage.objects
    assert objects[f"{run_id}/notes/a.txt"] == b"made-up note"

    [(model_id, model)] = fake.logged_models.items()
    assert model["info"]["status"] == "LOGGED_MODEL_READY"
    assert run["outputs"] == [{"model_id": model_id, "step": 0}]
    files = {
        path.removeprefix(f"{model_id}/"): body
        for path, body in objects.items()
        if path.startswith(f"{model_id}/")
    }
    assert json.loads(files["MLmodel"])["model_id"] == model_id

    [version] = fake.versions.values()
    assert (version["name"], version["status"]) == (NAME, "READY")
    assert (version["source"], version["model_id"]) == (f"models:/{model_id}", model_id)
    assert version["run_id"] == run_id
    assert tags_of(version)["assay_digest"] == info.digest
    assert tags_of(version)["assay_alias_staging_reason"] == "first"
    prefix = "s3/made-up-bucket/models/1/"
    assert {p.removeprefix(prefix): b for p, b in objects.items() if p.startswith(prefix)} == files
    held = fake.models[NAME]
    assert held["aliases"] == {"staging": "1"}
    [change] = json.loads(held["tags"]["assay_alias_staging"])
    assert (change["version"], change["reason"]) == (1, "first")
    # Nothing is left in the journal's folder of what was fetched, and of the workspace nothing reached the storage.
    assert list(journal.rglob("version-of-*")) == []
    for request in fake.take():
        if not request.path.startswith(("/api/", "/oidc")):
            assert "made-up-oauth" not in repr(request.headers)


def test_the_calls_stand_in_order(fake: FakeWorkspace, journal: Path) -> None:
    log(journal)
    deliver(journal, verify=False)
    uc = "unity-catalog/"
    made = calls(fake)
    assert made[: made.index("POST runs/search")] == [
        "sign in",
        "GET preview/scim/v2/Me",
        "GET experiments/get-by-name",
        "POST experiments/create",
        "POST workspace/mkdirs",
        "POST experiments/create",
        "GET experiments/get-by-name",
    ]
    registered = made[made.index(f"GET {uc}registered-models/get") :]
    assert rows(call for call in registered if "logged-models" not in call) == [
        f"GET {uc}registered-models/get",
        f"POST {uc}registered-models/create",
        f"GET {uc}model-versions/search",
        "storage",  # the files that came with the logged model
        f"POST {uc}model-versions/create",
        f"GET {uc}registered-models:is-databricks-sdk-models-artifact-repository-enabled",
        f"POST {uc}model-versions/generate-temporary-credentials",
        "storage",
        f"POST {uc}model-versions/finalize",
        f"GET {uc}registered-models/get",
        f"POST {uc}registered-models/set-tag",  # what is to be done,
        f"POST {uc}registered-models/alias",
        f"POST {uc}model-versions/set-tag",
        f"POST {uc}registered-models/set-tag",  # and that it was
        "POST runs/update",
    ]
    assert at.sync(journal, "databricks", verify=False).complete
    assert fake.take() == []


def test_a_version_whose_creation_got_no_answer_is_filled_not_made_again(
    fake: FakeWorkspace, journal: Path
) -> None:
    log(journal)

    def lose(got: Got) -> Answer | None:
        if not got.path.endswith("model-versions/create"):
            return None
        fake.fault = None
        fake._create_version(got.json)
        fake._create_version({"name": NAME, "source": "another client's"})
        return Answer(hang_up=True)

    fake.fault = lose
    deliver(journal)
    assert [(v["version"], v["status"]) for v in fake.versions.values()] == [
        ("1", "READY"),
        ("2", "PENDING_REGISTRATION"),
    ]
    assert fake.models[NAME]["aliases"] == {"staging": "1"}
    deliver(journal, from_scratch=True)
    assert len(fake.versions) == 2
    assert len(fake.runs) == len(fake.logged_models) == 1


def test_a_version_whose_files_could_not_be_sent_waits_for_the_next_delivery(
    fake: FakeWorkspace, journal: Path
) -> None:
    log(journal)
    fake.fault = lambda got: refusal(503, "") if got.path.startswith("/s3/") and got.method == "PUT" else None
    report = at.sync(journal, "databricks", deadline=0.5, verify=False)
    assert not report.complete
    assert report.stopped_by
    assert [v["status"] for v in fake.versions.values()] == ["PENDING_REGISTRATION"]
    fake.fault = None
    deliver(journal)
    assert [v["status"] for v in fake.versions.values()] == ["READY"]


def test_a_version_is_made_where_something_changed(fake: FakeWorkspace, journal: Path) -> None:
    log(journal)
    log(journal)
    log(journal, n=2)
    deliver(journal)
    assert [v["version"] for v in fake.versions.values()] == ["1", "2"]
    assert fake.models[NAME]["aliases"] == {"staging": "2"}


def test_promotion_and_rollback_fit_the_tags_of_unity_catalog(fake: FakeWorkspace, journal: Path) -> None:
    first = log(journal, alias=None)
    log(journal, n=2, alias=None)
    at.promote(NAME, first, "go-live_1", reason="é" * 2000, journal=journal)
    for n in range(6):
        at.promote(NAME, 1 + n % 2, "go-live_1", reason=f"change {n} " + "x" * 300, journal=journal)
    at.promote(NAME, None, "go-live_1", reason="the latest", journal=journal)
    at.promote(NAME, 1, "go-live_1", reason="back to the first", journal=journal)
    at.rollback(NAME, "go-live_1", reason="judge scores fell", journal=journal)
    deliver(journal)
    held = fake.models[NAME]
    assert held["aliases"] == {"go-live_1": "2"}
    [(key, history)] = held["tags"].items()
    assert key == "assay_alias_go_d_live__1"
    assert len(history.encode()) <= 1000
    assert json.loads(history)[-1]["action"] == "rollback"


def test_the_latest_of_the_catalog_is_asked_for(
    fake: FakeWorkspace, journal: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for n in range(3):
        log(journal, n=n, alias=None)
    deliver(journal)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "databricks")
    other = tmp_path / "other"
    at.promote(NAME, None, "production", reason="the latest", journal=other)
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    log(journal, n=4, alias=None)
    deliver(journal)
    deliver(other)
    assert fake.models[NAME]["aliases"] == {"production": "3"}


def test_a_trace_is_set_aside_in_words(fake: FakeWorkspace, journal: Path) -> None:
    with at.start_run(experiment="icu/night", journal=journal), at.start_span("made up"):
        pass
    [refused] = deliver(journal).set_aside
    assert refused.kind == "trace"
    assert "Databricks workspace takes spans elsewhere" in refused.words


@pytest.mark.parametrize("name", ["soap_generator", "icu.soap_generator"])
def test_a_name_without_three_levels_is_set_aside(fake: FakeWorkspace, journal: Path, name: str) -> None:
    log(journal, name=name)
    report = deliver(journal)
    [refused] = report.set_aside
    assert refused.kind == "model_version"
    assert "catalog.schema.model" in refused.words
    assert (fake.models, fake.versions) == ({}, {})
    [run] = fake.runs.values()
    assert run["info"]["status"] == "FINISHED"


def test_who_may_not_register_may_log_all_the_same(fake: FakeWorkspace, journal: Path) -> None:
    log(journal)
    fake.fault = lambda got: refusal(403, "PERMISSION_DENIED") if "unity-catalog" in got.path else None
    report = at.sync(journal, "databricks", deadline=20)
    assert not report.complete
    assert report.remaining == 1
    [problem] = report.problems
    assert problem.startswith("model_version ")
    assert "waits" in problem and "PERMISSION_DENIED" in problem
    [run] = fake.runs.values()
    assert run["info"]["status"] == "FINISHED"
    fake.fault = None
    deliver(journal)
    assert [v["status"] for v in fake.versions.values()] == ["READY"]

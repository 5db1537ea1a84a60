"""Models on a real MLflow server, read back by plain REST and by MLflow's own loader, command line and server."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import mlflow_python
import pytest

import assay
from assay import tracking as at
from assay.tracking.local import MlflowServer, free_port
from assay.tracking.models import clinical
from assay.tracking.models.folder import content_digest

pytestmark = pytest.mark.mlflow


@pytest.fixture
def mlflow_server(each_mlflow_server: MlflowServer) -> MlflowServer:
    return each_mlflow_server


def fresh(name: str) -> str:
    return f"P2T2.ai_results.{name}_{uuid.uuid4().hex[:8]}"


def log(journal: Path, name: str, model: Any = None, *, experiment: str, **options: Any) -> at.ModelInfo:
    with at.start_run(experiment=experiment, journal=journal) as run:
        return run.log_model(
            model or clinical.SoapGenerator(), "soap_generator", registered_model_name=name, **options
        )


def delivered(journal: Path, server: MlflowServer, **options: Any) -> at.SyncReport:
    report = at.sync(journal, server.url, **options)
    assert report.complete, report.stopped_by
    assert report.problems == []
    return report


def registered(rest: Any, name: str) -> dict[str, Any]:
    return rest.get("registered-models/get", name=name)["registered_model"]


def aliases(rest: Any, name: str) -> dict[str, str]:
    return {each["alias"]: each["version"] for each in registered(rest, name).get("aliases", [])}


def history(rest: Any, name: str, alias: str) -> list[dict[str, Any]]:
    tags = {tag["key"]: tag["value"] for tag in registered(rest, name)["tags"]}
    return json.loads(tags[f"assay.alias.{alias}"])


def versions(rest: Any, name: str) -> list[dict[str, Any]]:
    found = rest.get("model-versions/search", filter=f"name='{name}'", max_results=100)
    return sorted(found.get("model_versions", []), key=lambda version: int(version["version"]))


def tags_of(thing: dict[str, Any]) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in thing.get("tags", [])}


def models_of(rest: Any, run_id: str) -> list[dict[str, Any]]:
    outputs = rest.run(run_id).get("outputs", {}).get("model_outputs", [])
    return [rest.get(f"logged-models/{each['model_id']}")["model"] for each in outputs]


def test_a_model_arrives_once(mlflow_server: MlflowServer, rest: Any, journal: Path) -> None:
    name, experiment = fresh("soap_generator"), f"icu/{uuid.uuid4().hex[:8]}"
    info = log(
        journal,
        name,
        experiment=experiment,
        alias="staging",
        reason="first",
        params={"writer": "template"},
        tags={"team": "icu"},
        metadata={"ward": "é"},
    )
    report = delivered(journal, mlflow_server)
    assert (report.documents, report.set_aside) == (2, [])
    server_run = report.run_ids[info.run_id]
    (model,) = models_of(rest, server_run)
    held = model["info"]
    assert (held["name"], held["status"]) == ("soap_generator", "LOGGED_MODEL_READY")
    assert held["source_run_id"] == server_run
    assert tags_of(held)["assay.model_uuid"] == info.model_uuid
    assert tags_of(held)["assay.digest"] == info.digest
    assert tags_of(held)["team"] == "icu"
    assert [(p["key"], p["value"]) for p in model["data"]["params"]] == [("writer", "template")]
    (version,) = versions(rest, name)
    assert version["status"] == "READY"
    assert (version["source"], version["run_id"]) == (f"models:/{held['model_id']}", server_run)
    assert tags_of(version)["assay.alias.staging.reason"] == "first"
    assert aliases(rest, name) == {"staging": "1"}
    # All acknowledgements lost: nothing is made again.
    again = delivered(journal, mlflow_server, from_scratch=True)
    assert again.documents == 2
    assert len(models_of(rest, server_run)) == 1
    assert len(versions(rest, name)) == 1
    assert len(history(rest, name, "staging")) == 1


def test_a_version_is_made_where_something_changed(
    mlflow_server: MlflowServer, rest: Any, journal: Path
) -> None:
    name, experiment = fresh("soap_generator"), f"icu/{uuid.uuid4().hex[:8]}"
    first = log(journal, name, experiment=experiment, alias="staging", reuse=True)
    second = log(journal, name, experiment=experiment, alias="staging", reuse=True)
    other = log(journal, name, experiment=experiment)
    report = delivered(journal, mlflow_server)
    assert second.digest == first.digest
    assert len(versions(rest, name)) == 1
    made, linked, anew = (
        models_of(rest, report.run_ids[info.run_id])[0]["info"] for info in (first, second, other)
    )
    assert linked["model_id"] == made["model_id"]  # reuse
    assert anew["model_id"] != made["model_id"]  # MLflow's way
    changed = log(journal, name, experiment=experiment, alias="staging", metadata={"n": 2}, reuse=True)
    assert changed.digest != first.digest
    delivered(journal, mlflow_server)
    assert [tags_of(version)["assay.digest"] for version in versions(rest, name)] == [
        first.digest,
        changed.digest,
    ]
    assert aliases(rest, name) == {"staging": "2"}
    # Somebody puts the alias back; the next run with the same content leaves it there.
    at.promote(name, 1, "staging", reason="2 writes too much", journal=journal)
    log(journal, name, experiment=experiment, alias="staging", metadata={"n": 2}, reuse=True)
    delivered(journal, mlflow_server)
    assert len(versions(rest, name)) == 2
    assert aliases(rest, name) == {"staging": "1"}


def test_promotion_and_rollback(mlflow_server: MlflowServer, rest: Any, journal: Path) -> None:
    name, experiment = fresh("soap_generator"), f"icu/{uuid.uuid4().hex[:8]}"
    infos = [log(journal, name, experiment=experiment, metadata={"n": n}) for n in range(3)]
    at.promote(name, infos[0], "production", reason="reviewed by the ward")
    at.promote(name, 2, "production", reason="fewer findings", journal=journal)
    at.promote(name, None, "production", reason="latest", journal=journal)
    at.rollback(name, "production", reason="judge scores fell", journal=journal)
    delivered(journal, mlflow_server)
    assert aliases(rest, name) == {"production": "2"}
    kept = history(rest, name, "production")
    assert [(each["action"], each.get("version"), each["reason"]) for each in kept] == [
        ("promote", 1, "reviewed by the ward"),
        ("promote", 2, "fewer findings"),
        ("promote", 3, "latest"),
        ("rollback", None, "judge scores fell"),
    ]
    assert not any("pending" in each for each in kept)
    assert tags_of(versions(rest, name)[1])["assay.alias.production.reason"] == "judge scores fell"
    delivered(journal, mlflow_server, from_scratch=True)
    assert aliases(rest, name) == {"production": "2"}
    assert len(history(rest, name, "production")) == 4
    at.rollback(name, "production", journal=journal)
    at.rollback(name, "production", journal=journal)  # nothing is left to go back to
    report = delivered(journal, mlflow_server)
    (refused,) = report.set_aside
    assert refused.kind == "model_version"
    assert "no version before" in refused.words
    assert aliases(rest, name) == {"production": "1"}


def test_the_latest_is_what_it_was_when_promote_was_called(
    mlflow_server: MlflowServer, rest: Any, journal: Path, tmp_path: Path
) -> None:
    """Promoted offline; before the journal is delivered, others register versions under the same name."""
    name, experiment = fresh("soap_generator"), f"icu/{uuid.uuid4().hex[:8]}"
    log(journal, name, experiment=experiment, metadata={"n": 1})
    at.promote(name, None, "production", reason="reviewed", journal=journal)
    others = tmp_path / "others"
    log(others, name, experiment=experiment, metadata={"n": 2})
    delivered(others, mlflow_server)
    delivered(journal, mlflow_server)
    log(others, name, experiment=experiment, metadata={"n": 3})
    delivered(others, mlflow_server)
    assert aliases(rest, name) == {"production": "2"}
    # A journal that registers none asks the server, and delivers what it was told.
    third = tmp_path / "third"
    at.set_tracking_uri(mlflow_server.url)
    at.promote(name, None, "staging", reason="the latest", journal=third)
    log(others, name, experiment=experiment, metadata={"n": 4})
    delivered(others, mlflow_server)
    delivered(third, mlflow_server)
    assert aliases(rest, name) == {"production": "2", "staging": "3"}
    assert history(rest, name, "staging")[0]["version"] == 3
    with pytest.raises(assay.ValueError, match="the server has none, either; pass version="):
        at.promote(fresh("nobody"), None, "staging", reason="x", journal=tmp_path / "fourth")


def test_registrations_whose_acknowledgements_are_gone_make_no_versions(
    mlflow_server: MlflowServer, rest: Any, journal: Path
) -> None:
    name, experiment = fresh("soap_generator"), f"icu/{uuid.uuid4().hex[:8]}"
    for n in range(2):
        log(journal, name, experiment=experiment, metadata={"n": n})
    delivered(journal, mlflow_server)
    delivered(journal, mlflow_server, from_scratch=True)
    assert len(versions(rest, name)) == 2


def test_models_come_back(mlflow_server: MlflowServer, rest: Any, journal: Path, tmp_path: Path) -> None:
    name, server = fresh("soap_generator"), {"tracking_uri": mlflow_server.url}
    info = log(journal, name, experiment=f"icu/{uuid.uuid4().hex[:8]}", alias="staging")
    report = delivered(journal, mlflow_server)
    (model,) = models_of(rest, report.run_ids[info.run_id])
    model_id = model["info"]["model_id"]
    places = [f"{name}@staging", f"{name}/1", f"{name}/latest", model_id]
    for number, place in enumerate(places):
        got = at.download_model(f"models:/{place}", tmp_path / str(number), **server)
        assert content_digest(got) == info.digest
        assert json.loads((got / "MLmodel").read_text(encoding="utf-8"))["model_id"] == model_id
    loaded = at.load_model(f"models:/{name}@staging", **server)
    assert isinstance(loaded, clinical.SoapGenerator)
    assert not list(tmp_path.glob("*.part"))
    with pytest.raises(assay.IoError, match="empty folder"):
        at.download_model(f"models:/{name}/1", tmp_path / "0", **server)
    for place in (f"{name}@nobody", f"{name}/9", f"{fresh('nobody')}/latest", "m-" + 32 * "0"):
        with pytest.raises((assay.HttpError, assay.StateError)):
            at.download_model(f"models:/{place}", tmp_path / "none", **server)
    assert not (tmp_path / "none").exists()


def test_what_cannot_be_promoted_is_set_aside(mlflow_server: MlflowServer, journal: Path) -> None:
    at.promote(fresh("nobody"), 1, "staging", reason="x", journal=journal)
    report = at.sync(journal, mlflow_server.url)
    assert report.complete
    (refused,) = report.set_aside
    assert "no registered model" in refused.words


def test_a_model_of_no_run(
    mlflow_server: MlflowServer, rest: Any, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_JOURNAL", str(journal))
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", f"icu/{uuid.uuid4().hex[:8]}")
    name = fresh("judge_evaluator")
    info = at.log_model(clinical.JudgeEvaluator(), "judge_evaluator", registered_model_name=name)
    assert info.run_id == ""
    delivered(journal, mlflow_server)
    (version,) = versions(rest, name)
    model = version["source"].removeprefix("models:/")
    assert rest.get(f"logged-models/{model}")["model"]["info"]["status"] == "LOGGED_MODEL_READY"


@pytest.mark.slow
def test_mlflow_loads_predicts_and_serves_what_arrived(
    mlflow_on_sqlite: MlflowServer, journal: Path, tmp_path: Path
) -> None:
    name = fresh("soap_generator")
    log(journal, name, experiment=f"icu/{uuid.uuid4().hex[:8]}", alias="staging")
    delivered(journal, mlflow_on_sqlite)
    uri = f"models:/{name}@staging"
    expected = clinical.SoapGenerator().predict([clinical.example_patient()]).to_pylist()
    loaded = mlflow_python.run(
        """
        import json, sys, mlflow.pyfunc
        model = mlflow.pyfunc.load_model(sys.argv[1])
        assert model.metadata.model_id == model.model_id and model.model_id.startswith("m-")
        print(json.dumps(model.predict(model.input_example).to_dict("records")))
        """,
        uri,
        uri=mlflow_on_sqlite.url,
    )
    assert loaded == expected

    request = json.dumps(
        {"dataframe_records": [clinical.example_patient(), {"patient_id": "MADE-UP-2", "age": None}]}
    )
    (tmp_path / "input.json").write_text(request, encoding="utf-8")
    environment = mlflow_python.environment(MLFLOW_TRACKING_URI=mlflow_on_sqlite.url)
    files = ["-i", str(tmp_path / "input.json"), "-o", str(tmp_path / "output.json"), "-t", "json"]
    subprocess.run(
        [*mlflow_python.command(), "models", "predict", "-m", uri, "--env-manager", "local", *files],
        env=environment,
        check=True,
        capture_output=True,
        timeout=300,
    )
    predicted = json.loads((tmp_path / "output.json").read_text(encoding="utf-8"))["predictions"]
    assert predicted[0] == expected[0]
    assert "MADE-UP-2" in predicted[1]["markdown"]

    port = str(free_port())
    where = ["--env-manager", "local", "--host", "127.0.0.1", "--port", port]
    with (tmp_path / "serve.log").open("wb") as output:
        server = subprocess.Popen(
            [*mlflow_python.command(), "models", "serve", "-m", uri, *where],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        assert (
            ask(f"http://127.0.0.1:{port}/invocations", request, server, tmp_path / "serve.log")[
                "predictions"
            ]
            == predicted
        )
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def ask(url: str, request: str, server: subprocess.Popen[bytes], log: Path) -> dict[str, Any]:
    """The answer of a server that is starting."""
    message = urllib.request.Request(url, request.encode(), {"Content-Type": "application/json"})
    for _ in range(600):
        assert server.poll() is None, "the model server ended: " + log.read_text(encoding="utf-8")[-2000:]
        try:
            with urllib.request.urlopen(message, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from error
        except OSError:
            time.sleep(0.25)  # it does not listen yet
    raise AssertionError("the model server did not begin to listen")

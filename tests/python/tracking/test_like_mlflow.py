"""MLflow's own fluent interface beside this one: what a program that logs with `import mlflow` would find changed."""

from __future__ import annotations

import inspect
import io
import math
import re
import uuid
from pathlib import Path
from typing import Any

import mlflow_python
import pytest

import assay
from assay import tracking as at
from assay.tracking.local import MlflowServer
from assay.tracking.models import clinical

DOCS = Path(__file__).parents[3] / "docs" / "tracking.md"

_SIGNATURES = """
import inspect, json
import mlflow.tracking.fluent as fluent, mlflow
found = {}
for name in dir(fluent):
    function = getattr(fluent, name)
    if name.startswith("_") or not inspect.isfunction(function) or function.__module__ != fluent.__name__:
        continue
    if getattr(mlflow, name, None) is None:
        continue
    found[name] = [
        [p.name, p.kind.name, None if p.default is p.empty else repr(p.default)]
        for p in inspect.signature(function).parameters.values()
    ]
print(json.dumps(found))
"""


def documented_exceptions(which: str = "not here") -> set[str]:
    """The names in a list of docs/tracking.md."""
    text = DOCS.read_text(encoding="utf-8")
    listed = text.split(f"<!-- {which} -->")[1].split("<!-- end -->")[0]
    return set(re.findall(r"`(\w+)`", listed))


def test_every_logging_function_has_mlflows_signature() -> None:
    theirs: dict[str, list[list[str]]] = mlflow_python.run(_SIGNATURES)
    assert len(theirs) > 50
    missing = documented_exceptions()
    differs = {}
    for name, expected in theirs.items():
        if name in missing:
            assert not hasattr(at, name), f"{name} is there; take it from the list of docs/tracking.md"
            continue
        if not hasattr(at, name):
            differs[name] = "is missing"
            continue
        ours = list(inspect.signature(getattr(at, name)).parameters.values())
        for place, (parameter, kind, default) in enumerate(expected):
            if place >= len(ours) or ours[place].name != parameter:
                differs[name] = f"{parameter} is not at place {place}"
                break
            own = None if ours[place].default is inspect.Parameter.empty else repr(ours[place].default)
            if ours[place].kind.name != kind or (default is not None and own is None):
                differs[name] = f"{parameter}: {ours[place].kind.name} {own}, MLflow's: {kind} {default}"
                break
        else:
            for more in ours[len(expected) :]:
                if more.default is inspect.Parameter.empty:
                    differs[name] = f"needs {more.name}, which MLflow does not have"
    assert differs == {}
    assert missing <= set(theirs)


def test_every_other_name_is_there_or_said_to_be_missing() -> None:
    names = set(mlflow_python.run("import json, mlflow; print(json.dumps(mlflow.__all__))"))
    listed = documented_exceptions() | documented_exceptions("elsewhere")
    assert {name for name in names if not hasattr(at, name)} <= listed
    assert listed <= names | {"run"}


def test_an_experiment_needs_no_server(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_JOURNAL", str(journal))
    assert at.get_experiment_by_name("icu/a") is None
    experiment = at.set_experiment("icu/a")
    assert (experiment.name, experiment.lifecycle_stage) == ("icu/a", "active")
    try:
        with at.start_run() as first:
            assert first.info.experiment == "icu/a"
            assert first.info.experiment_id == experiment.experiment_id
        other = at.create_experiment("icu/b", tags={"ward": "3"})
        with at.start_run(experiment_id=other) as second, at.start_run(nested=True) as child:
            assert (second.info.experiment, child.info.experiment) == ("icu/b", "icu/b")
        with at.start_run(experiment_id="7") as third, at.start_run(nested=True) as child:
            assert (third.info.experiment_id, child.info.experiment_id) == ("7", "7")
        found = at.get_experiment_by_name("icu/b")
        assert found is not None
        assert found.experiment_id == other
        assert at.get_experiment(other).name == "icu/b"
        at.set_experiment(experiment_id=other)
        monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "8")
        with at.start_run() as fourth:
            assert fourth.info.experiment == "icu/b"
        with pytest.raises(assay.ValueError, match="server"):
            at.create_experiment("icu/c", artifact_location="s3://bucket")
    finally:
        at.active._experiment = at.active._experiment_id = None


def test_a_run_is_read_back_from_the_journal(journal: Path) -> None:
    with at.start_run(experiment="icu/a", run_name="night", journal=journal, tags={"a": "1"}) as outer:
        at.log_params({"depth": 3})
        at.log_metric("loss", 0.5, step=2)
        at.log_metric("loss", math.nan, step=1)
        at.log_metric("up", math.inf)
        at.set_tag("gone", "x")
        at.delete_tag("gone")
        at.delete_tag("never there")
        at.set_tag("back", "1")
        at.delete_tag("back")
        at.set_tag("back", "2")
        with at.start_run(nested=True) as inner:
            at.log_metric("loss", 9)
        assert outer.data.metrics == {"loss": 0.5, "up": math.inf}
        assert at.get_run(outer.info.run_id) is outer
    kept = at.get_run(outer.info.run_id)
    assert (kept.info.run_name, kept.info.status) == ("night", "FINISHED")
    assert (kept.info.start_time, kept.info.end_time) == (outer.info.start_time, outer.info.end_time)
    assert kept.data.params == {"depth": "3"}
    assert kept.data.metrics == {"loss": 0.5, "up": math.inf}
    assert kept.data.tags == {"a": "1", "back": "2"}
    parent = at.get_parent_run(inner.info.run_id)
    assert parent is not None
    assert parent.info.run_id == outer.info.run_id
    assert at.get_parent_run(outer.info.run_id) is None
    with pytest.raises(at.MlflowException, match="no server"):
        at.get_run("0" * 32)


def test_a_run_that_is_gone_on_with_has_no_end(journal: Path) -> None:
    with at.start_run(experiment="icu", journal=journal) as first:
        pass
    ended = at.kept_runs.read_run(journal, first.info.run_id)
    assert ended is not None and ended.info.end_time is not None
    with at.start_run(first.info.run_id, journal=journal):
        at.flush()
        kept = at.kept_runs.read_run(journal, first.info.run_id)
        assert kept is not None
        assert (kept.info.status, kept.info.end_time) == ("RUNNING", None)


def test_tables_are_read_back(journal: Path) -> None:
    pytest.importorskip("pandas")
    with at.start_run(experiment="icu/tables", journal=journal) as first:
        at.log_param("depth", 3)
        at.log_table({"patient": ["made up"], "score": [1.5]}, "scores.json")
        at.log_table({"patient": ["made up, too"], "score": [None]}, "scores.json")
        own = at.load_table("scores.json")
    with at.start_run(experiment="icu/tables", journal=journal):
        at.log_text("no table", "a.txt")
    assert list(own["patient"]) == ["made up", "made up, too"]
    frame = at.load_table("scores.json", [first.info.run_id], extra_columns=["run_id", "params.depth"])
    assert set(frame["run_id"]) == {first.info.run_id}
    assert set(frame["params.depth"]) == {"3"}
    with pytest.raises(assay.ValueError, match="none"):
        at.load_table("other.json", [first.info.run_id])
    with pytest.raises(assay.ValueError, match="of its own"):
        at.load_table("scores.json", [first.info.run_id], ["score"])


def test_streams_and_what_is_returned(journal: Path) -> None:
    with at.start_run(journal=journal) as run:
        at.log_stream(io.BytesIO(b"made up" * 1000), "raw/a.bin")
        assert at.get_artifact_uri("raw") == f"runs:/{run.info.run_id}/raw"
        assert at.get_artifact_uri() == run.info.artifact_uri
        for operation in (
            at.log_metric("a", 1, synchronous=False), at.log_metrics({"a": 1}, synchronous=False),
            at.log_params({"p": 1}, synchronous=False), at.set_tag("t", 1, synchronous=False),
            at.set_tags({"t": 1}, synchronous=False),
        ):  # fmt: skip
            assert operation is not None
            operation.wait()
        assert at.log_metric("a", 1) is None
        with pytest.raises(assay.ValueError, match="models"):
            at.log_input({"x": [1]}, model=object())
    kept = at.kept_runs.read_run(journal, run.info.run_id)
    assert kept is not None
    assert (journal / "artifacts" / kept.artifacts["raw/a.bin"]).read_bytes() == b"made up" * 1000
    with pytest.warns(UserWarning, match="logs nothing by itself"):
        at.autolog()
    at.autolog(disable=True)


@pytest.mark.mlflow
def test_what_is_new_arrives(
    mlflow_server: MlflowServer, rest: Any, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"like-mlflow/{uuid.uuid4().hex[:8]}"
    with at.start_run(experiment=name, journal=journal) as run:
        for key in ("gone", "back"):
            at.set_tag(key, "1")
            at.delete_tag(key)
        at.set_tag("back", "2")
        at.delete_tag("never there")
        at.set_experiment_tags({"ward": "3", "note": "é"})
        at.log_stream(io.BytesIO(b"made up"), "raw/a.bin")
    report = at.sync(journal, mlflow_server.url)
    assert (report.complete, report.problems, list(report.set_aside)) == (True, [], [])
    assert report.verified is not None
    assert report.verified.differences == []
    server_run = report.run_ids[run.info.run_id]
    tags = rest.tags(server_run)
    assert "gone" not in tags
    assert tags["back"] == "2"
    found = rest.get("experiments/get-by-name", experiment_name=name)["experiment"]
    assert {tag["key"]: tag["value"] for tag in found["tags"]} == {"ward": "3", "note": "é"}
    with at.start_run(run.info.run_id, journal=journal):
        at.delete_tag("back")  # set by another segment, which was delivered
    assert at.sync(journal, mlflow_server.url).complete
    assert "back" not in rest.tags(server_run)
    again = at.sync(journal, mlflow_server.url, from_scratch=True)
    assert (again.complete, again.problems, list(again.set_aside)) == (True, [], [])
    assert "back" not in rest.tags(server_run)

    at.set_tracking_uri(mlflow_server.url)
    place = Path(at.download_artifacts(f"runs:/{run.info.run_id}/raw/a.bin"))
    assert place.read_bytes() == b"made up"
    assert at.get_run(server_run).data.tags["assay.run_uuid"] == run.info.run_id
    at.delete_run(run.info.run_id)
    assert rest.run(server_run)["info"]["lifecycle_stage"] == "deleted"
    at.restore_run(run.info.run_id)
    [searched] = at.search_runs([run.info.experiment_id, "name:not there"], output_format="list")
    assert searched.info.run_id == server_run
    experiment = at.get_experiment(run.info.experiment_id)
    assert experiment.experiment_id == found["experiment_id"]
    with pytest.raises(at.MlflowException):
        at.create_experiment(name)

    # An experiment known by the server's id alone.
    monkeypatch.setenv("ASSAY_JOURNAL", str(journal))
    at.set_experiment(experiment_id=found["experiment_id"])
    at.set_experiment_tag("phase", "locked")
    assert at.sync(journal, mlflow_server.url).complete

    def tags_there() -> dict[str, str]:
        there = rest.get("experiments/get", experiment_id=found["experiment_id"])["experiment"]
        return {tag["key"]: tag["value"] for tag in there.get("tags", [])}

    assert tags_there() == {"ward": "3", "note": "é", "phase": "locked"}
    at.delete_experiment_tag("phase")
    with at.start_run(journal=journal):
        at.delete_experiment_tag("ward")
    assert tags_there() == {"note": "é"}


@pytest.mark.mlflow
def test_metrics_of_a_model(mlflow_server: MlflowServer, rest: Any, journal: Path) -> None:
    name = f"like-mlflow/{uuid.uuid4().hex[:8]}"
    dataset = at.Dataset.describe({"x": [1.0, 2.0]}, name="made up")
    with at.start_run(experiment=name, journal=journal) as trained:
        model = at.log_model(clinical.JudgeEvaluator(), "judge_evaluator")
        at.log_metric("auc", 0.9, 3, model_id=model.model_id, dataset=dataset, timestamp=1_700_000_000_000)
    with at.start_run(experiment=f"{name}-judged", journal=journal) as judged:
        at.log_metrics({"auc": 0.8, "bad": math.nan}, model_id=model.model_id, dataset=dataset)
        at.log_metric("other", 1.0, dataset=dataset)
    report = at.sync(journal, mlflow_server.url)
    assert (report.complete, report.problems, list(report.set_aside)) == (True, [], [])
    assert report.verified is not None
    assert report.verified.differences == []
    runs = {local: rest.run(server) for local, server in report.run_ids.items()}
    [made] = runs[trained.info.run_id]["outputs"]["model_outputs"]
    assert "model_inputs" not in runs[trained.info.run_id]["inputs"]
    [read] = runs[judged.info.run_id]["inputs"]["model_inputs"]
    assert read["model_id"] == made["model_id"]
    held = rest.get(f"logged-models/{made['model_id']}")["model"]["data"]["metrics"]
    points = {(one["run_id"], one["key"]): one for one in held}
    first = points[report.run_ids[trained.info.run_id], "auc"]
    assert (first["value"], first["step"], first["timestamp"]) == (0.9, 3, 1_700_000_000_000)
    assert (first["dataset_name"], first["dataset_digest"]) == (dataset.name, dataset.digest)
    assert points[report.run_ids[judged.info.run_id], "auc"]["value"] == 0.8
    assert len(rest.history(report.run_ids[trained.info.run_id], "auc")) == 1
    for server in report.run_ids.values():
        [noted] = rest.run(server)["inputs"]["dataset_inputs"]
        assert noted["dataset"]["digest"] == dataset.digest
    again = at.sync(journal, mlflow_server.url, from_scratch=True)
    assert (again.complete, again.problems, list(again.set_aside)) == (True, [], [])
    assert len(rest.history(report.run_ids[trained.info.run_id], "auc")) == 1

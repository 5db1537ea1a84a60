"""The client against a real server, and beside mlflow's own client on the same server."""

from __future__ import annotations

import math
import pickle
import uuid
from typing import Any

import mlflow_python
import pytest

import assay
from assay.tracking import MlflowClient, ViewType, iter_runs, search_runs
from assay.tracking.local import MlflowServer


@pytest.fixture(scope="module")
def client(mlflow_server: MlflowServer) -> MlflowClient:
    return MlflowClient(mlflow_server.url)


def unique(name: str) -> str:
    return f"{name}-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def experiment(client: MlflowClient) -> str:
    """An experiment with 25 made-up runs: params, metrics with a NaN, tags, one run deleted."""
    experiment_id = client.create_experiment(unique("rest/made-up"), tags={"team": "icu"})
    for i in range(25):
        run = client.create_run(experiment_id, start_time=1_700_000_000_000 + i, run_name=f"run {i}")
        metrics = [at_metric("auc", i / 25, 5), at_metric("loss", math.nan if i == 3 else -i / 10, 5)]
        tags = {"fold": i % 5} if i % 2 else {}
        client.log_batch(run.info.run_id, metrics if i else [], {"depth": i}, tags)
        client.set_terminated(run.info.run_id, end_time=1_700_000_100_000 + i)
        if i == 24:
            client.delete_run(run.info.run_id)
    return experiment_id


def at_metric(key: str, value: float, timestamp: int, step: int = 0) -> Any:
    from assay._core.tracking import Metric

    return Metric(key, value, timestamp, step)


def test_experiments(client: MlflowClient) -> None:
    name = unique("rest/experiment")
    experiment_id = client.create_experiment(name, tags={"a": 1})
    found = client.get_experiment_by_name(name)
    assert found is not None
    assert (found.experiment_id, found.name, found.tags, found.lifecycle_stage) == (
        experiment_id,
        name,
        {"a": "1"},
        "active",
    )
    assert found.creation_time > 1_700_000_000_000
    assert found == client.get_experiment(experiment_id)
    assert name in repr(found)
    assert pickle.loads(pickle.dumps(found)) == found
    with pytest.raises(assay.ResourceAlreadyExists) as refused:
        client.create_experiment(name)
    assert refused.value.error_code == "RESOURCE_ALREADY_EXISTS"
    assert refused.value.status == 400
    client.rename_experiment(experiment_id, name + "b")
    client.set_experiment_tag(experiment_id, "k", "v")
    client.delete_experiment_tag(experiment_id, "a")
    assert client.get_experiment(experiment_id).tags == {"k": "v"}
    client.delete_experiment(experiment_id)
    deleted = client.search_experiments(ViewType.DELETED_ONLY, filter_string=f"name = '{name}b'")
    assert [e.experiment_id for e in deleted] == [experiment_id]
    client.restore_experiment(experiment_id)
    assert [e.name for e in client.search_experiments(filter_string=f"name = '{name}b'")] == [name + "b"]
    assert client.get_experiment_by_name("no such experiment") is None
    with pytest.raises(assay.ResourceDoesNotExist):
        client.get_experiment("999999999")


def test_runs(client: MlflowClient) -> None:
    experiment_id = client.create_experiment(unique("rest/runs"))
    run = client.create_run(experiment_id, tags={"mlflow.user": "nobody", "a": "b"}, run_name="one")
    run_id = run.info.run_id
    assert (run.info.status, run.info.run_name, run.info.end_time) == ("RUNNING", "one", None)
    client.log_metric(run_id, "loss", 0.5, timestamp=7, step=1)
    client.log_metric(run_id, "loss", 0.25, timestamp=8, step=2)
    assert client.log_param(run_id, "depth", 3) == 3
    client.set_tag(run_id, "t", 1)
    client.delete_tag(run_id, "a")
    held = client.get_run(run_id)
    assert held.data.metrics == {"loss": 0.25}
    assert held.data.params == {"depth": "3"}
    assert held.data.tags["t"] == "1"
    assert "a" not in held.data.tags
    assert [(p.value, p.timestamp, p.step) for p in client.get_metric_history(run_id, "loss")] == [
        (0.5, 7, 1),
        (0.25, 8, 2),
    ]
    with pytest.raises(assay.InvalidParameter) as refused:
        client.log_param(run_id, "depth", 4)
    assert "depth" in refused.value.server_words  # the server's own words stand apart,
    assert "depth" not in str(refused.value)  # for they may quote what was logged
    assert isinstance(refused.value, ValueError)
    child = client.create_run(experiment_id, tags={"mlflow.parentRunId": run_id})
    assert client.get_parent_run(child.info.run_id) == client.get_run(run_id)
    assert client.get_parent_run(run_id) is None
    client.update_run(run_id, status="FAILED", name="two")
    client.set_terminated(child.info.run_id, "KILLED", end_time=9)
    assert client.get_run(child.info.run_id).info.end_time == 9
    client.delete_run(run_id)
    assert client.get_run(run_id).info.lifecycle_stage == "deleted"
    client.restore_run(run_id)
    info = client.get_run(run_id).info
    assert (info.status, info.run_name, info.lifecycle_stage) == ("FAILED", "two", "active")
    assert client.list_artifacts(run_id) == []
    assert pickle.loads(pickle.dumps(held)) == held
    with pytest.raises(assay.ResourceDoesNotExist):
        client.get_run("0" * 32)


def test_batches_larger_than_mlflow_takes(client: MlflowClient) -> None:
    run_id = client.create_run(client.create_experiment(unique("rest/batch"))).info.run_id
    client.log_batch(
        run_id,
        [at_metric("m", i, i, i) for i in range(2500)],
        {f"p{i}": i for i in range(250)},
        {f"t{i}": i for i in range(150)},
    )
    assert len(client.get_metric_history(run_id, "m")) == 2500
    data = client.get_run(run_id).data
    assert len(data.params) == 250
    assert data.tags["t149"] == "149"


def test_pages(client: MlflowClient, experiment: str) -> None:
    first = client.search_runs([experiment], max_results=10, order_by=["start_time"])
    assert len(first) == 10
    second = client.search_runs(
        [experiment], max_results=100, order_by=["start_time"], page_token=first.token
    )
    assert [r.info.run_name for r in first + second] == [f"run {i}" for i in range(24)]
    assert second.token is None
    names = [r.info.run_name for r in client.iter_runs([experiment], order_by=["start_time"], page_size=7)]
    assert names == [f"run {i}" for i in range(24)]
    assert len(client.search_runs([experiment], "params.depth = '3'")) == 1
    assert len(client.search_runs([experiment], run_view_type="DELETED_ONLY")) == 1
    assert len(client.search_runs([experiment], run_view_type=ViewType.ALL)) == 25
    with pytest.raises(assay.InvalidParameter):
        client.search_runs([experiment], "not a filter")
    with pytest.raises(ValueError, match="ACTIVE_ONLY"):
        client.search_runs([experiment], run_view_type=7)


def test_the_table_of_runs(client: MlflowClient, experiment: str, mlflow_server: MlflowServer) -> None:
    table = search_runs([experiment], order_by=["start_time"], tracking_uri=mlflow_server.url, page_size=7)
    assert table.shape[0] == 24
    assert table.column_names[:6] == [
        "run_id",
        "experiment_id",
        "status",
        "artifact_uri",
        "start_time",
        "end_time",
    ]
    assert table["metrics.auc"].to_pylist()[:2] == [None, 1 / 25]
    assert math.isnan(table["metrics.loss"].to_pylist()[3])
    assert table["params.depth"].to_pylist() == [str(i) for i in range(24)]
    assert table["tags.fold"].to_pylist()[:3] == [None, "1", None]
    assert table["tags.mlflow.runName"].to_pylist()[23] == "run 23"
    assert table["end_time"].to_pylist()[0].timestamp() == 1_700_000_100
    few = search_runs([experiment], max_results=5, tracking_uri=mlflow_server.url)
    assert few.shape[0] == 5
    assert len(search_runs([experiment], output_format="list", tracking_uri=mlflow_server.url)) == 24
    nowhere = search_runs(experiment_names=["no such experiment"], tracking_uri=mlflow_server.url)
    assert nowhere.shape == (0, 6)
    assert len(list(iter_runs([experiment], tracking_uri=mlflow_server.url))) == 24


def test_the_table_is_mlflows(experiment: str, mlflow_server: MlflowServer) -> None:
    script = """
    import json, sys, mlflow
    frame = mlflow.search_runs([sys.argv[1]], order_by=["start_time"])
    frame["start_time"] = frame["start_time"].astype("int64"); frame["end_time"] = frame["end_time"].astype("int64")
    frame = frame.astype(object).where(frame.notna(), None)
    print(json.dumps({"columns": list(frame.columns), "rows": frame.to_dict("list")}))
    """
    theirs = mlflow_python.run(script, experiment, uri=mlflow_server.url)
    ours = search_runs([experiment], order_by=["start_time"], tracking_uri=mlflow_server.url)
    assert sorted(ours.column_names) == sorted(theirs["columns"])
    for name in ours.column_names:
        if name.endswith("_time"):
            continue  # pandas' unit differs by version; compared below
        values = [None if v is None or v != v else v for v in ours[name].to_pylist()]
        assert values == theirs["rows"][name], name
    starts = [int(t.timestamp() * 1000) for t in ours["start_time"].to_pylist()]
    scale = theirs["rows"]["start_time"][0] // starts[0]
    assert [value // scale for value in theirs["rows"]["start_time"]] == starts


def test_inputs_and_outputs(client: MlflowClient) -> None:
    experiment_id = client.create_experiment(unique("rest/models"))
    run_id = client.create_run(experiment_id).info.run_id
    model = client.create_logged_model(
        experiment_id, "forest", run_id, tags={"a": 1}, params={"depth": 3}, model_type="tree"
    )
    assert (model.status, model.params, model.tags) == ("PENDING", {"depth": "3"}, {"a": "1"})
    client.log_outputs(run_id, [(model.model_id, 2)])
    client.log_inputs(run_id, models=[model.model_id])
    run = client.get_run(run_id)
    assert [(o.model_id, o.step) for o in run.model_outputs] == [(model.model_id, 2)]
    assert [i.model_id for i in run.model_inputs] == [model.model_id]
    assert client.finalize_logged_model(model.model_id).status == "READY"
    client.set_logged_model_tags(model.model_id, {"b": 2})
    client.delete_logged_model_tag(model.model_id, "a")
    client.log_model_params(model.model_id, {"trees": 7})
    held = client.get_logged_model(model.model_id)
    assert (held.tags, held.params) == ({"b": "2"}, {"depth": "3", "trees": "7"})
    assert held.source_run_id == run_id
    assert client.list_logged_model_artifacts(model.model_id) == []
    for i in range(3):
        client.create_logged_model(experiment_id, f"m{i}")
    orders = [{"field_name": "creation_timestamp", "ascending": False}]
    names = [m.name for m in client.search_logged_models([experiment_id], order_by=orders)]
    assert names == ["m2", "m1", "m0", "forest"]
    only = client.search_logged_models([experiment_id], filter_string="params.depth = '3'")
    assert [m.model_id for m in only] == [model.model_id]
    client.delete_logged_model(model.model_id)
    with pytest.raises(assay.ResourceDoesNotExist):
        client.get_logged_model(model.model_id)


def test_registry(client: MlflowClient) -> None:
    name = unique("P2T2.ai_results.made_up")
    made = client.create_registered_model(name, tags={"team": "icu"}, description="made up")
    assert (made.name, made.tags, made.description, made.aliases) == (name, {"team": "icu"}, "made up", {})
    with pytest.raises(assay.ResourceAlreadyExists):
        client.create_registered_model(name)
    run = client.create_run(client.create_experiment(unique("rest/registry")))
    for i in (1, 2):
        version = client.create_model_version(
            name, f"{run.info.artifact_uri}/model", run.info.run_id, tags={"n": i}, description=f"version {i}"
        )
        assert (version.version, version.status, version.tags) == (str(i), "READY", {"n": str(i)})
    client.set_registered_model_alias(name, "staging", 1)
    client.set_registered_model_alias(name, "staging", "2")
    staging = client.get_model_version_by_alias(name, "staging")
    assert (staging.version, staging.aliases) == ("2", ["staging"])
    assert client.get_registered_model(name).aliases == {"staging": "2"}
    assert client.update_model_version(name, 1, "else").description == "else"
    client.set_model_version_tag(name, 1, "k", "v")
    client.delete_model_version_tag(name, 1, "n")
    assert client.get_model_version(name, "1").tags == {"k": "v"}
    assert client.get_model_version_download_uri(name, 1).endswith("/model")
    found = client.search_model_versions(f"name = '{name}'", order_by=["version_number DESC"])
    assert [v.version for v in found] == ["2", "1"]
    assert [m.name for m in client.search_registered_models(f"name = '{name}'")] == [name]
    assert [v.version for v in client.get_latest_versions(name)] == ["2"]
    assert client.transition_model_version_stage(name, 1, "Archived").current_stage == "Archived"
    client.set_registered_model_tag(name, "x", "y")
    client.delete_registered_model_tag(name, "team")
    assert client.update_registered_model(name, "new").tags == {"x": "y"}
    client.delete_registered_model_alias(name, "staging")
    with pytest.raises(assay.InvalidParameter):  # the server's word for an alias that is not there
        client.get_model_version_by_alias(name, "staging")
    client.delete_model_version(name, 2)
    renamed = client.rename_registered_model(name, name + "b")
    assert renamed.name == name + "b"
    client.delete_registered_model(name + "b")
    with pytest.raises(assay.ResourceDoesNotExist):
        client.get_registered_model(name + "b")


@pytest.fixture
def trace(client: MlflowClient, mlflow_server: MlflowServer) -> tuple[str, str]:
    """Experiment and trace of MLflow's own making."""
    experiment_id = client.create_experiment(unique("rest/traces"))
    script = """
    import json, sys, mlflow
    mlflow.set_experiment(experiment_id=sys.argv[1])
    with mlflow.start_span("answer") as span:
        span.set_inputs({"question": "made up"})
        span.set_outputs("made up, too")
    mlflow.flush_trace_async_logging()
    print(json.dumps(span.trace_id))
    """
    return experiment_id, mlflow_python.run(script, experiment_id, uri=mlflow_server.url)


def test_traces_and_assessments(
    client: MlflowClient, trace: tuple[str, str], mlflow_server: MlflowServer
) -> None:
    experiment_id, trace_id = trace
    info = client.get_trace_info(trace_id)
    assert (info.trace_id, info.experiment_id, info.state) == (trace_id, experiment_id, "OK")
    assert [t.trace_id for t in client.search_traces([experiment_id])] == [trace_id]
    assert client.search_traces([experiment_id], "trace.status = 'ERROR'") == []
    client.set_trace_tag(trace_id, "user", "nobody")
    assert client.get_trace_info(trace_id).tags["user"] == "nobody"
    client.delete_trace_tag(trace_id, "user")
    assert "user" not in client.get_trace_info(trace_id).tags
    score = client.log_feedback(trace_id, "score", 4.5, rationale="short", metadata={"a": 1})
    flag = client.log_feedback(trace_id, "helpful", {"yes": True, "why": ["a"]})
    right = client.log_expectation(trace_id, "facts", ["one", 2])
    assert (score.value, score.rationale, score.metadata["a"]) == (4.5, "short", "1")
    assert flag.value == {"yes": True, "why": ["a"]}
    assert (right.kind, right.value, right.source.source_type) == ("expectation", ["one", 2], "HUMAN")
    changed = client.update_assessment(trace_id, score.assessment_id, name="grade", feedback=3, rationale="")
    assert (changed.name, changed.value) == ("grade", 3)
    assert client.get_assessment(trace_id, score.assessment_id) == changed
    again = client.log_assessment(trace_id, changed)
    assert (again.name, again.value) == ("grade", 3)
    assert again.assessment_id != changed.assessment_id
    client.delete_assessment(trace_id, again.assessment_id)
    script = """
    import json, sys, mlflow
    trace = mlflow.get_trace(sys.argv[1])
    print(json.dumps(sorted([a.name, a.value] for a in trace.info.assessments)))
    """
    theirs = mlflow_python.run(script, trace_id, uri=mlflow_server.url)
    assert theirs == [["facts", ["one", 2]], ["grade", 3], ["helpful", {"why": ["a"], "yes": True}]]
    assert sorted(a.name for a in client.get_trace_info(trace_id).assessments) == [row[0] for row in theirs]
    run = client.create_run(experiment_id)
    client.link_traces_to_run([trace_id], run.info.run_id)
    with pytest.raises(ValueError, match="either"):
        client.delete_traces(experiment_id)
    assert client.delete_traces(experiment_id, trace_ids=["tr-none"]) == 0
    assert client.delete_traces(experiment_id, max_timestamp_millis=info.request_time + 1) == 1
    with pytest.raises(assay.ResourceDoesNotExist):
        client.get_trace_info(trace_id)


def test_prompts(client: MlflowClient, mlflow_server: MlflowServer) -> None:
    name = unique("made-up-prompt")
    first = client.register_prompt(
        name, "Explain {{ finding }} to a {{age}}-year-old.", "first", {"team": "icu"}
    )
    assert (first.version, first.variables, first.tags) == (1, {"finding", "age"}, {"team": "icu"})
    assert first.format(finding="it", age=9) == "Explain it to a 9-year-old."
    with pytest.raises(assay.ValueError, match="age"):
        first.format(finding="it")
    chat = client.register_prompt(
        name, [{"role": "user", "content": "Hi {{who}}"}], response_format={"type": "object"}
    )
    assert (chat.version, chat.is_text_prompt) == (2, False)
    assert chat.format(who="you") == [{"role": "user", "content": "Hi you"}]
    client.set_prompt_alias(name, "production", 1)
    loaded = client.load_prompt(f"prompts:/{name}@production")
    assert loaded is not None
    assert (loaded.template, loaded.aliases) == (first.template, ["production"])
    assert client.load_prompt(name).version == 2  # type: ignore[union-attr]
    assert client.load_prompt(f"prompts:/{name}/1") == loaded
    assert client.load_prompt(name, "nobody", allow_missing=True) is None
    assert [v.version for v in client.search_prompt_versions(name)] == [2, 1]
    assert name in [p.name for p in client.search_prompts()]
    script = """
    import json, sys, mlflow
    mlflow.set_experiment("prompts")
    text = mlflow.genai.load_prompt(f"prompts:/{sys.argv[1]}@production")
    chat = mlflow.genai.load_prompt(sys.argv[1], 2)
    mine = mlflow.genai.register_prompt(sys.argv[1], "Mine {{x}}", commit_message="theirs", tags={"k": "v"})
    print(json.dumps([text.template, text.commit_message, chat.template, chat.response_format, mine.version]))
    """
    theirs = mlflow_python.run(script, name, uri=mlflow_server.url)
    assert theirs == [first.template, "first", chat.template, {"type": "object"}, 3]
    third = client.load_prompt(name, 3)
    assert third is not None
    assert (third.template, third.commit_message, third.tags) == ("Mine {{x}}", "theirs", {"k": "v"})
    model = unique("model")
    client.create_registered_model(model)
    with pytest.raises(assay.StateError, match="registered model"):
        client.register_prompt(model, "text")
    assert client.get_prompt(model) is None
    client.delete_prompt_alias(name, "production")
    client.delete_prompt(name)
    assert client.get_prompt(name) is None


def test_no_server_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(assay.ValueError, match="MLFLOW_TRACKING_URI"):
        MlflowClient()


def test_errors_are_pickled_with_what_the_server_said(client: MlflowClient) -> None:
    with pytest.raises(assay.MlflowError) as refused:
        client.get_run("0" * 32)
    error = pickle.loads(pickle.dumps(refused.value))
    assert type(error) is assay.ResourceDoesNotExist
    assert isinstance(error, LookupError)
    assert (error.status, error.error_code, error.transient) == (404, "RESOURCE_DOES_NOT_EXIST", False)
    assert error.server_words == refused.value.server_words != ""

"""Names and aliases that a registry has not: said in one sentence, with what it has, on a real MLflow server."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import assay.tracking as at
from assay import HttpError
from assay.cli import main_group
from assay.pipelines.job import is_bad_input
from assay.serving import source_of
from assay.tracking.local import MlflowServer


def history(*options: str) -> Result:
    command = ["models", "history", *options]
    return CliRunner().invoke(main_group, command, env={"MLFLOW_TRACKING_URI": None})


def refused(*options: str) -> str:
    result = history(*options)
    assert result.exception is not None and is_bad_input(result.exception)  # the command ends with 2
    return str(result.exception)


@pytest.mark.mlflow
def test_what_a_registry_has_not(mlflow_server: MlflowServer, tmp_path: Path) -> None:
    client, name = at.MlflowClient(mlflow_server.url), f"made_up_{uuid.uuid4().hex[:8]}"
    client.create_registered_model(name)
    tracking = ("--tracking", mlflow_server.url)
    assert history(name, "--alias", "prod", *tracking).output.endswith(
        f": no change is noted; {name} has no alias 'prod' (it has none)\n"
    )
    assert refused(f"{name}.x", *tracking) == f"no registered model '{name}.x'"
    version = client.create_model_version(name, source="s3://made-up/model").version
    for alias in ("staging", "production"):
        client.set_registered_model_alias(name, alias, version)
    said = f"{name} has no alias 'prod' (it has: production, staging)"
    assert said in history(name, "--alias", "prod", *tracking).output
    with pytest.raises(HttpError, match="it has: production, staging"):
        source_of(f"models:/{name}@prod", tracking_uri=mlflow_server.url, cache=tmp_path).newest()
    with pytest.raises(HttpError, match=f"no registered model '{name}.x'"):
        source_of(f"models:/{name}.x@prod", tracking_uri=mlflow_server.url, cache=tmp_path).newest()
    known = source_of(f"models:/{name}@production", tracking_uri=mlflow_server.url, cache=tmp_path)
    assert known.newest().startswith(f"{version}-")
    assert history(name, *tracking).output == f"{name}@production: no change is noted\n"


def test_a_server_that_is_away_is_named_without_its_password(tmp_path: Path) -> None:
    away = "http://ward:secret@127.0.0.1:9"
    said = "the MLflow server at http://127.0.0.1:9 does not answer"  # at once: it waited for no 5 s
    assert refused("made_up", "--tracking", away) == said
    with pytest.raises(HttpError) as away_too:
        source_of("models:/made_up@prod", tracking_uri=away, cache=tmp_path).newest()
    assert str(away_too.value) == said


def test_without_a_server_the_option_is_named() -> None:
    assert "pass --tracking or set MLFLOW_TRACKING_URI" in refused("made_up")

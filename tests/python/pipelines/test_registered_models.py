"""The models that the clinical pipeline registers, on a real MLflow server."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import pytest

from assay.pipelines import clinical
from assay.tracking.local import MlflowServer

pytestmark = pytest.mark.mlflow


def ask(server: MlflowServer, path: str, **query: str) -> dict[str, Any]:
    url = f"{server.url}/api/2.0/mlflow/{path}?{urllib.parse.urlencode(query)}"
    with urllib.request.urlopen(url, timeout=60) as answer:
        return json.load(answer)


def test_versions_stay_while_nothing_changes(
    mlflow_server: MlflowServer, example: Path, tmp_path: Path
) -> None:
    catalog = f"P2T2_{uuid.uuid4().hex[:8]}"
    for _ in range(2):
        done = clinical.run(example, tmp_path, catalog=catalog, tracking=mlflow_server.url)
        assert not done.undelivered, done.step("track").reason
    for name in ("soap_generator", "judge_evaluator"):
        registered = f"{catalog}.ai_results.{name}"
        model = ask(mlflow_server, "registered-models/get", name=registered)["registered_model"]
        assert [(each["alias"], each["version"]) for each in model["aliases"]] == [("staging", "1")]
        found = ask(mlflow_server, "model-versions/search", filter=f"name='{registered}'")["model_versions"]
        (version,) = found
        run = ask(mlflow_server, "runs/get", run_id=version["run_id"])["run"]
        assert run["info"]["run_name"] == "clinical_models"
        experiment = ask(mlflow_server, "experiments/get", experiment_id=run["info"]["experiment_id"])
        assert experiment["experiment"]["name"] == "assay/Model_Registry"
        # The second run links the model that the first one made.
        assert len(run["outputs"]["model_outputs"]) == 2

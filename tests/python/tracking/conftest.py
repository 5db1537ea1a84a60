"""MLflow's REST interface by the standard library alone: an independent look at what was delivered."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assay import tracking
from assay.tracking.local import MlflowServer


class Rest:
    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        url = f"{self.url}/api/2.0/mlflow/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=60) as answer:
            return json.load(answer)

    def post(self, path: str, fields: dict[str, Any]) -> dict[str, Any]:
        url = f"{self.url}/api/2.0/mlflow/{path}"
        request = urllib.request.Request(
            url, json.dumps(fields).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def run(self, run_id: str) -> dict[str, Any]:
        return self.get("runs/get", run_id=run_id)["run"]

    def tags(self, run_id: str) -> dict[str, str]:
        return {tag["key"]: tag["value"] for tag in self.run(run_id)["data"]["tags"]}

    def history(self, run_id: str, key: str) -> list[dict[str, Any]]:
        return self.get("metrics/get-history", run_id=run_id, metric_key=key, max_results=25000).get(
            "metrics", []
        )

    def artifact(self, run_id: str, path: str) -> bytes:
        root = self.run(run_id)["info"]["artifact_uri"].removeprefix("mlflow-artifacts:/")
        url = f"{self.url}/api/2.0/mlflow-artifacts/artifacts/{root}/{urllib.parse.quote(path)}"
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.read()

    def runs_of(self, experiment: str) -> list[dict[str, Any]]:
        found = self.get("experiments/get-by-name", experiment_name=experiment)["experiment"]["experiment_id"]
        body = json.dumps({"experiment_ids": [found], "max_results": 1000}).encode()
        request = urllib.request.Request(
            f"{self.url}/api/2.0/mlflow/runs/search", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer).get("runs", [])


@pytest.fixture
def rest(mlflow_server: MlflowServer) -> Rest:
    return Rest(mlflow_server.url)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture(autouse=True)
def no_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No server is set unless a test sets one, and no run stays active after a test."""
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME", "ASSAY_JOURNAL"):
        monkeypatch.delenv(name, raising=False)
    tracking.set_tracking_uri(None)
    yield
    tracking.set_tracking_uri(None)
    while (run := tracking.active_run()) is not None:
        with run:
            pass

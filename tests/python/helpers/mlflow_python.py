"""The Python that has both MLflow and this Assay, in a process of its own."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

import assay


def command() -> list[str]:
    """MLflow's command line with its environment's Python, or a skip that says what is missing."""
    found = _environment()
    if isinstance(found, str):
        pytest.skip(found)
    return [found[0], "-m", "mlflow"]


def environment(**extra: str) -> dict[str, str]:
    found = _environment()
    assert not isinstance(found, str)
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"}
    path = f"{Path(found[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"  # mlflow models serve calls uvicorn
    return {**os.environ, **found[1], **quiet, "PATH": path, **extra}


def run(script: str, *arguments: str, uri: str = "") -> Any:
    """Runs a script there; it prints one JSON value last, which is returned."""
    python = command()[0]
    env = environment(**({"MLFLOW_TRACKING_URI": uri} if uri else {}))
    done = subprocess.run(
        [python, "-W", "ignore", "-c", textwrap.dedent(script), *arguments],
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


@functools.cache
def _environment() -> tuple[str, dict[str, str]] | str:
    from assay.tracking.local import find_mlflow

    mlflow = find_mlflow()
    if mlflow is None:
        return "MLflow is not installed; pip install 'mlflow>=3.1,<4' or set ASSAY_MLFLOW"
    python = mlflow[0] if "python" in Path(mlflow[0]).name else str(Path(mlflow[0]).with_name("python"))
    home = Path(assay.__file__).parent.parent
    ways: list[dict[str, str]] = [{}]
    if home.name != "site-packages":  # of another environment, whose packages must not mix with MLflow's
        ways.append({"PYTHONPATH": str(home)})
    for way in ways:
        probe = [python, "-c", "import assay._core, pandas; print(assay.__file__)"]
        done = subprocess.run(
            probe, env={**os.environ, **way}, capture_output=True, text=True, cwd=sys.prefix
        )
        if done.returncode == 0 and Path(done.stdout.strip()) == Path(assay.__file__):
            return python, way
    return f"the Python of {mlflow[0]} cannot import this Assay: install the wheel beside MLflow"

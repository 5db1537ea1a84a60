"""Fixtures shared by the Python tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from assay.tracking.local import MlflowServer


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    """A real MLflow server on SQLite, started once."""
    from assay.tracking.local import MlflowServer, find_mlflow

    if find_mlflow() is None:
        pytest.skip("MLflow is not installed; pip install 'assay-sdk[mlflow]' or set ASSAY_MLFLOW")
    with MlflowServer(tmp_path_factory.mktemp("mlflow"), timeout=300) as server:
        yield server

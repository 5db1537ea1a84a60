"""Fixtures shared by the Python tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from assay.tracking.local import MlflowServer


@pytest.fixture(scope="session")
def mlflow_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    """A real MLflow server on SQLite, started once."""
    from assay.tracking.local import MlflowServer, find_mlflow

    if find_mlflow() is None:
        pytest.skip("MLflow is not installed; pip install 'mlflow>=3.1,<4' or set ASSAY_MLFLOW")
    with MlflowServer(tmp_path_factory.mktemp("mlflow"), timeout=300) as server:
        yield server


@pytest.fixture(scope="session")
def mlflow_server(mlflow_on_sqlite: MlflowServer) -> MlflowServer:
    """The server of tests to which the database does not matter; a file of tests may put another here."""
    return mlflow_on_sqlite


@pytest.fixture(scope="session")
def mlflow_on_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    """A real MLflow server on a PostgreSQL of its own, started once."""
    from postgresql import find_binaries, postgresql_server

    from assay.tracking.local import MlflowServer, find_mlflow, free_port

    if find_mlflow() is None:
        pytest.skip("MLflow is not installed; pip install 'assay-sdk[mlflow]' or set ASSAY_MLFLOW")
    if find_binaries() is None:
        pytest.skip("PostgreSQL is not installed; on Debian: apt-get install postgresql")
    folder = tmp_path_factory.mktemp("mlflow_postgresql")
    with (
        postgresql_server(free_port()) as database,
        MlflowServer(folder, database=database, timeout=300) as server,
    ):
        yield server


@pytest.fixture(params=["mlflow_on_sqlite", "mlflow_on_postgresql"])
def each_mlflow_server(request: pytest.FixtureRequest) -> MlflowServer:
    """Servers on both databases in turn."""
    server: MlflowServer = request.getfixturevalue(request.param)
    return server

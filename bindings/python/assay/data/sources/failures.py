"""What a database says when it fails, as sentences that quote neither its data nor its address.

The messages of servers and drivers quote values ("invalid input syntax for type integer: …"), statements and
sometimes whole connection strings; of them only the SQLSTATE and the kind are passed on.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

__all__ = ["explained_database"]

_STATE = re.compile(r"(?:SQLSTATE|State):? ?\[?([0-9A-Z]{5})\b")
# SQLSTATE, or the class it begins with: PostgreSQL 15, appendix A.
_SENTENCES = {
    "28": ("auth", "the server refused the credentials", "check user and password (PGPASSWORD, ~/.pgpass)"),
    "42501": ("auth", "the user may not do this", "grant SELECT on the table to this user"),
    "3D000": ("io", "there is no such database", "check the name in the URI"),
    "42P01": ("io", "there is no such table", "check the name and its schema; names are taken as written"),
    "42S02": ("io", "there is no such table", "check the name and its schema; names are taken as written"),
    "42S22": ("schema", "there is no such column", "check the column's name; names are taken as written"),
    "IM": (
        "io",
        "there is no such ODBC driver or data source",
        "odbcinst -q -d lists the drivers that are installed",
    ),
    "42703": ("schema", "there is no such column", "check the column's name; names are taken as written"),
    "42": ("io", "the query is not valid SQL for this server", "run it in psql to see the place"),
    "22": (
        "io",
        "a value in the query's result cannot be computed or converted",
        "run the query in psql to see it",
    ),
    "40": ("io", "the server rolled the reading back", "run again"),
    "53": ("io", "the server lacks memory, disk or connections", "free some, then run again"),
    "55006": ("io", "another session uses the replication slot", "end it or wait; one reader at a time"),
    "55": ("io", "the object is not in the state that this needs", "see the server's log"),
    "57014": ("io", "the server cancelled the query", "raise statement_timeout for this user"),
    "57": ("gone", "the server ended the connection", "run again when it is up"),
    "08": ("gone", "the connection broke", "run again when the server is up"),
}
_GONE = re.compile(
    r"terminating connection|server closed the connection|connection refused|could not connect|failed to connect|"
    r"no connection to the server|timed? ?out|could not receive|could not send|SSL SYSCALL|Communication link|"
    r"EOF detected|connection reset|broken pipe",
    re.IGNORECASE,
)
_AUTH = re.compile(
    r"password authentication|no password supplied|no pg_hba|role .* does not exist", re.IGNORECASE
)
_NO_DATABASE = re.compile(r"FATAL: +database .* does not exist", re.IGNORECASE)
_TLS = re.compile(r"certificate|does not support SSL|SSL error|root\.crt|sslrootcert", re.IGNORECASE)


@contextlib.contextmanager
def explained_database(action: str, shown: str) -> Iterator[None]:
    """Failures of a driver as one sentence with the source and what to do; nothing that it quotes comes along."""
    try:
        yield
    except Exception as error:
        if not _of_a_driver(error):
            raise
        told = _sentence(action, shown, error)
        try:
            raise told from None
        finally:
            told.__context__ = None  # no traceback, log or pickle leads to the driver's own text


def _sentence(action: str, shown: str, error: Exception) -> Exception:
    from assay import AuthError, IoError, SchemaError

    kind, cause, remedy = _cause(str(error), getattr(error, "sqlstate", None))
    text = f"{action}: {cause} ({shown}); {remedy}"
    if kind == "auth":
        return AuthError(text)
    return (SchemaError if kind == "schema" else IoError)(text)


def _of_a_driver(error: Exception) -> bool:
    from assay import Error

    if isinstance(error, Error):
        return False
    module = type(error).__module__.partition(".")[0]
    return isinstance(error, OSError) or module in (
        "adbc_driver_manager",
        "adbc_driver_postgresql",
        "arrow_odbc",
        "pyarrow",
    )


def _cause(text: str, state: str | None) -> tuple[str, str, str]:
    if state in (None, "", "00000"):
        found = _STATE.search(text)
        state = found.group(1) if found else None
    if "without truncation" in text:
        return "io", "a value is longer than the longest that is read", "raise `longest`"
    if "Can't open lib" in text:
        return _SENTENCES["IM"]
    # Refusals at connecting come without a SQLSTATE.
    if state is None:
        if _AUTH.search(text):
            return _SENTENCES["28"]
        if _NO_DATABASE.search(text):
            return _SENTENCES["3D000"]
        if _TLS.search(text):
            return (
                "io",
                "no TLS connection with a certificate that can be checked",
                "name its authority with sslrootcert=…, or use sslmode=require on a network you trust",
            )
        if _GONE.search(text):
            return (
                "gone",
                "the server is gone or does not answer",
                "the lake is as it was; run again when it is up",
            )
        return "io", "the driver failed", "see the server's log"
    for key in (state, state[:2]):
        if key in _SENTENCES:
            kind, cause, remedy = _SENTENCES[key]
            return kind, f"{cause} (SQLSTATE {state})", remedy
    return "io", f"the server failed (SQLSTATE {state})", "see the server's log"

"""Where a database is: an address with a password is used and never shown."""

from __future__ import annotations

import ipaddress
from typing import NoReturn
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

__all__ = ["Address", "is_local"]

_UNSAFE_TLS = ("disable", "allow", "prefer")
# A server that vanished is noticed within a minute and a half rather than in hours.
_DEFAULTS = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
    "application_name": "assay",
}


class Address:
    """A PostgreSQL URI; text and repr leave out the password and everything else but host, port, database and user.

    A server on another machine is spoken to by TLS with its certificate checked, unless the URI itself asks for
    ``sslmode=require`` or ``verify-ca``; modes that fall back to plain text are refused.

    Raises:
        ValueError: no PostgreSQL URI, or a mode without encryption for another machine.
    """

    def __init__(self, uri: str) -> None:
        from assay import ValueError

        try:
            parts = urlsplit(uri)
            given = dict(parse_qsl(parts.query, keep_blank_values=True))
            host = unquote(parts.hostname or "") or given.get("host", "")
            port = str(parts.port or given.get("port", "5432"))
        except _BadText:
            raise ValueError(
                "PostgreSQL: expected postgresql://user@host:port/database, got another text"
            ) from None
        if parts.scheme not in ("postgresql", "postgres"):
            raise ValueError("PostgreSQL: expected postgresql://user@host:port/database, got another scheme")
        self.local = is_local(host)
        mode = given.get("sslmode")
        if not self.local:
            if mode in _UNSAFE_TLS:
                raise ValueError(
                    f"PostgreSQL: sslmode={mode} may send patient data in plain text to {host}; use "
                    "sslmode=verify-full with sslrootcert=…, or at least require"
                )
            given.setdefault("sslmode", "verify-full")
        for name, value in _DEFAULTS.items():
            given.setdefault(name, value)
        database = parts.path.lstrip("/") or given.get("dbname", "")
        user = parts.username or given.get("user", "")
        self._uri = parts._replace(scheme="postgresql", query=urlencode(given, quote_via=quote)).geturl()
        self.shown = f"postgresql://{user + '@' if user else ''}{host or 'localhost'}:{port}/{database}"

    def __repr__(self) -> str:
        return f"Address('{self.shown}')"

    def __str__(self) -> str:
        return self.shown

    def __reduce__(self) -> NoReturn:
        from assay import StateError

        raise StateError(f"an address may hold a password and is not pickled: {self.shown}")

    def reveal(self) -> str:
        """The URI with all it holds, for the driver alone."""
        return self._uri


_BadText = ValueError  # the builtin; Assay has a kind of that name too


def is_local(host: str) -> bool:
    if host in ("", "localhost") or host.startswith("/"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except _BadText:
        return False

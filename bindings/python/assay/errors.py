"""Errors of Assay. Each kind is also the builtin that Python code already catches.

A text says what was expected, what came, where, and what to do; it never holds a patient's data or a secret.
The compiled core raises these same classes.
"""

from __future__ import annotations

import builtins

__all__ = [
    "AuthError",
    "Error",
    "HttpError",
    "IoError",
    "SchemaError",
    "ShapeError",
    "StateError",
    "ValueError",
]


class Error(Exception):
    """Root of all errors raised by Assay."""


class ShapeError(Error, builtins.ValueError):
    """Lengths or dimensions that do not fit each other."""


class SchemaError(Error, builtins.ValueError):
    """A table that is not what its schema says: a missing column, a wrong type, two columns of one name."""


class ValueError(Error, builtins.ValueError):
    """A value outside what the function accepts."""


class StateError(Error, RuntimeError):
    """A call that the object's present state does not allow (predict before fit, log after end)."""


class IoError(Error, OSError):
    """A file, folder or stream that cannot be read or written."""


class HttpError(Error, ConnectionError):
    """A server that could not be reached or answered with an error.

    ``status`` is the HTTP status, 0 where no answer came; ``error_code`` is the server's own code (MLflow's
    ``error_code``), empty where it gave none.
    """

    def __init__(self, text: str = "", status: int = 0, error_code: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.error_code = error_code

    def __reduce__(self) -> tuple[type[HttpError], tuple[str, int, str]]:
        return type(self), (str(self), self.status, self.error_code)


class AuthError(HttpError, PermissionError):
    """A server that refused the credentials (401, 403), or a key that is missing."""


for _name in __all__:
    globals()[_name].__module__ = "assay"  # where users find them, and what tracebacks print

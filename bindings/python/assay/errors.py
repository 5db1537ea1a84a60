"""Errors of Assay. Each kind is also the builtin that Python code already catches.

A text says what was expected, what came, where, and what to do; it never holds a patient's data or a secret.
The compiled core raises these same classes.
"""

from __future__ import annotations

import builtins
from typing import Any

__all__ = [
    "AuthError",
    "EndpointNotFound",
    "Error",
    "HttpError",
    "InternalError",
    "InvalidParameter",
    "InvalidState",
    "IoError",
    "LimitExceeded",
    "MlflowError",
    "PermissionDenied",
    "ResourceAlreadyExists",
    "ResourceConflict",
    "ResourceDoesNotExist",
    "SchemaError",
    "ShapeError",
    "StateError",
    "TemporarilyUnavailable",
    "Unauthenticated",
    "UnexpectedAnswer",
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

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.status, self.error_code)


class AuthError(HttpError, PermissionError):
    """A server that refused the credentials (401, 403), or a key that is missing."""


class MlflowError(HttpError):
    """MLflow's refusal, or an answer that is not MLflow's; the kinds below are those that callers tell apart.

    ``server_words`` is the server's own message; it may quote what was logged, and so stands apart from the text.
    ``transient`` tells whether the same request may succeed later.
    """

    server_words = ""
    transient = False

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.status, self.error_code), self.__dict__


class ResourceDoesNotExist(MlflowError, LookupError):
    """RESOURCE_DOES_NOT_EXIST: a run, a version, an experiment that is not there."""


class ResourceAlreadyExists(MlflowError):
    """RESOURCE_ALREADY_EXISTS: a name that is taken, maybe by this client's own lost request."""


class ResourceConflict(MlflowError):
    """RESOURCE_CONFLICT: two clients changed one thing at once."""


class InvalidParameter(MlflowError, ValueError):
    """INVALID_PARAMETER_VALUE, BAD_REQUEST: what was asked for cannot be, and never will."""


class InvalidState(MlflowError, StateError):
    """INVALID_STATE: what is asked for does not go with the state of the thing it is asked of."""


class Unauthenticated(MlflowError, AuthError):
    """401: no credentials, or wrong ones."""


class PermissionDenied(MlflowError, AuthError):
    """PERMISSION_DENIED, 403: this user may not do this."""


class LimitExceeded(MlflowError):
    """REQUEST_LIMIT_EXCEEDED, RESOURCE_EXHAUSTED: too much at once, or a quota is used up."""


class TemporarilyUnavailable(MlflowError):
    """TEMPORARILY_UNAVAILABLE, 503, 504, and an overloaded server's 400."""


class EndpointNotFound(MlflowError, NotImplementedError):
    """ENDPOINT_NOT_FOUND: the server is older than the endpoint, or is no MLflow."""


class InternalError(MlflowError):
    """INTERNAL_ERROR and other 5xx: the server failed."""


class UnexpectedAnswer(MlflowError):
    """An answer that is not MLflow's: an empty 200, a login page, cut JSON."""


for _name in __all__:
    globals()[_name].__module__ = "assay"  # where users find them, and what tracebacks print

"""What a registry has by a name and an alias, and in one sentence what it has not."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from assay import _core, errors
from assay._core.tracking import ModelVersion, RegisteredModel
from assay.tracking.client import MlflowClient

__all__ = ["expect_answer", "find_model", "version_of_alias"]

_WITHIN = 5.0
"""Seconds without an answer after which a server is taken for away: requests to it are repeated for minutes."""


def expect_answer(tracking_uri: str) -> None:
    """Asks a server whether it is there.

    Raises:
        HttpError: no answer within 5 s; it names the address, without user and password.
    """
    began = time.monotonic()
    if _core.tracking.answers(tracking_uri, timeout=_WITHIN):
        return
    parts = urlsplit(tracking_uri)
    address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    waited = f" within {_WITHIN:.0f} s" if time.monotonic() - began > 0.9 * _WITHIN else ""
    raise errors.HttpError(f"the MLflow server at {address} does not answer{waited}")


def find_model(client: MlflowClient, name: str) -> RegisteredModel:
    """The registered model of this name.

    Raises:
        ResourceDoesNotExist: there is none.
    """
    try:
        return client.get_registered_model(name)
    except errors.ResourceDoesNotExist as error:
        raise errors.ResourceDoesNotExist(
            f"no registered model '{name}'", error.status, error.error_code
        ) from None


def version_of_alias(client: MlflowClient, name: str, alias: str) -> ModelVersion:
    """The version that an alias points at.

    Raises:
        ResourceDoesNotExist: no model of this name, or no such alias; it names those that the model has.
    """
    try:
        return client.get_model_version_by_alias(name, alias)
    except (errors.ResourceDoesNotExist, errors.InvalidParameter) as error:
        # MLflow's servers answer with either where the alias is missing, and say no more.
        aliases = sorted(find_model(client, name).aliases)
        if alias in aliases:
            raise
        has = f"it has: {', '.join(aliases)}" if aliases else "it has none"
        said = f"{name} has no alias '{alias}' ({has})"
        raise errors.ResourceDoesNotExist(said, error.status, error.error_code) from None

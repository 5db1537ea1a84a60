"""Who put an alias where, when and why, read back from the server."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import NamedTuple

from assay import errors

__all__ = ["AliasChange", "alias_history"]


class AliasChange(NamedTuple):
    """One change of an alias."""

    when: datetime
    """UTC."""
    action: str
    """promote, rollback, or found where it was moved by other means."""
    version: str
    by: str
    reason: str


def alias_history(
    name: str, alias: str = "production", *, tracking_uri: str | None = None
) -> list[AliasChange]:
    """The changes of an alias, the oldest first, as `promote` and `rollback` noted them on the registered model.

    Raises
    ------
    assay.HttpError
        The server does not answer; as `ResourceDoesNotExist` that it has no such model.
    assay.SchemaError
        The history on the server was changed by other means and cannot be read.
    """
    from assay.tracking.client import MlflowClient
    from assay.tracking.models.lookup import find_model

    tags = find_model(MlflowClient(tracking_uri), name).tags
    try:
        return [
            AliasChange(
                datetime.fromtimestamp(each["at"] / 1000, timezone.utc),
                str(each["action"]),
                str(each.get("version", "")),
                str(each.get("by", "")),
                str(each.get("reason", "")),
            )
            for each in json.loads(tags.get(f"assay.alias.{alias}", "[]"))
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise errors.SchemaError(
            f"alias_history: expected the tag assay.alias.{alias} of {name} as promote writes it, got another text"
        ) from None

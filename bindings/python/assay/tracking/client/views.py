"""Which of what can be deleted and restored is looked at."""

from __future__ import annotations

from enum import IntEnum

from assay import errors

__all__ = ["ViewType", "view_number"]


class ViewType(IntEnum):
    """MLflow's ``ViewType``, with its numbers."""

    ACTIVE_ONLY = 1
    DELETED_ONLY = 2
    ALL = 3


def view_number(view: int | str) -> int:
    """The number of a view given as MLflow's number or name."""
    try:
        return int(ViewType[view.upper()] if isinstance(view, str) else ViewType(view))
    except (KeyError, ValueError):
        known = ", ".join(member.name for member in ViewType)
        raise errors.ValueError(f"view_type: expected one of {known}, got {view!r}") from None

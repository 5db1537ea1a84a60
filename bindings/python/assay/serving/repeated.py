"""A field that stands twice in a request: JSON's readers take the last and say nothing."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

__all__ = ["refuse_repeated"]


class _Repeated(Exception):
    """The field's name: a known one, since the request was valid otherwise."""


def refuse_repeated(body: bytes) -> None:
    """Raises ValidationError where an object of a valid request has a member twice."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            names = [name for name, _ in pairs]
            raise _Repeated(next(name for name in names if names.count(name) > 1))
        return made

    try:
        json.loads(body, object_pairs_hook=once)
    except _Repeated as found:
        said = PydanticCustomError("repeated", "Expected the field once, got it several times")
        detail = InitErrorDetails(type=said, loc=(str(found),), input=None)
        raise ValidationError.from_exception_data("request", [detail], hide_input=True) from None

"""Which of several rows of a device is the newest, and whether it is new enough."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta, timezone
from typing import Any

__all__ = ["date_of", "note_old", "order_of", "superseded"]

Rules = dict[int, list[str]]
"""Ids of the rules that a row breaks, by row."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def order_of(column: Any, day: date | None, most_days: int | None, rules: Rules) -> list[Any]:
    """What tells older rows from newer ones, in one kind for all of them; None for rows without, or with another.

    Text is in no order of its own ("9" comes after "10"): it counts as ISO 8601 dates or times where one of it is one,
    else as numbers. A time without a zone is UTC's.

    Raises:
        SchemaError: No date, time or number, or no date or time where `most_days` needs them.
    """
    import pyarrow as pa

    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    when: list[Any] = column.to_pylist()
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        dated, when = _of_text(when, rules)
    else:
        dated = pa.types.is_date(kind) or pa.types.is_timestamp(kind)
        if not dated and not any(
            each(kind) for each in (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
        ):
            raise _unordered(kind)
    if most_days is not None and not dated:
        from assay import SchemaError

        raise SchemaError(f"latest: expected dates or times to count --most-days from, got {column.type}")
    for row, value in enumerate(when):
        if value is None or value != value:
            if "latest.type" not in rules.get(row, ()):
                rules.setdefault(row, []).append("latest.required")
            when[row] = None
        elif not dated and not math.isfinite(value):  # it would be the newest for good
            rules.setdefault(row, []).append("latest.finite")
            when[row] = None
        elif dated and day is not None and date_of(value) > day + timedelta(days=1):
            rules.setdefault(row, []).append("latest.future")
            when[row] = None
    return when


def superseded(names: list[str | None], when: list[Any]) -> set[int]:
    """Rows that are not the newest of their device; of equal ones both stay."""
    newest: dict[str, Any] = {}
    for row, name in enumerate(names):
        if name is not None and when[row] is not None and (name not in newest or when[row] > newest[name]):
            newest[name] = when[row]
    return {
        row
        for row, name in enumerate(names)
        if name is not None and when[row] is not None and when[row] < newest[name]
    }


def note_old(
    names: list[str | None],
    when: list[Any],
    left_out: set[int],
    day: date | None,
    most_days: int | None,
    rules: Rules,
) -> None:
    """Writes down the devices whose newest row is older than so many days."""
    if most_days is None or day is None:
        return
    oldest = day - timedelta(days=most_days)
    for row, name in enumerate(names):
        if name is not None and row not in left_out and when[row] is not None and date_of(when[row]) < oldest:
            rules.setdefault(row, []).append("latest.old")


def date_of(value: Any) -> date:
    """The day of a date or a time."""
    return value.date() if isinstance(value, datetime) else value


def _of_text(texts: list[str | None], rules: Rules) -> tuple[bool, list[Any]]:
    """Whether they are times, and their values; None, with the rule, for those that are none."""
    given = [text.strip() if text is not None else None for text in texts]
    values: list[Any] = [_time_of(text) if text else None for text in given]
    dated = any(value is not None for value in values)
    if not dated:
        values = [_number_of(text) if text else None for text in given]
        if any(given) and all(value is None for value in values):
            raise _unordered("text that is neither")
    for row, (text, value) in enumerate(zip(given, values, strict=True)):
        if text and value is None:
            rules.setdefault(row, []).append("latest.type")
    return dated, values


def _time_of(text: str) -> datetime | None:
    if not _DATE.match(text):
        return None
    try:
        value = datetime.fromisoformat(f"{text[:-1]}+00:00" if text.endswith("Z") else text)  # Python 3.10
    except ValueError:
        return None
    return value.replace(tzinfo=value.tzinfo or timezone.utc)


def _number_of(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _unordered(what: Any) -> Exception:
    from assay import SchemaError

    return SchemaError(f"latest: expected dates or times (2026-11-09, 2026-11-09T06:00:00Z) or numbers, got {what}")

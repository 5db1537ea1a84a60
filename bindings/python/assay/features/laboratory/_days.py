"""When the days of a time zone begin."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from assay.errors import ValueError

__all__ = ["EPOCH", "day_starts"]

EPOCH = date(1970, 1, 1)
_FIRST, _LAST = date(1970, 1, 1), date(2300, 1, 1)


@lru_cache(maxsize=8)
def day_starts(zone: str) -> tuple[int, tuple[int, ...]]:
    """The first day as days since 1970, and the moments at which it and those after it begin; none for UTC.

    Where clocks jump over midnight, the day begins at the jump.
    """
    if zone == "UTC":
        return 0, ()
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(
            f"zone: expected a name of the time zone database such as Europe/Berlin, got {zone[:40]!r}"
        ) from error
    began = datetime(1970, 1, 1, tzinfo=timezone.utc)
    first = datetime(_FIRST.year, _FIRST.month, _FIRST.day, tzinfo=place)
    starts = [
        ((first + timedelta(days=day)).astimezone(timezone.utc) - began) // timedelta(microseconds=1)
        for day in range((_LAST - _FIRST).days)
    ]
    return 0, tuple(starts)

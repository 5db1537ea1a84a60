"""What the clocks of a place show: the offset from UTC, and when it changes."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Zone = str | tzinfo | timedelta | None

_FIRST_YEAR, _LAST_YEAR = 1970, 2250  # MIMIC-IV's dates go beyond 2200


def clock_changes(zone: Zone) -> tuple[int, list[tuple[int, int]]]:
    """Minutes east of UTC at first, and the changes from 1970 to 2250: seconds since 1970 and the offset in seconds.

    zone: a name of the IANA database, a tzinfo, an offset, or None for UTC. Raises ValueError where it is none of them.
    """
    if zone is None:
        return 0, []
    if isinstance(zone, timedelta):
        return _minutes(zone), []
    if isinstance(zone, timezone):
        return _minutes(zone.utcoffset(None)), []
    if isinstance(zone, str):
        try:
            zone = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("zone: expected a name such as 'Europe/Berlin', got one that is not known") from None
    if not isinstance(zone, tzinfo):
        raise TypeError(f"zone: expected a name, a tzinfo or a timedelta, got {type(zone).__name__}")
    return _changes(zone)


@cache
def _changes(zone: tzinfo) -> tuple[int, list[tuple[int, int]]]:
    start = int(datetime(_FIRST_YEAR, 1, 1, tzinfo=timezone.utc).timestamp())
    end = int(datetime(_LAST_YEAR, 1, 1, tzinfo=timezone.utc).timestamp())
    step = 14 * 86_400  # no place changes its clocks there and back within two weeks
    changes = []
    at, offset = start, _offset(zone, start)
    first = _minutes(timedelta(seconds=offset))
    while at < end:
        later = min(at + step, end)
        if _offset(zone, later) != offset:
            low, high = at, later
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _offset(zone, middle) == offset else (low, middle)
            offset = _offset(zone, high)
            changes.append((high, offset))
            later = high
        at = later
    return first, changes


def _offset(zone: tzinfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, zone).utcoffset()
    return int((offset or timedelta()).total_seconds())


def _minutes(offset: timedelta) -> int:
    minutes, rest = divmod(offset, timedelta(minutes=1))
    if rest:
        raise ValueError("zone: expected an offset of whole minutes")
    return minutes

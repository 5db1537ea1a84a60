"""Questions to what was logged: which concepts fail most, what language models cost.

Each takes a journal's folder or a server's URI and gives the same answer for the same records: both are read into the
same exact numbers (:mod:`assay.tracking.observations`) before anything is added up.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from assay import errors
from assay.tracking.cost import CostSum
from assay.tracking.feedback import Feedback
from assay.tracking.observations import Source, read_costs, read_feedback
from assay.tracking.prices import EXACT

if TYPE_CHECKING:
    from assay.data import Table

__all__ = ["CostGroup", "average_cost", "cost_groups", "day_of", "top_failed_concepts", "zone_of"]

_KEYS = ("day", "user", "model", "task")


@dataclass(frozen=True)
class CostGroup:
    """Calls that share what they were grouped by; money is exact."""

    key: tuple[date | str | None, ...]
    calls: int
    unpriced: int
    usd: Decimal
    krw: Decimal
    input_tokens: int
    output_tokens: int

    @property
    def average_usd(self) -> Decimal | None:
        """Per call with a known price; None where there is none."""
        priced = self.calls - self.unpriced
        return EXACT.divide(self.usd, Decimal(priced)) if priced else None

    @property
    def average_krw(self) -> Decimal | None:
        priced = self.calls - self.unpriced
        return EXACT.divide(self.krw, Decimal(priced)) if priced else None


def zone_of(tz: str | tzinfo) -> tzinfo:
    """A time zone by its IANA name.

    Raises
    ------
    assay.ValueError
        There is none of that name.
    """
    if isinstance(tz, tzinfo):
        return tz
    if tz == "UTC":
        return timezone.utc
    try:
        return ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError):
        raise errors.ValueError(f"expected an IANA time zone such as 'Asia/Seoul', got {tz!r}") from None


def day_of(millis: int, zone: tzinfo) -> date:
    """The calendar day of a moment in a time zone."""
    return (
        (datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=millis)).astimezone(zone).date()
    )


def top_failed_concepts(
    source: Source,
    *,
    most: int = 10,
    failed_at: float = 2.0,
    name: str | None = None,
    start: date | None = None,
    end: date | None = None,
    tz: str | tzinfo = "UTC",
    experiments: Sequence[str] | None = None,
) -> Table:
    """Concepts by how often their feedback was a failure: a thumb down, or a score of `failed_at` or less.

    Parameters
    ----------
    name
        Only feedback of this name, such as ``"understanding"``.
    start, end
        First and last day in `tz`, both included.

    Returns
    -------
    Table
        ``concept``, ``failures``, ``judged`` (thumbs and scores), ``failure_share``, ``mean_score`` (of the scores;
        null where there is none). Most failures first, then the larger share, then by name; concepts that never
        failed are left out. Follow-up texts and feedback without a concept count nowhere.
    """
    zone = zone_of(tz)
    by_concept: dict[str, list[Feedback]] = {}
    for one in read_feedback(source, experiments):
        wanted = (name is None or one.name == name) and _within(day_of(one.time, zone), start, end)
        if wanted and one.concept is not None and one.failed(failed_at) is not None:
            by_concept.setdefault(one.concept, []).append(one)
    rows = [row for concept, said in by_concept.items() if (row := _concept_row(concept, said, failed_at))]
    rows.sort(key=lambda row: (-row["failures"], -row["failure_share"], row["concept"]))
    types = {"concept": "utf8", "failures": "int64", "judged": "int64", "failure_share": "float64"}
    return _table(rows[:most], {**types, "mean_score": "float64"})


def _concept_row(concept: str, said: list[Feedback], failed_at: float) -> dict[str, Any] | None:
    failures = sum(bool(one.failed(failed_at)) for one in said)
    scores = [float(one.value) for one in said if not isinstance(one.value, bool)]
    if not failures:
        return None
    return {
        "concept": concept,
        "failures": failures,
        "judged": len(said),
        "failure_share": failures / len(said),
        "mean_score": sum(scores) / len(scores) if scores else None,
    }


def cost_groups(
    source: Source | Iterable[CostSum],
    by: Sequence[str] = ("day",),
    *,
    tz: str | tzinfo = "UTC",
    start: date | None = None,
    end: date | None = None,
    experiments: Sequence[str] | None = None,
) -> list[CostGroup]:
    """What calls cost, exact, grouped by any of ``day``, ``user``, ``model`` and ``task``; ordered by the group.

    Raises
    ------
    assay.ValueError
        An unknown group or time zone.
    """
    unknown = [key for key in by if key not in _KEYS]
    if unknown or not by:
        raise errors.ValueError(
            f"cost: expected groups of {', '.join(_KEYS)}, got {', '.join(unknown) or 'none'}"
        )
    zone = zone_of(tz)
    given = read_costs(source, experiments) if isinstance(source, (str, os.PathLike)) else source
    groups: dict[tuple[Any, ...], list[CostSum]] = {}
    for one in given:
        day = day_of(one.start, zone)
        if _within(day, start, end):
            values = {"day": day, "user": one.user, "model": one.model, "task": one.task}
            groups.setdefault(tuple(values[key] for key in by), []).append(one)
    ordered = sorted(
        groups.items(), key=lambda item: tuple((part is not None, part or "") for part in item[0])
    )
    return [_cost_group(key, sums) for key, sums in ordered]


def _cost_group(key: tuple[Any, ...], sums: list[CostSum]) -> CostGroup:
    usd = krw = Decimal(0)
    for one in sums:
        usd, krw = EXACT.add(usd, one.usd), EXACT.add(krw, one.krw)
    return CostGroup(
        key,
        sum(one.calls for one in sums),
        sum(one.unpriced for one in sums),
        usd,
        krw,
        sum(one.input_tokens for one in sums),
        sum(one.output_tokens for one in sums),
    )


def average_cost(
    source: Source,
    by: Sequence[str] = ("day",),
    *,
    tz: str | tzinfo = "UTC",
    start: date | None = None,
    end: date | None = None,
    experiments: Sequence[str] | None = None,
) -> Table:
    """What calls cost on average and together, grouped by any of ``day``, ``user``, ``model`` and ``task``.

    Parameters
    ----------
    tz
        Where a day begins: an IANA name such as ``"Asia/Seoul"``.
    start, end
        First and last day, both included.

    Returns
    -------
    Table
        The groups, then ``calls``, ``unpriced`` (calls without a known price, in no sum), ``cost_usd``,
        ``average_usd``, ``cost_krw``, ``average_krw``, ``input_tokens``, ``output_tokens``. Averages are over calls
        with a price; money is null where no call has one. :func:`cost_groups` gives the decimals.
    """
    groups = cost_groups(source, by, tz=tz, start=start, end=end, experiments=experiments)
    types = {key: "date32" if key == "day" else "utf8" for key in by}
    rows = [{**dict(zip(by, group.key, strict=True)), **_money_columns(group)} for group in groups]
    money = ("cost_usd", "average_usd", "cost_krw", "average_krw")
    counts = {"calls": "int64", "unpriced": "int64", **dict.fromkeys(money, "float64")}
    return _table(rows, {**types, **counts, "input_tokens": "int64", "output_tokens": "int64"})


def _money_columns(group: CostGroup) -> dict[str, Any]:
    averages = group.average_usd, group.average_krw
    known = None not in averages
    return {
        "calls": group.calls,
        "unpriced": group.unpriced,
        "cost_usd": float(group.usd) if known else None,
        "average_usd": float(averages[0]) if averages[0] is not None else None,
        "cost_krw": float(group.krw) if known else None,
        "average_krw": float(averages[1]) if averages[1] is not None else None,
        "input_tokens": group.input_tokens,
        "output_tokens": group.output_tokens,
    }


def _within(day: date, start: date | None, end: date | None) -> bool:
    return (start is None or day >= start) and (end is None or day <= end)


def _table(rows: list[dict[str, Any]], types: dict[str, str]) -> Table:
    from assay.data import Field, Schema, Table

    return Table.from_pylist(rows, schema=Schema([Field(name, kind) for name, kind in types.items()]))

"""The steps of the nightly job. Each takes what the one before it left, and does nothing twice."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.pipelines.device_scores.context import Context
from assay.pipelines.device_scores.messages import message_of
from assay.pipelines.device_scores.store import ScoredDay
from assay.pipelines.job import Skip, reading_input, table_record
from assay.pipelines.record import StepRecord

if TYPE_CHECKING:
    from datetime import date

    from assay.pipelines.device_scores.source import Devices

__all__ = ["read", "score", "tell", "workbook"]

_NAMED = 10


def read(context: Context, step: StepRecord) -> None:
    """The model, and the devices with what it needs of them."""
    from assay.pipelines.device_scores.model import check_model, facts_of, load_model
    from assay.pipelines.device_scores.source import content_of, read_devices

    if context.stored is not None:
        raise Skip(f"{context.day} was scored before; --again scores it anew")
    with reading_input():
        given = context.model
        path = Path(given) if isinstance(given, (str, os.PathLike)) else None
        model = load_model(path) if path is not None else given
        check_model(model)  # type: ignore[arg-type]
        context.loaded = model  # type: ignore[assignment]
        context.facts = replace(facts_of(model, path), older=bool(context.fallback))  # type: ignore[arg-type]
        content = content_of(context.source)
        devices = read_devices(
            context.source,
            inputs=context.facts.inputs,
            device=context.device,
            latest=context.latest,
            day=context.day,
            most_days=context.most_days,
        )
    counted = devices.rows_read - devices.superseded
    step.read(counted, len(devices.names), devices.counts_by_rule, len(devices.refused))
    step.remarks += [*([context.fallback] if context.fallback else []), *devices.remarks]
    named = f"{context.day}\n{context.facts.sha256}\n{content}"
    context.devices, context.key = devices, hashlib.sha256(named.encode()).hexdigest()[:16]
    if not devices.names:
        with reading_input():
            raise _nothing_to_score(context, devices)


def _nothing_to_score(context: Context, devices: Devices) -> Exception:
    from assay import ValueError

    rules = ", ".join(f"{rule} {count:,}" for rule, count in sorted(devices.counts_by_rule.items()))
    why = (
        f"{len(devices.refused):,} of {devices.rows_read:,} rows were set aside ({rules})"
        if rules
        else "no row"
    )
    return ValueError(
        f"score: expected at least one device to score in {context.source}; {why}{_what_to_do(context, devices)}"
    )


def _what_to_do(context: Context, devices: Devices) -> str:
    newest = devices.newest_old
    if newest is not None:
        return (
            f"; the newest row is of {newest}, {(context.day - newest).days:,} days before {context.day} "
            f"(--most-days {context.most_days}); score that day with --day {newest}"
        )
    if context.latest is None and "device.repeated" in devices.counts_by_rule:
        return "; several rows of a device: --latest COLUMN takes the newest"
    return ""


def score(context: Context, step: StepRecord) -> None:
    """Risk, class, reasons and action of each device; the day's line is the last thing written."""
    from assay.pipelines.device_scores.scoring import refused_rows, score_devices

    if context.stored is not None:
        raise Skip("its scores stand in the table")
    assert context.loaded is not None
    assert context.facts is not None
    assert context.devices is not None
    before = context.store.before(context.day)
    rows = score_devices(
        context.loaded,
        context.facts,
        context.devices,
        day=context.day,
        key=context.key,
        previous=before[1] if before else None,
        progress=context.progress,
    )
    line = _line(context, rows, before[0] if before else None)
    refused = refused_rows(context.devices, day=context.day, key=context.key)
    step.tables += [table_record(stored) for stored in context.store.write(line, rows, refused)]
    context.stored = (line, rows)


def _line(context: Context, rows: Any, before: date | None) -> ScoredDay:
    import pyarrow.compute as pc

    assert context.facts is not None
    assert context.devices is not None
    counts = {
        kind: int(pc.sum(pc.equal(rows["device_class"], kind)).as_py()) for kind in ("high", "medium", "low")
    }
    new = pc.and_(
        pc.equal(rows["device_class"], "high"),
        pc.fill_null(pc.not_equal(rows["previous_class"], "high"), True),
    )
    return ScoredDay(
        scored_on=context.day,
        run_key=context.key,
        model=context.facts.to_json(),
        compared_with=before,
        rows_read=context.devices.rows_read,
        superseded=context.devices.superseded,
        scored=rows.num_rows,
        refused=len(context.devices.refused),
        new_high=int(pc.sum(new).as_py()),
        **counts,
    )


def workbook(context: Context, step: StepRecord) -> None:
    """The Excel workbook, from what stands in the tables."""
    from assay.pipelines.device_scores.workbook import DayReport, write_workbook

    line, rows = context.scored
    history = [one for one in context.store.days() if one.scored_on <= context.day]
    report = DayReport(line, rows, context.store.refused(line), history, context.record.version)
    write_workbook(context.workbook, report, progress=context.progress)
    step.files.append(str(context.workbook))


def tell(context: Context, step: StepRecord) -> None:
    """One message to each channel, once; then what earlier runs could not deliver."""
    line, rows = context.scored
    wanted = not context.only_high or line.high > 0
    if wanted and context.channels:
        top = rows.slice(0, min(_NAMED, line.high)).select(["device_id", "risk"])
        highest = [(row["device_id"], row["risk"]) for row in top.to_pylist()]
        context.outbox.put(message_of(line, highest, context.workbook.name), context.channels)
    context.told = context.outbox.send(
        context.channels, day=context.day, again=context.tell_again, dismiss=context.dismiss
    )
    step.remarks += context.told.details
    if context.told.details:
        step.reason = context.told.details[0]
    elif not context.channels:
        raise Skip("no channels were given (--channels)")
    elif not wanted:
        raise Skip("no device is at high risk, and --only-high was given")
    elif not context.told.sent:
        raise Skip("all was told before")

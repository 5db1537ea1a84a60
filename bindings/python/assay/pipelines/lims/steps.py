"""The steps of the laboratory pipeline. Each takes what the one before it left, and stores what it makes."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from assay.pipelines.job import Skip, reading_input
from assay.pipelines.lims import context as tables
from assay.pipelines.lims.context import Context
from assay.pipelines.lims.mirror import describe_load
from assay.pipelines.lims.sources import CULTURES, read_source
from assay.pipelines.local_units import local_unit_text
from assay.pipelines.record import StepRecord, write_atomically

if TYPE_CHECKING:
    from assay.data.laboratory import QualityCheck

__all__ = ["bronze", "drift", "gold", "quality", "report", "silver", "track"]


def bronze(context: Context, step: StepRecord) -> None:
    """Everything the source holds, with tokens in place of identifiers."""
    from assay import data

    with reading_input():
        read = context.read = read_source(context.address, context.reading, context.mirror)
    results = read.results
    accepted = results.rows.num_rows + results.superseded.num_rows
    step.read(
        results.rows_read, accepted, dict(results.rejected.counts_by_rule()), results.rejected.num_rows
    )
    for counts in read.counts:
        step.read(*counts)
    step.remarks += context.door.remarks(results.remarks, Path(context.address))
    context.bronze = context.door.tokens(results.rows)
    context.store(step, tables.BRONZE, context.door.stored(context.bronze))
    context.store(
        step, tables.CORRECTED, context.door.stored(context.door.tokens(results.superseded))
    )
    rejected = data.Table.concat([results.rejected.table, *read.rejected])
    sealed = context.door.seal(rejected, context.out / "quarantine.rows.sealed")
    step.files += [str(path) for path in sealed]
    context.store(step, tables.REJECTED, context.door.without_bytes(rejected), account=True)
    if read.load is not None:
        step.remarks += describe_load(read.load)
    if context.audit is not None:
        context.audit.record(
            "lims.load",
            why="laboratory pipeline",
            table=context.lake.name(tables.BRONZE),
            rows=results.rows.num_rows,
            key_id=context.door.key.key_id if context.door.key else "none",
            run=context.record.id,
        )


def silver(context: Context, step: StepRecord) -> None:
    """One code and one unit for each quantity; what cannot be compared is set aside."""
    from assay.data.laboratory import standardisation_rules, standardise

    assert context.bronze is not None
    made = context.silver = standardise(context.bronze, tests=context.tests, units=context.units)
    refusing = {rule.id for rule in standardisation_rules() if rule.refuses}
    refused = {rule: count for rule, count in made.counts.items() if rule in refusing and count}
    step.read(made.rows_read, made.rows.num_rows, refused, made.refused.num_rows)
    step.remarks += [
        f"{rule}: {count:,} kept" for rule, count in made.counts.items() if rule not in refusing and count
    ]
    step.remarks += _read_as_told(context)
    context.store(step, tables.SILVER, context.door.stored(made.rows))
    context.store(step, tables.TESTS, made.tests)
    context.store(step, tables.REFUSED, made.refused, account=True)


def _read_as_told(context: Context) -> list[str]:
    """What each of the laboratory's own readings of a unit did."""
    assert context.silver is not None
    tests = [row for row in context.silver.tests.to_pylist() if row["unit_read_by"] == "site"]
    counts = dict.fromkeys(context.units, 0)
    of_one_test_first = sorted(counts, key=lambda unit: unit.code == "")
    for row in tests:
        for unit in of_one_test_first:
            read_so = row["unit_read"] == unit.ucum and _plain(row["unit"]) == _plain(unit.unit)
            if read_so and unit.code in ("", row["local_code"]):
                counts[unit] += row["rows"]
                break
    lines = []
    for unit, rows in counts.items():
        where = f" of {unit.code}" if unit.code else ""
        lines.append(f"'{unit.unit}'{where} was read as {unit.ucum}, as the laboratory says: {rows:,} results")
    return lines


def _plain(unit: str | None) -> str:
    return "".join((unit or "").split()).lower()


def quality(context: Context, step: StepRecord) -> None:
    """The score of the source against the target, and the page that says why."""
    from assay.data.laboratory import measure_quality
    from assay.pipelines.laboratory_quality import delta_checks, quality_page

    assert context.bronze is not None
    assert context.silver is not None
    now = None if context.dates_are_moved else datetime.now(timezone.utc)
    measured = context.quality = measure_quality(
        context.bronze,
        context.silver,
        now=now,
        target=context.target,
        extra=[*delta_checks(context.silver.rows, limits=context.delta_limits), _readable(context)],
    )
    pages = {"quality.json": json.dumps(measured.to_dict(), indent=2) + "\n"}
    try:
        pages["quality.html"] = quality_page(
            measured, context.silver, made_at=now, delta_limits=context.delta_limits
        )
    except ModuleNotFoundError as error:
        if error.name != "jinja2":
            raise
        step.remarks.append("quality.html needs Jinja2: pip install Jinja2")
    for name, content in pages.items():
        write_atomically(context.out / name, content)
        step.files.append(str(context.out / name))
    if now is None:
        step.remarks.append("MIMIC-IV's dates lie in the future by design: nothing was asked of the clock")


def _readable(context: Context) -> QualityCheck:
    """What the readers set aside is part of the quality of the source."""
    from assay.data.laboratory import QualityCheck

    assert context.read is not None
    results = context.read.results
    return QualityCheck("", "validity", "result.readable", results.rows_read, results.rejected.num_rows)


def gold(context: Context, step: StepRecord) -> None:
    """Features of devices, outbreaks and anomalies, as far as the source has what they need."""
    from assay.pipelines.lims import gold as features

    _expect_quality(context)
    assert context.silver is not None
    assert context.read is not None
    beside = context.read.tables
    now = None if context.dates_are_moved else datetime.now(timezone.utc)
    made = {
        tables.DEVICES: features.devices(context.silver.rows, beside, now=now),
        tables.ANOMALIES: features.anomalies(context.silver.rows, context.test_names, now=now),
        tables.OUTBREAKS: features.outbreaks(beside.get(CULTURES), now=now),
    }
    for name, result in made.items():
        if result is not None:
            context.store(step, name, result[0])
            context.found.append(result[1])
    device_days = made[tables.DEVICES]
    context.device_days = None if device_days is None else device_days[0]
    if device_days is None:
        step.remarks.append("no result names its device: no features of devices")
    if made[tables.OUTBREAKS] is None:
        step.remarks.append("no cultures.csv: no look for outbreaks")
    if not step.tables:
        raise Skip("; ".join(step.remarks))


def drift(context: Context, step: StepRecord) -> None:
    """Each test's values against those of the reference; the first load becomes the reference."""
    from assay.pipelines.lims.drift import REFERENCE, compare, describe

    _expect_quality(context)
    assert context.silver is not None
    reference = context.out / REFERENCE
    found = compare(context.silver.rows, reference)
    if found is None:
        step.files.append(str(reference))
        raise Skip("there was no reference; these results are now the reference of the next load")
    for name, content in (("drift.json", found.to_json()), ("drift.html", found.to_html("Drift of results"))):
        write_atomically(context.out / name, content)
        step.files.append(str(context.out / name))
    context.found.append(describe(found))


def _expect_quality(context: Context) -> None:
    if not context.good_enough:
        raise Skip(f"{context.quality_sentence}; quality.html says why, --target sets another")


def track(context: Context, step: StepRecord) -> None:
    """One run with the counts, scores and seconds; delivered where a server is given."""
    from assay.pipelines.recording import begun, deliver

    name = f"lims_{context.input.format}"
    with begun(context, "Laboratory_Pipeline", name, step) as run:
        run.log_params(
            {
                "format": context.input.format,
                "catalog": context.record.catalog,
                "key_id": context.door.key.key_id if context.door.key else "none",
                "dates": context.door.dates,
                **({"units": "; ".join(map(local_unit_text, context.units))} if context.units else {}),
            }
        )
        metrics = _freshness(context)
        for done in context.record.steps[:-1]:  # the last one is this one, and not over
            metrics[f"{done.name}_seconds"] = done.seconds
            if done.rows_read:
                metrics[f"{done.name}_rows_read"] = float(done.rows_read)
                metrics[f"{done.name}_rows_quarantined"] = float(done.rows_quarantined)
                metrics |= {f"quarantined.{rule}": float(n) for rule, n in done.quarantined.items()}
        for found in context.found:
            metrics |= found.metrics
        run.log_metrics(metrics)
    deliver(context, step)


def _freshness(context: Context) -> dict[str, float]:
    """Of the copy of a database: what the load read and changed, and how far it is behind."""
    load = context.read.load if context.read is not None else None
    if load is None:
        return {}
    names = ("rows_read", "inserted", "updated", "deleted", "lag_seconds", "clock_skew_seconds")
    values = {name: getattr(load, name) for name in names}
    return {f"load.{name}": float(value) for name, value in values.items() if value is not None}


def report(context: Context, step: StepRecord) -> None:
    """One self-contained HTML file for the laboratory's manager."""
    try:
        from assay.pipelines.lims.report import render

        page = render(context)
    except ModuleNotFoundError as error:
        if error.name != "jinja2":
            raise
        raise Skip("the report needs Jinja2: pip install Jinja2") from None
    path = Path(context.out) / "report.html"
    write_atomically(path, page)
    step.files.append(str(path))

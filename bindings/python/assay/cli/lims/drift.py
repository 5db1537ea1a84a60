"""``assay lims drift``: a table, or the results of devices, against a reference."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.exit_codes import EXIT_UNDELIVERED

if TYPE_CHECKING:
    from assay.features.drift import DeviceReport, DeviceSample, DriftReport, TableSample
    from assay.tracking.alerts import AlertRules, Finding

__all__ = ["drift"]

_TABLE, _DEVICES = b"ASSAYTS", b"ASSAYDS"
_OF_DEVICES = ("device", "value", "analyte", "unit")


@click.command(
    epilog="""\b
Exit codes:
  0  done, whether anything drifted or not: the report says so
  2  wrong usage, or input that cannot be read
  3  done, but a channel did not take an alert: it is sent again next time
"""
)
@click.argument("reference", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("current", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the report.")
@click.option(
    "--save-reference",
    "save",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what is needed of REFERENCE to this file, to be REFERENCE next time.",
)
@click.option("--update", is_flag=True, help="With --save-reference: CURRENT is added to what is written.")
@click.option(
    "--exclude", multiple=True, metavar="COLUMN", help="Leave a column out, such as one of identifiers."
)
@click.option("--device", metavar="COLUMN", help="Compare devices: the column that names them.")
@click.option("--group", metavar="COLUMN", help="Compare groups of rows, such as tests: the column that names them.")
@click.option(
    "--value", metavar="COLUMN", default="value", show_default=True, help="Of devices and groups: their results."
)
@click.option("--analyte", metavar="COLUMN", default="", help="Of devices: what was measured.")
@click.option("--unit", metavar="COLUMN", default="", help="Of devices and groups: units of the results.")
@click.option("--label", metavar="COLUMN", default="", help="Of groups: what people call them.")
@click.option(
    "--thresholds",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="JSON, in the place of the thresholds that come with Assay.",
)
@click.option(
    "--alerts",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="JSON of alert rules: what is found is told by them, once.",
)
@click.option(
    "--alert-state",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of what was told.  [default: REFERENCE.alerts]",
)
@click.pass_context
def drift(
    context: click.Context,
    /,
    reference: Path,
    current: Path | None,
    out: Path | None,
    save: Path | None,
    update: bool,
    alerts: Path | None,
    alert_state: Path | None,
    thresholds: Path | None,
    exclude: tuple[str, ...],
    **columns: Any,
) -> None:
    """Compare CURRENT with REFERENCE, and report what has drifted.

    Both are CSV or Parquet files; REFERENCE may be a file that --save-reference or `run lims` wrote. OUT gets
    drift.html and drift.json. With --device, each device's results of each analyte are compared, with --group each
    group of rows, else every column.
    """
    from assay.features import drift as statistics
    from assay.pipelines.job import reading_input
    from assay.tracking.alerts import AlertRules

    if current is None and save is None:
        raise click.UsageError("expected CURRENT, or --save-reference")
    if columns["device"] and columns["group"]:
        raise click.UsageError("expected --device or --group, got both")
    if update and (current is None or save is None):
        raise click.UsageError("--update needs CURRENT and --save-reference")
    with reading_input():
        rules = AlertRules.load(alerts) if alerts else None
        limits = statistics.read_thresholds(thresholds)
        before = _sample(reference, exclude, columns)
        now = _sample(current, exclude, columns) if current else None
        if now is not None and type(now) is not type(before):
            raise click.UsageError("expected --device with a reference of devices, and only with one")
        if now is not None and getattr(now, "grouped", None) != getattr(before, "grouped", None):
            raise click.UsageError("expected --group with a reference of groups, and only with one")
    waiting = False
    if now is not None:
        found = _report(before, now, limits)
        click.echo(str(found))
        if out is not None:
            _write(found, out)
        if rules is not None:
            folder = alert_state or reference.with_name(f"{reference.name}.alerts")
            waiting = _tell(rules, _findings(found), folder)
    if save is not None:
        if update and now is not None:
            with reading_input():
                before.merge(now)  # type: ignore[arg-type]
        from assay.features._files import write_whole

        write_whole(save, before.to_bytes())
    if waiting:
        context.exit(EXIT_UNDELIVERED)


def _sample(file: Path, exclude: tuple[str, ...], columns: dict[str, Any]) -> TableSample | DeviceSample:
    from assay.features import drift as statistics

    with file.open("rb") as start:
        magic = start.read(7)
    if magic == _TABLE:
        return statistics.load_reference(file)
    if magic == _DEVICES:
        return statistics.load_device_reference(file)
    table = _read(file)
    group, label = columns["group"], columns["label"]
    if columns["device"]:
        return statistics.device_sample(table, **{name: columns[name] for name in _OF_DEVICES})
    if group:
        return statistics.sample(table, group=group, value=columns["value"], unit=columns["unit"], label=label)
    missing = [name for name in exclude if name not in table]
    if missing:
        raise click.UsageError(f"--exclude: {file.name} has no column {missing[0]!r}")
    return statistics.sample(table.drop(list(exclude)) if exclude else table)


def _read(file: Path) -> Any:
    from assay.data import Table, describe, read_csv

    if file.suffix.lower() == ".parquet":
        try:
            import pyarrow.parquet as pq
        except ModuleNotFoundError:
            raise click.UsageError("Parquet needs pyarrow: pip install pyarrow") from None
        return Table.from_arrow(pq.read_table(file))
    result = read_csv(file)
    if result.report.rows_quarantined:
        rejected = describe.number_of(result.report.rows_quarantined, "row")
        click.echo(f"note: {file}: {rejected} of {result.report.rows_read:,} could not be read", err=True)
    return result.rows


def _report(
    before: TableSample | DeviceSample, now: TableSample | DeviceSample, limits: dict[str, Any]
) -> DriftReport | DeviceReport:
    from assay.features import drift as statistics

    if isinstance(before, statistics.DeviceSample):
        return statistics.devices(before, now, thresholds=limits)
    return statistics.report(before, now, thresholds=limits)


def _write(found: DriftReport | DeviceReport, out: Path) -> None:
    from assay.features._files import write_whole

    out.mkdir(parents=True, exist_ok=True)
    write_whole(out / "drift.html", found.to_html().encode())
    write_whole(out / "drift.json", found.to_json().encode())
    click.echo(f"report: {out / 'drift.html'}")


def _findings(found: DriftReport | DeviceReport) -> list[Finding]:
    from assay.features.drift import DeviceReport, column_sentence, device_sentence
    from assay.tracking.alerts import Finding

    if isinstance(found, DeviceReport):
        return [
            Finding(
                "device",
                " / ".join(part for part in (one.device, one.analyte, one.unit) if part),
                None if one.verdict == "not judged" else one.verdict,
                device_sentence(one),
            )
            for one in found.devices
        ]
    return [
        Finding(
            "drift",
            " / ".join(part for part in (one.name, one.unit) if part),
            None if one.verdict == "not judged" else one.verdict,
            column_sentence(one, found.noun),
        )
        for one in found.columns
    ]


def _tell(rules: AlertRules, findings: list[Finding], folder: Path) -> bool:
    """Whether a message waits."""
    from assay.tracking.alerts import tell_findings

    told = tell_findings(rules, findings, folder)
    for incident in told.incidents:
        click.echo(f"{incident.id}  {incident.text}")
    click.echo(f"{len(told.incidents)} new incidents, {told.sent} messages sent, {told.waiting} wait")
    return bool(told.waiting or told.given_up)

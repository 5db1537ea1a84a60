"""``assay lims score``: every device's risk of failure, once a day."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.exit_codes import EXIT_UNDELIVERED

if TYPE_CHECKING:
    from assay.pipelines.device_risk import DeviceRisk

__all__ = ["score"]


def _day(_: click.Context, __: click.Parameter, value: datetime | None) -> date | None:
    return value.date() if value is not None else None


@click.command(
    epilog="""\b
Exit codes:
  0    done, or done before on this day
  1    a step failed; run.json names it and the reason
  2    wrong usage, or a source or model that cannot be read
  3    done, but a message waits for the next run, or it is not known whether it arrived
  130  interrupted (Ctrl-C); every table is whole, the next run finishes the day
"""
)
@click.argument("source", type=click.Path(path_type=Path))
@click.option(
    "--model", required=True, metavar="FILE|URI", help="Model file, or models:/NAME@ALIAS of MLflow."
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for the workbook.")
@click.option(
    "--lake", type=click.Path(path_type=Path), help="Folder of the Delta tables.  [default: OUT/lake]"
)
@click.option("--catalog", default="LIMS", show_default=True, help="First part of the table names.")
@click.option("--device", metavar="COLUMN", help="Names the device.  [default: device_id, Product ID, …]")
@click.option("--latest", metavar="COLUMN", help="Of several rows of a device the greatest in it counts.")
@click.option(
    "--most-days",
    type=click.IntRange(min=0),
    metavar="DAYS",
    help="With --latest: a device whose newest row is older is not scored.",
)
@click.option(
    "--day",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=_day,
    metavar="YYYY-MM-DD",
    help="Of which these are the scores.  [default: today]",
)
@click.option("--zone", default="UTC", show_default=True, help="Where today is: Europe/Helsinki, for one.")
@click.option(
    "--channels",
    type=click.Path(path_type=Path),
    help="JSON with the mail and webhook channels to tell, as in alert rules.",
)
@click.option("--only-high", is_flag=True, help="Tell nothing when no device is at high risk.")
@click.option("--again", is_flag=True, help="Score a day anew that was scored.")
@click.option(
    "--tell-again", is_flag=True, help="Send once more what a killed run may have sent, or may not."
)
@click.option("--dismiss", is_flag=True, help="Report such messages no more, and do not send them.")
@click.option(
    "--tracking", metavar="URI", help="MLflow server of the alias.  [default: $MLFLOW_TRACKING_URI]"
)
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.pass_context
def score(
    context: click.Context,
    /,
    source: Path,
    out: Path,
    model: str,
    tracking: str | None,
    quiet: bool,
    **options: Any,
) -> None:
    """Score every device of SOURCE, once a day.

    SOURCE is CSV, Parquet or a Delta table with a row for each device. The scores go to Delta tables, an Excel
    workbook in OUT, and, by --channels, a message. A second run of the same day changes and sends nothing; it
    finishes what a killed one left.

    \b
    Steps: read, score, workbook, tell
    """
    from assay.pipelines import device_scores
    from assay.pipelines.progress import Progress, on_stream

    options["channels"] = options["channels"] or ()
    named, fallback = _registered(model, tracking, out) if model.startswith("models:") else (Path(model), "")
    progress = Progress() if quiet else on_stream()
    result = device_scores.run(source, out, model=named, fallback=fallback, progress=progress, **options)
    if not quiet:
        click.echo(result.summary())
    elif result.undelivered:
        for detail in result.told.details:
            click.echo(f"assay: {detail}", err=True)
    if result.undelivered:
        context.exit(EXIT_UNDELIVERED)


def _registered(model: str, tracking: str | None, out: Path) -> tuple[DeviceRisk, str]:
    """The version that the alias points at, if it answers its example; else the one that scored before, and why."""
    import contextlib
    import os

    from assay.pipelines.device_scores.model import check_model
    from assay.pipelines.job import describe_failure, reading_input
    from assay.serving import source_of

    server = tracking or os.environ.get("MLFLOW_TRACKING_URI")
    with reading_input():
        source = source_of(model, tracking_uri=server, cache=out / "models")
        try:
            newest = source.newest()
            found = source.load(newest)
            check_model(found)
        except Exception as error:
            kept = source.last_good()
            if kept is None:
                raise
            check_model(kept)
            why = f"{describe_failure(error)}; version {kept.info.version}, which scored before, is used"
            click.echo(f"assay: {why}", err=True)
            return kept, why
    with contextlib.suppress(OSError):  # for a night without the server; this one has its model
        source.keep(newest)
    return found, ""

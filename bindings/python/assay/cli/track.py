"""``assay track``: a look into a journal, and what may be removed from it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.exit_codes import EXIT_CODES, EXIT_UNDELIVERED, say_undelivered

if TYPE_CHECKING:
    from assay.tracking.journal_tools import JournalStatus, RunSummary, VerifyReport

_journal_argument = click.argument("journal", required=False, type=click.Path(path_type=Path))


def _journal(given: Path | None) -> Path:
    """The journal named; else $ASSAY_JOURNAL, ./assay-journal, or that of ./out."""
    from assay import _core
    from assay.pipelines.job import reading_input
    from assay.tracking import delivery

    usual = _core.tracking.default_journal()
    with reading_input():
        return delivery.find_journal(given or (usual if usual.exists() else Path("out")))


@click.group()
def track() -> None:
    """Look into a journal, and clear what was delivered.

    JOURNAL is a journal's folder, or the folder of results that holds one.
    [default: $ASSAY_JOURNAL, ./assay-journal or ./out]
    """


@track.command()
@_journal_argument
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def status(journal: Path | None, as_json: bool) -> None:
    """Show runs, size, damage and how far delivery is."""
    from assay.tracking import journal_tools

    place = _journal(journal)
    found = journal_tools.journal_status(place)
    click.echo(json.dumps(_as_dict(place, found), indent=2) if as_json else _as_text(place, found))


@track.command()
@click.argument("run")
@_journal_argument
def show(run: str, journal: Path | None) -> None:
    """Show one run, by id or name."""
    from assay.pipelines.job import reading_input
    from assay.tracking import journal_tools

    found = journal_tools.journal_status(_journal(journal))
    with reading_input():
        summary = journal_tools.find_run(found, run)
    click.echo("\n".join(_details(summary)))


@track.command(epilog=EXIT_CODES)
@_journal_argument
@click.option("--tracking", metavar="URI", help="MLflow server.  [default: $MLFLOW_TRACKING_URI]")
@click.pass_context
def verify(context: click.Context, journal: Path | None, tracking: str | None) -> None:
    """Compare the server with the journal.

    Reads everything back: values, whole histories, artifacts by hash, datasets, models, traces, feedback.
    """
    from assay.tracking import delivery, journal_tools

    uri = tracking or delivery.get_tracking_uri()
    if uri is None or not delivery.is_server(uri):
        raise click.UsageError("no MLflow server to ask; give --tracking or set MLFLOW_TRACKING_URI")
    place = _journal(journal)
    report = journal_tools.verify(place, uri)
    click.echo(f"{place}: {_compared(report)} compared")
    if report.refused:
        click.echo(f"{report.refused:,} records that the server refused were not compared")
    if report.differences:
        say_undelivered(report.differences)
        context.exit(EXIT_UNDELIVERED)
    if not (report.runs or report.traces or report.models or report.model_versions or report.assessments):
        say_undelivered(["nothing of this journal was delivered to this server"])
        context.exit(EXIT_UNDELIVERED)
    click.echo("all equal")


def _compared(report: VerifyReport) -> str:
    """What was compared; of what only some journals hold, what there is."""
    documents = {
        "datasets": report.datasets,
        "logged models": report.models,
        "model versions": report.model_versions,
        "assessments": report.assessments,
    }
    parts = [
        f"{report.runs:,} runs, {report.points:,} points of {report.metrics:,} metrics",
        f"{report.params:,} params, {report.tags:,} tags, {report.artifacts:,} artifacts",
    ]
    if report.traces:
        parts.append(f"{report.traces:,} traces of {report.spans:,} spans")
    return ", ".join(parts + [f"{count:,} {what}" for what, count in documents.items() if count])


@track.command()
@_journal_argument
@click.option("--format", "format_", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@click.option("--run", metavar="RUN", help="Only this run, by id or name.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="File.  [default: standard output]"
)
def export(journal: Path | None, format_: Any, run: str | None, out: Path | None) -> None:
    """Write every record as text, in clear."""
    from assay.pipelines.job import reading_input
    from assay.tracking import journal_tools

    place = _journal(journal)
    chosen = ""
    if run is not None:
        with reading_input():
            chosen = journal_tools.find_run(journal_tools.journal_status(place), run).run_id
    if out is None:
        journal_tools.export_journal(place, sys.stdout.buffer.write, format=format_, run=chosen)
        return
    with open(out, "wb") as file:
        count = journal_tools.export_journal(place, file.write, format=format_, run=chosen)
    click.echo(f"{out}: {count:,} records")


@track.command()
@_journal_argument
@click.option("--dry-run", is_flag=True, help="Remove nothing, say what would go.")
@click.option(
    "--keep-days",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default=True,
    help="Days that delivered records stay.",
)
@click.option(
    "--tracking",
    metavar="URI",
    help="Remove what this server has.  [default: what every MLflow server has that the journal was delivered to]",
)
@click.option("--refused", is_flag=True, help="Remove what a server refused, too. It is nowhere else.")
def gc(journal: Path | None, dry_run: bool, keep_days: float, tracking: str | None, refused: bool) -> None:
    """Remove what has been delivered.

    And the artifacts that nothing names any more. What waits stays.
    """
    from assay.tracking import journal_tools

    place = _journal(journal)
    report = journal_tools.collect_garbage(
        place,
        keep_days=keep_days,
        server_key=tracking and tracking.rstrip("/"),
        refused=refused,
        dry_run=dry_run,
    )
    removed = "would remove" if dry_run else "removed"
    click.echo(
        f"{place}: {removed} {report.records_removed:,} records in {report.segments_removed:,} segments and "
        f"{report.artifacts_removed:,} artifacts, {_bytes(report.bytes_freed)}; {_bytes(report.bytes_left)} stay"
    )
    kept = {
        "wait for delivery": report.segments_waiting,
        "hold what a server refused": report.segments_refused,
        "are damaged": report.segments_damaged,
        "are still written": report.segments_open,
        "are too young or belong to runs that go on": report.segments_kept,
    }
    for why, count in kept.items():
        if count:
            click.echo(f"kept: {count:,} segments {why}")


@track.command()
@click.argument("rules", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_journal_argument
@click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of what is remembered.  [default: alerts in JOURNAL]",
)
@click.pass_context
def alerts(context: click.Context, rules: Path, journal: Path | None, state: Path | None) -> None:
    """Tell what is new by alert RULES.

    RULES is a JSON file. Each incident of the journal is told once, to each channel. Ends with 3 where a
    channel did not take a message; it is sent again next time.
    """
    from assay.pipelines.job import reading_input
    from assay.tracking.alerts import AlertRules, check_alerts

    with reading_input():
        read = AlertRules.load(rules)
    report = check_alerts(read, _journal(journal), state=state)
    for incident in report.incidents:
        click.echo(f"{incident.id}  {incident.text}")
    click.echo(f"{len(report.incidents)} new incidents, {report.sent} messages sent, {report.waiting} wait")
    if report.waiting or report.given_up:
        context.exit(EXIT_UNDELIVERED)


def _as_text(place: Path, found: JournalStatus) -> str:
    size = _bytes(found.segment_bytes + found.artifact_bytes)
    lines = [
        f"{place}: {len(found.runs):,} runs, {found.records:,} records in {found.segments:,} segments "
        f"({found.open_segments:,} open), {found.artifacts:,} artifacts, {size}"
    ]
    if not found.servers:
        lines.append("delivered to no server yet")
    lines += [
        f"{server.name}: {server.delivered:,} delivered, {server.waiting:,} wait, {server.refused:,} refused"
        for server in found.servers
    ]
    lines += [_line(run) for run in found.runs]
    lines += [f"damaged: {sentence}" for sentence in found.damage]
    return "\n".join(lines)


def _line(run: RunSummary) -> str:
    points, artifacts = run.records.get("metric", 0), run.records.get("artifact", 0)
    waiting = sum(run.waiting.values())
    name = run.run_name or "(its beginning is missing)"
    wait = f", {waiting:,} wait" if waiting else ""
    return (
        f"  {run.run_id[:8]}  {run.status:<8}  {_time(run.start_time)}  {run.experiment}/{name}: "
        f"{points:,} points, {artifacts:,} artifacts{wait}"
    )


def _details(run: RunSummary) -> list[str]:
    lines = [
        f"run        {run.run_name or '(its beginning is missing)'}",
        f"id         {run.run_id}",
        f"experiment {run.experiment}",
        f"status     {run.status}",
        f"began      {_time(run.start_time)}",
        f"ended      {_time(run.end_time)}",
    ]
    if run.parent_run_id:
        lines.append(f"parent     {run.parent_run_id}")
    lines += [
        f"on         {server}: run {server_id}, {run.waiting.get(server, 0):,} records wait"
        for server, server_id in run.server_run_ids.items()
    ]
    lines += [f"param      {key} = {value}" for key, value in run.params.items()]
    lines += [f"tag        {key} = {value}" for key, value in run.tags.items()]
    lines += [f"metric     {key}: {count:,} points" for key, count in run.metrics.items()]
    lines += [f"artifact   {path}: {_bytes(size)}" for path, size in run.artifacts.items()]
    known = {"create_run", "end_run", "param", "tag", "metric", "artifact"}
    lines += [f"{kind:<10} {count:,}" for kind, count in run.records.items() if kind not in known]
    return lines


def _as_dict(place: Path, found: JournalStatus) -> dict[str, Any]:
    servers = ("name", "delivered", "refused", "waiting")
    runs = (
        "run_id", "experiment", "run_name", "parent_run_id", "status", "start_time", "end_time",
        "records", "waiting", "server_run_ids",
    )  # fmt: skip
    sizes = ("segments", "open_segments", "records", "segment_bytes", "artifact_bytes", "artifacts", "damage")
    return {
        "journal": str(place),
        **{name: getattr(found, name) for name in sizes},
        "servers": [{name: getattr(server, name) for name in servers} for server in found.servers],
        "runs": [{name: getattr(run, name) for name in runs} for run in found.runs],
    }


def _bytes(count: int) -> str:
    size = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{count:,} bytes" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    raise AssertionError


def _time(millis: int | None) -> str:
    from datetime import datetime, timezone

    if millis is None:
        return "-"
    return datetime.fromtimestamp(millis / 1000, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")

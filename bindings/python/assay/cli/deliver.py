"""``assay sync``: delivery of a journal, once or for as long as it is wanted."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.exit_codes import EXIT_CODES, EXIT_OK, EXIT_UNDELIVERED, say_undelivered

if TYPE_CHECKING:
    from assay.tracking import SyncReport


@click.command(epilog=EXIT_CODES)
@click.argument("out", default="out", type=click.Path(path_type=Path))
@click.option("--tracking", metavar="URI", help="MLflow server.  [default: $MLFLOW_TRACKING_URI]")
@click.option("--watch", is_flag=True, help="Go on delivering what is logged, until Ctrl-C or SIGTERM.")
@click.option(
    "--interval",
    type=click.FloatRange(min=0.1),
    default=10.0,
    show_default=True,
    help="Seconds between deliveries with --watch.",
)
@click.option(
    "--keep-days",
    type=click.FloatRange(min=0),
    help="Then remove from the journal what was delivered more than so many days ago.",
)
@click.pass_context
def sync(
    context: click.Context,
    out: Path,
    tracking: str | None,
    watch: bool,
    interval: float,
    keep_days: float | None,
) -> None:
    """Deliver what waits in a journal to MLflow.

    What the journal of OUT holds arrives once, however often it is delivered. A server that is away is tried for two
    minutes; with --watch, for ever.
    """
    from assay.tracking import delivery

    uri = tracking or delivery.get_tracking_uri()
    if uri is None or not delivery.is_server(uri):
        raise click.UsageError("no MLflow server to deliver to; give --tracking or set MLFLOW_TRACKING_URI")
    if watch:
        context.exit(_Watch(out, uri, keep_days).run(interval))
    context.exit(_once(out, uri, keep_days))


def _once(out: Path, uri: str, keep_days: float | None) -> int:
    from assay import AuthError, HttpError
    from assay.pipelines.job import reading_input
    from assay.tracking import delivery

    with reading_input():
        journal = delivery.find_journal(out)
    try:
        report = delivery.sync(journal, uri)
    except (AuthError, HttpError) as error:
        say_undelivered([str(error)])
        return EXIT_UNDELIVERED
    if missing := _missing(report):
        say_undelivered(missing)
        return EXIT_UNDELIVERED
    click.echo(f"{journal}: all delivered")
    _remove_delivered(journal, keep_days)
    return EXIT_OK


def _missing(report: SyncReport) -> list[str]:
    from assay.tracking import delivery

    missing = delivery.shortfalls(report)
    if report.refused_earlier:
        missing.append(
            f"delivered, but for {report.refused_earlier:,} records that this server refused earlier; "
            "they stay in the journal"
        )
    return missing


def _remove_delivered(journal: Path, keep_days: float | None) -> None:
    from assay.tracking import journal_tools

    if keep_days is None:
        return
    report = journal_tools.collect_garbage(journal, keep_days=keep_days)
    if report.segments_removed:
        click.echo(f"{journal}: removed {report.records_removed:,} delivered records")


class _Watch:
    """Delivers again and again, and says what changes."""

    def __init__(self, out: Path, uri: str, keep_days: float | None) -> None:
        self._out = out
        self._uri = uri
        self._keep_days = keep_days
        self._said: list[str] = []
        self._complete = True

    def run(self, interval: float) -> int:
        def stop(number: int, _: Any) -> None:
            raise KeyboardInterrupt

        before = signal.signal(signal.SIGTERM, stop)
        click.echo(f"{self._out}: delivering to the server as it is logged (Ctrl-C ends it)")
        try:
            while True:
                self._deliver()
                time.sleep(interval)
        except KeyboardInterrupt:
            pass
        finally:
            signal.signal(signal.SIGTERM, before)
        if self._complete:
            return EXIT_OK
        click.echo("assay: ended before all was delivered; the rest is in the journal", err=True)
        return EXIT_UNDELIVERED

    def _deliver(self) -> None:
        from assay import AuthError, HttpError, IoError, StateError
        from assay.tracking import delivery

        try:
            journal = delivery.find_journal(self._out)
        except IoError:
            return self._say(["no journal there yet"])  # its first run may begin later
        self._complete = False  # until a delivery came to its end
        try:
            report = delivery.sync(journal, self._uri, verify=False, deadline=5.0)
            self._complete = report.complete
            self._tell(report)
            if report.complete:
                _remove_delivered(journal, self._keep_days)
        except (AuthError, HttpError, StateError) as error:
            self._say([str(error)])

    def _tell(self, report: SyncReport) -> None:
        sent = {"metrics": report.metrics, "params": report.params, "tags": report.tags}
        sent |= {"artifacts": report.artifacts, "runs ended": report.runs_ended}
        parts = [f"{count:,} {what}" for what, count in sent.items() if count]
        if parts:
            click.echo(f"{time.strftime('%H:%M:%S')} delivered {', '.join(parts)}")
        self._say(_missing(report))

    def _say(self, lines: list[str]) -> None:
        """Each line when it is new: a server that is away for a night is one line, not thousands."""
        shapes = [_without_numbers(line) for line in lines]
        say_undelivered([line for line, shape in zip(lines, shapes, strict=True) if shape not in self._said])
        if self._said and not lines:
            click.echo(f"{time.strftime('%H:%M:%S')} all delivered")
        self._said = shapes


def _without_numbers(text: str) -> str:
    return "".join(c for c in text if not c.isdigit() and c != ",")

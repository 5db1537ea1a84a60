"""The command ``assay``: thin names over the library, errors as one line, exit codes that mean something."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import click

from assay.cli.audit import audit
from assay.cli.clip import clip
from assay.cli.deliver import sync
from assay.cli.exit_codes import (
    EXIT_CODES,
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_USAGE,
)
from assay.cli.lims import lims
from assay.cli.models import models
from assay.cli.run import run
from assay.cli.track import track

__all__ = ["main"]


def _port(_: click.Context, __: click.Parameter, value: str) -> int:
    if not (value.isascii() and value.isdecimal() and int(value) <= 65535):
        raise click.BadParameter(f"expected 1 to 65535, or 0 for a free one, got {value}")
    return int(value)


def _print_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        import assay

        click.echo(f"assay {assay.__version__}")
        context.exit()


@click.group(epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_print_version, help="Version."
)
@click.option("--debug", is_flag=True, help="Show the full trace of an error.")
@click.pass_context
def main_group(context: click.Context, debug: bool) -> None:
    """Clinical and laboratory machine learning: from raw hospital data to judged, tracked results."""
    context.obj = {"debug": debug}


main_group.add_command(audit)
main_group.add_command(clip)
main_group.add_command(lims)
main_group.add_command(models)
main_group.add_command(run)
main_group.add_command(sync)
main_group.add_command(track)


@main_group.command(
    epilog="""\b
Exit codes:
  0  nothing that is needed or configured is broken; what is missing or not configured is no fault
  1  the core, the lake, the MLflow server or a Databricks profile is broken
"""
)
@click.option(
    "--lake",
    type=click.Path(path_type=Path),
    default=Path("out/lake"),
    show_default=True,
    help="Lake to try.",
)
@click.option("--tracking", metavar="URI", help="MLflow server to try.  [default: $MLFLOW_TRACKING_URI]")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def doctor(context: click.Context, /, lake: Path, tracking: str | None, as_json: bool) -> None:
    """What is installed and reachable, and what is missing."""
    from assay import doctor as checks

    findings = checks.examine(lake=lake, tracking=tracking)
    click.echo(checks.to_json(findings) if as_json else checks.to_text(findings, colour=_colour()))
    if not checks.all_well(findings):
        context.exit(EXIT_FAILED)


@main_group.command(
    epilog="""\b
Exit codes:
  0  ended by Ctrl-C; what was not delivered by then stays in the journal
  1  MLflow is missing or did not start, or the port is taken
  2  wrong usage, or a folder without a journal
"""
)
@click.argument("out", default="out", type=click.Path(path_type=Path))
@click.option(
    "--port", metavar="PORT", callback=_port, default="0", show_default=True, help="0 takes a free one."
)
@click.option("--open", "open_browser", is_flag=True, help="Open the page in a browser.")
def ui(out: Path, port: int, open_browser: bool) -> None:
    """Show results in MLflow's web interface.

    Delivers the journal in OUT to SQLite beside it, starts MLflow on this machine alone, and prints the address.
    Ctrl-C ends it.
    """
    with contextlib.suppress(KeyboardInterrupt):
        from assay.pipelines.job import reading_input
        from assay.tracking.local import expect_journals, serve_ui

        with reading_input():
            expect_journals(out)
        serve_ui(out, port=port, open_browser=open_browser)


@main_group.command(epilog=EXIT_CODES)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--text", is_flag=True, help="Keep every column as text.")
def read(file: Path, text: bool) -> None:
    """Describe a delimited file, without its values.

    Its dialect, its columns and their types, and what cannot be read by which rule.
    """
    from assay.data import describe, read_csv
    from assay.data.names import printable_names
    from assay.pipelines.clinical.layouts import SOURCE_COLUMNS
    from assay.pipelines.job import reading_input

    with reading_input():
        result = read_csv(file, infer_types=not text)
    names = printable_names(result.rows.column_names, also=SOURCE_COLUMNS)
    hidden = sum(name != shown for name, shown in names.items())
    report = result.report
    click.echo(
        f"{file}: {describe.number_of(report.rows_read, 'row')} read, {report.rows_accepted:,} accepted, "
        f"{report.rows_quarantined:,} quarantined"
    )
    click.echo(f"dialect: {describe.describe_dialect(report.dialect)}")
    if hidden:
        number = describe.number_of(hidden, "column has", "columns have")
        question = ": has the file a header?" if describe.header_may_be_data(result.rows) else ""
        click.echo(
            f"note: {number} no name that Assay knows and {'is' if hidden == 1 else 'are'} shown by position{question}"
        )
    for name in describe.columns_with_decimal_comma(result.rows):
        click.echo(f"note: {names[name]} holds decimal commas and stays text; numbers are read with a point")
    for remark in report.doubts if hidden else [*report.doubts, *report.remarks]:
        click.echo(f"note: {remark}")
    for field in result.rows.schema:
        click.echo(f"  {names[field.name]:<32} {field.type}")
    for rule, count in sorted(result.rejected.counts_by_rule().items()):
        column, _, kind = rule.rpartition(".")
        click.echo(f"quarantined by {names.get(column, column)}.{kind}: {count:,}")


def _colour() -> bool:
    import os

    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def main() -> None:
    """Runs the command: errors become one line on stderr and an exit code."""
    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
    tables = "; every table is whole, the run can be repeated" if sys.argv[1:2] == ["run"] else ""
    try:
        code = main_group(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = EXIT_USAGE
    except (click.exceptions.Abort, KeyboardInterrupt):
        code = _fail(f"interrupted{tables}", EXIT_INTERRUPTED)
    except Exception as error:
        message, code = _explain(error)
        if debug:
            import traceback

            traceback.print_exc()
        else:
            _fail(message, code)
    sys.exit(code if isinstance(code, int) else EXIT_OK)


def _explain(error: Exception) -> tuple[str, int]:
    from assay.pipelines.job import describe_failure, is_bad_input

    return describe_failure(error), EXIT_USAGE if is_bad_input(error) else EXIT_FAILED


def _fail(message: str, code: int) -> int:
    click.echo(f"assay: {message}", err=True)
    return code

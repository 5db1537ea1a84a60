"""``assay run lims``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.exit_codes import EXIT_CODES, EXIT_FAILED, EXIT_UNDELIVERED
from assay.cli.lims.reading import reading_options, say_options

if TYPE_CHECKING:
    from assay.data.deid import DeidKey
    from assay.data.laboratory import LocalUnit
    from assay.pipelines.lims import Mirror
    from assay.pipelines.result import RunResult

__all__ = ["lims"]


@click.command(
    epilog=EXIT_CODES.replace("a step failed;", "a step failed, or --train had nothing to train on;")
)
@click.argument("source", metavar="SOURCE")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for the results.")
@click.option(
    "--lake", type=click.Path(path_type=Path), help="Folder of the Delta tables.  [default: OUT/lake]"
)
@click.option("--catalog", default="LIMS", show_default=True, help="First part of the table names.")
@click.option("--key-file", type=click.Path(path_type=Path), help="Key that identifiers are replaced with.")
@click.option("--key-command", metavar="COMMAND", help="Prints the key: a secret store's command line.")
@click.option("--identified", is_flag=True, help="SOURCE names nobody: made-up data or a published extract.")
@click.option(
    "--dates",
    type=click.Choice(["shift", "keep"]),
    default="shift",
    show_default=True,
    help="Move each patient's dates in what is stored, or keep them (a limited data set).",
)
@click.option(
    "--texts",
    type=click.Choice(["common", "searched"]),
    default="common",
    show_default=True,
    help="Keep results in words that five patients have, or all after a search for identifiers.",
)
@click.option("--audit", type=click.Path(path_type=Path), help="Log of who loaded what (assay audit verify).")
@reading_options
@click.option("--table", help="Table or view of a database.  [default: lab_results]")
@click.option(
    "--mirror",
    type=click.Path(path_type=Path),
    help="Copy of the table to keep up to date, with identifiers, for its owner alone.",
)
@click.option("--incremental", metavar="COLUMN", help="With --mirror: read what is new by this column.")
@click.option("--changes", metavar="SLOT", help="With --mirror: follow the server's log.")
@click.option(
    "--row-key", metavar="COLUMNS", default="result_id", show_default=True,
    help="With --incremental: what names a row.",
)
@click.option("--tests", type=click.Path(path_type=Path), help="CSV file: local codes and their LOINC.")
@say_options
@click.option(
    "--target",
    type=click.FloatRange(0, 1),
    default=0.99,
    show_default=True,
    help="Least score of quality; below it gold and drift are not made.",
)
@click.option(
    "--delta-limits",
    type=click.Path(path_type=Path),
    help="JSON: what results of a patient may differ by.  [default: Assay's conventions]",
)
@click.option(
    "--tracking",
    metavar="URI",
    help="MLflow server; '' for none.  [default: $MLFLOW_TRACKING_URI, else a journal in OUT]",
)
@click.option("--prefix", default="assay", show_default=True, help="Name before the experiment.")
@click.option("--train", is_flag=True, help="Train and judge a model of device failure; a gate promotes it.")
@click.option("--replace", is_flag=True, help="Replace tables in the lake that were made from another source.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.pass_context
def lims(
    context: click.Context,
    /,
    source: str,
    out: Path,
    quiet: bool,
    key_file: Path | None,
    key_command: str | None,
    table: str | None,
    reading: dict[str, Any],
    own: list[LocalUnit],
    mirror: Path | None,
    incremental: str | None,
    changes: str | None,
    row_key: str,
    **options: Any,
) -> None:
    """From a laboratory's results to comparable, checked ones.

    SOURCE is a folder or a file (CSV, HL7 v2, FHIR, OMOP, MIMIC-IV), or postgresql://… . Identifiers are replaced
    before anything is stored, with the key of --key-file, --key-command or $ASSAY_DEID_KEY.

    \b
    Steps: bronze, silver, quality, gold, drift, [train,] track, report
    """
    from assay.cli.servers import server_of
    from assay.pipelines import lims as pipeline
    from assay.pipelines.progress import Progress, on_stream
    from assay.pipelines.record import Status

    options["tracking"] = server_of(options["tracking"], out, quiet)
    result = pipeline.run(
        source,
        out,
        key=_key(key_file, key_command),
        reading={**reading, "table": table} if table is not None else reading,
        units=own,
        mirror=_mirror(mirror, incremental, changes, row_key),
        progress=Progress() if quiet else on_stream(),
        **options,
    )
    if not quiet:
        click.echo(result.summary())
        if options["train"]:
            _say_model(result)
    if options["train"] and (trained := result.step("train")).status is Status.SKIPPED:
        click.echo(f"assay: --train: {trained.reason}", err=True)
        context.exit(EXIT_FAILED)
    if result.undelivered:
        context.exit(EXIT_UNDELIVERED)


def _say_model(result: RunResult) -> None:
    """The gate's sentence, which has the figure, and where the card lies; nothing where no model was trained."""
    trained = result.step("train")
    cards = [file for file in trained.files if file.endswith("model_card.html")]
    for label, text in zip(("model", "card"), (*trained.remarks[-1:], *cards), strict=False):
        click.echo(f"{label:<8} {text}")


def _mirror(folder: Path | None, incremental: str | None, changes: str | None, key: str) -> Mirror | None:
    if folder is None:
        if incremental is not None or changes is not None:
            raise click.UsageError("--incremental and --changes: expected --mirror, the folder of the copy")
        return None
    if (incremental is None) == (changes is None):
        raise click.UsageError("--mirror: expected --incremental COLUMN or --changes SLOT")
    from assay.pipelines.lims import Mirror

    names = tuple(name.strip() for name in key.split(",") if name.strip())
    return Mirror(folder, incremental=incremental, changes=changes, key=names)


def _key(file: Path | None, command: str | None) -> DeidKey | None:
    if file is None and command is None:
        return None
    if file is not None and command is not None:
        raise click.UsageError("--key-file and --key-command: expected one of them")
    from assay.data.deid import DeidKey
    from assay.pipelines.job import reading_input

    with reading_input():
        return DeidKey.from_file(file) if file is not None else DeidKey.from_command(shlex.split(command or ""))

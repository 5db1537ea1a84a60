"""``assay run clinical``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from assay.cli.exit_codes import EXIT_CODES, EXIT_UNDELIVERED

__all__ = ["clinical"]


@click.command(epilog=EXIT_CODES)
@click.argument("source", metavar="INPUT", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for the results.")
@click.option(
    "--lake", type=click.Path(path_type=Path), help="Folder of the Delta tables.  [default: OUT/lake]"
)
@click.option("--catalog", default="P2T2", show_default=True, help="First part of the table names.")
@click.option(
    "--tracking",
    metavar="URI",
    help="MLflow server, such as http://127.0.0.1:5000, tried for seconds at the end; '' for none.  "
    "[default: $MLFLOW_TRACKING_URI, else a journal in OUT]",
)
@click.option(
    "--prefix",
    default="assay",
    show_default=True,
    help="Name before the experiments: PREFIX/Judge_Evaluation.",
)
@click.option("--patients", metavar="ID,ID", help="Patients to show in full and to track one by one.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["auto", "patient", "mimic-iv"]),
    default="auto",
    show_default=True,
)
@click.option(
    "--clip",
    type=click.Path(path_type=Path),
    help="Weights of a CLIP model, to match images.  [default: $ASSAY_CLIP_MODEL, else the step is skipped]",
)
@click.option(
    "--labels",
    metavar="SET|FILE",
    default="chest_radiograph",
    show_default=True,
    help="What images are matched to.",
)
@click.option(
    "--calibration",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="What assay clip calibrate wrote for this model and these labels.",
)
@click.option(
    "--from", "from_step", metavar="STEP", help="First step to run; the tables of those before it are reused."
)
@click.option("--replace", is_flag=True, help="Replace tables in the lake that were made from another input.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.pass_context
def clinical(
    context: click.Context, /, source: Path, out: Path, quiet: bool, format_: str, **options: Any
) -> None:
    """From a hospital extract to gold tables and notes.

    The tables come with judged notes, a report and an MLflow record.
    INPUT is a patient's folder (vital_signs, emergency_data, medical_history, dicom_metadata and an image) or
    MIMIC-IV, as PhysioNet ships it or flat.

    \b
    Steps: bronze, silver, gold, images, notes, judge, track, report
    """
    from assay.cli.servers import server_of
    from assay.pipelines import clinical as pipeline
    from assay.pipelines.progress import Progress, on_stream

    patients = options.pop("patients")
    options["tracking"] = server_of(options["tracking"], out, quiet)
    result = pipeline.run(
        source,
        out,
        format=format_,  # type: ignore[arg-type]
        patients=[name.strip() for name in patients.split(",") if name.strip()] if patients else None,
        progress=Progress() if quiet else on_stream(),
        **options,
    )
    if not quiet:
        click.echo(result.summary())
    if result.undelivered:
        context.exit(EXIT_UNDELIVERED)

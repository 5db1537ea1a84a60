"""The clinical pipeline: a hospital extract in; gold tables, judged notes, a report and an MLflow record out.

It names the steps; the library does the work. Every step can be repeated from what the one before it stored.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from assay.pipelines.clinical import steps
from assay.pipelines.clinical.preparation import expect_tables, prepare
from assay.pipelines.clinical.result import RunResult
from assay.pipelines.clinical.sources import Format
from assay.pipelines.job import Job
from assay.pipelines.progress import Progress

__all__ = ["STEPS", "RunResult", "run"]

STEPS = ("bronze", "silver", "gold", "images", "notes", "judge", "track", "report")

Folder = str | os.PathLike[str]


def run(
    source: Folder,
    out: Folder,
    *,
    lake: Folder | None = None,
    catalog: str = "P2T2",
    tracking: str | None = None,
    prefix: str = "assay",
    patients: str | Sequence[str] | None = None,
    format: Format = "auto",
    clip: Folder | None = None,
    labels: Folder = "chest_radiograph",
    calibration: Folder | None = None,
    from_step: str | None = None,
    replace: bool = False,
    progress: Progress | None = None,
) -> RunResult:
    """Runs the steps and writes tables, notes, verdicts, report and ``run.json``.

    Args:
        source: a patient's folder (four CSV files and images), or MIMIC-IV.
        out: folder for the results; made where it is missing.
        lake: folder of the Delta tables; ``<out>/lake`` where none is given.
        tracking: address of an MLflow server; the records wait in ``<out>/journal`` where none is given.
        prefix: name before the experiments, as in ``assay/Judge_Evaluation``.
        patients: id or ids, shown in full in the report and tracked one by one; all where there is only one.
        format: ``patient`` or ``mimic-iv``, where the files are not to decide.
        clip: folder or file of a CLIP model's weights, to match images; ``$ASSAY_CLIP_MODEL`` where none is given, and
            without either the step is skipped.
        labels: what images are matched to: the name of a set that comes with Assay, or a file.
        calibration: file of ``assay clip calibrate``, for probabilities that mean frequencies; refused where it was
            made with another model, other labels or other prompts.
        from_step: the first step to run, from the tables that those before it stored of this very input.
        replace: tables that were made from another input may be replaced, columns and all; else they stop the run.

    Raises:
        ValueError: an option that cannot be meant, or tables of another input in the lake.
        IoError: the source or the lake cannot be read or written.
        SchemaError: a source or a stored table lacks a column, or has another type.
    """
    context = prepare(
        source,
        out,
        lake=lake,
        catalog=catalog,
        tracking=tracking,
        prefix=prefix,
        patients=patients,
        format=format,
        clip=clip,
        labels=labels,
        calibration=calibration,
        progress=progress,
    )
    job = Job(context.record, steps=STEPS, from_step=from_step, progress=context.progress)
    expect_tables(context, STEPS, first=job.first, replace=replace)
    with job:
        (context.out / "report.html").unlink(missing_ok=True)  # an older run's; this one's is the last step
        bronze = job.step("bronze", lambda step: steps.bronze(context, step), context.stored_bronze)
        silver = job.step("silver", lambda step: steps.silver(context, bronze, step), context.stored_silver)
        gold = job.step("gold", lambda step: steps.gold(context, silver, step), context.stored_gold)
        matches = job.optional(
            "images", lambda step: steps.images(context, silver, step), context.stored_matches
        )
        notes = job.step("notes", lambda step: steps.notes(context, gold, step), context.stored_notes)
        verdicts = job.step(
            "judge", lambda step: steps.judge(context, gold, notes, step), context.stored_verdicts
        )
        job.optional("track", lambda step: steps.track(context, gold, notes, verdicts, matches or (), step))
        job.optional(
            "report",
            lambda step: steps.report(context, silver, gold, notes, verdicts, matches or (), step),
        )
    return RunResult(context.record)


def __dir__() -> list[str]:
    return sorted(__all__)

"""The laboratory pipeline: a LIMS's results in; standardised, de-identified, checked results, features and drift out.

It names the steps; the library does the work.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from assay.pipelines.job import Job
from assay.pipelines.lims import model, steps
from assay.pipelines.lims.door import Dates, Texts
from assay.pipelines.lims.mirror import Mirror
from assay.pipelines.lims.preparation import expect_tables, prepare
from assay.pipelines.progress import Progress
from assay.pipelines.result import RunResult

if TYPE_CHECKING:
    from assay.data.deid import DeidKey
    from assay.data.laboratory import LocalUnit

__all__ = ["STEPS", "Mirror", "run"]

STEPS = ("bronze", "silver", "quality", "gold", "drift", "track", "report")
"""Of every run; with ``train`` the model's training, and later its ``watch``, come before ``track``."""

Folder = str | os.PathLike[str]


def run(
    source: Folder,
    out: Folder,
    *,
    lake: Folder | None = None,
    catalog: str = "LIMS",
    key: DeidKey | None = None,
    identified: bool = False,
    dates: Dates = "shift",
    texts: Texts = "common",
    audit: Folder | None = None,
    tests: Folder | None = None,
    units: Iterable[LocalUnit] = (),
    target: float = 0.99,
    delta_limits: Folder | None = None,
    tracking: str | None = None,
    prefix: str = "assay",
    replace: bool = False,
    reading: Mapping[str, Any] | None = None,
    mirror: Mirror | None = None,
    train: bool = False,
    progress: Progress | None = None,
) -> RunResult:
    """Runs the steps and writes tables, report and ``run.json``.

    Args:
        source: a folder or file (CSV, HL7 v2, FHIR, OMOP, MIMIC-IV), or ``postgresql://…``.
        out: folder for the results; made where it is missing.
        lake: folder of the Delta tables; ``<out>/lake`` where none is given.
        key: what identifiers are replaced with; ``$ASSAY_DEID_KEY`` where none is given. Without either the run is
            refused.
        identified: the source holds nobody's identifiers (made-up data, a published extract): no key is needed.
        dates: ``shift`` moves each patient's dates in what is stored, ``keep`` makes a limited data set.
        texts: ``common`` keeps a result in words where at least five patients have the same ("positive") and writes
            "[TEXT]" for any other, since no search finds every name; ``searched`` keeps what the search left.
        audit: log that gets an entry of what was loaded, under ``$ASSAY_AUDIT_KEY`` where that is set.
        tests: CSV file that maps local codes to LOINC.
        units: what the laboratory means by its own spellings of units; they win over every other reading.
        target: least score of quality; below it gold and drift are not made.
        delta_limits: JSON file of what results of a patient may differ by; Assay's conventions where none is given.
        tracking: address of an MLflow server; the records wait in ``<out>/journal`` where none is given.
        replace: tables that were made from another source may be replaced, columns and all; else they stop the run.
        reading: options of :func:`assay.data.laboratory.read_results`, such as ``zone`` and ``dates``.
        mirror: copy of a database's table, kept up to date by a watermark or by the server's log, to read instead of
            the whole table each time. It holds identifiers and lies outside of ``out`` and ``lake``.
        train: a model of device failure is trained on gold.device_days, judged, registered with the alias staging, and
            promoted to production where the gate lets it. A later run without ``train`` compares its new device days
            with those of the training, and proposes to train again where they have drifted.

    Raises:
        AuthError: no key. ValueError: an option that cannot be meant, or tables of another source in the lake.
        IoError: the source or the lake cannot be read or written. SchemaError: the source lacks what a result needs.
    """
    context = prepare(
        source,
        out,
        lake=lake,
        catalog=catalog,
        key=key,
        identified=identified,
        dates=dates,
        texts=texts,
        audit=audit,
        tests=tests,
        units=units,
        target=target,
        delta_limits=delta_limits,
        tracking=tracking,
        prefix=prefix,
        reading=reading or {},
        mirror=mirror,
        progress=progress,
    )
    of_model = "train" if train else "watch" if model.is_trained(context.out) else None
    names = STEPS if of_model is None else (*STEPS[:-2], of_model, *STEPS[-2:])
    job = Job(context.record, steps=names, from_step=None, progress=context.progress)
    expect_tables(context, replace=replace)
    with job:
        (context.out / "report.html").unlink(missing_ok=True)  # an older run's; this one's is the last step
        for name, work in (("bronze", steps.bronze), ("silver", steps.silver)):
            job.step(name, partial(work, context), _nothing_stored)
        for name, work in (
            ("quality", steps.quality),
            ("gold", steps.gold),
            ("drift", steps.drift),
            ("train", model.train),
            ("watch", model.watch),
            ("track", steps.track),
            ("report", steps.report),
        ):
            if name in names:
                job.optional(name, partial(work, context))
    return RunResult(context.record)


def _nothing_stored() -> None:
    """Steps always run: a run has no first step but the first."""


def __dir__() -> list[str]:
    return sorted(__all__)

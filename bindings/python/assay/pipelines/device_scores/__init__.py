"""The nightly job: every device's risk of failure to a Delta table and a workbook, and a message to whom it concerns.

Once for each day: a second run of the same day changes and sends nothing, and finishes what a first one that was
killed has left.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from assay.data.lake import Lake
from assay.data.lake_rows import sole_writer
from assay.pipelines.device_scores import steps
from assay.pipelines.device_scores.context import Context, ScoresResult
from assay.pipelines.device_scores.messages import Outbox, load_channels
from assay.pipelines.device_scores.store import SCORES, ScoreStore
from assay.pipelines.job import Job, reading_input
from assay.pipelines.options import make_folder
from assay.pipelines.progress import Progress
from assay.pipelines.record import RunRecord

if TYPE_CHECKING:
    from assay.pipelines.device_scores.model import RiskModel
    from assay.tracking.alerts import Channel

__all__ = ["STEPS", "ScoresResult", "run"]

STEPS = ("read", "score", "workbook", "tell")

Folder = str | os.PathLike[str]


def run(
    source: Folder,
    out: Folder,
    *,
    model: Folder | RiskModel,
    fallback: str = "",
    lake: Folder | None = None,
    catalog: str = "LIMS",
    device: str | None = None,
    latest: str | None = None,
    most_days: int | None = None,
    day: date | None = None,
    zone: str = "UTC",
    channels: Folder | Sequence[Channel] = (),
    only_high: bool = False,
    again: bool = False,
    tell_again: bool = False,
    dismiss: bool = False,
    progress: Progress | None = None,
) -> ScoresResult:
    """Scores every device of a source, and writes tables, workbook, messages and ``run.json``.

    Args:
        source: CSV, Parquet or a Delta table, with a row for each device.
        out: folder for the workbook; made where it is missing.
        model: a model file (see :class:`assay.pipelines.device_risk.DeviceRisk`), or a model. It is asked
            for its example first.
        fallback: why an older model is given than the newest; it is kept in ``run.json``, and the message says that the
            model is an older one.
        lake: folder of the Delta tables; ``<out>/lake`` where none is given. What was told stands beside the tables, so
            that another `out` does not tell it again.
        device: column that names the device; found by usual names where it is not given.
        latest: of several rows of a device the one that is greatest in this column counts; rows dated after the day
            are set aside.
        most_days: with `latest`, a device whose newest row is older than this is set aside.
        day: of which these are the scores; today in `zone` by default.
        channels: who is told: channels, or a JSON file with a list of them, as in a file of alert rules.
        only_high: nothing is told on days on which no device is at high risk.
        again: a day that was scored is scored anew; what was told about it is told again only where source or model
            changed.
        tell_again: a message of which nobody knows whether it arrived, since the run that sent it was killed, is sent
            once more.
        dismiss: such messages, which every run reports, are let be.

    Raises:
        ValueError: an option that cannot be meant. IoError: source, model or lake cannot be read or written.
        SchemaError: the source lacks a column that the model needs.
        StateError: another run is scoring into this lake, or XlsxWriter is not installed.
    """
    import assay
    from assay.pipelines.device_scores.workbook import expect_xlsxwriter

    with reading_input():
        expect_xlsxwriter()
        folder = Path(out)
        store = Lake(lake if lake is not None else folder / "lake", catalog=catalog)
        told = load_channels(channels) if isinstance(channels, (str, os.PathLike)) else list(channels)
        scored_on = _day(day, zone)
        if most_days is not None and (latest is None or most_days < 0):
            raise assay.ValueError("most_days: expected 0 or more, together with latest")
        make_folder(folder)
    record = RunRecord(
        "device_scores", os.fspath(source), str(folder), str(store.root), catalog, assay.__version__
    )
    with sole_writer(store, SCORES):
        context = Context(
            source=Path(source),
            out=folder,
            model=model,
            fallback=fallback,
            device=device,
            latest=latest,
            most_days=most_days,
            day=scored_on,
            channels=told,
            only_high=only_high,
            tell_again=tell_again,
            dismiss=dismiss,
            record=record,
            progress=progress or Progress(),
            store=ScoreStore(store, record.id),
            outbox=Outbox(store.root / catalog / "_messages" / "device_scores"),
        )
        _run_steps(context, again=again)
    return ScoresResult(record, context)


def _run_steps(context: Context, *, again: bool) -> None:
    with Job(context.record, steps=STEPS, from_step=None, progress=context.progress) as job:
        context.stored = None if again else context.store.find(context.day)
        for name, work in (("read", steps.read), ("score", steps.score)):
            job.optional(name, partial(work, context))
        job.step("workbook", partial(steps.workbook, context), _nothing_stored)
        job.optional("tell", partial(steps.tell, context))


def _nothing_stored() -> None:
    """Steps always run: a run has no first step but the first."""


def _day(given: date | None, zone: str) -> date:
    from datetime import datetime, timedelta

    from assay.tracking.analytics import zone_of

    today = datetime.now(zone_of(zone)).date()
    if given is None:
        return today
    if given > today + timedelta(days=1):
        from assay import ValueError

        raise ValueError(f"day: expected a day that has begun, got {given}, which is after {today} ({zone})")
    return given


def __dir__() -> list[str]:
    return sorted(__all__)

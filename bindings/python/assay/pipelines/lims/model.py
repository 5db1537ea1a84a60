"""The model of device failure in the laboratory pipeline: trained on gold, promoted by a gate, watched from then on."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from assay.data.describe import number_of
from assay.pipelines.job import Skip
from assay.pipelines.lims import context as tables
from assay.pipelines.lims.context import Context, Found
from assay.pipelines.lims.sources import EVENTS
from assay.pipelines.record import StepRecord, TableRecord, write_atomically

if TYPE_CHECKING:
    from assay.data import Table
    from assay.pipelines.device_failure import Trained
    from assay.pipelines.device_failure.incumbent import Incumbent
    from assay.pipelines.device_failure.registry import Decision

__all__ = ["FOLDER", "is_trained", "train", "watch"]

FOLDER = "model"
"""Within the output folder: model file, card, evaluation, and what later days are compared with."""
_SAMPLE, _TRAINED = "training_sample.assay", "training.json"
_TITLE = "Model of device failure"
_SHOWN = ("average_precision", "roc_auc", "f1_binary", "precision", "recall")


def is_trained(out: Path) -> bool:
    return (out / FOLDER / _TRAINED).is_file()


def train(context: Context, step: StepRecord) -> None:
    """Trains on this load's device days, judges by folds of whole devices; promotes where the gate lets it."""
    from assay.features import drift
    from assay.pipelines import device_failure
    from assay.pipelines.device_failure import registry
    from assay.pipelines.retraining import training_sample

    days, events = context.device_days, _events(context)
    if days is None or events is None:
        raise Skip(_nothing_to_train_on(context))
    stored = next(table for table in _stored(context) if table.name.endswith(tables.DEVICES))
    version = device_failure.DataVersion(stored.name, "delta", str(stored.version), days.num_rows)
    prepared = device_failure.prepare_device_days(days, events, version=version)
    trained = device_failure.train(prepared, with_peers=False)
    # A stop from here on must not leave another model beside the days and the sample of the one before.
    (context.out / FOLDER / _TRAINED).unlink(missing_ok=True)
    folder = registry.keep(trained, context.out / FOLDER)
    registry.log_training(
        trained,
        folder,
        experiment=f"{context.prefix}/Device_Failure",
        registered_name=_registered_name(context),
        journal=context.journal,
    )
    drift.save_reference(training_sample(prepared.features, trained.judgement.scores), folder / _SAMPLE)
    until = {"trained_until": str(max(days.column("day").to_pylist()))}
    write_atomically(folder / _TRAINED, json.dumps(until, indent=2) + "\n")
    silent, before = _in_production(context, step)
    if silent:
        decision = registry.Decision(False, (silent,))
    else:
        decision = registry.promote(
            folder,
            reason="trained by assay run lims --train, which promotes by its gate",
            before=before,
        )
    step.files += sorted(str(path) for path in folder.iterdir() if path.is_file())
    step.reason = "model promoted to production" if decision.passed else "model not promoted"
    step.remarks.append(f"promotion to production {decision.sentence()}")
    context.found.append(_describe(context, trained, decision))


def watch(context: Context, step: StepRecord) -> None:
    """Compares inputs and scores of the days since training with those of the training; proposes, changes nothing."""
    from assay.features import drift
    from assay.pipelines.device_failure.registry import MODEL_FILE
    from assay.pipelines.device_risk import DeviceRisk
    from assay.pipelines.retraining import propose_retraining

    folder = context.out / FOLDER
    until = date.fromisoformat(json.loads((folder / _TRAINED).read_text("utf-8"))["trained_until"])
    if context.device_days is None:
        raise Skip("no features of devices to ask the model about")
    new = _after(context.device_days, until)
    if not new.num_rows:
        nothing = f"no device day since {until}, the last one of the training"
        sentence = f"{nothing[0].upper()}{nothing[1:]}: nothing to compare."
        context.found.append(Found(_TITLE, sentence, tile=("no new days", f"since {until}"), link=_card(context)))
        raise Skip(nothing)
    risk = DeviceRisk.load(folder / MODEL_FILE)
    scores = risk.assess(new).column("probability").to_numpy()
    inputs = new.select(list(risk.info.feature_names))
    proposal = propose_retraining(drift.load_reference(folder / _SAMPLE), inputs, scores)
    for name, content in (
        ("retraining.json", proposal.to_json()),
        ("retraining.html", proposal.to_html()),
    ):
        write_atomically(context.out / name, content)
        step.files.append(str(context.out / name))
    step.remarks.append(proposal.sentence())
    context.found.append(
        Found(
            title=_TITLE,
            sentence=f"{new.num_rows:,} device days since {until} against those of the training. {proposal.sentence()}",
            attention=[proposal.sentence()] if proposal.proposed else [],
            metrics={"retraining_proposed": float(proposal.proposed)},
            tile=("train again", "see what drifted") if proposal.proposed else ("in use", "nothing drifted much"),
            link=_card(context),
        )
    )


def _registered_name(context: Context) -> str:
    return f"{context.prefix}.device_failure"


def _in_production(context: Context, step: StepRecord) -> tuple[str, Incumbent | None]:
    """Why a server that was named does not tell what is in production, else empty; and what is, where one tells it."""
    from assay.errors import HttpError
    from assay.pipelines.device_failure import incumbent

    if context.tracking is None:
        step.remarks.append("no tracking server is set: the gate decides without what is in production")
        return "", None
    try:
        name = _registered_name(context)
        return "", incumbent.find_incumbent(name, "production", tracking_uri=context.tracking)
    except HttpError:
        return "what is in production is not known, for the tracking server does not answer; staging it stays", None


def _nothing_to_train_on(context: Context) -> str:
    if not context.good_enough:
        return f"{context.quality_sentence}: no features of devices were made to train on"
    if context.device_days is None:
        return "no result names its device (device_id): there are no features of devices to train on"
    return "the source has no device_events.csv: nothing says when a device failed"


def _events(context: Context) -> Table | None:
    assert context.read is not None
    return context.read.tables.get(EVENTS)


def _stored(context: Context) -> list[TableRecord]:
    return [table for step in context.record.steps for table in step.tables]


def _after(days: Table, until: date) -> Table:
    import numpy as np

    return days.take(np.flatnonzero(np.array([day > until for day in days.column("day").to_pylist()])))


def _card(context: Context) -> tuple[str, str] | None:
    from assay.pipelines.device_failure.registry import CARD

    name = f"{CARD}.html"
    return ("The model's card", f"{FOLDER}/{name}") if (context.out / FOLDER / name).is_file() else None


def _describe(context: Context, trained: Trained, decision: Decision) -> Found:
    judged = [trained.judgement, *trained.others.values()]
    reached = trained.judgement.metrics["roc_auc"]
    return Found(
        title=_TITLE,
        sentence=f"Does a device go down within {number_of(trained.prepared.horizon or 0, 'day')}? "
        f"Judged by {trained.folds} folds of whole devices on "
        f"{len(trained.prepared.label):,} device days of {trained.judgement.groups} devices, "
        f"{trained.prepared.failures:,} of them before {number_of(trained.prepared.outages or 0, 'outage')} of "
        f"{number_of(trained.prepared.failing_devices or 0, 'device')}; in brackets 95 % intervals by device.",
        columns=("Model", *(name.replace("_", " ") for name in _SHOWN)),
        rows=[(one.name, *(str(one.metrics[name]) for name in _SHOWN)) for one in judged],
        attention=[] if decision.passed else [f"The model was not promoted: {decision.sentence()}"],
        metrics={"model_roc_auc": reached.value or 0.0, "model_promoted": float(decision.passed)},
        tile=("promoted", "to production") if decision.passed else ("not promoted", "the gate refused"),
        link=_card(context),
    )

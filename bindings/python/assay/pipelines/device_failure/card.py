"""The model card of a model of device failure, made of how it was judged and of nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.data.describe import number_of
from assay.models.card import Figure, ModelCard
from assay.pipelines.device_failure.figures import FIGURES

if TYPE_CHECKING:
    from assay.pipelines.device_failure.judging import Judgement
    from assay.pipelines.device_failure.training import Trained

__all__ = ["card_of", "finite"]

_PURPOSE = {
    "ai4i2020": "The risk that a machine with a rotating tool fails, from its readings: to look at machines of high "
    "risk first.",
    "device_days": "The risk that a laboratory's device goes down within {ahead}, from its controls, errors, "
    "repeats and load: to look after devices of high risk first.",
}
_LIMITS = {
    "ai4i2020": (
        "The records are simulated by their authors after a milling machine; the labels follow rules with chance. "
        "Figures on machines of one's own may differ: train and judge again there.",
        "Records stand alone: nothing is known of one machine over time, so that nothing is said of when it fails.",
    ),
    "device_days": (
        "Failures are those of the devices' own logs; a device without a log teaches nothing.",
        "Figures hold for laboratories like this one, and for new devices of it: no device was in training and test at "
        "once.",
    ),
}
_MUST_NOT = (
    "to release, hold back or change results of patients",
    "to keep a device in use that a control or a person has stopped",
    "in place of the maintenance that the manufacturer prescribes",
)


def card_of(trained: Trained) -> ModelCard:
    """The card: figures by folds with intervals, beside baselines and other libraries on the same folds."""
    from assay import __version__

    prepared = trained.prepared
    version = prepared.version
    data = (
        {"source": "", "kind": "memory", "version": "", "rows": 0} if version is None else version.to_dict()
    )
    data |= {"rows": len(prepared.label), "positives": prepared.failures}
    devices, horizon = trained.judgement.groups, prepared.horizon
    ahead = "the days ahead" if horizon is None else f"{number_of(horizon, 'day')} after the day"
    whole = ""
    if devices is not None:
        whole = f" Rows of one device stay in one fold; intervals are by device, of which there are {devices}."
        if prepared.outages is not None:
            whole += f" The failing rows stand before {prepared.outages} outages of {prepared.failing_devices} devices."
    if np.isnan(prepared.matrix).any():
        whole += " The logistic regression has medians of its training rows for missing values, with indicators."
    tuned = (
        f" Parameters were searched ({trained.searched} draws) inside each fold." if trained.searched else ""
    )
    if trained.judgement.params and "model" in trained.judgement.params[0]:
        kinds = [str(each["model"]) for each in trained.judgement.params]
        times = ", ".join(f"{name} {kinds.count(name)} times" for name in dict.fromkeys(kinds))
        tuned = (
            " The kind of model is chosen inside each fold, by average precision over inner folds of its training rows "
            f"({times}); this model is of the kind chosen on all rows."
        )
    if trained.judgement.ranked_in_folds:
        tuned += (
            " Scores of two kinds are not of one scale: ROC AUC and average precision, also of the models beside it, "
            "are of ranks within each fold."
        )
    return ModelCard(
        name="device-failure",
        kind=type(trained.estimator).__name__,
        purpose=_PURPOSE[prepared.preparation].format(ahead=ahead),
        data=data,
        features=tuple(prepared.features.column_names),
        judged=f"By {trained.folds} stratified folds (seed {trained.seed}): each row by a model that had not seen it, "
        f"all models on the same folds.{whole}{tuned}",
        figures=_figures(trained.judgement),
        others={name: _figures(each) for name, each in trained.others.items()},
        threshold=trained.threshold,
        threshold_chosen=f"The largest F1 of failures over {trained.inner} inner folds. The figures above use "
        "thresholds chosen in the same way inside each fold, on its training rows alone: "
        + ", ".join(f"{each:.3f}" for each in trained.judgement.thresholds)
        + ".",
        confusion=trained.judgement.confusion,
        calibration=tuple(finite(trained.judgement.reliability)),
        calibration_error=trained.judgement.calibration_error,
        importances=trained.judgement.importances,
        params=finite(trained.to_dict()["params"]),
        left_out=prepared.left_out,
        skipped=trained.skipped,
        limits=_LIMITS[prepared.preparation],
        must_not=_MUST_NOT,
        license="UCI, CC BY 4.0." if prepared.preparation == "ai4i2020" else "",
        library_version=__version__,
    )


def _figures(judgement: Judgement) -> tuple[Figure, ...]:
    return tuple(
        Figure(label, *finite((it.value, it.low, it.high)))
        for label, it in ((label, judgement.metrics[name]) for name, label in FIGURES.items())
    )


def finite(value: Any) -> Any:
    """As JSON has it: NaN is null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: finite(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(each) for each in value]
    return value

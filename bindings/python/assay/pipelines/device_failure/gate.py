"""What a model must reach before it is promoted, and whether it does."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assay import errors
from assay.pipelines.device_failure.training import BASELINES

__all__ = ["Decision", "Gate", "decide", "gate_of"]


@dataclass(frozen=True)
class Gate:
    """What a model must reach before it is promoted."""

    metric: str = "f1_binary"
    """Of `assay.pipelines.device_failure.judging.METRICS`; an F1 is named with its average."""
    minimum: float = 0.75
    """The lower end of the confidence interval must reach it."""
    margin: float = 0.05
    """By so much the figure must exceed that of the best baseline."""
    smallest: int = 50
    """Failures that it must have been judged on: of device days outages, each of which makes a week of days fail."""
    devices: int = 5
    """Devices that went down, where rows are of devices: fewer say little of others."""


@dataclass(frozen=True)
class Decision:
    """Whether a model may be promoted, and why."""

    passed: bool
    reasons: tuple[str, ...]
    """One sentence each: of what was refused, or of what was reached."""

    def sentence(self) -> str:
        """In one line, for tags and for people."""
        return ("passed: " if self.passed else "refused: ") + "; ".join(self.reasons)


def decide(evaluation: Mapping[str, Any], gate: Gate) -> Decision:
    """Judges the content of evaluation.json by a gate.

    Raises:
        ValueError: A metric that is not there, or one of which less is better.
        SchemaError: It is no evaluation.
    """
    try:
        metrics = evaluation["judgement"]["metrics"]
        others, failures = evaluation["others"], int(evaluation["failures"])
        outages, devices = evaluation.get("outages"), evaluation.get("failing_devices")
    except (KeyError, TypeError):
        raise errors.SchemaError("gate: expected an evaluation with judgement, others and failures") from None
    if gate.metric not in metrics or gate.metric == "brier_score":
        known = ", ".join(name for name in metrics if name != "brier_score")
        raise errors.ValueError(f"gate: expected one of {known}, got '{gate.metric}'")
    against = {name: others[name]["metrics"][gate.metric]["value"] for name in BASELINES if name in others}
    value, low = metrics[gate.metric]["value"], metrics[gate.metric]["low"]
    refused: list[str] = []
    reached: list[str] = []

    def judged(ok: bool, sentence: str) -> None:
        (reached if ok else refused).append(sentence)

    judged(
        bool(evaluation.get("data")),
        "the version of the data is known" if evaluation.get("data") else "no version of the data is known",
    )
    if devices is None:
        judged(failures >= gate.smallest, f"judged on {failures} failures, at least {gate.smallest} asked")
    else:
        # Where outages were not counted, one of each device is what is known.
        count = int(devices if outages is None else outages)
        judged(
            count >= gate.smallest and devices >= gate.devices,
            f"judged on {count} outages of {devices} devices, at least {gate.smallest} of {gate.devices} asked",
        )
    if value is None or not math.isfinite(value):
        judged(False, f"{gate.metric} is not defined")
    else:
        judged(
            low is not None and low >= gate.minimum,
            f"{gate.metric} {value:.3f}, lower end of its interval "
            f"{'not known' if low is None else f'{low:.3f}'}, at least {gate.minimum:.3f} asked",
        )
        if not against:
            judged(False, "no baseline stands beside it")
        else:
            best = max(against, key=lambda name: against[name] or 0.0)
            lead = value - (against[best] or 0.0)
            judged(lead >= gate.margin, f"{lead:+.3f} against {best}, at least {gate.margin:+.3f} asked")
    return Decision(not refused, tuple(refused or reached))


def gate_of(evaluation: Mapping[str, Any]) -> Gate:
    """The gate of a kind of data.

    Records that stand alone must reach an F1 of failures. Failures of a laboratory's devices that nothing announces
    bound every F1, so that those models are asked for the area under the ROC curve, whose value without knowledge is
    0.5 whatever the share of failures. Where folds chose between a forest and the logistic regression that is also
    a baseline, the model may be 0.02 behind that baseline; where nothing was chosen it must not be behind.

    Raises:
        SchemaError: It is no evaluation.
    """
    if evaluation.get("preparation") != "device_days":
        return Gate()
    try:
        chosen = any("model" in each for each in evaluation["judgement"].get("params") or ())
    except (KeyError, TypeError, AttributeError):
        raise errors.SchemaError("gate: expected an evaluation with a judgement") from None
    return Gate(metric="roc_auc", minimum=0.7, margin=-0.02 if chosen else 0.0)

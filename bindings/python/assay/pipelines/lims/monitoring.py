"""Watches samples, their store and the analyser: from measurements to incidents in one sentence each."""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.features import qc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.pipelines.lims.simulation import Planted, Samples

__all__ = ["Incident", "Monitoring", "default_rules", "monitor"]

Rules = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Incident:
    """Something that needs attention, over one sample or several in a row."""

    kind: str
    severity: str
    """critical or warning"""
    first: int
    """Row of the first sample at which it was seen."""
    last: int
    rule: str
    sentence: str


@dataclass(frozen=True)
class Monitoring:
    """What was found, and how that compares with what was planted."""

    samples: Samples
    rules: Rules
    incidents: tuple[Incident, ...]
    control_z: NDArray[np.float64]
    turbidity_z: NDArray[np.float64]
    distance: NDArray[np.float64]
    """Squared robust distance of each sample over all measurements; NaN where one is missing or an error code."""
    cutoff: float
    isolation: NDArray[np.float64]
    """Score of the isolation forest over all columns as they were written, from 0 to 1; 1 is the most unusual."""

    def found(self, planted: Planted) -> Incident | None:
        """The first incident of that kind that overlaps with it."""
        for incident in self.incidents:
            if incident.kind == planted.kind and _overlap(incident, planted):
                return incident
        return None

    @property
    def false_alarms(self) -> tuple[Incident, ...]:
        """Incidents that overlap with nothing planted; one of all columns together may be any of them."""
        return tuple(
            incident
            for incident in self.incidents
            if not any(
                _overlap(incident, planted)
                for planted in self.samples.planted
                if incident.kind in (planted.kind, "multivariate", "isolation")
            )
        )

    def to_dict(self) -> dict[str, Any]:
        """As it stands in monitoring_report.json."""
        names = self.samples.sample_id
        return {
            "notice": "Simulated samples: all data are made up.",
            "samples": len(self.samples),
            "planted": [
                {
                    "kind": planted.kind,
                    "first": names[planted.first],
                    "last": names[planted.last],
                    "found": self.found(planted) is not None,
                    "samples_until_found": _delay(self.found(planted), planted),
                }
                for planted in self.samples.planted
            ],
            "false_alarms": len(self.false_alarms),
            "incidents": [
                {**asdict(incident), "first": names[incident.first], "last": names[incident.last]}
                for incident in self.incidents
            ],
            "rules": self.rules,
        }


def default_rules() -> dict[str, Any]:
    """The limits that come with Assay, with their sources."""
    text = (
        importlib.resources.files("assay.pipelines.lims").joinpath("monitoring_rules.json").read_text("utf-8")
    )
    rules: dict[str, Any] = json.loads(text)
    return rules


def monitor(samples: Samples, rules: Rules | None = None) -> Monitoring:
    """Applies every rule to every sample. Cost: O(samples) but for the robust distances."""
    from assay.features.laboratory import robust_distance

    rules = rules or default_rules()
    glucose, coded = _without_codes(samples.glucose, rules["error_codes"]["values"])
    turbidity_z = _standardised(samples.turbidity, rules["turbidity"]["baseline"])
    control_z = (samples.control - rules["control"]["mean"]) / rules["control"]["sd"]
    measured = np.column_stack([glucose, samples.sodium, samples.potassium, samples.turbidity])
    options = rules["multivariate"]
    robust = robust_distance(measured, quantile=options["quantile"], support=options["support"])
    isolation = _isolation_scores(samples, rules["isolation"])
    incidents = [
        *_error_codes(samples, coded),
        *_storage(samples, rules["storage"]),
        *_turbidity(samples, turbidity_z, rules["turbidity"]),
        *_calibration(samples, control_z, rules["control"]),
        *_multivariate(samples, robust.squared, robust.cutoff),
        *_isolated(samples, isolation, rules["isolation"]["cutoff"]),
    ]
    incidents.sort(key=lambda incident: (incident.first, incident.kind, incident.rule))
    return Monitoring(
        samples, rules, tuple(incidents), control_z, turbidity_z, robust.squared, robust.cutoff, isolation
    )


def _without_codes(
    values: NDArray[np.float64], codes: Sequence[float]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    coded = np.isin(values, np.asarray(codes, np.float64))
    return np.where(coded, np.nan, values), coded


def _standardised(values: NDArray[np.float64], baseline: int) -> NDArray[np.float64]:
    first = values[:baseline]
    centre = np.median(first)
    spread = 1.4826 * np.median(np.abs(first - centre))
    return np.asarray((values - centre) / spread, np.float64)


def _error_codes(samples: Samples, coded: NDArray[np.bool_]) -> Iterable[Incident]:
    for row in np.flatnonzero(coded).tolist():
        code = samples.glucose[row]
        yield Incident(
            "error_code",
            "critical",
            row,
            row,
            "error_code",
            f"{samples.sample_id[row]}: the analyser wrote {code:g}, an error code, in place of glucose; "
            "the result is set aside, repeat the measurement",
        )


def _storage(samples: Samples, limits: Mapping[str, Any]) -> Iterable[Incident]:
    celsius = samples.storage_temperature
    for first, last in _stretches((celsius < limits["low"]) | (celsius > limits["high"])):
        worst = float(max(celsius[first : last + 1], key=lambda value: abs(value - limits["high"])))
        possible = limits["possible_low"] <= worst <= limits["possible_high"]
        advice = "check the door, move the samples" if possible else "no store gets there: check the sensor"
        yield Incident(
            "storage_temperature",
            "critical",
            first,
            last,
            "storage.limit" if possible else "storage.possible",
            f"{_span(samples, first, last)}: the refrigerator reported {worst:g} Cel, expected {limits['low']:g} to "
            f"{limits['high']:g}; {advice}",
        )


def _turbidity(samples: Samples, z: NDArray[np.float64], rule: Mapping[str, Any]) -> Iterable[Incident]:
    for onset, first, last in _rises(z, k=rule["k"], h=rule["h"]):
        yield Incident(
            "turbidity",
            "critical",
            first,
            last,
            "turbidity.cusum",
            f"{_span(samples, first, last)}: turbidity has been above its usual level since "
            f"{samples.sample_id[onset]}, up to {samples.turbidity[onset : last + 1].max():g} NTU; "
            "check filters, water and haemolysis",
        )


def _calibration(samples: Samples, z: NDArray[np.float64], rule: Mapping[str, Any]) -> Iterable[Incident]:
    broken = qc.check_controls(z, rules=rule["rules"])
    points = np.zeros(len(samples), bool)
    for violation in broken:
        points[violation.point] = True
    chart = qc.cusum(z, k=rule["k"], h=rule["h"], restart=False)
    points |= (chart.high > rule["h"]) | (chart.low > rule["h"])
    for first, last in _stretches(points, gap=2):
        names = list(dict.fromkeys(v.rule.name for v in broken if first <= v.point <= last))
        if (np.maximum(chart.high, chart.low)[first : last + 1] > rule["h"]).any():
            names.append("CUSUM")
        yield Incident(
            "calibration",
            "critical",
            first,
            last,
            "control." + "+".join(names),
            f"{_span(samples, first, last)}: the control is {z[last]:+.1f} SD from its mean at the end "
            f"({', '.join(names)}); stop reporting glucose, calibrate, repeat since the last good control",
        )


def _multivariate(samples: Samples, distance: NDArray[np.float64], cutoff: float) -> Iterable[Incident]:
    for first, last in _stretches(np.nan_to_num(distance) > cutoff):
        worst = float(np.nanmax(distance[first : last + 1]))
        yield Incident(
            "multivariate",
            "warning",
            first,
            last,
            "multivariate.robust_distance",
            f"{_span(samples, first, last)}: the measurements together are unusual (squared robust distance "
            f"{worst:.0f}, cut-off {cutoff:.0f}); look at the sample",
        )


def _isolation_scores(samples: Samples, options: Mapping[str, Any]) -> NDArray[np.float64]:
    """Fitted on the samples that it scores: no label says which of them are in order."""
    from assay.models.forest import IsolationForest

    columns = (
        samples.glucose,
        samples.sodium,
        samples.potassium,
        samples.turbidity,
        samples.storage_temperature,
        samples.control,
    )
    rows = np.column_stack(columns)
    forest = IsolationForest(n_estimators=options["trees"], random_state=options["seed"]).fit(rows)
    return np.asarray(-forest.score_samples(rows), np.float64)


def _isolated(samples: Samples, scores: NDArray[np.float64], cutoff: float) -> Iterable[Incident]:
    for first, last in _stretches(scores > cutoff):
        worst = float(scores[first : last + 1].max())
        yield Incident(
            "isolation",
            "warning",
            first,
            last,
            "isolation.forest",
            f"{_span(samples, first, last)}: unlike the other samples (isolation score {worst:.2f}, cut-off "
            f"{cutoff:.2f}); look at the sample, its store and its control",
        )


def _stretches(points: NDArray[np.bool_], *, gap: int = 0) -> list[tuple[int, int]]:
    """First and last row of every run of marked points; runs no more than `gap` points apart are one."""
    runs: list[tuple[int, int]] = []
    for row in np.flatnonzero(points).tolist():
        if runs and row - runs[-1][1] <= gap + 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return runs


def _rises(z: NDArray[np.float64], *, k: float, h: float) -> Iterable[tuple[int, int, int]]:
    """Onset, signal and end of every shift upwards: from the sum's last zero, past h, to its peak. Then it starts anew.

    Source: Montgomery, Introduction to Statistical Quality Control, 8th ed., section 9.1, for the onset.
    """
    start = 0
    while start < len(z):
        sums = qc.cusum(z[start:], k=k, h=h, restart=False).high
        signals = np.flatnonzero(sums > h)
        if not signals.size:
            return
        first = int(signals[0])
        back = np.flatnonzero(sums[first:] <= h)
        until = first + int(back[0]) if back.size else len(sums)
        zeros = np.flatnonzero(sums[:first] == 0)
        onset = int(zeros[-1]) + 1 if zeros.size else 0
        last = first + int(np.argmax(sums[first:until]))
        yield start + onset, start + first, start + last
        start += last + 1


def _span(samples: Samples, first: int, last: int) -> str:
    names = samples.sample_id
    return names[first] if first == last else f"{names[first]} to {names[last]}"


def _overlap(incident: Incident, planted: Planted) -> bool:
    return incident.first <= planted.last and incident.last >= planted.first


def _delay(incident: Incident | None, planted: Planted) -> int | None:
    return None if incident is None else max(0, incident.first - planted.first)

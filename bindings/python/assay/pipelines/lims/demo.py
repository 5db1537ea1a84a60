"""``assay lims demo``: a laboratory's monitor on simulated samples, with what it found and what it missed."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from assay.pipelines.record import write_atomically

if TYPE_CHECKING:
    from assay.pipelines.lims.monitoring import Monitoring

__all__ = ["run_demo"]

_COLUMNS = (
    ("glucose", "glucose_mg_dl"),
    ("sodium", "sodium_mmol_l"),
    ("potassium", "potassium_mmol_l"),
    ("turbidity", "turbidity_ntu"),
    ("storage_temperature", "storage_temperature_cel"),
    ("control", "control_glucose_mg_dl"),
)


def run_demo(out: str | os.PathLike[str], *, samples: int = 50, seed: int = 0) -> Monitoring:
    """Simulates, monitors and writes dashboard_data.csv, critical_alerts.csv, monitoring_report.json and
    monitoring_dashboard.png into `out`.

    The same seed gives the same bytes (of the picture: with the same matplotlib).

    Raises:
        ValueError: fewer than 50 samples.
        StateError: matplotlib is not installed.
    """
    from assay.pipelines.lims.dashboard import draw_dashboard
    from assay.pipelines.lims.monitoring import monitor
    from assay.pipelines.lims.simulation import simulate

    monitoring = monitor(simulate(samples, seed=seed))
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    draw_dashboard(monitoring, folder / "monitoring_dashboard.png")
    write_atomically(folder / "dashboard_data.csv", _data(monitoring))
    write_atomically(folder / "critical_alerts.csv", _alerts(monitoring))
    report = json.dumps({"seed": seed, **monitoring.to_dict()}, indent=2, ensure_ascii=False)
    write_atomically(folder / "monitoring_report.json", report + "\n")
    return monitoring


def _data(monitoring: Monitoring) -> str:
    samples = monitoring.samples
    kinds: list[list[str]] = [[] for _ in range(len(samples))]
    for incident in monitoring.incidents:
        for row in range(incident.first, incident.last + 1):
            if incident.kind not in kinds[row]:
                kinds[row].append(incident.kind)
    head = ["sample_id", "collected_at", *(name for _, name in _COLUMNS)]
    rows = [
        [
            samples.sample_id[row],
            samples.collected_at[row].isoformat(),
            *(repr(float(getattr(samples, name)[row])) for name, _ in _COLUMNS),
            f"{monitoring.control_z[row]:.2f}",
            f"{monitoring.turbidity_z[row]:.2f}",
            "" if monitoring.distance[row] != monitoring.distance[row] else f"{monitoring.distance[row]:.2f}",
            f"{monitoring.isolation[row]:.3f}",
            ";".join(kinds[row]),
        ]
        for row in range(len(samples))
    ]
    return _csv(
        [*head, "control_z", "turbidity_z", "squared_robust_distance", "isolation_score", "incidents"], rows
    )


def _alerts(monitoring: Monitoring) -> str:
    names, times = monitoring.samples.sample_id, monitoring.samples.collected_at
    rows = [
        [
            incident.kind,
            incident.rule,
            names[incident.first],
            names[incident.last],
            times[incident.first].isoformat(),
            incident.sentence,
        ]
        for incident in monitoring.incidents
        if incident.severity == "critical"
    ]
    return _csv(["kind", "rule", "first_sample", "last_sample", "at", "what_to_do"], rows)


def _csv(head: list[str], rows: list[list[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()

"""Picks what the report shows from the tables of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.pipelines.clinical.context import Context, Note, Silver
from assay.pipelines.clinical.image_matching import ImageMatch
from assay.pipelines.clinical.report import MOST_QUARANTINED, ReportContent
from assay.pipelines.clinical.sources import image_of
from assay.pipelines.clinical.times import MEANING

if TYPE_CHECKING:
    from assay.data import Table

__all__ = ["gather"]

HIGHEST_RISK = 5


def gather(
    context: Context,
    source: Silver,
    summary: Table,
    notes: Sequence[Note],
    verdicts: Mapping[str, Mapping[str, Any]],
    matches: Sequence[ImageMatch],
) -> ReportContent:
    """The rows, notes and verdicts of the patients shown in full, and the figures of all."""
    gold = summary.to_pylist()
    shown = shown_patients(context, gold)
    images = _images(context.source, source.tables.get("dicom_metadata"))
    rejected = context.rejected_rows().head(MOST_QUARANTINED)
    return ReportContent(
        context.record,
        gold,
        shown,
        vitals=_by_patient(source.tables["vital_signs"], shown),
        refused=source.refused.to_pylist(),
        rejected=rejected.to_pylist(),
        measurements_read=source.measurements_read,
        notes={note.patient_id: {"words": note.words, "content": note.content} for note in notes},
        verdicts=verdicts,
        images=images,
        matches={match.patient_id: match.result for match in reversed(matches)},  # of its first image
        images_missing=_imaged(source.tables.get("dicom_metadata")) - set(images),
        not_recorded=_not_recorded(source.tables.get("emergency_data"), shown),
        quality=context.quality,
        times=MEANING[context.format],
    )


def shown_patients(context: Context, gold: Sequence[Mapping[str, Any]]) -> list[str]:
    """The patients asked for, else those of the highest risk."""
    if context.patients:
        return list(context.patients)
    ordered = sorted(gold, key=lambda row: (-(row["max_risk_score"] or -1.0), str(row["patient_id"])))
    return [str(row["patient_id"]) for row in ordered[:HIGHEST_RISK]]


def _by_patient(vitals: Table, shown: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    wanted = set(shown)
    keep = [name in wanted for name in vitals["patient_id"].to_pylist()]
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in shown}
    for row in vitals.filter(keep).to_pylist():
        if row["observed_at"] is not None:
            found[row["patient_id"]].append(row)
    return found


def _not_recorded(arrivals: Table | None, shown: Sequence[str]) -> dict[str, list[str]]:
    """What no arrival of a patient holds of what NEWS2 needs beside vital signs."""
    rows = arrivals.to_pylist() if arrivals is not None else []
    inputs = {"consciousness": "consciousness", "on_oxygen": "oxygen"}
    return {
        name: [
            title
            for column, title in inputs.items()
            if all(row.get(column) is None for row in rows if row["patient_id"] == name)
        ]
        for name in shown
    }


def _imaged(metadata: Table | None) -> set[str]:
    """Patients of whom the metadata name an image."""
    rows = metadata.to_pylist() if metadata is not None else ()
    return {str(row["patient_id"]) for row in rows if row["image_file"]}


def _images(folder: Path, metadata: Table | None) -> dict[str, Path]:
    """The image that each patient's metadata names, where it lies inside the folder."""
    found: dict[str, Path] = {}
    for row in metadata.to_pylist() if metadata is not None else ():
        path = image_of(folder, row["image_file"])
        if path is not None:
            found.setdefault(str(row["patient_id"]), path)
    return found

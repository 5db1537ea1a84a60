"""The steps of the clinical pipeline. Each takes what the one before it made, and stores what it makes."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.pipelines.clinical.context import (
    GOLD,
    MATCHES,
    NOTES,
    REFUSED,
    REJECTED_ROWS,
    VERDICTS,
    Context,
    Note,
    Silver,
)
from assay.pipelines.clinical.file_names import file_name
from assay.pipelines.clinical.image_matching import (
    ImageMatch,
    calibration_remark,
    load_matcher,
    match_images,
    matches_table,
)
from assay.pipelines.clinical.quality import check_tables, write_quality_report
from assay.pipelines.clinical.sources import Bronze, missing_images, read_source
from assay.pipelines.job import Skip, reading_input
from assay.pipelines.record import StepRecord, write_atomically

if TYPE_CHECKING:
    from assay.data import Table

__all__ = ["bronze", "gold", "images", "judge", "notes", "report", "silver", "track"]

Verdicts = Mapping[str, Mapping[str, Any]]


def bronze(context: Context, step: StepRecord) -> Bronze:
    """Everything the source holds, as it stands, under known names and types."""
    from assay import data

    with reading_input():
        source = read_source(context.source, format=context.format)
    for report in source.reports:
        step.read(report.rows_read, report.rows_accepted, report.counts_by_rule, report.rows_quarantined)
        step.remarks += [f"{report.file.name}: {remark}" for remark in report.remarks]
    step.remarks += missing_images(context.source, source.tables.get("dicom_metadata"))
    for name, table in source.tables.items():
        context.store(step, f"bronze.{name}", table)
    rejected = (
        data.Table.concat(source.rejected) if source.rejected else data.Table.empty(data.Quarantine.schema())
    )
    context.store(step, REJECTED_ROWS, rejected, account=True)
    context.rejected = rejected
    return source


def silver(context: Context, source: Bronze, step: StepRecord) -> Silver:
    """Vital signs checked measurement by measurement, everything else checked by its quality rules."""
    from assay import data, features

    tables = dict(source.tables)
    vitals, quarantines, early = tables["vital_signs"], [], 0
    if "item" in vitals:
        vitals = _numbers(vitals, step)
        pivoted = features.pivot_measurements(vitals)
        vitals, early = pivoted.rows, pivoted.counts.measurements_quarantined
        quarantines.append(pivoted.quarantine)
        other = pivoted.counts.measurements_other
        step.remarks.append(f"{other:,} charted values of other items stay in bronze")
    cleaned = features.clean_vitals(vitals)
    quarantine = data.Table.concat([*quarantines, cleaned.quarantine])
    counts = cleaned.counts
    step.read(
        early + counts.measurements_read,
        counts.measurements_accepted,
        features.counts_by_rule(quarantine),
        early + counts.measurements_quarantined,
    )
    tables["vital_signs"] = cleaned.rows
    if "lab_results" in tables:
        tables["lab_results"] = data.with_loinc(tables["lab_results"])
    for name, table in tables.items():
        context.store(step, f"silver.{name}", table)
    context.store(step, REFUSED, quarantine, account=True)
    context.quality = check_tables(tables)
    step.files.append(str(write_quality_report(context.out, context.quality)))
    return Silver(tables, quarantine, step.rows_read)


def _numbers(charted: Table, step: StepRecord) -> Table:
    """Without the values that are charted as text ("SR" for a rhythm): they are no measurements."""
    if "value_text" not in charted or not charted["value"].null_count:
        return charted
    given = [
        not (empty and not silent)
        for empty, silent in zip(charted["value"].is_null(), charted["value_text"].is_null(), strict=True)
    ]
    step.remarks.append(f"{given.count(False):,} values charted as text stay in bronze")
    return charted.filter(given)


def gold(context: Context, source: Silver, step: StepRecord) -> Table:
    """One row per patient."""
    from assay import features

    tables = source.tables
    begun = time.time_ns()
    summary = features.summarise_patients(
        tables["vital_signs"],
        history=tables.get("medical_history"),
        emergency=tables.get("emergency_data"),
        labs=tables.get("lab_results"),
        imaging=tables.get("dicom_metadata"),
    )
    context.times.note("gold", "", begun)
    context.store(step, GOLD, summary, volatile=["aggregated_at"])
    context.expect_patients(summary)
    return summary


def images(context: Context, source: Silver, step: StepRecord) -> list[ImageMatch]:
    """The findings nearest to each patient's image, where weights are configured."""
    metadata = source.tables.get("dicom_metadata")
    if metadata is None:
        raise Skip("the source has no images")
    clip, labels = load_matcher(context.matcher)
    calibration = context.matcher.calibration
    matches, remarks = match_images(clip, context.source, metadata, labels, calibration)
    step.remarks += [*remarks, calibration_remark(calibration)]
    context.store(step, MATCHES, matches_table(matches))
    return matches


def notes(context: Context, summary: Table, step: StepRecord) -> list[Note]:
    """A SOAP note for every patient, as Markdown, text and JSON."""
    from assay import features, models

    writer = models.TemplateNoteWriter()
    written = []
    for row in context.progress.track(range(summary.num_rows), "notes"):
        begun = time.time_ns()
        note = writer.write(features.patient_summary(summary, row))
        context.times.note("note", note.patient_id, begun)
        written.append(
            Note(
                note.patient_id,
                note.to_markdown(),
                note.to_text(),
                json.loads(note.to_json()),
                note.tokens_used,
                note.word_count,
            )
        )
    for kept in written:
        _keep_note(context, kept, step)
    context.store(step, NOTES, _notes_table(written))
    return written


def _keep_note(context: Context, note: Note, step: StepRecord) -> None:
    folder = context.out / "soap_notes"
    for suffix, content in (
        (".md", note.markdown),
        (".txt", note.text),
        (".json", json.dumps(note.content, indent=2) + "\n"),
    ):
        path = folder / f"{file_name(note.patient_id)}{suffix}"
        write_atomically(path, content)
        step.files.append(str(path))


def _notes_table(written: Sequence[Note]) -> Table:
    from assay import data

    return data.Table.from_pylist(
        [
            {
                "patient_id": note.patient_id,
                "writer": note.content["writer"],
                "markdown": note.markdown,
                "text": note.text,
                "content": json.dumps(note.content),
                "tokens_used": note.tokens_used,
                "length_chars": len(note.text),
                "words": note.words,
            }
            for note in written
        ],
        schema=data.Schema(
            [
                data.Field("patient_id", "utf8", nullable=False),
                data.Field("writer", "utf8"),
                data.Field("markdown", "utf8"),
                data.Field("text", "utf8"),
                data.Field(
                    "content", "utf8", description="JSON: statements, problems and plan with their sources"
                ),
                data.Field("tokens_used", "int64"),
                data.Field("length_chars", "int64"),
                data.Field("words", "int64"),
            ]
        ),
    )


def judge(
    context: Context, summary: Table, written: Sequence[Note], step: StepRecord
) -> dict[str, dict[str, Any]]:
    """A verdict on every note, with the evidence for each finding."""
    from assay import features
    from assay.judge import GroundedJudge

    rows = {name: row for row, name in enumerate(summary["patient_id"].to_pylist())}
    grounded = GroundedJudge()
    verdicts: dict[str, dict[str, Any]] = {}
    metrics: dict[str, dict[str, float]] = {}
    for note in context.progress.track(written, "verdicts"):
        begun = time.time_ns()
        verdict = grounded.judge(note.markdown, features.patient_summary(summary, rows[note.patient_id]))
        context.times.note("judge", note.patient_id, begun)
        verdicts[note.patient_id] = json.loads(verdict.to_json())
        metrics[note.patient_id] = dict(verdict.metrics())
        path = context.out / "judge_details" / f"{file_name(note.patient_id)}.json"
        write_atomically(path, verdict.to_json() + "\n")
        step.files.append(str(path))
    context.store(step, VERDICTS, _verdicts_table(verdicts, metrics))
    return verdicts


def _verdicts_table(verdicts: Verdicts, metrics: Mapping[str, Mapping[str, float]]) -> Table:
    from assay import data

    names = sorted({name for values in metrics.values() for name in values})
    rows = [
        {
            "patient_id": patient,
            "judge": verdict["judge"],
            "passed": verdict["passed"],
            "findings": len(verdict["findings"]),
            **metrics[patient],
            "content": json.dumps(verdict),
        }
        for patient, verdict in verdicts.items()
    ]
    schema = data.Schema(
        [
            data.Field("patient_id", "utf8", nullable=False),
            data.Field("judge", "utf8"),
            data.Field("passed", "bool"),
            data.Field("findings", "int64"),
            *(data.Field(name, "float64") for name in names),
            data.Field("content", "utf8", description="JSON: scores and findings with their evidence"),
        ]
    )
    return data.Table.from_pylist(rows, schema=schema)


def track(
    context: Context,
    summary: Table,
    written: Sequence[Note],
    verdicts: Verdicts,
    matches: Sequence[ImageMatch],
    step: StepRecord,
) -> None:
    """One run for the pipeline, and those of the patients asked for; delivered where a server is given."""
    from assay.pipelines.clinical.tracking import record_runs
    from assay.pipelines.recording import deliver

    record_runs(context, summary, written, verdicts, matches, step)
    deliver(context, step)


def report(
    context: Context,
    source: Silver,
    summary: Table,
    written: Sequence[Note],
    verdicts: Verdicts,
    matches: Sequence[ImageMatch],
    step: StepRecord,
) -> None:
    """One self-contained HTML file."""
    from assay.pipelines.clinical.report_content import gather

    try:
        from assay.pipelines.clinical.report import render

        page = render(gather(context, source, summary, written, verdicts, matches))
    except ModuleNotFoundError as error:
        if error.name != "jinja2":
            raise
        raise Skip("the report needs Jinja2: pip install Jinja2") from None
    path = Path(context.out) / "report.html"
    write_atomically(path, page)
    step.files.append(str(path))

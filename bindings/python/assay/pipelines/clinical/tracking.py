"""What a run leaves in MLflow: runs for the pipeline, its models, and each result of the patients asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assay.pipelines.clinical.context import Context, Note
from assay.pipelines.clinical.file_names import file_name
from assay.pipelines.clinical.image_matching import ImageMatch
from assay.pipelines.clinical.patient_traces import record_trace
from assay.pipelines.record import StepRecord
from assay.pipelines.recording import begun

if TYPE_CHECKING:
    from assay.data import Table
    from assay.tracking import Run

__all__ = ["record_runs"]

PIPELINE, INFERENCE, JUDGEMENT = "Pipeline_Metrics", "Clinical_Inference", "Judge_Evaluation"
MODELS, ALIAS = "Model_Registry", "staging"

_FIXED_GOLD_METRICS = ("max_risk_score", "avg_risk_score", "vital_count", "history_count")


def record_runs(
    context: Context,
    summary: Table,
    notes: Sequence[Note],
    verdicts: Mapping[str, Mapping[str, Any]],
    matches: Sequence[ImageMatch],
    step: StepRecord,
) -> None:
    """Writes the runs to the journal under the output folder; no call waits for a server."""
    rows = {str(row["patient_id"]): row for row in summary.to_pylist()}
    written = {note.patient_id: note for note in notes}
    with begun(context, PIPELINE, f"clinical_{context.source.name}", step) as parent:
        _log_pipeline(parent, context, rows, verdicts)
        with begun(context, MODELS, "clinical_models", step, parent) as run:
            _register_models(run, context, matches, step)
        for patient in tracked_patients(context, list(rows)):
            with begun(context, PIPELINE, f"gold_summary_{patient}", step, parent) as run:
                _log_gold(run, rows[patient])
            with begun(context, INFERENCE, f"soap_note_{patient}", step, parent) as run:
                _log_note(run, written[patient])
                record_trace(run, context.times, patient, rows[patient], written[patient], verdicts[patient])
            for match in (match for match in matches if match.patient_id == patient):
                name = f"biomedclip_{patient}" + (f"_{match.image}" if match.image > 1 else "")
                with begun(context, INFERENCE, name, step, parent) as run:
                    _log_match(run, match)
            with begun(context, JUDGEMENT, f"judge_eval_{patient}", step, parent) as run:
                _log_verdict(run, patient, verdicts[patient])


def tracked_patients(context: Context, known: Sequence[str]) -> list[str]:
    """Those asked for; of a single patient, that one."""
    if context.patients:
        return list(context.patients)
    return list(known) if len(known) == 1 else []


def _log_pipeline(
    run: Run,
    context: Context,
    rows: Mapping[str, Mapping[str, Any]],
    verdicts: Mapping[str, Mapping[str, Any]],
) -> None:
    run.log_params({"input": context.source.name, "catalog": context.record.catalog})
    metrics: dict[str, float] = {"patients": len(rows)}
    for step in context.record.steps[:-1]:  # the last one is this one, and not over
        metrics[f"{step.name}_seconds"] = step.seconds
        if step.rows_read:
            metrics[f"{step.name}_rows_read"] = step.rows_read
            metrics[f"{step.name}_rows_quarantined"] = step.rows_quarantined
        metrics.update({f"quarantined/{rule}": count for rule, count in step.quarantined.items()})
    scores = [float(verdict["overall"]) for verdict in verdicts.values()]
    if scores:
        metrics["judge_overall_mean"] = sum(scores) / len(scores)
        metrics["judge_pass_rate"] = sum(bool(v["passed"]) for v in verdicts.values()) / len(verdicts)
    run.log_metrics(metrics)
    run.log_table(
        {name: [row[name] for row in rows.values()] for name in _gold_columns(rows)}, "tables/gold.json"
    )
    run.log_table(_verdict_columns(verdicts), "tables/judge_evaluations.json")


def _register_models(run: Run, context: Context, matches: Sequence[ImageMatch], step: StepRecord) -> None:
    """Makes the pipeline's models versions of registered ones, where they changed since the last version."""
    from assay.tracking.models.clinical import JudgeEvaluator, SoapGenerator

    models: dict[str, Any] = {"soap_generator": SoapGenerator(), "judge_evaluator": JudgeEvaluator()}
    if matches and context.matcher.weights is not None:
        from assay.models import LabelSet
        from assay.tracking.models.image_matcher import ImageMatcher

        models["biomedclip_matcher"] = ImageMatcher(
            context.matcher.weights,
            LabelSet.of(context.matcher.labels),
            calibration=context.matcher.calibration,
        )
    else:
        step.remarks.append("no model biomedclip_matcher: no image was matched")
    for name, model in models.items():
        registered = f"{context.record.catalog}.ai_results.{name}"
        reason = f"clinical pipeline of Assay {context.record.version}"
        run.log_model(model, name, registered_model_name=registered, alias=ALIAS, reason=reason, reuse=True)
        step.remarks.append(f"model {registered}, alias {ALIAS}")


def _gold_columns(rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    first = next(iter(rows.values()), {})
    return [name for name in first if name == "patient_id" or _is_gold_metric(name)]


def _is_gold_metric(name: str) -> bool:
    return name.startswith("avg_") or name in _FIXED_GOLD_METRICS or name == "worst_news2"


def _verdict_columns(verdicts: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Any]]:
    return {
        "patient_id": list(verdicts),
        "overall_score": [verdict["overall"] for verdict in verdicts.values()],
        "confidence": [verdict["confidence"] for verdict in verdicts.values()],
        "passed": [verdict["passed"] for verdict in verdicts.values()],
        "findings": [len(verdict["findings"]) for verdict in verdicts.values()],
    }


def _log_gold(run: Run, row: Mapping[str, Any]) -> None:
    run.set_tag("patient_id", row["patient_id"])
    run.log_metrics({k: float(v) for k, v in row.items() if v is not None and _is_gold_metric(k)})
    run.log_dict(
        {k: v for k, v in row.items() if v is not None}, f"gold/{file_name(str(row['patient_id']))}.json"
    )


def _log_note(run: Run, note: Note) -> None:
    run.set_tag("patient_id", note.patient_id)
    run.log_params({"writer": note.content["writer"]})
    run.log_metrics(
        {
            "tokens_used": note.tokens_used,
            "soap_length_chars": len(note.text),
            "soap_length_words": note.words,
        }
    )
    run.log_text(note.text, f"soap_notes/{file_name(note.patient_id)}.txt")


def _log_match(run: Run, match: ImageMatch) -> None:
    best = match.result["matches"][0]
    run.set_tag("patient_id", match.patient_id)
    run.log_params(
        {
            "top_diagnosis": best["label"],
            "urgency_level": best["urgency"],
            "labels": match.result["labels"],
            "clip_model": match.result["model"],
            "calibrated": match.result["calibrated"],
        }
    )
    if match.result["calibrated"]:
        run.log_params(
            {
                "temperature": match.result["temperature"],
                "calibrated_on": match.result["calibrated_on"],
            }
        )
    run.log_metrics({"top_similarity": best["similarity"], "embedding_dim": match.embedding_dim})
    run.log_text(
        json.dumps(match.result, indent=2), f"biomedclip/{file_name(match.patient_id)}_{match.image}.json"
    )


def _log_verdict(run: Run, patient: str, verdict: Mapping[str, Any]) -> None:
    run.set_tag("patient_id", patient)
    run.log_params({"judge": verdict["judge"]})
    scores = {f"judge_{name}": float(score) for name, score in verdict["scores"].items()}
    run.log_metrics({"overall_score": verdict["overall"], "confidence": verdict["confidence"], **scores})
    run.log_text(json.dumps(verdict, indent=2), f"judge_details/{file_name(patient)}.json")

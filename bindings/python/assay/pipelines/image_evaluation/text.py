"""An evaluation as a table for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.models.evaluation import Interval
    from assay.pipelines.image_evaluation import EvaluationReport

__all__ = ["calibration_line", "interval_text", "rejected_lines", "render"]


def interval_text(interval: Interval | None, form: str = ".3f") -> str:
    """`0.712 to 0.864`, or a dash."""
    return "–" if interval is None else f"{interval.low:{form}} to {interval.high:{form}}"


def calibration_line(report: EvaluationReport) -> str:
    """Says, as `assay clip match` does, whether probabilities are calibrated."""
    images, temperature = report.about["calibrated_on"], report.about["temperature"]
    if images is None:
        return "Probabilities are not calibrated: they order the candidates and are no frequencies."
    number = f"{images:,} image{'s' if images != 1 else ''}"
    when = report.about["calibration_date"]
    return f"Probabilities are calibrated on {number} (temperature {temperature:.3g}, {when})."


def rejected_lines(counts: dict[str, int], read: int, accepted: int) -> list[str]:
    """How many rows were used, and how many were set aside by which rule."""
    lines = [f"{read:,} rows read, {accepted:,} used, {read - accepted:,} set aside"]
    return lines + [f"  set aside by {rule}: {count:,}" for rule, count in counts.items()]


def render(report: EvaluationReport) -> str:
    found = report.evaluation
    lines = rejected_lines(report.images.counts_by_rule(), report.images.read, found.cases)
    lines += [
        f"model {report.about['model']}, labels {report.about['label_set']}; intervals {found.confidence:.0%}",
        "",
    ]
    for k, top in found.top_k.items():
        share = top.cases
        lines.append(f"top-{k} accuracy  {share.value:6.1%}  {interval_text(share.interval, '.1%')}")
    if found.aucs.macro is not None:
        lines.append(
            f"mean AUC        {found.aucs.macro:6.3f}  {interval_text(found.aucs.interval)}  "
            f"over {found.aucs.defined} of {len(found.labels)} labels"
        )
    reliability = found.reliability
    lines.append(
        f"calibration err {reliability.expected_error:6.3f}  {interval_text(reliability.expected_error_interval)}"
    )
    if found.brier_score is not None and found.negative_log_likelihood is not None:
        lines.append(
            f"Brier score     {found.brier_score:6.3f}  negative log-likelihood {found.negative_log_likelihood:.3f}  "
            f"on {found.one_label:,} images with one label"
        )
    width = max(len(name) for name in found.labels)
    lines += ["", f"{'label':<{width}}  images   AUC    interval         first"]
    for name, auc, recall in zip(found.labels, found.aucs.labels, found.top_k[1].labels, strict=True):
        area = f"{auc.value:.3f}" if auc.value is not None else "not defined"
        first = f"{recall.hits:,} of {recall.total:,}" if recall.total else "–"
        interval = interval_text(auc.interval) if auc.value is not None else ""
        lines.append(f"{name:<{width}}  {auc.positives:6,}  {area:<5}  {interval:<15}  {first}".rstrip())
    return "\n".join([*lines, "", calibration_line(report)])

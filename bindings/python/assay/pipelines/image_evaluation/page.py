"""An evaluation as one HTML file with everything inside."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from assay.pipelines.image_evaluation import charts
from assay.pipelines.image_evaluation.text import calibration_line, interval_text
from assay.pipelines.pages import template_engine

if TYPE_CHECKING:
    from assay.pipelines.image_evaluation import EvaluationReport

__all__ = ["render"]


def render(report: EvaluationReport) -> str:
    """The page as text. Every value is escaped by the template engine, every label in the charts by them."""
    from assay import __version__
    from assay.pipelines.image_evaluation import NOTICE

    engine, css = template_engine("assay.pipelines.image_evaluation")
    found = report.evaluation
    return engine.get_template("evaluation.html.j2").render(
        css=css,
        version=__version__,
        notice=NOTICE,
        about=report.about,
        found=found,
        tiles=_tiles(report),
        labels=_labels(report),
        few=min((a.positives for a in found.aucs.labels if a.value is not None), default=0) < 10,
        reliability=charts.reliability_svg(found.reliability),
        calibration=calibration_line(report),
        rows={
            "read": report.images.read,
            "used": found.cases,
            "aside": len(report.images.rejected),
            "rules": report.images.counts_by_rule(),
        },
    )


def _share(value: float) -> str:
    return f"{value:.1%}" if math.isfinite(value) else "–"


def _tiles(report: EvaluationReport) -> list[dict[str, str]]:
    """The figures at the top: name, value, interval."""
    found = report.evaluation
    tiles = [
        {
            "name": f"Top-{k} accuracy",
            "value": _share(t.cases.value),
            "more": interval_text(t.cases.interval, ".1%"),
        }
        for k, t in found.top_k.items()
    ]
    if found.aucs.macro is not None:
        tiles.append(
            {
                "name": "Mean AUC",
                "value": f"{found.aucs.macro:.3f}",
                "more": interval_text(found.aucs.interval),
            }
        )
    error = found.reliability
    tiles.append(
        {
            "name": "Calibration error",
            "value": f"{error.expected_error:.3f}",
            "more": interval_text(error.expected_error_interval),
        }
    )
    if found.brier_score is not None and found.negative_log_likelihood is not None:
        tiles += [
            {"name": "Brier score", "value": f"{found.brier_score:.3f}", "more": "0 best, 2 worst"},
            {
                "name": "Negative log-likelihood",
                "value": f"{found.negative_log_likelihood:.3f}",
                "more": f"0 best, {math.log(len(found.labels)):.3f} by guessing",
            },
        ]
    return tiles


def _labels(report: EvaluationReport) -> list[dict[str, Any]]:
    found = report.evaluation
    rows = []
    top = list(found.top_k.items())
    for i, (name, auc, curve) in enumerate(zip(found.labels, found.aucs.labels, found.rocs, strict=True)):
        recalls = [t.labels[i] for _, t in top]
        rows.append(
            {
                "name": name,
                "images": auc.positives,
                "auc": f"{auc.value:.3f}" if auc.value is not None else "not defined",
                "interval": interval_text(auc.interval),
                "recalls": [
                    {"hits": r.hits, "interval": interval_text(r.interval, ".0%")} if r.total else None
                    for r in recalls
                ],
                "roc": charts.roc_panel(name, auc, curve) if curve is not None else "",
            }
        )
    return rows

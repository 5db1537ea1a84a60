"""The report of a run: one HTML file with everything inside, readable on screen, phone and paper."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from assay.data.describe import number_of
from assay.pipelines.clinical.charts import BANDS, TITLES, Chart, vital_chart
from assay.pipelines.pages import template_engine
from assay.pipelines.record import RunRecord

__all__ = ["ReportContent", "render"]

Row = Mapping[str, Any]

MOST_QUARANTINED = 60
MOST_ABNORMAL = 30
MOST_LISTED = 15
MOST_RAW = 200
LARGEST_IMAGE = 2 << 20
_UNITS = {"mm[Hg]": "mmHg", "Cel": "°C", "[degF]": "°F"}
_IMAGE_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}


@dataclass
class ReportContent:
    """What the report shows; rows are dicts of the tables' values."""

    record: RunRecord
    gold: Sequence[Row]
    shown: Sequence[str]
    """Patients in full."""
    vitals: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    """Cleaned vital signs by patient, of those shown."""
    refused: Sequence[Row] = ()
    """Refused measurements."""
    rejected: Sequence[Row] = ()
    """Rows that the readers set aside."""
    measurements_read: int = 0
    notes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    verdicts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    images: Mapping[str, Path] = field(default_factory=dict)
    matches: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What a patient's image was matched to."""
    images_missing: Collection[str] = ()
    """Patients of whom an image is named that is not there."""
    not_recorded: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What arrivals would hold and no arrival of the patient does, of what NEWS2 needs."""
    quality: Sequence[Mapping[str, Any]] = ()
    """Quality reports of the silver tables."""
    times: str = "Times are UTC."
    """What the times mean."""


def render(content: ReportContent) -> str:
    """The page as text. Every value is escaped by the template engine."""
    engine, css = template_engine("assay.pipelines.clinical")
    engine.filters["listed"] = lambda names: ", ".join(names.split(","))
    engine.filters["number_of"] = number_of
    rows = {str(row["patient_id"]): row for row in content.gold}
    patients = [_patient(rows[name], content) for name in content.shown if name in rows]
    return engine.get_template("report.html.j2").render(
        title=_title(content),
        css=css,
        run=content.record,
        counts={"patients": len(rows), "with_vitals": sum(bool(row["vital_count"]) for row in content.gold)},
        overview=_overview(content) if len(rows) > 1 else [],
        news2_missing=any(row["worst_news2"] is None for row in rows.values()),
        patients=patients,
        quarantine=_quarantine(content),
        quality=_quality(content.quality),
        times=content.times,
    )


def _title(content: ReportContent) -> str:
    if len(content.gold) == 1:
        return f"Clinical summary, patient {content.gold[0]['patient_id']}"
    return f"Clinical summary of {len(content.gold)} patients"


def _overview(content: ReportContent) -> list[dict[str, Any]]:
    links = {name: f"p{i}" for i, name in enumerate(content.shown, start=1)}
    rows = sorted(content.gold, key=lambda row: (-(row["max_risk_score"] or -1.0), str(row["patient_id"])))
    return [_overview_row(row, links, content.verdicts.get(str(row["patient_id"]))) for row in rows]


def _overview_row(row: Row, links: Mapping[str, str], verdict: Mapping[str, Any] | None) -> dict[str, Any]:
    name = str(row["patient_id"])
    return {
        "id": name,
        "link": links.get(name, ""),
        "age": _text(row["age"]),
        "sex": row["sex"] or "–",
        "max_risk": _number(row["max_risk_score"], 2),
        "mean_risk": _number(row["avg_risk_score"], 2),
        "news2": _text(row["worst_news2"]),
        **{
            vital: _number(row[f"avg_{vital}"])
            for vital in ("heart_rate", "systolic_bp", "spo2", "temperature")
        },
        "vital_count": row["vital_count"],
        "abnormal": len(_list(row["abnormal_results"])),
        "judge": _number(verdict["overall"]) if verdict else "–",
    }


def _patient(row: Row, content: ReportContent) -> dict[str, Any]:
    name = str(row["patient_id"])
    abnormal = sorted(
        _list(row["abnormal_results"]), key=lambda r: str(r.get("observed_at") or ""), reverse=True
    )
    return {
        "id": name,
        "heading": _heading(name, row),
        "complaint": row["chief_complaint"],
        "tiles": _tiles(row, content.not_recorded.get(name, ())),
        "charts": _charts(name, content),
        "statistics": [_statistics(row, vital) for vital in TITLES if row[f"avg_{vital}"] is not None],
        "lists": _lists(row),
        "imaging": row["imaging"] or "",
        "image": _image(content.images.get(name)),
        "image_missing": name in content.images_missing,
        "match": _match(content.matches.get(name)),
        "abnormal": [_abnormal(result) for result in abnormal[:MOST_ABNORMAL]],
        "abnormal_more": max(0, len(abnormal) - MOST_ABNORMAL),
        "note": _note(content.notes.get(name)),
        "verdict": _verdict(content.verdicts.get(name)),
    }


def _heading(name: str, row: Row) -> str:
    parts = [f"Patient {name}"]
    if row["age"] is not None:
        parts.append(f"{row['age']} years")
    if row["sex"]:
        parts.append(str(row["sex"]))
    return ", ".join(parts)


def _tiles(row: Row, not_recorded: Sequence[str]) -> list[dict[str, str]]:
    worst_at = (
        f"at {_time(row['worst_news2_at'])}" if row["worst_news2_at"] else _why_no_news2(row, not_recorded)
    )
    red = "a parameter scored 3" if row["news2_red"] else ""
    tiles = [
        ("Highest risk", _number(row["max_risk_score"], 2), "of 1", ""),
        ("Mean risk", _number(row["avg_risk_score"], 2), "of 1", ""),
        ("Worst NEWS2", _text(row["worst_news2"]), "of 20", "; ".join(filter(None, (worst_at, red)))),
    ]
    for vital in ("heart_rate", "systolic_bp", "spo2", "temperature", "respiratory_rate"):
        title, unit = TITLES[vital]
        places = 2 if vital == "temperature" else 1
        tiles.append((f"{title}, mean", _number(row[f"avg_{vital}"], places), unit, ""))
    tiles.append(("Rows of vital signs", _text(row["vital_count"]), "", ""))
    tiles.append(("Rows of history", _text(row["history_count"]), "", ""))
    return [
        {"label": label, "value": value, "unit": unit if value != "–" else "", "remark": remark}
        for label, value, unit, remark in tiles
    ]


def _why_no_news2(row: Row, not_recorded: Sequence[str]) -> str:
    """What the score lacks: it needs five vital signs, consciousness and oxygen at one time."""
    if row["worst_news2"] is not None:
        return ""
    vitals = [TITLES[vital][0].lower() for vital in BANDS if row[f"avg_{vital}"] is None]
    lacking = [*vitals, *not_recorded]
    if not lacking:
        return "its inputs are never recorded at one time within an arrival"
    return f"not recorded: {', '.join(lacking)}"


def _charts(name: str, content: ReportContent) -> list[Chart]:
    rows = content.vitals.get(name, ())
    times = [row["observed_at"] for row in rows]
    charts = []
    for vital in TITLES:
        values = [row.get(vital) for row in rows]
        chart = vital_chart(vital, times, values, _refused(name, vital, content.refused))
        if chart is not None:
            charts.append(chart)
    return charts


def _refused(name: str, vital: str, rows: Iterable[Row]) -> list[tuple[datetime, float]]:
    return [
        (row["observed_at"], float(row["value"]))
        for row in rows
        if row["patient_id"] == name and row["measurement"] == vital and _plottable(row)
    ]


def _plottable(row: Row) -> bool:
    return row["observed_at"] is not None and row["value"] is not None and row["value"] == row["value"]


def _statistics(row: Row, vital: str) -> dict[str, str]:
    title, unit = TITLES[vital]
    slope = row[f"{vital}_slope_per_hour"]
    return {
        "title": title,
        "unit": unit,
        "mean": _number(row[f"avg_{vital}"], 2 if vital == "temperature" else 1),
        "low": _number(row[f"min_{vital}"]),
        "high": _number(row[f"max_{vital}"]),
        "last": _number(row[f"last_{vital}"]),
        "last_at": _time(row[f"last_{vital}_at"]),
        "slope": "–" if slope is None else f"{slope:+.3f}".replace("-", "−"),
    }


def _lists(row: Row) -> list[dict[str, Any]]:
    found = []
    for column, title in (
        ("diagnoses", "Diagnoses"),
        ("medications", "Active medications"),
        ("allergies", "Allergies"),
    ):
        items = list(dict.fromkeys(str(item) for item in _list(row[column])))
        if items:
            found.append(
                {"title": title, "items_shown": items[:MOST_LISTED], "more": max(0, len(items) - MOST_LISTED)}
            )
    return found


def _abnormal(result: Mapping[str, Any]) -> dict[str, Any]:
    low, high = result.get("reference_low"), result.get("reference_high")
    return {
        "name": result.get("name") or "–",
        "loinc": result.get("loinc") or "–",
        "value": _number(result.get("value"), 2),
        "unit": _unit(result.get("unit")),
        "reference": _reference(low, high),
        "high": bool(result.get("high")),
        "critical": bool(result.get("critical")),
        "at": _time(result.get("observed_at")),
    }


def _reference(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return "–"
    if low is None:
        return f"up to {high:g}"
    if high is None:
        return f"from {low:g}"
    return f"{low:g}–{high:g}"


def _note(note: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if note is None:
        return None
    return {"writer": note["content"]["writer"], "words": note["words"], "content": note["content"]}


def _verdict(verdict: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    order = {"critical": 0, "major": 1, "minor": 2, "info": 3}
    findings = sorted(verdict["findings"], key=lambda finding: order.get(str(finding["severity"]).lower(), 4))
    return {
        "judge": verdict["judge"],
        "passed": verdict["passed"],
        "overall": _number(verdict["overall"]),
        "confidence": f"{100 * float(verdict['confidence']):.0f} %",
        "scores": [
            {"name": name.capitalize(), "value": _number(score), "percent": round(float(score) * 20)}
            for name, score in verdict["scores"].items()
        ],
        "findings": [{**finding, "severity": str(finding["severity"]).lower()} for finding in findings],
    }


def _quarantine(content: ReportContent) -> dict[str, Any]:
    steps = content.record.steps
    bronze = next((step for step in steps if step.name == "bronze"), None)
    rules = [
        {"id": rule, "step": step.name, "count": count}
        for step in steps
        for rule, count in sorted(step.quarantined.items())
    ]
    return {
        "read": bronze.rows_read if bronze else 0,
        "accepted": bronze.accepted if bronze else 0,
        "rows": bronze.rows_quarantined if bronze else len(content.rejected),
        "measurements_read": content.measurements_read,
        "measurements": len(content.refused),
        "rules": rules,
        "measurement_rows": [_refused_row(row) for row in content.refused[:MOST_QUARANTINED]],
        "file_rows": [_rejected_row(row) for row in content.rejected[:MOST_QUARANTINED]],
    }


def _quality(reports: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    rules = [{**rule, "table": report["table"]} for report in reports for rule in report["rules"]]
    return {"rules": rules, "failed": sum(not rule["passed"] for rule in rules)} if rules else None


def _refused_row(row: Row) -> dict[str, str]:
    shown = {key: str(row[key] or "") for key in ("patient_id", "measurement", "rule", "likely_cause")}
    return {
        **shown,
        "unit": _unit(row["unit"]),
        "observed_at": _time(row["observed_at"]),
        "value": _number(row["value"]),
    }


def _rejected_row(row: Row) -> dict[str, Any]:
    raw = bytes(row["raw"] or b"").decode("utf-8", errors="replace")
    return {
        "file": Path(str(row["file"])).name,
        "line": row["line"],
        "rules": row["rules"],
        "raw": raw if len(raw) <= MOST_RAW else raw[:MOST_RAW] + " …",
    }


def _match(result: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The candidates of an image as a table shows them."""
    if result is None:
        return None
    candidates = [
        {
            "label": candidate["label"],
            "urgency": str(candidate["urgency"]).replace("_", " "),
            "flag": {"emergent": "bad", "urgent": "warn"}.get(candidate["urgency"], "plain"),
            "icd10": candidate["icd10"] or "–",
            "similarity": _number(candidate["similarity"], 3),
            "probability": f"{candidate['probability']:.1%}",
        }
        for candidate in result["matches"]
    ]
    return {
        **{name: result[name] for name in ("model", "labels", "abstained", "calibrated", "notice")},
        "calibrated_on": result.get("calibrated_on"),
        "candidates": candidates,
    }


def _image(path: Path | None) -> str:
    """The image as a data URI; nothing where it is no picture that browsers show, or a large one."""
    if path is None or path.suffix.lower() not in _IMAGE_TYPES or path.stat().st_size > LARGEST_IMAGE:
        return ""
    return f"data:{_IMAGE_TYPES[path.suffix.lower()]};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _unit(unit: str | None) -> str:
    """As the charts write it, where the table has UCUM's code."""
    return _UNITS.get(unit or "", unit or "")


def _list(value: Any) -> list[Any]:
    if not value:
        return []
    return list(json.loads(value)) if isinstance(value, str) else list(value)


def _text(value: Any) -> str:
    return "–" if value is None else str(value)


def _number(value: float | None, places: int = 1) -> str:
    if value is None:
        return "–"
    return f"{value:.{places}f}".replace("-", "−")


def _time(value: datetime | str | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return value[:16].replace("T", " ")

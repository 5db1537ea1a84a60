"""A drift report as a page, a part of a notebook, and text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from assay.features.drift.pictures import column_picture

if TYPE_CHECKING:
    from assay.features.drift.devices import DeviceDrift, DeviceReport
    from assay.features.drift.reports import ColumnDrift, DriftReport

__all__ = [
    "STYLE",
    "body",
    "called",
    "column_sentence",
    "device_body",
    "device_page",
    "frame",
    "page",
    "text",
    "unit_text",
]

_ORDER = ("severe", "moderate", "slight", "not judged", "stable")
_GROUP_ORDER = ("severe", "moderate", "slight", "stable", "not judged")
_MOST_PICTURES = 24
_CLASS = {"severe": "bad", "moderate": "warn", "slight": "plain", "stable": "good", "not judged": "plain"} | {
    "critical": "bad",
    "calibrate": "warn",
    "in control": "good",
}

STYLE = Path(__file__).with_name("page.css").read_text(encoding="utf-8")


def page(report: DriftReport, title: str) -> str:
    return frame(title, body(report, title))


def frame(title: str, content: str) -> str:
    """A page around a body."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title></head><body style="margin:0">{content}</body></html>\n'
    )


def body(report: DriftReport, title: str = "Drift report") -> str:
    """The same without the frame of a page."""
    columns = _worst_first(report)
    parts = [
        f'<style>{STYLE}</style><div class="assay-drift"><h1>{escape(title)}</h1>',
        f'<p class="lead">{escape(report.sentence())}</p>',
        f'<p class="soft">{report.current.rows:,} rows against a reference of {report.reference.rows:,}. '
        f"{escape(report.note)}</p>",
        _pictures(report, [column for column in columns if column.drifted]),
        f"<h2>All {escape(report.noun)}</h2>",
        _table(report, columns, _GROUP_CELLS if report.grouped else _COLUMN_CELLS),
        _notes(report),
        "</div>",
    ]
    return "".join(parts)


def text(report: DriftReport) -> str:
    """The sentence, and a line for every column that is not stable; of groups, for every one that changed."""
    lines = [report.sentence()]
    quiet = ("stable", "not judged") if report.grouped else ("stable",)
    for column in _worst_first(report):
        if column.verdict not in quiet:
            lines.append(f"  {called(column)}: {column.verdict}{_because(column)}")
    return "\n".join(lines)


def _worst_first(report: DriftReport) -> list[ColumnDrift]:
    """Of groups, most that are rare cannot be judged: they come last."""
    order = _GROUP_ORDER if report.grouped else _ORDER
    return sorted(report.columns, key=lambda column: (order.index(column.verdict), -_size(column)))


def column_sentence(column: ColumnDrift, noun: str = "columns") -> str:
    """What is to be known of a column or group, in one sentence."""
    return f"{_singular(noun)} {called(column)}: {column.verdict}{_because(column)}."


def called(column: ColumnDrift) -> str:
    """What people call a column or group, and its unit: "Glucose, mg/dL"."""
    unit = unit_text(column.unit)
    return (column.label or column.name) + (f", {unit}" if unit else "")


_NO_UNIT = ("", "1", "[pH]")
_POWERS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def unit_text(ucum: str) -> str:
    """A UCUM unit as people write it: "10*3/uL" is 10³/µL, "mm[Hg]" mmHg; nothing for pH and plain numbers."""
    if ucum in _NO_UNIT:
        return ""
    text = re.sub(r"10\*(-?\d+)", lambda found: "10" + found[1].translate(_POWERS), ucum)
    return re.sub(r"\bu(?=[A-Za-z])", "µ", re.sub(r"[\[\]{}]", "", text))


def _singular(noun: str) -> str:
    return noun.removesuffix("s").capitalize()


def _because(column: ColumnDrift) -> str:
    parts = [column.reason] if column.reason else []
    if column.test:
        parts.append(f"{column.test} p {p_text(column.p_adjusted)}, {_effect(column)}")
    return f" ({'; '.join(parts)})" if parts else ""


def _effect(column: ColumnDrift) -> str:
    if column.kind == "numbers" and not math.isnan(column.shift):
        return f"{column.shift:.2f} standard deviations, PSI {column.psi:.2f}"
    return f"Jensen-Shannon {column.jensen_shannon:.2f}, PSI {column.psi:.2f}"


def _size(column: ColumnDrift) -> float:
    return 0.0 if math.isnan(column.psi) else column.psi


def _pictures(report: DriftReport, columns: list[ColumnDrift]) -> str:
    if not columns:
        return ""
    figures = []
    for column in columns[:_MOST_PICTURES]:
        known = column.test and column_picture(report.reference, report.current, column)
        figures.append(
            f"<figure><figcaption>{escape(called(column))} {_flag(column.verdict)}</figcaption>{known or ''}"
            f"<p>{escape(_story(column))}</p></figure>"
        )
    more = ""
    if len(columns) > len(figures):
        more = f'<p class="soft">{len(columns) - len(figures):,} more stand in the table.</p>'
    return (
        '<h2>What drifted</h2><p class="key soft">'
        '<i style="background:#b8c0cc"></i>reference<i style="background:#0b5cad;height:3px;vertical-align:middle">'
        f'</i>now</p><div class="pictures">{"".join(figures)}</div>{more}'
    )


def _story(column: ColumnDrift) -> str:
    """What happened to a column, in words."""
    parts = []
    if column.reason:
        parts.append(column.reason[0].upper() + column.reason[1:] + ".")
    if not math.isnan(column.shift):
        parts.append(
            f"Mean {number(column.reference_mean)} → {number(column.current_mean)}, "
            f"{column.shift:.2f} standard deviations apart; PSI {column.psi:.2f}."
        )
    elif column.test:
        parts.append(f"Jensen-Shannon distance {column.jensen_shannon:.2f}; PSI {column.psi:.2f}.")
    if "missing" in column.reason and not math.isnan(column.current_missing):
        parts.append(f"Missing {column.reference_missing:.1%} → {column.current_missing:.1%}.")
    return " ".join(parts)


_Cell = tuple[str, Callable[["ColumnDrift"], str]]
_COLUMN_CELLS: tuple[_Cell, ...] = (
    ("Statistic", lambda column: number(column.statistic)),
    ("p", lambda column: p_text(column.p)),
    ("p adjusted", lambda column: p_text(column.p_adjusted)),
    ("Shift, SD", lambda column: number(column.shift, 2)),
    ("JS", lambda column: number(column.jensen_shannon, 2)),
    ("PSI", lambda column: number(column.psi, 3)),
    ("PSI by chance", lambda column: number(column.psi_expected, 3)),
    ("Missing", lambda column: _from_to(column.reference_missing, column.current_missing, "{:.1%}")),
)
_GROUP_CELLS: tuple[_Cell, ...] = (
    ("Values", lambda column: f"{column.reference_count:,} → {column.current_count:,}"),
    ("Mean", lambda column: _from_to(column.reference_mean, column.current_mean, "{:.4g}")),
    ("Shift, SD", lambda column: number(column.shift, 2)),
    ("PSI", lambda column: number(column.psi, 3)),
    ("PSI by chance", lambda column: number(column.psi_expected, 3)),
    ("p adjusted", lambda column: p_text(column.p_adjusted)),
    ("Missing", lambda column: _from_to(column.reference_missing, column.current_missing, "{:.1%}")),
)


def _table(report: DriftReport, columns: list[ColumnDrift], cells: tuple[_Cell, ...]) -> str:
    if report.grouped and not any(column.reference_missing + column.current_missing > 0 for column in columns):
        cells = tuple(cell for cell in cells if cell[0] != "Missing")  # rows without a value were not given
    head = f'<th scope="col">{escape(_singular(report.noun))}</th><th scope="col">Verdict</th>'
    head += "".join(f'<th scope="col" class="n">{name}</th>' for name, _ in cells)
    head += '<th scope="col" class="by">Compared by</th>'
    rows = [
        f'<tr><th scope="row">{_row_name(column)}</th><td>{_flag(column.verdict)}</td>'
        + "".join(f'<td class="n">{escape(cell(column))}</td>' for _, cell in cells)
        + f'<td class="by">{column.test}</td></tr>'
        for column in columns
    ]
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _row_name(column: ColumnDrift) -> str:
    code = f' <span class="soft code">{escape(column.name)}</span>' if column.label else ""
    reason = f'<br><span class="soft">{escape(column.reason)}</span>' if column.reason else ""
    return escape(called(column)) + code + reason


def _from_to(before: float, now: float, form: str) -> str:
    if math.isnan(before) or math.isnan(now):
        return ""
    return f"{form.format(before)} → {form.format(now)}".replace("-", "−")


def _notes(report: DriftReport) -> str:
    t = report.thresholds
    return (
        f'<p class="soft">A {escape(_singular(report.noun).lower())} drifts where p, adjusted over the '
        f"{escape(report.noun)} (Benjamini-Hochberg), is below {t['p']:g} and an effect is large: PSI beyond chance "
        f"{t['psi'][0]:g} (severe: {t['psi'][1]:g}), a shift of {t['wasserstein']:g} standard deviations of the "
        f"reference (Wasserstein), a Jensen-Shannon distance of "
        f"{t['jensen_shannon']:g} for categories, or a change of {t['missing'][0]:.0%} (severe: {t['missing'][1]:.0%}) "
        "of the values in what is missing. A small p with a small effect is called slight.</p>"
    )


def _flag(verdict: str) -> str:
    return f'<span class="flag {_CLASS[verdict]}">{verdict}</span>'


def number(value: float, digits: int | None = None) -> str:
    """A figure as people read it; nothing for NaN."""
    if math.isnan(value):
        return ""
    shown = f"{value:.4g}" if digits is None else f"{value:.{digits}f}"
    return shown.replace("-", "−")


def p_text(p: float) -> str:
    if math.isnan(p):
        return ""
    return "< 0.0001" if p < 0.0001 else f"{p:.4f}"


def device_page(report: DeviceReport, title: str) -> str:
    return frame(title, device_body(report, title))


def device_body(report: DeviceReport, title: str = "Drift of devices") -> str:
    """Sentences for the alarms, then every device."""
    from assay.features.drift.devices import device_sentence

    order = ("critical", "calibrate", "not judged", "in control")
    rows = sorted(
        report.devices,
        key=lambda one: (order.index(one.verdict), 0.0 if math.isnan(one.z) else -abs(one.z)),
    )
    alarms = "".join(f"<li>{_flag(one.verdict)} {escape(device_sentence(one))}</li>" for one in report.alarms)
    calibrate, critical = report.thresholds["z"]
    return (
        f'<style>{STYLE}</style><div class="assay-drift"><h1>{escape(title)}</h1>'
        f'<p class="lead">{escape(report.sentence())}</p>'
        + (f'<h2>What to do</h2><ul class="alarms">{alarms}</ul>' if alarms else "")
        + "<h2>All devices</h2>"
        + _device_table(rows)
        + '<p class="soft">z = (mean − reference mean) / (σ/√n); the robust z is that of the medians. '
        f"|z| above {calibrate:g} says calibrate, above {critical:g} critical, where p, adjusted over the devices "
        f"(Benjamini-Hochberg), is below {report.thresholds['p']:g}. Fewer than {report.thresholds['fewest']:g} "
        "results are not judged.</p></div>"
    )


def _device_table(rows: list[DeviceDrift]) -> str:
    heads = (
        "Device",
        "Analyte",
        "Verdict",
        "Results",
        "Mean",
        "Reference",
        "SD",
        "z",
        "t",
        "Robust z",
        "p adjusted",
    )
    head = "".join(f'<th scope="col" class="{"n" if i > 2 else ""}">{h}</th>' for i, h in enumerate(heads))
    made = []
    for one in rows:
        reason = f'<br><span class="soft">{escape(one.reason)}</span>' if one.reason else ""
        unit = f" {one.unit}" if one.unit and not math.isnan(one.mean) else ""
        figures = (
            f"{one.count:,}",
            number(one.mean) + unit,
            number(one.reference_mean),
            number(one.reference_deviation),
            number(one.z, 2),
            number(one.t, 2),
            number(one.robust_z, 2),
            p_text(one.p_adjusted),
        )
        made.append(
            f'<tr><th scope="row">{escape(one.device)}{reason}</th><td>{escape(one.analyte)}</td>'
            f"<td>{_flag(one.verdict)}</td>"
            + "".join(f'<td class="n">{escape(figure)}</td>' for figure in figures)
            + "</tr>"
        )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(made)}</tbody></table></div>'

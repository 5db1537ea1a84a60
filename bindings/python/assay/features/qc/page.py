"""The page of a control report: the result, every chart, every violation."""

from __future__ import annotations

from html import escape
from pathlib import Path

from assay.features.qc.chart import levey_jennings
from assay.features.qc.controls import Chart, ControlReport

__all__ = ["page"]

_MOST_ROWS = 500
_PHONE = 366


def page(report: ControlReport, title: str) -> str:
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    charts = sorted(report.charts, key=lambda chart: [-count for count in chart.counts()[1:]])
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body><main><h1>{escape(title)}</h1>"
        f'<p class="lead">{escape(report.sentence())}</p>'
        '<p class="key">● in control &#160; ○ the mean was estimated from it &#160; '
        '<span class="warn">◇ warning</span> &#160; <span class="bad">■ rejected</span></p>'
        + _summary(report)
        + "".join(_both(chart) for chart in charts)
        + _violations(report)
        + "</main></body></html>\n"
    )


def _both(chart: Chart) -> str:
    """The chart as drawn for screens and paper, and as drawn for phones: the style sheet shows one of them."""
    wide, narrow = levey_jennings(chart), levey_jennings(chart, width=_PHONE)
    return f'<section><div class="wide">{wide}</div><div class="narrow">{narrow}</div></section>'


def _summary(report: ControlReport) -> str:
    rows = []
    for chart in report.charts:
        for material in chart.materials:
            rejected = sum(point.rejects for point in material.points)
            warned = sum(bool(point.rules) and not point.rejects for point in material.points)
            values = [point.value for point in material.points]
            mean = sum(values) / len(values)
            spread = (sum((value - mean) ** 2 for value in values) / max(len(values) - 1, 1)) ** 0.5
            cv = f"{100 * spread / abs(mean):.1f} %" if mean else ""
            target = f"{material.mean:.5g} ± {material.sd:.3g}"
            cells = [f"{len(values):,}", target, f"{mean:.5g}", cv, f"{rejected:,}", f"{warned:,}"]
            flagged = ' class="bad"' if rejected else ""
            rows.append(
                f'<tr><th scope="row">{escape(chart.title)}</th><td>{escape(material.name)}</td>'
                + "".join(f'<td class="n">{escape(cell)}</td>' for cell in cells[:4])
                + f'<td class="n"><span{flagged}>{cells[4]}</span></td><td class="n">{cells[5]}</td></tr>'
            )
    heads = ("Chart", "Material", "Points", "Target ± SD", "Mean", "CV", "Rejected", "Warnings")
    head = "".join(f'<th class="{"n" if i > 1 else ""}">{name}</th>' for i, name in enumerate(heads))
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _violations(report: ControlReport) -> str:
    found = report.violations()
    if not found:
        return "<h2>Violations</h2><p>No rule was broken.</p>"
    rows = []
    for one in found[:_MOST_ROWS]:
        kind = '<span class="bad">reject</span>' if one["rejects"] else '<span class="warn">warning</span>'
        place = ", ".join(part for part in (one["analyte"], one["device"]) if part)
        cells = (place, one["material"], one["run"], one["time"])
        rows.append(
            "<tr>"
            + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells)
            + f'<td class="n">{one["value"]:.6g}</td><td class="n">{one["z"]:.2f}</td>'.replace(">-", ">−")
            + f"<td>{escape(one['rule'])}</td><td>{kind}</td></tr>"
        )
    heads = ("Chart", "Material", "Run", "Time", "Value", "z", "Rule", "")
    head = "".join(f'<th class="{"n" if 3 < i < 6 else ""}">{name}</th>' for i, name in enumerate(heads))
    more = (
        f"<p>{len(found) - _MOST_ROWS:,} more stand in violations.csv.</p>" if len(found) > _MOST_ROWS else ""
    )
    return (
        f'<h2>Violations</h2><div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>{more}"
    )

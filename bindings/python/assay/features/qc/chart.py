"""Levey-Jennings charts as SVG: a panel for each material, mean and ±1, 2, 3 SD, broken rules named at their points.

Shape tells as much as colour, so that a chart reads on paper: a dot is in control, a diamond a warning, a square
rejected, an open ring among those that the mean was estimated from.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from assay.features.qc.controls import Chart, ControlPoint, Material

__all__ = ["levey_jennings"]

_INK, _SOFT, _LINE = "#1b2430", "#55606e", "#d5dbe3"
_DOT, _WARN, _BAD = "#0b5cad", "#8a5300", "#b3261e"
_LEFT, _RIGHT, _HEAD, _FOOT = 46, 74, 32, 22
_PANEL, _GAP, _EDGE = 198, 12, 4.2
_MOST_DOTS = 300
_LETTER = 6.2


def levey_jennings(chart: Chart, *, width: int = 960) -> str:
    """The chart of one analyte and device, as an SVG of its own. The same chart gives the same bytes.

    Args:
        chart: From :func:`judge_controls`.
        width: In units of the drawing; the height follows from the number of materials.

    Values beyond ±4.2 SD stand at the edge as an arrow with their z.
    """
    width = max(width, 480)
    top = 30
    height = top + len(chart.materials) * (_PANEL + _GAP) + 4
    panels = []
    for i, material in enumerate(chart.materials):
        panels.append(
            f'<g transform="translate(0 {top + i * (_PANEL + _GAP)})">{_panel(material, chart.unit, width)}</g>'
        )
    points, rejected, warned = chart.counts()
    label = f"Levey-Jennings chart of {chart.title}: {points} points, {rejected} rejected, {warned} warnings"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" style="max-width:100%;height:auto" role="img" aria-label="{escape(label)}" '
        f'font-family="system-ui,Helvetica,Arial,sans-serif" font-size="11" fill="{_SOFT}">'
        f'<rect width="{width}" height="{height}" fill="#fff"/>'
        f'<text x="{_LEFT}" y="18" font-size="15" font-weight="600" fill="{_INK}">{escape(chart.title)}</text>'
        f'<text x="{width - 6}" y="18" text-anchor="end">{escape(", ".join(chart.rules))}</text>'
        f"{''.join(panels)}</svg>\n"
    )


def _panel(material: Material, unit: str, width: int) -> str:
    points = material.points
    x0, x1 = _LEFT, width - _RIGHT
    step = (x1 - x0) / max(len(points), 1)
    xs = [x0 + (i + 0.5) * step for i in range(len(points))]
    ys = [_y(point.z) for point in points]
    parts = [_title(material, unit, x0), _bands(x0, x1), _limits(material, x0, x1, width)]
    if material.estimated and material.estimated < len(points):
        edge = x0 + material.estimated * step
        parts.append(
            f'<line x1="{edge:.1f}" y1="{_HEAD}" x2="{edge:.1f}" y2="{_PANEL - _FOOT}" stroke="{_SOFT}" '
            f'stroke-dasharray="1 3"/>'
        )
    if points:
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{_DOT}" stroke-width="0.9" opacity="0.6"/>'
        )
    parts += [
        _mark(x, y, point)
        for x, y, point in zip(xs, ys, points, strict=True)
        if point.rules or len(points) <= _MOST_DOTS
    ]
    parts += [_names(points, xs, ys, x1), _ticks(points, xs)]
    return "".join(parts)


def _y(z: float) -> float:
    middle = (_HEAD + _PANEL - _FOOT) / 2
    half = (_PANEL - _FOOT - _HEAD) / 2
    return middle - max(-_EDGE, min(_EDGE, z)) / _EDGE * half


def _title(material: Material, unit: str, x0: float) -> str:
    unit = f" {unit}" if unit else ""
    text = f"{material.name}: mean {material.mean:.5g}{unit}, SD {material.sd:.3g}{unit}"
    if material.estimated:
        text += f" (estimated from the first {material.estimated})"
    return f'<text x="{x0}" y="{_HEAD - 16}" font-size="12" fill="{_INK}">{escape(text)}</text>'


def _bands(x0: float, x1: float) -> str:
    """Within 2 SD, between 2 and 3 SD on either side."""
    made = []
    for low, high, colour in ((-2, 2, "#f2f7f3"), (2, 3, "#fff6e6"), (-3, -2, "#fff6e6")):
        made.append(
            f'<rect x="{x0}" y="{_y(high):.1f}" width="{x1 - x0:.1f}" height="{_y(low) - _y(high):.1f}" '
            f'fill="{colour}"/>'
        )
    return "".join(made)


def _limits(material: Material, x0: float, x1: float, width: int) -> str:
    strokes = {0: (_INK, "", 1.1), 1: (_LINE, "", 0.8), 2: (_WARN, "5 3", 0.9), 3: (_BAD, "", 1.0)}
    made = []
    for k in range(-3, 4):
        colour, dashes, weight = strokes[abs(k)]
        y = _y(k)
        dash = f' stroke-dasharray="{dashes}"' if dashes else ""
        made.append(
            f'<line x1="{x0}" y1="{y:.1f}" x2="{x1:.1f}" y2="{y:.1f}" stroke="{colour}" stroke-width="{weight}"{dash}/>'
            f'<text x="{x0 - 6}" y="{y + 3.8:.1f}" text-anchor="end">{_signed(k)}</text>'
            f'<text x="{x1 + 6:.1f}" y="{y + 3.8:.1f}">{material.mean + k * material.sd:.5g}</text>'
        )
    return "".join(made)


def _signed(k: int) -> str:
    return "mean" if k == 0 else f"{'+' if k > 0 else '−'}{abs(k)} SD"


def _mark(x: float, y: float, point: ControlPoint) -> str:
    if point.rejects:
        shape = f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8" fill="{_BAD}"/>'
    elif point.rules:
        shape = f'<path d="M{x:.1f},{y - 5:.1f} l5,5 l-5,5 l-5,-5 z" fill="#fff" stroke="{_WARN}" stroke-width="1.6"/>'
    elif point.estimates:
        shape = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="#fff" stroke="{_DOT}"/>'
    else:
        shape = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="{_DOT}"/>'
    title = f"{point.label} {point.value:.6g}, z = {point.z:.2f}".replace("= -", "= −").strip()
    if point.rules:
        title += f": {', '.join(point.rules)}"
    return f"<g>{shape}<title>{escape(title)}</title></g>"


def _names(points: Sequence[ControlPoint], xs: Sequence[float], ys: Sequence[float], end: float) -> str:
    """Rules at their points, above those above the mean and below the others: of neighbours with the same rules the
    first is named, and where there is no room, the list of violations alone names them."""
    made = []
    last = ""
    taken: list[tuple[float, float, float]] = []  # left, right, y
    for point, x, y in zip(points, xs, ys, strict=True):
        before, last = last, f"{point.z > 0} {point.rules}"
        if not point.rules or (last == before and abs(point.z) <= _EDGE):
            continue
        text = ", ".join(rule for rule in point.rules if rule != "1-2s" or len(point.rules) == 1)
        beyond = abs(point.z) > _EDGE
        if beyond:
            text += f" ({'↑' if point.z > 0 else '↓'} z = {point.z:.1f})".replace("= -", "= −")
        room = len(text) * _LETTER / 2 + 2
        centre = min(max(x, _LEFT + room), end - room)
        for away in (0, 11, 22):
            at = y - 8 - away if point.z > 0 else y + 16 + away
            if beyond:
                at = y + 18 + away if point.z > 0 else y - 10 - away
            free = all(
                centre + room < left or centre - room > right or abs(at - other) > 9
                for left, right, other in taken
            )
            if free and _HEAD - 4 < at < _PANEL - _FOOT + 8:
                taken.append((centre - room, centre + room, at))
                colour = _BAD if point.rejects else _WARN
                made.append(
                    f'<text x="{centre:.1f}" y="{at:.1f}" text-anchor="middle" font-size="10.5" font-weight="600" '
                    f'fill="{colour}" stroke="#fff" stroke-width="2.4" paint-order="stroke">{escape(text)}</text>'
                )
                break
    return "".join(made)


def _ticks(points: Sequence[ControlPoint], xs: Sequence[float]) -> str:
    if not points:
        return ""
    labels = [point.label or str(i + 1) for i, point in enumerate(points)]
    labels = _without_midnight(labels)
    longest = max(len(label) for label in labels) * _LETTER + 14
    every = max(1, -(-int(longest) // max(1, int(xs[1] - xs[0] if len(xs) > 1 else longest))))
    return "".join(
        f'<text x="{xs[i]:.1f}" y="{_PANEL - 6}" text-anchor="middle">{escape(labels[i])}</text>'
        for i in range(0, len(points), every)
    )


def _without_midnight(labels: Sequence[str]) -> list[str]:
    """Days alone where every time is the beginning of one, and no seconds where they are all 0."""
    short = [label.removesuffix("+00:00").replace("T", " ") for label in labels]
    for ending in (" 00:00:00", ":00"):
        if all(label.endswith(ending) and label.count(":") == 2 for label in short):
            return [label.removesuffix(ending) for label in short]
    return short

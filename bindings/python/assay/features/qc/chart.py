"""Levey-Jennings charts as SVG: a panel for each material, mean and ±1, 2, 3 SD, broken rules named at their points.

Shape tells as much as colour, so that a chart reads on paper: a dot is in control, a diamond a warning, a square
rejected, an open ring among those that the mean was estimated from.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from assay.features.qc.controls import Chart, ControlPoint, Material

__all__ = ["levey_jennings"]

_INK, _SOFT, _LINE = "#1b2430", "#55606e", "#d5dbe3"
_DOT, _WARN, _BAD = "#0b5cad", "#8a5300", "#b3261e"
_GAP, _EDGE = 12, 4.2
_LEAST_STEP = 2.8
_LETTER = 6.2


@dataclass(frozen=True)
class _Layout:
    """Sizes in units of the drawing; one panel holds a line or two of text, the points, and their times."""

    width: int
    left: int
    right: int
    top: int
    head: int
    panel: int
    foot: int = 22

    @property
    def x0(self) -> int:
        return self.left

    @property
    def x1(self) -> int:
        return self.width - self.right

    @property
    def narrow(self) -> bool:
        return self.width < _NARROW

    def y(self, z: float) -> float:
        middle = (self.head + self.panel - self.foot) / 2
        half = (self.panel - self.foot - self.head) / 2
        return middle - max(-_EDGE, min(_EDGE, z)) / _EDGE * half


_NARROW = 600


def _layout(width: int) -> _Layout:
    if width < _NARROW:  # what stands beside each other on a screen stands below each other on a phone
        return _Layout(max(width, 320), left=42, right=52, top=44, head=46, panel=250)
    return _Layout(width, left=46, right=74, top=30, head=32, panel=198)


def levey_jennings(chart: Chart, *, width: int = 960) -> str:
    """The chart of one analyte and device, as an SVG of its own. The same chart gives the same bytes.

    Args:
        chart: From :func:`judge_controls`.
        width: In units of the drawing, at least 320; the height follows from the number of materials. Below 600 the
            panels are higher and texts stand below each other, to be read on a phone at full size.

    Values beyond ±4.2 SD stand at the edge as an arrow with their z.
    """
    at = _layout(width)
    height = at.top + len(chart.materials) * (at.panel + _GAP) + 4
    panels = []
    for i, material in enumerate(chart.materials):
        panels.append(
            f'<g transform="translate(0 {at.top + i * (at.panel + _GAP)})">{_panel(material, chart.unit, at)}</g>'
        )
    points, rejected, warned = chart.counts()
    label = f"Levey-Jennings chart of {chart.title}: {points} points, {rejected} rejected, {warned} warnings"
    rules = escape(", ".join(chart.rules))
    named = f'x="{at.x0}" y="36"' if at.narrow else f'x="{at.width - 6}" y="18" text-anchor="end"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {at.width} {height}" width="{at.width}" '
        f'height="{height}" style="max-width:100%;height:auto" role="img" aria-label="{escape(label)}" '
        f'font-family="system-ui,Helvetica,Arial,sans-serif" font-size="11" fill="{_SOFT}">'
        f'<rect width="{at.width}" height="{height}" fill="#fff"/>'
        f'<text x="{at.x0}" y="18" font-size="15" font-weight="600" fill="{_INK}">{escape(chart.title)}</text>'
        f"<text {named}>{rules}</text>"
        f"{''.join(panels)}</svg>\n"
    )


def _panel(material: Material, unit: str, at: _Layout) -> str:
    points = material.points
    step = (at.x1 - at.x0) / max(len(points), 1)
    xs = [at.x0 + (i + 0.5) * step for i in range(len(points))]
    ys = [at.y(point.z) for point in points]
    parts = [_title(material, unit, at), _bands(at), _limits(material, at)]
    if material.estimated and material.estimated < len(points):
        edge = at.x0 + material.estimated * step
        parts.append(
            f'<line x1="{edge:.1f}" y1="{at.head}" x2="{edge:.1f}" y2="{at.panel - at.foot}" stroke="{_SOFT}" '
            f'stroke-dasharray="1 3"/>'
        )
    if points:
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{_DOT}" stroke-width="0.9" opacity="0.6"/>'
        )
    parts += [
        _mark(x, y, point) for x, y, point in zip(xs, ys, points, strict=True) if point.rules or step >= _LEAST_STEP
    ]
    parts += [_names(points, xs, ys, at), _ticks(points, xs, at)]
    return "".join(parts)


def _title(material: Material, unit: str, at: _Layout) -> str:
    unit = f" {unit}" if unit else ""
    target = f"mean {material.mean:.5g}{unit}, SD {material.sd:.3g}{unit}"
    estimated = f" (estimated from the first {material.estimated})" if material.estimated else ""
    if not at.narrow:
        text = f"{material.name}: {target}{estimated}"
        return f'<text x="{at.x0}" y="{at.head - 16}" font-size="12" fill="{_INK}">{escape(text)}</text>'
    lines = (f"{material.name}{estimated}", target)
    return "".join(
        f'<text x="{at.x0}" y="{at.head - 32 + 15 * i}" font-size="12" fill="{_INK}">{escape(text)}</text>'
        for i, text in enumerate(lines)
    )


def _bands(at: _Layout) -> str:
    """Within 2 SD, between 2 and 3 SD on either side."""
    made = []
    for low, high, colour in ((-2, 2, "#f2f7f3"), (2, 3, "#fff6e6"), (-3, -2, "#fff6e6")):
        made.append(
            f'<rect x="{at.x0}" y="{at.y(high):.1f}" width="{at.x1 - at.x0:.1f}" '
            f'height="{at.y(low) - at.y(high):.1f}" fill="{colour}"/>'
        )
    return "".join(made)


def _limits(material: Material, at: _Layout) -> str:
    strokes = {0: (_INK, "", 1.1), 1: (_LINE, "", 0.8), 2: (_WARN, "5 3", 0.9), 3: (_BAD, "", 1.0)}
    made = []
    for k in range(-3, 4):
        colour, dashes, weight = strokes[abs(k)]
        y = at.y(k)
        dash = f' stroke-dasharray="{dashes}"' if dashes else ""
        made.append(
            f'<line x1="{at.x0}" y1="{y:.1f}" x2="{at.x1:.1f}" y2="{y:.1f}" stroke="{colour}" '
            f'stroke-width="{weight}"{dash}/>'
            f'<text x="{at.x0 - 6}" y="{y + 3.8:.1f}" text-anchor="end">{_signed(k)}</text>'
            f'<text x="{at.x1 + 6:.1f}" y="{y + 3.8:.1f}">{material.mean + k * material.sd:.5g}</text>'
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


def _names(points: Sequence[ControlPoint], xs: Sequence[float], ys: Sequence[float], layout: _Layout) -> str:
    """Rules at their points, above those above the mean and below the others: of neighbours with the same rules the
    first is named, and where there is no room, the list of violations alone names them."""
    made = []
    last = ""
    # What no name may cover, each as left, right, y: names so far, and points that break a rule.
    taken = [(x - 5, x + 5, y + 4) for point, x, y in zip(points, xs, ys, strict=True) if point.rules]
    for point, x, y in zip(points, xs, ys, strict=True):
        before, last = last, f"{point.z > 0} {point.rules}"
        if not point.rules or (last == before and abs(point.z) <= _EDGE):
            continue
        text = ", ".join(rule for rule in point.rules if rule != "1-2s" or len(point.rules) == 1)
        beyond = abs(point.z) > _EDGE
        if beyond:
            text += f" ({'↑' if point.z > 0 else '↓'} z = {point.z:.1f})".replace("= -", "= −")
        room = len(text) * _LETTER / 2 + 2
        centre = min(max(x, layout.x0 + room), layout.x1 - room)
        upwards = (point.z > 0) != beyond
        for away in (0, 11, 22, 33):
            at = y - (10 if beyond else 8) - away if upwards else y + (18 if beyond else 16) + away
            free = all(
                centre + room < left or centre - room > right or abs(at - other) > 9
                for left, right, other in taken
            )
            if free and layout.head - 4 < at < layout.panel - layout.foot + 8:
                taken.append((centre - room, centre + room, at))
                colour = _BAD if point.rejects else _WARN
                made.append(
                    f'<text x="{centre:.1f}" y="{at:.1f}" text-anchor="middle" font-size="10.5" font-weight="600" '
                    f'fill="{colour}" stroke="#fff" stroke-width="2.4" paint-order="stroke">{escape(text)}</text>'
                )
                break
    return "".join(made)


def _ticks(points: Sequence[ControlPoint], xs: Sequence[float], at: _Layout) -> str:
    if not points:
        return ""
    labels = [point.label or str(i + 1) for i, point in enumerate(points)]
    labels = _without_midnight(labels)
    longest = max(len(label) for label in labels) * _LETTER + 14
    step = xs[1] - xs[0] if len(xs) > 1 else longest
    every = max(1, math.ceil(longest / step))
    room = (longest - 14) / 2  # the first and the last stay within the drawing
    return "".join(
        f'<text x="{min(max(xs[i], room + 2), at.width - room - 2):.1f}" y="{at.panel - 6}" '
        f'text-anchor="middle">{escape(labels[i])}</text>'
        for i in range(0, len(points), every)
    )


def _without_midnight(labels: Sequence[str]) -> list[str]:
    """Days alone where every time is the beginning of one, and no seconds where they are all 0."""
    short = [label.removesuffix("+00:00").replace("T", " ") for label in labels]
    for ending in (" 00:00:00", ":00"):
        if all(label.endswith(ending) and label.count(":") == 2 for label in short):
            return [label.removesuffix(ending) for label in short]
    return short

"""The chart of a comparison of prompts as SVG: a panel of bars for each measure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.tracking.compare import Variant

__all__ = ["draw"]

_PANELS = (
    ("words", "Words", 0.0, 0.0),
    ("reading_ease", "Flesch reading ease (higher is easier)", 0.0, 0.0),
    ("grade", "Flesch–Kincaid grade (lower is easier)", 0.0, 0.0),
    ("judge_score", "Judge's score, 1 to 5", 1.0, 5.0),
)
_COLOURS = ("#2b6cb0", "#c05621", "#2f855a", "#6b46c1", "#b7791f", "#2c7a7b")
_ROW, _HEAD, _GAP, _MARGIN, _LETTER = 24, 26, 18, 10, 6.7


def draw(variants: Sequence[Variant], width: int) -> str:
    """The chart, `width` units wide: two panels beside each other from 640 on, else one."""
    width = max(width, 320)
    panels = [panel for panel in _PANELS if any(getattr(one, panel[0]) is not None for one in variants)]
    columns = 2 if width >= 640 and len(panels) > 1 else 1
    panel_width = (width - _MARGIN * (columns + 1)) / columns
    panel_height = _HEAD + _ROW * len(variants) + _GAP
    height = _MARGIN + panel_height * math.ceil(len(panels) / columns)
    parts = []
    for i, (member, title, low, high) in enumerate(panels):
        x = _MARGIN + (i % columns) * (panel_width + _MARGIN)
        y = _MARGIN + (i // columns) * panel_height
        values = [getattr(one, member) for one in variants]
        names = [one.variant for one in variants]
        parts.append(
            f'<g transform="translate({x:.1f} {y:.1f})">{_panel(title, names, values, (low, high), panel_width)}</g>'
        )
    label = escape("Comparison of " + ", ".join(one.variant for one in variants))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:.0f}" width="{width}" '
        f'height="{height:.0f}" style="max-width:100%;height:auto" role="img" aria-label="{label}" '
        f'font-family="system-ui,sans-serif" font-size="12" fill="#1a202c">'
        f'<rect width="{width}" height="{height:.0f}" fill="#fff"/>{"".join(parts)}</svg>'
    )


def _panel(
    title: str, names: Sequence[str], values: Sequence[float | None], ends: tuple[float, float], width: float
) -> str:
    """`ends`: where bars begin, and what the axis reaches at least."""
    low, high = ends
    label_width = min(max(len(name) for name in names) * _LETTER + 8, width * 0.36)
    room = width - label_width - 52  # for the number behind the bar
    known = [value for value in values if value is not None]
    first, last = min([low, *known]), max([high, *known])
    scale = room / (last - first) if last > first else 0.0
    zero = label_width + (low - first) * scale
    parts = [f'<text y="14" font-weight="600">{escape(title)}</text>']
    for i, (name, value) in enumerate(zip(names, values, strict=True)):
        middle = _HEAD + i * _ROW + _ROW / 2
        shown = _cut(name, label_width)
        parts.append(
            f'<text x="0" y="{middle + 4:.1f}"><title>{escape(name)}</title>{escape(shown)}</text>'
            + _bar(value, low, zero, scale, middle, _COLOURS[i % len(_COLOURS)])
        )
    bottom = _HEAD + len(names) * _ROW
    axis = f'<line x1="{zero:.1f}" x2="{zero:.1f}" y1="{_HEAD - 2}" y2="{bottom}" stroke="#718096"/>'
    return "".join(parts) + axis


def _bar(value: float | None, low: float, zero: float, scale: float, middle: float, colour: str) -> str:
    from assay.tracking.compare import shown_number

    if value is None:
        return f'<text x="{zero + 6:.1f}" y="{middle + 4:.1f}" fill="#718096">–</text>'
    end = zero + (value - low) * scale
    left, long = min(zero, end), abs(end - zero)
    return (
        f'<rect x="{left:.1f}" y="{middle - 8:.1f}" width="{long:.1f}" height="16" fill="{colour}"/>'
        f'<text x="{max(zero, end) + 6:.1f}" y="{middle + 4:.1f}">{shown_number(value)}</text>'
    )


def _cut(name: str, width: float) -> str:
    most = max(3, int((width - 8) / _LETTER))
    return name if len(name) <= most else name[: most - 1] + "…"

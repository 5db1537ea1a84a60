"""Reliability diagram and ROC curves as SVG that stands alone, or in a page."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.models.evaluation import Auc, Evaluation, Reliability, RocCurve

__all__ = ["reliability_svg", "roc_panel", "roc_svg"]

_FONT = "font-family=\"system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif\""
_INK, _SOFT, _LINE, _ACCENT, _PALE = "#1b2430", "#55606e", "#d5dbe3", "#0b5cad", "#cfe0f2"
_NAMESPACE = 'xmlns="http://www.w3.org/2000/svg"'
_MOST_CORNERS = 400
_PANELS_IN_A_ROW = 4


def _text(
    x: float, y: float, content: str, *, size: int = 12, anchor: str = "start", colour: str = _SOFT
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" style="font-size:{size}px;fill:{colour};text-anchor:{anchor}">'
        f"{escape(content)}</text>"
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str = _LINE, more: str = "") -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" {more}/>'


class _Square:
    """A plot of [0, 1] against [0, 1]."""

    def __init__(self, left: float, top: float, side: float) -> None:
        self.left, self.top, self.side = left, top, side

    def x(self, value: float) -> float:
        return self.left + value * self.side

    def y(self, value: float) -> float:
        return self.top + (1 - value) * self.side

    def frame(self, ticks: tuple[float, ...], size: int) -> list[str]:
        """Grid, ticks in both directions and the diagonal."""
        parts = []
        for tick in ticks:
            parts += [
                _line(self.x(0), self.y(tick), self.x(1), self.y(tick)),
                _line(self.x(tick), self.y(0), self.x(tick), self.y(1)),
                _text(self.left - 6, self.y(tick) + size / 3, f"{tick:g}", size=size, anchor="end"),
                _text(self.x(tick), self.y(0) + size + 5, f"{tick:g}", size=size, anchor="middle"),
            ]
        dashed = 'stroke-dasharray="4 4"'
        return [*parts, _line(self.x(0), self.y(0), self.x(1), self.y(1), _SOFT, dashed)]


def reliability_svg(reliability: Reliability) -> str:
    """Mean probability against the share that came true, with Wilson's intervals; below, the cases in each bin."""
    width, height = 460, 568
    plot = _Square(58, 16, 380)
    bars_top, bars_bottom = 466.0, 530.0
    parts = plot.frame((0, 0.2, 0.4, 0.6, 0.8, 1), 12)
    filled = [b for b in reliability.bins if b.observed.total > 0]
    most = max((b.observed.total for b in filled), default=1)
    points = []
    for b in filled:
        x, share = plot.x(b.mean_probability), b.observed
        points.append(f"{x:.1f},{plot.y(share.value):.1f}")
        low, high = plot.y(share.interval.low), plot.y(share.interval.high)
        told = (
            f"mean probability {b.mean_probability:.3f}, true in {share.hits:,} of {share.total:,} "
            f"({share.value:.1%}, {share.interval.low:.1%} to {share.interval.high:.1%})"
        )
        parts += [
            _line(x, low, x, high, _ACCENT, 'stroke-width="1.5"'),
            _line(x - 4, low, x + 4, low, _ACCENT, 'stroke-width="1.5"'),
            _line(x - 4, high, x + 4, high, _ACCENT, 'stroke-width="1.5"'),
            f'<circle cx="{x:.1f}" cy="{plot.y(share.value):.1f}" r="4.5" fill="{_ACCENT}">'
            f"<title>{told}</title></circle>",
        ]
        left, right = plot.x(b.low), plot.x(b.high)
        tall = share.total / most * (bars_bottom - bars_top)
        wide = max(right - left - 2, 2)
        parts.append(
            f'<rect x="{left + 1:.1f}" y="{bars_bottom - tall:.1f}" width="{wide:.1f}" height="{tall:.1f}" '
            f'fill="{_PALE}" stroke="{_ACCENT}" stroke-width="0.7"><title>{share.total:,} images</title></rect>'
        )
        if right - left >= 30:
            parts.append(
                _text(
                    (left + right) / 2, bars_bottom - tall - 4, f"{share.total:,}", size=11, anchor="middle"
                )
            )
    if len(points) > 1:
        parts.append(
            f'<polyline points="{" ".join(points)}" fill="none" stroke="{_ACCENT}" stroke-width="1.2"/>'
        )
    parts += [
        _line(plot.x(0), bars_bottom, plot.x(1), bars_bottom, _SOFT),
        _text(plot.x(0.5), 436, "probability of the first label", size=13, anchor="middle", colour=_INK),
        f'<g transform="translate(16 {plot.y(0.5):.0f}) rotate(-90)">'
        + _text(0, 0, "share in which it is true", size=13, anchor="middle", colour=_INK)
        + "</g>",
        _text(plot.x(0.5), bars_bottom + 20, "images in each bin", size=13, anchor="middle", colour=_INK),
    ]
    error = reliability.expected_error
    label = "Reliability diagram" + (
        f", expected calibration error {error:.3f}" if math.isfinite(error) else ""
    )
    return _document(width, height, label, parts)


def _thinned(curve: RocCurve) -> list[tuple[float, float]]:
    """Corners of the curve; of very many, evenly spread ones and the ends."""
    corners = list(zip(curve.false_positive_rate.tolist(), curve.true_positive_rate.tolist(), strict=True))
    every = max(1, math.ceil(len(corners) / _MOST_CORNERS))
    return corners if every == 1 else [*corners[:-1:every], corners[-1]]


def _panel(plot: _Square, curve: RocCurve) -> list[str]:
    points = [(plot.x(x), plot.y(y)) for x, y in _thinned(curve)]
    text = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    area = f"{plot.x(0):.1f},{plot.y(0):.1f} {text} {plot.x(1):.1f},{plot.y(0):.1f}"
    return [
        f'<polygon points="{area}" fill="{_PALE}" fill-opacity="0.45"/>',
        *plot.frame((0, 0.5, 1), 11),
        f'<polyline points="{text}" fill="none" stroke="{_ACCENT}" stroke-width="1.8" stroke-linejoin="round"/>',
    ]


def _caption(auc: Auc) -> str:
    if auc.value is None:
        return "not defined"
    if auc.interval is None:
        return f"AUC {auc.value:.3f}"
    return f"AUC {auc.value:.3f} ({auc.interval.low:.3f} to {auc.interval.high:.3f})"


def roc_panel(name: str, auc: Auc, curve: RocCurve) -> str:
    """The ROC curve of one label."""
    plot = _Square(34, 8, 190)
    return _document(236, 226, f"ROC curve of {name}, {_caption(auc)}", _panel(plot, curve))


def roc_svg(evaluation: Evaluation) -> str:
    """The ROC curves of all labels that have one, side by side."""
    found = [
        (name, auc, curve)
        for name, auc, curve in zip(evaluation.labels, evaluation.aucs.labels, evaluation.rocs, strict=True)
        if curve is not None
    ]
    columns = max(1, min(_PANELS_IN_A_ROW, len(found)))
    rows = math.ceil(len(found) / columns)
    wide, tall = 250, 290
    width, height = max(columns * wide + 20, 420), rows * tall + 40
    parts = []
    for i, (name, auc, curve) in enumerate(found):
        left, top = (i % columns) * wide + 52, (i // columns) * tall + 50
        shown = name if len(name) <= 30 else name[:29] + "…"
        parts += [
            _text(left, top - 28, shown, size=13, colour=_INK),
            _text(left, top - 11, _caption(auc), size=11),
            *_panel(_Square(left, top, 190), curve),
        ]
    if not found:
        parts = [_text(20, 30, "No label has images with it and images without it.", size=13)]
    else:
        axes = "across: share of images without the label that score as high · up: share of those with it"
        parts.append(_text(20, height - 14, axes, size=11))
    return _document(width, height, "ROC curves by label", parts)


def _document(width: int, height: int, label: str, parts: list[str]) -> str:
    return (
        f'<svg {_NAMESPACE} viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(label)}" {_FONT}>\n<rect width="{width}" height="{height}" fill="#fff"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )

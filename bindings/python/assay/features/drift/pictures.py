"""Two distributions over each other as a small SVG picture: the reference grey, the current values as a line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from itertools import pairwise

from assay._core.features import ColumnDrift, NumericSample, TableSample, bin_counts

__all__ = ["column_picture"]

WIDTH, HEIGHT = 320, 132
_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 8, 8, 20
_BINS = 40
_MOST_STEPS = 400
_MOST_BARS = 8
_GROUND, _REFERENCE, _CURRENT, _TEXT = "#fff", "#b8c0cc", "#0b5cad", "#55606e"


def column_picture(reference: TableSample, current: TableSample, column: ColumnDrift) -> str:
    """The picture of a column or group that both have, or nothing where there is nothing to draw."""
    key, name = (column.name, column.unit), column.label or column.name
    if reference.kind(*key) == "numbers":
        before, now = reference.numbers(*key), current.numbers(*key)
        return _numbers(before, now, name) if before.count and now.count else ""
    counts, counts_now = dict(reference.categories(*key)), dict(current.categories(*key))
    return _categories(counts, counts_now, name) if counts and counts_now else ""


def _numbers(before: NumericSample, now: NumericSample, name: str) -> str:
    """Shares over bins of equal width; the outermost half percent at either end is gathered in the last bins."""
    low = min(before.quantile(0.005), now.quantile(0.005))
    high = max(before.quantile(0.995), now.quantile(0.995))
    if not low < high:
        room = max(abs(low) * 0.1, 1.0)
        low, high = low - room, high + room
    low, high, bins = _whole_steps(before, now, low, high)
    step = (high - low) / bins
    edges = [low + i * step for i in range(1, bins)]
    if any(b <= a for a, b in pairwise(edges)):
        return ""  # values too near to each other to be told apart in a picture
    shares = [_shares(bin_counts(one, edges)) for one in (before, now)]
    top = max(max(one) for one in shares)
    base = HEIGHT - _BOTTOM
    area, line = (_steps(one, top) for one in shares)
    return _frame(
        f"Distribution of {name}: reference and current values from {_short(low)} to {_short(high)}",
        f'<path d="{area} L{WIDTH - _RIGHT},{base} L{_LEFT},{base} Z" fill="{_REFERENCE}"/>'
        f'<path d="{line}" fill="none" stroke="{_CURRENT}" stroke-width="1.8" stroke-linejoin="round"/>'
        f'<line x1="{_LEFT}" y1="{base}" x2="{WIDTH - _RIGHT}" y2="{base}" stroke="{_TEXT}" stroke-width="0.7"/>'
        + _label(_LEFT, _short(low), "start")
        + _label((_LEFT + WIDTH - _RIGHT) / 2, _short((low + high) / 2), "middle")
        + _label(WIDTH - _RIGHT, _short(high), "end"),
        HEIGHT,
    )


def _whole_steps(before: NumericSample, now: NumericSample, low: float, high: float) -> tuple[float, float, int]:
    """Ends and number of bins. Of values that come in steps (140, 141, ...) each bin takes as many of them: else some
    bins would stand empty or twice as high by the grid alone."""
    found = sorted({one.quantile(p / 50) for one in (before, now) for p in range(1, 50)})
    least = min((b - a for a, b in pairwise(found)), default=0.0)
    if not least > 0 or (high - low) / least > _MOST_STEPS:
        return low, high, _BINS
    steps = round((high - low) / least) + 1
    each = math.ceil(steps / _BINS)
    bins = math.ceil(steps / each)
    return low - least / 2, low - least / 2 + bins * each * least, bins


def _steps(shares: Sequence[float], top: float) -> str:
    width = (WIDTH - _LEFT - _RIGHT) / len(shares)
    base = HEIGHT - _BOTTOM
    points = []
    for i, share in enumerate(shares):
        y = base - share / top * (base - _TOP)
        points += [f"{_LEFT + i * width:.1f},{y:.1f}", f"{_LEFT + (i + 1) * width:.1f},{y:.1f}"]
    return f"M{_LEFT},{base} L" + " L".join(points) + f" L{WIDTH - _RIGHT},{base}"


def _categories(before: dict[str, int], now: dict[str, int], name: str) -> str:
    """A pair of bars for each of the largest categories."""
    total, total_now = sum(before.values()), sum(now.values())
    pairs = [
        (one, before.get(one, 0) / total, now.get(one, 0) / total_now) for one in sorted({*before, *now})
    ]
    pairs.sort(key=lambda pair: -max(pair[1], pair[2]))
    shown = pairs[:_MOST_BARS]
    left, row = 118, 22
    scale = (WIDTH - _RIGHT - left) / max(shown[0][1], shown[0][2])
    height = _TOP + row * len(shown) + (16 if len(pairs) > len(shown) else 2)
    parts = []
    for i, (category, share, share_now) in enumerate(shown):
        y = _TOP + i * row
        text = category if len(category) <= 18 else category[:17] + "…"
        parts.append(
            f'<text x="{left - 6}" y="{y + 13}" text-anchor="end" font-size="11" fill="{_TEXT}">'
            f"{escape(text) or '(empty)'}</text>"
        )
        for offset, width, colour in ((2, share * scale, _REFERENCE), (10, share_now * scale, _CURRENT)):
            parts.append(
                f'<rect x="{left}" y="{y + offset}" width="{width:.1f}" height="7" fill="{colour}"/>'
            )
    if len(pairs) > len(shown):
        parts.append(
            f'<text x="{WIDTH - _RIGHT}" y="{height - 3}" text-anchor="end" font-size="11" fill="{_TEXT}">'
            f"and {len(pairs) - len(shown):,} more</text>"
        )
    return _frame(f"Categories of {name}: reference and current shares", "".join(parts), height)


def _frame(label: str, content: str, height: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(label)}" style="width:100%;height:auto" '
        f'font-family="system-ui,sans-serif"><rect width="{WIDTH}" height="{height}" fill="{_GROUND}"/>'
        f"{content}</svg>"
    )


def _label(x: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.0f}" y="{HEIGHT - 5}" text-anchor="{anchor}" font-size="11" fill="{_TEXT}">{text}</text>'


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts)
    return [count / total for count in counts]


def _short(value: float) -> str:
    text = f"{value:.4g}"
    return text.replace("-", "−") if math.isfinite(value) else ""

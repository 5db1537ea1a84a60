"""Vital signs over time as small SVG charts: the reference band, every value, what was refused and why."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

__all__ = ["BANDS", "TITLES", "Chart", "Mark", "vital_chart"]

BANDS: dict[str, tuple[float | None, float | None]] = {
    "heart_rate": (51, 90),
    "systolic_bp": (111, 219),
    "spo2": (96, None),
    "temperature": (36.1, 38.0),
    "respiratory_rate": (12, 20),
}
"""Values that score 0 in NEWS2. Source: Royal College of Physicians 2017, chart 1 (SpO2 scale 1)."""

TITLES: dict[str, tuple[str, str]] = {
    "heart_rate": ("Heart rate", "/min"),
    "systolic_bp": ("Systolic pressure", "mmHg"),
    "diastolic_bp": ("Diastolic pressure", "mmHg"),
    "spo2": ("Oxygen saturation", "%"),
    "temperature": ("Temperature", "°C"),
    "respiratory_rate": ("Respiratory rate", "/min"),
}
"""Heading and unit as people write it."""

_HIGHEST = {"spo2": 100.0}
"""Where an axis ends, a multiple of every round step below it."""

WIDTH, HEIGHT = 460, 190
LEFT, RIGHT, TOP, BOTTOM = 40, 10, 12, 26
_MOST_MARKS = 160


@dataclass(frozen=True)
class Mark:
    """One value in the drawing's coordinates."""

    x: float
    y: float
    value: str
    at: str
    outside: bool = False


@dataclass(frozen=True)
class Tick:
    """A label on an axis."""

    position: float
    label: str


@dataclass
class Chart:
    """Everything that the SVG template draws, in its coordinates."""

    name: str
    title: str
    unit: str
    description: str
    lines: list[str] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    refused: list[Mark] = field(default_factory=list)
    x_ticks: list[Tick] = field(default_factory=list)
    y_ticks: list[Tick] = field(default_factory=list)
    band: tuple[float, float] | None = None
    band_label: str = ""
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


@dataclass(frozen=True)
class _Scale:
    """Data to drawing, linear."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        clipped = min(max(value, self.low), self.high)
        share = (clipped - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


def vital_chart(
    name: str,
    times: Sequence[datetime],
    values: Sequence[float | None],
    refused: Sequence[tuple[datetime, float]] = (),
) -> Chart | None:
    """The chart of one vital sign, or nothing where there is no accepted value."""
    points = sorted((at, value) for at, value in zip(times, values, strict=True) if value is not None)
    if not points:
        return None
    title, unit = TITLES[name]
    band = BANDS.get(name, (None, None))
    numbers = [value for _, value in points]
    x = _time_scale([at for at, _ in points] + [at for at, _ in refused])
    y, step = _value_scale(numbers, band, _HIGHEST.get(name, math.inf))
    chart = Chart(name, title, unit, _describe(title, unit, points, band, len(refused)))
    chart.lines = _lines(points, x, y)
    chart.marks = (
        _marks(points, band, x, y) if len(points) <= _MOST_MARKS else _outside_only(points, band, x, y)
    )
    chart.refused = [
        Mark(x(at.timestamp()), y(v), _number(v), _moment(at)) for at, v in refused[:_MOST_MARKS]
    ]
    chart.x_ticks = _time_ticks(x)
    chart.y_ticks = [Tick(y(v), _number(v)) for v in _steps(y.low, y.high, step)]
    if band != (None, None):
        chart.band = (
            y(band[1] if band[1] is not None else y.high),
            y(band[0] if band[0] is not None else y.low),
        )
        chart.band_label = f"NEWS2 scores 0: {_range(band)}"
    return chart


def _time_scale(times: Sequence[datetime]) -> _Scale:
    first, last = min(times).timestamp(), max(times).timestamp()
    if first == last:
        first, last = first - 1800, last + 1800
    return _Scale(first, last, LEFT + 6, WIDTH - RIGHT - 6)


def _value_scale(
    numbers: Sequence[float], band: tuple[float | None, float | None], highest: float
) -> tuple[_Scale, float]:
    """Room for every value and the near edge of the band, in round steps; none above what can be."""
    low, high = min(numbers), max(numbers)
    near = [
        edge
        for edge in band
        if edge is not None and low - (high - low) - 20 <= edge <= high + (high - low) + 20
    ]
    low, high = min([low, *near]), max([high, *near])
    room = max((high - low) * 0.08, 0.2)
    step = _round_step((high - low + 2 * room) / 4)
    top = min(math.ceil((high + room) / step) * step, max(highest, math.ceil(high / step) * step))
    return _Scale(math.floor((low - room) / step) * step, top, HEIGHT - BOTTOM, TOP), step


def _round_step(raw: float) -> float:
    """The next 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(raw))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw)


def _steps(low: float, high: float, step: float) -> list[float]:
    return [low + i * step for i in range(round((high - low) / step) + 1)]


def _lines(points: Sequence[tuple[datetime, float]], x: _Scale, y: _Scale) -> list[str]:
    """Polylines, broken where more than a day passes between two values."""
    lines: list[list[str]] = [[]]
    previous: datetime | None = None
    for at, value in points:
        if previous is not None and at - previous > timedelta(days=1):
            lines.append([])
        lines[-1].append(f"{x(at.timestamp())},{y(value)}")
        previous = at
    return [" ".join(line) for line in lines if len(line) > 1]


def _marks(
    points: Sequence[tuple[datetime, float]], band: tuple[float | None, float | None], x: _Scale, y: _Scale
) -> list[Mark]:
    return [
        Mark(x(at.timestamp()), y(value), _number(value), _moment(at), _outside(value, band))
        for at, value in points
    ]


def _outside_only(
    points: Sequence[tuple[datetime, float]], band: tuple[float | None, float | None], x: _Scale, y: _Scale
) -> list[Mark]:
    """Of a long series, the line says enough; up to a limit, values outside the band are marked."""
    outside = [point for point in points if _outside(point[1], band)]
    every = max(1, math.ceil(len(outside) / _MOST_MARKS))
    return _marks(outside[::every], band, x, y)


def _outside(value: float, band: tuple[float | None, float | None]) -> bool:
    low, high = band
    return (low is not None and value < low) or (high is not None and value > high)


def _time_ticks(x: _Scale) -> list[Tick]:
    """Three or four labels at round hours, or dates where the stay is long."""
    span = x.high - x.low
    step = next(
        (s for s in (3600, 7200, 14400, 21600, 43200) if span / s <= 5), 86400 * math.ceil(span / 86400 / 5)
    )
    first = math.ceil(x.low / step) * step
    moments = [first + i * step for i in range(int((x.high - first) / step) + 1)]
    pattern = "%d %b" if step >= 86400 else "%d %b %H:%M" if span > 86400 else "%H:%M"
    ticks = [Tick(x(m), _utc(m).strftime(pattern)) for m in moments]
    return ticks if len(ticks) <= 4 else ticks[::2]


def _utc(seconds: float) -> datetime:
    from datetime import timezone

    return datetime.fromtimestamp(seconds, timezone.utc)


def _number(value: float) -> str:
    return f"{value:.10g}" if abs(value) >= 1000 else f"{value:.1f}".removesuffix(".0")


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")


def _range(band: tuple[float | None, float | None]) -> str:
    low, high = band
    if high is None:
        return f"{_number(low or 0)} or more"
    if low is None:
        return f"up to {_number(high)}"
    return f"{_number(low)}–{_number(high)}"


def _describe(
    title: str,
    unit: str,
    points: Sequence[tuple[datetime, float]],
    band: tuple[float | None, float | None],
    refused: int,
) -> str:
    numbers = [value for _, value in points]
    outside = sum(_outside(value, band) for value in numbers)
    text = (
        f"{title}: {len(points)} values from {_moment(points[0][0])} to {_moment(points[-1][0])}, "
        f"lowest {_number(min(numbers))}, highest {_number(max(numbers))} {unit}"
    )
    if band != (None, None):
        text += f"; {outside} outside {_range(band)}"
    return text + (f"; {refused} refused" if refused else "")

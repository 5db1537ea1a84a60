"""The monitor as one picture of four charts, to be read from across a room."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from assay.pipelines.lims.monitoring import Monitoring

__all__ = ["draw_dashboard"]

# Okabe and Ito's colours, which colour-blind readers tell apart.
_INK, _LINE, _ALARM, _BAND, _SECOND = "#1b1f24", "#0072b2", "#d55e00", "#009e73", "#e69f00"
_SIZE, _DPI = (19.2, 10.8), 100  # 1920 x 1080


def draw_dashboard(monitoring: Monitoring, path: Path) -> None:
    """Writes a PNG of 1920 x 1080; the same monitoring gives the same bytes with the same matplotlib.

    Raises:
        StateError: matplotlib is not installed.
    """
    try:
        import matplotlib
    except ImportError as error:
        from assay import StateError

        raise StateError("dashboard: matplotlib is not installed; pip install matplotlib") from error
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    settings = {"font.family": "DejaVu Sans", "font.size": 14, "axes.titlesize": 19, "axes.titleweight": "bold"}
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=_SIZE, dpi=_DPI, facecolor="white")
        FigureCanvasAgg(figure)
        axes = figure.subplots(2, 2, gridspec_kw={"hspace": 0.42, "wspace": 0.13})
        figure.subplots_adjust(left=0.045, right=0.985, top=0.83, bottom=0.075)
        _headline(figure, monitoring)
        for axis, draw in zip(axes.flat, (_results, _storage, _turbidity, _control), strict=True):
            draw(axis, monitoring)
            _tidy(axis, monitoring)
        figure.savefig(path, format="png", metadata={"Software": None})


def _headline(figure: Any, monitoring: Monitoring) -> None:
    critical = sum(incident.severity == "critical" for incident in monitoring.incidents)
    warnings = len(monitoring.incidents) - critical
    planted = monitoring.samples.planted
    found = sum(monitoring.found(one) is not None for one in planted)
    figure.text(0.02, 0.945, "Laboratory monitor", fontsize=32, fontweight="bold", color=_INK)
    figure.text(
        0.02,
        0.9,
        f"Simulated, made-up data: {len(monitoring.samples)} samples, {found} of {len(planted)} planted faults found, "
        f"{_counted(len(monitoring.false_alarms), 'false alarm')}",
        fontsize=18,
        color=_INK,
    )
    figure.text(
        0.98,
        0.92,
        f"{critical} critical" + (f", {_counted(warnings, 'warning')}" if warnings else ""),
        fontsize=36,
        fontweight="bold",
        ha="right",
        color=_ALARM if critical else _BAND,
    )


def _results(axis: Axes, monitoring: Monitoring) -> None:
    samples = monitoring.samples
    coded = np.isin(samples.glucose, np.asarray(monitoring.rules["error_codes"]["values"], float))
    values = np.where(coded, np.nan, samples.glucose)
    low, high = np.nanmin(values) - 6, np.nanmax(values) + 6
    rows = np.arange(len(samples))
    axis.plot(rows, values, color=_LINE, marker="o", markersize=5, linewidth=1.8)
    unusual = np.nan_to_num(monitoring.distance) > monitoring.cutoff
    axis.plot(rows[unusual], values[unusual], "D", color=_SECOND, markersize=9, linestyle="none")
    axis.set_ylim(low, high)
    for row in np.flatnonzero(coded).tolist():
        _off_scale(axis, row, low + 1.5, f"{samples.glucose[row]:g}: error code", above=True)
    remark = " (◆: unusual with the other results)" if unusual.any() else ""
    axis.set_title(f"Glucose, mg/dL{remark}", loc="left")


def _storage(axis: Axes, monitoring: Monitoring) -> None:
    samples, limits = monitoring.samples, monitoring.rules["storage"]
    values = samples.storage_temperature
    high, low = limits["high"] + 2.5, min(limits["low"] - 1.5, 0)
    shown = np.where((values > high) | (values < low), np.nan, values)
    axis.axhspan(limits["low"], limits["high"], color=_BAND, alpha=0.13)
    axis.plot(np.arange(len(samples)), shown, color=_LINE, marker="o", markersize=5, linewidth=1.8)
    axis.set_ylim(low, high)
    for row in np.flatnonzero(np.isnan(shown)).tolist():
        beyond = values[row] > high
        _off_scale(axis, row, high - 0.5 if beyond else low + 0.5, f"{values[row]:g} °C", above=not beyond)
    axis.set_title(f"Refrigerator, °C (green: {limits['low']:g} to {limits['high']:g})", loc="left")


def _turbidity(axis: Axes, monitoring: Monitoring) -> None:
    axis.plot(
        np.arange(len(monitoring.samples)),
        monitoring.samples.turbidity,
        color=_LINE,
        marker="o",
        markersize=5,
        linewidth=1.8,
    )
    _mark(axis, monitoring, "turbidity", monitoring.samples.turbidity)
    axis.set_ylim(bottom=0)
    axis.set_title("Turbidity, NTU (shaded: cumulative sum beyond its limit)", loc="left")


def _control(axis: Axes, monitoring: Monitoring) -> None:
    z = monitoring.control_z
    for limit, style in ((1, ":"), (2, "--"), (3, "-")):
        for side in (-limit, limit):
            axis.axhline(side, color=_SECOND if limit < 3 else _ALARM, linestyle=style, linewidth=1.1, alpha=0.8)
    axis.axhline(0, color=_INK, linewidth=0.9)
    axis.plot(np.arange(len(z)), z, color=_LINE, marker="o", markersize=5, linewidth=1.8)
    _mark(axis, monitoring, "calibration", z)
    axis.set_ylim(min(-4.0, float(z.min()) - 0.5), max(4.0, float(z.max()) + 0.5))
    axis.set_title("Glucose control, SD from its mean (lines: 1, 2, 3 SD)", loc="left")


def _mark(axis: Axes, monitoring: Monitoring, kind: str, values: Any) -> None:
    for incident in monitoring.incidents:
        if incident.kind == kind:
            axis.axvspan(incident.first - 0.5, incident.last + 0.5, color=_ALARM, alpha=0.13, linewidth=0)
            rows = np.arange(incident.first, incident.last + 1)
            axis.plot(rows, values[rows], "o", color=_ALARM, markersize=8)


def _off_scale(axis: Axes, row: int, height: float, text: str, *, above: bool) -> None:
    """A value far outside: a mark at the edge with the value beside it."""
    axis.plot([row], [height], "v" if above else "^", color=_ALARM, markersize=14)
    axis.annotate(
        text,
        (row, height),
        textcoords="offset points",
        xytext=(14, -5),
        color=_ALARM,
        fontsize=16,
        fontweight="bold",
    )


def _tidy(axis: Axes, monitoring: Monitoring) -> None:
    names = monitoring.samples.sample_id
    step = max(1, len(names) // 10)
    ticks = list(range(0, len(names), step))
    axis.set_xticks(ticks, [names[tick] for tick in ticks])
    axis.set_xlim(-1, len(names))
    axis.grid(axis="y", alpha=0.25)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)


def _counted(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"

"""A model card as one HTML file; every value is escaped by the template engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.models.card import ModelCard

__all__ = ["calibration_svg", "render"]

_SIDE, _LEFT, _TOP = 220, 36, 8


def render(card: ModelCard) -> str:
    """The page as text.

    Raises:
        ModuleNotFoundError: Jinja2 is not installed.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("assay.models.card", "templates")
    engine = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    engine.filters["thousands"] = lambda number: f"{number:,}"
    most = max((abs(mean) for mean, _ in card.importances.values()), default=0.0)
    return engine.get_template("card.html.j2").render(
        card=card,
        calibration=calibration_svg(card),
        importances=[
            {"name": name, "mean": mean, "sd": sd, "width": 100 * max(mean, 0.0) / most if most else 0.0}
            for name, (mean, sd) in sorted(card.importances.items(), key=lambda it: -it[1][0])
        ],
    )


def calibration_svg(card: ModelCard) -> str:
    """Observed share against probability of each bin that has rows, with its interval; it holds numbers only."""
    bins = [each for each in card.calibration if each["rows"]]
    if not bins:
        return ""

    def x(p: float) -> float:
        return _LEFT + p * _SIDE

    def y(p: float) -> float:
        return _TOP + (1 - p) * _SIDE

    parts = []
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(f'<line class="grid" x1="{x(0)}" x2="{x(1)}" y1="{y(tick)}" y2="{y(tick)}"/>')
        parts.append(f'<text class="y" x="{_LEFT - 6}" y="{y(tick) + 4}">{tick:g}</text>')
        parts.append(f'<text class="x" x="{x(tick)}" y="{y(0) + 16}">{tick:g}</text>')
    parts.append(f'<line class="same" x1="{x(0)}" y1="{y(0)}" x2="{x(1)}" y2="{y(1)}"/>')
    for each in bins:
        px = x(each["probability"])
        low, high = each["interval"]
        parts.append(
            f'<line class="reach" x1="{px:.1f}" x2="{px:.1f}" y1="{y(low):.1f}" y2="{y(high):.1f}"/>'
        )
        parts.append(f'<circle cx="{px:.1f}" cy="{y(each["observed"]):.1f}" r="{_radius(each)}"/>')
    parts.append(f'<text class="x" x="{x(0.5)}" y="{y(0) + 32}">probability that the model gives</text>')
    return (
        f'<svg viewBox="0 0 {_LEFT + _SIDE + 12} {_TOP + _SIDE + 38}" role="img" '
        f'aria-label="Observed share against probability">{"".join(parts)}</svg>'
    )


def _radius(each: dict[str, Any]) -> str:
    return "4" if each["rows"] >= 30 else "2.5"

"""Control measurements as a laboratory keeps them: a row each, judged by rules, material by material and run by run."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from assay import errors
from assay.features.qc.rules import ControlRule, check_controls, westgard_rules, westgard_rules_of_three

__all__ = ["COLUMNS", "Chart", "ControlPoint", "ControlReport", "Material", "judge_controls"]

COLUMNS: dict[str, tuple[str, ...]] = {
    "material": ("material", "control", "level", "control_material", "qc_level"),
    "value": ("value", "result", "measured"),
    "run": ("run", "run_id", "batch"),
    "time": ("time", "measured_at", "observed_at", "datetime", "timestamp", "date"),
    "analyte": ("analyte", "test", "test_name", "assay"),
    "device": ("device", "device_id", "instrument", "analyzer", "analyser"),
    "unit": ("unit", "units"),
    "mean": ("mean", "target", "target_mean"),
    "sd": ("sd", "target_sd", "standard_deviation"),
}
"""Names under which each part of a measurement is looked for, without regard to case."""

_FEWEST = 10
_DECIMAL_COMMA = re.compile(r"\s*[+-]?(\d+(,\d*)?|,\d+)\s*", re.ASCII)


@dataclass
class ControlPoint:
    """One measurement of a control material."""

    run: str
    time: str
    value: float
    z: float
    estimates: bool = False
    """Its value is among those that mean and standard deviation were estimated from."""
    rules: list[str] = field(default_factory=list)
    rejects: bool = False

    @property
    def label(self) -> str:
        return self.time or self.run


@dataclass
class Material:
    """A control material in a chart, its target and its points in order."""

    name: str
    mean: float
    sd: float
    estimated: int
    """From how many points mean and standard deviation were estimated; 0 where the target was given."""
    points: list[ControlPoint] = field(default_factory=list)


@dataclass
class Chart:
    """The materials of one analyte on one device: what the rules are applied to together."""

    analyte: str
    device: str
    unit: str
    materials: list[Material]
    rules: list[str]

    @property
    def title(self) -> str:
        return ", ".join(part for part in (self.analyte, self.device) if part) or "Control"

    def counts(self) -> tuple[int, int, int]:
        """Points, points that a rule rejects, points that are warned of alone."""
        points = [point for material in self.materials for point in material.points]
        rejected = sum(point.rejects for point in points)
        return len(points), rejected, sum(bool(point.rules) for point in points) - rejected


@dataclass
class ControlReport:
    """Every chart of a table of control measurements."""

    charts: list[Chart]
    missing: int
    """Rows without a value or a material, left out."""

    def violations(self) -> list[dict[str, Any]]:
        """A row for each rule that was broken, in the order of the charts."""
        return [
            {
                "analyte": chart.analyte,
                "device": chart.device,
                "material": material.name,
                "run": point.run,
                "time": point.time,
                "value": point.value,
                "z": round(point.z, 4),
                "rule": rule,
                "rejects": ControlRule(rule).rejects,
            }
            for chart in self.charts
            for material in chart.materials
            for point in material.points
            for rule in point.rules
        ]

    def sentence(self) -> str:
        """The result in one sentence."""
        counts = [chart.counts() for chart in self.charts]
        points, rejected, warned = (
            (sum(column) for column in zip(*counts, strict=True)) if counts else (0, 0, 0)
        )
        return (
            f"{points:,} control measurements in {len(self.charts):,} charts: {rejected:,} rejected, "
            f"{warned:,} warnings"
            + (f"; {self.missing:,} rows without a value or material." if self.missing else ".")
        )

    def to_html(self, title: str = "Quality control") -> str:
        """A page of its own with every chart; it loads nothing from elsewhere."""
        from assay.features.qc.page import page

        return page(self, title)


def judge_controls(
    table: Any,
    *,
    columns: Mapping[str, str] | None = None,
    rules: Sequence[str | ControlRule] | None = None,
    estimate: int = 20,
    decimal_point: Literal[".", ","] = ".",
) -> ControlReport:
    """Judge control measurements by control rules.

    Args:
        table: An :class:`assay.data.Table` with a row per measurement: material and value, and where they are there
            run, time, analyte, device, unit and the material's target mean and sd (see ``COLUMNS``).
        columns: Names of columns that are called otherwise, such as ``{"value": "Ergebnis"}``.
        rules: Names of rules; by default Westgard's, those for three where a chart has three materials or more.
        estimate: Where the table has no target, mean and standard deviation come from so many first values of each
            material; the charts say so.
        decimal_point: Of numbers that are texts, as in a file with decimal commas ("5,1").

    Measurements of one analyte and device with the same run (or, without runs, the same time) are one run; without
    either, the first of each material are a run, then the second, and so on. Order is that of the run's first row.

    Raises:
        SchemaError: No column of materials or values; values that are no numbers.
        ValueError: A target of two values for one material, a standard deviation that is not above 0, too few values
            to estimate from, a rule of unknown form.
    """
    if estimate < _FEWEST:
        raise errors.ValueError(f"qc: expected to estimate from {_FEWEST} values or more, got {estimate}")
    chosen = None if rules is None else [ControlRule(r) if isinstance(r, str) else r for r in rules]
    names = _find_columns(table.column_names, columns or {})
    rows = _rows(table, names, decimal_point)
    groups: dict[tuple[str, str, str], list[_Row]] = {}
    for row in rows:
        if row.material and not math.isnan(row.value):
            groups.setdefault((row.analyte, row.device, row.unit), []).append(row)
    charts = [_chart(key, group, chosen, estimate) for key, group in sorted(groups.items())]
    return ControlReport(charts, len(rows) - sum(len(group) for group in groups.values()))


@dataclass(frozen=True)
class _Row:
    material: str
    value: float
    run: str = ""
    time: str = ""
    analyte: str = ""
    device: str = ""
    unit: str = ""
    mean: float = math.nan
    sd: float = math.nan


def _find_columns(present: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    unknown = sorted(set(given) - set(COLUMNS))
    if unknown:
        raise errors.ValueError(f"qc: expected a column of {', '.join(COLUMNS)}, got {unknown[0]!r}")
    by_name = {name.strip().lower().replace(" ", "_"): name for name in reversed(list(present))}
    found = {}
    for part, spellings in COLUMNS.items():
        if part in given:
            if given[part] not in present:
                raise errors.SchemaError(f"qc: the table has no column {given[part]!r} of {part}")
            found[part] = given[part]
            continue
        name = next((by_name[spelling] for spelling in spellings if spelling in by_name), None)
        if name is not None:
            found[part] = name
    for part in ("material", "value"):
        if part not in found:
            raise errors.SchemaError(
                f"qc: expected a column of {part}, such as {' or '.join(COLUMNS[part][:3])!r}"
            )
    return found


def _rows(table: Any, names: Mapping[str, str], decimal_point: str) -> list[_Row]:
    columns: dict[str, list[Any]] = {}
    for part, name in names.items():
        values = table[name].to_pylist()
        if part in ("value", "mean", "sd"):
            columns[part] = [_number(value, name, decimal_point) for value in values]
        else:
            columns[part] = ["" if value is None else str(value) for value in values]
    return [_Row(**dict(zip(columns, row, strict=True))) for row in zip(*columns.values(), strict=True)]


def _number(value: Any, name: str, decimal_point: str) -> float:
    if value is None:
        return math.nan
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if math.isinf(value):
            raise errors.ValueError(f"qc: expected finite numbers in column {name!r}, got an infinity")
        return float(value)
    if decimal_point == "," and isinstance(value, str):
        if _DECIMAL_COMMA.fullmatch(value):
            return float(value.strip().replace(",", "."))
        raise errors.SchemaError(f"qc: expected numbers such as 5,1 in column {name!r}, got another text")
    hint = "; are they written with a decimal comma (decimal_point; --decimal-comma)?" if _is_comma(value) else ""
    raise errors.SchemaError(f"qc: expected numbers in column {name!r}, got {type(value).__name__}{hint}")


def _is_comma(value: Any) -> bool:
    return isinstance(value, str) and "," in value and _DECIMAL_COMMA.fullmatch(value) is not None


def _chart(
    key: tuple[str, str, str], rows: list[_Row], rules: list[ControlRule] | None, estimate: int
) -> Chart:
    analyte, device, unit = key
    order = list(dict.fromkeys(row.material for row in rows))
    order.sort()
    made = [_material(name, [row for row in rows if row.material == name], estimate, key) for name in order]
    chosen = rules
    if chosen is None:
        chosen = list(westgard_rules_of_three() if len(order) >= 3 else westgard_rules())
    runs = _runs(rows)
    placed = sorted(range(len(rows)), key=lambda i: (runs[i], i))
    numbers = {name: i for i, name in enumerate(order)}
    targets = {material.name: material for material in made}
    points = [
        ControlPoint(row.run, row.time, row.value, (row.value - t.mean) / t.sd)
        for row in rows
        for t in (targets[row.material],)
    ]
    found = check_controls(
        [points[i].z for i in placed],
        runs=[runs[i] for i in placed],
        materials=[numbers[rows[i].material] for i in placed],
        rules=chosen,
    )
    for violation in found:
        point = points[placed[violation.point]]
        point.rules.append(violation.rule.name)
        point.rejects = point.rejects or violation.rule.rejects
    for i in placed:
        targets[rows[i].material].points.append(points[i])
    for material in made:
        for point in material.points[: material.estimated]:
            point.estimates = True
    return Chart(analyte, device, unit, made, [rule.name for rule in chosen])


def _runs(rows: Sequence[_Row]) -> list[int]:
    """Numbers of the rows' runs, in the order of their first rows."""
    if any(row.run for row in rows):
        names: Iterable[Any] = [row.run or f"\0{i}" for i, row in enumerate(rows)]
    elif any(row.time for row in rows):
        names = [row.time or f"\0{i}" for i, row in enumerate(rows)]
    else:
        seen: dict[str, int] = {}
        counted = []
        for row in rows:
            seen[row.material] = seen.get(row.material, -1) + 1
            counted.append(seen[row.material])
        return counted
    numbers: dict[Any, int] = {}
    return [numbers.setdefault(name, len(numbers)) for name in names]


def _material(name: str, rows: Sequence[_Row], estimate: int, key: tuple[str, str, str]) -> Material:
    where = ", ".join(part for part in (f"material {name!r}", key[0], key[1]) if part)
    means, deviations = (
        {getattr(row, part) for row in rows if not math.isnan(getattr(row, part))} for part in ("mean", "sd")
    )
    if len(means) > 1 or len(deviations) > 1:
        raise errors.ValueError(f"qc: expected one target mean and sd of {where}, got several")
    if means and deviations:
        mean, sd, estimated = means.pop(), deviations.pop(), 0
    else:
        first = np.array([row.value for row in rows[:estimate]])
        if first.size < _FEWEST:
            raise errors.ValueError(
                f"qc: expected a target mean and sd of {where}, or {_FEWEST} values to estimate them from, "
                f"got {first.size}"
            )
        mean, sd, estimated = float(first.mean()), float(first.std(ddof=1)), int(first.size)
    if not sd > 0:
        raise errors.ValueError(f"qc: expected a standard deviation above 0 of {where}")
    return Material(name, mean, sd, estimated)

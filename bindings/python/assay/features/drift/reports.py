"""The drift of every column of a table against its reference: test, effect, verdict, and a page that shows them."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay._core import features as _core
from assay._core.features import ColumnDrift, TableSample
from assay.features._files import write_whole
from assay.features.drift.thresholds import column_thresholds, read_thresholds

if TYPE_CHECKING:
    from assay.data import Table

__all__ = [
    "ColumnDrift",
    "DriftReport",
    "TableSample",
    "load_reference",
    "report",
    "sample",
    "save_reference",
]

FIGURES = (
    "statistic",
    "p",
    "p_adjusted",
    "wasserstein",
    "shift",
    "jensen_shannon",
    "psi",
    "psi_expected",
    "cramers_v",
    "location",
    "reference_mean",
    "current_mean",
    "reference_deviation",
    "current_deviation",
    "reference_missing",
    "current_missing",
    "missing_p",
    "missing_p_adjusted",
    "reference_count",
    "current_count",
)


def sample(
    table: Any,
    *,
    group: str = "",
    value: str = "value",
    unit: str = "",
    label: str = "",
    most_distinct: int = 100_000,
    most_categories: int = 10_000,
) -> TableSample:
    """What drift statistics need of a table: of each column, or with ``group`` of each group of its rows.

    Args:
        table: An :class:`assay.data.Table` or anything with Arrow's PyCapsule interface (pyarrow, polars, pandas).
        group: Column of text or integers that names each row's group, such as a code of the test; rows without one
            are counted as ``unnamed``. Memory grows with the rows, however many groups there are.
        value: Of groups, the column of their numbers.
        unit: Of groups, a column of units, where there is one: values in two units are two groups.
        label: Of groups, a column of names for people, where there is one: the commonest stands for the group.
        most_distinct: Numbers of a column that are kept exactly; beyond, as few of their lowest bits are cut as it
            takes, so that the size stays bounded (1.6 MB a column by default).
        most_categories: Categories of a column that are counted; beyond, they are counted in 1,024 groups.

    Samples of partitions merge, and are the same to the byte however the table was cut.

    Raises:
        ValueError: An infinite number.
        SchemaError: A column of groups that is not there, or of another type.
    """
    if not group:
        return TableSample(as_table(table), most_distinct=most_distinct, most_categories=most_categories)
    return TableSample.by_group(
        as_table(table),
        group=group,
        value=value,
        unit=unit,
        label=label,
        most_distinct=most_distinct,
        most_categories=most_categories,
    )


def save_reference(reference: TableSample, file: str | os.PathLike[str]) -> None:
    """Write a sample to a file, whole or not at all. Categories and numbers stand in it as they are."""
    write_whole(file, reference.to_bytes())


def load_reference(file: str | os.PathLike[str]) -> TableSample:
    """Read what :func:`save_reference` wrote.

    Raises:
        ValueError: The file is no reference, is damaged, or a later release wrote it.
    """
    return TableSample.from_bytes(Path(file).read_bytes())


@dataclass(frozen=True)
class DriftReport:
    """Every column, or group, against its reference."""

    columns: list[ColumnDrift]
    reference: TableSample
    current: TableSample
    thresholds: dict[str, Any]
    noun: str = "columns"
    """What is compared, in the plural: "columns", "groups", "tests"."""
    note: str = ""
    """What a reader has to know of the values, in sentences."""

    @property
    def grouped(self) -> bool:
        """Whether groups of rows were compared, not columns."""
        return bool(self.reference.grouped)

    @property
    def drifted(self) -> list[str]:
        """Columns with a moderate or severe change."""
        return [column.name for column in self.columns if column.drifted]

    def column(self, name: str, unit: str | None = None) -> ColumnDrift:
        """The column of a name; of groups in several units, that in ``unit``. Raises KeyError."""
        for column in self.columns:
            if column.name == name and unit in (None, column.unit):
                return column
        raise KeyError(name if unit is None else f"{name} in {unit}")

    def counts(self) -> dict[str, int]:
        """How many columns have each verdict, the worst first."""
        verdicts = [column.verdict for column in self.columns]
        return {v: verdicts.count(v) for v in ("severe", "moderate", "slight", "stable", "not judged")}

    def sentence(self) -> str:
        """The result in one sentence."""
        counts = self.counts()
        judged = len(self.columns) - counts["not judged"]
        text = f"{len(self.drifted)} of {judged} {self.noun} drifted"
        if counts["severe"]:
            text += f", {counts['severe']} severely"
        if counts["not judged"]:
            text += f"; {counts['not judged']} could not be judged"
        return text + "."

    def to_dict(self) -> dict[str, Any]:
        """All figures; those that do not apply are None."""
        return {
            "reference_rows": self.reference.rows,
            "current_rows": self.current.rows,
            "thresholds": self.thresholds,
            "counts": self.counts(),
            "columns": [_names(self, column) | _figures(column) for column in self.columns],
        }

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2, allow_nan=False) + "\n"

    def to_html(self, title: str = "Drift report") -> str:
        """A page of its own, with pictures; it loads nothing from elsewhere."""
        from assay.features.drift.page import page

        return page(self, title)

    def _repr_html_(self) -> str:
        from assay.features.drift.page import body

        return body(self)

    def __str__(self) -> str:
        from assay.features.drift.page import text

        return text(self)

    __repr__ = __str__


def report(
    reference: TableSample | Table | Any,
    current: TableSample | Table | Any,
    *,
    thresholds: Mapping[str, Any] | str | os.PathLike[str] | None = None,
    noun: str = "",
    note: str = "",
) -> DriftReport:
    """Compare a table with its reference, column by column, or two samples by group with each other.

    Numbers are compared by the two-sample Kolmogorov-Smirnov test, numbers of few levels and categories by
    chi-squared. A column drifts where the p adjusted over the columns is small and an effect is large: the population
    stability index beyond what it is without change, the Wasserstein distance in standard deviations of the reference
    (numbers), the Jensen-Shannon distance (categories), or the share of missing values. With a small p alone its
    verdict is "slight". Dates and times are not compared.

    Args:
        reference: A sample, or a table as :func:`sample` takes it.
        current: Likewise.
        thresholds: In the place of the defaults: ``{"columns": {"psi": [0.1, 0.25]}}``, or a JSON file of that form.
        noun: What is compared, in the plural, as the report says it; "columns" or "groups" by default.
        note: Sentences for the reader of the page.

    Raises:
        ValueError: Thresholds that cannot be, an infinite number, one sample by group and the other by column.
    """
    before = reference if isinstance(reference, TableSample) else sample(reference)
    now = current if isinstance(current, TableSample) else sample(current)
    values = read_thresholds(thresholds)["columns"]
    found = _core.drift_report(before, now, column_thresholds(values))
    noun = noun or ("groups" if before.grouped else "columns")
    return DriftReport(list(found), before, now, values, noun, note)


def _names(report: DriftReport, column: ColumnDrift) -> dict[str, Any]:
    """What a group is called; nothing of a column."""
    return {"label": column.label, "unit": column.unit} if report.grouped else {}


def _figures(column: ColumnDrift) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": column.name,
        "kind": column.kind,
        "verdict": column.verdict,
        "reason": column.reason,
        "test": column.test,
    }
    for name in FIGURES:
        value = getattr(column, name)
        made[name] = None if isinstance(value, float) and math.isnan(value) else value
    return made


def as_table(given: Any) -> Any:
    """An :class:`assay.data.Table` of what has Arrow's PyCapsule interface."""
    from assay.data import Table

    return given if isinstance(given, Table) else Table.from_arrow(given)

"""Has anything changed since the reference? Each test's values against those of an earlier load."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assay.pipelines.job import Skip
from assay.pipelines.lims.context import Found

if TYPE_CHECKING:
    from assay.data import Table
    from assay.features.drift import ColumnDrift, DriftReport, TableSample

__all__ = ["REFERENCE", "compare", "describe", "sample_by_test"]

REFERENCE = "drift_reference.assay"
_NOTE = 'Missing are results without an exact number, such as "<0.01"; results in words are left out.'


def sample_by_test(rows: Table) -> TableSample:
    """What drift statistics need of each test's values in their standard unit, by LOINC code, else by local code.

    "<0.01" is no 0.01: a value with a comparator counts as missing. Results that are no numbers are left out.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    from assay.features import drift

    columns = ["loinc", "local_code", "test_name", "value_standard", "unit_standard", "comparator"]
    table = pa.table(rows.select([name for name in columns if name in rows]))
    table = table.filter(pc.is_valid(table["value_standard"]))
    exact = pc.if_else(pc.is_null(table["comparator"]), table["value_standard"], None)
    codes = pc.coalesce(table["loinc"], table["local_code"]) if "local_code" in rows else table["loinc"]
    table = table.append_column("test", codes).append_column("exact", exact)
    return drift.sample(table, group="test", value="exact", unit="unit_standard", label="test_name")


def compare(rows: Table, reference: Path) -> DriftReport | None:
    """The report against the reference; without one these results become it, and there is nothing to compare.

    Raises:
        Skip: The file is no reference by test that this release reads.
    """
    from assay.features import drift

    current = sample_by_test(rows)
    if not reference.exists():
        drift.save_reference(current, reference)
        return None
    return drift.report(_load(reference), current, noun="tests", note=_NOTE)


def _load(reference: Path) -> TableSample:
    from assay import Error
    from assay.features import drift

    again = f"move {reference.name} away, and the next load becomes the reference"
    try:
        known = drift.load_reference(reference)
    except Error as error:
        raise Skip(f"{error}; {again}") from None
    if not known.grouped:
        raise Skip(f"{reference.name} is of an earlier release, which kept no units of the tests: {again}")
    return known


def describe(report: DriftReport) -> Found:
    """What the run's report says about it."""
    from assay.features.drift.page import called

    changed = [column for column in report.columns if column.drifted]
    changed.sort(key=lambda column: (column.verdict != "severe", called(column)))
    return Found(
        title="Drift",
        sentence=f"{report.sentence()} Compared are the values of each test with those of the reference.",
        columns=("Test", "Verdict", "Mean before", "Mean now", "Results now"),
        rows=[
            (
                called(column),
                column.verdict,
                _mean(column.reference_mean),
                _mean(column.current_mean),
                f"{column.current_count:,}",
            )
            for column in changed
        ],
        attention=[_sentence(column) for column in changed if column.verdict == "severe"],
        metrics={"drifted_tests": float(len(changed)), "compared_tests": float(len(report.columns))},
    )


def _sentence(column: ColumnDrift) -> str:
    from assay.features.drift.page import called

    what = f"{called(column)}: {column.reason or 'its values changed'}"
    if not column.test:
        return what
    return f"{what}, mean {_mean(column.reference_mean)} before, {_mean(column.current_mean)} now"


def _mean(value: float) -> str:
    return "–" if value != value else f"{value:.4g}".replace("-", "−")

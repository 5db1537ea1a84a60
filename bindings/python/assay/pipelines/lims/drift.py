"""Has anything changed since the reference? Each test's values against those of an earlier load."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assay.pipelines.lims.context import Found

if TYPE_CHECKING:
    from assay.data import Table
    from assay.features.drift import DriftReport

__all__ = ["REFERENCE", "compare", "describe", "tests_side_by_side"]

REFERENCE = "drift_reference.assay"
_FEWEST = 20
"""Results of a test below which nothing is said of it."""
# Tests lie side by side in columns that are as long as the longest: what is missing at the end says nothing.
_THRESHOLDS = {"columns": {"missing": [1.0, 1.0], "fewest": _FEWEST}}


def tests_side_by_side(rows: Table) -> Table:
    """A column of standard values for each LOINC code, in the order of the results; shorter ones end in nulls.

    Values with a comparator are left out: "<0.01" is no 0.01.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    from assay.data import Table

    table = pa.table(rows)
    wanted = pc.and_(pc.is_valid(table["value_standard"]), pc.is_valid(table["loinc"]))
    wanted = pc.and_(wanted, pc.is_null(table["comparator"]))
    table = table.filter(wanted).combine_chunks()
    codes = table["loinc"].combine_chunks().dictionary_encode()
    if isinstance(codes, pa.ChunkedArray):
        codes = codes.chunk(0) if codes.num_chunks else pa.array([], pa.utf8()).dictionary_encode()
    values = np.asarray(table["value_standard"])
    places = np.asarray(codes.indices)
    order = np.argsort(places, kind="stable")
    counts = np.bincount(places, minlength=len(codes.dictionary))
    longest = int(counts.max()) if counts.size else 0
    columns, start = {}, 0
    for name, count in zip(codes.dictionary.to_pylist(), counts.tolist(), strict=True):
        padded = np.full(longest, np.nan)
        padded[:count] = values[order[start : start + count]]
        columns[name] = pa.array(padded, mask=np.arange(longest) >= count)
        start += count
    return Table.from_arrow(pa.table({name: columns[name] for name in sorted(columns)}))


def compare(rows: Table, reference: Path) -> DriftReport | None:
    """The report against the reference; without one these results become it, and there is nothing to compare."""
    from assay.features import drift

    current = drift.sample(tests_side_by_side(rows))
    if not reference.exists():
        drift.save_reference(current, reference)
        return None
    return drift.report(drift.load_reference(reference), current, thresholds=_THRESHOLDS)


def describe(report: DriftReport, names: dict[str, str]) -> Found:
    """What the run's report says about it."""
    changed = [column for column in report.columns if column.drifted]
    changed.sort(key=lambda column: (column.verdict != "severe", column.name))
    return Found(
        title="Drift",
        sentence=f"{report.sentence()} Compared are the values of each test with those of the reference.",
        columns=("Test", "Verdict", "Mean before", "Mean now", "Results now"),
        rows=[
            (
                names.get(column.name, column.name),
                column.verdict,
                f"{column.reference_mean:.4g}",
                f"{column.current_mean:.4g}",
                f"{column.current_count:,}",
            )
            for column in changed
        ],
        attention=[
            f"{names.get(column.name, column.name)}: {column.reason or 'its values changed'}, mean "
            f"{column.reference_mean:.4g} before, {column.current_mean:.4g} now"
            for column in changed
            if column.verdict == "severe"
        ],
        metrics={"drifted_tests": float(len(changed)), "compared_tests": float(len(report.columns))},
    )

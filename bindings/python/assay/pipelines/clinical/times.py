"""What the source's times mean: said in the record and in the report, because a table alone cannot show it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from assay.pipelines.clinical.sources import Format

__all__ = ["MEANING", "time_doubts"]

MEANING: Mapping[Format, str] = {
    "patient": "Times are UTC; a time that the source gives without an offset is taken as UTC.",
    "mimic-iv": "Times stand as the source writes them: MIMIC-IV gives the hospital's local time without an offset, "
    "shifted for each patient.",
}
"""The assumption behind every time shown, by format."""

_WITH_OFFSET = r".*([zZ]|:\d\d(\.\d+)?[+-]\d\d(:?\d\d)?)\s*"


def time_doubts(path: Path, columns: Mapping[str, str]) -> list[str]:
    """What is assumed of the times in a file, one sentence for each column where some have no offset.

    Args:
        columns: the name to print, by the column's name in the file.

    Cost: reads the file once more, these columns as text.
    """
    from assay import data
    from assay.data.quality import check_quality, matches

    if not columns:
        return []
    schema = dict.fromkeys(columns, "utf8")
    times = data.read_csv(path, schema, keep_extra_columns=False).rows
    report = check_quality(times, [matches(name, _WITH_OFFSET) for name in columns])
    doubts = []
    for (own, shown), result in zip(columns.items(), report.results, strict=True):
        given, without = result.checked - times[own].null_count, len(result.failing_rows)
        if without == given and given:
            doubts.append(f"{shown}: no time has an offset; they are taken as UTC")
        elif without:
            doubts.append(
                f"{shown}: {given - without:,} of {given:,} times have an offset and are converted to UTC, "
                f"the other {without:,} are taken as UTC"
            )
    return doubts

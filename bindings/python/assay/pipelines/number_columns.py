"""Whether columns of a CSV file hold numbers, and where they do not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assay import errors

if TYPE_CHECKING:
    from assay.data import Table

__all__ = ["expect_numbers"]

_NUMBERS = ("float64", "float32", "int64", "int32", "bool")


def expect_numbers(path: Path, table: Table, names: Sequence[str]) -> None:
    """Refuses columns with text among their values; the text itself is not repeated. Empty columns pass.

    Args:
        path: The CSV file that `table` was read from, with types as they were found.
        names: Columns that are to hold numbers; those that the table lacks are left to the caller.

    Raises:
        SchemaError: A column that holds something else, with the line of its first such value.

    Cost: reads the file once more where a column holds something else, else nothing.
    """
    from assay.data import read_csv

    for name in names:
        if name not in table.column_names or str(table.column(name).type) in _NUMBERS:
            continue
        wrong = read_csv(path, schema={name: "float64"}).rejected.table.column("line").to_pylist()
        if not wrong:  # it is empty in all rows
            continue
        count = "1 row holds" if len(wrong) == 1 else f"{len(wrong):,} rows hold"
        raise errors.SchemaError(
            f"{path.name}: '{name}' is to hold numbers; {count} text, the first in line {min(wrong):,}; mend or remove "
            + ("it" if len(wrong) == 1 else "them")
        )

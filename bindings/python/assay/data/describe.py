"""What may be said of a delimited file in plain words, without a value of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.data import Dialect, Table

__all__ = ["columns_with_decimal_comma", "describe_dialect", "header_may_be_data", "number_of"]

_DELIMITERS = {
    ",": "commas",
    ";": "semicolons",
    "\t": "tabs",
    "|": "vertical bars",
    " ": "spaces",
    ":": "colons",
}
_NEWLINES = {"\r": ", lines that end in CR"}
_NUMBER_FIRST = re.compile(r"\s*[+-]?\d")
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+(\.\d{3})*,\d+\s*")
_LOOKED_AT = 1000


def number_of(count: int, what: str, plural: str = "") -> str:
    """`1 row`, `2 rows`, `1,204 rows`."""
    return f"{count:,} {what if count == 1 else plural or what + 's'}"


def describe_dialect(dialect: Dialect) -> str:
    """`fields separated by semicolons, quoted by ", header in line 1, encoding utf-8`."""
    by = _DELIMITERS.get(dialect.delimiter, f"'{dialect.delimiter}'")
    quoted = f"quoted by {dialect.quote}" if dialect.quote else "not quoted"
    line = dialect.preamble_lines + 1
    header = f"header in line {line}" if dialect.has_header else "no header"
    before = f", {number_of(line - 1, 'line')} before it" if line > 1 and dialect.has_header else ""
    after = f", {number_of(dialect.footnote_lines, 'line')} of footnotes" if dialect.footnote_lines else ""
    ends = _NEWLINES.get(dialect.newline, "")
    return f"fields separated by {by}, {quoted}, {header}{before}{after}{ends}, encoding {dialect.encoding}"


def header_may_be_data(table: Table) -> bool:
    """Whether the names of the columns could be a first row: one begins as a number, or all columns are text.

    Under names of text, a column of numbers or times tells a header from a row.
    """
    if any(_NUMBER_FIRST.match(name) for name in table.column_names):
        return True
    return all(field.type == "utf8" for field in table.schema)


def columns_with_decimal_comma(table: Table) -> list[str]:
    """Text columns whose first thousand values are numbers with a decimal comma, nine of ten at least."""
    found = []
    for field in table.schema:
        if field.type != "utf8":
            continue
        values = [v for v in table.head(_LOOKED_AT)[field.name].to_pylist() if v]
        commas = sum(_DECIMAL_COMMA.fullmatch(value) is not None for value in values)
        if values and 10 * commas >= 9 * len(values):
            found.append(field.name)
    return found

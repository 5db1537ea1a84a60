"""``assay lims units``: what a file's units were read as, and its results in one unit for each quantity."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay.cli.exit_codes import EXIT_CODES

if TYPE_CHECKING:
    from assay.data import Table
    from assay.data.laboratory import LocalUnit

NAMES = ("local_code", "test_name", "loinc", "value", "unit", "specimen")


def column_options(command: Callable[..., None]) -> Callable[..., None]:
    """What both commands ask about a file."""
    option = click.option(
        "--column",
        "columns",
        multiple=True,
        metavar="NAME=THEIRS",
        help=f"What the file calls a column, e.g. local_code=itemid. Names: {', '.join(NAMES)}.",
    )
    return option(command)


def read_file(path: Path, columns: Sequence[str]) -> Table:
    """The file's rows under Assay's names; value as a number, all else as text."""
    from assay.data import Column, Table, read_csv
    from assay.pipelines.job import reading_input

    theirs = {}
    for pair in columns:
        name, separator, own = pair.partition("=")
        if not separator or name not in NAMES:
            raise click.UsageError(
                f"expected --column NAME=THEIRS with NAME of {', '.join(NAMES)}, got '{pair}'"
            )
        theirs[own] = name
    with reading_input():
        result = read_csv(path, infer_types=False)
    table = result.rows.rename({own: name for own, name in theirs.items() if own in result.rows.column_names})
    if result.rejected.num_rows:
        click.echo(
            f"assay: {result.rejected.num_rows:,} rows of {path} have another form and were left out",
            err=True,
        )
    given = {name: table.column(name) for name in table.column_names}
    if "value" not in given:
        return Table.from_dict(given)
    parts = [_value(text) for text in given["value"].to_pylist()]
    values: dict[str, object] = dict(given)
    for at, name in enumerate(("comparator", "value", "text")):
        if name == "value" or name not in given:
            values[name] = [part[at] for part in parts]
    values["value"] = Column([part[1] for part in parts], type="float64")
    return Table.from_dict(values)


def _value(text: str | None) -> tuple[str | None, float | None, str | None]:
    """Comparator, number and words of a result as reported: "<0.01" keeps its comparator."""
    plain = (text or "").strip()
    comparator = next((sign for sign in ("<=", ">=", "<", ">") if plain.startswith(sign)), None)
    try:
        return comparator, float(plain.removeprefix(comparator or "")), None
    except ValueError:
        return None, None, plain or None


def echo_table(rows: Iterable[Sequence[object]], head: Sequence[str]) -> None:
    """Columns of text, as wide as they need."""
    text = [list(head)] + [["" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [min(max(len(row[i]) for row in text), 48) for i in range(len(head))]
    for row in text:
        click.echo(
            "  ".join(cell[:48].ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )


@click.command(epilog=EXIT_CODES)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@column_options
@click.option(
    "--map",
    "map_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV of local codes and LOINC codes: code, name, loinc, or MIT-LCP's columns.",
)
@click.option(
    "--say",
    "own",
    multiple=True,
    metavar="[CODE:]UNIT=UCUM",
    help="What the laboratory means by a spelling, for one test or all: '51249:%=g/dL'.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write the standardised rows here, refused ones beside it."
)
def units(
    file: Path, columns: tuple[str, ...], map_file: Path | None, own: tuple[str, ...], out: Path | None
) -> None:
    """Show how the units of a CSV FILE are read; --out converts.

    Values come in the unit of their LOINC code where Assay knows it, otherwise in the unit read. What would have to be
    guessed is refused with its rule. Only --out writes patients' values.
    """
    from assay.data import Column, Table, write_csv
    from assay.data.laboratory import standardise
    from assay.pipelines.job import reading_input

    table = read_file(file, columns)
    if "unit" not in table.column_names:
        raise click.UsageError(
            f"expected a column 'unit' in {file}, got {', '.join(table.column_names)}; use --column"
        )
    given: dict[str, object] = {name: table.column(name) for name in table.column_names}
    given.setdefault("local_code", [""] * table.num_rows)
    given.setdefault("loinc", [""] * table.num_rows)
    if "value" not in given:
        if out is not None:
            raise click.UsageError(f"expected a column 'value' in {file} for --out; use --column")
        # Units can be read all the same.
        given["value"] = Column([None] * table.num_rows, type="float64")
        given["text"] = ["not given"] * table.num_rows
    from assay.pipelines.local_tests import read_map

    with reading_input():
        silver = standardise(
            Table.from_dict(given), tests=read_map(map_file), units=[_own_unit(text) for text in own]
        )
    tests = sorted(
        silver.tests.to_pylist(), key=lambda t: (-t["rows"], t["local_code"] or "", t["unit"] or "")
    )
    names = (
        "local_code",
        "loinc",
        "unit",
        "unit_read",
        "unit_read_by",
        "unit_standard",
        "rows",
        "refused",
        "rule",
    )
    echo_table([[test[name] for name in names] for test in tests], [name.replace("_", " ") for name in names])
    click.echo(
        f"{silver.rows_read:,} rows: {silver.rows.num_rows:,} standardised, {silver.refused.num_rows:,} refused"
    )
    for rule, count in sorted(silver.counts.items()):
        click.echo(f"  {rule}: {count:,}")
    if out is not None:
        refused = out.with_name(f"{out.stem}.refused{out.suffix or '.csv'}")
        write_csv(silver.rows, out)
        write_csv(silver.refused, refused)
        click.echo(f"{out}\n{refused}")


def _own_unit(text: str) -> LocalUnit:
    from assay.data.laboratory import LocalUnit

    spelling, separator, ucum = text.rpartition("=")
    if not separator:
        raise click.UsageError(f"expected --say [CODE:]UNIT=UCUM, got '{text}'")
    code, colon, unit = spelling.partition(":")
    return LocalUnit(unit, ucum, code=code) if colon else LocalUnit(spelling, ucum)

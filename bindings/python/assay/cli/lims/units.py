"""``assay lims units``: what a source's units were read as, and its results in one unit for each quantity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.exit_codes import EXIT_CODES
from assay.cli.lims.reading import read_file, reading_options, say_options

if TYPE_CHECKING:
    from assay.data.laboratory import LocalUnit, StandardisedResults

__all__ = ["echo_table", "units"]


def echo_table(rows: Iterable[Sequence[object]], head: Sequence[str]) -> None:
    """Columns of text, as wide as they need."""
    text = [list(head)] + [["" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [min(max(len(row[i]) for row in text), 48) for i in range(len(head))]
    for row in text:
        click.echo(
            "  ".join(cell[:48].ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )


@click.command(epilog=EXIT_CODES)
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@reading_options
@click.option(
    "--map",
    "--tests",
    "map_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV of local codes and LOINC codes: code, name, loinc, or MIT-LCP's columns.",
)
@say_options
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write the standardised rows here, refused ones beside it."
)
def units(
    source: Path, reading: Mapping[str, Any], map_file: Path | None, own: list[LocalUnit], out: Path | None
) -> None:
    """Show how the units of SOURCE are read; --out converts.

    SOURCE is whatever `assay run lims` reads, or a CSV list of tests and units. Values come in the unit of their LOINC
    code where Assay knows it, otherwise in the unit read. What would have to be guessed is refused with its rule. Only
    --out writes patients' values.
    """
    from assay.data import write_csv
    from assay.data.laboratory import standardise
    from assay.pipelines.job import reading_input
    from assay.pipelines.local_tests import read_map

    rows = read_file(source, reading).rows
    if rows["unit"].null_count == rows.num_rows > 0:
        raise click.UsageError(f"expected units in {source}, got none; name their column with --column unit=THEIRS")
    with reading_input():
        silver = standardise(rows, tests=read_map(map_file), units=own)
    _echo(silver)
    if out is not None:
        refused = out.with_name(f"{out.stem}.refused{out.suffix or '.csv'}")
        write_csv(silver.rows, out)
        write_csv(silver.refused, refused)
        click.echo(f"{out}\n{refused}")


def _echo(silver: StandardisedResults) -> None:
    """A line for each test and unit, and counts by rule."""
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

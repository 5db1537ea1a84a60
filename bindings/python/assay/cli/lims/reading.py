"""What a source of laboratory results leaves open: the same options wherever results are read."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from assay.data.laboratory import LocalUnit, ResultsReading

__all__ = ["own_units", "read_file", "reading_options", "say_options"]

_OPTIONS = (
    click.option("--zone", help="Of times that have none: Europe/Berlin, for one.  [default: UTC]"),
    click.option(
        "--date-order",
        type=click.Choice(["day_first", "month_first"]),
        help="Of times such as 03/04/2024.",
    ),
    click.option("--decimal-comma", is_flag=True, help="Numbers are written 1,5."),
    click.option(
        "--column",
        multiple=True,
        metavar="NAME=THEIRS",
        help="What the source calls a column: value=Wert.",
    ),
    click.option(
        "--columns", type=click.Path(path_type=Path), help='The same as JSON: {"Wert": "value", …}.'
    ),
    click.option(
        "--skip",
        multiple=True,
        metavar="FILE",
        help="Leave this file of a folder out; * for any letters.",
    ),
)
_SAY = (
    click.option(
        "--say",
        multiple=True,
        metavar="[CODE:]UNIT=UCUM",
        help="What the laboratory means by a spelling, for one test or all: '51249:%=g/dL'.",
    ),
    click.option(
        "--units",
        "unit_file",
        type=click.Path(path_type=Path),
        help="The same as CSV: unit, ucum, code (may be empty).",
    ),
)


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options; the command gets ``reading``, keyword arguments of ``read_results``."""

    @functools.wraps(command)
    def called(
        *args: Any,
        zone: str | None,
        date_order: str | None,
        decimal_comma: bool,
        column: tuple[str, ...],
        columns: Path | None,
        skip: tuple[str, ...],
        **others: Any,
    ) -> Any:
        given = {
            "zone": zone,
            "dates": date_order,
            "decimal_point": "," if decimal_comma else None,
            "columns": {**(_columns(columns) if columns else {}), **_pairs(column)} or None,
            "skip": list(skip) or None,
        }
        reading = {name: value for name, value in given.items() if value is not None}
        return command(*args, reading=reading, **others)

    return _with(_OPTIONS, called)


def say_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the laboratory's own units; the command gets ``own``, a list of ``LocalUnit``."""

    @functools.wraps(command)
    def called(*args: Any, say: tuple[str, ...], unit_file: Path | None, **others: Any) -> Any:
        return command(*args, own=own_units(say, unit_file), **others)

    return _with(_SAY, called)


def _with(options: tuple[Callable[..., Any], ...], command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(options):
        command = option(command)
    return command


def own_units(say: tuple[str, ...], unit_file: Path | None) -> list[LocalUnit]:
    """What the laboratory means by its spellings of units."""
    if not say and unit_file is None:
        return []
    from assay.pipelines.job import reading_input
    from assay.pipelines.local_units import local_unit, read_local_units

    with reading_input():
        found = [] if unit_file is None else read_local_units(unit_file)
        return found + [local_unit(text) for text in say]


def _pairs(given: tuple[str, ...]) -> dict[str, str]:
    """Their names of columns to ours."""
    names = {}
    for pair in given:
        name, equals, theirs = pair.partition("=")
        if not (name and equals and theirs):
            raise click.UsageError(f"--column: expected NAME=THEIRS such as value=Wert, got '{pair}'")
        names[theirs] = name
    return names


def _columns(path: Path) -> dict[str, str]:
    try:
        names = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise click.UsageError(f"--columns: expected a JSON file, cannot read {path}") from error
    if not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
        raise click.UsageError(f'--columns: expected {{"header": "column"}} in {path}')
    return names


def read_file(path: Path, reading: Mapping[str, Any]) -> ResultsReading:
    """Results as ``assay run lims`` reads them, or a CSV list of tests or units; what was set aside is said."""
    from assay.data.laboratory import read_results
    from assay.pipelines.job import reading_input
    from assay.pipelines.lims.sources import companions

    skip = [*reading.get("skip", ()), *companions(path)]
    with reading_input():
        found = read_results(path, **{**reading, "skip": skip}, partial=True)
    if found.rejected.num_rows:
        rules = ", ".join(
            f"{rule}: {count:,}" for rule, count in sorted(found.rejected.counts_by_rule().items())
        )
        click.echo(
            f"note: {found.rejected.num_rows:,} of {found.rows_read:,} results of {path} could not be read "
            f"({rules})",
            err=True,
        )
    return found

"""``assay lims loinc``: codes checked, damage named, and suggestions for tests without one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.exit_codes import EXIT_CODES
from assay.cli.lims.reading import read_file, reading_options
from assay.cli.lims.units import echo_table

if TYPE_CHECKING:
    from assay.data import Table

HEAD = (
    "local_code",
    "test_name",
    "loinc",
    "state",
    "suggestion",
    "name",
    "score",
    "by_name",
    "by_unit",
    "by_specimen",
    "by_values",
)


@click.command(epilog=EXIT_CODES)
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@reading_options
@click.option(
    "--map",
    "--tests",
    "map_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Codes that are mapped already: code, name, loinc, or MIT-LCP's columns.",
)
@click.option(
    "--candidates",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Codes to choose from: LOINC's Loinc.csv or MIT-LCP's map.  [default: those that Assay ships]",
)
@click.option(
    "--most", type=click.IntRange(1, 20), default=3, show_default=True, help="Suggestions for each test."
)
@click.option("--out", type=click.Path(path_type=Path), help="Write the table here as CSV.")
def loinc(
    source: Path,
    reading: Mapping[str, Any],
    map_file: Path | None,
    candidates: Path | None,
    most: int,
    out: Path | None,
) -> None:
    """Check the LOINC codes of SOURCE, suggest missing ones.

    SOURCE is whatever `assay run lims` reads, or a CSV list of tests.
    A code with a wrong check digit, or one that a spreadsheet turned into a date, is named with what it can have been.
    Nothing is applied: put what a person confirmed into the laboratory's map.
    """
    from assay.data import Table, write_csv
    from assay.data.laboratory import LoincSuggester, read_loinc_candidates
    from assay.pipelines.job import reading_input

    table = read_file(source, reading).rows
    if all(table[name].null_count == table.num_rows > 0 for name in ("local_code", "test_name", "loinc")):
        raise click.UsageError(
            f"expected tests in {source}, got none; name their column with --column local_code=THEIRS"
        )
    from assay.pipelines.local_tests import read_map

    mapped = {test.code: test.loinc for test in read_map(map_file)}
    with reading_input():
        chosen = None if candidates is None else read_loinc_candidates(candidates)
    suggester = LoincSuggester() if chosen is None else LoincSuggester(chosen)
    rows: list[dict[str, Any]] = []
    states: dict[str, int] = {}
    for test in _tests(table, mapped):
        found = _judged(test, suggester, most)
        states[found[0]["state"]] = states.get(found[0]["state"], 0) + 1
        rows += found
    shown = [row for row in rows if row["state"] != "valid"]
    names = ("local_code", "test_name", "loinc", "state", "suggestion", "name", "score")
    if shown:
        echo_table(
            [[row[name] for name in names] for row in shown], [name.replace("_", " ") for name in names]
        )
    click.echo(", ".join(f"{count:,} {state}" for state, count in sorted(states.items())) or "no tests")
    if out is not None:
        write_csv(Table.from_dict({name: [row[name] for row in rows] for name in HEAD}), out)
        click.echo(str(out))


def _tests(table: Table, mapped: dict[str, str]) -> list[dict[str, Any]]:
    """Distinct tests with the first unit and specimen, and up to 200 values of that unit."""
    most_values = 200
    columns = {
        name: table.column(name).to_pylist()
        for name in ("local_code", "test_name", "loinc", "unit", "specimen", "value")
    }
    tests: dict[tuple[str, str], dict[str, Any]] = {}
    for code, name, loinc_code, unit, specimen, value in zip(*columns.values(), strict=True):
        key = (code or name or "", loinc_code or "")
        test = tests.setdefault(
            key,
            {
                "local_code": code or "",
                "test_name": name or "",
                "loinc": loinc_code or mapped.get(code or "", ""),
                "unit": unit or "",
                "specimen": specimen or "",
                "values": [],
            },
        )
        if value is not None and (unit or "") == test["unit"] and len(test["values"]) < most_values:
            test["values"].append(value)
    return list(tests.values())


def _judged(test: dict[str, Any], suggester: Any, most: int) -> list[dict[str, Any]]:
    """Rows of the table for one test: its code is valid, damaged or missing."""
    from assay.data import is_loinc
    from assay.data.laboratory import loinc_damage

    empty: dict[str, Any] = dict.fromkeys(HEAD[4:])
    empty["suggestion"], empty["name"] = "", ""
    own = {"local_code": test["local_code"], "test_name": test["test_name"], "loinc": test["loinc"]}
    if test["loinc"] and is_loinc(test["loinc"]):
        return [{**empty, **own, "state": "valid"}]
    damage = loinc_damage(test["loinc"]) if test["loinc"] else None
    if damage is not None:
        state = f"damaged: {damage.kind}"
        return [{**empty, **own, "state": state, "suggestion": code} for code in damage.candidates[:most]]
    state = "no LOINC code" if test["loinc"] else "unmapped"
    found = suggester.suggest(
        test["test_name"] or test["local_code"],
        unit=test["unit"],
        specimen=test["specimen"],
        values=test["values"],
        most=most,
    )
    rows = [
        {
            **own,
            "state": state,
            "suggestion": s.loinc,
            "name": s.name,
            "score": round(s.score, 3),
            "by_name": round(s.by_name, 3),
            "by_unit": round(s.by_unit, 3),
            "by_specimen": round(s.by_specimen, 3),
            "by_values": round(s.by_values, 3),
        }
        for s in found
    ]
    return rows or [{**empty, **own, "state": state}]

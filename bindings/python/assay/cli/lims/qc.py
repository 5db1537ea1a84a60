"""``assay lims qc``: control measurements judged by rules, with Levey-Jennings charts."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import click

__all__ = ["qc"]


def _columns(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    if any(not (part and equals and name) for part, equals, name in pairs):
        raise click.BadParameter("expected PART=NAME, such as value=Result")
    return {part: name for part, _, name in pairs}


@click.command(
    epilog="""\b
Exit codes:
  0  done, whether rules were broken or not: the report says so
  2  wrong usage, or input that cannot be read
"""
)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for what is made."
)
@click.option(
    "--rules",
    metavar="NAMES",
    help="Such as 1-2s,1-3s,2of3-2s,R-4s,3-1s,12-x.  [default: Westgard's multirule]",
)
@click.option(
    "--estimate",
    type=click.IntRange(10),
    default=20,
    show_default=True,
    help="Without a target, mean and SD come from so many first values of a material.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="PART=NAME",
    callback=_columns,
    help="A column's name: value=Result.",
)
@click.option("--decimal-comma", is_flag=True, help="Numbers are written 1,5.")
def qc(
    file: Path, out: Path, rules: str | None, estimate: int, columns: dict[str, str], decimal_comma: bool
) -> None:
    """Judge the control measurements of a CSV FILE.

    A row is one measurement: material, value, and where they are there run, time, analyte, device, unit, mean and sd
    (the material's target). OUT gets violations.csv, summary.html and a Levey-Jennings chart of each analyte and device
    as SVG.
    """
    from assay.data import describe, read_csv
    from assay.features._files import write_whole
    from assay.features.qc.chart import levey_jennings
    from assay.features.qc.controls import judge_controls
    from assay.pipelines.job import reading_input

    with reading_input():
        read = read_csv(file)
        names = [name.strip() for name in rules.split(",") if name.strip()] if rules else None
        report = judge_controls(
            read.rows,
            columns=columns,
            rules=names,
            estimate=estimate,
            decimal_point="," if decimal_comma else ".",
        )
    if read.report.rows_quarantined:
        rejected = describe.number_of(read.report.rows_quarantined, "row")
        click.echo(f"note: {rejected} of {read.report.rows_read:,} could not be read", err=True)
    out.mkdir(parents=True, exist_ok=True)
    (out / "charts").mkdir(exist_ok=True)
    text = io.StringIO()
    heads = ["analyte", "device", "material", "run", "time", "value", "z", "rule", "rejects"]
    writer = csv.DictWriter(text, heads, lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, "rejects": str(row["rejects"]).lower()} for row in report.violations())
    write_whole(out / "violations.csv", text.getvalue().encode())
    used: set[str] = set()
    for chart in report.charts:
        write_whole(out / "charts" / _file_name(chart.title, used), levey_jennings(chart).encode())
    write_whole(out / "summary.html", report.to_html(f"Quality control: {file.name}").encode())
    click.echo(report.sentence())
    click.echo(f"report: {out / 'summary.html'}")


def _file_name(title: str, used: set[str]) -> str:
    """A name that every file system takes, once."""
    base = re.sub(r"[^\w-]+", "_", title).strip("_")[:80] or "chart"
    name, number = base, 1
    while name.lower() in used:
        number += 1
        name = f"{base}_{number}"
    used.add(name.lower())
    return f"{name}.svg"

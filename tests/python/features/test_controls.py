"""Control measurements: judged by rules, drawn as Levey-Jennings charts, by assay lims qc. All data are made up."""

from __future__ import annotations

import csv
import math
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from assay.cli.lims import lims
from assay.data import Table
from assay.errors import SchemaError, ValueError
from assay.features import qc

SVG = "{http://www.w3.org/2000/svg}"


def rows(z: list[float], material: str = "low", **more: object) -> list[dict[str, object]]:
    """Measurements of a material of mean 100 and SD 5."""
    return [
        {"material": material, "run": str(i), "value": 100 + 5 * value, "mean": 100.0, "sd": 5.0, **more}
        for i, value in enumerate(z)
    ]


def table(*parts: list[dict[str, object]]) -> Table:
    return Table.from_pylist([row for part in parts for row in part])


def test_points_carry_the_rules_they_break() -> None:
    [chart] = qc.judge_controls(table(rows([0.1, 2.1, 2.2, -0.3, 3.5, 0.0]))).charts
    [material] = chart.materials
    assert [point.rules for point in material.points] == [
        [],
        ["1-2s"],
        ["1-2s", "2-2s"],
        [],
        ["1-2s", "1-3s"],
        [],
    ]
    assert [point.rejects for point in material.points] == [False, False, True, False, True, False]
    assert chart.counts() == (6, 2, 1)
    assert material.points[1].z == pytest.approx(2.1) and material.estimated == 0
    assert chart.rules == ["1-2s", "1-3s", "2-2s", "R-4s", "4-1s", "10-x"]


def test_materials_of_one_run_are_judged_together() -> None:
    low, high = rows([0.0, 2.3]), rows([0.0, -2.2], "high")
    [chart] = qc.judge_controls(table(low, high)).charts
    assert [point.rules for point in chart.materials[1].points] == [
        [],
        ["1-2s"],
    ]  # high comes first in each run
    together = {rule for material in chart.materials for point in material.points for rule in point.rules}
    assert "R-4s" in together
    third = rows([0.0, 2.4], "third")
    [three] = qc.judge_controls(table(low, high, third)).charts
    assert three.rules == ["1-2s", "1-3s", "2of3-2s", "R-4s", "3-1s", "6-x"]
    [own] = qc.judge_controls(table(low, high, third), rules=["1-3s"]).charts
    assert own.counts() == (6, 0, 0)


def test_analytes_devices_and_units_have_charts_of_their_own() -> None:
    parts = [
        rows([0.0, 1.0], analyte=analyte, device_id=device, unit=unit)
        for analyte, device, unit in (("Na", "A", "mmol/L"), ("Na", "B", "mmol/L"), ("K", "A", "mmol/L"))
    ]
    report = qc.judge_controls(table(*parts))
    assert [chart.title for chart in report.charts] == ["K, A", "Na, A", "Na, B"]
    assert report.sentence() == "6 control measurements in 3 charts: 0 rejected, 0 warnings."


def test_runs_by_time_and_by_order_where_none_is_named() -> None:
    low, high = rows([0.0, 2.3]), rows([0.0, -2.2], "high")
    by_time = [{**row, "run": None, "time": f"2026-11-0{1 + i % 2}"} for i, row in enumerate(low + high)]
    by_order = [{**row, "run": None} for row in low + high]
    for given in (by_time, by_order):
        found = qc.judge_controls(table(given)).violations()
        assert "R-4s" in {one["rule"] for one in found}


def test_a_target_is_estimated_from_the_first_values_and_said_to_be() -> None:
    z = np.random.default_rng(1).normal(size=30)
    made = [{"level": "1", "result": 50 + 2 * float(v)} for v in [*z[:20], 9.0, *z[20:]]]
    [chart] = qc.judge_controls(Table.from_pylist(made)).charts
    [material] = chart.materials
    assert material.estimated == 20
    assert material.mean == pytest.approx(50 + 2 * z[:20].mean())
    assert material.sd == pytest.approx(2 * z[:20].std(ddof=1))
    assert [point.estimates for point in material.points] == [True] * 20 + [False] * 11
    assert "1-3s" in material.points[20].rules
    assert "estimated from the first 20" in qc.levey_jennings(chart)


def test_what_cannot_be_judged_is_said() -> None:
    with pytest.raises(SchemaError, match="column of value"):
        qc.judge_controls(Table.from_pylist([{"material": "low"}]))
    with pytest.raises(SchemaError, match="no column 'Wert'"):
        qc.judge_controls(table(rows([0.0])), columns={"value": "Wert"})
    with pytest.raises(ValueError, match="or 10 values to estimate"):
        qc.judge_controls(Table.from_pylist([{"material": "low", "value": 1.0}] * 9))
    with pytest.raises(ValueError, match="above 0"):
        qc.judge_controls(Table.from_pylist([{"material": "low", "value": 1.0}] * 10))
    with pytest.raises(ValueError, match="got several"):
        qc.judge_controls(table(rows([0.0]), [{**rows([0.0])[0], "mean": 99.0}]))
    with pytest.raises(SchemaError, match="expected numbers in column 'value'"):
        qc.judge_controls(Table.from_pylist([{"material": "low", "value": "high"}]))
    with pytest.raises(ValueError, match="form like"):
        qc.judge_controls(table(rows([0.0])), rules=["three"])
    report = qc.judge_controls(table(rows([0.0, 1.0]), [{**rows([0.0])[0], "value": None}]))
    assert report.missing == 1 and report.sentence().endswith("1 rows without a value or material.")
    empty = qc.judge_controls(table(rows([0.0])).head(0))
    assert (
        empty.charts == [] and "0 control measurements" in empty.sentence() and "No rule" in empty.to_html()
    )


def test_charts_are_svg_with_every_point_in_its_place() -> None:
    z = [0.0, 1.0, -1.0, 2.5, -3.5, 7.0]
    [chart] = qc.judge_controls(table(rows(z), rows([0.0] * 6, "<high>"))).charts
    text = qc.levey_jennings(chart)
    assert text == qc.levey_jennings(chart)
    tree = ET.fromstring(text)
    panels = tree.findall(f"{SVG}g")
    assert len(panels) == 2 and "<high>" in "".join(tree.itertext()) and "<high>" not in text
    [line] = panels[1].findall(f"{SVG}polyline")
    ys = [float(pair.split(",")[1]) for pair in line.attrib["points"].split()]
    middle = ys[0]
    step = middle - ys[1]
    assert step > 10
    for value, y in zip(z, ys, strict=True):
        assert y == pytest.approx(middle - max(-4.2, min(4.2, value)) * step, abs=0.3)
    words = "".join(panels[1].itertext())
    assert "↑ z = 7.0" in words and "1-3s" in words and "115" in words  # mean + 3 SD
    assert len(panels[1].findall(f".//{SVG}circle")) == 3
    many = [value for _ in range(200) for value in (0.0, 1.0)]
    [long_chart] = qc.judge_controls(table(rows(many))).charts
    assert (
        len(ET.fromstring(qc.levey_jennings(long_chart)).findall(f".//{SVG}circle")) == 0
    )  # the line says enough


def test_the_command(tmp_path: Path) -> None:
    file = tmp_path / "controls.csv"
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["test", "level", "date", "result", "target", "sd"])
        for day, z in enumerate([0.1, 2.1, 2.2, -0.4, 0.3]):
            writer.writerow(["Glucose, fasting", "1", f"2026-11-{day + 1:02d}", 100 + 5 * z, 100, 5])
    done = CliRunner().invoke(lims, ["qc", str(file), "--out", str(tmp_path / "out")])
    assert (done.exit_code, done.exception) == (0, None)
    assert "5 control measurements in 1 charts: 1 rejected, 1 warnings." in done.output
    with (tmp_path / "out/violations.csv").open(newline="") as read:
        found = list(csv.DictReader(read))
    assert [(one["time"][:10], one["rule"], one["rejects"]) for one in found] == [
        ("2026-11-02", "1-2s", "false"),
        ("2026-11-03", "1-2s", "false"),
        ("2026-11-03", "2-2s", "true"),
    ]
    assert math.isclose(float(found[2]["z"]), 2.2)
    assert [one.name for one in (tmp_path / "out/charts").iterdir()] == ["Glucose_fasting.svg"]
    page = (tmp_path / "out/summary.html").read_text()
    assert "<svg" in page and "2-2s" in page
    again = CliRunner().invoke(
        lims, ["qc", str(file), "--out", str(tmp_path / "o"), "--rules", "1-3s", "--column", "value=result"]
    )
    assert "0 rejected, 0 warnings" in again.output
    wrong = CliRunner().invoke(lims, ["qc", str(file), "--out", str(tmp_path / "o"), "--column", "value"])
    assert wrong.exit_code == 2


def test_the_command_reads_decimal_commas(tmp_path: Path) -> None:
    file = tmp_path / "controls.csv"
    lines = [f"tief;{i};{100 + (16 if i == 9 else i % 3)},5;100,0;5,0" for i in range(12)]
    file.write_text("\n".join(["material;run;Ergebnis;mean;sd", *lines]))
    options = ["--out", str(tmp_path / "out"), "--column", "value=Ergebnis"]
    result = CliRunner().invoke(lims, ["qc", str(file), *options])
    assert isinstance(result.exception, SchemaError) and "--decimal-comma" in str(result.exception)
    result = CliRunner().invoke(lims, ["qc", str(file), *options, "--decimal-comma"])
    assert result.exit_code == 0, result.output
    found = list(csv.DictReader((tmp_path / "out/violations.csv").open()))
    assert [(row["run"], float(row["value"])) for row in found if row["rule"] == "1-3s"] == [("9", 116.5)]

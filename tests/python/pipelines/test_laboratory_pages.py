"""Pages of the laboratory on a phone and on a screen: nothing sticks out, charts are legible. All data are made up."""

from __future__ import annotations

import random
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from browser import needs_chromium, seen_in_frame

from assay.data import Table

pytest.importorskip("jinja2")
NOW = datetime(2026, 3, 1, 7, tzinfo=timezone.utc)


def controls() -> str:
    from assay.features.qc.controls import judge_controls

    chance = random.Random(3)
    rows = [
        {
            "analyte": "Glucose in a fluid with a long name",
            "device": "AU-1",
            "material": f"Level {level} (lot 7731)",
            "run": str(day),
            "time": NOW + timedelta(days=day),
            "value": chance.gauss(mean, mean / 40) + (mean / 18 if day > 45 else 0) + (mean / 4 if day == 30 else 0),
            "unit": "mg/dL",
        }
        for day in range(60)
        for level, mean in ((1, 92.0), (2, 251.0))
    ]
    return judge_controls(Table.from_pylist(rows)).to_html("Quality control")


def drift() -> str:
    from assay.features import drift

    def results(glucose: float, seed: int) -> Table:
        chance = random.Random(seed)
        names = ["glucose", "an analyte with a long name, calculated", "sodium"]
        return Table.from_pylist(
            [
                {
                    "code": f"{1000 + i % 3}-1",
                    "name": names[i % 3],
                    "unit": "mg/dL",
                    "value": chance.gauss(glucose, 9) if i % 7 else None,
                }
                for i in range(900)
            ]
        )

    before, now = (
        drift.sample(results(*one), group="code", unit="unit", label="name") for one in ((95, 1), (110, 2))
    )
    return drift.report(before, now, noun="tests").to_html("Drift of results")


def quality() -> str:
    from assay.data.laboratory import measure_quality, standardise
    from assay.pipelines.laboratory_quality import default_delta_limits, quality_page

    rows = Table.from_pylist(
        [
            {
                "result_id": str(i),
                "patient_id": f"P{i % 9}",
                "local_code": "HGB",
                "test_name": "Haemoglobin",
                "loinc": "718-7",
                "value": 13.5 if i % 9 else -999.0,
                "unit": "g/dL",
                "observed_at": NOW + timedelta(hours=i),
            }
            for i in range(90)
        ]
    )
    silver = standardise(rows)
    return quality_page(measure_quality(rows, silver), silver, delta_limits=default_delta_limits())


@pytest.mark.browser
@needs_chromium
@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize("page", [controls, drift, quality], ids=lambda page: page.__name__)
def test_pages_fit_phone_and_screen(tmp_path: Path, width: int, page) -> None:
    """Of charts that are shown, the smallest text must be drawn at 9.5 pixels or more."""
    script = """
      const page = document.querySelector('iframe').contentDocument;
      const sizes = [...page.querySelectorAll('svg')].filter(one => one.getBoundingClientRect().width > 0).flatMap(
        one => [...one.querySelectorAll('text')].map(text => parseFloat(getComputedStyle(text).fontSize)
          * one.getBoundingClientRect().width / one.viewBox.baseVal.width));
      const first = [...page.querySelectorAll('tbody th')].map(one => one.getBoundingClientRect().width);
      document.title = [page.documentElement.scrollWidth, Math.min(99, ...sizes), Math.min(99, ...first)].join(' ');"""
    shown = seen_in_frame(tmp_path, page(), width, script)
    found = re.search(r"<title>([\d.]+) ([\d.]+) ([\d.]+)</title>", shown)
    assert found is not None
    needed, smallest, first_column = (float(number) for number in found.groups())
    assert needed <= width
    assert smallest >= 9.5
    assert first_column >= 60  # names are not broken letter by letter


def test_a_narrow_chart_says_what_the_wide_one_says() -> None:
    from assay.features.qc.chart import levey_jennings
    from assay.features.qc.controls import judge_controls

    values = [100.0 + i % 5 + 9 * (i == 30) for i in range(40)]
    rows = [{"analyte": "Glucose", "material": "L1", "run": str(i), "value": value} for i, value in enumerate(values)]
    (chart,) = judge_controls(Table.from_pylist(rows)).charts
    wide, narrow = levey_jennings(chart), levey_jennings(chart, width=366)
    assert 'viewBox="0 0 960' in wide and 'viewBox="0 0 366' in narrow
    for shape in ("<rect x=", "<circle", "<polyline", "<title>"):
        assert wide.count(shape) == narrow.count(shape)
    assert "1-3s" in narrow and "estimated from the first 20" in narrow and "mean 10" in narrow
    assert 'viewBox="0 0 320' in levey_jennings(chart, width=10)

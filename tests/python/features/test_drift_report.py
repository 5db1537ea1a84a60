"""assay.features.drift.report: verdicts, saved references, thresholds as data, pages. All data are made up."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from assay.features import drift

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")


def made_up(rows: int, seed: int, *, glucose: float = 95, ward: str = "ABC"):
    rng = np.random.default_rng(seed)
    return pa.table(
        {
            "glucose": rng.normal(glucose, 12, rows),
            "ward": rng.choice(list(ward), rows),
            "gcs": rng.integers(12, 16, rows),
            "empty": pa.nulls(rows, pa.float64()),
            "taken_at": pa.array(rng.integers(0, 10**15, rows), pa.timestamp("us", "UTC")),
            "<b>&": np.full(rows, 3.0),
        }
    )


def test_a_report_of_a_shifted_column() -> None:
    found = drift.report(made_up(5000, 1), made_up(2000, 2, glucose=105, ward="ABD"))
    assert found.drifted == ["glucose", "ward"]
    glucose, ward = found.column("glucose"), found.column("ward")
    assert (glucose.test, glucose.verdict) == ("KS", "severe")
    assert glucose.shift == pytest.approx(10 / 12, abs=0.08)
    assert (ward.test, ward.verdict) == ("chi-squared", "severe")
    assert found.column("gcs").test == "chi-squared" and found.column("gcs").verdict == "stable"
    assert found.column("taken_at").reason == "dates, times and bytes are not compared"
    assert found.column("empty").reason == "all values are missing in both"
    assert found.column("<b>&").reason == "constant in both"
    assert found.sentence() == "2 of 4 columns drifted, 2 severely; 2 could not be judged."
    assert str(found).splitlines()[1].startswith("  ward: severe (chi-squared p < 0.0001, Jensen-Shannon")
    content = json.loads(found.to_json())
    assert content["counts"]["severe"] == 2 and content["columns"][0]["name"] == "glucose"
    assert content["columns"][0]["cramers_v"] is None
    with pytest.raises(KeyError):
        found.column("lactate")


def test_pages_hold_pictures_and_no_markup_of_the_data() -> None:
    page = drift.report(made_up(500, 1), made_up(500, 2, glucose=120, ward="<i>")).to_html("Ward <7>")
    assert "Ward &lt;7&gt;" in page and "&lt;b&gt;&amp;" in page and "<b>" not in page and "<i>" not in page
    assert page.count("<svg") == 2 and "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert page == drift.report(made_up(500, 1), made_up(500, 2, glucose=120, ward="<i>")).to_html("Ward <7>")
    assert "drifted" in drift.report(made_up(500, 1), made_up(500, 1))._repr_html_()


def test_references_are_saved_and_grow_by_partition(tmp_path: Path) -> None:
    whole, parts = made_up(30_000, 3), drift.sample(made_up(30_000, 3).slice(0, 0), most_distinct=8192)
    for start in range(0, 30_000, 7001):
        parts.merge(drift.sample(whole.slice(start, 7001), most_distinct=8192))
    assert parts == drift.sample(whole, most_distinct=8192)
    file = tmp_path / "glucose.ref"
    drift.save_reference(parts, file)
    assert drift.load_reference(file) == parts
    assert [one.name for one in tmp_path.iterdir()] == ["glucose.ref"]
    now = made_up(3000, 4, glucose=99)
    exact, limited = drift.report(whole, now).column("glucose"), drift.report(parts, now).column("glucose")
    assert limited.statistic == pytest.approx(exact.statistic, abs=1e-3)
    assert limited.shift == pytest.approx(exact.shift, rel=1e-3) and limited.verdict == exact.verdict
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(ValueError, match="checksum"):
        drift.load_reference(file)


def test_thresholds_are_data(tmp_path: Path) -> None:
    before, now = made_up(5000, 1), made_up(5000, 2, glucose=98)
    assert drift.report(before, now).column("glucose").verdict == "moderate"
    mild = {"columns": {"wasserstein": 0.5, "psi": (0.3, 0.5)}}
    assert drift.report(before, now, thresholds=mild).column("glucose").verdict == "slight"
    file = tmp_path / "thresholds.json"
    file.write_text(json.dumps(mild))
    assert drift.report(before, now, thresholds=file).column("glucose").verdict == "slight"
    assert drift.default_thresholds()["devices"]["z"] == [2, 3]
    for wrong, message in (
        ({"columns": {"psi": 0.1}}, "two numbers as psi"),
        ({"columns": {"ps": 0.1}}, "expected one of p, psi"),
        ({"rows": {}}, "got 'rows'"),
        ({"columns": {"p": True}}, "a number as p"),
        ({"columns": {"psi": [0.2, 0.1]}}, "severe at or above moderate"),
    ):
        with pytest.raises(ValueError, match=message):
            drift.report(before, now, thresholds=wrong)


def test_elec_is_found_where_it_begins_and_not_before(test_data: Path) -> None:
    """vicprice, vicdemand and transfer are constant up to row 17,424 and vary from there on."""
    pytest.importorskip("polars")
    import polars as pl

    table = pl.read_csv(test_data / "drift/elec.csv", null_values="?")
    late = ["vicprice", "vicdemand", "transfer"]
    frame = table.select(late)
    begins = [int((frame[name] != frame[name][0]).arg_max()) for name in late]
    step = 336  # a week of half hours
    reference = drift.sample(frame[: 20 * step])
    alarms: dict[str, int] = {}
    for start in range(20 * step, table.height - step, step):
        found = drift.report(reference, frame[start : start + step])
        for name in found.drifted:
            alarms.setdefault(name, start)
    for name, begin in zip(late, begins, strict=True):
        first = alarms[name]
        assert begin - step < first <= begin + step, (name, begin, first)


def test_complements_equal_those_of_sdmetrics(test_data: Path) -> None:
    """Figures that SDMetrics publishes: 1 - D and 1 - total variation."""
    pl = pytest.importorskip("polars")
    folder = test_data / "drift/sdmetrics"
    files = sorted(folder.rglob("*.csv"))
    real = next(file for file in files if "synth" not in file.name.lower())
    made = next(file for file in files if "synth" in file.name.lower())
    before, now = pl.read_csv(real), pl.read_csv(made)
    found = drift.report(before, now)
    test = drift.ks_test(
        drift.NumericSample(before["second_perc"].to_numpy()),
        drift.NumericSample(now["second_perc"].to_numpy()),
    )
    assert 1 - test.statistic == pytest.approx(0.8976744186046511, rel=1e-14)
    assert 1 - found.column("second_perc").statistic == pytest.approx(0.8976744186046511, rel=1e-14)
    for name, expected in (("work_experience", 0.9953488372093023), ("degree_type", 0.9395348837209302)):
        counts = dict(found.reference.categories(name)), dict(found.current.categories(name))
        variation = 0.5 * sum(
            abs(counts[0].get(key, 0) / before.height - counts[1].get(key, 0) / now.height)
            for key in {*counts[0], *counts[1]}
        )
        assert 1 - variation == pytest.approx(expected, rel=1e-14)
        assert math.isfinite(found.column(name).p)

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


def results(rows: int, seed: int, *, glucose: float = 95):
    """Made up: results of three tests in a long table, one of them in two units."""
    rng = np.random.default_rng(seed)
    which = rng.integers(0, 4, rows)
    centre = np.array([glucose, 5.3, 140, 7.4])[which]
    return pa.table(
        {
            "code": np.array(["2345-7", "2345-7", "2951-2", "11558-4"])[which],
            "name": np.array(["Glucose", "Glucose", "Sodium <b>", "pH"])[which],
            "unit": np.array(["mg/dL", "mmol/L", "mmol/L", "[pH]"])[which],
            "result": centre * rng.normal(1, 0.1, rows),
        }
    )


BY_TEST = {"group": "code", "value": "result", "unit": "unit", "label": "name"}


def test_groups_stand_by_name_and_unit() -> None:
    before = drift.sample(results(8000, 1), **BY_TEST)
    found = drift.report(before, drift.sample(results(4000, 2, glucose=105), **BY_TEST), noun="tests", note="Made up.")
    assert before.groups == [
        ("11558-4", "[pH]", "pH"),
        ("2345-7", "mg/dL", "Glucose"),
        ("2345-7", "mmol/L", "Glucose"),
        ("2951-2", "mmol/L", "Sodium <b>"),
    ]
    assert [(column.name, column.unit) for column in found.columns if column.drifted] == [("2345-7", "mg/dL")]
    assert not found.column("2345-7", "mmol/L").drifted
    assert found.sentence().startswith("1 of 4 tests drifted")
    assert str(found).splitlines()[1].startswith("  Glucose, mg/dL: ")
    page = found.to_html()
    assert "Glucose, mg/dL" in page and "Made up." in page and "All tests" in page and "<b>" not in page
    assert "Missing" not in page  # nothing is
    assert page.count("<svg") == 1
    told = json.loads(found.to_json())["columns"][1]
    assert (told["name"], told["label"], told["unit"]) == ("2345-7", "Glucose", "mg/dL")
    with pytest.raises(KeyError, match="in g/L"):
        found.column("2345-7", "g/L")


def test_what_is_missing_of_a_group_is_shown() -> None:
    rows = results(4000, 2)
    holes = pa.array(np.where(np.arange(4000) % 3 == 0, None, rows["result"].to_numpy()), pa.float64())
    less = rows.set_column(3, "result", holes)
    found = drift.report(drift.sample(results(8000, 1), **BY_TEST), drift.sample(less, **BY_TEST))
    assert found.noun == "groups" and all("missing values changed" in column.reason for column in found.columns)
    assert found.column("11558-4").current_missing == pytest.approx(1 / 3, abs=0.05)
    assert ">Missing<" in found.to_html() and "0.0% → 3" in found.to_html()


def test_a_reference_by_group_is_saved_grows_and_keeps_to_groups(tmp_path: Path) -> None:
    whole = results(9000, 3)
    parts = drift.sample(whole.slice(0, 2000), **BY_TEST)
    for start in range(2000, 9000, 1750):
        parts.merge(drift.sample(whole.slice(start, 1750), **BY_TEST))
    assert parts == drift.sample(whole, **BY_TEST)
    drift.save_reference(parts, tmp_path / "tests.ref")
    assert drift.load_reference(tmp_path / "tests.ref") == parts
    with pytest.raises(ValueError, match="got one by column"):
        drift.report(parts, whole)
    with pytest.raises(ValueError, match="nowhere"):
        drift.sample(whole, group="nowhere")


def test_memory_does_not_grow_with_groups_times_rows() -> None:
    """One test of 400,000 results beside 3,000 of 20: side by side they would take 9.6 GB."""
    resource = pytest.importorskip("resource")
    codes = np.concatenate([np.zeros(400_000, int), np.repeat(np.arange(1, 3001), 20)])
    table = pa.table({"code": codes, "value": np.random.default_rng(1).normal(size=codes.size)})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sample = drift.sample(table, group="code")
    found = drift.report(sample, sample)
    assert len(found.columns) == 3001 and found.counts()["stable"] == 3001
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000  # KiB


def test_units_as_people_write_them() -> None:
    from assay.features.drift.page import unit_text

    known = {"mg/dL": "mg/dL", "10*3/uL": "10³/µL", "mm[Hg]": "mmHg", "[pH]": "", "{INR}": "INR", "1": "", "": ""}
    known |= {"[IU]/mL": "IU/mL", "/[HPF]": "/HPF", "ug/dL": "µg/dL", "10*-3": "10⁻³", "mU/L": "mU/L"}
    assert {unit: unit_text(unit) for unit in known} == known


LATE, BEGIN = ("vicprice", "vicdemand", "transfer"), 17_424


def elec(test_data: Path):
    """Half hours of the Electricity data: three columns are constant up to row 17,423 and vary from 17,424 on."""
    pl = pytest.importorskip("polars")
    frame = pl.read_csv(test_data / "drift/elec.csv", null_values="?").select(LATE)
    assert [int((frame[name] != frame[name][0]).arg_max()) for name in LATE] == [BEGIN] * 3
    return frame


@pytest.mark.parametrize("step", [24, 48, 336])
def test_elec_is_found_in_the_window_of_its_first_change_and_not_before(test_data: Path, step: int) -> None:
    """Windows side by side know a place no better than their width. Those of 24 and 48 half hours begin at row 17,424
    itself, that of a week holds it among its last 48 rows: the first alarm of each column is in that very window."""
    frame = elec(test_data)
    reference = drift.sample(frame[: 20 * 336])
    first: dict[str, int] = {}
    for start in range(20 * 336, BEGIN + 2 * step, step):
        for name in drift.report(reference, frame[start : start + step]).drifted:
            first.setdefault(name, start)
    assert first == dict.fromkeys(LATE, BEGIN // step * step)
    if step < 336:
        assert set(first.values()) == {BEGIN}


def test_elec_is_found_at_its_first_row_by_a_window_that_slides(test_data: Path) -> None:
    """The 24 rows up to each row: the first that alarms ends at row 17,424, with one changed value in it."""
    frame = elec(test_data)
    reference = drift.sample(frame[: 20 * 336])
    first: dict[str, int] = {}
    for end in range(BEGIN - 100, BEGIN + 10):
        for name in drift.report(reference, frame[end - 23 : end + 1]).drifted:
            first.setdefault(name, end)
    assert first == dict.fromkeys(LATE, BEGIN)


def test_elec_is_found_by_streams_within_their_bounds(test_data: Path) -> None:
    """Of all 17,424 constant rows none alarms. The change is found within 5 rows by Page-Hinkley with a threshold of a
    tenth of the range, and by ADWIN, which looks at every 32nd value, within 150."""
    frame = elec(test_data)[:20_000]
    for name in LATE:
        values = frame[name].to_numpy()
        spread = float(np.ptp(values))
        by_sums = drift.PageHinkley(delta=0.005 * spread, threshold=0.1 * spread).update_all(values)[0]
        by_windows = drift.Adwin(width=spread).update_all(values)[0]
        assert BEGIN <= by_sums < BEGIN + 5, (name, by_sums)
        assert BEGIN <= by_windows < BEGIN + 150, (name, by_windows)


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

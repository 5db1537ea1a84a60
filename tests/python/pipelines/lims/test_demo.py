"""The monitor's demo: every planted fault is found, false alarms are counted, the same seed gives the same bytes."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from assay.cli import main
from assay.pipelines.lims.demo import run_demo
from assay.pipelines.lims.monitoring import default_rules, monitor
from assay.pipelines.lims.simulation import KINDS, simulate

FILES = ("critical_alerts.csv", "dashboard_data.csv", "monitoring_dashboard.png", "monitoring_report.json")


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_four_files_tell_the_same_story(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    found = run_demo(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == list(FILES)
    report = json.loads((tmp_path / "monitoring_report.json").read_text())
    assert "made up" in report["notice"]
    assert [one["kind"] for one in report["planted"]] == list(KINDS)
    assert all(one["found"] for one in report["planted"])
    assert report["false_alarms"] == len(found.false_alarms)

    with (tmp_path / "dashboard_data.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == report["samples"] == 50
    marked = {row["sample_id"] for row in rows if "error_code" in row["incidents"].split(";")}
    assert marked == {row["sample_id"] for row in rows if row["glucose_mg_dl"] == "-999.0"} != set()
    hot = [row for row in rows if float(row["storage_temperature_cel"]) == 85.0]
    assert len(hot) == 1
    assert "storage_temperature" in hot[0]["incidents"]

    with (tmp_path / "critical_alerts.csv").open(newline="") as file:
        alerts = list(csv.DictReader(file))
    critical = [one for one in report["incidents"] if one["severity"] == "critical"]
    assert [one["what_to_do"] for one in alerts] == [one["sentence"] for one in critical]


def test_the_picture_fits_a_wall_screen(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    image = pytest.importorskip("PIL.Image")
    run_demo(tmp_path)
    with image.open(tmp_path / "monitoring_dashboard.png") as picture:
        assert picture.size == (1920, 1080)
        assert len(picture.convert("RGB").getcolors(1 << 22)) > 100  # something is drawn


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        run_demo(tmp_path / name, seed=seed)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert not set(digests(tmp_path / "a").values()) & set(digests(tmp_path / "c").values())


def test_every_fault_is_found_whatever_the_seed() -> None:
    """Of 50 seeds, counted: faults missed, samples until found, alarms where nothing was planted."""
    false_alarms = 0
    for seed in range(50):
        found = monitor(simulate(seed=seed))
        for planted in found.samples.planted:
            incident = found.found(planted)
            assert incident is not None, (seed, planted)
            assert incident.first - planted.first <= 10
        false_alarms += sum(one.severity == "critical" for one in found.false_alarms)
    # Docs: about one critical false alarm in three runs; three sigma of a Poisson count above it.
    assert false_alarms <= 50 * 0.3 + 3 * (50 * 0.3) ** 0.5


def test_without_faults_the_rules_are_quiet() -> None:
    samples = simulate(seed=3)
    calm = simulate(seed=3)
    half = slice(0, 12)  # before anything was planted
    for name in ("glucose", "turbidity", "storage_temperature", "control"):
        assert np.array_equal(getattr(samples, name)[half], getattr(calm, name)[half])
    found = monitor(samples)
    assert not [one for one in found.incidents if one.last < 12 and one.severity == "critical"]


def test_rules_are_data() -> None:
    rules = default_rules()
    rules["error_codes"]["values"] = []
    found = monitor(simulate(), rules)
    assert not [one for one in found.incidents if one.kind == "error_code"]
    for part in ("error_codes", "storage", "turbidity", "control", "multivariate", "isolation"):
        assert default_rules()[part]["source"]


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.setattr("sys.argv", ["assay", "lims", "demo", "--out", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert "made-up data" in told
    assert "4 of 4 planted faults found" in told
    assert digests(tmp_path / "out").keys() == set(FILES)


def test_too_few_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="expected 50 or more"):
        simulate(49)

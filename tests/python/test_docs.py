"""The Python blocks of the pages for users run as they stand, one after the other; what CONTRIBUTING names is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def blocks(page: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def run(page: str, names: dict[str, Any]) -> None:
    found = blocks(page)
    assert found
    for number, block in enumerate(found, start=1):
        exec(compile(block, f"{page}, block {number}", "exec"), names)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that looks like the checkout, as far as the pages know it."""
    pytest.importorskip("deltalake")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_page_on_data_runs(place: Path) -> None:
    pytest.importorskip("duckdb")
    names: dict[str, Any] = {}
    run("docs/data.md", names)
    assert set(names["rejected"].counts_by_rule()) == {
        "heart_rate.type",
        "patient_id.required",
        "heart_rate.outlier",
    }
    assert (place / "out/lake/ward7/bronze/vital_signs/_delta_log").is_dir()


def test_the_pages_on_the_pipeline_and_the_judge_run(place: Path) -> None:
    names: dict[str, Any] = {}
    run("docs/clinical_pipeline.md", names)
    assert (place / "out/m00001/run.json").is_file()
    done = names["done"]
    run("docs/judge.md", {"gold": done.gold, "my_text": done.note("M00001").replace("105.6", "165.6")})


def test_the_page_on_tracking_runs(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_RUN_ID", "ASSAY_JOURNAL"):
        monkeypatch.delenv(name, raising=False)
    names: dict[str, Any] = {}
    run("docs/tracking.md", names)
    assert names["run"].info.status == "FINISHED"
    assert list((place / "assay-journal/segments").glob("*.journal"))


def test_the_pages_on_security_and_deidentification_run(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_DEID_KEY", "")
    run("docs/laboratory/deidentification.md", {})
    run("docs/security.md", {})
    assert (place / "audit.jsonl.head").is_file()


def test_the_fleet_of_the_laboratorys_pipeline_is_there(place: Path) -> None:
    run("docs/lims_pipeline.md", {})
    assert sorted(path.name for path in (place / "fleet").iterdir()) == [
        "device_events.csv",
        "quality_controls.csv",
        "results.csv",
    ]


def test_the_pages_for_users_are_linked_from_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pages = ("docs/clinical_pipeline.md", "docs/data.md", "docs/judge.md", "docs/tracking.md")
    pages += ("docs/laboratory.md", "docs/clip.md", "docs/security.md")
    assert [page for page in pages if f"]({page})" not in readme] == []


def test_what_contributing_names_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for path in re.findall(r"\b(?:tools|tests/python|requirements)/[\w/.]*\w", text):
        made_up = "glasgow" in path
        assert made_up or (ROOT / path).exists(), path
    for file, expression in re.findall(r"(tests/python/\S+\.py) -k (\w+)", text):
        assert re.search(rf"def test_\w*{expression}", (ROOT / file).read_text(encoding="utf-8")), expression
    presets = (ROOT / "CMakePresets.json").read_text(encoding="utf-8")
    assert all(f'"{preset}"' in presets for preset in re.findall(r"--preset (\S+)", text))


def test_the_page_on_the_matcher_runs(place: Path) -> None:
    import assay
    from assay.models import _libtorch

    try:
        _libtorch.load()
    except assay.StateError as error:
        pytest.skip(str(error))
    names: dict[str, Any] = {}
    run("docs/clip.md", names)
    assert len(names["result"].matches) == 2 and not names["result"].calibrated


def test_the_page_on_evaluation_runs() -> None:
    names: dict[str, Any] = {}
    run("docs/clip/evaluation.md", names)
    assert names["fit"].temperature > 2 and names["auc"].value > 0.6  # the logits are three times too large
    assert names["found"].reliability.expected_error < 0.1


def test_the_page_on_the_laboratory_runs() -> None:
    names: dict[str, Any] = {}
    run("docs/laboratory.md", names)
    assert names["mmol"].round(2).tolist() == [5.0, 6.99]


def test_the_page_on_features_of_a_laboratory_runs() -> None:
    run("docs/laboratory/features.md", {})


@pytest.mark.parametrize("page", ["sources", "standardisation"])
def test_the_pages_of_the_laboratory_run(page: str, place: Path) -> None:
    run(f"docs/laboratory/{page}.md", {})


def test_the_page_on_random_forests_runs() -> None:
    names: dict[str, Any] = {}
    run("docs/models/random_forest.md", names)
    assert names["early"].converged_ and names["model"].oob_score_ > 0.75
    assert names["found"].importances_mean[:2].min() > 0.03 > names["found"].importances_mean[2:].max()


def test_the_page_on_models_runs(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("docs/models.md", {})
    printed = capsys.readouterr().out
    assert "were put in order by name" in printed
    assert "'torque' is missing and unknown came 'moment' (renamed?)" in printed
    assert "\n0.0\n" in printed
    assert "refused: f1_binary 0.810, lower end of its interval 0.740" in printed

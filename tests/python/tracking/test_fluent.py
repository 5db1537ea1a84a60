"""MLflow's names and meanings, on the local journal alone."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import date, datetime, timezone
from pathlib import Path

import numpy as np
import pytest

import assay
from assay import tracking as at
from assay.tracking.tables import table_columns


def test_runs_nest_and_end(journal: Path) -> None:
    with at.start_run(experiment="icu/Test", run_name="outer", journal=journal) as outer:
        assert at.active_run() is outer
        with pytest.raises(assay.StateError, match="nested=True"):
            at.start_run()
        with at.start_run(run_name="inner", nested=True) as inner:
            assert at.active_run() is inner
            assert inner.info.parent_run_id == outer.info.run_id
            assert inner.info.experiment == "icu/Test"
            assert inner.info.journal == outer.info.journal
        assert at.active_run() is outer
    assert at.active_run() is None
    assert at.last_active_run() is outer
    assert outer.info.status == "FINISHED"
    assert outer.info.end_time >= outer.info.start_time


def test_an_exception_fails_the_run(journal: Path) -> None:
    with pytest.raises(RuntimeError), at.start_run(journal=journal) as run:
        raise RuntimeError("stop")
    assert run.info.status == "FAILED"
    with pytest.raises(assay.StateError):
        run.log_metric("a", 1.0)


def test_a_run_without_a_name_gets_one(journal: Path) -> None:
    with at.start_run(journal=journal) as run:
        adjective, noun, number = run.info.run_name.split("-")
        assert adjective.isalpha()
        assert noun.isalpha()
        assert number.isdigit()
        assert len(run.info.run_id) == 32


def test_threads_log_to_the_run_of_their_caller(journal: Path) -> None:
    seen = []
    with at.start_run(journal=journal) as run:
        worker = threading.Thread(target=lambda: (at.log_metric("t", 1), seen.append(at.active_run())))
        worker.start()
        worker.join()
    assert seen == [run]


@pytest.mark.parametrize("value", [1, True, np.float32(0.5), np.int64(3), float("nan"), float("-inf")])
def test_numbers_of_any_kind_are_metrics(journal: Path, value: float) -> None:
    with at.start_run(journal=journal) as run:
        run.log_metric("m", value)


@pytest.mark.parametrize("name", ["", "/a", "a/../b", "a*b", "k" * 251])
def test_names_that_mlflow_refuses_are_refused_at_once(journal: Path, name: str) -> None:
    with at.start_run(journal=journal):
        for call in (at.log_metric, at.log_param, at.set_tag):
            with pytest.raises(assay.ValueError):
                call(name, 1)


def test_a_value_too_long_is_refused_without_repeating_it(journal: Path) -> None:
    with at.start_run(journal=journal):
        with pytest.raises(ValueError, match="6000") as caught:
            at.log_param("note", "x" * 6001)
        assert "xxx" not in str(caught.value)


def test_a_parameter_is_set_once(journal: Path) -> None:
    with at.start_run(journal=journal):
        assert at.log_param("depth", 3) == 3
        at.log_params({"depth": 3})
        with pytest.raises(ValueError, match="depth"):
            at.log_param("depth", 4)


def test_tables_from_anything(journal: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    pl = pytest.importorskip("polars")
    columns = {"patient": ["M1", "M2"], "score": [1.5, None]}
    for table in (columns, pa.table(columns), pl.DataFrame(columns)):
        with at.start_run(journal=journal) as run:
            run.log_table(table, "gold.json")
            run.log_table(table, "gold.json")
            with pytest.raises(ValueError, match="columns"):
                run.log_table({"other": [1]}, "gold.json")
    with at.start_run(journal=journal) as run, pytest.raises(ValueError, match="length"):
        run.log_table({"a": [1], "b": [1, 2]}, "x.json")


def test_times_and_missing_values_of_a_table() -> None:
    pd = pytest.importorskip("pandas")
    at_ten = "2024-01-01T10:00:00"
    frame = pd.DataFrame(
        {
            "at": pd.to_datetime([at_ten, None]),
            "zoned": pd.to_datetime([f"{at_ten}+01:00", None]),
            "n": pd.array([1, None], dtype="Int64"),
        }
    )
    expected = {"at": [at_ten, None], "zoned": [f"{at_ten}+01:00", None], "n": [1, None]}
    assert table_columns(frame) == expected
    assert table_columns({name: frame[name] for name in frame}) == expected
    nanoseconds = np.array([at_ten, "NaT"], dtype="datetime64[ns]")
    assert table_columns({"at": nanoseconds})["at"] == [at_ten, None]
    assert table_columns({"at": nanoseconds + np.timedelta64(1, "ns")})["at"][0] == f"{at_ten}.000000001"
    assert table_columns({"x": np.ma.array([1.0, 2.0], mask=[False, True])})["x"] == [1.0, None]
    given = [date(2024, 2, 29), datetime(2024, 2, 29, 1, tzinfo=timezone.utc)]
    assert table_columns({"t": given})["t"] == ["2024-02-29", "2024-02-29T01:00:00+00:00"]


def test_without_an_active_run_one_begins(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_JOURNAL", str(journal))
    at.log_metric("a", 1)
    assert at.active_run() is not None
    at.end_run()
    assert list((journal / "segments").glob("*.journal"))


def test_the_journal_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(assay.IoError, match="file"):
        at.start_run(journal=tmp_path / "file")


def test_calls_of_mlflow_need_no_change(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Positions and names of the arguments are MLflow's."""
    monkeypatch.setenv("ASSAY_JOURNAL", str(journal))
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "icu/from_environment")
    with at.start_run(run_name="outer", tags={"a": 1}, description="made up") as run:
        at.log_metric("loss", 0.5, 3, True, 1_700_000_000_000)
        at.log_metric("loss", 0.25, step=4, synchronous=False, run_id=run.info.run_id)
        at.log_metrics({"a": 1.0}, 1, None, run.info.run_id, 1_700_000_000_000)
        at.log_params({"p": 1}, synchronous=True, run_id=run.info.run_id)
        at.log_text("made up", "a.txt", run.info.run_id)
        at.log_dict({"a": 1}, "a.json", run.info.run_id)
        at.set_tag("t", 1, synchronous=False)
        at.flush_async_logging()
        with pytest.raises(assay.StateError, match="expected one that is active"):
            at.log_metric("loss", 1.0, run_id="0" * 32)
    assert run.info.experiment == "icu/from_environment"
    with at.start_run(run.info.run_id) as again:
        at.log_metric("loss", 0.1, 5)
    assert (again.info.run_id, again.info.run_name) == (run.info.run_id, "outer")
    monkeypatch.setenv("MLFLOW_RUN_ID", run.info.run_id)
    with at.start_run() as third:
        pass
    with at.start_run() as fourth:
        pass
    assert third.info.run_id == run.info.run_id
    assert fourth.info.run_id != run.info.run_id


def test_images(journal: Path) -> None:
    pillow = pytest.importorskip("PIL.Image")
    numpy = pytest.importorskip("numpy")
    with at.start_run(journal=journal):
        at.log_image(numpy.linspace(0, 1, 600 * 300).reshape(300, 600), "made_up.png")
        at.log_image(numpy.zeros((4, 4, 3), dtype=numpy.uint8), key="chest/left", step=2, timestamp=1)
        at.log_image(pillow.new("RGBA", (8, 8)), "flat.jpg")
        for bad in (
            numpy.zeros((2, 2, 2)),
            numpy.full((2, 2), 1.5),
            numpy.full((2, 2), numpy.nan),
            numpy.zeros(3),
        ):
            with pytest.raises(ValueError, match="log_image: expected"):
                at.log_image(bad, "bad.png")
        with pytest.raises(ValueError, match="either"):
            at.log_image(pillow.new("L", (1, 1)))
        with pytest.raises(ValueError, match="ending"):
            at.log_image(pillow.new("L", (1, 1)), "a.txt")
    files = [file for file in (journal / "artifacts").iterdir() if len(file.name) == 64]  # by their SHA-256
    sizes = sorted(pillow.open(file).size for file in files)
    assert sizes == [(4, 4), (8, 8), (256, 256), (600, 300)]


def test_importing_costs_no_module_that_logging_does_not_need() -> None:
    script = "import sys; known = set(sys.modules); import assay.tracking; print(' '.join(set(sys.modules) - known))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "assay.tracking.run" in loaded
    heavy = {"dataclasses", "inspect", "json", "datetime", "numpy", "pandas", "mlflow", "assay.data"}
    assert loaded & heavy == set()

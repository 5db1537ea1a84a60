"""MLflow's own web page on what was tracked, by a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import browse, needs_chromium

from assay import tracking as at
from assay.tracking import local

_WINDOW = ("--window-size=1400,900", "--virtual-time-budget=60000")


@pytest.mark.browser
@pytest.mark.mlflow
@needs_chromium
@pytest.mark.skipif(local.find_mlflow() is None, reason="MLflow is not installed; set ASSAY_MLFLOW")
def test_the_page_shows_the_run(tmp_path: Path) -> None:
    with at.start_run(
        experiment="icu/Judge_Evaluation", run_name="judge_eval_M00001", journal=tmp_path / "journal"
    ):
        at.log_metrics({"overall_score": 4.2, "confidence": 0.9})
        at.log_text("made-up note", "soap_notes/M00001.txt")
    said: list[str] = []
    pages: list[str] = []

    def look(server: local.MlflowServer, reports: object) -> bool:
        assert isinstance(reports, list)
        (report,) = reports
        assert report.complete, report.stopped_by
        (run_id,) = report.run_ids.values()
        url = f"{server.url}/#/experiments/1/runs/{run_id}"
        pages.append(browse(url, tmp_path / "profile", *_WINDOW, "--dump-dom"))
        browse(url, tmp_path / "profile", *_WINDOW, f"--screenshot={tmp_path / 'run.png'}")
        return False

    local.serve_ui(tmp_path, say=said.append, ready=look)
    assert "judge_eval_M00001" in pages[0]
    assert "overall_score" in pages[0]
    assert (tmp_path / "run.png").stat().st_size > 10_000
    assert any("read back and equal" in line for line in said)
    assert any("http://127.0.0.1:" in line for line in said)


@pytest.mark.mlflow
@pytest.mark.skipif(local.find_mlflow() is None, reason="MLflow is not installed; set ASSAY_MLFLOW")
def test_a_server_that_cannot_start_says_where_its_log_is(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(Exception, match=r"server\.log"), local.MlflowServer(tmp_path, timeout=300):
        pass


def test_without_mlflow_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_MLFLOW", str(tmp_path / "absent"))
    with pytest.raises(Exception, match=r"pip install 'mlflow>=3"):
        local.MlflowServer(tmp_path).start()

"""``assay track`` and ``assay sync --watch``, as a user calls them."""

from __future__ import annotations

import csv
import json
import math
import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

import assay
from assay import tracking as at
from assay.tracking import journal_tools
from assay.tracking.local import MlflowServer, free_port
from assay.tracking.models import clinical


def call(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "assay", *map(str, arguments)],
        capture_output=True, text=True, env={**os.environ, **environment}, timeout=300, check=False,
    )  # fmt: skip


def log_made_up_run(journal: Path, experiment: str = "icu/Test") -> at.RunInfo:
    """27 records; the journal is closed after it."""
    run = at.Run(experiment=experiment, run_name="night", journal=journal, tags={"data": "made up"})
    run.log_params({"depth": 3})
    for step in range(20):
        run.log_metric("loss", 1 / (step + 1), step=step)
    run.log_metrics({"nan": math.nan, "up": math.inf, "zero": -0.0})
    run.log_text("made-up note, with a comma", "notes/a.txt")
    run.end()
    return run.info


def test_alerts(journal: Path, tmp_path: Path) -> None:
    log_made_up_run(journal)
    rules, told = tmp_path / "rules.json", tmp_path / "told.jsonl"
    rule = {"metric": "loss", "is": "> 0.9"}
    rules.write_text(json.dumps({"rules": [rule], "channels": [{"file": str(told)}]}))
    first = call("track", "alerts", rules, journal)
    assert (first.returncode, first.stderr) == (0, "")
    assert "metric loss > 0.9 in run" in first.stdout
    assert first.stdout.endswith("1 new incidents, 1 messages sent, 0 wait\n")
    again = call("track", "alerts", rules, journal)
    assert again.stdout == "0 new incidents, 0 messages sent, 0 wait\n"
    assert len(told.read_text().splitlines()) == 1
    elsewhere = call("track", "alerts", rules, journal, "--state", tmp_path / "state")
    assert elsewhere.stdout.endswith("1 new incidents, 1 messages sent, 0 wait\n")
    rules.write_text(json.dumps({"rules": [rule], "channels": [{"file": str(tmp_path / "no" / "folder")}]}))
    away = call("track", "alerts", rules, journal, "--state", tmp_path / "third")
    assert away.returncode == 3
    assert away.stdout.endswith("1 new incidents, 0 messages sent, 1 wait\n")
    rules.write_text('{"rules": [{"metric": "loss"}]}')
    wrong = call("track", "alerts", rules, journal)
    assert wrong.returncode == 2
    assert "comparison" in wrong.stderr


def test_status_and_show(journal: Path) -> None:
    run = log_made_up_run(journal)
    done = call("track", "status", journal)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 runs, 27 records in 1 segments (0 open), 1 artifacts" in done.stdout
    assert "delivered to no server yet" in done.stdout
    assert "icu/Test/night: 23 points, 1 artifacts" in done.stdout
    told = json.loads(call("track", "status", journal, "--json").stdout)
    assert told["records"] == 27
    assert told["runs"][0]["status"] == "FINISHED"
    for name in (run.run_id, run.run_id[:6], "night"):
        shown = call("track", "show", name, journal).stdout
        assert "param      depth = 3" in shown
        assert "metric     loss: 20 points" in shown
        assert "artifact   notes/a.txt: 26 bytes" in shown
    missing = call("track", "show", "nobody", journal)
    assert missing.returncode == 2
    assert "nobody" not in missing.stderr
    assert call("track", "status", journal.parent / "typo").returncode == 2


def test_export_gives_every_record_back(journal: Path, tmp_path: Path) -> None:
    run = log_made_up_run(journal)
    lines = [json.loads(line) for line in call("track", "export", journal).stdout.splitlines()]
    assert len(lines) == 27
    assert [line["sequence"] for line in lines] == list(range(1, 28))
    loss = [line for line in lines if line["kind"] == "metric" and line["key"] == "loss"]
    assert [line["value"] for line in loss] == [1 / (s + 1) for s in range(20)]
    assert {line["key"]: line["value"] for line in lines if line["kind"] == "metric"}["nan"] == "NaN"
    assert all(line["run"] == run.run_id for line in lines)

    done = call("track", "export", journal, "--format", "csv", "--out", tmp_path / "all.csv")
    assert done.returncode == 0
    assert "27 records" in done.stdout
    with open(tmp_path / "all.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 27
    assert [float(row["value"]) for row in rows if row["key"] == "loss"] == [1 / (s + 1) for s in range(20)]
    assert math.copysign(1, float(next(row["value"] for row in rows if row["key"] == "zero"))) == -1

    log_made_up_run(journal)
    of_one = call("track", "export", journal, "--run", run.run_id).stdout.splitlines()
    assert len(of_one) == 27


def test_gc_removes_nothing_that_waits(journal: Path) -> None:
    log_made_up_run(journal)
    done = call("track", "gc", journal)
    assert done.returncode == 0
    assert "removed 0 records" in done.stdout
    assert "kept: 1 segments wait for delivery" in done.stdout
    assert journal_tools.journal_status(journal).records == 27


@pytest.mark.mlflow
def test_verify_and_gc_after_delivery(mlflow_server: MlflowServer, rest: Any, journal: Path) -> None:
    name = f"icu/{uuid.uuid4().hex[:8]}"
    run = log_made_up_run(journal, name)
    url = mlflow_server.url
    nothing = call("track", "verify", journal, "--tracking", url)
    assert nothing.returncode == 3
    assert at.sync(journal, url).complete
    done = call("track", "verify", journal, "--tracking", url)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 runs, 23 points of 4 metrics" in done.stdout
    assert "all equal" in done.stdout

    # A point that the journal does not hold, and one that is no longer the last.
    (server_id,) = journal_tools.find_run(
        journal_tools.journal_status(journal), "night"
    ).server_run_ids.values()
    rest.post(
        "runs/log-metric",
        {"run_id": server_id, "key": "loss", "value": 9.0, "timestamp": 1, "step": 0},
    )
    differs = call("track", "verify", journal, "--tracking", url)
    assert differs.returncode == 3
    assert "history of metric 'loss': 1 point(s) that the journal does not hold" in differs.stderr

    report = journal_tools.collect_garbage(journal, dry_run=True)
    assert (report.segments_removed, report.records_removed) == (1, 27)
    assert journal_tools.journal_status(journal).records == 27
    assert "removed 27 records" in call("track", "gc", journal, "--tracking", url).stdout
    assert journal_tools.journal_status(journal).records == 0
    assert rest.run(server_id)["info"]["run_name"] == run.run_name


@pytest.mark.mlflow
def test_verify_of_documents(mlflow_server: MlflowServer, rest: Any, journal: Path) -> None:
    name = f"icu/{uuid.uuid4().hex[:8]}"
    model = f"P2T2.ai_results.judge_evaluator_{uuid.uuid4().hex[:8]}"
    with at.start_run(experiment=name, journal=journal) as run:
        at.log_input({"heart_rate": [61.0, 72.0]}, context="training", name="made-up vitals")
        run.log_model(clinical.JudgeEvaluator(), "judge", registered_model_name=model, alias="staging")
        with at.start_span("outer") as outer, at.start_span("inner"):
            pass
        at.log_feedback(outer.trace_id, "understanding", 4, user="made up")
    first = at.sync(journal, mlflow_server.url)
    assert first.complete and first.verified is not None
    for report in (first.verified, journal_tools.verify(journal, mlflow_server.url)):
        assert report.differences == []
        counts = (report.datasets, report.models, report.traces, report.spans, report.assessments)
        assert counts == (1, 1, 1, 2, 1)
    done = call("track", "verify", journal, "--tracking", mlflow_server.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 traces of 2 spans, 1 datasets, 1 logged models, 1 model versions, 1 assessments" in done.stdout

    client = at.MlflowClient(mlflow_server.url)
    experiment = rest.run(first.run_ids[run.info.run_id])["info"]["experiment_id"]
    assert client.delete_traces(experiment, trace_ids=[outer.trace_id]) == 1
    client.delete_registered_model(model)
    differs = call("track", "verify", journal, "--tracking", mlflow_server.url)
    assert differs.returncode == 3
    assert f"trace {outer.trace_id}: missing" in differs.stderr
    assert f"trace {outer.trace_id}: assessment missing" in differs.stderr
    assert f"model '{model}': the version registered is missing" in differs.stderr


@pytest.mark.mlflow
def test_watch_delivers_what_is_logged_later(mlflow_server: MlflowServer, rest: Any, tmp_path: Path) -> None:
    name = f"icu/{uuid.uuid4().hex[:8]}"
    watch = subprocess.Popen(
        [sys.executable, "-m", "assay", "sync", str(tmp_path), "--watch", "--interval", "0.2"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "MLFLOW_TRACKING_URI": mlflow_server.url, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert watch.stdout is not None
    try:
        assert "as it is logged" in watch.stdout.readline()
        with at.start_run(experiment=name, journal=tmp_path / "journal"):
            at.log_metric("m", 1.0)
            assert "1 metrics" in watch.stdout.readline()  # while the run goes on
            (run,) = rest.runs_of(name)
            assert run["info"]["status"] == "RUNNING"
        said = watch.stdout.readline()
        assert "all delivered" in said or "runs ended" in said
        if "all delivered" in said:
            assert "runs ended" in watch.stdout.readline()
    finally:
        watch.send_signal(signal.SIGINT)
        _, errors = watch.communicate(timeout=60)
    assert watch.returncode == 0, errors
    (run,) = rest.runs_of(name)
    assert run["info"]["status"] == "FINISHED"


def test_watch_says_once_that_the_server_is_away(journal: Path) -> None:
    log_made_up_run(journal)
    watch = subprocess.Popen(
        [sys.executable, "-m", "assay", "sync", str(journal), "--watch", "--interval", "0.1"],
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        env={**os.environ, "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{free_port()}"},
    )  # fmt: skip
    assert watch.stderr is not None
    assert "27 records wait in the journal" in watch.stderr.readline()
    watch.send_signal(signal.SIGTERM)
    _, errors = watch.communicate(timeout=60)
    assert watch.returncode == 3
    assert errors.splitlines() == ["assay: ended before all was delivered; the rest is in the journal"]


def test_the_limit_comes_from_the_environment(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_JOURNAL_MAX_BYTES", "100000")

    def fill(run: at.Run) -> None:
        for step in range(10_000):
            run.log_metric("m", step, step=step)

    with at.start_run(journal=journal) as run:
        with pytest.raises(assay.IoError, match="limit of 100000 bytes"):
            fill(run)
        taken = journal_tools.journal_status(journal).runs[0].records["metric"]
        assert taken > 100
    (summary,) = journal_tools.journal_status(journal).runs
    assert (summary.status, summary.records["metric"]) == ("FINISHED", taken)

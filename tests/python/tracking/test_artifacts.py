"""Artifacts of a real MLflow server, sent and fetched, and compared with what MLflow's own listing says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import pytest

import assay
from assay import tracking as at
from assay.tracking import artifacts
from assay.tracking.local import MlflowServer, free_port

pytestmark = pytest.mark.mlflow


def new_run(url: str) -> str:
    def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{url}/api/2.0/mlflow/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return dict(json.load(answer))

    experiment = post("experiments/create", {"name": f"icu/{uuid.uuid4().hex[:8]}"})["experiment_id"]
    run = post("runs/create", {"experiment_id": experiment, "start_time": 1})["run"]
    return str(run["info"]["run_id"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Made-up files, one with a name that needs escaping, one of several MB, one empty."""
    root = tmp_path / "made_up"
    (root / "notes" / "deep").mkdir(parents=True)
    (root / "summary.json").write_text('{"made up": true}')
    (root / "notes" / "M00001 é+.txt").write_text("made-up note é")
    (root / "notes" / "deep" / "empty.txt").write_bytes(b"")
    (root / "weights.bin").write_bytes(os.urandom(3_000_000))
    return root


def test_a_folder_goes_up_and_comes_down(
    mlflow_server: MlflowServer, rest: Any, folder: Path, tmp_path: Path
) -> None:
    run_id = new_run(mlflow_server.url)
    sent = artifacts.upload_artifacts(folder, run_id=run_id, tracking_uri=mlflow_server.url)
    assert len(sent) == 4
    assert rest.artifact(run_id, "notes/M00001 é+.txt").decode() == "made-up note é"
    at.set_tracking_uri(mlflow_server.url)
    listed = at.list_artifacts(run_id=run_id)
    assert [(file.path, file.is_dir) for file in listed] == [
        ("notes", True),
        ("summary.json", False),
        ("weights.bin", False),
    ]
    assert [file.file_size for file in listed] == [None, 17, 3_000_000]
    assert [file.path for file in at.list_artifacts(f"runs:/{run_id}/notes")] == [
        "M00001 é+.txt",
        "deep",
    ]
    assert at.list_artifacts(run_id=run_id, artifact_path="nothing") == []
    place = Path(at.download_artifacts(run_id=run_id, dst_path=tmp_path / "all"))
    assert place == tmp_path / "all"
    for file in (file for file in folder.rglob("*") if file.is_file()):
        assert (place / file.relative_to(folder)).read_bytes() == file.read_bytes()
    one = at.download_artifacts(f"runs:/{run_id}/notes/deep/empty.txt", dst_path=tmp_path / "one")
    assert one == str(tmp_path / "one" / "empty.txt")
    assert Path(one).read_bytes() == b""
    below = at.download_artifacts(run_id=run_id, artifact_path="notes", dst_path=tmp_path / "below")
    assert sorted(p.name for p in Path(below).rglob("*.txt")) == ["M00001 é+.txt", "empty.txt"]
    uri = rest.run(run_id)["info"]["artifact_uri"]
    again = at.download_artifacts(f"{uri}/weights.bin")
    assert Path(again).read_bytes() == (folder / "weights.bin").read_bytes()


def test_a_run_of_the_journal_is_known_by_its_own_id(
    mlflow_server: MlflowServer, journal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_JOURNAL", str(journal))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_server.url)
    monkeypatch.setenv("ASSAY_SYNC_AT_END", "0")
    with at.start_run(experiment=f"icu/{uuid.uuid4().hex[:8]}") as run:
        at.log_text("made-up note", "notes/a.txt")
        at.log_text("an earlier one", "notes/b.txt")
        at.log_text("a later one", "notes/b.txt")
    with pytest.raises(assay.HttpError, match="RESOURCE_DOES_NOT_EXIST"):
        at.download_artifacts(run_id=run.info.run_id)
    report = at.sync()
    assert report.complete, report.problems
    assert report.verified is not None
    assert report.verified.ok
    got = at.download_artifacts(run_id=run.info.run_id, artifact_path="notes", dst_path=tmp_path / "got")
    assert (Path(got) / "a.txt").read_text() == "made-up note"
    assert (Path(got) / "b.txt").read_text() == "a later one"


def test_a_model_version_is_fetched_by_its_alias(
    mlflow_server: MlflowServer, folder: Path, tmp_path: Path
) -> None:
    run_id = new_run(mlflow_server.url)
    url = mlflow_server.url
    artifacts.upload_artifacts(folder, run_id=run_id, artifact_path="model", tracking_uri=url)
    name = f"P2T2.ai_results.{uuid.uuid4().hex[:8]}"

    def post(path: str, body: dict[str, Any]) -> None:
        request = urllib.request.Request(
            f"{url}/api/2.0/mlflow/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        urllib.request.urlopen(request, timeout=60).close()

    post("registered-models/create", {"name": name})
    source = f"runs:/{run_id}/model"
    listed = at.list_artifacts(f"runs:/{run_id}", tracking_uri=url)
    assert [file.path for file in listed] == ["model"]
    post("model-versions/create", {"name": name, "source": source, "run_id": run_id})
    post("registered-models/alias", {"name": name, "alias": "staging", "version": "1"})
    for model in (f"models:/{name}@staging", f"models:/{name}/1"):
        place = Path(at.download_artifacts(model, dst_path=tmp_path / model[-1], tracking_uri=url))
        assert (place / "weights.bin").read_bytes() == (folder / "weights.bin").read_bytes()
    with pytest.raises(assay.HttpError):
        at.download_artifacts(f"models:/{name}@nobody", tracking_uri=url)


def test_what_is_not_there_is_said(mlflow_server: MlflowServer, tmp_path: Path) -> None:
    run_id = new_run(mlflow_server.url)
    with pytest.raises(assay.HttpError, match="nothing of that name"):
        at.download_artifacts(run_id=run_id, artifact_path="no.txt", tracking_uri=mlflow_server.url)
    with pytest.raises(assay.ValueError, match="MLFLOW_TRACKING_URI"):
        at.list_artifacts(run_id=run_id)
    with pytest.raises(assay.ValueError, match="either"):
        at.list_artifacts(tracking_uri=mlflow_server.url)
    with pytest.raises(assay.ValueError, match="--serve-artifacts"):
        at.list_artifacts("s3://bucket/1", tracking_uri=mlflow_server.url)
    away = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(assay.HttpError, match="no answer"):
        at.list_artifacts("mlflow-artifacts:/1", tracking_uri=away)


def test_a_bar_is_shown_on_a_terminal_alone(capsys: pytest.CaptureFixture[str]) -> None:
    class Terminal:
        """A stream that says it is a terminal, and keeps what is written."""

        def __init__(self) -> None:
            self.text = ""

        def write(self, text: str) -> int:
            self.text += text
            return len(text)

        def flush(self) -> None: ...

        def isatty(self) -> bool:
            return True

    with artifacts._bar("Downloading", None) as report:
        assert report is None
    terminal = Terminal()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", terminal)
        patch.setattr(artifacts, "_BAR_AFTER", -1.0)
        patch.setenv("TERM", "xterm")
        with artifacts._bar("Downloading", None) as report:
            assert report is not None
            report(1, 3, 500, 1000)
        assert "Downloading 3 files" in terminal.text
        patch.setenv("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
        with artifacts._bar("Downloading", None) as report:
            assert report is None


@pytest.mark.slow
def test_memory_does_not_grow_with_the_size(mlflow_server: MlflowServer, tmp_path: Path) -> None:
    """The peak of a process that moves 8 MB, and of one that moves 200 MB, both ways."""
    run_id = new_run(mlflow_server.url)
    script = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from assay.tracking import artifacts
        file, url, run_id, out = sys.argv[1:]
        artifacts.upload_artifacts(file, run_id=run_id, tracking_uri=url)
        artifacts.download_artifacts(
            run_id=run_id, artifact_path=Path(file).name, dst_path=out, tracking_uri=url
        )
        lines = Path("/proc/self/status").read_text().splitlines()
        print(next(line.split()[1] for line in lines if line.startswith("VmHWM:")))
        """
    )
    peaks = []
    for megabytes in (8, 200):
        file = tmp_path / f"{megabytes}.bin"
        with open(file, "wb") as out:
            for _ in range(megabytes):
                out.write(os.urandom(1_000_000))
        done = subprocess.run(
            [sys.executable, "-c", script, str(file), mlflow_server.url, run_id, str(tmp_path / "out")],
            capture_output=True,
            text=True,
            check=True,
        )
        peaks.append(int(done.stdout) / 1024)
        assert (tmp_path / "out" / file.name).read_bytes() == file.read_bytes()
    assert peaks[1] < peaks[0] + 8

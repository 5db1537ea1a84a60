"""Uploads and downloads in parts: a real MLflow server whose store is S3, as moto plays it on this machine."""

from __future__ import annotations

import os
import subprocess
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from assay import tracking as at
from assay.tracking import artifacts
from assay.tracking.local import MlflowServer, find_mlflow, free_port

pytestmark = [pytest.mark.mlflow, pytest.mark.slow]


class Store:
    """S3 on loopback: objects are kept in memory, signatures are not checked."""

    def __init__(self, url: str) -> None:
        self.url = url

    def listing(self) -> str:
        with urllib.request.urlopen(f"{self.url}/artifacts?list-type=2", timeout=60) as answer:
            return str(answer.read().decode())


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    mlflow = find_mlflow()
    program = Path(mlflow[0]).with_name("moto_server") if mlflow else None
    if program is None or not program.exists():
        pytest.skip("moto is not installed beside MLflow; pip install 'moto[s3]' flask flask-cors boto3 there")
    port = free_port()
    with open(tmp_path_factory.mktemp("moto") / "log", "wb") as log:
        command = [str(program), "-H", "127.0.0.1", "-p", str(port)]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait_for(f"http://127.0.0.1:{port}/moto-api/", process)
        request = urllib.request.Request(f"http://127.0.0.1:{port}/artifacts", method="PUT")
        urllib.request.urlopen(request, timeout=60).close()
        yield Store(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "moto ended"
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)  # there is nothing else to wait on
    raise AssertionError("moto did not answer")


@pytest.fixture(scope="module")
def s3_server(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_S3_ENDPOINT_URL", store.url)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "made-up")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        folder = tmp_path_factory.mktemp("mlflow_s3")
        with MlflowServer(folder, timeout=300, artifacts="s3://artifacts/root") as server:
            yield server


def test_a_large_artifact_travels_in_parts(
    s3_server: MlflowServer, store: Store, journal: Path, tmp_path: Path
) -> None:
    """Logged, delivered, read back by hash, and fetched: 70 MB, which is five parts."""
    large = tmp_path / "weights.bin"
    with open(large, "wb") as out:
        for _ in range(70):
            out.write(os.urandom(1_000_000))
    with at.start_run(experiment=f"icu/{uuid.uuid4().hex[:8]}", journal=journal) as run:
        at.log_artifact(large, "model")
        at.log_text("made-up note é", "notes/a b.txt")
    report = at.sync(journal, s3_server.url)
    assert report.complete, (report.stopped_by, report.problems)
    assert report.verified is not None
    assert report.verified.differences == []
    assert report.verified.artifacts == 2
    assert '-5"' in store.listing().replace("&quot;", '"')  # S3's ETag of an object made of five parts
    assert list(journal.glob("sync/*/uploads/*")) == []
    run_id = report.run_ids[run.info.run_id]
    place = at.download_artifacts(run_id=run_id, dst_path=tmp_path / "got", tracking_uri=s3_server.url)
    assert (Path(place) / "model" / "weights.bin").read_bytes() == large.read_bytes()
    assert (Path(place) / "notes" / "a b.txt").read_text() == "made-up note é"
    again = artifacts.upload_artifacts(large, run_id=run_id, tracking_uri=s3_server.url)
    assert again[0].file_size == 70_000_000

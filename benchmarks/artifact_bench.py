"""One large artifact to an MLflow server and back: Assay, and MLflow's own client, against the same server.

    python benchmarks/run.py --only artifact

The server keeps artifacts in a local folder, so that both sides send and fetch one stream through its proxy. Memory
is the peak of the whole process (VmHWM), and what the transfer added to what the process held before it. Assay hashes
what it sends and fetches (SHA-256), MLflow does not; the files are compared after the last round.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import harness

FULL_BYTES = 1_000_000_000
NAME = "weights.bin"


def make_file(path: Path, size: int) -> None:
    """Bytes that do not compress and do not repeat."""
    import random

    source = random.Random(20240101)
    with open(path, "wb") as out:
        for begin in range(0, size, 1 << 20):
            out.write(source.randbytes(min(1 << 20, size - begin)))


def digest_of(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def upload_by_assay(folder: Path, url: str, run_id: str) -> Callable[[], Any]:
    from assay.tracking import artifacts

    return lambda: artifacts.upload_artifacts(folder / NAME, run_id=run_id, tracking_uri=url)


def upload_by_mlflow(folder: Path, url: str, run_id: str) -> Callable[[], Any]:
    import mlflow

    client = mlflow.MlflowClient(url)
    return lambda: client.log_artifact(run_id, str(folder / NAME))


def download_by_assay(folder: Path, url: str, run_id: str) -> Callable[[], Any]:
    from assay.tracking import artifacts

    place = folder / "assay"
    return lambda: artifacts.download_artifacts(
        run_id=run_id, artifact_path=NAME, dst_path=place, tracking_uri=url
    )


def download_by_mlflow(folder: Path, url: str, run_id: str) -> Callable[[], Any]:
    import mlflow

    place = folder / "mlflow"
    return lambda: mlflow.artifacts.download_artifacts(
        run_id=run_id, artifact_path=NAME, dst_path=str(place), tracking_uri=url
    )


JOBS: dict[str, Callable[[Path, str, str], Callable[[], Any]]] = {
    "assay_upload": upload_by_assay,
    "mlflow_upload": upload_by_mlflow,
    "assay_download": download_by_assay,
    "mlflow_download": download_by_mlflow,
}


def run(folder: Path, *, rounds: int, scale: float) -> dict[str, Any]:
    from assay.tracking.local import MlflowServer

    size = max(1, int(FULL_BYTES * scale))
    make_file(folder / NAME, size)
    with MlflowServer(folder / "server") as server:
        run_id = _create_run(server.url)
        jobs = [[name, str(folder), server.url, run_id] for name in JOBS]
        results = harness.compare(Path(__file__), jobs, min(rounds, 3))
    wanted = digest_of(folder / NAME)
    for copy in (folder / "assay" / NAME, folder / "mlflow" / NAME):
        if copy.exists() and digest_of(copy) != wanted:
            raise SystemExit(f"artifact: {copy.parent.name} fetched another content than was sent")
    found = {name.split()[0]: result for name, result in results.items()}
    return {"bytes": size, "results": found, "markdown": _markdown(found, size)}


def _create_run(url: str) -> str:
    body = json.dumps({"experiment_id": "0", "start_time": int(time.time() * 1000)}).encode()
    request = urllib.request.Request(
        f"{url}/api/2.0/mlflow/runs/create", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return str(json.load(answer)["run"]["info"]["run_id"])


def _markdown(found: dict[str, dict[str, Any]], size: int) -> str:
    lines = [
        f"| {size / 1e9:.2g} GB | median s | best s | MB/s | peak MB | of which the transfer |",
        "|---|---|---|---|---|---|",
    ]
    for name, result in found.items():
        if "error" in result:
            lines.append(f"| {name} | failed: {result['error']} | | | | |")
            continue
        lines.append(
            f"| {name} | {result['median_seconds']:.2f} | {result['best_seconds']:.2f} "
            f"| {size / 1e6 / result['median_seconds']:.0f} | {result['peak_bytes'] / 1e6:.0f} "
            f"| {result['outcome']['added_mb']:.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    name, folder, url, run_id = sys.argv[1:5]
    job = JOBS[name](Path(folder), url, run_id)
    held = harness.memory("VmRSS")

    def transfer() -> dict[str, float]:
        job()
        return {"added_mb": (harness.memory("VmHWM") - held) / 1e6}

    harness.run_here(transfer)


if __name__ == "__main__":
    main()

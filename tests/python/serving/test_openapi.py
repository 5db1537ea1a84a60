"""What schemathesis makes of the server's own OpenAPI: nothing is found."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest
from served import Versions, serving

from assay.serving import Access, ApiKeys, Limits, Service, new_key


def schemathesis(port: int, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    if importlib.util.find_spec("schemathesis") is None:
        pytest.skip("schemathesis is not installed")
    command = "import sys; from schemathesis.cli import schemathesis; sys.argv[0] = 'st'; schemathesis()"
    return subprocess.run(
        [sys.executable, "-c", command, "run", f"http://127.0.0.1:{port}/openapi.json", *options],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=300,
        check=False,
    )


@pytest.mark.slow
def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    key, entry = new_key("tests", "admin")
    access = Access(ApiKeys(json.dumps({"keys": [entry]})))
    with serving(Service(Versions(), access=access, limits=Limits(rate=1e6))) as port:
        done = schemathesis(port, tmp_path, "--header", f"X-API-Key: {key}", "--max-examples", "6")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    assert "No issues found" in done.stdout

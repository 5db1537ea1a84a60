"""A test that lacks its server is skipped with a reason, or fails where all servers are required."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import pytest
@pytest.fixture
def database(): pytest.skip("PostgreSQL is not installed; on Debian: apt-get install postgresql")
def test_server(database): pass
@pytest.mark.skipif(True, reason="Chromium is not installed")
def test_browser(): pass
def test_elsewhere(): pytest.skip("only Linux says who holds a port")
"""


@pytest.mark.parametrize("required", ["1", "0"])
def test_a_missing_server_is_no_silent_skip(tmp_path: Path, required: str) -> None:
    shutil.copy(Path(__file__).with_name("conftest.py"), tmp_path)
    (tmp_path / "test_it.py").write_text(TESTS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "-c", os.devnull, str(tmp_path)],
        capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path,
        env={**os.environ, "ASSAY_REQUIRE_SERVERS": required, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    if required == "1":
        assert "1 skipped, 2 errors" in done.stdout
        assert (
            "PostgreSQL is not installed; on Debian: apt-get install postgresql (a failure by" in done.stdout
        )
        assert done.returncode == 1
    else:
        assert "3 skipped" in done.stdout
        assert done.returncode == 0

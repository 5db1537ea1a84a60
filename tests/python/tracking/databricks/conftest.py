"""A made-up workspace, and the variables that lead to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_databricks import FakeWorkspace

from assay.tracking.databricks import Workspace

PREFIXES = ("DATABRICKS_", "ARM_", "AZURE_", "ASSAY_DATABRICKS_")


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of the machine's own, and no proxy on the way to loopback."""
    import os

    for name in list(os.environ):
        if name.startswith(PREFIXES):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def fake(clean: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeWorkspace]:
    with FakeWorkspace() as server:
        monkeypatch.setenv("DATABRICKS_HOST", server.url)
        monkeypatch.setenv("DATABRICKS_TOKEN", server.pat)
        yield server
    assert server.violations == []


@pytest.fixture
def workspace(fake: FakeWorkspace) -> Workspace:
    """Signed in with a personal access token; the clouds' storage is the fake's."""
    return Workspace(
        s3_endpoint=f"{fake.url}/s3",
        azure_endpoint=f"{fake.url}/azure",
        gcs_endpoint=f"{fake.url}/gcs",
        deadline=20,
    )

"""Fixtures of the tests of serving."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from serve_command import Start, servers


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts `assay lims serve` in the test's folder; gives the process and its port."""
    with servers(tmp_path) as begin:
        yield begin

from __future__ import annotations

from pathlib import Path

import pytest
from made_up_devices import MadeUpRisk, write_devices

pytest.importorskip("deltalake")
pytest.importorskip("xlsxwriter")

FLEET = [("A1", 100, 10), ("B2", 60, 6), ("C3", 40, 2), ("D4", 0, 0), ("E5", 80, 4)]
"""Risks 100, 60, 30, 0 and 60: three high, one medium, one low. Made up."""


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    return write_devices(tmp_path / "devices.csv", FLEET)


@pytest.fixture
def model() -> MadeUpRisk:
    return MadeUpRisk()

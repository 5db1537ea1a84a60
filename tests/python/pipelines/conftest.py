from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def example() -> Path:
    """The patient that ships with Assay: made-up data."""
    return ROOT / "examples" / "data" / "patient_m00001"


@pytest.fixture
def patient(example: Path, tmp_path: Path) -> Path:
    """A copy of the example that a test may damage."""
    return Path(shutil.copytree(example, tmp_path / "patient"))


@pytest.fixture(scope="session")
def mimic(test_data: Path) -> Path:
    """The MIMIC-IV demo, flat; the test is skipped where the test data are absent."""
    return test_data / "mimic_iv_demo"


@pytest.fixture(scope="session")
def golden() -> Path:
    return ROOT / "tests" / "golden"

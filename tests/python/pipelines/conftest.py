from __future__ import annotations

import os
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
def mimic() -> Path:
    """The MIMIC-IV demo, flat; the test is skipped where it is absent."""
    folder = Path(os.environ.get("ASSAY_TEST_DATA", ROOT.parent / "shared" / "data")) / "mimic_iv_demo"
    if not folder.is_dir():
        pytest.skip(f"no MIMIC-IV demo at {folder}; set ASSAY_TEST_DATA to the folder of the test data")
    return folder


@pytest.fixture(scope="session")
def golden() -> Path:
    return ROOT / "tests" / "golden"

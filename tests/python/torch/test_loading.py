"""torch is loaded on first use only, and the message says what to install."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import assay
from assay.models import _libtorch


@pytest.fixture(autouse=True)
def _forget() -> None:
    _libtorch.load.cache_clear()


def test_import_assay_touches_no_torch() -> None:
    code = "import sys, assay, assay.models, assay.cli; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


def test_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    with pytest.raises(assay.StateError, match=r"not installed: pip install 'torch==\d+\.\d+\.\*'$"):
        _libtorch.load()


@pytest.mark.parametrize("version", ["2.12.1", "2.130.0", "3.13.0+cu130", "2"])
def test_another_minor_version(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: version)
    with pytest.raises(assay.StateError, match=rf"torch {re.escape(version)} is installed: pip install"):
        _libtorch.load()


def test_built_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: f"{_libtorch.MINOR}.4+cu128")
    monkeypatch.setattr(_libtorch.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(assay.StateError, match="because torch was not there when it was built"):
        _libtorch.load()


def test_the_extra_names_the_same_minor() -> None:
    project = Path(__file__).parents[3] / "pyproject.toml"
    assert f'torch = ["torch=={_libtorch.MINOR}.*"]' in project.read_text(encoding="utf-8")

"""Places that cannot be written to: said before the work, with the place and the option that chose it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from assay import IoError
from assay.cli import main_group
from assay.pipelines import device_failure
from assay.pipelines.job import is_bad_input
from assay.pipelines.options import make_folder

CLOSED = Path("/sys")
"""Takes nobody's files, an administrator's included."""


def refused(*command: str) -> str:
    result = CliRunner().invoke(main_group, list(command), env={"MLFLOW_TRACKING_URI": None})
    assert result.exception is not None and is_bad_input(result.exception)  # the command ends with 2
    return str(result.exception)


def test_training_looks_at_its_folder_before_it_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_failure, "read_source", None)
    file = tmp_path / "rows.csv"
    file.write_text("a\n1\n", encoding="utf-8")
    said = refused("lims", "train", str(file), "--out", str(file / "out"))
    assert said.startswith(f"write {file / 'out'}: ") and said.endswith("with --out")


@pytest.mark.skipif(not CLOSED.is_dir(), reason="no /sys here")
def test_a_folder_that_is_there_and_closed_is_refused() -> None:
    with pytest.raises(IoError, match=r"write /sys: .* with --out"):
        make_folder(CLOSED)


def test_a_folder_is_left_empty(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_keys_are_named_with_their_option(tmp_path: Path) -> None:
    pytest.importorskip("fastapi")
    (tmp_path / "file").touch()
    keys = tmp_path / "file" / "keys.json"
    said = refused("lims", "serve-key", "ward", "--keys", str(keys))
    assert said.startswith(f"write {keys}: ") and said.endswith("with --keys")

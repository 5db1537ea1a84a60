"""The Python blocks of docs/laboratory/databases.md run as they stand, one after the other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from lims_server import made_up_results

PAGE = Path(__file__).resolve().parents[4] / "docs/laboratory/databases.md"


def test_the_page_on_databases_runs(server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made_up_results(server)
    monkeypatch.setenv("LIMS_URI", server.uri)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert blocks
    for number, block in enumerate(blocks, start=1):
        exec(compile(block, f"{PAGE.name}, block {number}", "exec"), names)
    for table in ("lab_results", "results_now"):
        assert names["lake"].read(f"bronze.{table}").num_rows == 100
    assert (tmp_path / "out/lake/lims/bronze/lab_results/observed_date=2026-01-01").is_dir()

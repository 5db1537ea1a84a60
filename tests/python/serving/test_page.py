"""docs/models/serving.md: its Python blocks run, what it says of paths and options is so."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from assay.serving import Limits, create_app
from assay.serving.gate import NEEDS, OPEN

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docs/models/serving.md").read_text(encoding="utf-8")


def test_its_blocks_run_and_its_table_has_the_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for number, block in enumerate(re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL), 1):
        exec(compile(block, f"serving.md, block {number}", "exec"), names)
    [shown] = [
        json.loads(text) for text in re.findall(r"^```json\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    ]
    answer = json.loads(names["answer"].body)
    for each in (*shown["top_features"], *answer["top_features"]):
        each["contribution"] = round(each["contribution"], 3)
    assert answer == shown
    said = set(re.findall(r"^\| (?:GET|POST) (\S+) \|", TEXT, re.MULTILINE))
    assert said == {*NEEDS, *OPEN}
    assert said - {"/openapi.json"} == set(create_app(names["service"]).openapi()["paths"])


def test_what_it_says_of_limits_and_options_is_so() -> None:
    from assay.cli.lims.serve import serve, serve_key

    limits = Limits()
    assert (limits.device_bytes, limits.batch_bytes) == (16 << 10, 1 << 20)
    assert (limits.batch_rows, limits.connections, limits.request_seconds) == (1000, 4096, 20)
    known = {option for each in (serve, serve_key) for parameter in each.params for option in parameter.opts}
    named = set(re.findall(r"(--[a-z][a-z-]+)", TEXT)) - {"--only"}
    assert named <= known, named - known

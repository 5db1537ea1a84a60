"""docs/tracking/feedback.md: its examples run as they stand, and say what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "tracking" / "feedback.md"


def test_the_examples_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)
    said = capsys.readouterr().out
    assert len(blocks) == 6
    assert said.startswith("0.000285 0.41315310\nNone no price is known for our-own-model on ")
    for expected in ("insulin dosing", "gpt-4o-mini", "Flesch", "AlertReport(incidents=[]"):
        assert expected in said

"""docs/laboratory/commands.md: each command prints what stands below it. Its files are made up."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from assay.cli import main_group

ROOT = Path(__file__).resolve().parents[4]
PAGE = ROOT / "docs/laboratory/commands.md"


def commands(page: Path = PAGE) -> list[tuple[str, str]]:
    """Each command and what the page says that it prints."""
    found: list[tuple[str, str]] = []
    for block in re.findall(r"^```console\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


def printed(command: str) -> str:
    program, *arguments = shlex.split(command)
    assert program == "assay"
    result = CliRunner().invoke(main_group, arguments)
    assert result.exit_code == 0, f"{command}: {result.output}{result.exception!r}"
    return result.output


def pattern(output: str) -> str:
    """The output as a regular expression; "…" stands for anything within a line."""
    return "".join(re.escape(part) if part != "…" else ".*" for part in re.split("(…)", output))


def narrow(text: str) -> str:
    """With single blanks: columns are as wide as their numbers."""
    return re.sub(" +", " ", text.rstrip())


def test_each_command_prints_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("deltalake")
    pytest.importorskip("jinja2")
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSAY_DEID_KEY", "5f1f8d3c0a9b7e6d4c2b1a0918273645" * 2)  # of this test alone
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for number, block in enumerate(
        re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    ):
        exec(compile(block, f"{PAGE.name}, block {number}", "exec"), {})
    assert len(commands()) >= 12
    for command, expected in commands():
        actual, said = narrow(printed(command)), narrow(expected)
        assert re.fullmatch(pattern(said), actual), f"$ {command}\n{actual}\n--- the page says\n{said}"


def test_readme_shows_what_the_page_shows() -> None:
    shown = commands(ROOT / "README.md")
    assert shown and set(shown) <= set(commands())

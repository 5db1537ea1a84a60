"""The page on deployment and the section on scores: their commands are Assay's, their Python runs."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from deployed import DEPLOY, parsed

ROOT = DEPLOY.parent
DEPLOY_PAGE = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")


def scores_section() -> str:
    text = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    found = re.search(r"^## Scores every night\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def test_the_commands_of_the_pages() -> None:
    texts = [
        *re.findall(r"`(assay [^`\n]+)`", DEPLOY_PAGE),
        *re.findall(r"^(assay .*)$", scores_section(), re.M),
    ]
    texts += [f"assay {line}" for line in re.findall(r"^docker run .* assay (lims .*)$", DEPLOY_PAGE, re.M)]
    assert len(texts) >= 6
    for text in texts:
        parsed(shlex.split(text)[1:])


def test_the_files_that_the_page_names_are_there() -> None:
    for name in re.findall(r"deploy/[\w/.*-]+\w", DEPLOY_PAGE):
        assert list(ROOT.glob(name)), name


def test_the_keys_of_the_image_are_mounted_as_a_folder_and_belong_to_its_user() -> None:
    image = (DEPLOY / "docker" / "Dockerfile").read_text(encoding="utf-8")
    command = re.search(r"^CMD (\[.*\])$", image, re.MULTILINE)
    user = re.search(r"^USER (\d+)$", image, re.MULTILINE)
    assert command is not None and user is not None
    words = json.loads(command[1])
    keys = Path(words[words.index("--keys") + 1])
    [run] = re.findall(r"^docker run .* -p .* assay$", DEPLOY_PAGE, re.MULTILINE)
    mounts = dict(each.removesuffix(":ro").split(":") for each in re.findall(r"-v (\S+)", run))
    [folder] = [Path(here) for here, there in mounts.items() if Path(there) == keys.parent]
    assert f"--keys {folder.name}/{keys.name} && sudo chown -R {user[1]} {folder.name}" in DEPLOY_PAGE


def test_the_section_on_scores_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for needed in ("deltalake", "pyarrow", "xlsxwriter"):
        pytest.importorskip(needed)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    blocks = re.findall(r"^```python\n(.*?)^```$", scores_section(), re.MULTILINE | re.DOTALL)
    assert blocks
    for number, block in enumerate(blocks, start=1):
        exec(compile(block, f"docs/models.md, scores, block {number}", "exec"), names)
    assert 0 < names["night"].day.high < 300
    assert (tmp_path / "out/scores/device_scores_2026-11-21.xlsx").is_file()

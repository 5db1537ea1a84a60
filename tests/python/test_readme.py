"""The examples that README shows are run as they stand; its C++ example is built by tests/install."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_there_is_one_example_per_language_of_at_most_fifteen_lines() -> None:
    for language in ("python", "cpp"):
        (example,) = blocks(language)
        assert len(example.splitlines()) <= 15


@pytest.mark.slow
def test_the_python_example_runs(tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (example,) = blocks("python")
    done = subprocess.run([sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_cpp_and_cmake_examples_are_one_project() -> None:
    """What tests/install/stranger.sh builds as main.cpp and CMakeLists.txt; here, that the links cover the code."""
    (code,), (project,) = blocks("cpp"), blocks("cmake")
    assert "#include <assay/assay.hpp>" in code
    assert "add_executable(app main.cpp)" in project
    assert "find_package(assay REQUIRED)" in project
    assert "target_link_libraries(app PRIVATE assay::assay)" in project


def test_the_cpp_install_lines_need_no_tests() -> None:
    presets = json.loads((ROOT / "CMakePresets.json").read_text(encoding="utf-8"))
    (preset,) = [p for p in presets["configurePresets"] if p["name"] == "package"]
    assert preset["cacheVariables"]["ASSAY_BUILD_TESTS"] == "OFF"
    assert set(re.findall(r"--preset (\w+)", README)) == {"package"}


def test_nothing_is_installed_under_anothers_name() -> None:
    """The name on PyPI is another project's (docs/adr/0009); nothing of ours is on an index."""
    sources = [*(ROOT / "bindings/python").rglob("*.py"), *(ROOT / "tools").iterdir(), ROOT / "pyproject.toml"]
    texts = {path.name: path.read_text(encoding="utf-8") for path in sources} | {"README.md": README}
    bad = re.compile(r"assay-sdk\[|pip install [^`\n]*assay-")
    assert [name for name, text in texts.items() if bad.search(text)] == []


def test_every_file_that_readme_names_is_there() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_make_target_that_readme_names_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"^make (\w+)", README, re.MULTILINE))
    assert named <= set(re.findall(r"^(\w+):", makefile, re.MULTILINE))

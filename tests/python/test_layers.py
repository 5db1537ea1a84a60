"""The link order is the architecture: what stands to the left never knows what stands to its right."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load_check() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_layers", ROOT / "tools" / "check_layers.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


check = load_check()


def test_includes_links_and_imports_go_left_only() -> None:
    assert check.offences(ROOT) == []


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small correct tree, into which each test plants one offence."""
    for layer in check.LAYERS:
        (tmp_path / "include/assay" / layer).mkdir(parents=True)
        (tmp_path / "bindings/python/assay" / layer).mkdir(parents=True)
    (tmp_path / "src/data").mkdir(parents=True)
    shutil.copy(ROOT / "CMakeLists.txt", tmp_path)
    assert check.offences(tmp_path) == []
    return tmp_path


def test_an_upward_include_is_found(tree: Path) -> None:
    (tree / "src/data/table.cpp").write_text(
        '#include "assay/base/index.hpp"\n#include "assay/judge/judge.hpp"\n'
    )
    assert check.offences(tree) == ["src/data/table.cpp:2: data includes judge to its right"]


def test_a_cycle_is_found(tree: Path) -> None:
    (tree / "include/assay/data/a.hpp").write_text('#include "assay/data/b.hpp"\n')
    (tree / "include/assay/data/b.hpp").write_text('#include "assay/data/a.hpp"\n')
    assert check.offences(tree) == ["cycle: assay/data/a.hpp -> assay/data/b.hpp -> assay/data/a.hpp"]


def test_the_umbrella_inside_the_library_is_found(tree: Path) -> None:
    (tree / "include/assay/judge/judge.hpp").write_text("#include <assay/assay.hpp>\n")
    (offence,) = check.offences(tree)
    assert offence.startswith("include/assay/judge/judge.hpp:1: the umbrella header")


def test_an_upward_link_is_found(tree: Path) -> None:
    cmake = tree / "CMakeLists.txt"
    cmake.write_text(cmake.read_text().replace("LINKS assay::base ", "LINKS assay::base assay::models "))
    assert check.offences(tree) == ["CMakeLists.txt: data links assay::models, not to its left"]


@pytest.mark.parametrize(
    "line",
    [
        "import assay.tracking",
        "from assay import tracking",
        "from ..tracking import Run",
        "from assay._core import tracking",
    ],
)
def test_an_upward_python_import_is_found(tree: Path, line: str) -> None:
    (tree / "bindings/python/assay/features/news2.py").write_text(line + "\n")
    expected = "bindings/python/assay/features/news2.py:1: features imports tracking to its right"
    assert check.offences(tree) == [expected]

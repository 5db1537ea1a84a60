"""The package as installed: lazy, typed, small, and its errors are the builtins' kin."""

from __future__ import annotations

import builtins
import importlib
import importlib.resources
import pickle
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import assay

ROOT = Path(__file__).resolve().parents[2]

KINDS = {
    "ShapeError": builtins.ValueError,
    "SchemaError": builtins.ValueError,
    "ValueError": builtins.ValueError,
    "StateError": RuntimeError,
    "IoError": OSError,
    "HttpError": ConnectionError,
    "AuthError": PermissionError,
}


def modules_after(code: str) -> set[str]:
    """Names of the modules that a fresh interpreter holds after running code."""
    program = f"{code}\nimport sys\nprint(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_import_loads_neither_numpy_nor_the_core() -> None:
    loaded = modules_after("import assay")
    assert not loaded & {"numpy", "assay._core", "pyarrow", "pandas", "rich", "click"}


def test_version_is_that_of_the_distribution_and_of_the_core() -> None:
    from assay import _core

    expected = (ROOT / "VERSION").read_text().strip()
    assert assay.__version__ == expected
    assert _core.__version__ == expected
    assert metadata.version("assay-clinical") == expected


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'quantum'"):
        assay.quantum  # noqa: B018


def test_dir_lists_what_loads_on_first_use() -> None:
    assert {"data", "features", "judge", "models", "pipelines", "tracking", "SchemaError"} <= set(dir(assay))


@pytest.mark.parametrize("name", KINDS)
def test_every_error_is_an_assay_error_and_a_builtin(name: str) -> None:
    kind = getattr(assay, name)
    assert issubclass(kind, assay.Error)
    assert issubclass(kind, KINDS[name])
    assert kind.__module__ == "assay"


def test_the_names_of_the_errors_stand_once() -> None:
    from assay import errors

    assert {"Error", *KINDS} <= set(errors.__all__)
    kinds = {
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, assay.Error)
    }
    assert set(errors.__all__) == kinds
    assert kinds <= set(dir(assay))
    text = (ROOT / "bindings/python/assay/__init__.py").read_text()
    assert [name for name in KINDS if name in text and not hasattr(builtins, name)] == []


def test_a_star_import_leaves_builtins_alone() -> None:
    names: dict[str, object] = {}
    exec("from assay import *", names)
    assert [name for name in names if hasattr(builtins, name) and not name.startswith("__")] == []
    assert names["SchemaError"] is assay.SchemaError
    assert issubclass(assay.ValueError, assay.Error)


PUBLIC = (
    "assay",
    "assay.data",
    "assay.data.names",
    "assay.data.quality",
    "assay.features",
    "assay.judge",
    "assay.models",
    "assay.pipelines",
    "assay.pipelines.clinical",
    "assay.tracking",
)


@pytest.mark.parametrize("name", PUBLIC)
def test_completion_shows_what_is_meant_for_users(name: str) -> None:
    module = importlib.import_module(name)
    assert set(module.__all__) <= set(dir(module))
    assert not set(dir(module)) & {"Any", "TYPE_CHECKING", "annotations", "importlib", "Protocol", "os", "re"}
    assert all(hasattr(module, public) for public in dir(module))


def test_authentication_errors_are_http_errors() -> None:
    assert issubclass(assay.AuthError, assay.HttpError)


def test_http_errors_keep_status_and_code_through_pickle() -> None:
    error = assay.HttpError("the server is busy", 503, "TEMPORARILY_UNAVAILABLE")
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.status, copy.error_code) == ("the server is busy", 503, "TEMPORARILY_UNAVAILABLE")
    assert (assay.HttpError("no answer").status, assay.HttpError("no answer").error_code) == (0, "")


def test_the_package_is_typed_and_holds_its_stubs() -> None:
    package = importlib.resources.files("assay")
    assert (package / "py.typed").is_file()
    assert (package / "_core" / "__init__.pyi").is_file()


def test_no_header_and_no_cmake_file_is_installed() -> None:
    files = metadata.files("assay-clinical")
    assert files is not None
    leaked = [str(f) for f in files if f.suffix in {".hpp", ".cmake", ".a", ".cpp"}]
    assert leaked == []

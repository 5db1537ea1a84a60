"""Loads the extension module on libtorch, once and on first use, or says what to install."""

from __future__ import annotations

import importlib
import importlib.util
from functools import cache
from importlib import metadata
from types import ModuleType

from assay import _native
from assay.errors import StateError

__all__ = ["MINOR", "load"]

MINOR = "2.13"
"""The minor version of torch that Assay is built with (CMake reads it here); libtorch keeps no binary interface."""

_INSTALL = f"pip install 'torch=={MINOR}.*'"


def _found() -> str:
    """The version of torch that is installed; empty without."""
    try:
        return metadata.version("torch")
    except metadata.PackageNotFoundError:
        return ""


@cache
def load() -> ModuleType:
    """The module ``assay._torch``, with torch loaded before it.

    Raises:
        StateError: Torch is missing or of another minor version, or this build of Assay is without the module.
    """
    version = _found()
    if not version:
        raise StateError(f"the CLIP matcher needs torch {MINOR}, and torch is not installed: {_INSTALL}")
    if ".".join(version.split(".")[:2]) != MINOR:
        raise StateError(f"the CLIP matcher needs torch {MINOR}, torch {version} is installed: {_INSTALL}")
    if importlib.util.find_spec("assay._torch") is None:
        raise StateError(
            "this build of Assay is without the CLIP matcher, because torch was not there when it was built; "
            f"{_INSTALL} 'scikit-build-core>=0.10' 'pybind11>=3,<4', then in Assay's source: "
            "pip install --no-build-isolation --no-deps --force-reinstall ."
        )
    importlib.import_module("torch")  # first: its libraries are the ones that the module is bound to
    return _native.clean(importlib.import_module("assay._torch"))

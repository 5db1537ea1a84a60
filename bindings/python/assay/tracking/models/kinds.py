"""Kinds of models: a name and a version for each class that can be saved as parameters and files, never as code."""

from __future__ import annotations

import importlib.metadata
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

from assay import errors

__all__ = ["Model", "kind_of", "model_kind", "model_kinds", "read_model", "write_model"]

DESCRIPTION = "assay_model.json"
FORMAT = 1
ENTRY_POINTS = "assay.models"
"""Installed packages list modules that register kinds under this group; they are imported when a kind is missing."""

BUILTIN = ("assay.tracking.models.clinical", "assay.tracking.models.image_matcher")


@runtime_checkable
class Model(Protocol):
    """A model that can be logged. Register its class with :func:`model_kind`.

    It may also have ``signature`` (a ModelSignature), ``input_example`` (rows, never of a real patient) and
    ``requirements`` (pip's), which `log_model` uses where it is given none.
    """

    def save(self, folder: Path, /) -> Mapping[str, Any]:
        """Writes what is too large for JSON into the folder and returns the rest: JSON parameters."""
        ...

    @classmethod
    def load(cls, folder: Path, parameters: Mapping[str, Any], version: int, /) -> Any:
        """The model from what `save` of that version of its kind left."""
        ...

    def predict(self, data: Any, /) -> Any:
        """The answer for a table; a second argument gets the parameters of inference, where there are some."""
        ...


_Class = TypeVar("_Class", bound=type)
_kinds: dict[str, tuple[type, int]] = {}
_names: dict[type, str] = {}


def model_kind(name: str, *, version: int = 1) -> Callable[[_Class], _Class]:
    """Registers a class as a kind of model::

        @at.model_kind("hospital.sepsis_rule", version=2)
        class SepsisRule: ...

    The name stays with the saved models for good: begin it with the name of your package. Raise `version` when what
    `save` writes changes; `load` is told which one it reads.
    """
    if "." not in name or not all(part.isidentifier() for part in name.split(".")):
        raise errors.ValueError(f"model_kind: expected a name such as 'package.kind', got {name!r}")
    if version < 1:
        raise errors.ValueError(f"model_kind: expected a version from 1, got {version}")

    def register(cls: _Class) -> _Class:
        missing = [
            method for method in ("save", "load", "predict") if not callable(getattr(cls, method, None))
        ]
        if missing:
            raise TypeError(f"model_kind: expected {cls.__name__} to have the methods {', '.join(missing)}")
        known = _kinds.get(name)
        if known is not None and _path(known[0]) != _path(cls):  # a module that is loaded again is the same
            raise errors.StateError(f"model_kind: {name!r} is the class {_path(known[0])} already")
        _kinds[name] = (cls, version)
        _names[cls] = name
        return cls

    return register


def model_kinds() -> dict[str, int]:
    """Names and versions of the kinds that are registered now, those of installed packages included."""
    _import_kinds()
    return {name: version for name, (_, version) in sorted(_kinds.items())}


def kind_of(model: object) -> str | None:
    """The kind that the model's class is registered as, or None."""
    return _names.get(type(model))


def write_model(model: Any, folder: str | os.PathLike[str]) -> None:
    """Writes a model into a folder, which is made: ``assay_model.json`` and whatever files it has."""
    from assay import __version__

    name = kind_of(model)
    if name is None:
        raise TypeError(
            f"save_model: expected a model of a registered kind, got {type(model).__name__}; "
            "register its class with assay.tracking.model_kind"
        )
    root = Path(folder)
    root.mkdir(parents=True, exist_ok=True)
    parameters = dict(model.save(root))
    description = {
        "format": FORMAT,
        "kind": name,
        "kind_version": _kinds[name][1],
        "parameters": parameters,
        "assay_version": __version__,
    }
    try:
        text = json.dumps(description, indent=2, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError):
        raise errors.ValueError(
            f"save_model: expected JSON parameters without NaN from {type(model).__name__}.save"
        ) from None
    (root / DESCRIPTION).write_text(text + "\n", encoding="utf-8")


def read_model(folder: str | os.PathLike[str]) -> Any:
    """The model in a folder that `write_model` wrote.

    Raises
    ------
    assay.IoError
        There is no description.
    assay.ValueError
        It is not one, or of a later format or version than this Assay reads.
    assay.StateError
        No class is registered for its kind.
    """
    file = Path(folder) / DESCRIPTION
    try:
        description = json.loads(file.read_text(encoding="utf-8"))
        name, version = description["kind"], int(description["kind_version"])
        parameters, format = dict(description["parameters"]), int(description["format"])
    except OSError:
        raise errors.IoError(f"load_model: cannot read {file}; expected a model that Assay saved") from None
    except (ValueError, KeyError, TypeError):
        raise errors.ValueError(f"load_model: expected kind, version and parameters in {file}") from None
    if format > FORMAT:
        raise errors.ValueError(f"load_model: expected format {FORMAT}, got {format}; a later Assay wrote it")
    if name not in _kinds:
        _import_kinds()
    if name not in _kinds:
        raise errors.StateError(
            f"load_model: no class is registered for kind {name!r}; install or import the package that has it"
        )
    cls, known = _kinds[name]
    if version > known:
        raise errors.ValueError(
            f"load_model: expected version {known} of kind {name!r} at most, got {version}; "
            "the model was saved by a later version of its package"
        )
    return cls.load(Path(folder), parameters, version)  # type: ignore[attr-defined]


def _import_kinds() -> None:
    for module in BUILTIN:
        importlib.import_module(module)
    for point in importlib.metadata.entry_points(group=ENTRY_POINTS):
        point.load()


def _path(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"

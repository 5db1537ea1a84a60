"""The compiled core with errors that quote no argument.

Where no signature matches, pybind11 ends its TypeError with "Invoked with:" and the arguments themselves: a note,
the text of a file, a name. Importing this module wraps what the core exposes, in place and once: the text keeps
the signatures and says the types that came. Every layer imports it before it takes a name from the core. The
modules that are loaded on first use are cleaned where they are loaded.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

from assay import _core

__all__ = ["LAYERS", "clean"]

LAYERS = (_core.base, _core.data, _core.features, _core.models, _core.judge, _core.tracking)

_QUOTED = "\nInvoked with: "

# They take nothing but the object, or answer NotImplemented.
_HARMLESS = {"__bool__", "__eq__", "__hash__", "__iter__", "__len__", "__ne__", "__repr__", "__str__"}


def _quoting_no_argument(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except TypeError as error:
            text, quoted, _ = str(error).partition(_QUOTED)
            if quoted:
                error.args = (f"{text}\nGot: {_types_of(args, kwargs)}",)
            raise

    return call


def _types_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    by_name = [f"{name}: {type(value).__name__}" for name, value in kwargs.items()]
    return ", ".join([*(type(value).__name__ for value in args), *by_name])


def _wrap_class(cls: type) -> None:
    for name, value in list(vars(cls).items()):
        if name in _HARMLESS:
            continue
        if type(value).__name__ == "instancemethod":
            setattr(cls, name, _quoting_no_argument(value.__func__))
        elif isinstance(value, staticmethod):
            setattr(cls, name, staticmethod(_quoting_no_argument(value.__func__)))
        elif isinstance(value, property) and value.fset is not None:
            setattr(cls, name, value.setter(_quoting_no_argument(value.fset)))


@functools.cache
def clean(module: types.ModuleType) -> types.ModuleType:
    """The same extension module, whose TypeErrors quote no argument from now on."""
    for name, value in list(vars(module).items()):
        if isinstance(value, types.BuiltinFunctionType):
            setattr(module, name, _quoting_no_argument(value))
        elif isinstance(value, type) and value.__module__ == module.__name__:
            _wrap_class(value)
    return module


for _layer in LAYERS:
    clean(_layer)

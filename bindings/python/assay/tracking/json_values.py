"""Any Python value as JSON text, for traces: nothing raises, nothing large is written out by accident."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Mapping, Set
from datetime import date, time, timedelta
from enum import Enum
from pathlib import PurePath
from typing import Any

__all__ = ["json_of"]

_MAX_REPR = 2000
_MAX_LEVELS = 100


def json_of(value: Any) -> str:
    """JSON text of a value; NaN and the infinities are the texts "NaN", "Infinity", "-Infinity".

    Dataclasses and Pydantic models are objects, dates ISO 8601 text, bytes and tables only their size, sets lists;
    anything else is its ``repr``, cut at 2,000 characters. Text that UTF-8 cannot say gets ``?``.
    """
    kind = type(value)
    if kind is str:
        text = _string(value)
    elif kind is int:
        return str(value)
    elif kind is float and math.isfinite(value):
        return float.__repr__(value)
    else:
        try:
            text = _fast(value)
        except Exception:  # NaN, keys of other types, circular references, a property that raises
            text = _fast(_plain(value, 0))
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-8", "replace").decode()
    return text


def _default(value: Any) -> Any:
    for kind, convert in _CONVERSIONS:
        if isinstance(value, kind):
            return convert(value)
    if hasattr(value, "model_dump"):
        return value.model_dump()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
    shape = _shape_of(value)
    if shape:
        return shape
    if hasattr(value, "item") and not hasattr(value, "__len__"):
        return value.item()  # a NumPy scalar
    if hasattr(value, "tolist") and getattr(value, "size", _MAX_REPR) < _MAX_REPR:
        return value.tolist()  # a small array
    return _short_repr(value)


_CONVERSIONS: tuple[tuple[Any, Any], ...] = (
    ((date, time), lambda value: value.isoformat()),
    (timedelta, lambda value: value.total_seconds()),
    (Enum, lambda value: value.value),
    (PurePath, str),
    (Mapping, dict),
    (Set, list),
    ((bytes, bytearray, memoryview), lambda value: f"<{len(value)} bytes>"),
    (BaseException, lambda value: type(value).__qualname__),
)


def _shape_of(value: Any) -> str:
    """ "<Table 3 rows, 2 columns>" of a table or a large array, whose content has no place in a trace."""
    if hasattr(value, "num_rows") and hasattr(value, "column_names"):
        return f"<{type(value).__name__} {value.num_rows} rows, {len(value.column_names)} columns>"
    shape = getattr(value, "shape", None)
    if not isinstance(shape, tuple) or not shape:
        return ""
    if hasattr(value, "columns"):
        return f"<{type(value).__name__} {shape[0]} rows, {shape[1] if len(shape) > 1 else 1} columns>"
    return f"<{type(value).__name__} {'x'.join(map(str, shape))}>" if math.prod(shape) >= _MAX_REPR else ""


def _short_repr(value: Any) -> str:
    try:
        text = repr(value)
    except Exception:
        text = f"<{type(value).__qualname__}>"
    return text if len(text) <= _MAX_REPR else text[: _MAX_REPR - 3] + "..."


_string: Callable[[str], str] = json.encoder.encode_basestring


def _make_encoder() -> Callable[[Any], str]:
    """What ``json.dumps`` makes anew for every call; without its memory of what it is in, a circle is too deep."""
    make: Any = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return json.JSONEncoder(
            ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_default
        ).encode
    chunks = make(None, _default, _string, None, ":", ",", False, False, False)
    return lambda value: "".join(chunks(value, 0))


_fast = _make_encoder()


def _plain(value: Any, level: int) -> Any:
    """The slow way: level by level, so that one bad part does not spoil the rest."""
    if level > _MAX_LEVELS:
        return "..."
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else "NaN" if value != value else f"{'-' * (value < 0)}Infinity"
    if isinstance(value, Mapping):
        return {str(key): _plain(item, level + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple, Set)):
        return [_plain(item, level + 1) for item in value]
    try:
        converted = _default(value)
    except Exception:
        converted = _short_repr(value)
    return _plain(converted, level + 1)

"""De-identification: tokens for identifiers, by keys that never print.

::

    from assay.data import Column, deid

    key = deid.DeidKey.from_env("ASSAY_DEID_KEY")         # openssl rand -hex 32
    tokens = deid.Pseudonymiser(key, "patient_id").tokens(Column(["M00001", "M00002"]))
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from assay import _native  # noqa: F401 - registers the core's submodules, cleans its errors

if TYPE_CHECKING:
    from assay._core.data import DeidKey, Pseudonymiser, normalise_identifier

# Where each public name lives; loaded on first use.
_HOMES = {
    "DeidKey": "assay._core.data",
    "Pseudonymiser": "assay._core.data",
    "normalise_identifier": "assay._core.data",
}

__all__ = ["DeidKey", "Pseudonymiser", "normalise_identifier"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'assay.data.deid' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)

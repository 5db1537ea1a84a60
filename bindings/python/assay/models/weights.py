"""Weight files as mappings of names to NumPy arrays."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay import _native  # noqa: F401 - cleans the core's errors
from assay._core.models import WeightFile, model_files

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Weights", "model_files", "read_weights"]


class Weights(Mapping[str, "NDArray[Any]"]):
    """The tensors of a file by name, in the file's order: read-only views of the mapped file, not copies.

    A bfloat16 tensor is an array of ``ml_dtypes.bfloat16`` where that package is installed, else of its bits as
    uint16; `dtype` tells which tensors those are. An array keeps the mapping alive.
    """

    def __init__(self, file: WeightFile) -> None:
        self._file = file
        self._bfloat16 = importlib.util.find_spec("ml_dtypes") is not None

    def __getitem__(self, name: str) -> NDArray[Any]:
        view: NDArray[Any] = self._file.view(name)
        if self._bfloat16 and self._file.dtype(name) == "bfloat16":
            return view.view(importlib.import_module("ml_dtypes").bfloat16)
        return view

    def __iter__(self) -> Iterator[str]:
        return iter(self._file.names)

    def __len__(self) -> int:
        return len(self._file)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self._file

    def dtype(self, name: str) -> str:
        """The stored type: "float32", "bfloat16", …"""
        return self._file.dtype(name)

    @property
    def metadata(self) -> dict[str, str]:
        """``__metadata__`` of a safetensors file."""
        return self._file.metadata

    def save_safetensors(self, path: str | Path) -> None:
        """Writes the tensors as a safetensors file; the same tensors give the same bytes."""
        self._file.save_safetensors(path)

    def __repr__(self) -> str:
        return f"<Weights of {len(self)} tensors>"


def read_weights(path: str | Path) -> Weights:
    """Opens a .safetensors file or a PyTorch .bin, told apart by content; no code in it is run.

    Raises `assay.IoError` for a file that is damaged, refused or neither.
    """
    return Weights(WeightFile.open(path))

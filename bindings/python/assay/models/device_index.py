"""Exact search on a device: the answers of `ExactIndex` by matrix products of torch's devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay._core.models import ExactIndex
from assay.models import _libtorch

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["DeviceIndex"]


class DeviceIndex:
    """The searches of an `ExactIndex` on a device, with the same ids and the same bits.

    ``index.to("cuda")`` makes one. It is no copy: rows that are added to the index later are brought to the device by
    the next search, rows that are removed are not found. The rows stay in the index as well, where the few that the
    device's rounding cannot decide are scored. One search at a time uses the device.

    Args:
        index: The index; kept alive.
        device: ``"cuda"``, ``"cuda:1"``, ``"cpu"``, or ``"auto"``: CUDA where there is a device.
        dtype: ``"fp32"`` (never TF32), or ``"bf16"``: half the memory and faster products, but wider bounds, so that
            more rows are scored on the host.
        block_rows: Rows that are stored and multiplied together; by default 1 GiB of them.
        most_bytes: Of the device's memory for rows and products; by default what the device has.

    Raises:
        StateError: torch is missing or of another version, or the device's memory does not hold the rows.
        ValueError: The device is not there.
    """

    def __init__(
        self,
        index: ExactIndex,
        device: str = "auto",
        *,
        dtype: str = "fp32",
        block_rows: int | None = None,
        most_bytes: int | None = None,
    ) -> None:
        for name, value in (("block_rows", block_rows), ("most_bytes", most_bytes)):
            if value is not None and value < 1:
                raise ValueError(f"DeviceIndex: expected {name} of 1 or more, got {value}")
        self._index = index
        self._device = _libtorch.load().DeviceIndex(
            index, device=device, dtype=dtype, block_rows=block_rows or 0, most_bytes=most_bytes or 0
        )

    def search(
        self, queries: npt.ArrayLike, *, k: int = 10, filter: npt.NDArray[np.bool_] | None = None
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """What ``ExactIndex.search`` gives, to the bit.

        Raises:
            StateError: The device's memory does not hold one query beside the rows, or the device multiplies with
                fewer bits than its type has, as where TF32 is forced.
        """
        found: tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]] = self._device.search(
            queries, k=k, filter=filter
        )
        return found

    def search_range(
        self, queries: npt.ArrayLike, *, least: float, filter: npt.NDArray[np.bool_] | None = None
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """What ``ExactIndex.search_range`` gives, to the bit."""
        found: tuple[npt.NDArray[np.int64], npt.NDArray[np.float32], npt.NDArray[np.int64]] = (
            self._device.search_range(queries, least=least, filter=filter)
        )
        return found

    @property
    def index(self) -> ExactIndex:
        """The index that is searched."""
        return self._index

    @property
    def dim(self) -> int:
        """Length of the vectors."""
        return self._index.dim

    @property
    def ids(self) -> npt.NDArray[np.int64]:
        """Ids of the rows, in the order in which they were added."""
        return self._index.ids

    @property
    def device(self) -> str:
        """Where the rows are: ``"cpu"``, ``"cuda:0"``."""
        name: str = self._device.device
        return name

    @property
    def dtype(self) -> str:
        """``"fp32"`` or ``"bf16"``."""
        name: str = self._device.dtype
        return name

    @property
    def nbytes(self) -> int:
        """Bytes of the rows on the device."""
        count: int = self._device.nbytes
        return count

    @property
    def rescanned(self) -> int:
        """Queries so far for which blocks of rows were multiplied a second time, because bounds did not decide."""
        count: int = self._device.rescanned
        return count

    def __len__(self) -> int:
        return len(self._index)

    def __repr__(self) -> str:
        return f"DeviceIndex(dim={self.dim}, {len(self)} rows, {self.dtype} on {self.device})"

"""What a source delivered, kept on disk until it is complete: a reading that breaks off never touches the lake."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.data import Quarantine, Table

__all__ = ["Clock", "ContentDigest", "Reading", "Spool"]


@dataclass(frozen=True)
class Clock:
    """The source's clock beside ours, in seconds; how far ours is behind, known to plus or minus `uncertainty`."""

    server: Any
    skew: float
    uncertainty: float


class ContentDigest:
    """SHA-256 of columns, the same however the rows are cut into batches."""

    def __init__(self, schema: Any) -> None:
        self._names = [f"{field.name}:{field.type}" for field in schema]
        # Of each column its validity, its lengths and its values, each a stream of its own.
        self._columns = [(hashlib.sha256(), hashlib.sha256(), hashlib.sha256()) for _ in schema]

    def add(self, batch: Any) -> None:
        for digests, column in zip(self._columns, batch.columns, strict=True):
            for digest, part in zip(digests, _bytes_of(column), strict=True):
                digest.update(part)

    def hexdigest(self) -> str:
        whole = hashlib.sha256()
        for name, digests in zip(self._names, self._columns, strict=True):
            whole.update(name.encode() + b"\0" + b"".join(digest.digest() for digest in digests))
        return whole.hexdigest()


def _bytes_of(column: Any) -> tuple[Any, Any, Any]:
    """Validity, lengths and values of a column, with nothing of what lies under nulls."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    valid = np.asarray(pc.is_valid(column).cast(pa.uint8())).tobytes()
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_binary(kind):
        full = pc.fill_null(column, b"" if pa.types.is_binary(kind) else "")
        lengths = np.asarray(pc.binary_length(full)).tobytes()
        offsets = np.frombuffer(full.buffers()[1], dtype=np.int32)[full.offset : full.offset + len(full) + 1]
        data = full.buffers()[2]
        values = (
            b"" if data is None or len(full) == 0 else memoryview(data)[int(offsets[0]) : int(offsets[-1])]
        )
        return valid, lengths, values
    if pa.types.is_boolean(kind):
        column = column.cast(pa.uint8())
    elif pa.types.is_date32(kind):
        column = column.cast(pa.int32())
    elif pa.types.is_timestamp(kind):
        column = column.cast(pa.int64())
    return valid, b"", np.asarray(pc.fill_null(column, 0)).tobytes()


class Spool:
    """Record batches on disk, in a file without a name that is gone with the process."""

    def __init__(self, schema: Any) -> None:
        import pyarrow as pa

        self.schema = schema
        self.rows = 0
        self._digest = ContentDigest(schema)
        self._file = tempfile.TemporaryFile(prefix="assay-")  # noqa: SIM115 - lives as long as the reading
        self._writer: Any = pa.ipc.new_stream(pa.PythonFile(self._file, "w"), schema)

    def add(self, batch: Any) -> None:
        if batch.num_rows:
            self._digest.add(batch)
            self._writer.write_batch(batch)
            self.rows += int(batch.num_rows)

    def digest(self) -> str:
        return self._digest.hexdigest()

    def reader(self) -> Any:
        """A fresh pyarrow.RecordBatchReader of all that was added; nothing is added after."""
        import pyarrow as pa

        self._writer.close()
        self._file.flush()
        self._file.seek(0)
        return pa.ipc.open_stream(pa.PythonFile(self._file, "r"))

    def close(self) -> None:
        self._file.close()


@dataclass
class Reading:
    """Rows of a source with what was refused: accepted + quarantined = read."""

    spool: Spool
    rows_read: int
    refused: list[dict[str, Any]] = field(default_factory=list, repr=False)
    remarks: list[str] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)

    @property
    def accepted(self) -> int:
        return self.spool.rows

    @property
    def quarantined(self) -> int:
        return len(self.refused)

    @property
    def rows(self) -> Table:
        """The accepted rows, in memory."""
        from assay.data import Table

        return Table.from_arrow(self.spool.reader().read_all())

    @property
    def rejected(self) -> Quarantine:
        """The refused rows as JSON in `raw`, with the rules they failed; `line` counts the rows read."""
        from assay.data import Quarantine, Table

        return Quarantine(Table.from_pylist(self.refused, schema=Quarantine.schema()))

    def batches(self) -> Any:
        """The accepted rows as a pyarrow.RecordBatchReader, from disk."""
        return self.spool.reader()

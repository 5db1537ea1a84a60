"""Tables in files that nobody reads without the key: quarantined rows, which hold raw bytes of patients.

AES-256-GCM in numbered chunks over Arrow's file format; a byte changed, a chunk moved or a file cut is refused.
"""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

from assay import _core, _native  # noqa: F401 - registers the core's submodules, cleans its errors

if TYPE_CHECKING:
    from assay.data import Quarantine, Table

__all__ = ["read_sealed_table", "reseal", "write_sealed_table"]


def write_sealed_table(
    path: str | os.PathLike[str],
    table: Table | Quarantine,
    key: _core.data.DeidKey,
    *,
    purpose: str = "quarantine",
) -> None:
    """Replaces a file by the sealed table, at once or not at all; only its owner may read it.

    Args:
        purpose: what the file is; reading names it again.
    """
    import pyarrow as pa

    rows = table.table if isinstance(table, _core.data.Quarantine) else table
    stored = rows.to_pyarrow()
    content = io.BytesIO()
    with pa.ipc.new_file(content, stored.schema) as writer:
        writer.write_table(stored)
    _core.data.write_sealed(path, key, purpose, content.getvalue())


def read_sealed_table(
    path: str | os.PathLike[str], key: _core.data.DeidKey, *, purpose: str = "quarantine"
) -> Table:
    """The table in a sealed file.

    Raises:
        AuthError: the key or the purpose is another, or any byte of the file is not as written.
    """
    import pyarrow as pa

    content = _core.data.read_sealed(path, key, purpose)
    return _core.data.Table.from_arrow(pa.ipc.open_file(io.BytesIO(content)).read_all())


def reseal(
    path: str | os.PathLike[str],
    *,
    source: _core.data.DeidKey,
    target: _core.data.DeidKey,
    purpose: str = "quarantine",
) -> bool:
    """Seals a file with another key; False where it is sealed with that one already."""
    if _core.data.sealed_with(path) == target.key_id:
        return False
    _core.data.write_sealed(path, target, purpose, _core.data.read_sealed(path, source, purpose))
    return True

"""The way back from a token to the identifier: an encrypted file, every look into which is recorded."""

from __future__ import annotations

import os
from types import TracebackType
from typing import TYPE_CHECKING

from assay import _core, _native  # noqa: F401 - registers the core's submodules, cleans its errors

if TYPE_CHECKING:
    from assay.data.audit import AuditLog

__all__ = ["Vault"]


class Vault:
    """Which identifier a token stands for, sealed with AES-256-GCM.

    Keep it on another machine or account than the data, under a key of its own. One process at a time has it
    open, others wait; use it as a context manager.

    Args:
        path: the file; made by the first ``save``.
        key: what it is sealed with.
        audit: gets an entry for every look-up, before the identifier is returned.

    Raises:
        AuthError: the key is another, or the file was changed.
    """

    def __init__(self, path: str | os.PathLike[str], key: _core.data.DeidKey, *, audit: AuditLog) -> None:
        self._vault: _core.data.Vault | None = _core.data.Vault(path, key)
        self._audit = audit

    @property
    def core(self) -> _core.data.Vault:
        if self._vault is None:
            from assay import StateError

            raise StateError("vault: expected an open vault, got one that was closed; open it again")
        return self._vault

    def __len__(self) -> int:
        return len(self.core)

    def __repr__(self) -> str:
        return "Vault(closed)" if self._vault is None else f"Vault({len(self._vault)} tokens)"

    def identifier(self, token: str, *, purpose: str, key_id: str, why: str) -> str | None:
        """The identifier that a token stands for; None where it is unknown. Recorded either way."""
        vault = self.core
        self._audit.record("vault.read", why=why, token=token, purpose=purpose, key_id=key_id)
        return vault.find(purpose, key_id, token)

    def rekey(self, key: _core.data.DeidKey, *, why: str) -> None:
        """Seals the file with another key from now on."""
        self.core.rekey(key)
        self._audit.record("vault.rekey", why=why, key_id=key.key_id)

    def save(self) -> None:
        """Replaces the file at once or not at all."""
        self.core.save()

    def close(self) -> None:
        """Lets the next process have it; what was not saved is lost."""
        self._vault = None

    def __enter__(self) -> Vault:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

"""De-identifies tables and brings them under another key; what was done is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay import _core, _native  # noqa: F401 - registers the core's submodules, cleans its errors

if TYPE_CHECKING:
    from assay.data import Table
    from assay.data.audit import AuditLog
    from assay.data.deid.vault import Vault

__all__ = ["deidentify", "rotate"]


def deidentify(
    table: Table,
    plan: _core.data.DeidPlan,
    key: _core.data.DeidKey,
    *,
    vault: Vault | None = None,
    audit: AuditLog | None = None,
    why: str = "de-identification",
) -> _core.data.Deidentified:
    """A table without what identifies persons, as far as its columns are what the plan says.

    The rows keep their order and gain the column ``deid_key_id``. Nothing is promised about free text beyond what
    ``find_in_text`` can find.

    Args:
        vault: takes up which identifier each token stands for and is saved before the rows are returned.
        audit: gets an entry with counts.

    Raises:
        SchemaError: a column has no role, dates have no patient, or a type does not fit its role.
        ValueError: ``as_of`` is missing, or text is not UTF-8.
    """
    if vault is None:
        done = _core.data.deidentify(table, plan, key)
    else:
        done = _core.data.deidentify(table, plan, key, vault.core)
        vault.save()
    if audit is not None:
        findings = sum(done.counts_by_kind.values())
        audit.record(
            "deid.table", why=why, rows=done.rows.num_rows, key_id=key.key_id, findings_in_text=findings
        )
    return done


def rotate(
    rows: Table,
    plan: _core.data.DeidPlan,
    vault: Vault,
    *,
    source: _core.data.DeidKey,
    target: _core.data.DeidKey,
    audit: AuditLog | None = None,
    why: str = "key rotation",
) -> Table:
    """De-identified rows under another key: new tokens, dates moved accordingly, the new key's id.

    Args:
        vault: knows the tokens of `source`; takes up those of `target` and is saved before the rows are returned.

    Raises:
        SchemaError: the rows are not de-identified.
        ValueError: a row is of another key, or a token is not in the vault.
    """
    out = _core.data.rotate(rows, plan, vault.core, source, target)
    vault.save()
    if audit is not None:
        audit.record("deid.rotate", why=why, rows=out.num_rows, source=source.key_id, target=target.key_id)
    return out

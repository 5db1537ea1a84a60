"""De-identification: a table in, a table out in which nobody is named, by column roles and a key that never prints.

::

    from assay.data import deid

    key = deid.DeidKey.from_env("ASSAY_DEID_KEY")         # openssl rand -hex 32
    plan = deid.DeidPlan({"patient_id": "identifier", "observed_at": "date", "value": "keep"})
    done = deid.deidentify(rows, plan, key)               # done.rows, done.columns, done.counts_by_kind

Nothing passes by default: a column without a role is refused.
Source: 45 CFR 164.514(b)(2), the Safe Harbor; see docs/laboratory/deidentification.md for what it does not promise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay import _native  # noqa: F401 - registers the core's submodules, cleans its errors
from assay._lazy import getter

if TYPE_CHECKING:
    from assay._core.data import (
        KEY_ID_COLUMN,
        ColumnOutcome,
        DateShift,
        Deidentified,
        DeidKey,
        Pseudonymiser,
        cap_ages,
        find_in_text,
        normalise_identifier,
        redact,
        restricted_zip3,
        zip3,
    )
    from assay.data.deid.plan import DeidPlan, laboratory_plan, read_plan
    from assay.data.deid.sealed import read_sealed_table, reseal, write_sealed_table
    from assay.data.deid.search import Found, find_identifiers
    from assay.data.deid.tables import deidentify, rotate
    from assay.data.deid.vault import Vault

# Where each public name lives; loaded on first use.
_HOMES = {
    "KEY_ID_COLUMN": "assay._core.data",
    "ColumnOutcome": "assay._core.data",
    "DateShift": "assay._core.data",
    "DeidKey": "assay._core.data",
    "DeidPlan": "assay.data.deid.plan",
    "Deidentified": "assay._core.data",
    "Found": "assay.data.deid.search",
    "Pseudonymiser": "assay._core.data",
    "Vault": "assay.data.deid.vault",
    "cap_ages": "assay._core.data",
    "deidentify": "assay.data.deid.tables",
    "find_identifiers": "assay.data.deid.search",
    "find_in_text": "assay._core.data",
    "laboratory_plan": "assay.data.deid.plan",
    "normalise_identifier": "assay._core.data",
    "read_plan": "assay.data.deid.plan",
    "read_sealed_table": "assay.data.deid.sealed",
    "redact": "assay._core.data",
    "reseal": "assay.data.deid.sealed",
    "restricted_zip3": "assay._core.data",
    "rotate": "assay.data.deid.tables",
    "write_sealed_table": "assay.data.deid.sealed",
    "zip3": "assay._core.data",
}

__all__ = [
    "KEY_ID_COLUMN",
    "ColumnOutcome",
    "DateShift",
    "DeidKey",
    "DeidPlan",
    "Deidentified",
    "Found",
    "Pseudonymiser",
    "Vault",
    "cap_ages",
    "deidentify",
    "find_identifiers",
    "find_in_text",
    "laboratory_plan",
    "normalise_identifier",
    "read_plan",
    "read_sealed_table",
    "redact",
    "reseal",
    "restricted_zip3",
    "rotate",
    "write_sealed_table",
    "zip3",
]


__getattr__ = getter(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)

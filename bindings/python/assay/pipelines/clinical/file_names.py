"""Names of the files that a patient's results go to."""

from __future__ import annotations

import hashlib
import re

__all__ = ["file_name"]

LONGEST = 80
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")


def file_name(patient: str) -> str:
    """The patient's id as the name of a file or artifact, without its ending.

    An id of at most 80 letters, digits, '-', '_' and '.' that does not begin with '.' is taken as it is. Of
    others, what cannot stand in a name becomes '_', and the first eight digits of the id's SHA-256 keep them
    apart.
    """
    safe = _UNSAFE.sub("_", patient)
    if safe == patient and 0 < len(safe) <= LONGEST and not safe.startswith("."):
        return safe
    digest = hashlib.sha256(patient.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{safe.lstrip('.')[:LONGEST]}-{digest}"

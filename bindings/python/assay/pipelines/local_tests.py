"""A laboratory's map of its own codes to LOINC, in the forms that people have it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.data import LocalTest

__all__ = ["read_map"]


def read_map(path: Path | None) -> list[LocalTest]:
    """A map of local codes: MIT-LCP's columns, or code, name and loinc."""
    from assay.data import LocalTest, read_csv, read_local_tests
    from assay.pipelines.job import reading_input

    if path is None:
        return []
    with reading_input():
        table = read_csv(path, infer_types=False).rows
        if "omop_concept_code" in table.column_names:
            return read_local_tests(path, fluid="")[0]
        names = "name" if "name" in table.column_names else "code"
        columns = [table.column(name).to_pylist() for name in ("code", names, "loinc")]
    return [LocalTest(str(c), str(n or ""), str(k)) for c, n, k in zip(*columns, strict=True) if c and k]

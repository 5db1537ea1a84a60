"""Column names: snake_case, and vendors' names brought to the canonical ones.

The map is data. A site adds its own names without code::

    names = NameMap.clinical().extended(read_name_entries("site_names.csv"))
    table = with_canonical_names(table, names=names)
"""

from assay._core.data import NameMap, read_name_entries, to_snake_case, with_canonical_names

__all__ = ["NameMap", "read_name_entries", "to_snake_case", "with_canonical_names"]

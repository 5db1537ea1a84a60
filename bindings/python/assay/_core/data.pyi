"""
Tables, readers, quality rules, privacy
"""

from __future__ import annotations

__all__: list[str] = list()

"""
Models and note writers
"""

from __future__ import annotations

__all__: list[str] = list()

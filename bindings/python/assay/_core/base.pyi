"""
Time, random numbers, threads, secrets, HTTP
"""

from __future__ import annotations

__all__: list[str] = list()

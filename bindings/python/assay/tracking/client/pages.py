"""Pages of a server's lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

__all__ = ["PagedList", "gather"]

T = TypeVar("T")


class PagedList(list[T]):
    """A list with the ``token`` of what comes after it; None at the end."""

    def __init__(self, items: Iterable[T] = (), token: str | None = None) -> None:
        super().__init__(items)
        self.token = token


def gather(
    fetch: Callable[[int, str], tuple[list[T], str]], *, most: int, token: str | None, at_once: int
) -> PagedList[T]:
    """Up to `most` items, of as many pages as that takes where a page holds at most `at_once`."""
    found: list[T] = []
    next_token = token or ""
    while len(found) < most:
        items, next_token = fetch(min(at_once, most - len(found)), next_token)
        found += items
        if not next_token:
            break
    return PagedList(found, next_token or None)

"""Which accesses of callers that nobody knows are written to the audit log: no flood of them fills the disk."""

from __future__ import annotations

__all__ = ["Strangers"]


class Strangers:
    """One line a second of each address and status, and so many a second of all addresses together.

    Args:
        a_second: lines of all addresses together.
    """

    def __init__(self, *, a_second: int = 10) -> None:
        self._most = a_second
        self._second = -1
        self._written: set[tuple[str, int]] = set()
        self._left_out = 0

    def is_written(self, who: str, status: int, now: float) -> bool:
        """Whether this one is; those that are not are counted.

        Args:
            now: seconds of a clock that does not go back.
        """
        second = int(now)
        if second != self._second:
            self._second = second
            self._written.clear()
        if (who, status) in self._written or len(self._written) >= self._most:
            self._left_out += 1
            return False
        self._written.add((who, status))
        return True

    def take_left_out(self) -> int:
        """How many were left out since this was asked last."""
        left_out, self._left_out = self._left_out, 0
        return left_out

"""How much a caller may ask: requests a second, bytes and rows of one request."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

__all__ = ["Limits", "RateLimiter", "Turns"]


@dataclass(frozen=True)
class Limits:
    """Limits of a server."""

    rate: float = 100.0
    """Requests a second of one caller, in the long run; twice as many at once."""
    device_bytes: int = 16 << 10
    batch_bytes: int = 1 << 20
    batch_rows: int = 1000
    batch_share: int = 10
    """Devices of a batch, or KiB of its text where that is more, that count as one request of `rate`."""
    batches: int = 4
    """Of one caller at once; one of all callers is computed at a time."""
    connections: int = 4096
    connections_per_address: int = 1024
    """0 for as many as there are at all: behind a proxy all come from its address."""
    request_seconds: float = 20.0
    """Within which a request has arrived whole, a new connection has begun one, and a reader has taken its answer."""
    callers: int = 10_000
    """That are remembered."""


class RateLimiter:
    """A bucket of tokens for each caller, filled with `rate` tokens a second up to `burst`.

    Callers whose bucket is full again are forgotten, and the one seen longest ago where there are too many.
    """

    def __init__(self, rate: float, burst: float, *, callers: int = 10_000) -> None:
        self._rate = rate
        self._burst = max(1.0, burst)
        self._callers = callers
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, caller: str, now: float) -> float:
        """0 where the request may go on, which takes a token; else the seconds until there is one."""
        tokens = self._tokens(caller, now)
        if tokens < 1:
            self._keep(caller, tokens, now)
            return (1 - tokens) / self._rate
        self._keep(caller, tokens - 1, now)
        return 0.0

    def charge(self, caller: str, tokens: float, now: float) -> None:
        """Takes more of a request that went on; where there are too few, the next one waits until they are repaid."""
        self._keep(caller, self._tokens(caller, now) - tokens, now)

    def _tokens(self, caller: str, now: float) -> float:
        """What the bucket holds now; below 0 where more was charged than it had."""
        tokens, since = self._buckets.get(caller, (self._burst, now))
        return min(self._burst, tokens + max(0.0, now - since) * self._rate)

    def _keep(self, caller: str, tokens: float, now: float) -> None:
        self._buckets[caller] = (tokens, now)
        self._buckets.move_to_end(caller)
        if len(self._buckets) > self._callers:
            self._buckets.popitem(last=False)

    def __len__(self) -> int:
        return len(self._buckets)


class Turns:
    """So many at once of each caller."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: dict[str, int] = {}

    def full(self, caller: str) -> bool:
        return self._taken.get(caller, 0) >= self._most

    def take(self, caller: str) -> None:
        self._taken[caller] = self._taken.get(caller, 0) + 1

    def give_back(self, caller: str) -> None:
        left = self._taken.pop(caller) - 1
        if left:
            self._taken[caller] = left

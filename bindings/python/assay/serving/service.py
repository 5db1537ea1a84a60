"""What a server's endpoints share: the live model, who may ask, how much, the metrics and the audit trail."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import sys
import time
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_json

from assay.errors import Error
from assay.pipelines.device_risk import DeviceRisk
from assay.serving import audit_trail
from assay.serving.access import Access
from assay.serving.audit_trail import AuditTrail
from assay.serving.limits import Limits, RateLimiter, Turns
from assay.serving.live_model import LiveModel, Outcome
from assay.serving.metrics import Metrics
from assay.serving.model_sources import ModelSource
from assay.serving.schemas import RequestSchemas, explained
from assay.serving.strangers import Strangers

__all__ = ["Answer", "Service", "answer_of"]

_SLICE = 25
"""Devices of a batch between two turns of the event loop, at most."""
_SLICE_SECONDS = 0.001
"""After which such a turn comes however few devices were assessed: it depends on the model how many they are."""
_TOP = 3
_PROBES = 10
"""Looks at /health and /ready for each request that an address may ask."""


class Answer:
    """Status, body, how many devices were assessed, and by which version of the model."""

    __slots__ = ("body", "headers", "rows", "status", "version")

    def __init__(
        self,
        status: int,
        body: bytes,
        rows: int = 0,
        headers: Sequence[tuple[bytes, bytes]] = (),
        version: str = "",
    ) -> None:
        self.status = status
        self.body = body
        self.rows = rows
        self.headers = headers
        self.version = version

    @classmethod
    def refusal(cls, status: int, detail: str, headers: Sequence[tuple[bytes, bytes]] = ()) -> Answer:
        return cls(status, to_json({"detail": detail}), headers=headers)


class Service:
    """One model behind a server.

    Raises:
        Error: the source has no model that is good.
    """

    def __init__(
        self,
        source: ModelSource,
        *,
        access: Access | None = None,
        limits: Limits | None = None,
        trail: AuditTrail | None = None,
    ) -> None:
        self.source = source
        self.access = access or Access()
        self.limits = limits or Limits()
        self.trail = trail
        self.connections = self.limits.connections
        self.places = Turns(self.limits.connections_per_address or self.connections)
        self.metrics = Metrics()
        self.rates = RateLimiter(self.limits.rate, 2 * self.limits.rate, callers=self.limits.callers)
        self.probes = RateLimiter(
            _PROBES * self.limits.rate, 2 * _PROBES * self.limits.rate, callers=self.limits.callers
        )
        self.turns = Turns(self.limits.batches)
        self._one_batch = asyncio.Lock()
        self.live = LiveModel(source, on_swap=self._swapped)
        self.key_problem = ""
        self.follow_problem = ""
        self._told(self.live.start())
        self.schemas = RequestSchemas(self.live.risk, rows=self.limits.batch_rows)
        self._fields = tuple(each.field for each in self.live.risk.inputs)
        self._strangers = Strangers()
        self._prefix, self._numbers = secrets.token_hex(4), itertools.count(1)

    def request_id(self) -> str:
        return f"{self._prefix}-{next(self._numbers):x}"

    def look(self) -> Outcome:
        """Looks once for a newer model; blocks meanwhile."""
        outcome = self.live.look()
        self._told(outcome)
        return outcome

    def read_keys(self) -> None:
        """Reads the file of keys again; where it cannot be read, the former keys count."""
        try:
            if self.access.keys is not None:
                self.access.keys.refresh()
            self.key_problem = ""
        except Exception as error:
            self.key_problem = str(error) if isinstance(error, Error) else f"api keys: {type(error).__name__}"

    def device(self, body: bytes) -> Answer:
        """The answer to one device."""
        risk, model = self._current
        try:
            values = self.schemas.read_device(body)
        except ValidationError as error:
            return self._invalid(error)
        return Answer(200, to_json(self._said(risk, values) | {"model": model}), 1, version=model["version"])

    async def batch(self, body: bytes) -> Answer:
        """The answer to several; one batch at a time, and other requests get their turn in between.

        A thread would hold the interpreter's lock for 5 ms at a time, a slice does for one.
        """
        async with self._one_batch:
            risk, model = self._current
            try:
                devices = self.schemas.read_batch(body)
            except ValidationError as error:
                return self._invalid(error)
            results: list[dict[str, Any]] = []
            await asyncio.sleep(0)
            in_slice, until = 0, time.perf_counter() + _SLICE_SECONDS
            for values in devices:
                if in_slice == _SLICE or time.perf_counter() >= until:
                    await asyncio.sleep(0)
                    in_slice, until = 0, time.perf_counter() + _SLICE_SECONDS
                results.append(self._said(risk, values))
                in_slice += 1
            await asyncio.sleep(0)
            text = to_json({"results": results, "model": model})
            return Answer(200, text, len(results), version=model["version"])

    def problems(self) -> list[str]:
        """What is not as it should be, without places and names: anybody may ask."""
        found = []
        if self.live.problem:
            away = self.live.unreachable
            what = "no newer model can be looked for" if away else "a newer model was not taken"
            found.append(f"{what}; the last good one answers")
        if self.key_problem:
            found.append("the file of keys cannot be read; the former keys count")
        if self.live.keep_problem:
            found.append("the model that answers could not be kept for a start without its source")
        if self.follow_problem:
            found.append("looking for newer keys and models failed; it is tried again")
        if self.trail is not None and self.trail.problem:
            found.append("the audit log cannot be written")
        if self.trail is not None and self.trail.full:
            found.append("too many accesses wait for the audit log")
        return found

    @property
    def ready(self) -> bool:
        return self.trail is None or not self.trail.full

    def reference(self) -> dict[str, str]:
        return self._current[1]

    def answered(
        self, request: str, caller: Any, scope: Any, path: str, answer: tuple[int, int, str], began: float
    ) -> None:
        """Counts a request, and writes it into the audit trail.

        Args:
            answer: status, devices, version of the model that answered; "" where none did.
        """
        status, rows, version = answer
        seconds = time.perf_counter() - began
        self.metrics.answered(path, status, seconds)
        if self.trail is None:
            return
        client = scope.get("client")
        address = client[0] if client else "-"
        if (caller is None or status == 429) and not self._strangers.is_written(
            address if caller is None else f"name {caller.name}", status, time.monotonic()
        ):
            return
        self.trail.add(
            audit_trail.Access(
                time.time(),
                request,
                caller.name if caller is not None else "-",
                caller.role if caller is not None else "-",
                address,
                scope["method"] if scope["method"] in _METHODS else "-",
                path,
                status,
                rows,
                version or self._current[1]["version"],
                1000 * seconds,
                self._strangers.take_left_out(),
            )
        )

    def failed(self, error: Exception) -> None:
        """Says on stderr that a request could not be answered; without the error's text, which may hold values."""
        last = error.__traceback__
        while last is not None and last.tb_next is not None:
            last = last.tb_next
        where = f"{last.tb_frame.f_code.co_name}, line {last.tb_lineno}" if last is not None else "?"
        print(f"assay: a request could not be answered: {type(error).__name__} in {where}", file=sys.stderr)

    def metrics_text(self) -> bytes:
        if self.trail is not None:
            self.metrics.audit_waiting.set(self.trail.waiting)
            self.metrics.audit_written.set(self.trail.written)
        return self.metrics.text()

    def close(self) -> int:
        """Writes the audit trail to its end. Returns the accesses that could not be written."""
        if self.trail is None:
            return 0
        if left_out := self._strangers.take_left_out():
            who = (self.request_id(), "-", "-", "-", "-", "(stop)")
            self.trail.add(
                audit_trail.Access(time.time(), *who, 0, 0, self._current[1]["version"], 0.0, left_out)
            )
        return self.trail.close()

    def _said(self, risk: DeviceRisk, values: Sequence[Any]) -> dict[str, Any]:
        said = answer_of(risk, values)
        self.metrics.assessed(said["device_class"], bool(said["outside_training"]))
        return said

    def _invalid(self, error: ValidationError) -> Answer:
        return Answer(422, to_json({"detail": explained(error, self._fields)}))

    def _swapped(self, risk: DeviceRisk) -> None:
        self._current = risk, {"name": risk.info.name, "version": risk.info.version}
        self.metrics.swapped(risk, time.time())

    def _told(self, outcome: Outcome) -> None:
        self.metrics.stale.set(bool(outcome.problem))
        if outcome.problem and not outcome.swapped and (outcome.unreachable or not outcome.known):
            self.metrics.loads.labels("unreachable" if outcome.unreachable else "refused").inc()


_METHODS = frozenset({"GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})


def answer_of(risk: DeviceRisk, values: Sequence[Any]) -> dict[str, Any]:
    """What is answered about one device, of which `values` are the inputs in their order."""
    one, top = risk.assess_explained(values, _TOP)
    return {
        "risk": one.risk,
        "probability": one.probability,
        "device_class": one.device_class,
        "flagged": one.flagged,
        "top_features": [{"feature": name, "contribution": value} for name, value in top],
        "recommended_action": risk.action(one.device_class, [name for name, added in top if added > 0]),
        "outside_training": risk.outside_training(values),
    }

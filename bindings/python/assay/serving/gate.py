"""Every request passes here: who asks, how often, how much; then it is answered, counted and audited."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from assay.serving.access import Caller
from assay.serving.service import Answer, Service

__all__ = ["Gate"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

DEVICE, BATCH = "/predict/device-failure", "/predict/device-failure/batch"
NEEDS = {DEVICE: "predict", BATCH: "predict", "/model-info": "info", "/metrics": "metrics"}
"""What a caller must be allowed to; other paths are open: they tell no more than that the server is there."""
OPEN = ("/health", "/ready", "/openapi.json")
ACTS = {"predict": "predict", "info": "read the model's description", "metrics": "read the metrics"}
"""In words."""
_QUIET = frozenset({"/health", "/ready"})
_JSON = (b"content-type", b"application/json")
_LINGER = 1.0
_READ_OUT = 1 << 20
"""Bytes of a body that the protocol reads to their end after a refusal, so that the connection can stay."""
_CLOSE = (b"connection", b"close")
_LOCAL = ("localhost", "127.0.0.1", "[::1]")


class _TooLarge(Exception):
    """More bytes than the limit."""


class _Gone(Exception):
    """The client left before its request was whole."""


class Gate:
    """An ASGI application around FastAPI's, which it asks for all but the predictions.

    Predictions are answered here: routing, dependencies and the encoding of answers cost more than the model does.
    """

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        path = scope["path"]
        known = path if path in NEEDS or path in OPEN else "(unknown)"
        request = self._service.request_id()
        refusal, caller = self._refused(scope, known, began)
        if refusal is not None:
            await _refuse(scope, receive, send, refusal, request)
            answered = refusal.status, 0, ""
        elif scope["method"] == "POST" and known == DEVICE:
            answered = await self._predict(scope, receive, send, known, request)
        elif scope["method"] == "POST" and known == BATCH:
            answered = await self._predict_many(scope, receive, send, request, self._payer(scope, caller))
        elif _is_long(scope["headers"]):
            refusal = Answer.refusal(413, "Expected a request without a body here")
            await _refuse(scope, receive, send, refusal, request)
            answered = 413, 0, ""
        else:
            answered = await self._pass_on(scope, receive, send, request), 0, ""
        if known not in _QUIET:
            self._service.answered(request, caller, scope, known, answered, began)

    def _refused(self, scope: Scope, path: str, now: float) -> tuple[Answer | None, Caller | None]:
        """Why a request is not answered, and who asked."""
        service = self._service
        if path in _QUIET:
            wait = service.probes.wait(self._payer(scope, None), now)
            return (_later(wait), None) if wait > 0 else (None, None)
        need = NEEDS.get(path)
        caller = service.access.caller(scope["headers"], time.time()) if need is not None else None
        if service.access.open and not _is_local(scope["headers"]):
            return Answer.refusal(421, "Expected a request to this machine by localhost"), caller
        payer = self._payer(scope, caller)
        wait = service.rates.wait(payer, now)
        if wait > 0:
            return _later(wait), caller
        if need is None:
            return None, None
        if caller is None:
            challenge = (b"www-authenticate", b'Bearer, ApiKey realm="assay"')
            return Answer.refusal(401, "Expected an API key or a token that is valid", [challenge]), None
        if not caller.may(need):
            return Answer.refusal(403, f"Expected a role that may {ACTS[need]}"), caller
        if path == BATCH and service.turns.full(payer):
            return _later(0), caller
        if not service.ready and need == "predict":
            return Answer.refusal(503, "The audit log does not keep up", [(b"retry-after", b"5")]), caller
        return None, caller

    def _payer(self, scope: Scope, caller: Caller | None) -> str:
        """Whose bucket a request is taken from: a caller's that is known, else an address's."""
        if caller is not None and not self._service.access.open:
            return f"name {caller.name}"
        client = scope.get("client")
        return f"address {client and client[0]}"

    async def _predict_many(
        self, scope: Scope, receive: Receive, send: Send, request: str, payer: str
    ) -> tuple[int, int, str]:
        """A batch takes one of its caller's turns, and pays for its devices when it is done."""
        service = self._service
        service.turns.take(payer)
        try:
            return await self._predict(scope, receive, send, BATCH, request, payer)
        finally:
            service.turns.give_back(payer)

    async def _predict(
        self, scope: Scope, receive: Receive, send: Send, path: str, request: str, payer: str = ""
    ) -> tuple[int, int, str]:
        service = self._service
        limit = service.limits.device_bytes if path == DEVICE else service.limits.batch_bytes
        try:
            body = await _body(scope, receive, limit)
        except _TooLarge:
            answer = Answer.refusal(413, f"Expected at most {limit} bytes", [_CLOSE])
            await _say_and_linger(receive, send, answer, request)
            return 413, 0, ""
        except _Gone:
            return 499, 0, ""
        if not _is_json(scope["headers"]):
            answer = Answer.refusal(415, "Expected content-type application/json")
        else:
            try:
                answer = service.device(body) if path == DEVICE else await service.batch(body)
            except Exception as error:  # without its text: it may hold values
                service.failed(error)
                answer = Answer.refusal(
                    500, "The model could not answer; the server's log names the kind of error"
                )
        if payer:
            parts = max(answer.rows, len(body) >> 10) / service.limits.batch_share
            service.rates.charge(payer, max(0.0, parts - 1), time.perf_counter())
        await _say(send, answer, request)
        return answer.status, answer.rows, answer.version

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send, request: str) -> int:
        status = 500

        async def note(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request.encode())]
            await send(message)

        try:
            await self._app(scope, receive, note)
        except Exception as error:  # Starlette has answered 500
            self._service.failed(error)
        return status


async def _body(scope: Scope, receive: Receive, limit: int) -> bytes:
    for name, value in scope["headers"]:
        if name == b"content-length" and (not value.isdigit() or int(value) > limit):
            raise _TooLarge
    message = await receive()
    if message["type"] != "http.request":
        raise _Gone
    body: bytes = message.get("body", b"")
    parts, size = [body], len(body)
    while size <= limit and message.get("more_body", False):
        message = await receive()
        if message["type"] != "http.request":
            raise _Gone
        parts.append(message.get("body", b""))
        size += len(parts[-1])
    if size > limit:
        raise _TooLarge
    return body if len(parts) == 1 else b"".join(parts)


def _later(seconds: float) -> Answer:
    after = (b"retry-after", str(int(seconds) + 1).encode())
    return Answer.refusal(429, "Too many requests; try again later", [after])


def _head(answer: Answer, request: str) -> MutableMapping[str, Any]:
    headers = [
        _JSON,
        (b"content-length", str(len(answer.body)).encode()),
        (b"x-request-id", request.encode()),
        (b"cache-control", b"no-store"),
        *answer.headers,
    ]
    return {"type": "http.response.start", "status": answer.status, "headers": headers}


async def _say(send: Send, answer: Answer, request: str) -> None:
    await send(_head(answer, request))
    await send({"type": "http.response.body", "body": answer.body})


async def _refuse(scope: Scope, receive: Receive, send: Send, answer: Answer, request: str) -> None:
    if _is_long(scope["headers"]):
        answer.headers = (*answer.headers, _CLOSE)
        await _say_and_linger(receive, send, answer, request)
    else:
        await _say(send, answer, request)


def _is_long(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether the body may be longer than what is read to its end after a refusal."""
    for name, value in headers:
        if name == b"content-length":
            return not value.isdigit() or int(value) > _READ_OUT
        if name == b"transfer-encoding":
            return True
    return False


async def _say_and_linger(receive: Receive, send: Send, answer: Answer, request: str) -> None:
    """Says it at once, and reads on for a moment: a connection closed on unread bytes loses the answer."""
    await send(_head(answer, request))
    await send({"type": "http.response.body", "body": answer.body, "more_body": True})
    loop = asyncio.get_running_loop()
    until = loop.time() + _LINGER
    try:
        while (left := until - loop.time()) > 0:
            message = await asyncio.wait_for(receive(), left)
            if message["type"] != "http.request" or not message.get("more_body", False):
                break
    except asyncio.TimeoutError:
        pass
    await send({"type": "http.response.body", "body": b""})


def _is_json(headers: list[tuple[bytes, bytes]]) -> bool:
    for name, value in headers:
        if name == b"content-type":
            return value.partition(b";")[0].strip().lower() == b"application/json"
    return False


def _is_local(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether this machine is asked by its own name: a page of the web may have a browser ask by another."""
    for name, value in headers:
        if name == b"host":
            host = value.decode("latin-1").lower()
            return host in _LOCAL or host.rpartition(":")[0] in _LOCAL
    return False

"""uvicorn with the limits of a server that stays up: connections, time, TLS, an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import os
import resource
import signal
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from assay import errors
from assay.serving.application import Application
from assay.serving.limits import Turns

__all__ = ["Server", "configure", "is_loopback", "run"]

_RESERVED_FILES = 64
_HEAD_BYTES, _REST_BYTES = 64 << 10, 2 << 20
"""Of a request's line and headers; of a body that goes on after its refusal."""
_FULL = b'{"detail":"Too many connections; try again later"}'
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
    b"retry-after: 5\r\nconnection: close\r\n\r\n%s" % (len(_FULL), _FULL)
)


class _PatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol that closes connections that are too many, or too slow in sending a request or reading."""

    _timer: asyncio.TimerHandle | None = None
    _unread_timer: asyncio.TimerHandle | None = None
    _unread = 0
    _place = "-"

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        service = _application(self.config).service
        service.metrics.connections.set(len(self.connections))
        self._seconds = service.limits.request_seconds
        self._place = _place_of(self.client)
        full = service.places.full(self._place)
        service.places.take(self._place)
        if full or len(self.connections) > service.connections:
            transport.write(_FULL)
            transport.close()
            return
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        self._was_read()
        super().connection_lost(exc)
        service = _application(self.config).service
        service.places.give_back(self._place)
        service.metrics.connections.set(len(self.connections))

    def data_received(self, data: bytes) -> None:
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before or not self._is_between():
            self._unread = 0
        else:  # the head of a request, or the rest of one that was refused
            self._unread += len(data)
            refused = before is not None and before.more_body
            if self._unread > (_REST_BYTES if refused else _HEAD_BYTES):
                self.transport.close()
        if self._is_waiting():
            if self._timer is None:
                self._arm()
        elif self._timer is not None:
            self._disarm()
        if self.transport.is_closing():
            self._wait_for_reader()

    def pause_writing(self) -> None:
        """More of an answer waits for its reader than the transport keeps."""
        super().pause_writing()
        self._wait_for_reader()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._was_read()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():  # which takes as long as the reader does
            self._wait_for_reader()
        elif self.pipeline:
            # uvicorn reads on after each answer, however many requests still wait for theirs and fill the memory.
            self.flow.pause_reading()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._wait_for_reader()

    def _wait_for_reader(self) -> None:
        if self._unread_timer is None:
            self._unread_timer = self.loop.call_later(self._seconds, self.transport.abort)

    def _was_read(self) -> None:
        if self._unread_timer is not None:
            self._unread_timer.cancel()
            self._unread_timer = None

    def _is_between(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _is_waiting(self) -> bool:
        """For the rest of a request; uvicorn itself closes those that wait for the first byte of another."""
        return self._is_between() or self.cycle.more_body

    def _arm(self) -> None:
        self._timer = self.loop.call_later(self._seconds, self._expired)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expired(self) -> None:
        self._timer = None
        if self._is_waiting() and self.transport is not None and not self.transport.is_closing():
            self.transport.close()
            self._wait_for_reader()


def _place_of(client: tuple[str, int] | None) -> str:
    """An address; of IPv6 the network of 64 bits, which is what one gets."""
    if client is None:
        return "-"
    try:
        address = ipaddress.ip_address(client[0].partition("%")[0])
    except ValueError:
        return client[0]
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or ipaddress.IPv6Network((address, 64), strict=False))


def _application(config: uvicorn.Config) -> Application:
    assert isinstance(config.app, Application)
    return config.app


def is_loopback(host: str) -> bool:
    """Whether every address of the host is this machine's own."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        raise errors.ValueError(
            "serve: expected a host of this machine, got one without an address"
        ) from None
    return all(each[4][0] in ("::1",) or str(each[4][0]).startswith("127.") for each in found)


def configure(
    app: Application,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    certificate: str | os.PathLike[str] | None = None,
    key: str | os.PathLike[str] | None = None,
    grace_seconds: int = 20,
) -> uvicorn.Config:
    """uvicorn's configuration.

    Raises:
        ValueError: another host than this machine without keys or tokens; a certificate without its key.
        IoError: certificate or key cannot be read.
    """
    if app.service.access.open and not is_loopback(host):
        raise errors.ValueError(
            "serve: expected API keys or tokens where others than this machine may ask; pass --keys, or leave --host"
        )
    if (certificate is None) != (key is None):
        raise errors.ValueError("serve: expected --certificate and --key together")
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=_PatientProtocol,
        ws="none",
        loop="auto",
        lifespan="on",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=grace_seconds,
        ssl_certfile=os.fspath(certificate) if certificate is not None else None,
        ssl_keyfile=key,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise errors.IoError(f"serve: cannot read certificate or key ({type(error).__name__})") from None
    if config.ssl is not None:
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
    return config


def run(config: uvicorn.Config, *, ready: Any = None) -> None:
    """Serves until SIGTERM or SIGINT; what is under way is finished first.

    Args:
        ready: called once with the port when requests are answered.
    """
    _allow_connections(_application(config))
    server = Server(config)
    server.on_start = ready
    with _signals_end_quietly(), _no_port_said_twice():
        try:
            server.run()
        except SystemExit:
            raise errors.IoError(
                f"serve: cannot listen on {config.host}:{config.port}; is the port taken?"
            ) from None


class Server(uvicorn.Server):
    """uvicorn's server that says once that it answers."""

    on_start: Any = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started and self.on_start is not None:
            self.on_start(self.servers[0].sockets[0].getsockname()[1])


@contextlib.contextmanager
def _no_port_said_twice() -> Iterator[None]:
    """uvicorn logs the error of a port that is taken, which `run` says in its own words."""

    def others(record: logging.LogRecord) -> bool:
        return not isinstance(record.msg, OSError)

    log = logging.getLogger("uvicorn.error")
    log.addFilter(others)
    try:
        yield
    finally:
        log.removeFilter(others)


@contextlib.contextmanager
def _signals_end_quietly() -> Iterator[None]:
    """uvicorn raises the signal that ended it again; the process is to end with 0 then."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = {each: signal.signal(each, lambda *_: None) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for each, handler in former.items():
            signal.signal(each, handler)


def _allow_connections(app: Application) -> None:
    """As many open files as the system allows, each connection being one, and no more connections than those."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard != resource.RLIM_INFINITY:
        service, limits = app.service, app.service.limits
        service.connections = max(16, min(service.connections, hard - _RESERVED_FILES))
        if limits.connections_per_address and service.connections < limits.connections:
            share = limits.connections_per_address * service.connections // limits.connections
            service.places = Turns(max(4, share))

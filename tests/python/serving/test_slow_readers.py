"""Who does not read, or opens more connections than its share, takes them from nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from typing import Any

import pytest
from device_models import WORN
from served import Versions, ask, serving
from uvicorn.server import ServerState

from assay.serving import Limits, Service, configure, create_app
from assay.serving.server import _PatientProtocol, _place_of

DEVICE = "/predict/device-failure"
GET = b"GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n"


def open_connections(port: int) -> float:
    lines = ask(port, "GET", "/metrics")[2].splitlines()
    return float(next(line.split()[-1] for line in lines if line.startswith("assay_connections ")))


def test_who_asks_and_never_reads_is_cut_off_and_others_get_the_place() -> None:
    limits = Limits(rate=1e6, request_seconds=0.5, connections=4)
    with serving(Service(Versions(), limits=limits)) as port, contextlib.ExitStack() as held:
        for _ in range(3):
            client = held.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(2)
            client.connect(("127.0.0.1", port))
            with contextlib.suppress(OSError):
                for _ in range(2000):
                    client.sendall(GET)
        until = time.monotonic() + 20
        while open_connections(port) > 1:
            assert time.monotonic() < until, "connections of those who do not read stay open"
            time.sleep(0.05)
        assert ask(port, "POST", DEVICE, WORN)[0] == 200


def test_who_reads_slowly_but_reads_gets_all() -> None:
    with (
        serving(Service(Versions(), limits=Limits(rate=1e6, request_seconds=2.0))) as port,
        socket.socket() as client,
    ):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.connect(("127.0.0.1", port))
        client.settimeout(30)
        client.sendall(GET * 40)
        came = b""
        while came.count(b"HTTP/1.1 200") < 40 or not came.endswith(b"}"):
            part = client.recv(65536)
            assert part, "cut off while it reads"
            came += part
            time.sleep(0.002)


class Held:
    """A transport with bytes that its reader does not take."""

    def __init__(self) -> None:
        self.closing = self.aborted = False

    def get_extra_info(self, name: str) -> Any:
        return None

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True  # and stays open until all is read

    def write(self, data: bytes) -> None:
        pass

    def abort(self) -> None:
        self.aborted = True

    pause_reading = resume_reading = close_reading = lambda self: None


@pytest.mark.parametrize("how", ["no HTTP", "idle for too long", "a head that does not end"])
def test_a_connection_that_is_being_closed_ends_though_nobody_reads(how: str) -> None:
    service = Service(Versions(), limits=Limits(request_seconds=0.05))
    config = configure(create_app(service), port=0)

    async def closed() -> bool:
        protocol, transport = _PatientProtocol(config, ServerState(), {}), Held()
        protocol.connection_made(transport)  # type: ignore[arg-type]
        if how == "no HTTP":
            protocol.data_received(b"\0\0\r\n\r\n")
        elif how == "idle for too long":
            protocol.timeout_keep_alive_handler()
        else:
            protocol.data_received(b"GET /health HT")
        await asyncio.sleep(0.3)
        protocol.connection_lost(OSError())
        return transport.aborted

    assert asyncio.run(closed())


def test_one_address_has_its_share_of_the_connections_and_another_its_own() -> None:
    limits = Limits(rate=1e6, connections=8, connections_per_address=2)
    with serving(Service(Versions(), limits=limits)) as port, contextlib.ExitStack() as held:
        first = [held.enter_context(socket.create_connection(("127.0.0.1", port), 30)) for _ in range(2)]
        for client in first:
            client.sendall(GET)
            assert client.recv(100).startswith(b"HTTP/1.1 200")
        third = held.enter_context(socket.create_connection(("127.0.0.1", port), 30))
        assert third.recv(100).startswith(b"HTTP/1.1 503 ")
        try:
            other = socket.create_connection(("127.0.0.1", port), 30, source_address=("127.0.0.2", 0))
        except OSError:
            pytest.skip("this system has one loopback address")
        held.enter_context(other)
        other.sendall(GET)
        assert other.recv(100).startswith(b"HTTP/1.1 200")
        first[0].close()
        until = time.monotonic() + 20
        while True:
            again = held.enter_context(socket.create_connection(("127.0.0.1", port), 30))
            with contextlib.suppress(ConnectionError):
                again.sendall(GET)
                if again.recv(100).startswith(b"HTTP/1.1 200"):
                    break
            again.close()
            assert time.monotonic() < until, "the place was not given back"


def test_no_limit_by_address_leaves_that_of_all() -> None:
    limits = Limits(connections=3, connections_per_address=0)
    with serving(Service(Versions(), limits=limits)) as port, contextlib.ExitStack() as held:
        for _ in range(3):
            client = held.enter_context(socket.create_connection(("127.0.0.1", port), 30))
            client.sendall(GET)
            assert client.recv(100).startswith(b"HTTP/1.1 200")


def test_of_ipv6_a_network_is_one_address() -> None:
    assert _place_of(("2001:db8::1", 1)) == _place_of(("2001:db8::ffff:2", 2)) == "2001:db8::/64"
    assert _place_of(("2001:db8:0:1::1", 1)) != _place_of(("2001:db8::1", 1))
    assert _place_of(("::ffff:10.0.0.1", 1)) == _place_of(("10.0.0.1", 1)) == "10.0.0.1"
    assert _place_of(("fe80::1%eth0", 1)) == "fe80::/64"
    assert _place_of(None) == "-"


def test_looks_at_the_health_have_a_limit_of_their_own() -> None:
    with serving(Service(Versions(), limits=Limits(rate=0.5))) as port:  # 10 looks at once
        found = [ask(port, "GET", "/health")[0] for _ in range(40)]
        assert found[:10] == [200] * 10 and found.count(429) >= 10
        assert ask(port, "GET", "/ready")[1]["retry-after"] == "1"
        assert ask(port, "POST", DEVICE, WORN)[0] == 200

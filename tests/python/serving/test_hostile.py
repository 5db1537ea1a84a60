"""What a stranger may send to `assay lims serve`: memory stays, and others are answered within a second."""

from __future__ import annotations

import contextlib
import resource
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from device_model_file import write_model
from device_models import WORN
from serve_command import servers
from served import ask

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")

DEVICE, BATCH = "/predict/device-failure", "/predict/device-failure/batch"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """Process and port of a server that has answered."""
    folder = tmp_path_factory.mktemp("hostile")
    model = write_model(folder / "device.assay-model")
    with servers(folder) as start:
        process, port = start(str(model), "--rate", "100000")
        for _ in range(20):
            assert ask(port, "POST", DEVICE, WORN)[0] == 200
            assert ask(port, "POST", BATCH, {"devices": [WORN] * 1000})[0] == 200
        yield process.pid, port


def most_memory(process: int) -> int:
    """MiB that it had at most so far."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) >> 10


def answered_within_a_second(port: int) -> None:
    began = time.monotonic()
    assert ask(port, "POST", DEVICE, WORN)[0] == 200
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("path", [DEVICE, BATCH, "/model-info", "/unknown"])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_hundred_megabytes_do_not_get_into_memory(
    chunked: bool, path: str, served: tuple[int, int]
) -> None:
    process, port = served
    before = most_memory(process)
    how = "transfer-encoding: chunked" if chunked else f"content-length: {100 << 20}"
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{how}\r\n\r\n"
    block = b" " * 65536
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(head.encode())
        with contextlib.suppress(ConnectionError):
            for _ in range((100 << 20) // len(block)):
                client.sendall(b"%x\r\n%s\r\n" % (len(block), block) if chunked else block)
        answer = client.recv(1000)
    assert answer.split(b" ")[1] in (b"413", b"404", b"405")
    assert most_memory(process) - before < 8
    answered_within_a_second(port)


@pytest.mark.parametrize("opening", ["[", '{"devices":', '{"devices":[{"type":'])
def test_json_of_any_depth_is_refused(opening: str, served: tuple[int, int]) -> None:
    process, port = served
    before = most_memory(process)
    body = (opening * 100_000).encode()
    for path in (DEVICE, BATCH):
        for sent in (body, body[: 1 << 20], body[: 16 << 10]):
            assert ask(port, "POST", path, sent)[0] in (413, 422)
    assert ask(port, "POST", BATCH, b"[" * 100_000)[0] == 422
    assert most_memory(process) - before < 16
    answered_within_a_second(port)


@pytest.mark.parametrize("begun", [b"", b"POST /predict/device-failure HTTP/1.1\r\nhost: loc"])
def test_the_next_after_a_thousand_connections_is_answered(begun: bytes, served: tuple[int, int]) -> None:
    _, port = served
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 1500:
        pytest.skip("this system allows a process fewer files than the test opens")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        with contextlib.ExitStack() as held:
            for _ in range(1000):
                client = held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
                client.sendall(begun)
            for _ in range(5):
                answered_within_a_second(port)
            assert ask(port, "GET", "/ready")[2]["ready"]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("reads", [False, True])
def test_requests_sent_without_end_before_their_answers_do_not_fill_the_memory(
    reads: bool, served: tuple[int, int]
) -> None:
    """Pipelined by four clients for four seconds, with nobody's key; the answers are read or left."""
    process, port = served
    before = most_memory(process)
    block = b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n" * 1000
    until = time.monotonic() + 4
    with contextlib.ExitStack() as held:
        clients = [held.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(4)]
        for client in clients:
            client.setblocking(False)
        while time.monotonic() < until:
            for client in clients:
                with contextlib.suppress(OSError):  # it would block, or was cut off
                    client.send(block)
                if reads:
                    with contextlib.suppress(OSError):
                        client.recv(1 << 16)
        answered_within_a_second(port)
        grown = most_memory(process) - before
    # One read of each client is parsed before it is held back: some 1,400 requests of 10 KB. Without that, hundreds.
    assert grown < 100, grown

"""What keeps a server up: too much, too slow, too many, and an orderly end."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from device_models import WORN
from served import Versions, ask, serving

import assay
from assay.data.audit import AuditLog
from assay.serving import Access, ApiKeys, Limits, Service, configure, create_app, new_key
from assay.serving.server import is_loopback

DEVICE = "/predict/device-failure"
HELPERS = Path(__file__).resolve().parents[1] / "helpers"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(Service(Versions(), limits=Limits(rate=100_000, request_seconds=1.0))) as port:
        yield port


def head(length: int | None, path: str = DEVICE) -> bytes:
    how = "transfer-encoding: chunked" if length is None else f"content-length: {length}"
    return (
        f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{how}\r\n\r\n".encode()
    )


def upload(port: int, chunked: bool) -> tuple[bytes, int]:
    """Sends 100 MB as far as the server takes it: the answer's first line, and the bytes sent."""
    size, block, sent = 100 << 20, b" " * 65536, 0
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(head(None if chunked else size))
        with contextlib.suppress(ConnectionError):
            while sent < size:
                client.sendall(b"%x\r\n%s\r\n" % (len(block), block) if chunked else block)
                sent += len(block)
                client.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    if client.recv(1, socket.MSG_PEEK):
                        break
                client.setblocking(True)
        client.settimeout(30)
        return client.recv(65536).partition(b"\r\n")[0], sent


@pytest.mark.parametrize("chunked", [False, True])
def test_a_hundred_megabytes_are_refused_while_they_come(chunked: bool, port: int) -> None:
    status, sent = upload(port, chunked)
    assert status.startswith(b"HTTP/1.1 413 ")
    assert sent < 20 << 20
    assert ask(port, "POST", DEVICE, WORN)[0] == 200


def test_a_body_one_byte_too_long_is_refused_and_one_that_fits_is_read(port: int) -> None:
    fits = json.dumps(WORN).encode().ljust(16 << 10)
    assert ask(port, "POST", DEVICE, fits)[0] == 200
    status, headers, answer = ask(port, "POST", DEVICE, fits + b" ")
    assert (status, answer["detail"]) == (413, "Expected at most 16384 bytes")
    assert headers["connection"] == "close"


@pytest.mark.parametrize(
    "beginning",
    [b"", b"POST /pre", head(1000), head(1000) + b'{"type"', head(None) + b"3\r\nabc"],
    ids=["nothing", "half a line", "no body", "half a body", "half a chunked body"],
)
def test_a_request_that_does_not_arrive_is_given_up(beginning: bytes, port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(beginning)
        assert client.recv(1000) == b""  # closed by the server, after a second here


def test_a_byte_now_and_then_does_not_hold_a_connection(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(head(1000)[:-2])
        began = time.monotonic()
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < began + 30:
                client.sendall(b"x")
                client.settimeout(0.1)
                with contextlib.suppress(TimeoutError):
                    assert client.recv(1000) == b""
                    break
        assert time.monotonic() < began + 15  # a second here, whatever comes meanwhile


def test_a_head_without_end_is_cut_off(port: int) -> None:
    sent = 0
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(b"GET /health HTTP/1.1\r\nhost: localhost\r\n")
        with contextlib.suppress(ConnectionError):
            while sent < 50 << 20:
                client.sendall(b"x-more: " + b"a" * 8000 + b"\r\n")
                sent += 8010
        with contextlib.suppress(ConnectionError):
            assert client.recv(1000) == b""
    assert sent < 20 << 20


def test_a_body_that_goes_on_after_its_refusal_is_cut_off() -> None:
    _, entry = new_key("ward7", "predict")
    access = Access(ApiKeys(json.dumps({"keys": [entry]})))
    with serving(Service(Versions(), access=access)) as port:
        status, sent = upload(port, chunked=False)
        assert status.startswith(b"HTTP/1.1 401") and sent < 20 << 20


def test_what_is_no_http_is_refused(port: int) -> None:
    for sent in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET\r\n\r\n", b"\0" * 100_000):
        with (
            socket.create_connection(("127.0.0.1", port), timeout=30) as client,
            contextlib.suppress(ConnectionError),
        ):
            client.sendall(sent)
            assert client.recv(1000).startswith(b"HTTP/1.1 400")
    assert ask(port, "GET", "/health")[0] == 200


def test_two_lengths_or_both_framings_are_refused(port: int) -> None:
    body = json.dumps(WORN).encode()
    for more in (b"content-length: 5\r\n", b"transfer-encoding: chunked\r\n"):
        request = head(len(body)).replace(b"\r\n\r\n", b"\r\n" + more + b"\r\n") + body
        with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
            client.sendall(request)
            assert client.recv(1000).startswith(b"HTTP/1.1 400")


def test_requests_in_a_row_on_one_connection_are_answered_in_order(port: int) -> None:
    bodies = [json.dumps(WORN | {"tool_wear_min": wear}).encode() for wear in (0, 100, 200)]
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(b"".join(head(len(body)) + body for body in bodies))
        came = b""
        while came.count(b'"version"') < 3:
            came += client.recv(65536)
    assert [part.split(b",")[0] for part in came.split(b'"risk":')[1:]] == [b"0.0", b"30.0", b"60.0"]


def test_a_thousand_idle_connections_do_not_take_it_down() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2500:
        pytest.skip("this system allows a process fewer files than the test opens")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    service = Service(Versions(), limits=Limits(rate=100_000))
    try:
        with serving(service) as port, contextlib.ExitStack() as idle:
            for number in range(1000):
                client = idle.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
                if number % 2:
                    client.sendall(b"POST /predict/dev")
            for _ in range(20):
                assert ask(port, "POST", DEVICE, WORN)[0] == 200
            assert "assay_connections 1001.0" in ask(port, "GET", "/metrics")[2]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_connections_beyond_the_limit_are_told_and_closed_and_the_others_answered() -> None:
    with serving(Service(Versions(), limits=Limits(connections=2))) as port, contextlib.ExitStack() as idle:
        first = idle.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
        first.sendall(head(0))
        assert first.recv(100).startswith(b"HTTP/1.1 422")
        idle.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
        third = idle.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
        said = b""
        while part := third.recv(4096):
            said += part
        assert said.startswith(b"HTTP/1.1 503 ") and said.endswith(
            b'"Too many connections; try again later"}'
        )
        first.sendall(head(0))
        while not first.recv(65536).endswith(b"}"):
            pass


def stopped(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(60)


@pytest.fixture
def started(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    folder = str(Path(assay.__file__).resolve().parents[1])
    command = [sys.executable, str(HELPERS / "serve_until_stopped.py"), str(tmp_path / "audit.jsonl")]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([folder, os.environ.get("PYTHONPATH", "")])},
    )
    assert process.stdout is not None
    try:
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_stop_writes_the_audit_log_to_its_end(
    started: tuple[subprocess.Popen[str], int], tmp_path: Path
) -> None:
    process, port = started
    assert {ask(port, "POST", DEVICE, WORN)[0] for _ in range(50)} == {200}
    with socket.create_connection(("127.0.0.1", port)):  # an idle one does not hold it up
        assert stopped(process) == 0
    log = AuditLog(tmp_path / "audit.jsonl")
    assert log.verify().ok
    assert sum(int(entry["about"]["accesses"]) for entry in log.entries()) == 50


def test_what_is_under_way_is_answered_before_it_stops(started: tuple[subprocess.Popen[str], int]) -> None:
    process, port = started
    body = json.dumps(WORN).encode()
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(head(len(body))[:-2] + b"expect: 100-continue\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 100")  # the request has begun
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(ConnectionError):
            while True:  # until it takes no more connections
                socket.create_connection(("127.0.0.1", port), timeout=60).close()
        client.sendall(body)
        came = b""
        while not came.endswith(b"}}"):
            came += client.recv(65536)
    assert b"200 OK" in came and b"connection: close" in came
    assert process.wait(60) == 0


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    files = ["-keyout", str(key), "-out", str(certificate), "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*command.split(), *files], check=True, capture_output=True)
    return certificate, key


def test_tls_is_1_2_or_newer(certificate: tuple[Path, Path]) -> None:
    service = Service(Versions(), limits=Limits(rate=1000))
    trusted = ssl.create_default_context(cafile=str(certificate[0]))
    old = ssl.create_default_context(cafile=str(certificate[0]))
    old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    old.set_ciphers("DEFAULT@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLS"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with serving(service, certificate=certificate[0], key=certificate[1]) as port:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=30) as raw,
            trusted.wrap_socket(raw, server_hostname="localhost") as client,
        ):
            assert client.version() in ("TLSv1.2", "TLSv1.3")
            client.sendall(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n")
            assert client.recv(1000).startswith(b"HTTP/1.1 200")
        with socket.create_connection(("127.0.0.1", port), timeout=30) as raw, pytest.raises(ssl.SSLError):
            old.wrap_socket(raw, server_hostname="localhost")


def test_a_certificate_that_is_none_or_alone_is_refused(
    certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    app = create_app(Service(Versions()))
    (tmp_path / "none.pem").write_text("none")
    with pytest.raises(assay.ValueError, match="together"):
        configure(app, certificate=certificate[0])
    with pytest.raises(assay.IoError, match="certificate or key"):
        configure(app, certificate=tmp_path / "none.pem", key=certificate[1])
    with pytest.raises(assay.IoError, match="certificate or key"):
        configure(app, certificate=certificate[0], key=tmp_path / "missing.pem")


def test_other_machines_are_answered_only_with_keys() -> None:
    assert is_loopback("127.0.0.1") and is_loopback("::1") and is_loopback("127.8.0.1")
    assert not is_loopback("0.0.0.0") and not is_loopback("::")
    with pytest.raises(assay.ValueError, match="keys or tokens"):
        configure(create_app(Service(Versions())), host="0.0.0.0")
    _, entry = new_key("ward7", "predict")
    access = Access(ApiKeys(json.dumps({"keys": [entry]})))
    assert configure(create_app(Service(Versions(), access=access)), host="0.0.0.0").host == "0.0.0.0"


def test_threads_that_ask_at_once_get_their_own_answers(port: int) -> None:
    wrong: list[float] = []

    def work(wear: int) -> None:
        for _ in range(25):
            found = ask(port, "POST", DEVICE, WORN | {"tool_wear_min": wear})[2]["risk"]
            if found != pytest.approx(wear * 60 / 200):
                wrong.append(found)

    threads = [threading.Thread(target=work, args=(10 * i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []

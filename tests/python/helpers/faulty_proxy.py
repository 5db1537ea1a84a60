"""A proxy before a real server that spoils some of the answers, and some of the requests with them."""

from __future__ import annotations

import http.client
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BUSY = b'{"error_code":"BAD_REQUEST","message":"QueuePool limit of size 5 overflow 10 reached"}'


@dataclass(frozen=True)
class Fault:
    """What the client gets instead of the answer. `applied`: the server did its work all the same."""

    name: str
    applied: bool
    status: int = 200
    body: bytes | None = b""  # None: the true one
    kind: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    share: float = 1.0  # of the body that is sent before the connection is closed
    seconds: float = 0.0  # before the answer, a piece at a time
    hang_up: bool = False


def usual_faults() -> list[Fault]:
    """The statuses that ask to come back, half and slow and wrong answers: each with and without effect."""
    return [
        fault
        for applied in (False, True)
        for fault in (
            *(Fault(f"{status}", applied, status=status) for status in (429, 500, 502, 503, 504)),
            Fault("429 with Retry-After", applied, status=429, headers=(("Retry-After", "0"),)),
            Fault("an overloaded server's 400", applied, status=400, body=BUSY),
            Fault("half an answer", applied, body=b'{"run": {"info": {"run_id": "0123', share=0.5),
            Fault("wrong JSON", applied, body=b'{"runs": [[1, 2], "x"], "experiment": 3, "run": null}'),
            Fault("JSON that is cut", applied, body=b'{"run": {"info"'),
            Fault("an empty 200", applied),
            Fault("a login page", applied, body=b"<html>sign in</html>", kind="text/html"),
            Fault("no answer", applied, hang_up=True),
        )
    ] + [
        Fault("half the true answer", True, body=None, share=0.5),
        Fault("a slow answer", True, body=None, seconds=0.4),
    ]


@dataclass
class Proxy:
    """`next_fault` is asked before each request: None lets it through."""

    target: str
    next_fault: Callable[[str, str], Fault | None]
    url: str = ""
    met: list[str] = field(default_factory=list)
    requests: int = 0


@contextmanager
def faulty_proxy(target: str, next_fault: Callable[[str, str], Fault | None]) -> Iterator[Proxy]:
    proxy = Proxy(target, next_fault)
    lock = threading.Lock()
    host = urllib.parse.urlsplit(target).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            request = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with lock:
                proxy.requests += 1
                fault = proxy.next_fault(self.command, self.path)
                if fault is not None:
                    proxy.met.append(f"{fault.name}, {'applied' if fault.applied else 'not applied'}")
            status, kind, body = 200, "application/json", b""
            if fault is None or fault.applied:
                status, kind, body = self.forward(request)
            if fault is None:
                fault = Fault("none", True, body=None)
            if fault.hang_up:
                self.close_connection = True
                return
            if fault.body is not None:
                status, kind, body = fault.status, fault.kind, fault.body
            self.send_response(status)
            if kind:
                self.send_header("Content-Type", kind)
            for name, value in fault.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            for piece in range(4 if fault.seconds else 0):
                time.sleep(fault.seconds / 4)
                self.wfile.write(body[piece * len(body) // 4 : (piece + 1) * len(body) // 4])
                self.wfile.flush()
            if not fault.seconds:
                self.wfile.write(body[: int(len(body) * fault.share)])
            self.close_connection = fault.share < 1

        def forward(self, request: bytes) -> tuple[int, str, bytes]:
            connection = http.client.HTTPConnection(host, timeout=120)
            try:
                headers = {n: v for n, v in self.headers.items() if n.lower() not in ("host", "connection")}
                connection.request(self.command, self.path, request, headers)
                answer = connection.getresponse()
                return answer.status, answer.headers.get("Content-Type", ""), answer.read()
            finally:
                connection.close()

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

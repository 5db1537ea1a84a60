"""A strict HTTP server on loopback: every request is recorded, and whatever no handler expects is a violation."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass
class Got:
    """A request as the server saw it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def raw_path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def path(self) -> str:
        return unquote(self.raw_path)

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def json(self) -> Any:
        return json.loads(self.body or b"{}")

    def __repr__(self) -> str:
        return f"{self.method} {self.target}"


@dataclass
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    hang_up: bool = False


class Violation(Exception):
    """The client sent what no server of this kind expects."""


def as_json(value: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(value).encode(), {"Content-Type": "application/json"})


def refusal(status: int, code: str, message: str = "made up", **headers: str) -> Answer:
    answer = as_json({"error_code": code, "message": message}, status)
    answer.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return answer


def expect(condition: bool, what: str) -> None:
    if not condition:
        raise Violation(what)


Handler = Callable[[Got, "re.Match[str]"], Answer]
Fault = Callable[[Got], "Answer | None"]


class FakeServer:
    """Routes requests to handlers; ``fault`` sees each first, and its answer stands where it gives one."""

    def __init__(self) -> None:
        self.requests: list[Got] = []
        self.violations: list[str] = []
        self.fault: Fault | None = None
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler_class())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> FakeServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def route(self, method: str, pattern: str, handler: Handler) -> None:
        self._routes.append((method, re.compile(pattern + r"\Z"), handler))

    def take(self) -> list[Got]:
        """The requests since the last call."""
        with self._lock:
            taken, self.requests = self.requests, []
        return taken

    def fail_once(self, method: str, part: str, answer: Answer, times: int = 1) -> None:
        """Answer the next ``times`` requests to a path with ``part`` in it so."""
        left = [times]

        def fault(got: Got) -> Answer | None:
            if got.method != method or part not in got.path or left[0] == 0:
                return None
            left[0] -= 1
            return answer

        self.fault = fault

    def answer(self, got: Got) -> Answer:
        with self._lock:  # one at a time: the state needs no locks of its own
            self.requests.append(got)
            if self.fault is not None and (answer := self.fault(got)) is not None:
                return answer
            try:
                for method, pattern, handler in self._routes:
                    if got.method == method and (match := pattern.match(got.path)):
                        return handler(got, match)
                raise Violation("no such endpoint")
            except (Violation, KeyError, ValueError) as error:
                self.violations.append(f"{got}: {error!r}")
                return refusal(400, "INVALID_PARAMETER_VALUE", repr(error))

    def _handler_class(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Connection(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def _answer(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body = self._chunks() if self.headers.get("Transfer-Encoding") else self.rfile.read(length)
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer = fake.answer(Got(self.command, self.path, headers, body))
                if answer.hang_up:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in answer.headers:
                    self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer.body)
                    cut = int(answer.headers.get("Content-Length", 0)) > len(answer.body)
                    self.close_connection = self.close_connection or cut

            def _chunks(self) -> bytes:
                body = b""
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                while self.rfile.readline().strip():
                    pass
                return body

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _answer

        return Connection

"""A server of predictions on a free port of this machine, in a thread, and requests to it by sockets alone."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from device_models import AI4I_METADATA, ByStrain

from assay.pipelines.device_risk import DeviceRisk
from assay.serving import Service, configure, create_app
from assay.serving.server import Server


class Versions:
    """A source of models: the test says which is the newest, and which one cannot be loaded."""

    def __init__(self) -> None:
        self.models: dict[str, DeviceRisk | Exception] = {"7": DeviceRisk(ByStrain(), AI4I_METADATA)}
        self.now: str | Exception = "7"
        self.kept: list[str] = []

    def __str__(self) -> str:
        return "a test"

    def put(self, version: str, model: Any = None, **metadata: Any) -> None:
        """Makes it the newest: an exception, or an estimator with changes of the metadata."""
        if isinstance(model, Exception):
            self.models[version] = model
        else:
            self.models[version] = DeviceRisk(model or ByStrain(), AI4I_METADATA | metadata, version=version)
        self.now = version

    def newest(self) -> str:
        if isinstance(self.now, Exception):
            raise self.now
        return self.now

    def load(self, newest: str) -> DeviceRisk:
        found = self.models[newest]
        if isinstance(found, Exception):
            raise found
        return found

    def last_good(self) -> DeviceRisk | None:
        return self.load(self.kept[-1]) if self.kept else None

    def keep(self, newest: str) -> None:
        self.kept.append(newest)


@contextlib.contextmanager
def serving(service: Service, *, reload_seconds: float = 0, **how: Any) -> Iterator[int]:
    """Runs a server; gives its port."""
    server = Server(configure(create_app(service, reload_seconds=reload_seconds), port=0, **how))
    started = threading.Event()
    ports: list[int] = []

    def ready(port: int) -> None:
        ports.append(port)
        started.set()

    server.on_start = ready
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert started.wait(60)
    try:
        yield ports[0]
    finally:
        server.should_exit = True
        thread.join(60)
        assert not thread.is_alive()


def ask(
    port: int,
    method: str,
    path: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    connection: http.client.HTTPConnection | None = None,
) -> tuple[int, http.client.HTTPMessage, Any]:
    """Status, headers and the body, read as JSON where it is JSON; `body` is sent as JSON unless it is bytes."""
    own = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    given = {"content-type": "application/json"} if content is not None else {}
    own.request(method, path, content, {**given, **(headers or {})})
    answer = own.getresponse()
    read = answer.read()
    if connection is None:
        own.close()
    if answer.headers.get("content-type", "").startswith("application/json"):
        return answer.status, answer.headers, json.loads(read)
    return answer.status, answer.headers, read.decode()

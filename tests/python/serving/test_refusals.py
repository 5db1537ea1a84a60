"""Refusals reach those who are still sending: with Python's own client, which sends all before it reads."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest
from device_models import WORN
from served import Versions, ask, serving

from assay.data.audit import AuditLog
from assay.serving import Access, ApiKeys, AuditTrail, Limits, Service, new_key

DEVICE, BATCH = "/predict/device-failure", "/predict/device-failure/batch"
LARGE = 20 << 20
MADE = {role: new_key(role, role) for role in ("predict", "monitor")}
RIGHT, MONITOR = {"X-API-Key": MADE["predict"][0]}, {"X-API-Key": MADE["monitor"][0]}


def with_keys() -> Access:
    return Access(ApiKeys(json.dumps({"keys": [entry for _, entry in MADE.values()]})))


class FullTrail(AuditTrail):
    full = True


def sent_whole(port: int, path: str, headers: dict[str, str], *, chunked: bool) -> tuple[int, str | None]:
    """Status of the answer to 20 MiB, and what it says of the connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    block = b" " * (1 << 20)
    body: Any = (block for _ in range(LARGE >> 20))
    given = {"content-type": "application/json", **headers}
    if not chunked:
        given["content-length"] = str(LARGE)
    connection.request("POST", path, body, given, encode_chunked=chunked)
    answer = connection.getresponse()
    json.loads(answer.read())
    connection.close()
    return answer.status, answer.headers["connection"]


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (BATCH, {"X-API-Key": "wrong"}, 401),
        (BATCH, MONITOR, 403),
        (BATCH, RIGHT, 413),
        ("/unknown", {}, 413),
        ("/health", {}, 413),
    ],
)
def test_a_refusal_is_read_after_twenty_megabytes(
    path: str, headers: dict[str, str], status: int, chunked: bool
) -> None:
    with serving(Service(Versions(), access=with_keys())) as port:
        assert sent_whole(port, path, headers, chunked=chunked) == (status, "close")
        assert ask(port, "POST", DEVICE, WORN, RIGHT)[0] == 200


def test_so_are_too_many_another_name_and_a_log_that_does_not_keep_up(tmp_path: Any) -> None:
    limited = Service(Versions(), access=with_keys(), limits=Limits(rate=0.1))
    with serving(limited) as port:
        assert ask(port, "POST", DEVICE, WORN, RIGHT)[0] == 200
        assert sent_whole(port, BATCH, RIGHT, chunked=False) == (429, "close")
    with serving(Service(Versions())) as port:
        assert sent_whole(port, BATCH, {"host": "evil.example"}, chunked=False) == (421, "close")
    trail = FullTrail(AuditLog(tmp_path / "audit.jsonl"))
    with serving(Service(Versions(), access=with_keys(), trail=trail)) as port:
        assert sent_whole(port, BATCH, RIGHT, chunked=False) == (503, "close")


def test_a_refusal_of_little_keeps_the_connection() -> None:
    with serving(Service(Versions(), access=with_keys())) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        status, headers, _ = ask(port, "POST", DEVICE, WORN, {"X-API-Key": "wrong"}, connection)
        assert status == 401 and "connection" not in headers
        before = connection.sock
        assert ask(port, "POST", DEVICE, WORN, RIGHT, connection)[0] == 200 and connection.sock is before
        connection.close()

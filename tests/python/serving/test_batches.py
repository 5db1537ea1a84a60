"""Batches cost what they ask, wait for each other, and let single devices through."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from typing import Any

import pytest
from device_models import WORN
from served import Versions, ask, serving

from assay.serving import Access, ApiKeys, Limits, Service, new_key
from assay.serving.limits import RateLimiter, Turns

DEVICE, BATCH = "/predict/device-failure", "/predict/device-failure/batch"
MADE = [new_key(f"k{i}", "predict") for i in range(2)]
FIRST, SECOND = ({"X-API-Key": key} for key, _ in MADE)


def with_keys(**limits: Any) -> Service:
    access = Access(ApiKeys(json.dumps({"keys": [entry for _, entry in MADE]})))
    return Service(Versions(), access=access, limits=Limits(**limits))


def test_a_charge_is_repaid_before_the_next_request() -> None:
    limiter = RateLimiter(rate=2, burst=4)
    assert limiter.wait("a", 0.0) == 0
    limiter.charge("a", 9, 0.0)  # 6 short
    assert limiter.wait("a", 0.0) == pytest.approx(3.5)
    assert limiter.wait("a", 3.0) == pytest.approx(0.5)
    assert limiter.wait("a", 3.5) == 0
    limiter.charge("b", 1, 0.0)
    assert [limiter.wait("b", 0.0) for _ in range(4)] == [0, 0, 0, 0.5]


def test_turns_are_given_back() -> None:
    turns = Turns(2)
    for _ in range(2):
        assert not turns.full("a")
        turns.take("a")
    assert turns.full("a") and not turns.full("b")
    turns.give_back("a")
    assert not turns.full("a")
    turns.give_back("a")
    with pytest.raises(KeyError):
        turns.give_back("a")


def test_a_batch_pays_for_its_devices() -> None:
    with serving(with_keys(rate=10)) as port:  # 20 at once
        assert ask(port, "POST", BATCH, {"devices": [WORN] * 500}, FIRST)[0] == 200  # as 50 requests
        status, headers, _ = ask(port, "POST", DEVICE, WORN, FIRST)
        assert status == 429 and 3 <= int(headers["retry-after"]) <= 4
        assert ask(port, "POST", DEVICE, WORN, SECOND)[0] == 200


def test_a_small_batch_costs_one_request() -> None:
    with serving(with_keys(rate=0.01, batch_share=10)) as port:
        assert ask(port, "POST", BATCH, {"devices": [WORN] * 10}, FIRST)[0] == 200
        assert int(ask(port, "POST", BATCH, {"devices": [WORN]}, FIRST)[1]["retry-after"]) <= 101


def test_a_batch_that_is_wrong_pays_for_its_text() -> None:
    with serving(with_keys(rate=10)) as port:
        assert ask(port, "POST", BATCH, b"[" + b" " * (1000 << 10), FIRST)[0] == 422  # as 100 requests
        assert ask(port, "POST", DEVICE, WORN, FIRST)[0] == 429


def test_no_caller_has_more_than_some_batches_at_once() -> None:
    body = json.dumps({"devices": [WORN]}).encode()
    head = (
        f"POST {BATCH} HTTP/1.1\r\nhost: a\r\nx-api-key: {FIRST['X-API-Key']}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nexpect: 100-continue\r\n\r\n"
    )
    with serving(with_keys(batches=2, rate=1000)) as port, contextlib.ExitStack() as held:
        clients = [
            held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30)) for _ in range(2)
        ]
        for client in clients:
            client.sendall(head.encode())
            assert client.recv(100).startswith(b"HTTP/1.1 100")  # its turn is taken
        status, headers, _ = ask(port, "POST", BATCH, body, FIRST)
        assert (status, headers["retry-after"]) == (429, "1")
        assert ask(port, "POST", DEVICE, WORN, FIRST)[0] == 200
        assert ask(port, "POST", BATCH, body, SECOND)[0] == 200
        clients[0].sendall(body)
        assert clients[0].recv(1000).startswith(b"HTTP/1.1 200")
        assert ask(port, "POST", BATCH, body, FIRST)[0] == 200
        clients[1].close()  # left before its request was whole
        clients[0].sendall(head.encode())
        assert clients[0].recv(100).startswith(b"HTTP/1.1 100")
        for _ in range(1000):
            if ask(port, "POST", BATCH, body, FIRST)[0] == 200:
                break
        else:
            pytest.fail("the turn of one that left was not given back")


def test_between_two_turns_of_others_few_devices_are_assessed_however_many_batches_wait() -> None:
    service = Service(Versions())
    body = json.dumps({"devices": [WORN] * 200}).encode()
    assessed = 0
    plain = service._said

    def said(*what: Any) -> dict[str, Any]:
        nonlocal assessed
        assessed += 1
        return plain(*what)

    service._said = said  # type: ignore[method-assign]

    async def others_meanwhile() -> list[int]:
        batches = [asyncio.create_task(service.batch(body)) for _ in range(20)]
        found = []
        while not all(each.done() for each in batches):
            before = assessed
            await asyncio.sleep(0)
            found.append(assessed - before)
        assert [each.result().rows for each in batches] == [200] * 20
        return found

    found = asyncio.run(others_meanwhile())
    assert sum(found) == 4000 and max(found) <= 25


def test_a_slow_model_gives_others_their_turn_after_a_millisecond() -> None:
    service = Service(Versions())
    body = json.dumps({"devices": [WORN] * 60}).encode()
    assessed = 0
    plain = service._said

    def said(*what: Any) -> dict[str, Any]:
        nonlocal assessed
        assessed += 1
        time.sleep(0.0006)
        return plain(*what)

    service._said = said  # type: ignore[method-assign]

    async def others_meanwhile() -> list[int]:
        batch = asyncio.create_task(service.batch(body))
        found = []
        while not batch.done():
            before = assessed
            await asyncio.sleep(0)
            found.append(assessed - before)
        assert batch.result().rows == 60
        return found

    found = asyncio.run(others_meanwhile())
    assert sum(found) == 60 and max(found) <= 2  # the second ends after 1.2 ms

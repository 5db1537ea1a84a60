"""Looks for a newer model while a server runs, each in a thread that no stop waits for."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading

from assay.serving.live_model import Outcome
from assay.serving.service import Service

__all__ = ["end_at_once_if_looking", "follow"]

_THREAD = "assay-look"
_AT_MOST = 30.0
"""Seconds until keys are read again where a look takes long and none comes by itself."""


async def follow(service: Service, seconds: float) -> None:
    """Looks every so many seconds (0: never) and at each SIGHUP, and says on stderr what came of it, until cancelled.

    A look at a registry that stalls may take minutes; the file of keys is read again meanwhile.
    """
    said = ""
    wake = asyncio.Event()
    if threading.current_thread() is threading.main_thread():
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, wake.set)
    looking: asyncio.Future[Outcome] | None = None
    while True:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(wake.wait(), seconds or None)
        wake.clear()
        await asyncio.to_thread(service.read_keys)
        if looking is None:
            looking = _begin(service)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(looking), max(seconds or _AT_MOST, 0.1))
        if looking.done():
            _say(service, looking.result(), said)
            said = _subject(service, looking.result())
            looking = None


def end_at_once_if_looking(code: int) -> None:
    """Ends the process where a look is still under way: its thread would outlive the interpreter and abort it."""
    if any(each.name == _THREAD for each in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _begin(service: Service) -> asyncio.Future[Outcome]:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Outcome] = loop.create_future()

    def look() -> None:
        outcome = service.look()
        with contextlib.suppress(RuntimeError):  # the server has ended meanwhile
            loop.call_soon_threadsafe(lambda: None if done.done() else done.set_result(outcome))

    threading.Thread(target=look, name=_THREAD, daemon=True).start()
    return done


def _subject(service: Service, outcome: Outcome) -> str:
    """What is not as it should be; the same words for as long as it is the same."""
    if outcome.unreachable:
        return "unreachable"
    return outcome.problem or service.key_problem


def _say(service: Service, outcome: Outcome, said: str) -> None:
    if outcome.swapped:
        print(f"assay: model {service.live.risk.info.version} answers now", file=sys.stderr)
    problem = outcome.problem or service.key_problem
    if problem and _subject(service, outcome) != said:
        print(f"assay: {problem}", file=sys.stderr)
    elif said and not problem and not outcome.swapped:
        print("assay: what was not as it should be is over", file=sys.stderr)

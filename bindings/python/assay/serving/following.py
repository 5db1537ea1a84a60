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

    A look at a registry that stalls may take minutes; the file of keys is read again meanwhile. A turn that fails is
    told by `service.follow_problem`, and the next one follows: no error ends the loop.
    """
    wake = asyncio.Event()
    if threading.current_thread() is threading.main_thread():
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, wake.set)
    following = _Following(service, seconds)
    while True:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(wake.wait(), seconds or None)
        wake.clear()
        try:
            await following.turn()
            service.follow_problem = ""
        except Exception as error:
            service.follow_problem = f"looking for newer keys and models failed ({type(error).__name__})"


class _Following:
    """A look that may be under way, and what was said last."""

    def __init__(self, service: Service, seconds: float) -> None:
        self._service = service
        self._seconds = seconds
        self._looking: asyncio.Future[Outcome] | None = None
        self._said = ""

    async def turn(self) -> None:
        """Reads the keys, and looks, or waits for the look that is under way."""
        await asyncio.to_thread(self._service.read_keys)
        looking = self._looking = self._looking or _begin(self._service)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(looking), max(self._seconds or _AT_MOST, 0.1))
        if looking.done():
            self._looking = None
            outcome, said = looking.result(), self._said
            self._said = _subject(self._service, outcome)
            _say(self._service, outcome, said)


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
    return _problem(service, outcome)


def _problem(service: Service, outcome: Outcome) -> str:
    return outcome.problem or service.key_problem or service.live.keep_problem


def _say(service: Service, outcome: Outcome, said: str) -> None:
    if outcome.swapped:
        print(f"assay: model {service.live.risk.info.version} answers now", file=sys.stderr)
    problem = _problem(service, outcome)
    if problem and _subject(service, outcome) != said:
        print(f"assay: {problem}", file=sys.stderr)
    elif said and not problem and not outcome.swapped:
        print("assay: what was not as it should be is over", file=sys.stderr)

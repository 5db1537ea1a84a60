"""A run killed at any point is finished by the next one, and nobody is told twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from made_up_devices import MadeUpRisk

from assay.data import Lake
from assay.pipelines import device_scores
from assay.pipelines.device_scores.messages import Told
from assay.pipelines.device_scores.store import DAYS, REFUSED, SCORES
from assay.tracking.alerts import Secret, Webhook

HELPERS = Path(__file__).resolve().parents[2] / "helpers"
DAY = "2026-11-21"
PIPELINE = "assay.pipelines.device_scores"


class Hook:
    """A webhook on this machine; with `kill`, the process that speaks to it dies before it is answered."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.kill: int | None = None
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.texts.append(json.loads(body)["text"])
                if hook.kill is not None:
                    os.kill(hook.kill, signal.SIGKILL)
                    return
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def hooks() -> Iterator[list[Hook]]:
    made = [Hook(), Hook()]
    yield made
    for hook in made:
        hook.close()


def start(hooks: list[Hook], fleet: Path, **asked: Any) -> subprocess.Popen[str]:
    given = {
        "urls": [hook.url for hook in hooks],
        "source": str(fleet),
        "out": str(fleet.parent / "out"),
        "day": DAY,
    }
    paths = os.pathsep.join([str(HELPERS), *filter(None, sys.path)])
    command = [sys.executable, str(HELPERS / "killed_scores.py"), json.dumps({**given, **asked})]
    environment = {**os.environ, "PYTHONPATH": paths}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def ended(process: subprocess.Popen[str], code: int) -> None:
    process.communicate(timeout=300)
    assert process.returncode == code


def next_run(hooks: list[Hook], fleet: Path, *, tell_again: bool = False) -> Told:
    channels = [Webhook(Secret(hook.url), f"webhook {i}", attempts=1) for i, hook in enumerate(hooks)]
    out = fleet.parent / "out"
    day = date.fromisoformat(DAY)
    done = device_scores.run(
        fleet, out, model=MadeUpRisk(), day=day, channels=channels, tell_again=tell_again
    )
    return done.told


def told_again(told: Told) -> Told:
    """The same report, with nothing left to send."""
    return Told(unknown=told.unknown, details=told.details)


def lake(fleet: Path) -> Lake:
    return Lake(fleet.parent / "out" / "lake", catalog="LIMS")


@pytest.mark.parametrize(
    ("place", "when", "call"),
    [
        (f"{PIPELINE}.store:replace_day", "before", 1),
        (f"{PIPELINE}.store:replace_day", "after", 1),  # rows set aside stand there, scores do not
        (f"{PIPELINE}.store:replace_day", "after", 2),  # scores stand there, the day's line does not
        (f"{PIPELINE}.store:ScoreStore.write", "after", 1),
        (f"{PIPELINE}.workbook.file:_fill", "after", 1),  # the workbook is a draft
        (f"{PIPELINE}.workbook:write_workbook", "after", 1),
        (f"{PIPELINE}.messages:Outbox.put", "before", 1),
        (f"{PIPELINE}.messages:Outbox.put", "after", 1),
        (f"{PIPELINE}.messages:Outbox._send_one", "after", 1),  # the first of two channels was told
    ],
)
def test_the_next_run_finishes_the_day(
    place: str, when: str, call: int, hooks: list[Hook], fleet: Path
) -> None:
    with fleet.open("a") as more:
        more.write("F6,,1\n")
    ended(start(hooks, fleet, place=place, when=when, call=call), -signal.SIGKILL)
    assert next_run(hooks, fleet).unknown == 0
    assert [len(hook.texts) for hook in hooks] == [1, 1]
    assert (lake(fleet).read(SCORES).num_rows, lake(fleet).read(REFUSED).num_rows) == (5, 1)
    assert lake(fleet).read(DAYS).num_rows == 1
    out = fleet.parent / "out"
    assert (out / f"device_scores_{DAY}.xlsx").stat().st_size > 5_000
    assert json.loads((out / "run.json").read_text())["status"] == "done"
    assert [path.name for path in out.glob(".device_scores*")] == []  # no draft is left
    assert next_run(hooks, fleet) == Told()
    assert [len(hook.texts) for hook in hooks] == [1, 1]


def test_killed_while_a_channel_is_spoken_to(hooks: list[Hook], fleet: Path) -> None:
    first = start(hooks, fleet)
    hooks[0].kill = first.pid
    ended(first, -signal.SIGKILL)
    assert [len(hook.texts) for hook in hooks] == [1, 0]
    hooks[0].kill = None
    told = next_run(hooks, fleet)
    assert (told.sent, told.unknown, told.waiting) == (1, 1, 0)
    assert "--tell-again" in told.details[0]
    assert [len(hook.texts) for hook in hooks] == [1, 1]  # what may have arrived is not said again unasked
    assert next_run(hooks, fleet) == told_again(told)  # by every run, until somebody decides
    assert next_run(hooks, fleet, tell_again=True) == Told(sent=1)
    assert [len(hook.texts) for hook in hooks] == [2, 1]
    assert hooks[0].texts[0] == hooks[0].texts[1]
    assert next_run(hooks, fleet, tell_again=True) == Told()


def test_killed_after_the_attempt_was_noted_nothing_is_lost(hooks: list[Hook], fleet: Path) -> None:
    place = "assay.tracking.alerts.channels:Webhook.send"
    ended(start(hooks, fleet, place=place, when="before", call=1), -signal.SIGKILL)
    assert [len(hook.texts) for hook in hooks] == [0, 0]
    # The attempt stands there, how it ended does not: it is reported, and sent when somebody says so.
    told = next_run(hooks, fleet)
    assert (told.sent, told.unknown) == (1, 1)
    assert next_run(hooks, fleet, tell_again=True) == Told(sent=1)
    assert [len(hook.texts) for hook in hooks] == [1, 1]

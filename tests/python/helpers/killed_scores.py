"""A nightly run that kills its own process: killed_scores.py JSON, see `main`."""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from datetime import date
from typing import Any

from made_up_devices import MadeUpRisk

from assay.pipelines import device_scores
from assay.tracking.alerts import Secret, Webhook


def kill_at(place: str, when: str, call: int) -> None:
    """Lets `module:name` or `module:Class.name` run as ever, but for one call: there the process dies."""
    module_name, name = place.split(":")
    owner: Any = importlib.import_module(module_name)
    *classes, name = name.split(".")
    for one in classes:
        owner = getattr(owner, one)
    original, calls = getattr(owner, name), 0

    def killing(*args: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*args, **options)
        if calls == call and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, killing)


def main() -> None:
    asked = json.loads(sys.argv[1])
    if asked.get("place"):
        kill_at(asked["place"], asked["when"], asked.get("call", 1))
    channels = [
        Webhook(Secret(url), label=f"webhook {number}", attempts=1, timeout=20.0)
        for number, url in enumerate(asked["urls"])
    ]
    device_scores.run(
        asked["source"],
        asked["out"],
        model=MadeUpRisk(),
        day=date.fromisoformat(asked["day"]),
        channels=channels,
    )


if __name__ == "__main__":
    main()

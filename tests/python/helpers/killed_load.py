"""A load that kills its own process: killed_load.py JSON, see `main`. Started by tests/python/data/sources."""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from typing import Any

from assay.data import Lake
from assay.data.sources import ChangeStream, PostgresSource, load_full, load_incremental


def kill_at(place: str, when: str, call: int) -> None:
    """Lets the function `module:name` run as ever, but for one call, before or after which the process dies."""
    module_name, name = place.split(":")
    module = importlib.import_module(f"assay.data.sources.{module_name}")
    original, calls = getattr(module, name), 0

    def killing(*args: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*args, **options)
        if calls == call and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(module, name, killing)


def main() -> None:
    asked = json.loads(sys.argv[1])
    if asked.get("place"):
        kill_at(asked["place"], asked["when"], asked.get("call", 1))
    source, lake = PostgresSource(asked["uri"]), Lake(asked["lake"])
    rows = {"table": "lab_results", "key": ["result_id"], "partition_by": "observed_at"}
    name = "bronze.lab_results"
    stream = ChangeStream(
        source, lake, tables={"public.lab_results": name}, slot=asked["slot"],
        partition_by={"public.lab_results": "observed_at"}, most_changes=asked.get("most_changes", 1000),
    )  # fmt: skip
    print("ready", flush=True)
    for _ in range(asked.get("loads", 1)):
        if asked["mode"] == "changes":
            stream.load()
        elif asked["mode"] == "incremental":
            load_incremental(source, lake, name, watermark="updated_at", **rows)
        else:
            load_full(source, lake, name, **rows)


if __name__ == "__main__":
    main()

"""A load that kills its own process: killed_load.py JSON, see `main`. Started by tests/python/data/sources."""

from __future__ import annotations

import json
import sys

from killed import kill_at

from assay.data import Lake
from assay.data.sources import ChangeStream, PostgresSource, load_full, load_incremental


def main() -> None:
    asked = json.loads(sys.argv[1])
    if asked.get("place"):
        kill_at("assay.data.sources." + asked["place"], asked["when"], asked.get("call", 1))
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

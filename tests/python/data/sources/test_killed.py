"""SIGKILL at planted points and at random ones: the next load ends with the table as it is, nothing lost or doubled."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from lims_server import made_up_results

import assay
from assay.data import Lake
from assay.data.sources import ChangeStream, LoadRecord, PostgresSource, load_full, load_incremental

HELPER = Path(__file__).resolve().parents[2] / "helpers/killed_load.py"
NAME = "bronze.lab_results"


def start(server: Any, lake: Lake, mode: str, **asked: Any) -> subprocess.Popen[str]:
    """A load in a process of its own."""
    asked |= {"uri": server.uri, "lake": str(lake.root), "mode": mode, "slot": slot_of(server)}
    path = os.pathsep.join([str(Path(assay.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, str(HELPER), json.dumps(asked)], env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def slot_of(server: Any) -> str:
    return "slot_" + server.uri.rpartition("/")[2]


def load(server: Any, lake: Lake, mode: str) -> LoadRecord:
    source = PostgresSource(server.uri)
    if mode == "changes":
        tables, times = {"public.lab_results": NAME}, {"public.lab_results": "observed_at"}
        return ChangeStream(source, lake, tables=tables, slot=slot_of(server), partition_by=times).load()[0]
    rows: dict[str, Any] = {"table": "lab_results", "key": ["result_id"], "partition_by": "observed_at"}
    if mode == "incremental":
        return load_incremental(source, lake, NAME, watermark="updated_at", **rows)
    return load_full(source, lake, NAME, **rows)


def expect_equal(server: Any, lake: Lake) -> None:
    there = PostgresSource(server.uri).read("lab_results", order_by=["result_id"]).rows
    here = lake.read(NAME).sort("result_id")
    assert here.select(there.column_names).to_pylist() == there.to_pylist()


def change(server: Any, rng: random.Random, mode: str) -> None:
    """A few changes; a watermark does not show deletes."""
    new = rng.randint(1000, 10**9)
    server.sql(
        f"INSERT INTO lab_results SELECT g, 'P', 'K', 1, 'x', now(), now() FROM generate_series({new}, {new} + 20) g",
        f"UPDATE lab_results SET value = {rng.randint(0, 99)}, updated_at = now() WHERE result_id % 7 = {new % 7}",
        f"UPDATE lab_results SET observed_at = now() - interval '1 day', updated_at = now() WHERE result_id = {new}",
    )
    if mode != "incremental":
        server.sql(f"DELETE FROM lab_results WHERE result_id % 11 = {new % 11}")


POINTS = {
    "changes": [
        ("stream:merge", "before"), ("stream:merge", "after"), ("slots:advance_slot", "before"),
        ("slots:advance_slot", "after"), ("finish:append_record", "before"),
    ],
    "incremental": [("loads:merge", "before"), ("loads:merge", "after"), ("finish:append_record", "before")],
    "full": [("loads:replace", "before"), ("loads:replace", "after")],
}  # fmt: skip
FIRST = {
    "changes": [
        ("slots:make_slot", "before"), ("slots:make_slot", "after"), ("stream:replace", "before"),
        ("stream:replace", "after"),
    ],
    "incremental": [("loads:merge", "before"), ("loads:merge", "after")],
    "full": [("loads:replace", "before")],
}  # fmt: skip


@pytest.mark.parametrize("mode", ["changes", "incremental", "full"])
def test_killed_at_planted_points(server: Any, lake: Lake, mode: str) -> None:
    rng = random.Random(7)
    made_up_results(server)
    for place, when in FIRST[mode]:
        killed(server, lake, mode, place, when)
        change(server, rng, mode)
    load(server, lake, mode)
    expect_equal(server, lake)
    for place, when in POINTS[mode]:
        change(server, rng, mode)
        killed(server, lake, mode, place, when)
        committed = when == "after" or place.startswith(("slots", "finish"))
        if committed and mode == "changes":
            again = load(server, lake, mode)
            assert (again.rows_read, again.changed) == (0, False), (place, when)
        expect_state(server, lake, mode, committed)
        change(server, rng, mode)
        load(server, lake, mode)
        expect_equal(server, lake)


def killed(server: Any, lake: Lake, mode: str, place: str, when: str) -> None:
    process = start(server, lake, mode, place=place, when=when)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL, (place, when, errors)


def expect_state(server: Any, lake: Lake, mode: str, committed: bool) -> None:
    """All of the load is there, or nothing of it."""
    if committed:
        expect_equal(server, lake)
        versions = len(lake.history(NAME))
        assert not load(server, lake, mode).changed and len(lake.history(NAME)) == versions
    else:
        count = server.sql("SELECT count(*)::int8 FROM lab_results")[0][0]
        assert lake.read(NAME).num_rows != count


@pytest.mark.parametrize("mode", ["changes", "incremental"])
def test_killed_at_random_points(server: Any, lake: Lake, mode: str) -> None:
    rng = random.Random(11)
    made_up_results(server)
    for _ in range(6):
        process = start(server, lake, mode, loads=1000, most_changes=rng.choice([1, 100, 10000]))
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        end = time.monotonic() + rng.uniform(0.05, 1.5)
        while time.monotonic() < end:
            change(server, rng, mode)
        process.kill()
        _, errors = process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL, errors
    load(server, lake, mode)
    expect_equal(server, lake)
    assert not load(server, lake, mode).changed

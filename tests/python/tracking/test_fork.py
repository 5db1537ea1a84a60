"""Forked children (data loaders, process pools): they log into the run they inherit, and never end it."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from journals import records_of

from assay import tracking as at

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def in_child(work: Callable[[], object]) -> int:
    """Runs `work` in a forked child, by way of the interpreter's own exit; returns its exit status."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_child_logs_into_the_run_it_inherits(journal: Path) -> None:
    with at.start_run(journal=journal) as run:

        def work() -> None:
            assert at.active_run() is run
            at.log_metric("child", 1.0)

        assert in_child(work) == 0
        at.log_metric("parent", 1.0)
    keys = [body["key"] for kind, body in records_of(journal) if kind == "metric"]
    assert sorted(keys) == ["child", "parent"]


def test_neither_end_run_nor_leaving_a_block_ends_the_parents_run(journal: Path) -> None:
    with at.start_run(journal=journal) as run:

        def end() -> None:
            at.end_run()
            assert at.active_run() is None

        def leave() -> None:
            with run:
                pass

        assert in_child(end) == 0
        assert in_child(leave) == 0
        at.log_metric("after", 1.0)
    ends = [body for kind, body in records_of(journal) if kind == "end_run"]
    assert [body["status"] for body in ends] == ["FINISHED"]


def test_a_child_ends_the_runs_it_began(journal: Path) -> None:
    with at.start_run(journal=journal) as run:

        def work() -> None:
            with at.start_run(nested=True, run_name="mine") as own:
                assert own.info.parent_run_id == run.info.run_id
                at.log_metric("m", 1.0)
            assert own.info.status == "FINISHED"
            assert at.active_run() is run

        assert in_child(work) == 0
    assert [kind for kind, _ in records_of(journal)].count("end_run") == 2


def test_a_child_that_leaves_by_the_interpreters_exit(journal: Path) -> None:
    script = textwrap.dedent(
        f"""
        import os, sys
        import assay.tracking as at
        with at.start_run(journal={str(journal)!r}):
            child = os.fork()
            if child == 0:
                at.log_metric("child", 1.0)
                sys.exit(0)  # an exception that passes through the block
            assert os.waitpid(child, 0)[1] == 0
            if os.fork() == 0:
                at.start_run(nested=True)  # left open
                sys.exit(0)
            assert os.wait()[1] == 0
            at.log_metric("parent", 1.0)
        """
    )
    assert os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-c", script]) == 0
    kinds = [kind for kind, _ in records_of(journal)]
    assert kinds.count("create_run") == 2
    ends = [body["status"] for kind, body in records_of(journal) if kind == "end_run"]
    assert ends == ["FINISHED", "FINISHED"]

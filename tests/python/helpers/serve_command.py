"""`assay lims serve` as a process of its own, started as people start it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import assay

__all__ = ["Start", "command", "environment", "refused", "servers"]

Start = Callable[..., tuple["subprocess.Popen[str]", int]]


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "assay", "lims", *words]


def environment(**variables: str) -> dict[str, str]:
    folder = str(Path(assay.__file__).resolve().parents[1])
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ASSAY_", "MLFLOW_"))}
    return kept | {"PYTHONPATH": os.pathsep.join([folder, os.environ.get("PYTHONPATH", "")])} | variables


@contextlib.contextmanager
def servers(folder: Path) -> Iterator[Start]:
    """What starts one in a folder and gives the process and its port; stderr goes to FOLDER/stderr.txt."""
    running: list[subprocess.Popen[str]] = []

    def begin(*words: str, **variables: str) -> tuple[subprocess.Popen[str], int]:
        with open(folder / "stderr.txt", "ab") as errors:
            process = subprocess.Popen(
                command("serve", *words, "--port", "0"),
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=folder,
                env=environment(**variables),
            )
        running.append(process)
        assert process.stdout is not None
        said = process.stdout.readline()
        assert "answers with" in said, said + (folder / "stderr.txt").read_text(encoding="utf-8")
        return process, int(said.split(" ")[0].rpartition(":")[2])

    try:
        yield begin
    finally:
        for process in running:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


def refused(tmp_path: Path, *words: str, **variables: str) -> tuple[int, str]:
    """Exit code and last line of a server that does not start."""
    done = subprocess.run(
        command("serve", *words),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(**variables),
        timeout=120,
        check=False,
    )
    return done.returncode, done.stderr.strip().splitlines()[-1]

"""Runs a command line of Assay as a task of Databricks: its exit code becomes success, or an error that names it.

assay_task.py [--done-by CODE] COMMAND…, such as `lims score …`. A task must not end by sys.exit: that counts as a
failure, whatever the code.
"""

from __future__ import annotations

import subprocess
import sys


def run(arguments: list[str]) -> None:
    """Runs `assay` with these arguments.

    Raises:
        RuntimeError: it ended with another code than 0, and than that of --done-by.
    """
    fine = {0}
    if arguments[:1] == ["--done-by"]:
        fine.add(int(arguments[1]))
        arguments = arguments[2:]
    code = subprocess.run([sys.executable, "-m", "assay", *arguments], check=False).returncode
    if code not in fine:
        raise RuntimeError(f"assay {' '.join(arguments[:2])}: exit code {code}; the task's log says why")


if __name__ == "__main__":
    run(sys.argv[1:])

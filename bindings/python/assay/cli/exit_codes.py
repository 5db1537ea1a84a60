"""What the exit codes of ``assay`` mean."""

from __future__ import annotations

from collections.abc import Sequence

import click

EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_UNDELIVERED, EXIT_INTERRUPTED = 0, 1, 2, 3, 130

EXIT_CODES = """\b
Exit codes:
  0    done
  1    a step failed; run.json names it and the reason
  2    wrong usage, input that cannot be read, or stored tables that are missing or of another input
  3    done, but the tracking server has not all records: they are in the journal (assay sync)
  130  interrupted (Ctrl-C); every table is whole, the run can be repeated
"""


def say_undelivered(missing: Sequence[str], most: int = 20) -> None:
    """One line on stderr for each thing the server has not."""
    for line in missing[:most]:
        click.echo(f"assay: {line}", err=True)
    if len(missing) > most:
        click.echo(f"assay: and {len(missing) - most:,} more", err=True)

"""``assay run``: the pipelines."""

from __future__ import annotations

import click

from assay.cli.run.clinical import clinical
from assay.cli.run.lims import lims

__all__ = ["run"]


@click.group()
def run() -> None:
    """Run a pipeline."""


run.add_command(clinical)
run.add_command(lims)

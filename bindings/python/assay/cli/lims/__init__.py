"""``assay lims``: the parts of the laboratory pipeline, each alone, on files."""

from __future__ import annotations

import importlib

import click

from assay.cli.exit_codes import EXIT_CODES

__all__ = ["lims"]

# Module and name of each command: imported when it is called, so that `assay --version` stays fast.
_COMMANDS: dict[str, tuple[str, str]] = {
    "deid": ("assay.cli.lims.deid", "deid"),
    "demo": ("assay.cli.lims.demo", "demo"),
    "drift": ("assay.cli.lims.drift", "drift"),
    "loinc": ("assay.cli.lims.loinc", "loinc"),
    "promote": ("assay.cli.lims.train", "promote"),
    "qc": ("assay.cli.lims.qc", "qc"),
    "retention": ("assay.cli.lims.deid", "retention"),
    "score": ("assay.cli.lims.score", "score"),
    "serve": ("assay.cli.lims.serve", "serve"),
    "serve-key": ("assay.cli.lims.serve", "serve_key"),
    "train": ("assay.cli.lims.train", "train"),
    "units": ("assay.cli.lims.units", "units"),
}


class _LazyGroup(click.Group):
    def list_commands(self, _: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@click.group(cls=_LazyGroup, epilog=EXIT_CODES)
def lims() -> None:
    """Parts of the laboratory pipeline, each alone, on files."""

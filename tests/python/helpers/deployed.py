"""Command lines of Assay as files of deploy/ hold them, held against the command itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import click

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"


def parsed(arguments: Sequence[str]) -> click.Context:
    """What `assay` makes of the arguments: fails where a command, an option or a value is none."""
    from assay.cli import main_group

    rest = list(arguments)
    command: click.Command = main_group
    while isinstance(command, click.Group):
        name = rest.pop(0)
        found = command.get_command(click.Context(command), name)
        assert found is not None, f"assay has no command {name}"
        command = found
    # Paths are those of files that only the machine it is deployed to has.
    strict = [one.type for one in command.params if isinstance(one.type, click.Path) and one.type.exists]
    for path in strict:
        path.exists = False
    try:
        return command.make_context(command.name, rest)
    finally:
        for path in strict:
            path.exists = True


def without_variables(text: str) -> str:
    """The text with a word in the place of each ${VARIABLE}, "$VARIABLE" or unit specifier; a zone stays a zone."""
    text = re.sub(r"\$\{?ASSAY_ZONE\}?|\$\{var\.zone\}", "UTC", text)
    return re.sub(r"\$\{[\w.]+\}|\$\w+|%[a-zA-Z]", "x", text)

"""``assay audit``: whether a log is as it was written, and what it says."""

from __future__ import annotations

from pathlib import Path

import click

from assay.cli.exit_codes import EXIT_FAILED

__all__ = ["audit"]


@click.group()
def audit() -> None:
    """The log of who did what, when and why."""


@audit.command(
    epilog="""\b
Exit codes:
  0  every entry is as it was written, and none is missing as far as the log and its head can tell
  1  it is not, the key is another, or the log cannot be read
"""
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key-env", metavar="NAME", help="Variable with the key of the log.")
@click.option("--anchor", metavar="N:HASH", help="Where the log stood once, as this command printed it then.")
@click.pass_context
def verify(context: click.Context, file: Path, key_env: str | None, anchor: str | None) -> None:
    """Check a log, and print where it stands.

    Every byte, every link between entries, and the end.

    Keep the printed line elsewhere: as --anchor it shows later that nothing before it was removed.
    """
    from assay.data.audit import AuditLog, read_anchor
    from assay.data.deid import DeidKey

    key = DeidKey.from_env(key_env) if key_env else None
    report = AuditLog(file, key=key).verify(read_anchor(anchor) if anchor else None)
    if not report.ok:
        click.echo(f"assay: {file}: {report.problem}", err=True)
        context.exit(EXIT_FAILED)
    click.echo(str(report.head))
    if not report.keyed:
        click.echo("assay: without a key this finds accidents, not attackers", err=True)


@audit.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--last", metavar="N", type=click.IntRange(min=1), help="Only the last N entries.")
def show(file: Path, last: int | None) -> None:
    """Print the entries, unchecked."""
    from assay import IoError
    from assay.data.audit import AuditLog

    try:
        entries = list(AuditLog(file).entries())
    except OSError as error:
        raise IoError(f"audit: cannot read '{file}': {error.strerror}") from error
    for entry in entries[-last:] if last else entries:
        about = " ".join(f"{name}={value}" for name, value in entry.get("about", {}).items())
        line = "  ".join(str(entry.get(name, "")) for name in ("entry", "when", "who", "what", "why"))
        click.echo(f"{line}  {about}".rstrip())

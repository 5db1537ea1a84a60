"""``assay lims deid`` and ``assay lims retention``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.exit_codes import EXIT_CODES
from assay.cli.lims.reading import reading_options

if TYPE_CHECKING:
    from assay.data import Table
    from assay.data.deid import DeidPlan

__all__ = ["deid", "retention"]


@click.command(epilog=EXIT_CODES)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="CSV file for the rows.")
@click.option(
    "--plan",
    required=True,
    metavar="FILE|laboratory",
    help="Roles of the columns, as JSON; or Assay's own for laboratory results.",
)
@click.option(
    "--key-env", metavar="NAME", default="ASSAY_DEID_KEY", show_default=True, help="Variable with the key."
)
@click.option("--vault", type=click.Path(path_type=Path), help="Encrypted file for the way back.")
@click.option("--vault-key-env", metavar="NAME", default="ASSAY_VAULT_KEY", show_default=True)
@click.option(
    "--audit", "audit_file", type=click.Path(path_type=Path), help="Audit log; needed with --vault."
)
@click.option("--audit-key-env", metavar="NAME", help="Variable with the key of the audit log.")
@click.option("--why", default="de-identification", show_default=True, help="Purpose, for the audit log.")
@reading_options
def deid(
    file: Path,
    out: Path,
    plan: str,
    key_env: str,
    vault: Path | None,
    vault_key_env: str,
    audit_file: Path | None,
    audit_key_env: str | None,
    why: str,
    reading: Mapping[str, Any],
) -> None:
    """De-identify a file by the roles of its columns.

    A delimited file with the plan of another, in which every column has a role; or with `--plan laboratory` whatever
    `assay.data.laboratory` reads: HL7 v2, FHIR, OMOP, MIMIC-IV, CSV. Rows that cannot be read are counted and left
    out. A key comes from `openssl rand -hex 32`. --zone, --columns and the like are for `--plan laboratory`.
    """
    from assay.data import describe, write_csv
    from assay.data.audit import AuditLog
    from assay.data.deid import DeidKey, Vault, deidentify
    from assay.pipelines.job import reading_input

    if vault is not None and audit_file is None:
        raise click.UsageError("--vault needs --audit: every look into a vault is recorded")
    with reading_input():
        key = DeidKey.from_env(key_env)
        log_key = DeidKey.from_env(audit_key_env) if audit_key_env else None
        log = AuditLog(audit_file, key=log_key) if audit_file else None
        roles, rows, rejected = _read(file, plan, reading)
        opened = Vault(vault, DeidKey.from_env(vault_key_env), audit=log) if vault and log else None
        done = deidentify(rows, roles, key, vault=opened, audit=log, why=why)
    write_csv(done.rows, out)
    click.echo(f"{out}: {describe.number_of(done.rows.num_rows, 'row')}, key {key.key_id}")
    if rejected:
        click.echo(f"left out: {describe.number_of(rejected, 'row')} that cannot be read")
    for outcome in done.columns:
        removed = f", {outcome.removed:,} removed" if outcome.removed else ""
        click.echo(
            f"  {outcome.column:<32} {outcome.role:<12} {outcome.changed:,} of {outcome.values:,} changed{removed}"
        )
    for kind, count in sorted(done.counts_by_kind.items()):
        click.echo(f"found in free text, {kind}: {count:,}")


def _read(file: Path, plan: str, reading: Mapping[str, Any]) -> tuple[DeidPlan, Table, int]:
    """The plan, the rows, and how many could not be read."""
    from assay import SchemaError
    from assay.data import laboratory, read_csv
    from assay.data.deid import laboratory_plan, read_plan
    from assay.data.names import printable_names

    if plan == "laboratory":
        results = laboratory.read_results(file, **reading)
        return laboratory_plan(), results.rows, len(results.rejected)
    if reading:
        raise click.UsageError("--zone, --columns and the like go with --plan laboratory")
    roles, read = read_plan(plan), read_csv(file)
    names = read.rows.column_names
    shown = printable_names(names, also=roles.columns)
    missing = [shown[name] for name in names if name not in roles.columns]
    if missing:  # without the name where that may be a patient's: a file without a header
        raise SchemaError(
            f"{file}: expected a role for every column in {plan}, got none for {', '.join(missing)}; "
            "say keep, drop or what it is"
        )
    return roles, read.rows, read.rejected.num_rows


@click.command(epilog=EXIT_CODES)
@click.argument("lake", type=click.Path(path_type=Path))
@click.option("--policy", required=True, type=click.Path(path_type=Path), help="Rules and holds, as JSON.")
@click.option("--dry-run/--apply", default=True, show_default=True, help="Say what would go, or remove it.")
@click.option(
    "--audit", "audit_file", type=click.Path(path_type=Path), help="Audit log; needed with --apply."
)
@click.option("--audit-key-env", metavar="NAME", help="Variable with the key of the audit log.")
@click.option("--why", default="retention policy", show_default=True, help="Purpose, for the audit log.")
def retention(
    lake: Path, policy: Path, dry_run: bool, audit_file: Path | None, audit_key_env: str | None, why: str
) -> None:
    """Remove what a policy no longer keeps, but for holds.

    Rows and files older than its years go, those under a legal hold stay.
    """
    from assay.data import Lake
    from assay.data.audit import AuditLog
    from assay.data.deid import DeidKey
    from assay.data.retention import RetentionPolicy, apply_retention, plan_retention
    from assay.pipelines.job import reading_input

    if not dry_run and audit_file is None:
        raise click.UsageError("--apply needs --audit: what is removed is recorded")
    with reading_input():
        key = DeidKey.from_env(audit_key_env) if audit_key_env else None
        place = Lake(lake)
        removals = plan_retention(RetentionPolicy.read(policy), place)
    for removal in removals:
        click.echo(("would go: " if dry_run else "goes: ") + str(removal))
    if not removals:
        click.echo("nothing is older than the policy keeps")
    if not dry_run and audit_file is not None:
        done = apply_retention(removals, place, audit=AuditLog(audit_file, key=key), why=why)
        click.echo(f"removed from {len(done)} of {len(removals)} places; recorded in {audit_file}")

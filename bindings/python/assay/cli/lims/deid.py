"""``assay lims deid`` and ``assay lims retention``."""

from __future__ import annotations

from pathlib import Path

import click

from assay.cli.exit_codes import EXIT_CODES

__all__ = ["deid", "retention"]


@click.command(epilog=EXIT_CODES)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="CSV file for the rows.")
@click.option(
    "--plan",
    "plan_file",
    required=True,
    type=click.Path(path_type=Path),
    help="Roles of the columns, as JSON.",
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
def deid(
    file: Path,
    out: Path,
    plan_file: Path,
    key_env: str,
    vault: Path | None,
    vault_key_env: str,
    audit_file: Path | None,
    audit_key_env: str | None,
    why: str,
) -> None:
    """De-identify a delimited file by the roles of its columns.

    A column without a role in PLAN is refused. Rows that cannot be read are counted and left out. A key comes from
    `openssl rand -hex 32`.
    """
    from assay.data import describe, read_csv, write_csv
    from assay.data.audit import AuditLog
    from assay.data.deid import DeidKey, Vault, deidentify, read_plan
    from assay.pipelines.job import reading_input

    if vault is not None and audit_file is None:
        raise click.UsageError("--vault needs --audit: every look into a vault is recorded")
    with reading_input():
        key, plan = DeidKey.from_env(key_env), read_plan(plan_file)
        log_key = DeidKey.from_env(audit_key_env) if audit_key_env else None
        log = AuditLog(audit_file, key=log_key) if audit_file else None
        result = read_csv(file)
        opened = Vault(vault, DeidKey.from_env(vault_key_env), audit=log) if vault and log else None
        done = deidentify(result.rows, plan, key, vault=opened, audit=log, why=why)
    write_csv(done.rows, out)
    click.echo(f"{out}: {describe.number_of(done.rows.num_rows, 'row')}, key {key.key_id}")
    if result.rejected.num_rows:
        click.echo(f"left out: {describe.number_of(result.rejected.num_rows, 'row')} that cannot be read")
    for outcome in done.columns:
        removed = f", {outcome.removed:,} removed" if outcome.removed else ""
        click.echo(
            f"  {outcome.column:<32} {outcome.role:<12} {outcome.changed:,} of {outcome.values:,} changed{removed}"
        )
    for kind, count in sorted(done.counts_by_kind.items()):
        click.echo(f"found in free text, {kind}: {count:,}")


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

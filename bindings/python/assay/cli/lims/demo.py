"""``assay lims demo``."""

from __future__ import annotations

from pathlib import Path

import click

from assay.cli.exit_codes import EXIT_CODES

__all__ = ["demo"]


@click.command(epilog=EXIT_CODES)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for the four files.")
@click.option("--samples", default=50, show_default=True, type=click.IntRange(50, 100_000), help="How many.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="The same gives the same bytes.")
def demo(out: Path, samples: int, seed: int) -> None:
    """Watch a monitor find four faults in made-up samples.

    Writes dashboard_data.csv, critical_alerts.csv, monitoring_report.json and monitoring_dashboard.png.
    """
    from assay.pipelines.lims.demo import run_demo

    found = run_demo(out, samples=samples, seed=seed)
    click.echo(f"Simulated, made-up data: {len(found.samples)} samples, seed {seed}.")
    for incident in found.incidents:
        click.echo(f"  {incident.severity:<8} {incident.sentence}")
    planted = found.samples.planted
    hits = sum(found.found(one) is not None for one in planted)
    click.echo(
        f"{hits} of {len(planted)} planted faults found; {len(found.false_alarms)} false alarms. "
        f"Picture: {out / 'monitoring_dashboard.png'}"
    )

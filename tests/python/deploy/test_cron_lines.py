"""The lines of deploy/cron/assay, run by sh in the place of cron, twice: nothing is doubled."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

import pytest
from deployed import DEPLOY
from serve_command import environment

from assay.pipelines.device_risk import DeviceRisk
from assay.pipelines.lims.fleet import simulate_fleet, write_fleet

deltalake = pytest.importorskip("deltalake")
pytest.importorskip("xlsxwriter")
pytest.importorskip("jinja2")

FILE = "device_failure.assay-model"


class Machine:
    """A folder with what the page says of cron: programs, settings, keys, a made-up laboratory."""

    def __init__(self, root: Path) -> None:
        self.home, self.root = root / "lib", root
        for folder in (self.home, root / "etc", root / "bin"):
            folder.mkdir()
        program = root / "bin" / "assay"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m assay "$@"\n')
        program.chmod(0o755)
        write_fleet(simulate_fleet(devices=10, days=110, results_a_day=3, seed=2), root / "export")
        values = {
            "ASSAY_SOURCE": root / "export",
            "ASSAY_TRAINING": root / "export",
            "ASSAY_DEVICES": root / "devices.csv",
            "ASSAY_MODEL": self.home / "training" / FILE,
            "ASSAY_CHANNELS": root / "etc" / "channels.json",
            "ASSAY_ZONE": "UTC"
            if datetime.now(timezone.utc).hour < 23
            else "Asia/Tokyo",  # no midnight meanwhile
        }
        example = (DEPLOY / "systemd" / "assay.env.example").read_text(encoding="utf-8")
        assert set(re.findall(r"^(\w+)=", example, re.MULTILINE)) == set(values)
        settings = "".join(f"{name}={value}\n" for name, value in values.items())
        (root / "etc" / "assay.env").write_text(settings)
        channel = {"channels": [{"file": str(root / "told.jsonl")}]}
        (root / "etc" / "channels.json").write_text(json.dumps(channel))
        (self.home / "deid.key").write_text(hashlib.sha256(b"made up").hexdigest() + "\n")
        (self.home / "deid.key").chmod(0o600)
        lines = (DEPLOY / "cron" / "assay").read_text(encoding="utf-8").splitlines()
        jobs = [line.split(None, 6)[6] for line in lines if re.match(r"[\d*]", line)]
        self.lims, self.score, self.score_again, self.train = (
            job.replace("/etc/assay/", f"{root}/etc/") for job in jobs
        )

    def run(self, command: str) -> str:
        """What cron would mail."""
        variables = environment() | {
            "HOME": str(self.home),
            "PATH": f"{self.root / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin",
        }
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=self.home,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def tables(self) -> dict[str, tuple[int, int]]:
        """Version and rows of every Delta table."""
        found = {}
        for log in sorted(self.home.rglob("_delta_log")):
            table = deltalake.DeltaTable(str(log.parent))
            rows = table.to_pyarrow_table().num_rows
            found[str(log.parent.relative_to(self.home))] = (table.version(), rows)
        return found

    def devices(self) -> None:
        """The last day of each device, as the hourly step left it."""
        table = deltalake.DeltaTable(str(self.home / "lims/lake/LIMS/gold/device_days"))
        names = ["device_id", *DeviceRisk.load(self.home / "training" / FILE).input_names]
        last = {
            row["device_id"]: row
            for row in sorted(table.to_pyarrow_table().to_pylist(), key=lambda r: r["day"])
        }
        with open(self.root / "devices.csv", "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(last.values())


@pytest.mark.slow
def test_an_hour_a_week_and_a_night_twice(tmp_path: Path) -> None:
    if shutil.which("flock") is None:
        pytest.skip("flock is not installed")
    machine = Machine(tmp_path)
    assert machine.run(machine.lims) == ""
    machine.run(machine.train)
    model = (machine.home / "training" / FILE).read_bytes()
    machine.devices()
    assert machine.run(machine.score) == ""
    tables = machine.tables()
    assert {rows for _, rows in tables.values()} > {0, 10}
    [workbook] = (machine.home / "scores").glob("*.xlsx")
    digest = hashlib.sha256(workbook.read_bytes()).hexdigest()
    assert len((tmp_path / "told.jsonl").read_text().splitlines()) == 1

    for again in (machine.score_again, machine.lims, machine.score, machine.score_again):
        assert machine.run(again) == ""
    machine.run(machine.train)
    assert machine.tables() == tables
    assert [
        hashlib.sha256(each.read_bytes()).hexdigest() for each in (machine.home / "scores").glob("*.xlsx")
    ] == [digest]
    assert len((tmp_path / "told.jsonl").read_text().splitlines()) == 1
    assert (machine.home / "training" / FILE).read_bytes() == model  # the same rows and seed

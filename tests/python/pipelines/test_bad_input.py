"""Input that no run can use: one clear sentence, a code that is not 0, nothing half-written, no data told."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("deltalake")

PATIENT_DATA = re.compile(r"M00001|113\.3|tubercul|sputum|Metformin", re.IGNORECASE)


@dataclass
class Outcome:
    """How the command ended."""

    code: int
    errors: str

    @property
    def sentence(self) -> str:
        return self.errors.splitlines()[-1]


def run_clinical(source: Path, out: Path, *options: str) -> Outcome:
    command = [
        sys.executable,
        "-m",
        "assay",
        "run",
        "clinical",
        str(source),
        "--out",
        str(out),
        "--quiet",
        *options,
    ]
    environment = {**os.environ, "MLFLOW_TRACKING_URI": ""}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)
    assert "Traceback" not in done.stderr
    return Outcome(done.returncode, done.stderr)


def refused(source: Path, out: Path, *options: str, code: int = 2) -> str:
    """The sentence; checks what holds for all of them."""
    outcome = run_clinical(source, out, *options)
    assert outcome.code == code, outcome.errors
    assert len(outcome.errors.splitlines()) == 1
    assert not PATIENT_DATA.search(outcome.errors)
    tables = list((out / "lake").glob("*/*/*")) if out.is_dir() else []
    assert all((table / "_delta_log").is_dir() for table in tables)
    return outcome.sentence


def test_missing_folder(tmp_path: Path) -> None:
    sentence = refused(tmp_path / "absent", tmp_path / "out")
    assert "there is no such folder" in sentence


def test_missing_file(patient: Path, tmp_path: Path) -> None:
    (patient / "medical_history.csv").unlink()
    sentence = refused(patient, tmp_path / "out")
    assert "medical_history.csv is missing" in sentence
    assert "put the file there" in sentence
    assert json.loads((tmp_path / "out" / "run.json").read_text())["steps"][0]["status"] == "failed"


def test_missing_column(patient: Path, tmp_path: Path) -> None:
    path = patient / "vital_signs.csv"
    path.write_text(path.read_text().replace("heartRate", "pulseless"))
    sentence = refused(patient, tmp_path / "out")
    assert "vital_signs.csv" in sentence
    assert "line 1 lacks the column 'heart_rate'" in sentence


def test_file_without_a_header_tells_no_values(patient: Path, tmp_path: Path) -> None:
    path = patient / "medical_history.csv"
    path.write_text("M00001,,diagnosis,,tubercul,tubercul\nM00001,,medication,,Metformin,active\n")
    sentence = refused(patient, tmp_path / "out")
    assert "medical_history.csv" in sentence
    path.write_text("M00001,,diagnosis,,tuberculosis,given\nM00001,,medication,,Metformin,active\n")
    sentence = refused(patient, tmp_path / "out")
    assert "none of its 6 columns has a known name: the file seems to have no header" in sentence
    assert not PATIENT_DATA.search((tmp_path / "out" / "run.json").read_text().replace(str(patient), ""))


def test_two_columns_of_one_meaning(patient: Path, tmp_path: Path) -> None:
    path = patient / "vital_signs.csv"
    path.write_text(path.read_text().replace("bpDia", "sysBp"))
    sentence = refused(patient, tmp_path / "out")
    assert "bpSys" in sentence
    assert "sysBp" in sentence


def test_unknown_format(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "notes.docx").write_text("x")
    sentence = refused(tmp_path / "folder", tmp_path / "out")
    assert "the format is not known" in sentence
    assert "vital_signs.csv" in sentence


def test_file_in_place_of_a_folder(patient: Path, tmp_path: Path) -> None:
    assert "expected a folder" in refused(patient / "vital_signs.csv", tmp_path / "out")


def test_binary_file(patient: Path, tmp_path: Path) -> None:
    (patient / "vital_signs.csv").write_bytes(bytes(range(256)) * 64)
    assert "vital_signs.csv" in refused(patient, tmp_path / "out")


def test_empty_file(patient: Path, tmp_path: Path) -> None:
    (patient / "vital_signs.csv").write_bytes(b"")
    sentence = refused(patient, tmp_path / "out")
    assert "vital_signs.csv" in sentence
    assert "empty" in sentence


def test_truncated_gzip(patient: Path, tmp_path: Path) -> None:
    path = patient / "vital_signs.csv"
    packed = gzip.compress(path.read_bytes())
    path.unlink()
    (patient / "vital_signs.csv.gz").write_bytes(packed[: len(packed) // 2])
    sentence = refused(patient, tmp_path / "out")
    assert "vital_signs.csv.gz" in sentence


def test_invalid_utf8_is_set_aside_or_said(patient: Path, tmp_path: Path) -> None:
    path = patient / "medical_history.csv"
    path.write_bytes(
        path.read_bytes() + b"M00001,2026-01-04 10:05:00,diagnosis,icd10|R05,C\xffgh \xfe,active\n"
    )
    outcome = run_clinical(patient, tmp_path / "out")
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    bronze = record["steps"][0]
    assert outcome.code == 0
    assert bronze["rows_read"] == 56
    assert bronze["rows_quarantined"] == 1 or any("encoding" in remark for remark in bronze["remarks"])


def test_impossible_date_and_duplicated_key_are_set_aside(patient: Path, tmp_path: Path) -> None:
    path = patient / "vital_signs.csv"
    first = path.read_text().splitlines()[1]
    path.write_text(path.read_text() + "M00001,2026-02-30 08:00:00,90,120,80,95,37,16\n" + first + "\n")
    assert run_clinical(patient, tmp_path / "out").code == 0
    steps = {s["name"]: s for s in json.loads((tmp_path / "out" / "run.json").read_text())["steps"]}
    assert steps["bronze"]["rows_quarantined"] == 1
    assert steps["silver"]["quarantined"] == {"row.duplicate": 6}


def test_lake_that_is_not_a_folder(example: Path, tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("")
    sentence = refused(example, tmp_path / "out", "--lake", str(tmp_path / "lake"), code=1)
    assert "lake" in sentence
    assert "--lake" in sentence


def test_out_that_is_not_a_folder(example: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    outcome = run_clinical(example, tmp_path / "out")
    assert outcome.code == 2
    assert "--out" in outcome.sentence


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    place = tmp_path / "tiny"
    place.mkdir()
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], capture_output=True, check=False
        ).returncode
    )
    if not mounted:
        pytest.skip("a small file system can only be mounted by root, outside a restricted container")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_full_disk(example: Path, tmp_path: Path, tiny_disk: Path) -> None:
    sentence = refused(example, tmp_path / "out", "--lake", str(tiny_disk / "lake"), code=1)
    assert "the disk is full" in sentence
    assert "free space" in sentence


def test_read_only_lake(example: Path, tmp_path: Path, tiny_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    sentence = refused(example, tmp_path / "out", "--lake", str(tiny_disk / "lake"), code=1)
    assert "not writable" in sentence


def test_dead_tracking_server(example: Path, tmp_path: Path) -> None:
    outcome = run_clinical(example, tmp_path / "out", "--tracking", "http://127.0.0.1:9")
    assert outcome.code == 3
    track = next(
        s for s in json.loads((tmp_path / "out" / "run.json").read_text())["steps"] if s["name"] == "track"
    )
    assert track["status"] == "done"
    assert "the records wait in" in track["reason"]
    assert (tmp_path / "out" / "report.html").is_file()


def test_unknown_option_value(example: Path, tmp_path: Path) -> None:
    assert run_clinical(example, tmp_path / "out", "--format", "fax").code == 2
    assert run_clinical(example, tmp_path / "out", "--from", "platinum").code == 2


def test_options_that_cannot_be_meant_are_refused_before_the_first_step(
    example: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert "catalog: expected letters, digits and '_', got 'bad name'" in refused(
        example, out, "--catalog", "bad name"
    )
    for address in ("foo://bar", "127.0.0.1:5000", "http://", "mlruns", "databricks:x"):
        assert "tracking: expected the address" in refused(example, out, "--tracking", address)
    assert not out.exists()


def test_unknown_patient_is_refused_from_any_step(example: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run_clinical(example, out).code == 0
    journal = sorted(path.stat().st_size for path in (out / "journal").rglob("*") if path.is_file())
    for step in ("notes", "track", "report"):
        sentence = refused(example, out, "--from", step, "--patients", "NOPE")
        assert "number 1 of the list is not in the source" in sentence
        assert "NOPE" not in sentence
    assert journal == sorted(path.stat().st_size for path in (out / "journal").rglob("*") if path.is_file())


def test_tables_of_another_patient_are_refused(example: Path, patient: Path, tmp_path: Path) -> None:
    path = patient / "vital_signs.csv"
    path.write_text(path.read_text().replace("113.3", "80.0"))
    lake = str(tmp_path / "lake")
    assert run_clinical(patient, tmp_path / "a", "--lake", lake).code == 0
    sentence = refused(example, tmp_path / "b", "--lake", lake, "--from", "gold")
    assert "made from another input than INPUT" in sentence
    assert "--replace" in refused(example, tmp_path / "b", "--lake", lake)
    assert run_clinical(example, tmp_path / "b", "--lake", lake, "--replace").code == 0


_INTERRUPTED_BY_ITSELF = """
import os, signal, sys
from assay.data import lake
write = lake.Lake.write
def interrupting(self, name, table, **options):
    if name.startswith("silver."):
        os.kill(os.getpid(), getattr(signal, signal_name))
    return write(self, name, table, **options)
lake.Lake.write = interrupting
from assay.cli import main
signal_name = sys.argv[3]
source, out = sys.argv[1:3]
sys.argv = ["assay", "run", "clinical", source, "--out", out, "--quiet"]
main()
"""


def test_interruption_leaves_whole_tables(example: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-c", _INTERRUPTED_BY_ITSELF, str(example), str(out), "SIGINT"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    record = json.loads((out / "run.json").read_text())
    assert [step["status"] for step in record["steps"]] == ["done", "failed"]
    assert "interrupted" in record["steps"][1]["reason"]
    assert not (out / "lake" / "P2T2" / "silver").exists()
    assert all((table / "_delta_log").is_dir() for table in (out / "lake").glob("*/*/*"))
    assert run_clinical(example, out).code == 0


def test_killed_run_leaves_no_older_record_beside_its_tables(patient: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run_clinical(patient, out).code == 0
    path = patient / "vital_signs.csv"
    path.write_text(path.read_text() + "M00001,2026-01-20 08:00:00,90,120,80,95,37,16\n")
    command = [sys.executable, "-c", _INTERRUPTED_BY_ITSELF, str(patient), str(out), "SIGKILL"]
    assert subprocess.run(command, capture_output=True, timeout=120, check=False).returncode == -9
    assert json.loads((out / "run.json").read_text())["status"] == "running"
    assert "before the files of INPUT changed" in refused(patient, out, "--from", "gold")
    assert run_clinical(patient, out, "--from", "silver").code == 0
    assert json.loads((out / "run.json").read_text())["status"] == "done"

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def assay(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    import os

    return subprocess.run(
        [sys.executable, "-m", "assay", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "MLFLOW_TRACKING_URI": "", **environment},
    )


def test_version_loads_neither_numpy_nor_the_core() -> None:
    script = (
        "import sys; sys.argv = ['assay', '--version']\n"
        "from assay.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "heavy = {'numpy', 'pyarrow', 'deltalake', 'jinja2', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("assay ")


def test_help_documents_the_exit_codes() -> None:
    text = assay("run", "clinical", "--help").stdout
    assert "130  interrupted" in text
    assert "--from STEP" in text


def test_usage_errors_end_with_2() -> None:
    done = assay("run", "clinical")
    assert done.returncode == 2
    assert "INPUT" in done.stderr
    assert assay("fly").returncode == 2


def test_main_job_prints_a_line_for_every_step(example: Path, tmp_path: Path) -> None:
    pytest.importorskip("deltalake")
    done = assay("run", "clinical", str(example), "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    steps = [line.split()[:2] for line in done.stderr.splitlines()]
    assert steps[0] == ["bronze", "done"]
    assert ["images", "skipped"] in steps
    assert "report.html" in done.stdout
    assert "M00001" not in done.stderr


def test_the_server_of_the_environment_is_tried_and_its_absence_costs_one_line(
    example: Path, tmp_path: Path
) -> None:
    pytest.importorskip("deltalake")
    arguments = ("run", "clinical", str(example), "--out", str(tmp_path / "out"))
    done = assay(*arguments, MLFLOW_TRACKING_URI="http://me:secret@127.0.0.1:9")
    assert done.returncode == 3, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if "not all delivered" in line]
    assert "assay sync" in line
    assert "secret" not in done.stderr
    assert (tmp_path / "out" / "report.html").is_file()
    assert assay(*arguments, "--tracking", "", MLFLOW_TRACKING_URI="http://127.0.0.1:9").returncode == 0
    done = assay(*arguments, MLFLOW_TRACKING_URI="sqlite:///mlflow.db")
    assert done.returncode == 0
    assert "MLFLOW_TRACKING_URI names no server" in done.stderr


def test_read_of_what_cannot_be_read_ends_with_2(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    for name in ("missing.csv", "empty.csv"):
        done = assay("read", str(tmp_path / name))
        assert done.returncode == 2
        assert name in done.stderr


def test_debug_shows_the_trace(tmp_path: Path) -> None:
    done = assay("run", "clinical", str(tmp_path / "absent"), "--out", str(tmp_path / "out"), "--debug")
    assert "Traceback" in done.stderr
    assert done.returncode == 2
    assert assay("run", "clinical", str(tmp_path / "absent"), "--out", str(tmp_path / "out")).returncode == 2


def test_doctor_in_text_and_json(tmp_path: Path) -> None:
    done = assay("doctor", "--lake", str(tmp_path / "lake"), MLFLOW_TRACKING_URI="")
    assert done.returncode == 0
    assert "lake" in done.stdout
    assert "\x1b" not in done.stdout
    assert assay("doctor", "--json").stdout.startswith("[")
    (tmp_path / "file").touch()
    broken = assay("doctor", "--lake", str(tmp_path / "file"))
    assert (broken.returncode, broken.stderr) == (1, "")


def test_read_describes_a_file_without_its_values(example: Path) -> None:
    done = assay("read", str(example / "vital_signs.csv"))
    assert done.returncode == 0, done.stderr
    assert "48 rows read, 48 accepted, 0 quarantined" in done.stdout
    assert "heartRate" in done.stdout
    assert "113.3" not in done.stdout


def test_read_names_no_columns_of_a_file_without_a_header(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("Kim,diagnosis,tuberculosis\nLee,medication,Metformin\n")
    done = assay("read", str(path))
    assert done.returncode == 0, done.stderr
    assert "Kim" not in done.stdout
    assert "tuberculosis" not in done.stdout
    assert "3 columns have no name that Assay knows" in done.stdout
    assert "has the file a header?" in done.stdout
    assert "column_3" in done.stdout


def test_read_names_the_columns_of_mimic(tmp_path: Path) -> None:
    path = tmp_path / "chartevents.csv"
    path.write_text("row_id,subject_id,charttime,itemid,valuenum\n0,1,2151-01-01 11:00:00,220045,80\n")
    done = assay("read", str(path))
    assert "row_id" in done.stdout
    assert "valuenum" in done.stdout


def test_read_speaks_in_plain_words(tmp_path: Path) -> None:
    path = tmp_path / "werte.csv"
    path.write_text("Nummer;Wert;Datum\n1;3,5;2026-01-01\n2;4,25;2026-01-02\n")
    text = assay("read", str(path)).stdout
    assert 'dialect: fields separated by semicolons, quoted by ", header in line 1, encoding utf-8\n' in text
    assert "3 columns have no name that Assay knows and are shown by position\n" in text
    assert "note: column_2 holds decimal commas and stays text" in text
    assert "4,25" not in text
    path.write_text("a\n1\n")
    text = assay("read", str(path)).stdout
    assert "1 row read" in text
    assert "1 column has no name that Assay knows and is shown by position\n" in text


@pytest.mark.parametrize("group", [(), ("run",), ("track",), ("lims",), ("audit",)])
def test_summaries_of_commands_are_not_cut(group: tuple[str, ...]) -> None:
    text = assay(*group, "--help", COLUMNS="80").stdout
    assert "..." not in text.partition("Commands:")[2]
    assert "…" not in text


def test_a_failed_step_tells_its_error_once(patient: Path, tmp_path: Path) -> None:
    (patient / "vital_signs.csv").write_text("a,b\n1,2\n")
    done = assay("run", "clinical", str(patient), "--out", str(tmp_path / "out"))
    assert done.returncode == 2
    assert done.stderr.count("vital_signs.csv") == 1
    assert done.stderr.splitlines()[-1].startswith("assay: read ")


def test_steps_from_an_empty_lake_end_with_2(example: Path, tmp_path: Path) -> None:
    done = assay("run", "clinical", str(example), "--out", str(tmp_path / "out"), "--from", "gold")
    assert done.returncode == 2
    assert "run without --from first" in done.stderr


def test_printed_commands_can_be_typed_as_they_stand(example: Path, tmp_path: Path) -> None:
    done = assay("run", "clinical", str(example), "--out", str(tmp_path / "my results"))
    assert f"assay ui '{tmp_path / 'my results'}'" in done.stdout


@pytest.mark.parametrize("port", ["99999", "-1", "http"])
def test_a_port_that_is_none_is_refused_in_words(port: str, tmp_path: Path) -> None:
    done = assay("ui", str(tmp_path), "--port", port)
    assert done.returncode == 2
    assert f"expected 1 to 65535, or 0 for a free one, got {port}" in done.stderr


def test_ui_of_a_folder_without_a_journal_makes_nothing(tmp_path: Path) -> None:
    done = assay("ui", str(tmp_path))
    assert done.returncode == 2
    assert "no journal lies below" in done.stderr
    assert list(tmp_path.iterdir()) == []

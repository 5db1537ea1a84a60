"""HL7 v2 to laboratory results, checked against a reader of this file's own. Patients here are made up."""

from __future__ import annotations

import random
from datetime import datetime, timezone
from pathlib import Path

import pytest

import assay
from assay.data import laboratory


def orders(count: int, seed: int) -> list[str]:
    """Made-up ORU messages of three results each."""
    rng = random.Random(seed)
    out = []
    for n in range(count):
        day = f"202405{1 + n % 28:02d}"
        segments = [
            f"MSH|^~\\&|LAB|H|EHR|H|{day}120000||ORU^R01|M{n}|P|2.5.1",
            f"PID|1||p{n % 50}^^^H^MR||Made^Up",
            f"OBR|1|P{n}|F{n}|CHEM^Chemistry^L|||{day}0830",
        ]
        for k, (code, unit) in enumerate((("NA", "mmol/L"), ("K", "mmol/L"), ("CRP", "mg/L")), 1):
            value = rng.choice(["", "<", ">"]) + f"{rng.uniform(0.1, 200):.2f}"
            segments.append(f"OBX|{k}|NM|{code}^{code}^L||{value}|{unit}|1-5|N|||F")
        out.append("\r".join(segments) + "\r")
    return out


def simple_reader(text: str) -> list[dict[str, object]]:
    """The plainest reading of such messages."""
    rows: list[dict[str, object]] = []
    patient = order = time = ""
    for segment in text.split("\r"):
        fields = segment.split("|")
        if fields[0] == "PID":
            patient = fields[3].split("^")[0]
        elif fields[0] == "OBR":
            order, time = fields[3], fields[7]
        elif fields[0] == "OBX":
            written = fields[5]
            sign = written[0] if written[0] in "<>" else None
            rows.append(
                {
                    "result_id": f"{order}/{fields[3].split('^')[0]}",
                    "patient_id": patient,
                    "observed_at": datetime.strptime(time, "%Y%m%d%H%M").replace(tzinfo=timezone.utc),
                    "comparator": sign,
                    "value": float(written[1:] if sign else written),
                    "unit": fields[6],
                }
            )
    return rows


@pytest.mark.parametrize("folder", [False, True])
def test_results_agree_with_a_simple_reader(tmp_path: Path, folder: bool) -> None:
    messages = orders(300, seed=5)
    if folder:
        for n, message in enumerate(messages):
            (tmp_path / f"{n:04d}.hl7").write_text(message, encoding="ascii", newline="")
        read = laboratory.read_hl7(tmp_path)
    else:
        path = tmp_path / "all.hl7"
        path.write_text("".join(messages), encoding="ascii", newline="")
        read = laboratory.read_hl7(path)
    expected = simple_reader("".join(messages))
    assert read.rows_read == read.rows.num_rows == 900
    rows = read.rows.to_pydict()
    for name in expected[0]:
        assert rows[name] == [row[name] for row in expected]


def test_corrections_leave_their_history(tmp_path: Path) -> None:
    message = orders(1, seed=1)[0]
    later = message.replace("20240501120000", "20240502120000").replace("|N|||F", "|N|||C")
    path = tmp_path / "told_twice.hl7"
    path.write_bytes(b"\x0b" + later.encode() + b"\x1c\r\x0b" + message.encode() + b"\x1c\r")
    read = laboratory.read_hl7(path)
    assert read.rows.to_pydict()["status"] == ["corrected"] * 3
    assert read.superseded.to_pydict()["status"] == ["final"] * 3
    assert read.rows_read == 6


def test_a_message_of_100_mb(tmp_path: Path) -> None:
    head = orders(1, seed=1)[0]
    path = tmp_path / "long.hl7"
    path.write_bytes((head + "OBX|4|TX|NOTE^Note^L||" + "x" * (101 << 20) + "||||||F\r").encode())
    read = laboratory.read_hl7(path)
    assert read.rejected.counts_by_rule() == {"message.too_long": 1}
    assert read.rows.num_rows == 0
    whole = laboratory.read_hl7(path, max_message_bytes=200 << 20)
    assert whole.rows.num_rows == 4


def test_a_file_without_messages_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "empty.hl7"
    path.write_bytes(b"")
    with pytest.raises(assay.IoError):
        laboratory.read_hl7(path)
    path.write_bytes(b"not a message at all")
    read = laboratory.read_hl7(path)
    assert read.rejected.counts_by_rule() == {"message.no_msh": 1}
    assert read.rejected.table.to_pydict()["raw"] == [b"not a message at all"]

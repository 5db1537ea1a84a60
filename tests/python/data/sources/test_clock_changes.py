"""Times that the clocks left out or showed twice: files and databases treat them alike, in two time zones."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from assay.data import laboratory
from assay.data.sources import PostgresSource, read_results

UTC = timezone.utc
# Of each zone: the last second before the gap, one in it, the first after it, one shown twice;
# and the same in UTC. By the zones' rules of 2024 (tz database): Berlin 31 March and 27 October at 01:00 UTC, New York
# 10 March at 07:00 UTC and 3 November at 06:00 UTC.
CLOCKS = {
    "Europe/Berlin": (
        ["2024-03-31 01:59:59", "2024-03-31 02:30:00", "2024-03-31 03:00:00", "2024-10-27 02:30:00"],
        [(3, 31, 0, 59, 59), None, (3, 31, 1, 0, 0), (10, 27, 1, 30, 0)],
    ),
    "America/New_York": (
        ["2024-03-10 01:59:59", "2024-03-10 02:00:00", "2024-03-10 03:00:00", "2024-11-03 01:30:00"],
        [(3, 10, 6, 59, 59), None, (3, 10, 7, 0, 0), (11, 3, 6, 30, 0)],
    ),
}


def read_file(folder: Path, kind: str, times: list[str], zone: str) -> laboratory.ResultsReading:
    folder.mkdir()
    if kind == "csv":
        lines = [f"r{i},p{i},{time},K,4.1" for i, time in enumerate(times)]
        path = folder / "results.csv"
        path.write_text("\n".join(["result_id,patient_id,observed_at,test,value", *lines]))
        return laboratory.read_results(path, zone=zone)
    if kind == "hl7":
        text = ""
        for i, time in enumerate(times):
            digits = "".join(c for c in time if c.isdigit())
            text += (
                f"MSH|^~\\&|LAB||||20240501||ORU^R01|{i}|P|2.5\rPID|||p{i}\rOBR|||F{i}\r"
                f"OBX|1|NM|K^Potassium^L||4.1|mmol/L|||||F|||{digits}\r"
            )
        path = folder / "messages.hl7"
        path.write_text(text, newline="")
        return laboratory.read_results(path, zone=zone)
    path = folder / "observations.ndjson"
    with path.open("w") as file:
        for i, time in enumerate(times):
            resource = {
                "resourceType": "Observation", "id": f"r{i}", "status": "final", "code": {"text": "K"},
                "subject": {"reference": f"Patient/p{i}"}, "effectiveDateTime": time.replace(" ", "T"),
                "valueQuantity": {"value": 4.1, "unit": "mmol/L"},
            }  # fmt: skip
            file.write(json.dumps(resource) + "\n")
    return laboratory.read_results(path, zone=zone)


def instants(parts: list[tuple[int, ...] | None]) -> list[datetime]:
    return [datetime(2024, *part, tzinfo=UTC) for part in parts if part is not None]  # type: ignore[arg-type]


@pytest.mark.parametrize("zone", CLOCKS)
@pytest.mark.parametrize("kind", ["csv", "hl7", "fhir"])
def test_in_files(tmp_path: Path, kind: str, zone: str) -> None:
    times, expected = CLOCKS[zone]
    read = read_file(tmp_path / kind, kind, times, zone)
    assert sorted(read.rows["observed_at"].to_pylist()) == instants(expected)
    assert read.rejected.counts_by_rule() == {"observed_at.zone": 1}
    assert read.rows_read == len(times)
    assert read_file(tmp_path / "utc", kind, times, "UTC").rows.num_rows == len(times)


@pytest.mark.parametrize("zone", CLOCKS)
@pytest.mark.parametrize("type_", ["timestamp", "text"])
def test_in_a_database(server: Any, zone: str, type_: str) -> None:
    """As a column of times, and as texts that the reader of results reads."""
    times, expected = CLOCKS[zone]
    server.sql(
        f"CREATE TABLE lab_results (result_id text, patient_id text, observed_at {type_}, test text, value float8)",
        *(f"INSERT INTO lab_results VALUES ('r{i}', 'p{i}', '{time}', 'K', 4.1)" for i, time in enumerate(times)),
    )
    read = read_results(PostgresSource(server.uri, zone=zone), "lab_results", zone=zone)
    assert sorted(read.rows["observed_at"].to_pylist()) == instants(expected)
    assert read.rejected.counts_by_rule() == {"observed_at.zone": 1}
    assert read.rows_read == len(times)


def test_a_message_sent_in_the_skipped_hour_still_corrects(tmp_path: Path) -> None:
    """A sender whose clock knows no summer time: its correction is the later word."""

    def told(at: str, value: str, status: str) -> str:
        return (
            f"MSH|^~\\&|LAB||||{at}||ORU^R01|{at}|P|2.5\rPID|||p1\rOBR|||F1||||20240330\r"
            f"OBX|1|NM|K^Potassium^L||{value}|mmol/L|||||{status}\r"
        )

    path = tmp_path / "messages.hl7"
    path.write_text(told("202403310230", "4.2", "C") + told("202403310130", "7.9", "F"), newline="")
    read = laboratory.read_results(path, zone="Europe/Berlin")
    assert read.rows["value"].to_pylist() == [4.2]
    assert read.superseded["value"].to_pylist() == [7.9]

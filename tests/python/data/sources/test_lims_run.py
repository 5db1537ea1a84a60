"""`assay run lims postgresql://…` gives what the same results in a folder give; the address is told nowhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from assay.data.laboratory import read_mimic_iv
from assay.pipelines import lims

KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0" * 2  # of this test alone


def comparable(row: dict[str, Any]) -> dict[str, Any]:
    """Without where it stood."""
    return {name: value for name, value in row.items() if name not in ("row", "source_file", "source_line")}


def test_a_database_and_a_folder_give_the_same_silver(
    server: Any, test_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from adbc_driver_postgresql import dbapi

    monkeypatch.setenv("ASSAY_DEID_KEY", KEY)
    mimic = test_data / "mimic_iv_demo"
    with dbapi.connect(server.uri) as connection, connection.cursor() as cursor:
        cursor.adbc_ingest("lab_results", read_mimic_iv(mimic).rows.to_pyarrow(), mode="create")
        connection.commit()
    tests = mimic / "d_labitems_to_loinc.csv"
    stored = lims.run(server.uri, tmp_path / "database", tests=tests, target=0.0)
    folder = lims.run(mimic, tmp_path / "folder", target=0.0)
    for name in ("silver.lab_results", "quarantine.results"):
        left, right = (run.lake.read(name).sort("result_id").to_pylist() for run in (stored, folder))
        assert [comparable(row) for row in left] == [comparable(row) for row in right]
    record = (tmp_path / "database" / "run.json").read_text()
    address = urlsplit(server.uri)
    assert json.loads(record)["status"] == "done"
    for secret in filter(None, (address.password, server.uri)):
        assert secret not in record
        assert secret not in stored.report.read_text(encoding="utf-8")

"""Training on a version of a Delta table: rows, version and address as they are logged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from assay import IoError, SchemaError, _core
from assay.cli import main_group
from assay.data import Table, read_csv
from assay.errors import ValueError as AssayValueError
from assay.pipelines.device_failure import read_source
from assay.pipelines.device_failure.delta_source import read_delta
from assay.pipelines.job import is_bad_input

deltalake = pytest.importorskip("deltalake", reason="deltalake is not installed")


@pytest.fixture(scope="module")
def records(test_data: Path) -> Table:
    return read_csv(test_data / "maintenance" / "ai4i2020.csv").rows.head(3000)


@pytest.fixture(scope="module")
def table(records: Table, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Version 0 has 2,000 records, version 1 all 3,000."""
    place = tmp_path_factory.mktemp("lake") / "machines of a plant"
    deltalake.write_deltalake(place, records.head(2000).to_pyarrow())
    deltalake.write_deltalake(place, records.to_pyarrow().slice(2000), mode="append")
    return place


def test_each_version_has_its_rows(table: Path, records: Table) -> None:
    latest, first = read_source(table), read_source(table, version=0)
    assert latest.version is not None and first.version is not None
    assert (latest.version.kind, latest.version.version, len(latest.label)) == ("delta", "1", 3000)
    assert (first.version.version, len(first.label), first.version.rows) == ("0", 2000, 2000)
    assert latest.version.source == table.resolve().as_uri()
    plain = records.head(2000)
    np.testing.assert_array_equal(
        first.features.column("Torque [Nm]").to_numpy(), plain.column("Torque [Nm]").to_numpy()
    )
    np.testing.assert_array_equal(first.label, plain.column("Machine failure").to_numpy())
    assert read_source(table.resolve().as_uri(), version=1).version == latest.version


def train(source: Path | str, out: Path, *options: str) -> Any:
    command = [
        "lims",
        "train",
        str(source),
        "--out",
        str(out),
        "--trees",
        "5",
        "--folds",
        "2",
        "--no-peers",
        *options,
    ]
    return CliRunner().invoke(main_group, command, env={"MLFLOW_TRACKING_URI": None})


def test_the_command_logs_the_version_that_it_trained_on(table: Path, tmp_path: Path) -> None:
    for options, version, rows in (((), "1", 3000), (("--version", "0"), "0", 2000)):
        out = tmp_path / version
        done = train(table, out, *options)
        assert done.exit_code == 0, (done.output, done.exception)
        assert f"{rows:,} rows" in done.output and f"delta version {version}\n" in done.output
        evaluation = json.loads((out / "evaluation.json").read_text(encoding="utf-8"))
        assert evaluation["data"] == {
            "source": table.resolve().as_uri(),
            "kind": "delta",
            "version": version,
            "rows": rows,
        }
        logged = logged_data(out / "journal")
        assert logged == {"path": table.resolve().as_uri(), "delta_table_version": int(version)}
        card = json.loads((out / "model_card.json").read_text(encoding="utf-8"))
        assert card["data"]["version"] == version


def logged_data(journal: Path) -> Any:
    records = _core.tracking.read_records(journal, kinds={"input"}, after={})
    (source,) = {json.loads(record.payload)["body"]["dataset"]["source"] for record in records}
    return json.loads(source)


def test_what_is_refused(table: Path, tmp_path: Path, test_data: Path) -> None:
    later = train(table, tmp_path / "o", "--version", "7").exception
    assert isinstance(later, IoError) and is_bad_input(later)
    with pytest.raises(IoError, match="expected a Delta table in version 7"):
        read_source(table, version=7)
    with pytest.raises(AssayValueError, match="expected a Delta table where a version is asked for"):
        read_source(test_data / "maintenance" / "ai4i2020.csv", version=0)
    assert train(tmp_path / "nothing", tmp_path / "o").exit_code == 2
    days = tmp_path / "device_days"
    deltalake.write_deltalake(days, Table.from_dict({"device_id": ["D1"], "load": [1.0]}).to_pyarrow())
    with pytest.raises(SchemaError, match="do not say when a device failed"):
        read_source(days)


def test_no_secret_of_an_address_is_told() -> None:
    with pytest.raises(IoError) as failed:
        read_delta("nowhere://user:hidden@place/table?sig=hidden", version=3)
    assert "hidden" not in str(failed.value) and "nowhere://place/table" in str(failed.value)
    assert failed.value.__cause__ is None and failed.value.__context__ is None

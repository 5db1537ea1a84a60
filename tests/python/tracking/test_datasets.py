"""Datasets that runs read: what they say, and how they arrive."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from assay import tracking as at
from assay.data import Field, Schema, Table
from assay.tracking.local import MlflowServer

SCHEMA = Schema([Field("patient_id", "utf8", nullable=False), Field("heart_rate", "float64", unit="/min")])
VITALS = Table.from_dict({"patient_id": ["A", "A", "B"], "heart_rate": [80.5, None, 92.0]}, schema=SCHEMA)


@pytest.fixture
def mlflow_server(each_mlflow_server: MlflowServer) -> MlflowServer:
    return each_mlflow_server


def test_description_counts_and_never_quotes() -> None:
    described = at.Dataset.describe(VITALS, name="vitals", source="data/vitals.csv")
    assert json.loads(described.profile) == {"num_rows": 3, "num_columns": 2, "nulls": {"heart_rate": 1}}
    assert json.loads(described.schema)["mlflow_colspec"] == [
        {"type": "string", "name": "patient_id", "required": True},
        {"type": "double", "name": "heart_rate", "required": False},
    ]
    assert (described.source_type, json.loads(described.source)) == ("local", {"uri": "data/vitals.csv"})
    assert "80.5" not in repr(described)


def test_digest_is_of_the_content() -> None:
    digest = at.Dataset.describe(VITALS).digest
    assert len(digest) == 32
    assert at.Dataset.describe(VITALS.slice(0, 3)).digest == digest
    assert at.Dataset.describe(VITALS.head(2)).digest != digest


@pytest.mark.parametrize("library", ["pyarrow", "polars", "pandas"])
def test_tables_of_others_have_the_same_digest(library: str) -> None:
    pytest.importorskip(library)
    plain = Table.from_dict({"patient_id": ["A", "B"], "age": [58, 61]})
    other = getattr(plain, f"to_{library}")()
    assert at.Dataset.describe(other).digest == at.Dataset.describe(plain).digest


@pytest.mark.parametrize(
    ("source", "kind", "place"),
    [
        (None, "code", {"tags": {"mlflow.source.type": "LOCAL"}}),
        ("https://host/a.csv", "http", {"url": "https://host/a.csv"}),
        ("https://bob:secret@host/a.csv?sig=token#x", "http", {"url": "https://host/a.csv"}),
        ("s3://bucket/a.parquet", "s3", {"uri": "s3://bucket/a.parquet"}),
    ],
)
def test_sources(source: str | None, kind: str, place: dict[str, Any]) -> None:
    described = at.Dataset.describe(VITALS, source=source)
    assert (described.source_type, json.loads(described.source)) == (kind, place)


def test_what_is_no_table_is_refused(journal: Path) -> None:
    with at.start_run(journal=journal) as run, pytest.raises(TypeError, match="expected a table"):
        run.log_input(3)
    with at.start_run(journal=journal), pytest.raises(ValueError, match="expected 2 contexts"):
        at.log_inputs([VITALS, VITALS], ["training"])


@pytest.mark.mlflow
def test_datasets_arrive(mlflow_server: MlflowServer, rest: Any, journal: Path) -> None:
    with at.start_run(experiment=f"icu/{uuid.uuid4().hex[:8]}", journal=journal) as run:
        described = at.log_input(
            VITALS, "training", {"made_up": True}, name="vitals", source="data/vitals.csv"
        )
        at.log_inputs([VITALS.head(1), VITALS], [None, "training"])
    report = at.sync(journal, mlflow_server.url)
    assert (report.complete, report.documents, report.set_aside) == (True, 3, [])
    held = rest.run(report.run_ids[run.info.run_id])["inputs"]["dataset_inputs"]
    by_name = {(each["dataset"]["name"], each["dataset"]["digest"]): each for each in held}
    assert len(by_name) == 3
    first = by_name["vitals", described.digest]
    assert first["dataset"]["profile"] == described.profile
    assert first["dataset"]["schema"] == described.schema
    assert {tag["key"]: tag["value"] for tag in first["tags"]} == {
        "mlflow.data.context": "training",
        "made_up": "True",
    }
    assert at.sync(journal, mlflow_server.url, from_scratch=True).complete
    assert len(rest.run(report.run_ids[run.info.run_id])["inputs"]["dataset_inputs"]) == 3

"""Models as the commands train them, served by `assay lims serve`: every way a request can be wrong is named."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from serve_command import environment, servers
from served import ask

from assay.models import load_model
from assay.pipelines.device_risk import DeviceRisk

pytest.importorskip("deltalake")
pytest.importorskip("jinja2")

DEVICE, BATCH = "/predict/device-failure", "/predict/device-failure/batch"
FILE = "device_failure.assay-model"


@dataclass(frozen=True)
class Served:
    port: int
    risk: DeviceRisk
    body: dict[str, Any]
    """A request that is right, by named features."""
    field: str
    """One of them that is a number."""
    missing: list[str]
    """Features that a training row lacked, as the model's file has them."""


def run(folder: Path, *words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "assay", *words],
        check=True,
        cwd=folder,
        env=environment(),
        timeout=500,
        stdout=subprocess.DEVNULL,
    )


def ai4i(folder: Path, test_data: Path) -> tuple[Path, dict[str, Any]]:
    """Trained by `assay lims train` on the AI4I 2020 records; the record of the first machine that failed."""
    records = test_data / "maintenance" / "ai4i2020.csv"
    options = ("--out", "out", "--no-peers", "--trees", "20", "--folds", "2")
    run(folder, "lims", "train", str(records), *options)
    header, *lines = (line.split(",") for line in records.read_text(encoding="utf-8-sig").splitlines())
    failed = next(
        row for line in lines if (row := dict(zip(header, line, strict=True)))["Machine failure"] == "1"
    )
    body = {
        "type": failed["Type"],
        "air_temperature_k": float(failed["Air temperature [K]"]),
        "process_temperature_k": float(failed["Process temperature [K]"]),
        "rotational_speed_rpm": float(failed["Rotational speed [rpm]"]),
        "torque_nm": float(failed["Torque [Nm]"]),
        "tool_wear_min": float(failed["Tool wear [min]"]),
    }
    return folder / "out" / FILE, body


def device_days(folder: Path, test_data: Path) -> tuple[Path, dict[str, Any]]:
    """Trained by `assay run lims --train` on a made-up fleet; the first device day without a missing value."""
    from deltalake import DeltaTable

    from assay.pipelines.lims.fleet import simulate_fleet, write_fleet

    write_fleet(simulate_fleet(devices=10, days=110, results_a_day=3, seed=2), folder / "source")
    run(folder, "run", "lims", "source", "--out", "out", "--train", "--identified")
    model = folder / "out" / "model" / FILE
    names = DeviceRisk.load(model).input_names
    rows = DeltaTable(folder / "out/lake/LIMS/gold/device_days").to_pyarrow_table().to_pylist()
    whole = next(row for row in rows if all(row[name] is not None for name in names))
    return model, {name: whole[name] for name in names}


@pytest.fixture(scope="module", params=[ai4i, device_days], ids=["lims train", "run lims --train"])
def served(
    request: pytest.FixtureRequest, test_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("trained")
    model, body = request.param(folder, test_data)
    field = "torque_nm" if "torque_nm" in body else "load"
    with servers(folder) as start:
        _, port = start(str(model), "--rate", "100000")
        yield Served(port, DeviceRisk.load(model), body, field, load_model(model).metadata["missing_values"])


def refused(served: Served, body: Any, path: str = DEVICE) -> list[tuple[list[Any], str]]:
    status, _, answer = ask(served.port, "POST", path, body)
    assert status == 422, answer
    return [(each["loc"], each["type"]) for each in answer["detail"]]


def test_named_features_are_answered_as_the_model_says(served: Served) -> None:
    status, _, answer = ask(served.port, "POST", DEVICE, served.body)
    assert status == 200
    expected = served.risk.assess({name: [value] for name, value in served.body.items()})
    assert answer["risk"] == expected["risk"].to_pylist()[0]
    assert answer["device_class"] == expected["device_class"].to_pylist()[0]
    assert answer["flagged"] == expected["flagged"].to_pylist()[0]
    assert 0 <= answer["risk"] <= 100 and answer["risk"] == pytest.approx(100 * answer["probability"])
    assert 1 <= len(answer["top_features"]) <= 3
    assert {each["feature"] for each in answer["top_features"]} <= set(served.risk.info.feature_names)
    sizes = [abs(each["contribution"]) for each in answer["top_features"]]
    assert sizes == sorted(sizes, reverse=True)
    raised = [each["feature"] for each in answer["top_features"] if each["contribution"] > 0]
    assert answer["recommended_action"] == served.risk.action(answer["device_class"], raised)
    assert answer["model"]["name"] == "device-failure" and answer["model"]["version"]


def test_the_order_of_names_means_nothing(served: Served) -> None:
    plain = ask(served.port, "POST", DEVICE, served.body)[2]
    for seed in range(5):
        names = list(served.body)
        random.Random(seed).shuffle(names)
        mixed = {name: served.body[name] for name in names}
        assert ask(served.port, "POST", DEVICE, mixed)[2] == plain
    assert ask(served.port, "POST", BATCH, {"devices": [mixed]})[2]["results"][0] == {
        name: value for name, value in plain.items() if name != "model"
    }


def test_every_missing_feature_is_named(served: Served) -> None:
    for name in served.body:
        rest = {each: value for each, value in served.body.items() if each != name}
        assert refused(served, rest) == [(["body", name], "missing")]
        assert refused(served, {"devices": [served.body, rest]}, BATCH) == [
            (["body", "devices", 1, name], "missing")
        ]
    assert {place[-1] for place, _ in refused(served, {})} == set(served.body)


def test_a_renamed_and_an_extra_feature_are_refused(served: Served) -> None:
    rest = {name: value for name, value in served.body.items() if name != served.field}
    for other in (served.field.upper(), f"{served.field} ", "moment", ""):
        assert refused(served, rest | {other: served.body[served.field]}) == [
            (["body", served.field], "missing"),
            (["body", "(unknown field)"], "extra_forbidden"),
        ]
    assert refused(served, served.body | {"machine_failure": 1}) == [
        (["body", "(unknown field)"], "extra_forbidden")
    ]
    message = ask(served.port, "POST", DEVICE, served.body | {"moment": 1})[2]["detail"][0]["msg"]
    assert all(name in message for name in served.body) and "moment" not in message


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e999", '"60"', "true", "[60]", '""'])
def test_what_is_no_finite_number_is_refused_with_its_field(literal: str, served: Served) -> None:
    rest = json.dumps({name: value for name, value in served.body.items() if name != served.field})
    body = f'{rest[:-1]}, "{served.field}": {literal}}}'.encode()
    kind = "finite_number" if literal[-1] in "Ny9" else "float_type"
    assert refused(served, body) == [(["body", served.field], kind)]


def test_null_is_taken_where_the_model_says_so(served: Served) -> None:
    inputs = {each["field"]: each for each in ask(served.port, "GET", "/model-info")[2]["inputs"]}
    assert set(inputs) == set(served.body)
    lacking = {name for name, about in inputs.items() if about["may_be_missing"]}
    assert lacking == set(served.missing)
    for name, about in inputs.items():
        status, _, answer = ask(served.port, "POST", DEVICE, served.body | {name: None})
        assert status == (200 if about["may_be_missing"] else 422), name
        if status == 422:
            assert answer["detail"][0]["loc"] == ["body", name]


def test_the_example_of_openapi_is_answered(served: Served) -> None:
    described = ask(served.port, "GET", "/openapi.json")[2]
    for path in (DEVICE, BATCH):
        content = described["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        assert ask(served.port, "POST", path, content["examples"]["device"]["value"])[0] == 200

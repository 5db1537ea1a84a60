"""The endpoints of a real server on this machine: answers, refusals, OpenAPI, metrics."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from device_models import HEALTHY, WORN, ByStrain
from served import Versions, ask, serving

from assay.serving import Limits, Service

DEVICE, BATCH = "/predict/device-failure", "/predict/device-failure/batch"


@pytest.fixture(scope="module")
def service() -> Service:
    return Service(Versions(), limits=Limits(rate=100_000))


@pytest.fixture(scope="module")
def port(service: Service) -> Iterator[int]:
    with serving(service) as port:
        yield port


def test_one_device_is_assessed_and_explained(port: int) -> None:
    status, headers, answer = ask(port, "POST", DEVICE, WORN)
    assert status == 200 and headers["cache-control"] == "no-store" and headers["x-request-id"]
    assert answer == {
        "risk": 72.0,
        "probability": 0.72,
        "device_class": "high",
        "flagged": True,
        "top_features": [{"feature": "strain", "contribution": 0.72}],
        "recommended_action": "Replace the tool or lower the torque: the tool is worn for this load.",
        "outside_training": [],
        "model": {"name": "device-failure", "version": "7"},
    }


def test_a_batch_is_answered_in_its_order(port: int) -> None:
    devices = [HEALTHY, WORN, HEALTHY | {"tool_wear_min": 300}] * 40
    status, _, answer = ask(port, "POST", BATCH, {"devices": devices})
    assert status == 200 and answer["model"]["version"] == "7"
    assert [each["risk"] for each in answer["results"]] == [2.0, 72.0, 60.0] * 40
    assert answer["results"][2]["outside_training"] == ["Tool wear [min]"]
    alone = ask(port, "POST", DEVICE, WORN)[2]
    del alone["model"]
    assert answer["results"][1] == alone


WRONG: list[tuple[str, Any, str]] = [
    ("a number as text", "60", "float_type"),
    ("a boolean", True, "float_type"),
    ("null", None, "float_type"),
    ("a list", [60], "float_type"),
    ("an object", {"value": 60}, "float_type"),
    ("NaN", math.nan, "finite_number"),
    ("infinity", math.inf, "finite_number"),
    ("below what can be", -0.5, "greater_than_equal"),
    ("above what can be", 1e9, "less_than_equal"),
    ("an integer without end", 10**400, "finite_number"),
]


@pytest.mark.parametrize(("what", "value", "kind"), WRONG, ids=[each[0] for each in WRONG])
def test_a_wrong_field_is_named(what: str, value: Any, kind: str, port: int) -> None:
    status, _, answer = ask(port, "POST", DEVICE, WORN | {"torque_nm": value})
    assert status == 422
    assert [(each["loc"], each["type"]) for each in answer["detail"]] == [(["body", "torque_nm"], kind)]


def test_a_field_of_a_batch_is_named_with_its_place(port: int) -> None:
    status, _, answer = ask(port, "POST", BATCH, {"devices": [WORN, WORN | {"type": "Q"}]})
    assert status == 422
    assert answer["detail"][0]["loc"] == ["body", "devices", 1, "type"]
    assert "'L', 'M' or 'H'" in answer["detail"][0]["msg"]


def test_a_missing_field_is_named(port: int) -> None:
    body = {name: value for name, value in WORN.items() if name != "torque_nm"}
    status, _, answer = ask(port, "POST", DEVICE, body)
    assert status == 422 and answer["detail"] == [
        {"loc": ["body", "torque_nm"], "msg": "Field required", "type": "missing"}
    ]


def test_a_field_that_stands_twice_is_named_and_the_last_does_not_count(port: int) -> None:
    whole = json.dumps(WORN)
    twice = [
        whole.replace('"torque_nm"', '"torque_nm": 1, "torque_nm"'),
        whole.replace('"torque_nm"', '"torque_nm": 60.0, "torque_nm"'),
        whole.replace('"torque_nm"', '"torque_nm": {"a": [1]}, "torque_nm"'),
        whole.replace('"torque_nm"', '"t\\u006frque_nm": 1, "torque_nm"'),
    ]
    for body in twice:
        for path, sent in ((DEVICE, body), (BATCH, f'{{"devices": [{whole}, {body}]}}')):
            status, _, answer = ask(port, "POST", path, sent.encode())
            assert status == 422
            assert [(each["loc"], each["type"]) for each in answer["detail"]] == [
                (["body", "torque_nm"], "repeated")
            ]
    status, _, answer = ask(port, "POST", BATCH, f'{{"devices": [], "devices": [{whole}]}}'.encode())
    assert status == 422 and answer["detail"][0]["loc"] == ["body", "devices"]
    spaced = whole.replace(":", " :\n\t ").encode()
    assert ask(port, "POST", DEVICE, spaced)[2] == ask(port, "POST", DEVICE, WORN)[2]


@pytest.mark.parametrize(
    "body",
    [
        WORN | {"MRN-4711": 1},
        WORN | {"type": "MRN-4711"},
        WORN | {"torque_nm": "MRN-4711"},
        {"devices": "MRN-4711"},
        ["MRN-4711"],
        b'{"type": "MRN-4711',
        b'"MRN-4711"',
        b"MRN-4711",
    ],
)
def test_no_answer_repeats_what_was_sent(body: Any, port: int) -> None:
    for path in (DEVICE, BATCH):
        status, _, answer = ask(port, "POST", path, body)
        assert status == 422 and "4711" not in json.dumps(answer)


def test_an_unknown_path_and_method_are_refused_without_repeating_them(port: int) -> None:
    status, _, answer = ask(port, "GET", "/patients/MRN-4711?name=MRN-4711")
    assert status == 404 and "4711" not in json.dumps(answer)
    assert ask(port, "GET", DEVICE)[0] == 405
    assert ask(port, "GET", "/health/")[0] == 404


@pytest.mark.parametrize(
    "body", [b"[" * 10_000, b'{"a":' * 3_000, b"", b"\xff\xfe", b"{}" + b"\0", b"nul", b'{"type": "\\ud800"}']
)
def test_what_is_no_json_or_deep_is_refused(body: bytes, port: int) -> None:
    assert ask(port, "POST", DEVICE, body)[0] == 422
    assert ask(port, "POST", BATCH, body)[0] == 422
    assert ask(port, "GET", "/health")[0] == 200


def test_only_json_is_read(port: int) -> None:
    body = json.dumps(WORN).encode()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""):
        assert ask(port, "POST", DEVICE, body, {"content-type": kind})[0] == 415
    assert ask(port, "POST", DEVICE, body, {"content-type": "Application/JSON; charset=utf-8"})[0] == 200


def test_too_many_devices_are_refused(port: int) -> None:
    status, _, answer = ask(port, "POST", BATCH, {"devices": [WORN] * 1001})
    assert status == 422 and answer["detail"][0]["loc"] == ["body", "devices"]
    assert ask(port, "POST", BATCH, {"devices": []})[0] == 422


def test_the_model_describes_itself(port: int) -> None:
    status, _, info = ask(port, "GET", "/model-info")
    assert status == 200
    assert (info["threshold"], info["medium"], info["classes"]) == (0.4, 0.1, ["works", "fails"])
    torque = next(each for each in info["inputs"] if each["field"] == "torque_nm")
    assert (torque["unit"], torque["trained_from_to"]) == ("N.m", [3.8, 76.6])
    assert info["metrics"] == {"roc_auc": 0.97}


def test_health_and_readiness(port: int) -> None:
    assert ask(port, "GET", "/health")[2] == {"status": "ok"}
    assert ask(port, "GET", "/ready")[2] == {
        "ready": True,
        "model": {"name": "device-failure", "version": "7"},
        "problems": [],
    }


def test_openapi_has_an_example_that_is_answered(port: int) -> None:
    status, _, described = ask(port, "GET", "/openapi.json")
    assert status == 200
    for path in (DEVICE, BATCH):
        content = described["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        assert ask(port, "POST", path, content["examples"]["device"]["value"])[0] == 200
    torque = described["paths"][DEVICE]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert torque["properties"]["torque_nm"]["x-ucum-unit"] == "N.m"
    assert "#/$defs" not in json.dumps(described)


def test_openapi_has_an_example_of_every_answer_and_it_fits_its_schema(port: int) -> None:
    import jsonschema

    described = ask(port, "GET", "/openapi.json")[2]
    for path, operations in described["paths"].items():
        for operation in operations.values():
            assert "200" in operation["responses"]
            for status, response in operation["responses"].items():
                for kind, content in response["content"].items():
                    assert "example" in content, (path, status)
                    if kind == "application/json":
                        schema = content["schema"] | {"components": described["components"]}
                        jsonschema.validate(content["example"], schema)
    post = described["paths"][DEVICE]["post"]
    sent = post["requestBody"]["content"]["application/json"]["examples"]["device"]["value"]
    said = post["responses"]["200"]["content"]["application/json"]["example"]
    assert ask(port, "POST", DEVICE, sent)[2] == said
    assert (
        described["paths"]["/health"]["get"]["responses"]["200"]["content"]["application/json"]["example"]
        == (ask(port, "GET", "/health")[2])
    )


def test_metrics_count_what_happened(service: Service, port: int) -> None:
    def value(name: str) -> float:
        lines = ask(port, "GET", "/metrics")[2].splitlines()
        return float(next((line.split()[-1] for line in lines if line.startswith(name)), 0))

    answered = f'assay_requests_total{{path="{DEVICE}",status="200"}}'
    before, high = value(answered), value('assay_predictions_total{device_class="high"}')
    ask(port, "POST", DEVICE, WORN)
    assert value(answered) == before + 1
    assert value('assay_predictions_total{device_class="high"}') == high + 1
    assert value('assay_model_info{name="device-failure",version="7"}') == 1
    ask(port, "GET", "/MRN-4711")
    assert "4711" not in ask(port, "GET", "/metrics")[2]


def test_without_keys_only_this_machine_is_answered_by_its_names(port: int) -> None:
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example"):
        assert ask(port, "POST", DEVICE, WORN, {"host": host})[0] == 421
    for host in ("localhost", f"127.0.0.1:{port}", "[::1]:8000"):
        assert ask(port, "POST", DEVICE, WORN, {"host": host})[0] == 200


def test_a_model_that_fails_is_an_error_without_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    class Fails(ByStrain):
        broken = False

        def predict_proba(self, rows: Any) -> Any:
            if self.broken:
                raise ValueError("MRN-4711 in a message")
            return super().predict_proba(rows)

    versions, model = Versions(), Fails()
    versions.put("7", model)
    with serving(Service(versions)) as port:
        Fails.broken = True
        status, _, answer = ask(port, "POST", DEVICE, WORN)
        assert status == 500 and "4711" not in json.dumps(answer)
        Fails.broken = False
        assert ask(port, "POST", DEVICE, WORN)[0] == 200
    said = capsys.readouterr().err
    assert "ValueError in predict_proba" in said and "4711" not in said

"""Examples of answers for OpenAPI, made by the model itself where it has one to give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from assay.serving.gate import ACTS, BATCH, DEVICE
from assay.serving.service import Service, answer_of

__all__ = ["add_examples"]

_DETAILS = {
    "400": "Invalid HTTP request received.",
    "401": "Expected an API key or a token that is valid",
    "403": "Expected a role that may predict",
    "413": "Expected at most 16384 bytes",
    "415": "Expected content-type application/json",
    "421": "Expected a request to this machine by localhost",
    "429": "Too many requests; try again later",
    "500": "The model could not answer; the server's log names the kind of error",
    "503": "The audit log does not keep up",
}
_METRICS = f'# HELP assay_requests_total Requests answered.\nassay_requests_total{{path="{DEVICE}",status="200"}} 1.0\n'


def add_examples(
    found: dict[str, Any], service: Service, describe: Callable[[Service], dict[str, Any]]
) -> None:
    """Puts an example beside each answer of an OpenAPI document that has none."""
    risk = service.live.risk
    one, model = answer_of(risk, list(risk.example().values())), service.reference()
    state = {"ready": True, "model": model, "problems": []}
    audit = {"ready": False, "model": model, "problems": ["too many accesses wait for the audit log"]}
    place = ["body", risk.inputs[0].field]
    missing = {"detail": [{"loc": place, "msg": "Field required", "type": "missing"}]}
    own: dict[tuple[str, str], Any] = {
        (DEVICE, "200"): one | {"model": model},
        (BATCH, "200"): {"results": [one, one], "model": model},
        (DEVICE, "422"): missing,
        (BATCH, "422"): {"detail": [missing["detail"][0] | {"loc": ["body", "devices", 0, place[1]]}]},
        (BATCH, "413"): {"detail": f"Expected at most {service.limits.batch_bytes} bytes"},
        (DEVICE, "413"): {"detail": f"Expected at most {service.limits.device_bytes} bytes"},
        ("/model-info", "200"): describe(service),
        ("/model-info", "403"): {"detail": f"Expected a role that may {ACTS['info']}"},
        ("/metrics", "403"): {"detail": f"Expected a role that may {ACTS['metrics']}"},
        ("/metrics", "200"): _METRICS,
        ("/health", "200"): {"status": "ok"},
        ("/ready", "200"): state,
        ("/ready", "503"): audit,
    }
    for path, operations in found["paths"].items():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                for kind, content in response.get("content", {}).items():
                    given = own.get((path, status), _DETAILS.get(status))
                    if isinstance(given, str) and kind == "application/json":
                        given = {"detail": given}
                    if given is not None:
                        content.setdefault("example", given)

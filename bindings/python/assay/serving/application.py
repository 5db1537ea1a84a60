"""The FastAPI application: endpoints and what OpenAPI says of them."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from datetime import datetime, timezone
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from assay.serving import schemas
from assay.serving.examples import add_examples
from assay.serving.following import follow
from assay.serving.gate import BATCH, DEVICE, Gate
from assay.serving.metrics import CONTENT_TYPE_LATEST
from assay.serving.service import Answer, Service

__all__ = ["Application", "create_app"]

_DESCRIPTION = """Risk of failure of devices by a trained model. The result supports people who maintain devices; it
decides nothing by itself. Requests hold no patient's data, and none is to be put into them."""
_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"description": "No HTTP request", "content": {"text/plain": {"schema": {"type": "string"}}}},
    401: {"model": schemas.Problem, "description": "No key or token that is valid"},
    403: {"model": schemas.Problem, "description": "A role that may not"},
    421: {"model": schemas.Problem, "description": "Without keys only this machine is answered"},
    429: {"model": schemas.Problem, "description": "Too many requests"},
}
_PREDICTIONS: dict[int | str, dict[str, Any]] = {
    **_REFUSALS,
    413: {"model": schemas.Problem, "description": "Too large"},
    415: {"model": schemas.Problem, "description": "No JSON"},
    422: {"model": schemas.ValidationProblem, "description": "A field that is missing, unknown or wrong"},
    500: {"model": schemas.Problem, "description": "The model could not answer"},
    503: {"model": schemas.Problem, "description": "The audit log does not keep up"},
}


class Application(FastAPI):
    """FastAPI's application behind the gate that every request passes."""

    service: Service
    gate: Gate

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        await self.gate(scope, receive, send)


def create_app(service: Service, *, reload_seconds: float = 30.0) -> Application:
    """The application on a service.

    Args:
        reload_seconds: between two looks for a newer model; 0 for none but those that SIGHUP asks for.
    """
    from assay import __version__

    app = Application(
        title="Assay device failure",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan(service, reload_seconds),
    )
    app.service = service
    app.gate = Gate(super(Application, app).__call__, service)
    _add_predictions(app, service)
    _add_states(app, service)
    app.add_exception_handler(HTTPException, _http_problem)
    _describe_fully(app, service)
    return app


def _lifespan(
    service: Service, seconds: float
) -> Callable[[FastAPI], contextlib.AbstractAsyncContextManager[None]]:
    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        looking = asyncio.create_task(follow(service, seconds))
        try:
            yield
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
            lost = await asyncio.to_thread(service.close)
            if lost:
                print(f"assay: {lost:,} accesses could not be written to the audit log", file=sys.stderr)

    return lifespan


def _request_body(model: type[Any], example: dict[str, Any]) -> dict[str, Any]:
    content = {"schema": _inline(model.model_json_schema()), "examples": {"device": {"value": example}}}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def _inline(schema: dict[str, Any]) -> dict[str, Any]:
    """Without references, which OpenAPI would look for among its components."""
    parts = schema.pop("$defs", {})

    def replace(node: Any) -> Any:
        if isinstance(node, dict):
            if "$ref" in node:
                return replace(parts[node["$ref"].rpartition("/")[2]])
            return {key: replace(value) for key, value in node.items()}
        return [replace(each) for each in node] if isinstance(node, list) else node

    inlined: dict[str, Any] = replace(schema)
    return inlined


def _add_predictions(app: Application, service: Service) -> None:
    one = service.schemas.example(service.live.risk)

    @app.post(
        DEVICE,
        response_model=schemas.SingleAnswer,
        responses=_PREDICTIONS,
        tags=["prediction"],
        operation_id="predict_device_failure",
        openapi_extra=_request_body(service.schemas.device, one),
    )
    async def device_failure(request: Request) -> Response:
        """Assess one device.

        Risk, class, the features that contribute most, and what is recommended.
        """
        return _response(service.device(await request.body()))

    @app.post(
        BATCH,
        response_model=schemas.BatchAnswer,
        responses=_PREDICTIONS,
        tags=["prediction"],
        operation_id="predict_device_failure_batch",
        openapi_extra=_request_body(service.schemas.batch, {"devices": [one, one]}),
    )
    async def device_failure_batch(request: Request) -> Response:
        """Assess several devices, answered in their order."""
        return _response(await service.batch(await request.body()))


def _add_states(app: Application, service: Service) -> None:
    @app.get(
        "/health",
        response_model=schemas.Health,
        responses={429: _REFUSALS[429]},
        tags=["state"],
        operation_id="health",
    )
    async def health() -> Response:
        """Whether the process runs."""
        return JSONResponse({"status": "ok"})

    @app.get(
        "/ready",
        response_model=schemas.Readiness,
        responses={
            429: _REFUSALS[429],
            503: {"model": schemas.Readiness, "description": "Not ready"},
        },
        tags=["state"],
        operation_id="ready",
    )
    async def ready() -> Response:
        """Whether requests are answered, and what is not as it should be."""
        state = {"ready": service.ready, "model": service.reference(), "problems": service.problems()}
        return JSONResponse(state, status_code=200 if service.ready else 503)

    @app.get(
        "/model-info",
        response_model=schemas.ModelDescription,
        responses=_REFUSALS,
        tags=["model"],
        operation_id="model_info",
    )
    async def model_info() -> Response:
        """The model that answers: inputs, threshold, metrics, what it was trained on."""
        return _response(Answer(200, to_json(describe(service), inf_nan_mode="null")))

    @app.get(
        "/metrics",
        response_class=Response,
        responses={**_REFUSALS, 200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
        tags=["state"],
        operation_id="metrics",
    )
    async def metrics() -> Response:
        """Counters for Prometheus."""
        return Response(service.metrics_text(), headers={"content-type": CONTENT_TYPE_LATEST})


def describe(service: Service) -> dict[str, Any]:
    """What /model-info answers."""
    risk = service.live.risk
    info = risk.info
    inputs = [
        {
            "name": each.name,
            "field": each.field,
            "unit": each.unit,
            "choices": list(each.choices),
            "minimum": each.minimum,
            "maximum": each.maximum,
            "trained_from_to": info.input_ranges.get(each.name),
            "may_be_missing": each.missing,
        }
        for each in risk.inputs
    ]
    return {
        "name": info.name,
        "version": info.version,
        "kind": info.kind,
        "source": str(service.source),
        "loaded_at": datetime.fromtimestamp(service.live.loaded_at, timezone.utc).isoformat(),
        "feature_names": list(info.feature_names),
        "inputs": inputs,
        "classes": list(info.classes),
        "threshold": info.threshold,
        "medium": info.medium,
        "preparation": info.preparation,
        "trained_on": info.trained_on,
        "metrics": info.metrics,
        "library_version": info.library_version,
        "problem": service.live.problem,
    }


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, media_type="application/json")


async def _http_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"detail": error.detail}, error.status_code, headers=error.headers)


def _describe_fully(app: Application, service: Service) -> None:
    """Adds to OpenAPI examples of answers, and which credentials are taken; the gate takes them."""
    schemes: dict[str, Any] = {}
    if service.access.keys is not None:
        schemes["ApiKey"] = {"type": "apiKey", "in": "header", "name": "X-API-Key"}
    if service.access.tokens is not None:
        schemes["Token"] = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        found = plain()
        add_examples(found, service, describe)
        if schemes:
            found.setdefault("components", {})["securitySchemes"] = schemes
            for path in (DEVICE, BATCH, "/model-info", "/metrics"):
                for operation in found["paths"][path].values():
                    operation["security"] = [{name: []} for name in schemes]
        return found

    app.openapi = openapi  # type: ignore[method-assign]

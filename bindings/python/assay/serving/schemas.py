"""What requests and answers look like: made of the model's inputs, shown in OpenAPI, and checked."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from assay.pipelines.device_risk import DeviceRisk, Input
from assay.serving.repeated import refuse_repeated

__all__ = [
    "BatchAnswer",
    "DeviceAnswer",
    "Health",
    "ModelDescription",
    "Problem",
    "Readiness",
    "RequestSchemas",
    "SingleAnswer",
    "ValidationProblem",
    "explained",
]

_STRICT = ConfigDict(
    extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True, protected_namespaces=()
)
_Class = Literal["low", "medium", "high"]
_NAN = float("nan")


class ModelReference(BaseModel):
    """Which model answered."""

    name: str
    version: str


class Contribution(BaseModel):
    """What a feature adds to the probability; negative where it lowers it."""

    feature: str
    contribution: float


class DeviceAnswer(BaseModel):
    """What the model says of one device."""

    risk: float = Field(ge=0, le=100, description="Probability of failure in percent.")
    probability: float = Field(ge=0, le=1)
    device_class: _Class = Field(description="high: at or above the model's threshold.")
    flagged: bool
    top_features: list[Contribution] = Field(description="The largest contributions, in order of size.")
    recommended_action: str
    outside_training: list[str] = Field(
        description="Inputs outside the range of the training rows: the model extrapolates."
    )


class SingleAnswer(DeviceAnswer):
    """What the model says of one device, and which model it is."""

    model: ModelReference


class BatchAnswer(BaseModel):
    """One answer for each device, in the order of the request."""

    results: list[DeviceAnswer]
    model: ModelReference


class Health(BaseModel):
    """The process runs."""

    status: Literal["ok"]


class Readiness(BaseModel):
    """Whether requests are answered, and what is not as it should be."""

    ready: bool
    model: ModelReference | None
    problems: list[str]


class ModelDescription(BaseModel):
    """The model that answers, as its file describes it."""

    name: str
    version: str
    kind: str
    source: str
    loaded_at: str
    feature_names: list[str]
    inputs: list[dict[str, Any]]
    classes: list[str]
    threshold: float
    medium: float
    preparation: str | None
    trained_on: dict[str, Any]
    metrics: dict[str, Any]
    library_version: str
    problem: str


class Problem(BaseModel):
    """Why a request was refused."""

    detail: str


class FieldProblem(BaseModel):
    """What is wrong with one field; the value itself is never repeated."""

    loc: list[str | int]
    msg: str
    type: str


class ValidationProblem(BaseModel):
    """What is wrong with a request."""

    detail: list[FieldProblem]


class RequestSchemas:
    """Requests for a model: one device, or several.

    Args:
        rows: devices of a batch at most.
    """

    def __init__(self, risk: DeviceRisk, *, rows: int) -> None:
        self.inputs = risk.inputs
        self.device: type[BaseModel] = create_model(
            "Device",
            __config__=_STRICT,
            __doc__="Inputs of one device.",
            **{f"input_{i}": _definition(each) for i, each in enumerate(risk.inputs)},  # type: ignore[call-overload]
        )
        devices = Annotated[list[self.device], Field(min_length=1, max_length=rows)]  # type: ignore[name-defined]
        self.batch: type[BaseModel] = create_model(
            "Devices", __config__=_STRICT, __doc__="Inputs of several devices.", devices=(devices, ...)
        )
        self._fields = tuple(each.field for each in risk.inputs)
        self._may_miss = any(each.missing for each in risk.inputs)
        self._get = _getter([f"input_{i}" for i in range(len(self._fields))])

    def read_device(self, body: bytes) -> Sequence[Any]:
        """Values of the inputs in their order, NaN for a missing one. Raises ValidationError."""
        device = self.device.__pydantic_validator__.validate_json(body)
        if body.count(b":") != len(self._fields):
            refuse_repeated(body)
        return self._values(device)

    def read_batch(self, body: bytes) -> list[Sequence[Any]]:
        """The same for each device. Raises ValidationError."""
        devices = self.batch.__pydantic_validator__.validate_json(body).devices
        if body.count(b":") != 1 + len(devices) * len(self._fields):
            refuse_repeated(body)
        return [self._values(each) for each in devices]

    def _values(self, device: Any) -> Sequence[Any]:
        values = self._get(device)
        return [_NAN if value is None else value for value in values] if self._may_miss else values

    def example(self, risk: DeviceRisk) -> dict[str, Any]:
        """A request for one device."""
        return dict(zip(self._fields, risk.example().values(), strict=True))


def explained(error: ValidationError, known: Sequence[str]) -> list[dict[str, Any]]:
    """What is wrong, by field. Names that the request made up are not repeated, nor any value."""
    problems = []
    for each in error.errors(include_url=False, include_input=False, include_context=False)[:20]:
        place: list[str | int] = ["body", *each["loc"]]
        message = each["msg"]
        if each["type"] == "extra_forbidden":
            place[-1] = "(unknown field)"
            message = f"Expected no other fields than {', '.join(known)}"
        problems.append({"loc": place, "msg": message, "type": each["type"]})
    return problems


def _definition(each: Input) -> tuple[Any, Any]:
    about: dict[str, Any] = {
        "alias": each.field,
        "title": each.name,
        "description": each.description or None,
        "examples": [each.example],
    }
    if each.unit:
        about["json_schema_extra"] = {"x-ucum-unit": each.unit}
    kind: Any = Literal[each.choices] if each.choices else float
    if not each.choices:
        about |= {"ge": each.minimum, "le": each.maximum}
    if each.missing:
        about["description"] = f"{each.description} null where it is not known.".strip()
        return Annotated[kind | None, Field(**about)], ...
    return Annotated[kind, Field(**about)], ...


def _getter(fields: Sequence[str]) -> Callable[[Any], Sequence[Any]]:
    get = operator.attrgetter(*fields)
    return get if len(fields) > 1 else lambda device: (get(device),)

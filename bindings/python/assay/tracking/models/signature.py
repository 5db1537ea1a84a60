"""Signatures of models as MLflow writes them: what goes in, what comes out, by column."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay import errors

if TYPE_CHECKING:
    from assay.data import Field, Schema

__all__ = ["ColSpec", "ModelSignature", "ParamSpec", "infer_signature"]

COLUMN_TYPES = ("boolean", "integer", "long", "float", "double", "string", "binary", "datetime", "any")
"""MLflow's names, as in ``mlflow.types.DataType``; "any" takes every value."""

_OF_FIELD = {
    "bool": "boolean",
    "int32": "integer",
    "int64": "long",
    "float32": "float",
    "float64": "double",
    "utf8": "string",
    "binary": "binary",
}


@dataclass(frozen=True)
class ColSpec:
    """One column: MLflow's type, a name, and whether it must be there."""

    type: str
    name: str
    required: bool = True

    def __post_init__(self) -> None:
        if self.type not in COLUMN_TYPES:
            raise errors.ValueError(
                f"ColSpec: expected a type of {', '.join(COLUMN_TYPES)} for column {self.name!r}, got {self.type!r}"
            )

    def to_dict(self) -> dict[str, Any]:
        return {"type": self.type, "name": self.name, "required": self.required}


@dataclass(frozen=True)
class ParamSpec:
    """A parameter of inference and the value it has where none is given."""

    name: str
    type: str
    default: Any

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, "type": self.type, "default": self.default, "shape": None}


@dataclass(frozen=True)
class ModelSignature:
    """Columns in, columns out, parameters. Unity Catalog refuses a model without inputs or outputs."""

    inputs: tuple[ColSpec, ...]
    outputs: tuple[ColSpec, ...] = ()
    params: tuple[ParamSpec, ...] = ()

    def to_dict(self) -> dict[str, str | None]:
        """As the file ``MLmodel`` has it: each part is JSON text."""
        return {"inputs": _text(self.inputs), "outputs": _text(self.outputs), "params": _text(self.params)}

    @classmethod
    def from_dict(cls, parts: Mapping[str, str | None]) -> ModelSignature:
        """Reads what `to_dict` or MLflow wrote. Raises ValueError where a part is of tensors, not of columns."""
        inputs, outputs, params = (json.loads(parts.get(p) or "[]") for p in ("inputs", "outputs", "params"))
        if any("name" not in each or not isinstance(each["type"], str) for each in [*inputs, *outputs]):
            raise errors.ValueError("signature: expected named columns of plain types, got another schema")
        return cls(
            inputs=tuple(ColSpec(c["type"], c["name"], c.get("required", True)) for c in inputs),
            outputs=tuple(ColSpec(c["type"], c["name"], c.get("required", True)) for c in outputs),
            params=tuple(ParamSpec(p["name"], p["type"], p["default"]) for p in params),
        )


def infer_signature(
    inputs: Any, outputs: Any = None, params: Mapping[str, Any] | Sequence[ParamSpec] | None = None
) -> ModelSignature:
    """The signature of tables or schemas: Assay's, anything of Arrow's, or a mapping of columns.

    MLflow checks inputs strictly, and its JSON parsing turns a missing truth value into False. So an input column
    that may be null and is of whole numbers, of truth values or of times is declared "any": whole numbers with a
    missing one arrive as floats, times with a zone are refused as "datetime". The model checks such columns itself.
    """
    if isinstance(params, Mapping):
        params = [ParamSpec(name, _type_of(value), value) for name, value in params.items()]
    return ModelSignature(
        inputs=tuple(_input(field) for field in _schema(inputs)),
        outputs=tuple(_output(field) for field in _schema(outputs)) if outputs is not None else (),
        params=tuple(params or ()),
    )


def _text(parts: Iterable[ColSpec] | Iterable[ParamSpec]) -> str | None:
    described = [part.to_dict() for part in parts]
    return json.dumps(described, ensure_ascii=False) if described else None


def _schema(given: Any) -> Schema:
    from assay.data import Schema
    from assay.tracking.models.rows import as_table

    return given if isinstance(given, Schema) else as_table(given).schema


def _input(field: Field) -> ColSpec:
    kind = _OF_FIELD.get(field.type, "any")  # dates and times
    if field.nullable and kind in ("boolean", "integer", "long"):
        kind = "any"
    return ColSpec(kind, field.name, required=not field.nullable)


def _output(field: Field) -> ColSpec:
    return ColSpec(_OF_FIELD.get(field.type, "datetime"), field.name, required=not field.nullable)


def _type_of(value: Any) -> str:
    kinds: dict[type, str] = {bool: "boolean", int: "long", float: "double", str: "string"}
    if type(value) not in kinds:
        raise errors.ValueError(
            f"signature: expected a parameter of bool, int, float or str, got {type(value).__name__}"
        )
    return kinds[type(value)]

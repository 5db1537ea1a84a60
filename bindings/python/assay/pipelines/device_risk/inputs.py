"""What a model of device failure is given: its inputs, and the features made of them."""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay import errors

__all__ = ["Input", "feature_key", "feature_maker", "inputs_of"]

Values = Sequence[Any]
"""Of the inputs, in their order: numbers, or arrays of numbers of one length."""


@dataclass(frozen=True)
class Input:
    """One thing that a caller gives."""

    name: str
    """The column's name."""
    field: str
    """The name in requests: snake_case, with its unit where the column's name has one."""
    unit: str = ""
    """UCUM."""
    choices: tuple[str, ...] = ()
    """Of a category; its code is the place in this list."""
    minimum: float | None = None
    maximum: float | None = None
    """Outside of these a value is a mistake, not a measurement."""
    missing: bool = False
    """Whether it may be missing: where the training rows lacked it at times."""
    example: str | float = 0.0
    description: str = ""


def feature_key(name: str) -> str:
    """A feature's name without unit and spelling: "Tool wear [min]" is "tool_wear"."""
    return re.sub(r"\W+", "_", re.sub(r"\[.*?\]", "", name)).strip("_").lower()


@functools.cache
def _preparations() -> dict[str, Any]:
    text = Path(__file__).with_name("preparations.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def inputs_of(
    preparation: str | None, features: Sequence[str], metadata: Mapping[str, Any]
) -> tuple[Input, ...]:
    """The inputs of a preparation; the features themselves where there is none.

    Raises:
        SchemaError: a preparation that this Assay does not know.
    """
    often_missing = frozenset(metadata.get("missing_values") or ())
    if preparation is None:
        ranges = metadata.get("input_ranges") or {}
        return tuple(
            Input(
                name,
                _field(name),
                missing=name in often_missing,
                example=_middle(ranges.get(name)),
            )
            for name in features
        )
    known = _preparations()
    if preparation not in known:
        raise errors.SchemaError(
            f"device risk: expected preparation {', '.join(sorted(known))} or none, got another; "
            "a later Assay may have written the model"
        )
    about = known[preparation]
    names = {each["name"] for each in about["inputs"]}
    wanted = names if about["derived"] else names & set(features)
    if not about["derived"] and wanted != set(features):
        extra = ", ".join(sorted(set(features) - names))
        raise errors.SchemaError(f"device risk: expected features of {preparation}, got also {extra}")
    return tuple(
        Input(
            name=each["name"],
            field=each.get("field", each["name"]),
            unit=each.get("unit", ""),
            choices=tuple(each.get("choices", ())),
            minimum=each.get("minimum"),
            maximum=each.get("maximum"),
            missing=each["name"] in often_missing,
            example=each.get("example", 0.0),
            description=each.get("description", ""),
        )
        for each in about["inputs"]
        if each["name"] in wanted
    )


def feature_maker(features: Sequence[str], inputs: Sequence[Input]) -> Callable[[Values], list[Any]]:
    """A function from the values of the inputs, categories as codes, to the features in the model's order.

    It computes with numbers and with arrays alike, so that one row and a table cannot differ.

    Raises:
        SchemaError: a feature that cannot be made of the inputs.
    """
    place = {feature_key(each.name): i for i, each in enumerate(inputs)}
    exact = {each.name: i for i, each in enumerate(inputs)}
    makers: list[Callable[[Values], Any]] = []
    for name in features:
        if name in exact:
            makers.append(functools.partial(_at, exact[name]))
            continue
        maker = _derived(feature_key(name), place)
        if maker is None:
            raise errors.SchemaError(f"device risk: feature {name!r} cannot be made of the inputs")
        makers.append(maker)
    if all(isinstance(maker, functools.partial) for maker in makers):
        order = [exact[name] for name in features]
        return lambda values: [values[i] for i in order]
    return lambda values: [make(values) for make in makers]


def _at(i: int, values: Values) -> Any:
    return values[i]


def _derived(key: str, place: Mapping[str, int]) -> Callable[[Values], Any] | None:
    """The features of `assay.pipelines.device_failure` on the AI4I 2020 inputs.

    A model is trained on what `assay.features.derive_machine_features` computes. Operations stand here in the same
    order, so that numbers and arrays give the same bits (tested); a call into the core for one row would take longer
    than the forest does.
    """
    if key in place:
        return functools.partial(_at, place[key])
    try:
        air, process = place["air_temperature"], place["process_temperature"]
        speed, torque, wear = place["rotational_speed"], place["torque"], place["tool_wear"]
    except KeyError:
        return None
    made: dict[str, Callable[[Values], Any]] = {
        "power": lambda v: v[torque] * (v[speed] * 2 * math.pi / 60),
        "temperature_difference": lambda v: v[process] - v[air],
        "strain": lambda v: v[torque] * v[wear],
    }
    return made.get(key)


def _field(name: str) -> str:
    """The column's name as one of a request: letters, digits and _, the unit kept."""
    return re.sub(r"\W+", "_", name).strip("_").lower() or "value"


def _middle(limits: Any) -> float:
    return (float(limits[0]) + float(limits[1])) / 2 if limits else 0.0

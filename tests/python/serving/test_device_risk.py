"""Risk of a device by a model with a closed form: numbers, boundaries, missing values, explanations, actions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from device_models import AI4I_METADATA, HEALTHY, WORN, ByStrain, WithoutContributions

import assay
from assay.data import Table
from assay.pipelines.device_risk import DeviceRisk

DAYS_METADATA = {
    "feature_names": ["load", "error_rate"],
    "classes": [0, 1],
    "threshold": 0.5,
    "preparation": "device_days",
    "missing_values": ["error_rate"],
}


@pytest.fixture
def risk() -> DeviceRisk:
    return DeviceRisk(ByStrain(), AI4I_METADATA)


def columns(*rows: dict[str, Any]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in HEALTHY}


def by_name(risk: DeviceRisk, row: dict[str, Any]) -> list[Any]:
    return [row[each.field] for each in risk.inputs]


def test_a_table_is_scored_by_its_derived_features(risk: DeviceRisk) -> None:
    scores = risk.assess(columns(HEALTHY, WORN))
    assert scores.column_names == ["risk", "probability", "device_class", "flagged"]
    assert scores["risk"].to_pylist() == [2.0, 72.0]
    assert scores["probability"].to_pylist() == pytest.approx([0.02, 0.72])
    assert scores["device_class"].to_pylist() == ["low", "high"]
    assert scores["flagged"].to_pylist() == [False, True]


def test_one_row_and_the_table_say_the_same(risk: DeviceRisk) -> None:
    for row in (HEALTHY, WORN):
        one = risk.assess_row(by_name(risk, row))
        assert list(one) == [column[0] for column in risk.assess(columns(row)).to_pydict().values()]


@pytest.mark.parametrize(
    ("strain", "name"), [(1999, "low"), (2000, "medium"), (7999, "medium"), (8000, "high"), (30000, "high")]
)
def test_bands_begin_at_their_probability(risk: DeviceRisk, strain: float, name: str) -> None:
    row = HEALTHY | {"torque_nm": strain / 100, "tool_wear_min": 100}
    one = risk.assess_row(by_name(risk, row))
    assert one.device_class == name and one.flagged == (name == "high")


def test_without_bands_medium_begins_at_half_the_threshold() -> None:
    metadata = {key: value for key, value in AI4I_METADATA.items() if key != "bands"}
    assert DeviceRisk(ByStrain(), metadata).info.medium == 0.2


def test_columns_are_found_by_either_name_in_any_order(risk: DeviceRisk) -> None:
    short = columns(WORN)
    long = {each.name: short[each.field] for each in reversed(risk.inputs)} | {"Product ID": ["M1"]}
    assert risk.assess(long) == risk.assess(short)
    assert risk.assess(Table.from_dict(long)) == risk.assess(short)


def test_pandas_and_polars_give_the_same(risk: DeviceRisk) -> None:
    expected = risk.assess(columns(HEALTHY, WORN))
    for module in ("pandas", "polars"):
        frame = pytest.importorskip(module).DataFrame(columns(HEALTHY, WORN))
        assert risk.assess(frame) == expected


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("torque_nm", None),
        ("torque_nm", math.inf),
        ("torque_nm", math.nan),
        ("torque_nm", -1.0),
        ("type", "X"),
    ],
)
def test_what_cannot_be_scored_is_null(risk: DeviceRisk, field: str, value: Any) -> None:
    scores = risk.assess(columns(WORN, WORN | {field: value}, HEALTHY))
    assert scores["risk"].to_pylist() == [72.0, None, 2.0]
    assert scores["device_class"].to_pylist() == ["high", None, "low"]
    assert scores["flagged"].to_pylist() == [True, None, False]


def test_no_rows_give_no_rows_of_the_same_types(risk: DeviceRisk) -> None:
    table = Table.from_dict(columns(WORN))[:0]
    assert risk.assess(table).schema == risk.assess(columns(WORN)).schema
    assert risk.assess(table).num_rows == 0


def test_a_missing_input_is_named(risk: DeviceRisk) -> None:
    with pytest.raises(assay.SchemaError, match=r"missing Torque \[Nm\]"):
        risk.assess({name: values for name, values in columns(WORN).items() if name != "torque_nm"})
    with pytest.raises(assay.SchemaError, match=r"expected Torque \[Nm\]"):
        risk.explain({name: value for name, value in WORN.items() if name != "torque_nm"})


def test_numbers_as_text_are_refused(risk: DeviceRisk) -> None:
    with pytest.raises(assay.SchemaError, match=r"numbers in Torque \[Nm\], got utf8"):
        risk.assess(columns(WORN) | {"torque_nm": ["60"]})


@pytest.mark.parametrize("told", [{}, {"missing_values": None}, {"missing_values": []}])
def test_a_device_day_may_not_lack_what_no_training_row_lacked(told: dict[str, Any]) -> None:
    header = {name: value for name, value in DAYS_METADATA.items() if name != "missing_values"} | told
    risk = DeviceRisk(ByStrain(feature=0, scale=1000), header)
    assert [each.missing for each in risk.inputs] == [False, False]
    rows = {"load": [600.0, None, 100.0], "error_rate": [None, 0.1, 0.1]}
    assert risk.assess(rows)["risk"].to_pylist() == [None, None, 10.0]
    with pytest.raises(assay.SchemaError, match="expected error_rate, got none"):
        risk.explain({"load": 600.0})


def test_a_device_day_may_lack_values() -> None:
    risk = DeviceRisk(ByStrain(feature=0, scale=1000), DAYS_METADATA)
    assert risk.input_names == ("error_rate", "load")
    scores = risk.assess({"load": [600.0, 100.0], "error_rate": [None, 0.1]})
    assert scores["risk"].to_pylist() == [60.0, 10.0]
    assert risk.assess({"load": [600], "error_rate": [2.0]})["risk"].to_pylist() == [None]  # a share above 1


def test_contributions_are_those_of_the_model(risk: DeviceRisk) -> None:
    top = risk.explain(WORN)
    assert top == [("strain", pytest.approx(0.72))]
    assert risk.explain(by_name(risk, WORN), top=0) == []


def test_without_them_inputs_are_held_against_the_middle_of_training() -> None:
    risk = DeviceRisk(WithoutContributions(), AI4I_METADATA)
    top = dict(risk.explain(WORN, top=6))
    assert top["Tool wear [min]"] == pytest.approx(60 * (240 - 126.5) / 20_000)
    assert top["Torque [Nm]"] == pytest.approx(240 * (60 - 40.2) / 20_000)
    assert len(top) == 2


def test_an_action_follows_class_and_leading_feature(risk: DeviceRisk) -> None:
    assert "Replace the tool" in risk.action("high", ["Tool wear [min]"])
    assert risk.action("high", ["Type", "strain"]) == risk.action("high", ["strain"])
    assert risk.action("low", ["strain"]) == "No action; assess again as planned."
    with pytest.raises(assay.ValueError, match="low, medium or high"):
        risk.action("severe")


def test_every_feature_of_a_preparation_has_an_action_when_the_risk_is_high(risk: DeviceRisk) -> None:
    general = risk.action("high")
    assert [name for name in AI4I_METADATA["feature_names"] if risk.action("high", [name]) == general] == [
        "Type"
    ]
    days = DeviceRisk(ByStrain(feature=0), DAYS_METADATA)
    assert all(days.action("high", [name]) != days.action("high") for name in days.input_names)


def test_values_outside_of_training_are_said(risk: DeviceRisk) -> None:
    assert risk.outside_training(by_name(risk, WORN)) == []
    assert risk.outside_training(by_name(risk, WORN | {"tool_wear_min": 300})) == ["Tool wear [min]"]


def test_the_header_is_checked() -> None:
    for change, said in (
        ({"threshold": None}, "threshold"),
        ({"threshold": 0}, "threshold"),
        ({"threshold": True}, "threshold"),
        ({"classes": ["a", "b", "c"]}, "two classes, got 3"),
        ({"feature_names": []}, "feature_names"),
        ({"feature_names": ["Type", "Type"]}, "distinct"),
        ({"feature_names": ["colour"]}, "'colour' cannot be made"),
        ({"preparation": "tomorrow"}, "expected preparation"),
        ({"bands": {"medium": 0.9}}, "bands.medium"),
        ({"positive": "other"}, "positive"),
    ):
        with pytest.raises(assay.SchemaError, match=said):
            DeviceRisk(ByStrain(), AI4I_METADATA | change)
    with pytest.raises(assay.SchemaError, match="predict_proba"):
        DeviceRisk(object(), AI4I_METADATA)


def test_the_positive_class_may_be_the_first() -> None:
    risk = DeviceRisk(ByStrain(), AI4I_METADATA | {"positive": "works", "threshold": 0.9})
    assert risk.assess(columns(HEALTHY))["risk"].to_pylist() == [98.0]


def test_labels_of_0_and_1_have_1_for_the_failure() -> None:
    risk = DeviceRisk(ByStrain(), AI4I_METADATA | {"classes": [0, 1], "positive": "fails"})
    assert risk.assess(columns(WORN))["risk"].to_pylist() == [72.0]


def test_a_model_that_answers_its_example_otherwise_is_found() -> None:
    inputs = {each.name: WORN[each.field] for each in DeviceRisk(ByStrain(), AI4I_METADATA).inputs}
    DeviceRisk(ByStrain(), AI4I_METADATA | {"example": {"inputs": inputs, "probability": 0.72}}).check()
    changed = DeviceRisk(ByStrain(), AI4I_METADATA | {"example": {"inputs": inputs, "probability": 0.71}})
    with pytest.raises(assay.StateError, match="otherwise"):
        changed.check()


def test_an_answer_that_is_no_probability_is_an_error() -> None:
    class Wrong(ByStrain):
        def predict_proba(self, rows: Any) -> Any:
            return np.full((len(rows), 2), np.nan)

    with pytest.raises(assay.StateError, match="no probability"):
        DeviceRisk(Wrong(), AI4I_METADATA).check()

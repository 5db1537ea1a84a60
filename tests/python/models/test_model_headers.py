"""Model files whose header was changed on purpose, with checksums that fit: refused with IoError, or they predict."""

from __future__ import annotations

import hashlib
import json
import math
import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier as TheirForest

import assay
from assay._core.models import load_model_file, save_model_file
from assay.models import load_model
from assay.models.forest import IsolationForest, RandomForestClassifier, RandomForestRegressor, from_sklearn
from assay.models.linear import LogisticRegression
from assay.models.model_file import read_header
from assay.models.selection.validate import copy_of

ROWS = np.random.default_rng(3).normal(size=(40, 3))
CLASSES = (ROWS[:, 0] > 0).astype(int)

# Of every type that JSON has, and the borders of each.
ANYTHING: list[Any] = [
    None, True, False, 0, 1, 2, 3, 4, -1, 7.5, 1e300, 2**31, 2**63, 2**64, 10**300, "", "text", "nan", [], {},
    [None], [[]], [0], [0, 1], [0, 1, 2], [1, 1], [1, 1.0], [0, True], [0.0, 0.5], ["a"], ["a", "b"], ["a", "b", "c"],
    ["a", "b", "c", "d"], ["a", "a", "a"], ["a", 1, None], [["a"], ["b"], ["c"]], [[0], [1]], [{"a": 1}, {"a": 2}],
    [0.5, 0.25, 0.25], [1e300, 1e300, 1e300], {"0": 1}, {"features": 3}, [[0, 1.0], [1, 2.0]], "a" * 70_000,
]  # fmt: skip

ONLY_DESCRIBED = {"threshold", "preparation", "trained_on", "metrics", "library_version"}


def estimators() -> dict[str, Any]:
    return {
        "classifier": RandomForestClassifier(
            20, random_state=1, oob_score=True, class_weight={0: 2.0, 1: 1.0}
        ).fit(ROWS, CLASSES),
        "regressor": RandomForestRegressor(3, random_state=1).fit(ROWS, ROWS[:, 1]),
        "imported": from_sklearn(TheirForest(3, random_state=1).fit(ROWS, CLASSES)),
        "isolation": IsolationForest(n_estimators=3, random_state=1).fit(ROWS),
        "logistic": LogisticRegression().fit(ROWS, CLASSES),
        "imputing": LogisticRegression(impute=True).fit(np.where(ROWS > 1.5, np.nan, ROWS), CLASSES),
    }


def saved(model: Any, path: Path) -> tuple[dict[str, Any], bytes]:
    model.save(path)
    text, payload = load_model_file(str(path))
    return json.loads(text), payload


def judge(path: Path) -> bool:
    """Whether the file was taken; then it predicts or says what is wrong, with errors that callers know."""
    try:
        model = load_model(path)
    except assay.IoError:
        return False
    for rows in (ROWS, ROWS.tolist(), ROWS[:, :2], ROWS[:1]):
        for method in ("predict", "predict_proba", "decision_function", "score_samples"):
            try:
                found = getattr(model, method, len)(rows)
            except (assay.ShapeError, assay.ValueError, assay.SchemaError):
                continue
            assert method == "predict" or np.all(np.isfinite(found)), method
    repr(model)
    model.save(path)
    load_model(path)
    return True


@pytest.mark.parametrize("kind", ["classifier", "regressor", "imported", "isolation", "logistic", "imputing"])
def test_each_part_of_a_header_replaced_by_anything(kind: str, tmp_path: Path) -> None:
    header, payload = saved(estimators()[kind], tmp_path / "whole")
    taken = refused = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that came or did not
        for part in header:
            values = ANYTHING[::8] if part in ONLY_DESCRIBED else ANYTHING
            changed: list[dict[str, Any]] = [header | {part: value} for value in values]
            changed.append({name: value for name, value in header.items() if name != part})
            for one in changed:
                try:
                    save_model_file(str(tmp_path / "changed"), json.dumps(one), payload)
                except assay.ValueError:
                    continue  # no kind
                took = judge(tmp_path / "changed")
                taken, refused = taken + took, refused + (not took)
        for name in header["parameters"]:
            for value in ANYTHING[::5]:
                one = header | {"parameters": header["parameters"] | {name: value}}
                save_model_file(str(tmp_path / "changed"), json.dumps(one), payload)
                judge(tmp_path / "changed")
    assert taken > 30
    assert refused > 100


@pytest.mark.parametrize("kind", ["classifier", "regressor", "imported", "isolation", "logistic", "imputing"])
def test_each_length_of_a_payload(kind: str, tmp_path: Path) -> None:
    header, payload = saved(estimators()[kind], tmp_path / "whole")
    step = max(1, len(payload) // 60)
    for length in [*range(0, len(payload), step), len(payload) - 1]:
        save_model_file(str(tmp_path / "cut"), json.dumps(header), payload[:length])
        with pytest.raises(assay.IoError):
            load_model(tmp_path / "cut")


@pytest.mark.parametrize("parameters", [[], None, "C", [["C", 1.0]], 3])
def test_parameters_that_are_no_object(parameters: Any, tmp_path: Path) -> None:
    header, payload = saved(estimators()["classifier"], tmp_path / "m")
    save_model_file(str(tmp_path / "m"), json.dumps(header | {"parameters": parameters}), payload)
    with pytest.raises(assay.IoError, match="expected a header that fits a model"):
        load_model(tmp_path / "m")


def crc32c(data: bytes) -> int:
    """Bit by bit, by the polynomial of RFC 3720."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


@pytest.mark.parametrize("depth", [40, 2_000, 100_000])
def test_a_header_nested_deep_is_refused_by_both_readers(depth: int, tmp_path: Path) -> None:
    header = (
        b'{"kind": "linear.logistic", "features": 1, "classes": [0, 1], "parameters": {}, "feature_names": '
        + b"[" * depth
        + b"]" * depth
        + b"}"
    )
    start = b"ASSAYMDL" + struct.pack("<IIQ", 1, len(header), 16)
    whole = start + struct.pack("<I", crc32c(start + header)) + header + bytes(16)
    (tmp_path / "deep").write_bytes(whole + hashlib.sha256(whole).digest())
    with pytest.raises(assay.IoError):
        load_model(tmp_path / "deep")
    if depth > 64:
        with pytest.raises(assay.IoError, match="deeper than 64 levels"):
            read_header(tmp_path / "deep")
    else:
        assert read_header(tmp_path / "deep")["kind"] == "linear.logistic"


def test_metadata_nested_deep_is_not_written(tmp_path: Path) -> None:
    deep: Any = 1
    for _ in range(70):
        deep = [deep]
    with pytest.raises(assay.ValueError, match="64 levels"):
        estimators()["logistic"].save(tmp_path / "m", metrics=deep)


@pytest.mark.parametrize("weight", [None, "balanced", {0: 9.0, 1: 0.5}, {np.int64(0): np.float64(9.0)}])
def test_class_weights_are_kept_so_that_a_copy_learns_the_same(weight: Any, tmp_path: Path) -> None:
    for model in (
        LogisticRegression(class_weight=weight, C=math.inf),
        RandomForestClassifier(5, random_state=2, class_weight=weight),
    ):
        model.fit(ROWS, CLASSES).save(tmp_path / "m")
        back = load_model(tmp_path / "m")
        assert back.get_params() == model.get_params()
        again = copy_of(back).fit(ROWS, CLASSES)
        np.testing.assert_array_equal(again.predict_proba(ROWS), model.predict_proba(ROWS))


def test_weights_of_text_classes_are_kept(tmp_path: Path) -> None:
    model = LogisticRegression(class_weight={"ok": 1.0, "failed": 4.0})
    model.fit(ROWS, np.where(CLASSES == 1, "failed", "ok")).save(tmp_path / "m")
    assert load_model(tmp_path / "m").class_weight == {"ok": 1.0, "failed": 4.0}


def test_the_out_of_bag_score_is_kept(tmp_path: Path) -> None:
    for model, y in (
        (RandomForestClassifier(30, random_state=1, oob_score=True), CLASSES),
        (RandomForestRegressor(30, random_state=1, oob_score=True), ROWS[:, 0]),
    ):
        score = model.fit(ROWS, y).oob_score_
        model.save(tmp_path / "m")
        assert load_model(tmp_path / "m").oob_score_ == score
        load_model(tmp_path / "m").save(tmp_path / "again")
        assert load_model(tmp_path / "again").oob_score_ == score
    RandomForestClassifier(3, random_state=1).fit(ROWS, CLASSES).save(tmp_path / "m")
    assert not hasattr(load_model(tmp_path / "m"), "oob_score_")


def test_what_a_file_said_of_the_model_before_is_gone_after_a_refit(tmp_path: Path) -> None:
    said: dict[str, Any] = {"threshold": 0.3, "metrics": {"roc_auc": 0.9}, "example": {"probability": 0.2}}
    LogisticRegression(impute=True).fit(np.where(ROWS > 1.5, np.nan, ROWS), CLASSES).save(
        tmp_path / "old", **said
    )
    kept = load_model(tmp_path / "old")
    kept.save(tmp_path / "kept")
    assert {name: read_header(tmp_path / "kept")[name] for name in said} == said
    for impute in (True, False):
        model = load_model(tmp_path / "old").set_params(impute=impute).fit(ROWS, 1 - CLASSES)
        assert not hasattr(model, "metadata")
        model.save(tmp_path / "new")
        header = read_header(tmp_path / "new")
        assert header["threshold"] is None and header["metrics"] is None and "example" not in header
        assert ("imputation" in header) is impute
        np.testing.assert_array_equal(
            load_model(tmp_path / "new").predict_proba(ROWS), model.predict_proba(ROWS)
        )


def test_metadata_of_another_model_bring_nothing_that_is_its_own(tmp_path: Path) -> None:
    LogisticRegression(impute=True).fit(np.where(ROWS > 1.5, np.nan, ROWS), CLASSES).save(
        tmp_path / "other", threshold=0.3
    )
    model = LogisticRegression().fit(ROWS[:, :2], CLASSES)
    model.metadata = read_header(tmp_path / "other")
    model.save(tmp_path / "one")
    header = read_header(tmp_path / "one")
    assert (header["threshold"], header["features"]) == (0.3, 2) and "imputation" not in header
    np.testing.assert_array_equal(load_model(tmp_path / "one").coef_, model.coef_)
    with pytest.raises(assay.ValueError, match="beside the model's own, got imputation"):
        LogisticRegression().fit(ROWS, CLASSES).save(tmp_path / "no", imputation={})

"""No error text holds what was passed: a note, the text of a file, a name."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from made_up import made_up_patient

from assay import _native, data, judge, models, tracking
from assay.data import images
from assay.errors import StateError
from assay.models import _libtorch

SECRET = "Made-Up-Name"


def functions_of(*modules: types.ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Whatever of them can be called, by name; setters of properties included."""
    for layer in modules:
        for name, value in vars(layer).items():
            if isinstance(value, types.FunctionType):
                yield f"{layer.__name__}.{name}", value
            elif isinstance(value, type):
                yield f"{layer.__name__}.{name}", value
                yield from methods(f"{layer.__name__}.{name}", value)


def methods(prefix: str, cls: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name, value in vars(cls).items():
        if isinstance(value, property) and value.fset is not None:
            yield f"{prefix}.{name}", value.fset
        elif callable(value) and not name.startswith("__"):
            yield f"{prefix}.{name}", value


def call_all(*modules: types.ModuleType) -> int:
    """Calls each with arguments that fit none; how many there were."""
    called = 0
    for name, function in functions_of(*modules):
        with pytest.raises(TypeError) as caught:
            function(*[f"{SECRET} {i}" for i in range(12)], text=SECRET)
        assert SECRET not in str(caught.value), name
        called += 1
    return called


def test_no_function_of_the_core_quotes_its_arguments() -> None:
    assert call_all(*_native.LAYERS) > 150


@pytest.mark.parametrize(
    ("load", "least"), [(images._dicom, 3), (_libtorch.load, 40)], ids=["DICOM", "torch"]
)
def test_nor_does_one_of_the_modules_loaded_on_first_use(
    load: Callable[[], types.ModuleType], least: int
) -> None:
    try:
        module = load()
    except StateError as error:
        pytest.skip(str(error))
    assert call_all(module) >= least


def test_the_types_that_came_are_said() -> None:
    patient = made_up_patient()
    note = models.TemplateNoteWriter().write(patient).to_markdown()
    with pytest.raises(TypeError, match="Got: GroundedJudge, str, dict") as caught:
        judge.GroundedJudge().judge(note, {"name": SECRET})  # type: ignore[arg-type]
    assert "tuberculosis" not in str(caught.value)
    assert SECRET not in str(caught.value)
    with pytest.raises(TypeError, match="patient: str") as caught:
        judge.GroundedJudge().judge(note=note, patient=SECRET)  # type: ignore[arg-type]
    assert SECRET not in str(caught.value)


def test_the_error_holds_the_arguments_nowhere() -> None:
    with pytest.raises(TypeError) as caught:
        data.detect_dialect([SECRET])  # type: ignore[arg-type]
    assert SECRET not in repr(caught.value.args)
    assert caught.value.__context__ is None


def test_what_is_no_metric_is_not_quoted(tmp_path: Any) -> None:
    with tracking.start_run(journal=tmp_path / "journal") as run:
        for log in (lambda: run.log_metric("m", SECRET), lambda: run.log_metrics({"m": SECRET})):  # type: ignore[arg-type, dict-item]
            with pytest.raises(TypeError) as caught:
                log()
            assert SECRET not in str(caught.value)


@pytest.mark.parametrize(("answer", "came"), [(None, "NoneType"), (SECRET, "str")])
def test_a_judge_that_returns_no_verdict_is_named(answer: object, came: str) -> None:
    class Careless:
        def judge(self, note: Any, patient: Any, /) -> Any:
            return answer

    with pytest.raises(TypeError, match=rf"expected Careless\.judge to return a Verdict, got {came}$"):
        judge.correct("text", made_up_patient(), Careless())
    with pytest.raises(TypeError, match="expected a judge with a method"):
        judge.correct("text", made_up_patient(), answer or 3)  # type: ignore[arg-type]


def test_a_judge_derived_from_the_rules_is_asked() -> None:
    class Strict(judge.GroundedJudge):
        calls = 0

        def judge(self, note: Any, patient: Any) -> judge.Verdict:
            Strict.calls += 1
            return super().judge(note, patient)

    judge.correct("text", made_up_patient(), Strict())
    assert Strict.calls >= 1

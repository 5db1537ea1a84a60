"""Models: signatures, kinds, folders and what the journal is told. No server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

import assay
from assay import _core
from assay import tracking as at
from assay.data import Field, Schema, Table
from assay.features import patient_summary_schema
from assay.tracking.local import free_port
from assay.tracking.models import clinical, folder, kinds, rows

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


class Threshold:
    """A rule with a number and a file, as a user might write it."""

    def __init__(self, limit: float) -> None:
        self.limit = limit

    def save(self, folder: Path, /) -> dict[str, Any]:
        (folder / "names.txt").write_text("lactate\n", encoding="utf-8")
        return {"limit": self.limit}

    @classmethod
    def load(cls, folder: Path, parameters: Mapping[str, Any], version: int, /) -> Threshold:
        assert (folder / "names.txt").read_text(encoding="utf-8") == "lactate\n"
        limit = parameters["limit"]
        return cls(limit / 10 if version == 1 else limit)  # version 1 counted in tenths

    def predict(self, data: Any, /) -> Any:
        return [value > self.limit for value in data["lactate"]]


@pytest.fixture(autouse=True)
def kind(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds.model_kinds()  # a module first imported below would register its kinds in the copies, and lose them
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    monkeypatch.setattr(kinds, "_names", dict(kinds._names))
    at.model_kind("tests.threshold", version=2)(Threshold)


def test_signature_of_a_table() -> None:
    table = Table.from_dict(
        {"id": ["A"], "n": [1], "m": [1], "x": [0.5], "ok": [True], "at": [NOON]},
        schema=Schema(
            [
                Field("id", "utf8", nullable=False),
                Field("n", "int64", nullable=False),
                Field("m", "int64"),
                Field("x", "float64"),
                Field("ok", "bool"),
                Field("at", "timestamp[us, UTC]", nullable=False),
            ]
        ),
    )
    signature = at.infer_signature(table, table.select(["id", "ok", "at"]), {"limit": 2.0})
    parts = {name: json.loads(text or "null") for name, text in signature.to_dict().items()}
    assert [(c["name"], c["type"], c["required"]) for c in parts["inputs"]] == [
        ("id", "string", True),
        ("n", "long", True),
        ("m", "any", False),  # with a missing one pandas has floats, which MLflow refuses as "long"
        ("x", "double", False),
        ("ok", "any", False),  # MLflow's JSON parsing turns a missing "boolean" into False
        ("at", "any", True),  # MLflow refuses times with a zone as "datetime"
    ]
    assert [c["type"] for c in parts["outputs"]] == ["string", "boolean", "datetime"]
    assert parts["params"] == [{"name": "limit", "type": "double", "default": 2.0, "shape": None}]
    assert at.ModelSignature.from_dict(signature.to_dict()) == signature


def test_signature_of_tensors_and_unknown_types_is_refused() -> None:
    tensor = '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 1]}}]'
    with pytest.raises(assay.ValueError, match="named columns"):
        at.ModelSignature.from_dict({"inputs": tensor})
    with pytest.raises(assay.ValueError, match="'float128'"):
        at.ColSpec("float128", "x")


def test_a_model_is_parameters_and_files(tmp_path: Path) -> None:
    kinds.write_model(Threshold(2.5), tmp_path / "m")
    described = json.loads((tmp_path / "m" / "assay_model.json").read_text(encoding="utf-8"))
    assert described["kind"] == "tests.threshold"
    assert described["parameters"] == {"limit": 2.5}
    again = kinds.read_model(tmp_path / "m")
    assert again.predict({"lactate": [2.5, 2.6]}) == [False, True]


def test_an_older_version_is_read_as_such_and_a_later_one_refused(tmp_path: Path) -> None:
    kinds.write_model(Threshold(2.5), tmp_path)
    file = tmp_path / "assay_model.json"
    described = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(
        json.dumps({**described, "kind_version": 1, "parameters": {"limit": 25}}), encoding="utf-8"
    )
    assert kinds.read_model(tmp_path).limit == 2.5
    for change, error, words in (
        ({"kind_version": 3}, assay.ValueError, "version 2 .* got 3"),
        ({"format": 2}, assay.ValueError, "format 1, got 2"),
        ({"kind": "tests.nobody"}, assay.StateError, "'tests.nobody'"),
        ({"kind": None, "kind_version": "x"}, assay.ValueError, "expected kind, version"),
    ):
        file.write_text(json.dumps({**described, **change}), encoding="utf-8")
        with pytest.raises(error, match=words):
            kinds.read_model(tmp_path)
    with pytest.raises(assay.IoError, match="expected a model"):
        kinds.read_model(tmp_path / "nothing")


def test_kinds_are_checked(tmp_path: Path) -> None:
    with pytest.raises(assay.ValueError, match=r"package\.kind"):
        at.model_kind("threshold")
    with pytest.raises(TypeError, match="save, load, predict"):
        at.model_kind("tests.empty")(type("Empty", (), {}))
    with pytest.raises(assay.StateError, match="already"):
        at.model_kind("tests.threshold")(clinical.SoapGenerator)
    with pytest.raises(TypeError, match="registered kind, got dict"):
        kinds.write_model({}, tmp_path)
    assert at.model_kinds()["assay.soap_generator"] == 1


def test_a_model_of_another_version_of_the_rules_is_refused(tmp_path: Path) -> None:
    kinds.write_model(clinical.JudgeEvaluator(), tmp_path)
    file = tmp_path / "assay_model.json"
    file.write_text(file.read_text(encoding="utf-8").replace("grounded 1", "grounded 0"), encoding="utf-8")
    with pytest.raises(assay.StateError, match="'grounded 0'"):
        kinds.read_model(tmp_path)


def test_mlmodel_is_json_that_mlflow_reads_as_yaml(tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml")
    odd = {
        "small": 1e-07,
        "large": 1e22,
        "text": "é\x85\x9f\u2028\U0001f600 'a': \"b\" #",
        "yes": "no",
        "n": None,
    }
    root = at.save_model(clinical.SoapGenerator(), tmp_path / "m", metadata={"odd": odd, "list": [1, [], {}]})
    text = (root / "MLmodel").read_text(encoding="utf-8")
    assert json.loads(text) == yaml.safe_load(text)
    assert json.loads(text)["metadata"] == {"odd": odd, "list": [1, [], {}]}
    for name in ("conda.yaml", "python_env.yaml"):
        assert yaml.safe_load((root / name).read_text(encoding="utf-8"))
    with pytest.raises(assay.ValueError, match="finite"):
        at.save_model(Threshold(1), tmp_path / "n", metadata={"x": float("nan")})


def test_folder_holds_no_code_and_no_pickle(tmp_path: Path) -> None:
    root = at.save_model(clinical.JudgeEvaluator(), tmp_path / "m")
    assert {place for place, _, _ in folder.model_files(root)} == {
        "MLmodel",
        "conda.yaml",
        "data/assay_model.json",
        "input_example.json",
        "python_env.yaml",
        "requirements.txt",
        "serving_input_example.json",
    }
    assert f"assay-clinical=={assay.__version__}\n" in (root / "requirements.txt").read_text(encoding="utf-8")
    with pytest.raises(assay.IoError, match="empty folder"):
        at.save_model(Threshold(1), root)


def test_a_folder_is_loaded_as_what_was_saved(tmp_path: Path) -> None:
    at.save_model(Threshold(2.5), tmp_path / "m")
    assert at.load_model(tmp_path / "m").limit == 2.5
    with pytest.raises(assay.IoError, match="cannot read"):
        at.load_model(tmp_path)
    (tmp_path / "m" / "MLmodel").write_text("flavors: {sklearn: {}}\n", encoding="utf-8")
    with pytest.raises(assay.ValueError, match=r"mlflow\.pyfunc"):
        at.load_model(tmp_path / "m")


def test_a_models_uri_is_checked(tmp_path: Path) -> None:
    for uri in (
        "models:/",
        "models:/a",
        "models:/a/b/1",
        "models:/a/",
        "models:/a@",
        "models:/a/x",
        "runs:/1/a",
    ):
        with pytest.raises(assay.ValueError, match="expected 'models:/name/3'"):
            at.download_model(uri, tmp_path / "m", tracking_uri="http://127.0.0.1:9")
    with pytest.raises(assay.ValueError, match="MLFLOW_TRACKING_URI"):
        at.load_model("models:/a/1")


def test_digest_is_of_what_makes_the_model(tmp_path: Path) -> None:
    def digest(name: str, model: Any, **options: Any) -> str:
        return folder.content_digest(at.save_model(model, tmp_path / name, **options))

    first = digest("a", Threshold(2.5))
    assert digest("b", Threshold(2.5)) == first
    assert digest("c", Threshold(2.6)) != first
    assert digest("d", Threshold(2.5), requirements=["numpy"]) != first
    assert digest("e", Threshold(2.5), metadata={"ward": "icu"}) != first
    environment = tmp_path / "a" / "python_env.yaml"
    environment.write_text('{"python": "3.99.0"}', encoding="utf-8")
    assert folder.content_digest(tmp_path / "a") == first
    (tmp_path / "a" / "data" / "names.txt").write_text("changed\n", encoding="utf-8")
    assert folder.content_digest(tmp_path / "a") != first


def test_what_models_are_given() -> None:
    schema = Schema(
        [Field("id", "utf8", nullable=False), Field("n", "int64"), Field("at", "timestamp[us, UTC]")]
    )
    expected = Table.from_dict({"id": ["A", "B"], "n": [1, None], "at": [NOON, None]}, schema=schema)
    for given in (
        expected,
        expected.to_pydict(),
        expected.to_pylist(),
        {"id": ["A", "B"], "n": [1.0, float("nan")], "at": ["2026-03-01T12:00:00Z", None], "more": [1, 2]},
        [{"id": "A", "n": 1, "at": "2026-03-01 12:00:00"}, {"id": "B"}],
        expected.to_pyarrow(),
        expected.to_polars(),
    ):
        assert rows.conform(given, schema) == expected
    wrong_ones: list[tuple[dict[str, Any], str]] = [
        ({"id": ["A"], "n": [1.5]}, "'n'"),
        ({"id": [1]}, "'id'"),
        ({"id": ["A"], "n": [True]}, "'n'"),
    ]
    for wrong, column in wrong_ones:
        with pytest.raises(assay.SchemaError, match=column) as caught:
            rows.conform(wrong, schema)
        assert "1.5" not in str(caught.value)
    with pytest.raises(assay.SchemaError, match="'id', got none"):
        rows.conform({"n": [1]}, schema)
    with pytest.raises(assay.ShapeError, match="one length"):
        rows.conform({"id": ["A"], "n": [1, 2]}, schema)
    with pytest.raises(TypeError, match="expected a table"):
        rows.conform(3, schema)


def test_pandas_in_pandas_out() -> None:
    pandas = pytest.importorskip("pandas")
    frame = Table.from_pylist(
        [{"patient_id": "MADE-UP-1", "age": 58}, {"patient_id": "MADE-UP-2"}]
    ).to_pandas()
    frame.index = pandas.Index([7, 3])
    notes = clinical.SoapGenerator().predict(frame)
    assert isinstance(notes, pandas.DataFrame)
    assert list(notes.index) == [7, 3]
    assert clinical.SoapGenerator().predict(frame.head(0)).empty


def test_clinical_models_agree_with_the_library() -> None:
    from assay import features, judge, models

    gold = Table.from_pylist([clinical.example_patient()], schema=patient_summary_schema())
    patient = features.patient_summary(gold, 0)
    note = models.TemplateNoteWriter().write(patient)
    (written,) = clinical.SoapGenerator().predict(gold).to_pylist()
    assert written["markdown"] == note.to_markdown()
    assert json.loads(written["content"]) == json.loads(note.to_json())
    verdict = judge.GroundedJudge().judge(note, patient)
    (judged,) = (
        clinical.JudgeEvaluator().predict([{**gold.to_pylist()[0], "note": note.to_markdown()}]).to_pylist()
    )
    assert {name: judged[name] for name in verdict.metrics()} == verdict.metrics()
    assert judged["passed"] == verdict.passed


def test_names_follow_the_registry(journal: Path) -> None:
    with at.start_run(journal=journal) as run:
        for name in ("", "a.b", "a/b", "a:b"):
            with pytest.raises(assay.ValueError, match="log_model: expected a name"):
                run.log_model(Threshold(1), name)
        for name in ("", " ", "a/b", "a:b", ".."):
            with pytest.raises(assay.ValueError, match="registered model"):
                run.log_model(Threshold(1), "m", registered_model_name=name)
        for alias in ("", "latest", "Latest", "v3", "a b"):
            with pytest.raises(assay.ValueError, match="alias"):
                run.log_model(Threshold(1), "m", registered_model_name="c.s.m", alias=alias)
        with pytest.raises(assay.ValueError, match="registered_model_name"):
            run.log_model(Threshold(1), "m", alias="staging")
    with pytest.raises(assay.StateError, match="has ended"):
        run.log_model(Threshold(1), "m")
    with pytest.raises(assay.ValueError, match="reason"):
        at.promote("c.s.m", 1, "staging", reason=" ", journal=journal)
    with pytest.raises(assay.ValueError, match="from 1"):
        at.promote("c.s.m", 0, "staging", reason="x", journal=journal)
    with pytest.raises(assay.ValueError, match="models:/m-"):
        at.register_model("models:/name/1", "c.s.m", journal=journal)


def version_records(journal: Path, action: str) -> list[dict[str, Any]]:
    records = _core.tracking.read_records(journal, kinds={"model_version"}, after={})
    contents = [json.loads(record.payload) for record in records]
    return [content for content in contents if content["body"]["action"] == action]


def test_the_latest_is_what_it_is_when_promote_is_called(journal: Path) -> None:
    with pytest.raises(
        assay.ValueError, match=r"this journal registers none, and no server is set; pass version="
    ):
        at.promote("c.s.m", None, "staging", reason="x", journal=journal)
    with at.start_run(journal=journal) as run:
        first = run.log_model(Threshold(1), "m", registered_model_name="c.s.m")
        run.log_model(Threshold(2), "m", registered_model_name="c.s.other")
        at.promote("c.s.m", None, "staging", reason="x", journal=journal)
        run.log_model(Threshold(3), "m", registered_model_name="c.s.m")
    [meant] = version_records(journal, "promote")
    registered = {content["body"]["model"]: content["id"] for content in version_records(journal, "register")}
    assert meant["run"] == run.info.run_id
    assert meant["body"]["registration"] == registered[first.model_uuid]
    assert meant["body"]["digest"] == first.digest
    assert meant["body"]["chosen"] == "the last that the journal registers"
    assert "version" not in meant["body"]


def test_a_server_that_cannot_be_asked_asks_for_a_version(journal: Path) -> None:
    at.set_tracking_uri(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(assay.ValueError, match=r"could not be asked .*; pass version="):
        at.promote("c.s.m", None, "staging", reason="x", journal=journal)
    assert not journal.exists()


def test_a_folder_of_another_tool_is_taken_as_it_is(journal: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "MLmodel").write_text("flavors: {}\nmodel_uuid: 1\nutc_time_created: '2026'\n", encoding="utf-8")
    with at.start_run(journal=journal) as run:
        info = run.log_model(other, "theirs")
        with pytest.raises(assay.ValueError, match="has its own"):
            run.log_model(other, "theirs", metadata={"a": 1})
    (other / "MLmodel").write_text("flavors: {}\nmodel_uuid: 2\nutc_time_created: '2027'\n", encoding="utf-8")
    assert folder.content_digest(other) == info.digest
    assert (info.run_id, info.journal) == (run.info.run_id, journal)

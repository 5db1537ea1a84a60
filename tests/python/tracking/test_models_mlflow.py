"""Saved models in MLflow's own loader, in a process of its own."""

from __future__ import annotations

from pathlib import Path

import mlflow_python

from assay import tracking as at
from assay.tracking.models import clinical


def test_mlflow_loads_and_predicts(tmp_path: Path) -> None:
    for name, model in (("notes", clinical.SoapGenerator()), ("judge", clinical.JudgeEvaluator())):
        at.save_model(model, tmp_path / name, metadata={"ward": "icu"})
    got = mlflow_python.run(
        """
        import json, sys, mlflow.pyfunc
        out = {}
        for name in ("notes", "judge"):
            model = mlflow.pyfunc.load_model(f"{sys.argv[1]}/{name}")
            assert model.metadata.metadata == {"ward": "icu"}
            answer = model.predict(model.input_example)
            declared = [c.name for c in model.metadata.get_output_schema().inputs]
            assert list(answer.columns) == declared, (list(answer.columns), declared)
            out[name] = answer.to_dict("records")
        print(json.dumps(out))
        """,
        str(tmp_path),
    )
    notes = clinical.SoapGenerator().predict([clinical.example_patient()]).to_pylist()
    assert got["notes"] == notes
    assert (
        got["judge"] == clinical.JudgeEvaluator().predict(clinical.JudgeEvaluator().input_example).to_pylist()
    )


def test_whole_gold_frames_pass_mlflows_checks(tmp_path: Path) -> None:
    """Whole numbers with and without missing ones, truth values, times with a zone, columns of nulls."""
    at.save_model(clinical.SoapGenerator(), tmp_path / "notes")
    got = mlflow_python.run(
        """
        import json, sys, datetime, mlflow.pyfunc
        from assay.data import Table
        from assay.features import patient_summary_schema
        model = mlflow.pyfunc.load_model(sys.argv[1])
        noon = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.timezone.utc)
        rows = [{"patient_id": "A", "age": 3, "news2_red": None, "first_observed_at": noon, "avg_spo2": 97.0},
                {"patient_id": "B", "news2_red": False}]
        for n in (1, 2):
            gold = Table.from_pylist(rows[:n], schema=patient_summary_schema())
            direct = model.get_raw_model().predict(gold)
            framed = model.predict(gold.to_pandas())
            assert framed["content"].tolist() == direct["content"].to_pylist()
        print(json.dumps(framed["patient_id"].tolist()))
        """,
        str(tmp_path / "notes"),
    )
    assert got == ["A", "B"]

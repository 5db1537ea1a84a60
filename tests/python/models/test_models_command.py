"""``assay models import`` and ``predict``: forests of scikit-learn as files, rows of CSV files predicted."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from sklearn.ensemble import RandomForestClassifier

from assay import SchemaError
from assay.cli import main_group
from assay.data import Table, read_csv, write_csv
from assay.models import load_model
from assay.models.forest import RandomForestClassifier as Forest
from assay.models.linear import LogisticRegression

GOLDEN = Path(__file__).parents[2] / "golden"
RNG = np.random.default_rng(1)
ROWS = RNG.normal(size=(120, 3))
Y = np.where(ROWS[:, 0] + ROWS[:, 1] > 0, "fails", "works")


def table(names: list[str]) -> Table:
    return Table.from_dict({name: ROWS[:, "abc".index(name)] for name in names})


def test_a_forest_of_scikit_learn_is_taken_over(tmp_path: Path) -> None:
    theirs = RandomForestClassifier(10, random_state=0).fit(ROWS, Y)
    source, out = tmp_path / "forest.pkl", tmp_path / "forest.assay-model"
    source.write_bytes(pickle.dumps(theirs))
    runner = CliRunner()
    refused = runner.invoke(main_group, ["models", "import", str(source), "--out", str(out)])
    assert refused.exit_code == 2 and "--trust-pickle" in refused.output and not out.exists()
    done = runner.invoke(main_group, ["models", "import", str(source), "--out", str(out), "--trust-pickle"])
    assert done.exit_code == 0, (done.output, done.exception)
    np.testing.assert_array_equal(load_model(out).predict_proba(ROWS), theirs.predict_proba(ROWS))


def test_rows_of_a_file_are_predicted_by_name(tmp_path: Path) -> None:
    model = LogisticRegression(C=2.0).fit(table(["a", "b", "c"]), Y)
    file, rows, out = tmp_path / "m.assay-model", tmp_path / "rows.csv", tmp_path / "out.csv"
    model.save(file, threshold=0.4)
    again = load_model(file)
    assert again.metadata["threshold"] == 0.4 and again.C == 2.0
    np.testing.assert_array_equal(again.predict_proba(ROWS), model.predict_proba(ROWS))
    write_csv(table(["c", "a", "b"]), rows)
    done = CliRunner().invoke(main_group, ["models", "predict", str(file), str(rows), "--out", str(out)])
    assert done.exit_code == 0 and "120 rows predicted" in done.output, (done.output, done.exception)
    found = read_csv(out).rows
    assert found.column("predicted").to_pylist() == model.predict(table(["a", "b", "c"])).tolist()
    np.testing.assert_allclose(
        found.column("probability_fails").to_numpy(),
        model.predict_proba(table(["a", "b", "c"]))[:, 0],
        atol=1e-9,
    )
    write_csv(table(["c", "a"]), rows)
    wrong = CliRunner().invoke(main_group, ["models", "predict", str(file), str(rows), "--out", str(out)])
    assert "got no 'b'" in str(wrong.exception)


@pytest.mark.parametrize("c", [float("inf"), 0.5])
def test_a_logistic_regression_comes_back(tmp_path: Path, c: float) -> None:
    labels = np.where(RNG.random(120) < 0.5, 1, 0)
    model = LogisticRegression(C=c).fit(ROWS, labels)
    model.save(tmp_path / "m.assay-model")
    again = load_model(tmp_path / "m.assay-model")
    assert again.get_params()["C"] == c and again.classes_.tolist() == [0, 1]
    np.testing.assert_array_equal(again.decision_function(ROWS), model.decision_function(ROWS))


def test_a_logistic_regression_of_version_1_stays_readable() -> None:
    # Written before files said whether a fit converged, and before values were imputed. Of made-up rows.
    model = load_model(GOLDEN / "logistic_v1.assay-model")
    assert not hasattr(model, "converged_") and not hasattr(model, "imputer_") and model.impute is False
    assert model.coef_.tolist() == [[-0.3712861073408771, -0.009086473174328426]]
    rows = Table.from_dict({"torque": [30.0, 44.0, 60.0], "speed": [1400.0, 1500.0, 1700.0]})
    expected = [0.001985210636209926, 0.4716827707438821, 0.9995215508696659]
    np.testing.assert_allclose(model.predict_proba(rows)[:, 0], expected, rtol=1e-14)


def test_a_file_says_whether_the_fit_converged(tmp_path: Path) -> None:
    y = (ROWS[:, 0] > 0.2).astype(int)
    with pytest.warns(UserWarning, match="did not converge"):
        short = LogisticRegression(max_iter=1).fit(ROWS, y)
    settled = Forest(n_estimators=300, tol=0.05, n_iter_no_change=5, oob_score=True, random_state=0).fit(
        ROWS, y
    )
    for model, expected in (
        (LogisticRegression().fit(ROWS, y), True),
        (short, False),
        (settled, True),
        (Forest(n_estimators=3, random_state=0).fit(ROWS, y), False),
    ):
        model.save(tmp_path / "m.assay-model")
        again = load_model(tmp_path / "m.assay-model")
        assert again.converged_ is model.converged_ is expected
    assert settled.n_trees_ < 300
    again.save(tmp_path / "again.assay-model")
    assert load_model(tmp_path / "again.assay-model").converged_ is False
    assert load_model(GOLDEN / "forest_v1.assay-model").n_trees_ == 5
    assert not hasattr(load_model(GOLDEN / "forest_v1.assay-model"), "converged_")


def invoke(*words: object) -> Result:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return CliRunner().invoke(main_group, ["models", *map(str, words)])


def test_a_forest_without_feature_names_says_so_and_can_be_given_them(tmp_path: Path) -> None:
    theirs = RandomForestClassifier(10, random_state=0).fit(ROWS, Y)
    source, file, rows, out = (
        tmp_path / name for name in ("forest.pkl", "f.assay-model", "rows.csv", "out.csv")
    )
    source.write_bytes(pickle.dumps(theirs))
    done = invoke("import", source, "--out", file, "--trust-pickle")
    assert done.exit_code == 0
    assert "no feature names" in done.output and "--features a,b,c" in done.output
    write_csv(table(["a", "b", "c"]), rows)
    done = invoke("predict", file, rows, "--out", out)
    assert done.exit_code == 0, done.exception
    expected = theirs.predict_proba(ROWS)[:, 0]
    np.testing.assert_allclose(read_csv(out).rows.column("probability_fails").to_numpy(), expected, atol=1e-9)
    write_csv(table(["a", "b", "c"]).with_column("udi", np.arange(120)), rows)
    refused = invoke("predict", file, rows, "--out", out)
    assert isinstance(refused.exception, SchemaError)
    assert "takes 3 columns in the order of training and no others, got 4" in str(refused.exception)
    done = invoke("import", source, "--out", file, "--trust-pickle", "--features", "a, b,c")
    assert done.exit_code == 0 and "no feature names" not in done.output
    write_csv(table(["c", "a", "b"]).with_column("udi", np.arange(120)), rows)
    assert invoke("predict", file, rows, "--out", out).exit_code == 0
    np.testing.assert_allclose(read_csv(out).rows.column("probability_fails").to_numpy(), expected, atol=1e-9)
    for wrong in ("a,b", "a,b,b", "a,b,"):
        refused = invoke("import", source, "--out", file, "--trust-pickle", "--features", wrong)
        assert "expected 3 different names" in str(refused.exception)


def test_what_is_no_pickle_is_refused(tmp_path: Path) -> None:
    model, text, out = tmp_path / "m.assay-model", tmp_path / "rows.csv", tmp_path / "out.assay-model"
    Forest(n_estimators=3, random_state=0).fit(ROWS, Y).save(model)
    write_csv(table(["a", "b"]), text)
    for file, why in ((model, " (it is an Assay model already)"), (text, "")):
        refused = invoke("import", file, "--out", out, "--trust-pickle")
        assert isinstance(refused.exception, SchemaError)
        assert str(refused.exception) == f"'{file.name}' is no pickle of scikit-learn{why}"
    assert not out.exists()


def test_text_among_numbers_is_said_with_its_line(tmp_path: Path) -> None:
    file, rows, out = tmp_path / "m.assay-model", tmp_path / "rows.csv", tmp_path / "out.csv"
    LogisticRegression().fit(table(["a", "b", "c"]), Y).save(file)
    write_csv(table(["a", "b", "c"]), rows)
    lines = rows.read_text().splitlines()
    lines[50] = "1,private,3"
    rows.write_text("\n".join(lines))
    refused = invoke("predict", file, rows, "--out", out)
    assert isinstance(refused.exception, SchemaError)
    expected = "rows.csv: 'b' is to hold numbers; 1 row holds text, the first in line 51; mend or remove it"
    assert str(refused.exception) == expected


def test_devices_keep_their_names_and_what_is_not_predicted_is_counted(tmp_path: Path) -> None:
    file, rows, out = tmp_path / "m.assay-model", tmp_path / "rows.csv", tmp_path / "out.csv"
    days = Table.from_dict({"error_rate": RNG.random(120), "load": RNG.random(120)})
    forest = Forest(n_estimators=5, random_state=0).fit(days, (days["load"].to_numpy() > 0.5).astype(int))
    forest.save(file, threshold=0.5, preparation="device_days", missing_values=[])
    rows.write_text("device_id,ward,load,error_rate\nAU1,W1,0.9,0.1\nAU2,W2,,0.1\n")
    done = invoke("predict", file, rows, "--out", out, "--keep", "ward")
    assert done.exit_code == 0, done.exception
    assert f"1 of 2 rows predicted in {out}, 1 not (missing, infinite or impossible value)" in done.output
    found = read_csv(out).rows
    assert found.column_names == ["device_id", "ward", "risk", "probability", "device_class", "flagged"]
    assert found.select(["device_id", "ward"]).to_pylist() == [
        {"device_id": "AU1", "ward": "W1"},
        {"device_id": "AU2", "ward": "W2"},
    ]
    assert list(found["risk"].is_null()) == [False, True]
    refused = invoke("predict", file, rows, "--out", out, "--keep", "bed")
    assert str(refused.exception) == "rows.csv: no column 'bed' to keep"


def test_a_column_may_be_empty_in_all_rows_where_the_model_takes_gaps(tmp_path: Path) -> None:
    days, plain, rows, out = (tmp_path / name for name in ("d.assay-model", "f.assay-model", "rows.csv", "out.csv"))
    table = Table.from_dict({"error_rate": RNG.random(120), "load": RNG.random(120)})
    forest = Forest(n_estimators=5, random_state=0).fit(table, (table["load"].to_numpy() > 0.5).astype(int))
    forest.save(days, threshold=0.5, preparation="device_days", missing_values=["error_rate"])
    forest.save(plain)
    rows.write_text("load,error_rate\n0.9,\n0.1,\n")
    expected = forest.predict_proba(Table.from_dict({"error_rate": [np.nan] * 2, "load": [0.9, 0.1]}))[:, 1]
    for model, column in ((days, "probability"), (plain, "probability_1")):
        done = invoke("predict", model, rows, "--out", out)
        assert done.exit_code == 0, done.exception
        np.testing.assert_allclose(read_csv(out).rows.column(column).to_numpy(), expected, atol=1e-9)
        rows.write_text("load,error_rate\n")
        refused = invoke("predict", model, rows, "--out", out)
        assert str(refused.exception) == "rows.csv: expected rows to predict, got none that can be read"
        rows.write_text("load,error_rate\n0.9,\n0.1,\n")

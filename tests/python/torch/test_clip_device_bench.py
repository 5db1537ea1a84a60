"""The script for machines with an accelerator runs, here on the processor and at a tiny size."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "clip_device_bench.py"


def test_it_measures_compares_and_writes(native: ModuleType, tmp_path: Path) -> None:
    small = "--device cpu --rows 300 700 --dim 32 --batches 1 5 --images 2 --texts 3 --rounds 1 --model demo"
    command = [sys.executable, str(SCRIPT), "--out", str(tmp_path), *small.split()]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "clip_device.json").read_text(encoding="utf-8"))
    assert found["machine"]["name"] and found["bandwidth_gb_s"] > 0
    assert [(r["rows"], r["dtype"], r["batch"]) for r in found["search"]] == [
        (rows, dtype, batch) for rows in (300, 700) for dtype in ("fp32", "bf16") for batch in (1, 5)
    ]
    assert all(r["same_as_host"] for r in found["search"])
    assert all(r["torch_recall"] == 1 for r in found["search"] if r["dtype"] == "fp32")
    assert all(e["per_second"] > 0 for e in found["encoders"]) and len(found["encoders"]) == 4
    text = (tmp_path / "clip_device.md").read_text(encoding="utf-8")
    assert text == done.stdout.removesuffix("\n") and found["machine"]["name"] in text


def test_without_a_device_it_says_so(native: ModuleType, tmp_path: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("a CUDA device is there")
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--out", str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 2 and "finds no CUDA device" in done.stderr

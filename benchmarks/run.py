"""Runs every benchmarks/*_bench.py that has a function `run`, and writes build/bench/bench.json and bench.md.

    python benchmarks/run.py [--out DIR] [--only csv] [--rounds 5] [--scale 1.0]
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/bench"))
    parser.add_argument("--only", help="one benchmark by name, such as csv, or a part of it: search.avx2")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full data size")
    arguments = parser.parse_args()
    sys.path.insert(0, str(HERE))
    import harness

    arguments.out.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = {"machine": harness.machine(), "benchmarks": {}}
    texts = ["# Benchmarks", "", f"Machine: {found['machine']}", ""]
    wanted, _, part = (arguments.only or "").partition(".")
    options = {"rounds": arguments.rounds, "scale": arguments.scale, **({"part": part} if part else {})}
    for path in sorted(HERE.glob("*_bench.py")):
        name = path.stem.removesuffix("_bench")
        if wanted and wanted != name:
            continue
        bench = importlib.import_module(path.stem)
        if not hasattr(bench, "run"):  # run by itself: its text says how
            continue
        with tempfile.TemporaryDirectory(prefix="assay_bench_") as folder:
            outcome = bench.run(Path(folder), **options)
        found["benchmarks"][name] = outcome
        texts += [f"## {name}", "", outcome["markdown"], ""]
        print("\n".join(texts[-4:]), flush=True)
    (arguments.out / "bench.json").write_text(json.dumps(found, indent=2) + "\n")
    (arguments.out / "bench.md").write_text("\n".join(texts))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""UCUM: parsed and converted from texts after warm-up, and whole columns, against pint; results standardised a second.

The goal is 5,000,000 texts parsed and converted a second on one core after warm-up: what assay_convert_bench (cmake
target, -DASSAY_BUILD_BENCHMARKS=ON) measures of the C++ call, which takes both units as texts every time. Python's
calls of the same are the rows of scalars, where the interpreter takes most of the time, and pint's stand beside them.
Values are checked against each other.

    python benchmarks/run.py --only units
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import harness

FULL_CALLS = 1_000_000
FULL_ROWS = 1_000_000
GOAL = 5_000_000
ROWS = {
    "scalars_assay": "the same by calls from Python (assay), one core",
    "scalars_pint": "the same by calls from Python (pint), one core",
    "columns_assay": "values of arrays (assay)",
    "columns_pint": "values of arrays (pint)",
    "standardise": f"results with LOINC and unit checked and converted, {harness.THREADS} threads",
}
ROOT = Path(__file__).resolve().parents[1]
# Assay's units and pint's names for them; factors that need no substance, so that both can do them.
PAIRS = [
    ("g/L", "g/dL", "g/L", "g/dL"),
    ("umol/L", "mmol/L", "umol/L", "mmol/L"),
    ("kPa", "mm[Hg]", "kPa", "mmHg"),
    ("ng/mL", "ug/L", "ng/mL", "ug/L"),
]


def scalars_assay(calls: int) -> dict[str, float]:
    from assay.data import units

    def job() -> float:
        total = 0.0
        for i in range(calls):
            source, target, _, _ = PAIRS[i & 3]
            total += units.convert(float(i % 500), source, target)
        return total

    return _rate(job, calls)


def scalars_pint(calls: int) -> dict[str, float]:
    import pint

    registry: Any = pint.UnitRegistry()

    def job() -> float:
        total = 0.0
        for i in range(calls):
            _, _, source, target = PAIRS[i & 3]
            total += registry.Quantity(float(i % 500), source).to(target).magnitude
        return total

    return _rate(job, calls)


def columns_assay(rows: int) -> dict[str, float]:
    import numpy as np

    from assay.data import units

    values = np.arange(rows) % 500.0
    return _rate(lambda: sum(float(units.convert(values, a, b)[-1]) for a, b, _, _ in PAIRS), rows * len(PAIRS))


def columns_pint(rows: int) -> dict[str, float]:
    import numpy as np
    import pint

    registry: Any = pint.UnitRegistry()
    values = np.arange(rows) % 500.0
    return _rate(
        lambda: sum(float(registry.Quantity(values, a).to(b).magnitude[-1]) for _, _, a, b in PAIRS),
        rows * len(PAIRS),
    )


def standardise(rows: int) -> dict[str, float]:
    """Made-up results of 200 tests in several spellings, one in 400 refused."""
    from assay.data import Column, Table
    from assay.data.laboratory import loinc_terms
    from assay.data.laboratory import standardise as silver

    terms = loinc_terms()
    kinds = [terms[i * 7 % len(terms)] for i in range(200)]
    spelled = {"10*3/uL": "K/uL", "mmol/L": "mEq/L", "s": "sec", "U/L": "IU/L", "mm[Hg]": "mm Hg"}
    table = Table.from_dict(
        {
            "result_id": Column([str(i) for i in range(rows)]),
            "patient_id": Column([f"P{i % 5000}" for i in range(rows)]),
            "local_code": Column([f"T{i * 31 % 200}" for i in range(rows)]),
            "test_name": Column([str(kinds[i * 31 % 200].name) for i in range(rows)]),
            "loinc": Column([str(kinds[i * 31 % 200].loinc) for i in range(rows)]),
            "value": Column([float(i % 90) + 1 for i in range(rows)]),
            "unit": Column(
                [
                    "furlong" if i % 400 == 0 else spelled.get(str(k.unit), str(k.unit))
                    for i in range(rows)
                    for k in (kinds[i * 31 % 200],)
                ]
            ),
        }
    )
    found: list[int] = []

    def job() -> float:
        result = silver(table)
        found.append(result.refused.num_rows)
        return float(result.rows.num_rows)

    return _rate(job, rows) | {"refused": found[-1]}


def _rate(job: Callable[[], float], count: int) -> dict[str, float]:
    """Calls a second of the best of three, after one to warm up, by wall and by this process's CPU time."""
    total = job()
    best_wall = best_cpu = float("inf")
    for _ in range(3):
        wall, cpu = time.perf_counter(), time.process_time()
        job()
        best_wall, best_cpu = min(best_wall, time.perf_counter() - wall), min(best_cpu, time.process_time() - cpu)
    return {"per_s": count / best_wall, "per_cpu_s": count / best_cpu, "total": total}


JOBS: dict[str, Callable[[int], dict[str, float]]] = {
    "scalars_assay": scalars_assay,
    "scalars_pint": scalars_pint,
    "columns_assay": columns_assay,
    "columns_pint": columns_pint,
    "standardise": standardise,
}


def cpp(calls: int) -> dict[str, float] | None:
    """What assay_convert_bench measures; None where it was not built."""
    built = sorted(ROOT.glob("build/*/benchmarks/assay_convert_bench"))
    if not built:
        return None
    done = subprocess.run([built[0], str(calls)], capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def run(folder: Path, *, rounds: int, scale: float) -> dict[str, Any]:
    del folder
    sizes = {"scalars_assay": FULL_CALLS, "scalars_pint": FULL_CALLS // 50}
    jobs = [[name, str(max(4, int(sizes.get(name, FULL_ROWS) * scale)))] for name in JOBS]
    results = harness.compare(Path(__file__), jobs, rounds)
    results = {name.split(" ")[0]: result for name, result in results.items()}
    lines = ["| what | a second, wall | a second of CPU |", "|---|---|---|"]
    figures = cpp(max(8, int(10 * FULL_CALLS * scale)))
    goal = f"**goal {GOAL:,} on one core: a value converted from unit text to unit text, C++, after warm-up**"
    if figures is None:
        lines.append(f"| {goal} | – | not measured: build assay_convert_bench |")
    else:
        lines.append(f"| {goal} | {figures['convert_wall_per_s']:,.0f} | {figures['convert_per_s']:,.0f} |")
        lines.append(f"| one text parsed in C++, every time anew, one core | | {figures['parse_per_s']:,.0f} |")
    for name, result in results.items():
        if "error" in result:
            lines.append(f"| {ROWS[name]} | – | failed: {result['error']} |")
        else:
            one = result["outcome"]
            lines.append(f"| {ROWS[name]} | {one['per_s']:,.0f} | {one['per_cpu_s']:,.0f} |")
    theirs = results.get("scalars_pint", {})
    if figures is not None and "outcome" in theirs:
        ratio = figures["convert_per_s"] / theirs["outcome"]["per_cpu_s"]
        lines.append(f"\nFrom texts, by CPU time: Assay in C++ converts {ratio:,.0f} times as many a second as pint.")
    for kind in ("scalars", "columns"):
        ours, theirs = results.get(f"{kind}_assay", {}), results.get(f"{kind}_pint", {})
        if "outcome" in ours and "outcome" in theirs and kind == "columns":
            difference = abs(ours["outcome"]["total"] - theirs["outcome"]["total"])
            if difference > 1e-3 * abs(theirs["outcome"]["total"]):
                raise SystemExit(f"units: Assay and pint disagree on {kind}")
    return {"results": results, "cpp": figures, "markdown": "\n".join(lines)}


def main() -> None:
    name, size = sys.argv[1:3]
    harness.run_here(lambda: JOBS[name](int(size)))


if __name__ == "__main__":
    main()

"""A night: 10,000 devices read, scored, explained, written to Delta and a workbook; beside pandas and openpyxl.

Both score with a forest of 100 trees that was fitted beforehand on the same made-up devices. pandas writes the same
table and sheets of devices; it explains nothing, compares with no day before, and keeps no account of what was told.

    python benchmarks/run.py --only scores
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import harness

FULL_ROWS = 10_000
GOAL_SECONDS = 10.0
DAY = date(2026, 11, 21)
INPUTS = (
    "Air temperature [K]",
    "Process temperature [K]",
    "Rotational speed [rpm]",
    "Torque [Nm]",
    "Tool wear [min]",
)
THRESHOLD = 0.4


def devices(rows: int) -> tuple[Any, Any]:
    """[n × 5] made-up inputs of machines, and whether each fails."""
    import numpy as np

    random = np.random.default_rng(20261121)
    air = random.normal(300, 2, rows)
    speed = random.gamma(30, 50, rows)
    torque = np.clip(random.normal(40, 10, rows), 3, None)
    wear = random.uniform(0, 250, rows)
    process = air + random.normal(10, 1, rows)
    inputs = np.round(np.stack([air, process, speed, torque, wear], axis=1), 1)
    strain = torque * wear
    fails = (strain > 12_500) | (process - air < 7.6) | (torque * speed * 0.1047 > 9_500)
    return inputs, fails.astype(int)


def write_source(path: Path, rows: int) -> None:
    inputs, _ = devices(rows)
    lines = [",".join(("device_id", *INPUTS))]
    lines += [f"D{i:06d}," + ",".join(map(str, row)) for i, row in enumerate(inputs.tolist())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def assay(folder: Path, rows: int) -> dict[str, float]:
    from assay.models.forest import RandomForestClassifier
    from assay.pipelines import device_scores
    from assay.pipelines.device_risk import DeviceRisk

    inputs, fails = devices(rows)
    forest = RandomForestClassifier(n_estimators=100, min_samples_leaf=2, random_state=0).fit(inputs, fails)
    metadata = {
        "name": "made_up_devices",
        "version": "1",
        "feature_names": list(INPUTS),
        "classes": ["0", "1"],
        "threshold": THRESHOLD,
        "input_ranges": {
            name: [float(v.min()), float(v.max())] for name, v in zip(INPUTS, inputs.T, strict=True)
        },
    }
    model = DeviceRisk(forest, metadata)
    out = folder / "assay"
    device_scores.run(
        folder / "devices.csv", out, model=model, day=DAY - timedelta(days=1)
    )  # a day to compare with

    def night() -> Any:
        return device_scores.run(folder / "devices.csv", out, model=model, day=DAY, again=True)

    done, figures = timed(night)
    steps = {f"{step.name}_s": step.seconds for step in done.record.steps}
    return {**figures, **steps, "high": done.day.high, "bytes": done.workbook.stat().st_size}


def pandas(folder: Path, rows: int) -> dict[str, float]:
    import numpy as np
    import pandas as pd
    from deltalake import write_deltalake
    from openpyxl.chart import BarChart, Reference
    from openpyxl.formatting.rule import CellIsRule, DataBarRule
    from openpyxl.styles import PatternFill
    from sklearn.ensemble import RandomForestClassifier

    inputs, fails = devices(rows)
    forest = RandomForestClassifier(100, min_samples_leaf=2, random_state=0, n_jobs=harness.THREADS).fit(
        inputs, fails
    )

    def night() -> Any:
        table = pd.read_csv(folder / "devices.csv")
        risk = 100 * forest.predict_proba(table[list(INPUTS)].to_numpy())[:, 1]
        table.insert(1, "risk", risk)
        kinds = np.where(risk >= 100 * THRESHOLD, "high", np.where(risk >= 50 * THRESHOLD, "medium", "low"))
        table.insert(2, "class", kinds)
        table = table.sort_values(["risk", "device_id"], ascending=[False, True])
        write_deltalake(str(folder / "pandas"), table, mode="overwrite")
        high = table[table["class"] == "high"]
        file = folder / "pandas.xlsx"
        with pd.ExcelWriter(file, engine="openpyxl") as book:
            table["class"].value_counts().to_frame().to_excel(book, sheet_name="Summary")
            high.to_excel(book, sheet_name="High risk", index=False)
            table.to_excel(book, sheet_name="All devices", index=False)
            sheet = book.sheets["All devices"]
            bar = DataBarRule("num", 0, "num", 100, color="F0A0A0")
            sheet.conditional_formatting.add(f"B2:B{rows + 1}", bar)
            red = CellIsRule("equal", ['"high"'], fill=PatternFill("solid", bgColor="FFE3E3"))
            sheet.conditional_formatting.add(f"C2:C{rows + 1}", red)
            chart = BarChart()
            chart.add_data(
                Reference(book.sheets["Summary"], min_col=2, min_row=1, max_row=4), titles_from_data=True
            )
            book.sheets["Summary"].add_chart(chart, "E2")
        return len(high), file.stat().st_size

    (high, size), figures = timed(night)
    return {**figures, "high": high, "bytes": size}


def timed(job: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    wall, cpu = time.perf_counter(), time.process_time()
    done = job()
    return done, {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}


JOBS = {"assay": assay, "pandas": pandas}


def run(folder: Path, *, rounds: int, scale: float) -> dict[str, Any]:
    rows = max(100, int(FULL_ROWS * scale))
    write_source(folder / "devices.csv", rows)
    results = harness.compare(Path(__file__), [[name, str(rows), str(folder)] for name in JOBS], rounds)
    lines = [
        f"{rows:,} devices; goal for Assay: under {GOAL_SECONDS:.0f} s from the source to the workbook.",
        "",
        "| candidate | wall s, median (best) | CPU s, median | peak MB | high risk | workbook MB |",
        "|---|---|---|---|---|---|",
    ]
    medians: dict[str, float] = {}
    for name, result in results.items():
        name = name.split(" ")[0]
        if "error" in result:
            lines.append(f"| {name} | failed: {result['error']} | | | | |")
            continue
        taken = result["outcomes"]
        wall, cpu = sorted(one["wall_s"] for one in taken), sorted(one["cpu_s"] for one in taken)
        medians[name] = cpu[len(cpu) // 2]
        one = taken[-1]
        lines.append(
            f"| {name} | {wall[len(wall) // 2]:.2f} ({wall[0]:.2f}) | {medians[name]:.2f} "
            f"| {result['peak_bytes'] / 1e6:.0f} | {one['high']} | {one['bytes'] / 1e6:.2f} |"
        )
        if name == "assay":
            parts = {key.removesuffix("_s"): one[key] for key in ("read_s", "score_s", "workbook_s")}
            steps = ", ".join(f"{key} {seconds:.2f} s" for key, seconds in parts.items())
    if len(medians) == 2:
        lines.append(
            f"\nCPU of pandas / Assay: {medians['pandas'] / medians['assay']:.2f}. Assay's steps: {steps}."
        )
    return {"results": results, "markdown": "\n".join(lines)}


def main() -> None:
    name, rows, folder = sys.argv[1:4]
    harness.run_here(lambda: JOBS[name](Path(folder), int(rows)))


if __name__ == "__main__":
    main()

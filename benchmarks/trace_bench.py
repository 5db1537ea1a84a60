"""Time that tracing takes from the traced code, beside MLflow's.

    python benchmarks/run.py --only trace

MLflow logs to a fresh SQLite database in the background, as it does by default; what it still has in its queue at the
end is not measured.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import harness

LIBRARIES = ("assay", "mlflow")
FULL_CALLS = 2000


def tracer_of(library: str, folder: Path) -> Any:
    if library == "assay":
        os.environ["ASSAY_JOURNAL"] = str(folder / "journal")
        import assay.tracking as tracking

        return tracking
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    import mlflow

    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    mlflow.set_experiment("bench")
    return mlflow


def timed(call: Callable[[], object], calls: int) -> list[float]:
    taken = []
    for _ in range(calls):
        begin = time.perf_counter_ns()
        call()
        taken.append((time.perf_counter_ns() - begin) / 1e3)
    return sorted(taken)


def main(library: str, calls: int, folder: Path) -> None:
    tracking = tracer_of(library, folder)

    def child() -> None:
        with tracking.start_span("child", "LLM") as span:
            span.set_inputs({"question": "made-up", "n": 3})
            span.set_outputs("answer")
            span.set_attribute("temperature", 0.5)

    @tracking.trace
    def decorated(x: int) -> int:
        return x

    def whole() -> None:
        with tracking.start_span("root") as span:
            span.set_inputs({"question": "made-up"})

    found: dict[str, dict[str, float]] = {}
    for name, call, inside in (
        ("span", child, True),
        ("call", lambda: decorated(1), True),
        ("trace", whole, False),
    ):
        if inside:
            with tracking.start_span("root"):
                taken = timed(call, calls)
        else:
            taken = timed(call, calls)
        found[name] = {"median_us": taken[len(taken) // 2], "p99_us": taken[int(len(taken) * 0.99)]}
    print(json.dumps({"seconds": 0, "peak_bytes": harness.memory("VmHWM"), "outcome": found}), flush=True)
    os._exit(0)


def run(folder: Path, *, rounds: int, scale: float) -> dict[str, Any]:
    calls = max(100, int(FULL_CALLS * scale))
    results = harness.compare(Path(__file__), [[name, str(calls)] for name in LIBRARIES], rounds)
    found = {name.split()[0]: result for name, result in results.items()}
    return {"calls": calls, "results": found, "markdown": _markdown(found)}


def _markdown(found: dict[str, dict[str, Any]]) -> str:
    lines = ["| µs, median (p99) | span in a trace | decorated call | whole trace |", "|---|---|---|---|"]
    for name, result in found.items():
        if "error" in result:
            lines.append(f"| {name} | failed: {result['error']} | | |")
            continue
        cells = []
        for what in ("span", "call", "trace"):
            medians = statistics.median(each[what]["median_us"] for each in result["outcomes"])
            tails = statistics.median(each[what]["p99_us"] for each in result["outcomes"])
            cells.append(f"{medians:.1f} ({tails:.0f})")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        main(sys.argv[1], int(sys.argv[2]), Path(place))

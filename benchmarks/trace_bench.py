"""Time that tracing takes from the traced code: ``trace_bench.py assay|mlflow [CALLS]`` prints microseconds as JSON.

For mlflow give its own interpreter; it logs to a fresh SQLite database in the background, as it does by default.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


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
    print(json.dumps({"library": library, "calls": calls, **found}), flush=True)
    os._exit(0)  # what mlflow still has in its queue is not measured


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2000, Path(place))

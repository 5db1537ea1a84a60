"""What every benchmark shares: candidates in their own processes, taken in turn, medians, peak memory, a report.

A benchmark file ``<thing>_bench.py`` offers ``run(folder, rounds=, scale=)``; run.py finds it by its name. Each
measurement is one process: it imports, runs its job once and prints seconds and peak memory.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

THREADS = 2


def run_here(job: Callable[[], Any]) -> None:
    """Times one call in this process and prints the figures as JSON; what the job returns is printed, too."""
    start = time.perf_counter()
    outcome = job()
    seconds = time.perf_counter() - start
    # Not ru_maxrss, which would begin with what the parent held when it forked.
    print(json.dumps({"seconds": seconds, "peak_bytes": memory("VmHWM"), "outcome": outcome}))


def memory(field: str) -> int:
    """Bytes of this process by the kernel's count: ``VmRSS`` now, ``VmHWM`` at its peak."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    raise SystemExit(f"harness: /proc/self/status has no {field}; benchmarks need Linux")


def _measure(command: list[str]) -> dict[str, Any]:
    environment = os.environ | {
        "ASSAY_NUM_THREADS": str(THREADS),
        "POLARS_MAX_THREADS": str(THREADS),
        "OMP_NUM_THREADS": str(THREADS),
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no message"]
        return {"error": lines[-1]}
    figures: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def compare(script: Path, jobs: Iterable[list[str]], rounds: int) -> dict[str, dict[str, Any]]:
    """Runs every job once a round, in turn, so that a busy machine slows all of them alike."""
    named = {" ".join(job[:2]): job for job in jobs}
    taken: dict[str, list[dict[str, Any]]] = {name: [] for name in named}
    for _ in range(rounds):
        for name, job in named.items():
            taken[name].append(_measure([sys.executable, str(script), *job]))
    results: dict[str, dict[str, Any]] = {}
    for name, runs in taken.items():
        good = [run for run in runs if "error" not in run]
        if not good:
            results[name] = {"error": runs[-1]["error"]}
            continue
        results[name] = {
            "median_seconds": statistics.median(run["seconds"] for run in good),
            "best_seconds": min(run["seconds"] for run in good),
            "peak_bytes": max(run["peak_bytes"] for run in good),
            "outcome": good[-1]["outcome"],
            "seconds": [run["seconds"] for run in good],
            "outcomes": [run["outcome"] for run in good],
        }
    return results


def machine() -> dict[str, Any]:
    """What the figures were taken on; no host name."""
    model = platform.processor()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    return {
        "cpu": model,
        "cpus": os.cpu_count(),
        "threads": THREADS,
        "load_1min": os.getloadavg()[0],
        "python": platform.python_version(),
    }


def table(results: dict[str, dict[str, Any]]) -> str:
    """Markdown rows, fastest first."""
    lines = ["| candidate | median s | best s | peak MB | outcome |", "|---|---|---|---|---|"]
    timed = {name: result for name, result in results.items() if "error" not in result}
    for name, result in sorted(timed.items(), key=lambda item: float(item[1]["median_seconds"])):
        lines.append(
            f"| {name} | {result['median_seconds']:.3f} | {result['best_seconds']:.3f} "
            f"| {result['peak_bytes'] / 1e6:.0f} | {result['outcome']} |"
        )
    for name, result in results.items():
        if "error" in result:
            lines.append(f"| {name} | – | – | – | failed: {result['error']} |")
    return "\n".join(lines)

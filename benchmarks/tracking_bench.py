"""Logging and delivery against one MLflow server on SQLite: Assay, and MLflow's own client.

    python benchmarks/run.py --only tracking

Calls: the time of single log_metric calls; MLflow's synchronous call waits for the server, its asynchronous one
queues in memory, where ``flushed`` is the time until 1,000 of them are on the server. Delivery: metrics that wait in
a journal, and the same through MLflow's ``log_batch`` in batches of 1,000, its best size; ``server`` is the share of
one core that the server used meanwhile.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import harness

FULL_METRICS = 1_000_000
BATCH = 1000
CALLS = {"assay": 200_000, "mlflow": 200, "mlflow_async": 1000}
_TICKS = os.sysconf("SC_CLK_TCK")


def _quantiles(call: Callable[[int], Any], calls: int) -> dict[str, Any]:
    clock = time.perf_counter_ns
    taken = [0] * calls
    for step in range(calls):
        begin = clock()
        call(step)
        taken[step] = clock() - begin
    taken.sort()
    return {"calls": calls, "median_us": taken[calls // 2] / 1e3, "p99_us": taken[int(calls * 0.99)] / 1e3}


def calls_of_assay(folder: str, _url: str, _count: str) -> dict[str, Any]:
    import assay.tracking as at

    with at.start_run(experiment="bench/calls", journal=Path(folder) / "calls"):
        return _quantiles(lambda step: at.log_metric("loss", 0.1 * step, step=step), CALLS["assay"])


def calls_of_mlflow(_folder: str, url: str, _count: str) -> dict[str, Any]:
    import mlflow

    mlflow.set_tracking_uri(url)
    mlflow.set_experiment("bench/calls")
    with mlflow.start_run():
        return _quantiles(lambda step: mlflow.log_metric("loss", 0.1 * step, step=step), CALLS["mlflow"])


def calls_of_mlflow_async(_folder: str, url: str, _count: str) -> dict[str, Any]:
    import mlflow

    mlflow.set_tracking_uri(url)
    mlflow.set_experiment("bench/calls")
    with mlflow.start_run():
        begin = time.perf_counter()
        figures = _quantiles(
            lambda step: mlflow.log_metric("loss", 0.1 * step, step=step, synchronous=False),
            CALLS["mlflow_async"],
        )
        mlflow.flush_async_logging()
        figures["flushed_s"] = time.perf_counter() - begin
    return figures


def delivery_of_assay(folder: str, url: str, count: str) -> dict[str, float]:
    """Logs, then times the delivery alone; reading back is left out, as MLflow does none."""
    import assay.tracking as at

    journal = Path(folder) / f"delivery_{os.getpid()}"
    with at.start_run(experiment="bench/delivery", journal=journal) as run:
        for step in range(int(count)):
            run.log_metric("loss", 0.1 * step, step)
    return _timed(int(count), lambda: at.sync(journal, url, verify=False))


def delivery_of_mlflow(_folder: str, url: str, count: str) -> dict[str, float]:
    import mlflow
    from mlflow.entities import Metric

    mlflow.set_tracking_uri(url)
    mlflow.set_experiment("bench/delivery")
    client = mlflow.MlflowClient()
    now = int(time.time() * 1000)

    def send() -> None:
        for begin in range(0, int(count), BATCH):
            points = [Metric("loss", 0.1 * step, now, step) for step in range(begin, begin + BATCH)]
            client.log_batch(run_id, metrics=points)

    with mlflow.start_run() as run:
        run_id = run.info.run_id
        return _timed(int(count), send)


def _timed(count: int, send: Callable[[], Any]) -> dict[str, float]:
    """Seconds, and how busy server and client were meanwhile."""
    server = int(os.environ["BENCH_SERVER"])
    before, own, begin = _cpu_of_tree(server), time.process_time(), time.perf_counter()
    send()
    wall = time.perf_counter() - begin
    served, used = _cpu_of_tree(server) - before, time.process_time() - own
    return {
        "delivery_s": wall,
        "ms_per_1000": wall / count * 1e6,
        "server_cores": served / wall,
        "client_cores": used / wall,
    }


def _cpu_of_tree(root: int) -> float:
    """Seconds of CPU that a process and its descendants used."""
    children: dict[int, list[int]] = {}
    used: dict[int, float] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # it ended meanwhile
        children.setdefault(int(fields[1]), []).append(int(entry.name))
        used[int(entry.name)] = (int(fields[11]) + int(fields[12])) / _TICKS
    total, waiting = 0.0, [root]
    while waiting:
        process = waiting.pop()
        total += used.get(process, 0.0)
        waiting += children.get(process, [])
    return total


def import_time(module: str) -> float:
    """Seconds that an import takes beyond an interpreter that imports nothing; the least of five."""

    def least(code: str) -> float:
        taken = []
        for _ in range(5):
            begin = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
            taken.append(time.perf_counter() - begin)
        return min(taken)

    return least(f"import {module}") - least("pass")


JOBS: dict[str, Callable[[str, str, str], Any]] = {
    "assay": calls_of_assay,
    "mlflow": calls_of_mlflow,
    "mlflow_async": calls_of_mlflow_async,
    "assay_delivery": delivery_of_assay,
    "mlflow_delivery": delivery_of_mlflow,
}


def run(folder: Path, *, rounds: int, scale: float) -> dict[str, Any]:
    from assay.tracking.local import MlflowServer

    count = max(BATCH, int(FULL_METRICS * scale) // BATCH * BATCH)
    found: dict[str, Any] = {"metrics": count}
    with MlflowServer(folder / "server") as server:
        os.environ["BENCH_SERVER"] = str(server.pid)

        def take(jobs: list[str], rounds: int) -> dict[str, dict[str, Any]]:
            arguments = [[job, str(folder), server.url, str(count)] for job in jobs]
            results = harness.compare(Path(__file__), arguments, rounds)
            return {name.split()[0]: result for name, result in results.items()}

        found["calls"] = take(["assay", "mlflow", "mlflow_async"], rounds)
        found["delivery"] = take(["assay_delivery", "mlflow_delivery"], min(rounds, 3))
    found["import_s"] = {name: import_time(name) for name in ("assay.tracking", "mlflow")}
    binary = os.environ.get("ASSAY_LOG_METRIC_BENCH")
    if binary:
        done = subprocess.run(
            [binary, str(folder / "cpp"), "200000"], check=True, capture_output=True, text=True
        )
        found["calls_cpp"] = json.loads(done.stdout)
    return {**found, "markdown": _markdown(found)}


def _medians(outcomes: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(each[name] for each in outcomes) for name in outcomes[0]}


def _markdown(found: dict[str, Any]) -> str:
    lines = ["| log_metric | median µs | p99 µs | until 1,000 are on the server |", "|---|---|---|---|"]
    if "calls_cpp" in found:
        cpp = found["calls_cpp"]
        lines.append(f"| assay, C++ | {cpp['median_ns'] / 1e3:.2f} | {cpp['p99_ns'] / 1e3:.2f} | |")
    for name, result in found["calls"].items():
        if "error" in result:
            lines.append(f"| {name} | failed: {result['error']} | | |")
            continue
        figures = _medians(result["outcomes"])
        flushed = f"{figures['flushed_s']:.1f} s" if "flushed_s" in figures else ""
        lines.append(f"| {name} | {figures['median_us']:.2f} | {figures['p99_us']:.1f} | {flushed} |")
    lines += [
        "",
        f"| delivery of {found['metrics']:,} metrics | s | ms per 1,000 | server, cores | client, cores |",
        "|---|---|---|---|---|",
    ]
    for name, result in found["delivery"].items():
        if "error" in result:
            lines.append(f"| {name} | failed: {result['error']} | | | |")
            continue
        figures = _medians(result["outcomes"])
        lines.append(
            f"| {name} | {figures['delivery_s']:.1f} | {figures['ms_per_1000']:.1f} "
            f"| {figures['server_cores']:.2f} | {figures['client_cores']:.2f} |"
        )
    imports = ", ".join(f"`import {name}` {seconds:.2f} s" for name, seconds in found["import_s"].items())
    return "\n".join([*lines, "", imports])


if __name__ == "__main__":
    harness.run_here(lambda: JOBS[sys.argv[1]](*sys.argv[2:]))

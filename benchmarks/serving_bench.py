"""Device failure by HTTP: `assay.serving` against the same FastAPI endpoint on scikit-learn, and an empty one.

100 trees on 10,000 made-up machine records; one device a request, on loopback, one connection and eight, kept alive.
Assay's server is as people run it: an API key, the rate limiter, metrics, contributions, the audit log on disk. The
peers run on the same uvicorn with httptools and uvloop, without any of that. The load comes from a process of its own
by plain sockets. Rounds take the servers in turn; medians of the rounds. CPU is the server's own time for a request.

    python benchmarks/run.py --only serving
"""

from __future__ import annotations

import json
import os
import select
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SERVERS = ("assay", "scikit-learn", "empty")
CONNECTIONS = (1, 8)
REQUESTS = {"assay": 3000, "empty": 3000, "scikit-learn": 200}
DEVICE = {
    "type": "M",
    "air_temperature_k": 300.1,
    "process_temperature_k": 309.6,
    "rotational_speed_rpm": 1410,
    "torque_nm": 55.2,
    "tool_wear_min": 190,
}
NAMES = ("Type", "Air temperature [K]", "Process temperature [K]", "Rotational speed [rpm]", "Torque [Nm]",
         "Tool wear [min]", "power", "temperature_difference", "strain")  # fmt: skip


def made_up(rows: int) -> tuple[Any, Any]:
    """Records somewhat like AI4I 2020's, and failures by strain and power with noise."""
    import numpy as np

    rng = np.random.default_rng(7)
    kind = rng.choice(3, rows, p=[0.6, 0.3, 0.1]).astype(float)
    air = rng.normal(300, 2, rows)
    process = air + rng.normal(10, 1, rows)
    speed, torque = rng.normal(1540, 180, rows), rng.normal(40, 10, rows)
    wear = rng.uniform(0, 250, rows)
    power, strain = torque * (2 * np.pi / 60) * speed, torque * wear
    features = np.column_stack([kind, air, process, speed, torque, wear, power, process - air, strain])
    score = strain / 3000 + np.abs(power - 6300) / 2500 + rng.gumbel(0, 0.4, rows)
    return features, (score > np.quantile(score, 0.95)).astype(np.int64)


def serve_assay(folder: Path) -> None:
    from assay.data import Table
    from assay.data.audit import AuditLog
    from assay.models.forest import RandomForestClassifier
    from assay.serving import (
        Access,
        ApiKeys,
        AuditTrail,
        Limits,
        Service,
        configure,
        create_app,
        run,
        source_of,
    )

    file = folder / "bench.assay-model"
    if not file.exists():
        rows, label = made_up(10_000)
        named = Table.from_dict({name: rows[:, i].copy() for i, name in enumerate(NAMES)})
        fitted = RandomForestClassifier(100, random_state=0).fit(named, label)
        ranges = {name: [float(rows[:, i].min()), float(rows[:, i].max())] for i, name in enumerate(NAMES)}
        fitted.save(file, name="bench", threshold=0.4, preparation="ai4i2020", input_ranges=ranges)
    service = Service(
        source_of(str(file)),
        access=Access(ApiKeys.read(folder / "keys.json")),
        limits=Limits(rate=1e9),
        trail=AuditTrail(AuditLog(folder / f"audit-{os.getpid()}.jsonl")),
    )
    run(configure(create_app(service), port=0), ready=lambda port: print(port, flush=True))


def serve_peer(name: str) -> None:
    from typing import Literal

    import fastapi
    import numpy as np
    import pydantic
    import uvicorn

    class Device(pydantic.BaseModel):
        type: Literal["L", "M", "H"]
        air_temperature_k: float
        process_temperature_k: float
        rotational_speed_rpm: float
        torque_nm: float
        tool_wear_min: float

    class Answer(pydantic.BaseModel):
        risk: float
        probability: float
        device_class: str

    app = fastapi.FastAPI()
    if name == "empty":

        @app.post("/predict/device-failure")
        async def nothing() -> dict[str, str]:
            return {}

    else:
        from sklearn.ensemble import RandomForestClassifier

        rows, label = made_up(10_000)
        fitted = RandomForestClassifier(100, random_state=0).fit(rows, label)

        def predict(device: Any) -> Any:
            speed, torque, wear = device.rotational_speed_rpm, device.torque_nm, device.tool_wear_min
            air, process = device.air_temperature_k, device.process_temperature_k
            power = torque * (2 * np.pi / 60) * speed
            row = [
                [
                    "LMH".index(device.type),
                    air,
                    process,
                    speed,
                    torque,
                    wear,
                    power,
                    process - air,
                    torque * wear,
                ]
            ]
            p = float(fitted.predict_proba(np.array(row, dtype=float))[0, 1])
            return Answer(risk=100 * p, probability=p, device_class="high" if p >= 0.4 else "low")

        predict.__annotations__ = {
            "device": Device,
            "return": Answer,
        }  # FastAPI looks for names at module level
        app.post("/predict/device-failure")(predict)

    class Told(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            print(self.servers[0].sockets[0].getsockname()[1], flush=True)

    Told(
        uvicorn.Config(app, port=0, access_log=False, log_level="error", http="httptools", loop="uvloop")
    ).run()


def whole_answer(client: socket.socket) -> bytes:
    came = client.recv(65536)
    while True:
        end = came.find(b"\r\n\r\n")
        if end >= 0:
            at = came.lower().find(b"content-length: ") + 16
            if len(came) >= end + 4 + int(came[at : came.find(b"\r\n", at)]):
                break
        came += client.recv(65536)
    if not came.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"serving_bench: expected 200, got {came[:300]!r}")
    return came


def load(port: int, connections: int, requests: int, key: str) -> dict[str, float]:
    """Milliseconds of the median and of 95 in 100, and requests a second; each connection has one under way."""
    body = json.dumps(DEVICE).encode()
    head = f"POST /predict/device-failure HTTP/1.1\r\nhost: localhost\r\nx-api-key: {key}\r\n"
    sent = f"{head}content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body
    clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections)]
    poll = select.epoll()
    began: dict[int, float] = {}
    by_number = {client.fileno(): client for client in clients}
    for client in clients:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        poll.register(client.fileno(), select.EPOLLIN)
    taken: list[float] = []
    under_way, start = 0, time.perf_counter()
    for number, client in by_number.items():
        began[number] = time.perf_counter()
        client.sendall(sent)
        under_way += 1
    while len(taken) < requests:
        for number, _ in poll.poll():
            whole_answer(by_number[number])
            now = time.perf_counter()
            taken.append(now - began[number])
            if len(taken) + under_way - 1 < requests:
                began[number] = now
                by_number[number].sendall(sent)
            else:
                under_way -= 1
    seconds = time.perf_counter() - start
    taken.sort()
    return {
        "p50_ms": 1000 * taken[len(taken) // 2],
        "p95_ms": 1000 * taken[int(0.95 * len(taken))],
        "per_second": len(taken) / seconds,
    }


def cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(port: int, process: int, connections: int, requests: int, key: str) -> dict[str, float]:
    """One load from a process of its own."""
    before = cpu_seconds(process)
    command = [sys.executable, __file__, "load", str(port), str(connections), str(requests)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, "BENCH_KEY": key}
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures | {"cpu_ms": 1000 * (cpu_seconds(process) - before) / requests}


def run(folder: Path, *, rounds: int, scale: float) -> dict[str, Any]:
    from assay.serving.access import add_key

    key = add_key(folder / "keys.json", "bench", "predict")
    processes = {
        name: subprocess.Popen(
            [sys.executable, __file__, "serve", name, str(folder)], stdout=subprocess.PIPE, text=True
        )
        for name in SERVERS
    }
    results: dict[str, dict[str, Any]] = {}
    try:
        ports = {
            name: int(process.stdout.readline()) for name, process in processes.items() if process.stdout
        }
        for name in SERVERS:
            measure(ports[name], processes[name].pid, 1, 100, key)
        for connections in CONNECTIONS:
            taken: dict[str, list[dict[str, float]]] = {name: [] for name in SERVERS}
            for _ in range(rounds):
                for name in SERVERS:
                    count = max(50, int(scale * REQUESTS[name]))
                    taken[name].append(measure(ports[name], processes[name].pid, connections, count, key))
            for name, figures in taken.items():
                middle = {each: statistics.median(one[each] for one in figures) for each in figures[0]}
                results[f"{name}, {connections}"] = middle
    finally:
        for process in processes.values():
            process.terminate()
            process.wait()
    return {"results": results, "ratios": ratios(results), "markdown": markdown(results)}


def ratios(results: dict[str, dict[str, float]]) -> dict[str, float]:
    """Throughput over the peer's, and CPU time of the peer over ours."""
    found = {}
    for connections in CONNECTIONS:
        ours, peer = results[f"assay, {connections}"], results[f"scikit-learn, {connections}"]
        found[f"throughput, {connections}"] = ours["per_second"] / peer["per_second"]
        found[f"cpu, {connections}"] = peer["cpu_ms"] / ours["cpu_ms"] if ours["cpu_ms"] else float("inf")
    return found


def markdown(results: dict[str, dict[str, float]]) -> str:
    keys = ("p50_ms", "p95_ms", "per_second", "cpu_ms")
    lines = [
        "| server, connections | p50 ms | p95 ms | requests/s | CPU ms a request |",
        "|---|---|---|---|---|",
    ]
    for name, each in results.items():
        lines.append(f"| {name} | " + " | ".join(f"{each[key]:,.3f}" for key in keys) + " |")
    found = ", ".join(f"{name}: {ratio:.1f}" for name, ratio in ratios(results).items())
    return "\n".join([*lines, "", f"assay / scikit-learn: {found}"])


if __name__ == "__main__":
    if sys.argv[1] == "load":
        print(json.dumps(load(*(int(each) for each in sys.argv[2:5]), os.environ["BENCH_KEY"])))
    elif sys.argv[2] == "assay":
        serve_assay(Path(sys.argv[3]))
    else:
        serve_peer(sys.argv[2])

"""`assay lims serve models:/NAME@ALIAS` on a real MLflow server: it follows the alias, and outlives the server."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from device_model_file import write_model
from device_models import HEALTHY
from faulty_proxy import Fault, Proxy, faulty_proxy
from serve_command import Start, refused
from served import ask

from assay.data import Table
from assay.pipelines.device_risk import DeviceRisk
from assay.serving import source_of
from assay.tracking.local import MlflowServer

pytestmark = pytest.mark.mlflow

DEVICE = "/predict/device-failure"
ASKED = HEALTHY | {"torque_nm": 52.0, "tool_wear_min": 170}
"""Made up, and not plain: each version says something else of it."""
POLL = 0.3
CUT, OTHER_INPUTS = "3", "4"


@dataclass
class Registry:
    """A registered model with versions 1, 2 and 5, and two that cannot be served; reached through a proxy."""

    name: str
    server: MlflowServer
    proxy: Proxy
    risks: dict[str, float]
    """What each good version says of ASKED."""
    away: Fault | None = field(default=None)

    @property
    def uri(self) -> str:
        return f"models:/{self.name}@production"

    def point(self, version: str) -> None:
        """Moves the alias, by the server's own interface."""
        body = {"name": self.name, "alias": "production", "version": version}
        request = urllib.request.Request(
            f"{self.server.url}/api/2.0/mlflow/registered-models/alias",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 200


@pytest.fixture(scope="module")
def versions(
    mlflow_server: MlflowServer, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, dict[str, float]]:
    """Registers them; the name, and what each good one says of ASKED."""
    import assay.tracking as at
    from assay.models.forest import RandomForestClassifier
    from assay.pipelines.device_failure.registered import DeviceFailureModel

    folder = tmp_path_factory.mktemp("versions")
    name = f"assay.device_failure_{uuid.uuid4().hex[:8]}"
    files = {number: write_model(folder / f"{number}.assay-model", seed=int(number)) for number in "125"}
    whole = files["1"].read_bytes()
    (folder / "3.assay-model").write_bytes(whole[: len(whole) // 2])
    rng = np.random.default_rng(0)
    loads = Table.from_dict({"load": rng.normal(size=200)})
    RandomForestClassifier(5, random_state=0).fit(
        loads, (loads["load"].to_numpy() > 0).astype(np.int64)
    ).save(folder / "4.assay-model", threshold=0.5)
    journal = folder / "journal"
    with at.start_run(experiment="serving", run_name="made up", journal=journal) as run:
        for number in "12345":
            at.log_model(
                DeviceFailureModel(folder / f"{number}.assay-model"),
                f"version_{number}",
                run=run,
                registered_model_name=name,
            )
    report = at.sync(journal, mlflow_server.url)
    assert report.complete, report
    risks = {}
    for number, file in files.items():
        risk = DeviceRisk.load(file)
        risks[number] = risk.assess_row([ASKED[each.field] for each in risk.inputs]).risk
    assert len(set(risks.values())) == len(risks)
    return name, risks


@pytest.fixture
def registry(mlflow_server: MlflowServer, versions: tuple[str, dict[str, float]]) -> Iterator[Registry]:
    name, risks = versions
    held: list[Registry] = []

    def fault(_: str, path: str) -> Fault | None:
        away = held[0].away
        return away if away is not None and (away.hang_up or "/api/" in path) else None

    with faulty_proxy(mlflow_server.url, fault) as proxy:
        held.append(Registry(name, mlflow_server, proxy, risks))
        held[0].point("1")
        yield held[0]
        held[0].away = Fault("no answer", applied=False, hang_up=True)


class Hammer:
    """Asks for one prediction after the other on one connection, from a thread."""

    def __init__(self, port: int) -> None:
        self.answers: list[tuple[int, str, float]] = []
        self.errors: list[Exception] = []
        self._port = port
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def _work(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        while not self._stop.is_set():
            try:
                status, _, said = ask(self._port, "POST", DEVICE, ASKED, connection=connection)
                self.answers.append((status, said["model"]["version"], said["risk"]))
            except Exception as error:
                self.errors.append(error)
                return
        connection.close()

    def __enter__(self) -> Hammer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)


def waited(wanted: Callable[[], bool], what: str, seconds: float = 60) -> float:
    """Seconds until it is so."""
    began = time.monotonic()
    while not wanted():
        assert time.monotonic() < began + seconds, f"{what}: not so after {seconds} s"
        time.sleep(0.02)
    return time.monotonic() - began


def version(port: int) -> str:
    return str(ask(port, "GET", "/model-info")[2]["version"])


def metric(port: int, name: str) -> float:
    lines = ask(port, "GET", "/metrics")[2].splitlines()
    return float(next((line.split()[-1] for line in lines if line.startswith(name + " ")), "0"))


def serve(start: Start, registry: Registry, *words: str) -> tuple[subprocess.Popen[str], int]:
    options = ("--tracking", registry.proxy.url, "--reload", str(POLL), "--rate", "100000")
    return start(registry.uri, *options, *words)


def test_the_server_follows_the_alias_and_no_request_fails(
    start: Start, registry: Registry, tmp_path: Path
) -> None:
    process, port = serve(start, registry)

    def said(what: str) -> int:
        return (tmp_path / "stderr.txt").read_text(encoding="utf-8").count(what)

    info = ask(port, "GET", "/model-info")[2]
    assert (info["name"], info["version"], info["source"]) == (registry.name, "1", registry.uri)
    with Hammer(port) as hammer:
        registry.point("2")
        seconds = waited(lambda: version(port) == "2", "version 2")
        assert seconds < POLL + 5  # one poll, and loading a small model from a server that others use, too
        assert ask(port, "POST", DEVICE, ASKED)[2]["risk"] == registry.risks["2"]

        for number, (broken, why) in enumerate([(CUT, "cut short"), (OTHER_INPUTS, "inputs")], start=1):
            registry.point(broken)
            waited(lambda: bool(ask(port, "GET", "/ready")[2]["problems"]), f"version {broken} refused")
            status, _, state = ask(port, "GET", "/ready")
            assert (status, state["ready"], state["model"]["version"]) == (200, True, "2")
            assert state["problems"] == ["a newer model was not taken; the last good one answers"]
            assert why in ask(port, "GET", "/model-info")[2]["problem"]
            assert metric(port, "assay_model_stale") == 1
            assert metric(port, 'assay_model_loads_total{outcome="refused"}') == number
            time.sleep(4 * POLL)
            assert said("a newer model was not taken") == number  # once each, not at every look
            assert metric(port, 'assay_model_loads_total{outcome="refused"}') == number
            assert ask(port, "GET", "/ready")[2]["problems"]
            registry.point("2")
            waited(lambda: not ask(port, "GET", "/ready")[2]["problems"], "version 2 again")
            assert metric(port, "assay_model_stale") == 0

        registry.away = Fault("no answer", applied=False, hang_up=True)
        waited(lambda: bool(ask(port, "GET", "/ready")[2]["problems"]), "the registry is missed")
        assert version(port) == "2"
        assert ask(port, "GET", "/ready")[2]["problems"] == [
            "no newer model can be looked for; the last good one answers"
        ]
        assert metric(port, "assay_model_stale") == 1
        assert metric(port, 'assay_model_loads_total{outcome="unreachable"}') >= 1
        time.sleep(4 * POLL)
        assert said("cannot look for a newer model") == 1
        registry.point("5")
        registry.away = None
        waited(lambda: version(port) == "5", "version 5, when the registry is back")
        assert ask(port, "GET", "/ready")[2]["problems"] == []
        assert ask(port, "POST", DEVICE, ASKED)[2]["risk"] == registry.risks["5"]
    assert hammer.errors == []
    assert {status for status, _, _ in hammer.answers} == {200}
    assert [each for each in hammer.answers if each[2] != registry.risks[each[1]]] == []
    seen = [number for _, number, _ in hammer.answers]
    assert [number for i, number in enumerate(seen) if i == 0 or seen[i - 1] != number] in (
        ["1", "2", "5"],
        ["2", "5"],
    )
    assert process.poll() is None


def test_a_start_without_the_registry_takes_the_last_good_version(
    start: Start, registry: Registry, tmp_path: Path
) -> None:
    registry.point("2")
    process, port = serve(start, registry)
    assert version(port) == "2"
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    registry.away = Fault("no answer", applied=False, hang_up=True)
    process, port = serve(start, registry)
    assert ask(port, "POST", DEVICE, ASKED)[2]["risk"] == registry.risks["2"]
    assert "last good" in ask(port, "GET", "/model-info")[2]["problem"]
    registry.away = None
    waited(lambda: not ask(port, "GET", "/ready")[2]["problems"], "the registry is back")
    assert version(port) == "2"


def test_a_kept_version_that_was_damaged_is_fetched_again(registry: Registry, tmp_path: Path) -> None:
    source = source_of(registry.uri, tracking_uri=registry.server.url, cache=tmp_path / "cache")
    source.load("1")
    [kept] = (tmp_path / "cache").rglob("*.assay-model")
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-100])
    assert source.load("1").info.version == "1"
    assert kept.read_bytes() == whole
    assert not [each for each in kept.parents[2].iterdir() if each.name.startswith("incoming-")]


def test_a_start_without_the_registry_or_a_kept_version_is_refused(
    registry: Registry, tmp_path: Path
) -> None:
    registry.away = Fault("no answer", applied=False, hang_up=True)
    code, said = refused(tmp_path, registry.uri, "--tracking", registry.proxy.url)
    assert code == 1 and "answer" in said
    registry.away = None
    code, said = refused(tmp_path, f"models:/{registry.name}@absent", "--tracking", registry.proxy.url)
    assert code == 1 and "absent" in said


def test_a_stop_does_not_wait_for_a_registry_that_stalls(start: Start, registry: Registry) -> None:
    process, port = serve(start, registry)
    registry.away = Fault("stalls", applied=False, body=b"{}", seconds=30.0)
    waited(lambda: bool(registry.proxy.met), "a look that stalls")
    assert ask(port, "POST", DEVICE, ASKED)[0] == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0

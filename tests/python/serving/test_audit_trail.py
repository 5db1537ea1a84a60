"""Each access in the hash-chained log, without what it said; nothing lost at the end."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from device_models import WORN, ByStrain
from served import Versions, ask, serving

from assay.data.audit import AuditLog
from assay.serving import Access, ApiKeys, AuditTrail, Limits, Service, new_key
from assay.serving.access import Caller
from assay.serving.audit_trail import Access as AccessLine
from assay.serving.strangers import Strangers

DEVICE, BATCH = "/predict/device-failure", "/predict/device-failure/batch"


def accesses(log: AuditLog) -> list[str]:
    """The lines of all entries."""
    found = []
    for entry in log.entries():
        about = entry["about"]
        lines = [about[key] for key in sorted(about) if key.isdigit()]
        assert len(lines) == int(about["accesses"])
        found += lines
    return found


def line(number: int) -> AccessLine:
    return AccessLine(1e9, f"r-{number}", "ward7", "predict", "127.0.0.1", "POST", DEVICE, 200, 1, "7", 0.25)


def test_each_access_stands_in_the_log_with_who_and_what_but_no_values(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    key, entry = new_key("ward7", "predict")
    service = Service(
        Versions(), access=Access(ApiKeys(json.dumps({"keys": [entry]}))), trail=AuditTrail(log)
    )
    with serving(service) as port:
        headers = {"X-API-Key": key}
        _, answered, _ = ask(port, "POST", DEVICE, WORN | {"torque_nm": 61.23}, headers)
        ask(port, "POST", BATCH, {"devices": [WORN] * 3}, headers)
        ask(port, "POST", DEVICE, WORN | {"type": "MRN-4711"}, headers)
        ask(port, "POST", DEVICE, WORN, {"X-API-Key": "guess-4711"})
        ask(port, "GET", "/MRN-4711?name=MRN-4711", None, headers)
        ask(port, "GET", "/health")
    lines = [each.split() for each in accesses(log)]
    assert [each[2:3] + each[5:9] for each in lines] == [
        ["ward7", "POST", DEVICE, "200", "rows=1"],
        ["ward7", "POST", BATCH, "200", "rows=3"],
        ["ward7", "POST", DEVICE, "422", "rows=0"],
        ["-", "POST", DEVICE, "401", "rows=0"],
        ["-", "GET", "(unknown)", "404", "rows=0"],
    ]
    assert lines[0][1] == answered["x-request-id"] and lines[0][9] == "model=7"
    text = (tmp_path / "audit.jsonl").read_text()
    assert "-4711" not in text and "61.23" not in text and key not in text  # 4711 may stand in a digest
    assert log.verify().ok


def test_under_load_accesses_share_entries_and_none_is_lost(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    trail = AuditTrail(log)
    for number in range(2000):
        trail.add(line(number))
    assert trail.close() == 0
    assert [each.split()[1] for each in accesses(log)] == [f"r-{i}" for i in range(2000)]
    assert trail.written == 2000 and log.verify().ok
    assert len(list(log.entries())) < 200


def test_a_disk_that_fails_for_a_while_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Disk(AuditLog):
        full = True

        def record(self, *what: Any, **about: Any) -> Any:
            if self.full:
                self.full = False
                raise OSError("no space left")
            return super().record(*what, **about)

    log = Disk(tmp_path / "audit.jsonl")
    trail = AuditTrail(log)
    monkeypatch.setattr(trail._closing, "wait", lambda _: False)
    trail.add(line(0))
    assert trail.close() == 0
    assert len(accesses(log)) == 1


def test_a_log_that_cannot_be_written_stops_predictions_before_memory_does(tmp_path: Path) -> None:
    class Broken(AuditLog):
        def record(self, *what: Any, **about: Any) -> Any:
            raise OSError("no space left")

    trail = AuditTrail(Broken(tmp_path / "audit.jsonl"), most=3)
    service = Service(Versions(), trail=trail, limits=Limits(rate=1000))
    with serving(service) as port:
        statuses = [ask(port, "POST", DEVICE, WORN)[0] for _ in range(5)]
        assert statuses == [200, 200, 200, 503, 503]
        status, _, state = ask(port, "GET", "/ready")
        assert status == 503 and "too many accesses wait for the audit log" in state["problems"]
    assert trail.waiting >= 3


def test_a_flood_of_refusals_does_not_fill_the_log(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    service = Service(Versions(), limits=Limits(rate=0.1), trail=AuditTrail(log))
    with serving(service) as port:
        assert [ask(port, "POST", DEVICE, WORN)[0] for _ in range(200)].count(429) == 199
    lines = accesses(log)
    assert len(lines) < 100
    assert [each.split()[7] for each in lines][:2] == ["200", "429"]
    written = [each for each in lines if " (stop) " not in each]
    assert sum(left_out(each) for each in lines) + len(written) == 200


def left_out(line: str) -> int:
    last = line.split()[-1]
    return int(last.removeprefix("left_out=")) if last.startswith("left_out=") else 0


@pytest.mark.parametrize("status", [429, 401, 404])
def test_neither_does_a_flood_of_strangers_from_many_addresses(status: int, tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    service = Service(Versions(), trail=AuditTrail(log))
    began = time.monotonic()
    for i in range(20_000):
        scope = {"method": "POST", "client": (f"10.0.{i % 2}.{i % 256}", 1)}
        service.answered(f"r-{i}", None, scope, DEVICE, (status, 0, ""), time.perf_counter())
    seconds = time.monotonic() - began
    known = Caller("ward7", "predict")
    for i in range(50):
        service.answered(f"k-{i}", known, scope, DEVICE, (200, 1, "7"), time.perf_counter())
    assert service.close() == 0
    lines = accesses(log)
    strangers = [each for each in lines if " ward7 " not in each]
    assert 10 <= len(strangers) <= 10 * (int(seconds) + 2)
    assert sum(left_out(each) for each in lines) + len(strangers) == 20_000
    assert len(lines) - len(strangers) == 50


def test_a_stranger_is_written_once_a_second_and_status_and_the_rest_are_counted() -> None:
    strangers = Strangers(a_second=3)
    assert [strangers.is_written("a", 401, 5.0), strangers.is_written("b", 401, 5.1)] == [True, True]
    assert not strangers.is_written("a", 401, 5.2)  # the other address in between changes nothing
    assert strangers.is_written("a", 404, 5.3)
    assert not strangers.is_written("c", 401, 5.9)  # enough of all together
    assert strangers.take_left_out() == 2 and strangers.take_left_out() == 0
    assert strangers.is_written("a", 401, 6.0) and strangers.is_written("c", 401, 6.0)


def test_what_is_left_out_before_a_stop_is_told(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    service = Service(Versions(), trail=AuditTrail(log))
    for i in range(50):
        service.answered(f"r-{i}", None, {"method": "GET"}, DEVICE, (401, 0, ""), time.perf_counter())
    service.close()
    lines = accesses(log)
    assert " (stop) " in lines[-1] and sum(map(left_out, lines)) + len(lines) - 1 == 50


def test_the_line_names_the_model_that_answered_not_the_one_after_it(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    versions = Versions()
    service = Service(versions, trail=AuditTrail(log), limits=Limits(rate=1e6))

    class Swaps(ByStrain):
        """A newer model takes over while this one answers."""

        def predict_proba(self, rows: Any) -> Any:
            if self.armed:
                self.armed = False
                versions.put("9")
                service.look()
            return super().predict_proba(rows)

        armed = False

    model = Swaps()
    versions.put("8", model)
    assert service.look().swapped
    with serving(service) as port:
        model.armed = True
        assert ask(port, "POST", BATCH, {"devices": [WORN] * 60})[2]["model"]["version"] == "8"
        assert ask(port, "POST", DEVICE, WORN)[2]["model"]["version"] == "9"
    assert [each.split()[9] for each in accesses(log)] == ["model=8", "model=9"]

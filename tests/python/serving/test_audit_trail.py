"""Each access in the hash-chained log, without what it said; nothing lost at the end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from device_models import WORN
from served import Versions, ask, serving

from assay.data.audit import AuditLog
from assay.serving import Access, ApiKeys, AuditTrail, Limits, Service, new_key
from assay.serving.audit_trail import Access as AccessLine

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
    assert "4711" not in text and "61.23" not in text and key not in text
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
    assert len(accesses(log)) < 100

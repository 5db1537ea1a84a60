"""Looks for keys and models go on whatever one of them runs into."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from device_models import WORN
from served import Versions, ask, serving

import assay
from assay.serving import Access, ApiKeys, Limits, Service, following
from assay.serving.access import add_key

DEVICE = "/predict/device-failure"
DEEP = b"[" * 100_000


def waited(wanted: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + 30
    while not wanted():
        assert time.monotonic() < until, what
        time.sleep(0.005)


def problems(port: int) -> list[str]:
    found: list[str] = ask(port, "GET", "/ready")[2]["problems"]
    return found


@pytest.mark.parametrize("damaged", [b'{"keys": ["\xff"]}', DEEP], ids=["no UTF-8", "deep"])
def test_a_key_is_taken_back_after_the_file_could_not_be_read(damaged: bytes, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    headers = {"X-API-Key": add_key(file, "ward7", "predict")}
    service = Service(Versions(), access=Access(ApiKeys.read(file)), limits=Limits(rate=1e6))
    with serving(service, reload_seconds=0.01) as port:
        file.write_bytes(damaged)
        waited(lambda: bool(problems(port)), "the damaged file is told")
        assert problems(port) == ["the file of keys cannot be read; the former keys count"]
        assert ask(port, "POST", DEVICE, WORN, headers)[0] == 200
        file.write_text('{"keys": []}')
        waited(lambda: ask(port, "POST", DEVICE, WORN, headers)[0] == 401, "the key is taken back")
        assert problems(port) == []


@pytest.mark.parametrize("damaged", [b'{"keys": ["\xff"]}', DEEP, json.dumps({"keys": 1}).encode()])
def test_a_file_of_keys_of_any_bytes_is_refused_as_one_of_our_errors(damaged: bytes, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(damaged)
    with pytest.raises(assay.AuthError, match="api keys: expected"):
        ApiKeys.read(file)


class FullDisk(Versions):
    full = True

    def keep(self, newest: str) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        super().keep(newest)


def test_a_model_takes_over_where_it_cannot_be_kept_and_is_kept_later() -> None:
    versions = FullDisk()
    service = Service(versions)
    assert service.reference()["version"] == "7"
    versions.put("8")
    assert service.look().swapped and service.reference()["version"] == "8"
    assert service.problems() == ["the model that answers could not be kept for a start without its source"]
    assert not service.look().problem and service.problems()
    versions.full = False
    service.look()
    assert versions.kept == ["8"] and service.problems() == []


def test_a_full_disk_ends_no_looks(capsys: pytest.CaptureFixture[str]) -> None:
    versions = FullDisk()
    with serving(Service(versions, limits=Limits(rate=1e6)), reload_seconds=0.01) as port:
        for version in ("8", "9"):
            versions.put(version)
            waited(lambda v=version: ask(port, "GET", "/ready")[2]["model"]["version"] == v, version)  # type: ignore[misc]
        time.sleep(0.1)
    said = capsys.readouterr().err
    assert said.count("could not be kept") == 1 and "Traceback" not in said


def test_what_nobody_foresaw_ends_no_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = Versions()
    broken = [True]
    plain = following._say

    def say(*what: object) -> None:
        if broken[0]:
            raise BrokenPipeError  # stderr went away
        plain(*what)  # type: ignore[arg-type]

    monkeypatch.setattr(following, "_say", say)
    with serving(Service(versions, limits=Limits(rate=1e6)), reload_seconds=0.01) as port:
        waited(lambda: bool(problems(port)), "told")
        assert problems(port) == ["looking for newer keys and models failed; it is tried again"]
        versions.put("8")
        waited(lambda: ask(port, "GET", "/ready")[2]["model"]["version"] == "8", "version 8")
        broken[0] = False
        waited(lambda: problems(port) == [], "over")


def test_a_look_that_raises_is_a_problem_and_the_next_one_works() -> None:
    versions = Versions()
    service = Service(versions)
    raising = versions.newest
    versions.newest = lambda: (_ for _ in ()).throw(MemoryError())  # type: ignore[method-assign]
    assert service.look().problem
    versions.newest = raising  # type: ignore[method-assign]
    versions.put("8")
    assert service.look().swapped

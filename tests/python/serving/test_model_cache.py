"""What an alias's models are kept under: no other server's, no other alias's, no path that a server made up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from device_model_file import write_model

import assay
from assay import _core, tracking
from assay.serving import RegistrySource

URI = "models:/lims.device@production"


@dataclass
class Version:
    version: str
    run_id: str = "made up"
    source: str = "mlflow-artifacts:/1"
    creation_timestamp: int = 1


class Servers:
    """MLflow servers by address: what the alias points at there, and the file that a version has."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.now: dict[str, Version] = {}
        self.fetched: list[str] = []
        self.file = write_model(folder / "served.assay-model")
        outer = self

        class Client:
            def __init__(self, uri: str) -> None:
                self.uri = uri

            def get_model_version_by_alias(self, name: str, alias: str) -> Version:
                return outer.now[self.uri]

        def fetch(uri: str, target: Path, *, tracking_uri: str) -> Path:
            outer.fetched.append(f"{tracking_uri} {uri}")
            target.mkdir(parents=True)
            (target / "device.assay-model").write_bytes(outer.file.read_bytes())
            return target

        monkeypatch.setattr(_core.tracking, "answers", lambda uri, timeout: True)
        monkeypatch.setattr(tracking, "MlflowClient", Client)
        monkeypatch.setattr(tracking, "download_model", fetch)


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Servers:
    return Servers(monkeypatch, tmp_path)


def source(server: str, cache: Path, uri: str = URI) -> RegistrySource:
    return RegistrySource(uri, tracking_uri=server, cache=cache)


@pytest.mark.parametrize("text", ["../../precious", "..", "", "3/..", "/etc", "3\n", "²", "3-../../precious"])
def test_a_version_that_is_no_number_is_refused_and_no_folder_removed(
    text: str, servers: Servers, tmp_path: Path
) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "kept.txt").write_text("kept")
    asked = source("http://a", tmp_path / "cache")
    servers.now["http://a"] = Version(text)
    with pytest.raises(assay.StateError, match="version that is a number"):
        asked.newest()
    with pytest.raises(assay.StateError, match="version that is a number"):
        asked.load(text)
    assert (precious / "kept.txt").read_text() == "kept" and servers.fetched == []


@pytest.mark.parametrize("kept", [b"../../precious", b"\xff", b""])
def test_a_last_good_version_that_is_no_number_is_none(kept: bytes, servers: Servers, tmp_path: Path) -> None:
    asked = source("http://a", tmp_path)
    servers.now["http://a"] = Version("3")
    asked.load(asked.newest())
    asked.keep(asked.newest())
    [file] = tmp_path.rglob("last_good")
    assert asked.last_good() is not None
    file.write_bytes(kept)
    assert asked.last_good() is None


def test_a_version_of_one_server_is_not_that_of_another(servers: Servers, tmp_path: Path) -> None:
    trial, real = source("http://trial:5000", tmp_path), source("http://real:5000", tmp_path)
    servers.now = {"http://trial:5000": Version("3"), "http://real:5000": Version("3")}
    found = trial.load(trial.newest())
    assert found.info.version == "3"
    trial.keep(trial.newest())
    assert real.last_good() is None
    assert real.load(real.newest()).info.version == "3"
    assert [each.split()[0] for each in servers.fetched] == ["http://trial:5000", "http://real:5000"]


def test_names_and_aliases_that_look_alike_share_nothing(servers: Servers, tmp_path: Path) -> None:
    for uri in ("models:/x_y@z", "models:/x@y_z", "models:/x y@z"):
        asked = source("http://a", tmp_path, uri)
        servers.now["http://a"] = Version("3")
        asked.load(asked.newest())
    assert len(servers.fetched) == 3


def test_a_number_that_was_given_again_is_another_version(servers: Servers, tmp_path: Path) -> None:
    asked = source("http://a", tmp_path)
    servers.now["http://a"] = Version("3")
    first = asked.newest()
    asked.load(first)
    servers.now["http://a"] = Version("3", run_id="another", creation_timestamp=2)
    second = asked.newest()
    assert second != first
    assert asked.load(second).info.version == "3" and len(servers.fetched) == 2
    asked.load(second)
    assert len(servers.fetched) == 2  # from the cache


def test_another_password_or_a_slash_is_the_same_server(servers: Servers, tmp_path: Path) -> None:
    for uri in ("http://u:one@a/m", "http://u:two@a/m/", "http://A/m"):
        servers.now[uri] = Version("3")
        asked = source(uri, tmp_path)
        asked.load(asked.newest())
    assert len(servers.fetched) == 1
    assert not [path for path in tmp_path.rglob("*") if "one" in path.name]

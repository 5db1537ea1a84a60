"""A model that is replaced while the server runs; a bad one that is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from device_models import WORN, ByStrain
from served import Versions, ask, serving

import assay
from assay.serving import Limits, RegistrySource, Service, source_of

DEVICE = "/predict/device-failure"


@pytest.fixture
def versions() -> Versions:
    return Versions()


@pytest.fixture
def service(versions: Versions) -> Service:
    return Service(versions, limits=Limits(rate=1000))


class Twice(ByStrain):
    """Another probability than a good model has."""

    def predict_proba(self, rows: Any) -> Any:
        return np.full((len(rows), 2), 2.0)


def version(service: Service) -> str:
    return service.reference()["version"]


def test_a_newer_model_takes_over_between_two_requests(versions: Versions, service: Service) -> None:
    with serving(service) as port:
        assert ask(port, "POST", DEVICE, WORN)[2]["risk"] == 72
        versions.put("8", ByStrain(scale=40_000))
        assert service.look().swapped
        answer = ask(port, "POST", DEVICE, WORN)[2]
        assert (answer["risk"], answer["model"]["version"]) == (36, "8")
        metrics = ask(port, "GET", "/metrics")[2]
        assert 'assay_model_info{name="device-failure",version="8"} 1.0' in metrics
        assert 'version="7"' not in metrics
    assert versions.kept == ["7", "8"]
    assert not service.look().swapped


BAD: list[tuple[str, Any, dict[str, Any]]] = [
    ("cut short", assay.IoError("the file is cut short"), {}),
    ("no probability", Twice(), {}),
    ("another answer to its example", ByStrain(), {"example": {"inputs": {}, "probability": 0.123}}),
    (
        "other inputs",
        ByStrain(feature=0),
        {"preparation": None, "feature_names": ["load"]},
    ),
]


@pytest.mark.parametrize(("what", "model", "metadata"), BAD, ids=[each[0] for each in BAD])
def test_a_bad_one_is_refused_and_the_last_good_one_stays(
    what: str, model: Any, metadata: dict[str, Any], versions: Versions, service: Service
) -> None:
    versions.put("8", model, **metadata)
    with serving(service) as port:
        outcome = service.look()
        assert not outcome.swapped and "newer model was not taken" in outcome.problem
        assert ask(port, "POST", DEVICE, WORN)[2]["model"]["version"] == "7"
        status, _, state = ask(port, "GET", "/ready")
        assert status == 200 and state["problems"] == [
            "a newer model was not taken; the last good one answers"
        ]
        assert "assay_model_stale 1.0" in ask(port, "GET", "/metrics")[2]
        versions.put("9")
        assert service.look().swapped
        assert ask(port, "GET", "/ready")[2]["problems"] == []
        assert "assay_model_stale 0.0" in ask(port, "GET", "/metrics")[2]
    assert versions.kept == ["7", "9"]


def test_a_model_that_may_lack_less_than_requests_do_is_refused(versions: Versions, service: Service) -> None:
    versions.put("8", missing_values=["Torque [Nm]"], input_ranges={"Torque [Nm]": [0, 1]})
    assert service.look().swapped  # requests go on as before
    lacking = Versions()
    lacking.put("7", missing_values=["Torque [Nm]"])
    other = Service(lacking)
    lacking.put("8")
    assert not other.look().swapped and "inputs" in other.live.problem


def test_a_refused_one_is_not_loaded_again_and_again(versions: Versions, service: Service) -> None:
    versions.put("8", Twice())
    loads: list[str] = []
    plain = versions.load
    versions.load = lambda newest: loads.append(newest) or plain(newest)  # type: ignore[method-assign,func-returns-value]
    for _ in range(3):
        assert service.look().problem
    assert loads == ["8"]


def test_a_refused_one_is_refused_again_after_the_alias_went_back(
    versions: Versions, service: Service
) -> None:
    versions.put("8", Twice())
    first = service.look()
    versions.now = "7"
    assert not service.look().problem and not service.problems()
    versions.now = "8"
    again = service.look()
    assert again.problem == first.problem and service.problems() and version(service) == "7"
    assert 'assay_model_loads_total{outcome="refused"} 2.0' in service.metrics_text().decode()
    service.look()
    assert 'assay_model_loads_total{outcome="refused"} 2.0' in service.metrics_text().decode()


def test_a_source_that_is_away_changes_nothing_and_is_asked_again(
    versions: Versions, service: Service
) -> None:
    versions.now = assay.HttpError("no answer")
    assert service.look().unreachable and version(service) == "7"
    assert service.problems()
    versions.put("8")
    assert service.look().swapped and not service.problems()


def test_a_server_starts_with_the_last_good_one_where_the_source_is_away(versions: Versions) -> None:
    versions.keep("7")
    versions.now = assay.HttpError("no answer")
    service = Service(versions)
    assert version(service) == "7" and "last good" in service.live.problem
    versions.now = "7"
    assert service.look().swapped and not service.problems()


def test_without_any_model_it_does_not_start(versions: Versions) -> None:
    versions.now = assay.HttpError("no answer")
    with pytest.raises(assay.HttpError):
        Service(versions)


def test_a_loop_looks_by_itself(versions: Versions, service: Service) -> None:
    with serving(service, reload_seconds=0.01) as port:
        versions.put("8")
        for _ in range(2000):
            if ask(port, "GET", "/ready")[2]["model"]["version"] == "8":
                break
        else:
            pytest.fail("the newer model did not take over")


def test_sources_are_told_apart_by_what_is_written(tmp_path: Path) -> None:
    assert str(source_of(str(tmp_path / "a.assay-model"))) == "a.assay-model"
    assert str(source_of(tmp_path / "a.assay-model")) == "a.assay-model"
    found = source_of("models:/LIMS.device@production", tracking_uri="http://127.0.0.1:1", cache=tmp_path)
    assert isinstance(found, RegistrySource) and (found.name, found.alias) == ("LIMS.device", "production")
    with pytest.raises(assay.ValueError, match="MLflow server"):
        source_of("models:/LIMS.device@production")
    with pytest.raises(assay.ValueError, match="NAME@ALIAS"):
        source_of("models:/LIMS.device/3", tracking_uri="http://127.0.0.1:1")
    with pytest.raises(assay.IoError, match="cannot read"):
        source_of(str(tmp_path / "none.assay-model")).newest()

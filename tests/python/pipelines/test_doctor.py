from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from assay import doctor
from assay.doctor import State


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (
        "MLFLOW_TRACKING_URI",
        "DATABRICKS_HOST",
        "DATABRICKS_TOKEN",
        "DATABRICKS_CONFIG_PROFILE",
        "DATABRICKS_AUTH_TYPE",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(tmp_path / "none"))


def found(part: str, **options: object) -> doctor.Finding:
    findings = doctor.examine(
        lake=Path(str(options.get("lake", "out/lake"))), tracking=options.get("tracking")
    )  # type: ignore[arg-type]
    return next(finding for finding in findings if finding.part == part)


def test_core_and_lake_are_fine(tmp_path: Path) -> None:
    assert found("assay").state is State.OK
    assert found("lake", lake=tmp_path / "deep" / "lake").state is State.OK
    assert not (tmp_path / "deep").exists()


def test_what_the_workbook_needs_is_examined() -> None:
    assert "assay lims score" in next(p for p in doctor._PACKAGES if p.module == "xlsxwriter").gives


def test_lake_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("")
    finding = found("lake", lake=tmp_path / "lake")
    assert finding.state is State.FAILED
    assert "--lake" in finding.remedy


def test_missing_package_says_what_it_would_give(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    finding = found("mlflow")
    assert (finding.state, finding.remedy) == (State.MISSING, "pip install 'mlflow>=3.1,<4'")
    assert "assay ui" in finding.gives


@pytest.fixture
def torch_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets torch be installed in a version, with a function in place of the matcher's loading."""

    def set_up(version: str, load: Callable[[], object]) -> None:
        find = importlib.util.find_spec
        spec = importlib.util.spec_from_loader("torch", None, origin="made up")
        monkeypatch.setattr("importlib.util.find_spec", lambda name: spec if name == "torch" else find(name))
        real = importlib.metadata.version
        monkeypatch.setattr(
            "importlib.metadata.version", lambda name: version if name == "torch" else real(name)
        )
        monkeypatch.setattr("assay.models._libtorch.load", load)

    return set_up


def test_torch_that_the_matcher_can_use(torch_of: Callable[..., None]) -> None:
    torch_of("2.13.0+cpu", lambda: None)
    finding = found("torch")
    assert (finding.state, finding.remedy) == (State.OK, "")
    assert finding.detail.startswith("2.13.0+cpu  ")


def test_torch_of_another_version_is_not_ok(torch_of: Callable[..., None]) -> None:
    from assay.models import _libtorch

    torch_of("2.8.0", _libtorch.load.__wrapped__)
    finding = found("torch")
    assert finding.state is State.MISSING  # a torch that others use is no fault
    assert "needs torch 2.13, torch 2.8.0 is installed" in finding.detail and "pip install" in finding.detail


def test_a_build_without_the_matcher_is_not_ok(
    torch_of: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from assay.models import _libtorch

    torch_of("2.13.0", _libtorch.load.__wrapped__)
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name: None if name == "assay._torch" else find(name)
    )
    finding = found("torch")
    assert finding.state is State.MISSING
    assert "without the CLIP matcher" in finding.detail


def test_a_torch_that_cannot_be_loaded_is_a_fault(torch_of: Callable[..., None]) -> None:
    def fail() -> None:
        raise ImportError("libmade_up.so: cannot open shared object file")

    torch_of("2.13.0", fail)
    finding = found("torch")
    assert finding.state is State.FAILED and not doctor.all_well([finding])
    assert "2.13.0" in finding.detail and "libmade_up.so" in finding.detail
    assert finding.remedy == "pip install --force-reinstall 'torch==2.13.*'"


def test_remedies_ask_for_what_the_extras_ask_for() -> None:
    project = (Path(__file__).resolve().parents[3] / "pyproject.toml").read_text(encoding="utf-8")
    for package in doctor._PACKAGES:
        assert f'"{package.requirement}"' in project


def test_only_what_this_version_has_is_examined(tmp_path: Path) -> None:
    parts = {finding.part for finding in doctor.examine(lake=tmp_path)}
    assert not parts & {"pyspark", "tiktoken", "arrow-odbc", "language model"}
    last = doctor.to_text([]).splitlines()[-1]
    assert last.startswith("Not part of this version: ")
    assert "language models" in last


@pytest.mark.parametrize(
    ("owners", "parts"),
    [
        (["assay_clinical"], []),
        (["assay-clinical", "assay-sdk"], ["assay-sdk"]),
        ([], []),
    ],
)
def test_another_projects_package_of_the_name_is_told(
    owners: list[str], parts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor.metadata, "packages_distributions", lambda: {"assay": owners})
    findings = doctor._others_of_the_name()
    assert [finding.part for finding in findings] == parts
    assert all(f.state is State.FAILED and f"pip uninstall {f.part}" in f.remedy for f in findings)


def test_missing_parts_are_no_fault_and_broken_ones_are() -> None:
    states = [State.OK, State.MISSING, State.UNUSED]
    findings = [doctor.Finding(state.value, state) for state in states]
    assert doctor.all_well(findings)
    assert not doctor.all_well([*findings, doctor.Finding("lake", State.FAILED)])


def test_dead_server_is_reported_without_credentials() -> None:
    finding = found("MLflow server", tracking="http://user:secret@127.0.0.1:9/")
    assert finding.state is State.FAILED
    assert "secret" not in finding.detail
    assert "127.0.0.1:9" in finding.detail


@pytest.fixture
def health() -> Iterator[int]:
    """The port of a server that answers /health to user:pw@ alone."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.headers.get("Authorization") == "Basic " + b64encode(b"user:p@/w").decode()
            self.send_response(200 if known else 401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def test_server_with_credentials_in_its_address(health: int) -> None:
    finding = found("MLflow server", tracking=f"http://user:p%40%2Fw@127.0.0.1:{health}")
    assert (finding.state, finding.detail) == (State.OK, f"http://127.0.0.1:{health} answers")
    finding = found("MLflow server", tracking=f"http://user:wrong@127.0.0.1:{health}/")
    assert (finding.state, finding.detail) == (
        State.FAILED,
        f"http://127.0.0.1:{health}/: answers with HTTP 401",
    )


@pytest.mark.parametrize(
    "address",
    [
        "http://user:secret@127.0.0.1",
        "http://user:secret@127.0.0.1:port",
        "http://user:se/secret@127.0.0.1:9",
        "http://user:se?secret@127.0.0.1:9/#x",
        "http://127.0.0.1:9/?token=secret",
        "http://user:secret@",
        "user:secret@127.0.0.1",
        "secret@http://127.0.0.1:9",
        "sqlite:///secret.db",
        "databricks://secret-no-profile",
    ],
)
def test_no_address_is_a_crash_or_shows_a_password(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    finding = found("MLflow server", tracking=address)
    assert finding.state is State.FAILED
    assert "secret" not in finding.detail.replace("secret-no-profile", "")
    assert "Name or service not known" not in finding.detail
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    assert found("MLflow server") == finding


def test_server_on_databricks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "databrickscfg"
    config.write_text(
        "[DEFAULT]\nhost = https://a.example.com\n[work]\nhost = b.example.com\ntoken = dapi-secret\n"
    )
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(config))
    finding = found("MLflow server", tracking="databricks://work")
    assert finding.state is State.OK
    assert finding.detail == "Databricks, https://b.example.com (pat, profile work); not contacted"
    finding = found("MLflow server", tracking="databricks")
    assert finding.state is State.FAILED
    assert "expected a token" in finding.detail
    assert "profile 'DEFAULT'" in finding.detail
    monkeypatch.setenv("DATABRICKS_HOST", "https://c.example.com")
    monkeypatch.setenv("DATABRICKS_TOKEN", "dapi-secret")
    finding = found("MLflow server", tracking="databricks")
    assert finding.detail == "Databricks, https://c.example.com (pat, the environment); not contacted"


def test_a_folder_with_the_name_of_a_package_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "made_up_folder").mkdir()
    (tmp_path / "made_up_module.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    made_up = [
        doctor._Package(f"made_up_{kind}", f"made-up-{kind}", "", "tests") for kind in ("folder", "module")
    ]
    monkeypatch.setattr(doctor, "_PACKAGES", made_up)
    assert found("made-up-folder").state is State.MISSING
    finding = found("made-up-module")
    assert (finding.state, finding.detail) == (State.OK, "of unknown version  tests")


def test_profiles_are_named_and_tokens_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "databrickscfg"
    config.write_text("[work]\nhost = https://dbc.example.com\ntoken = dapi-secret\n")
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(config))
    finding = found("Databricks")
    assert finding.state is State.OK
    assert finding.detail == "profiles: work (https://dbc.example.com)"


def test_text_and_json_hold_every_finding(tmp_path: Path) -> None:
    findings = doctor.examine(lake=tmp_path)
    text = doctor.to_text(findings)
    assert all(finding.part in text for finding in findings)
    assert "\x1b" not in text
    assert "\x1b" in doctor.to_text(findings, colour=True)
    assert len(json.loads(doctor.to_json(findings))) == len(findings)

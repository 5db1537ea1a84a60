"""What is installed and reachable here, what each missing part would give, and the command that adds it."""

from __future__ import annotations

import configparser
import importlib.util
import json
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from importlib import metadata
from pathlib import Path

__all__ = ["LATER", "Finding", "State", "all_well", "examine", "to_json", "to_text"]


class State(str, Enum):
    """How a part stands."""

    OK = "ok"
    MISSING = "missing"
    FAILED = "failed"
    UNUSED = "not configured"


@dataclass(frozen=True)
class Finding:
    """One part: how it stands, and what to do where it does not."""

    part: str
    state: State
    detail: str = ""
    gives: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class _Package:
    module: str
    distribution: str
    requirement: str
    """What pip is given where it is missing; nothing of Assay's own, which no index has."""
    gives: str


_PACKAGES = (
    _Package("numpy", "numpy", "numpy>=1.26", "arrays in and out"),
    _Package("deltalake", "deltalake", "deltalake>=1.0", "assay run: its tables are Delta tables"),
    _Package("pyarrow", "pyarrow", "pyarrow>=17", "assay run: reading the lake's tables"),
    _Package("duckdb", "duckdb", "duckdb>=1.1", "your own SQL on the lake's tables"),
    _Package("jinja2", "Jinja2", "Jinja2>=3.1", "the HTML report"),
    _Package(
        "adbc_driver_postgresql",
        "adbc-driver-postgresql",
        "adbc-driver-postgresql>=1.5",
        "PostgreSQL as a source",
    ),
    _Package("xlsxwriter", "XlsxWriter", "XlsxWriter>=3.2", "assay lims score: its workbook"),
    _Package("fastapi", "fastapi", "fastapi>=0.115", "assay lims serve: predictions by HTTP"),
    _Package("uvicorn", "uvicorn", "uvicorn>=0.30", "assay lims serve: its server"),
    _Package("torch", "torch", "torch==2.13.*", "assay.models.Clip: images matched to texts"),
    _Package("mlflow", "mlflow", "mlflow>=3.1,<4", "assay ui: MLflow's web interface on the results"),
)

_DISTRIBUTION = "assay-clinical"

LATER = "language models, Spark"
"""What issues and the architecture speak of and this version does not have."""


def examine(*, lake: Path, tracking: str | None = None) -> list[Finding]:
    """All findings, the core first. None holds a credential."""
    uri = tracking or os.environ.get("MLFLOW_TRACKING_URI", "")
    return [
        _core(),
        *_others_of_the_name(),
        *(_package(p) for p in _PACKAGES),
        _lake(lake),
        _server(uri),
        _databricks(),
    ]


def to_json(findings: Sequence[Finding]) -> str:
    return json.dumps([asdict(finding) for finding in findings], indent=2)


def to_text(findings: Sequence[Finding], *, colour: bool = False) -> str:
    """One line per part, with the remedy below where there is one."""
    codes = {State.OK: "32", State.MISSING: "33", State.FAILED: "31", State.UNUSED: "2"}
    lines: list[str] = []
    for finding in findings:
        state = f"{finding.state.value:<14}"
        if colour:
            state = f"\x1b[{codes[finding.state]}m{state}\x1b[0m"
        lines.append(f"{finding.part:<24} {state} {finding.detail}".rstrip())
        if finding.state is not State.OK:
            lines += [f"{'':<24}   {text}" for text in (_gives(finding), finding.remedy) if text]
    return "\n".join([*lines, f"Not part of this version: {LATER}."])


def all_well(findings: Sequence[Finding]) -> bool:
    """Whether nothing that is configured or needed is broken; what is missing or not configured is no fault."""
    return all(finding.state is not State.FAILED for finding in findings)


def _gives(finding: Finding) -> str:
    return f"would give: {finding.gives}" if finding.gives else ""


def _core() -> Finding:
    import assay

    try:
        from assay import _core

        return Finding("assay", State.OK, f"{assay.__version__}, compiled core {_core.__version__}")
    except ImportError as error:
        return Finding(
            "assay", State.FAILED, type(error).__name__, "everything", "pip install --force-reinstall ."
        )


def _others_of_the_name() -> list[Finding]:
    """Another project's distribution that also installs a package `assay`: the two overwrite each other's files."""
    owners = metadata.packages_distributions().get("assay", [])
    found = []
    for other in sorted({name for name in owners if _normal(name) != _DISTRIBUTION}):
        detail = "is another project's package, which installs the same module assay"
        remedy = f"pip uninstall {other}; then, in Assay's checkout: pip install --force-reinstall ."
        found.append(Finding(other, State.FAILED, detail, "", remedy))
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _package(package: _Package) -> Finding:
    found = importlib.util.find_spec(package.module)
    if found is None or found.origin is None:  # without origin: a folder that happens to bear the name
        remedy = f"pip install '{package.requirement}'"
        return Finding(package.distribution, State.MISSING, "", package.gives, remedy)
    try:
        version = metadata.version(package.distribution)
    except metadata.PackageNotFoundError:  # part of a runtime, as pyspark on a cluster
        version = "of unknown version"
    if package.module == "torch" and (fault := _matcher(package, version)):
        return fault
    return Finding(package.distribution, State.OK, f"{version}  {package.gives}")


def _matcher(package: _Package, version: str) -> Finding | None:
    """Why the matcher cannot run on the torch that is installed; None where it can."""
    try:
        from assay.errors import StateError
        from assay.models import _libtorch

        _libtorch.load()
    except StateError as error:  # its text says what to install
        return Finding(package.distribution, State.MISSING, str(error), package.gives)
    except (ImportError, OSError) as error:
        remedy = f"pip install --force-reinstall '{package.requirement}'"
        detail = f"{version} cannot be loaded: {error}"
        return Finding(package.distribution, State.FAILED, detail, package.gives, remedy)
    return None


def _lake(root: Path) -> Finding:
    """Tries a write beside or below the nearest folder that exists, and takes it away again."""
    place = next(p for p in (root.absolute(), *root.absolute().parents) if p.exists())
    try:
        with tempfile.NamedTemporaryFile(dir=place, prefix=".assay-doctor-"):
            pass
    except OSError as error:
        remedy = "make it writable, or choose another folder with --lake"
        return Finding("lake", State.FAILED, f"{root}: {error.strerror}", "a place for the tables", remedy)
    return Finding("lake", State.OK, f"{root} can be written")


def _server(uri: str) -> Finding:
    gives = "runs on a shared MLflow server; without one they stay in a journal and assay ui shows them"
    part, remedy = "MLflow server", "--tracking URI, or MLFLOW_TRACKING_URI"
    if not uri:
        return Finding(part, State.UNUSED, "", gives, remedy)
    if uri == "databricks" or uri.startswith("databricks://"):
        return _databricks_server(part, uri.removeprefix("databricks").removeprefix("://"), gives)
    if not uri.startswith(("http://", "https://")):
        detail = "the address set is none of a server: expected http://, https:// or databricks"
        return Finding(part, State.FAILED, detail, gives, f"{remedy}; for local files: assay ui")
    address = _without_credentials(uri)
    if _is_healthy(uri):
        return Finding(part, State.OK, f"{address} answers")
    detail = f"{address}: {_why_not(address)}"
    return Finding(part, State.FAILED, detail, gives, "start it, or check the address")


def _is_healthy(uri: str) -> bool:
    """As delivery sees it: with its credentials, proxies and certificates."""
    try:
        from assay import Error, _core
    except ImportError:
        return False
    try:
        return _core.tracking.is_healthy(uri)
    except Error:
        return False


def _why_not(address: str) -> str:
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError
    from urllib.request import urlopen

    try:
        urlopen(f"{address.rstrip('/')}/health", timeout=3).close()
    except HTTPError as error:
        return f"answers with HTTP {error.code}"
    except URLError as error:
        return str(error.reason)
    except OSError as error:
        return error.strerror or type(error).__name__
    except (ValueError, HTTPException):  # their texts quote the address
        return "no valid address"
    return "answers here, but not to Assay; check MLFLOW_TRACKING_* and the proxy settings"


def _without_credentials(uri: str) -> str:
    """The address without user, password and query. A password may hold any character: all up to the last @ goes."""
    scheme, mark, rest = uri.partition("://")
    if not mark:
        scheme, rest = "", uri
    host = rest.rpartition("@")[2].partition("?")[0].partition("#")[0]
    return f"{scheme.rpartition('@')[2]}{mark}{host}"


def _databricks_server(part: str, profile: str, gives: str) -> Finding:
    """The settings as delivery reads them; nothing is sent."""
    try:
        from assay import Error, _core
    except ImportError:
        return Finding(
            part,
            State.FAILED,
            "Databricks: the compiled core is missing",
            gives,
            "pip install --force-reinstall .",
        )
    try:
        config = _core.tracking.DatabricksConfig(profile=profile)
        method = config.auth_type
    except Error as error:
        return Finding(part, State.FAILED, str(error), gives, "databricks configure")
    place = f"profile {config.profile}" if config.profile else "the environment"
    host = config.host or config.azure_workspace_resource_id
    return Finding(part, State.OK, f"Databricks, {host} ({method}, {place}); not contacted")


def _databricks_file() -> Path:
    return Path(os.environ.get("DATABRICKS_CONFIG_FILE", "~/.databrickscfg")).expanduser()


def _databricks_profiles() -> dict[str, dict[str, str]] | None:
    """By name; empty without a file, None where it cannot be read."""
    profiles = configparser.ConfigParser(default_section="", interpolation=None)
    try:
        profiles.read(_databricks_file())
    except (configparser.Error, OSError, UnicodeDecodeError):
        return None
    return {name: dict(profiles[name]) for name in profiles.sections()}


def _databricks() -> Finding:
    """Which profiles there are, by name and host only."""
    gives = "runs on the MLflow of a Databricks workspace"
    if host := os.environ.get("DATABRICKS_HOST"):
        return Finding("Databricks", State.OK, f"{_without_credentials(host)} (environment)")
    path = _databricks_file()
    if not path.is_file():
        remedy = "databricks configure, or DATABRICKS_HOST and a token"
        return Finding("Databricks", State.UNUSED, "", gives, remedy)
    profiles = _databricks_profiles()
    if profiles is None:
        return Finding("Databricks", State.FAILED, f"{path} cannot be read", gives, "databricks configure")
    hosts = [
        f"{name} ({_without_credentials(profile.get('host', 'no host'))})"
        for name, profile in profiles.items()
    ]
    return Finding("Databricks", State.OK, "profiles: " + ", ".join(hosts))

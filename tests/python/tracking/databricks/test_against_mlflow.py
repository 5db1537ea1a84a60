"""What the installed mlflow package and databricks-sdk send to the same workspace, beside what we send."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import mlflow_python
import pytest
from fake_databricks import FakeWorkspace, Got

from assay.tracking.databricks import Workspace

pytestmark = [pytest.mark.mlflow, pytest.mark.slow]

RUN = "dbfs:/databricks/mlflow-tracking/1/run1/artifacts"
KINDS = ["AWS_PRESIGNED_URL", "GCP_SIGNED_URL", "AZURE_SAS_URI", "AZURE_ADLS_GEN2_SAS_URI"]
# Looked up by databricks-sdk and mlflow for themselves; we need none of it.
ASIDE = (
    "/.well-known/",
    "/oidc/.well-known/",
    "/api/2.0/mlflow/runs/get",
    "/api/2.0/fs/create-download-url",  # databricks-sdk tries a presigned URL first, and falls back
)
PART = 5 << 20


def sent(fake: FakeWorkspace) -> list[tuple[Any, ...]]:
    """Requests without what differs from call to call; parts that go at once are put in order."""
    return sorted(
        (normal(r) for r in fake.take() if not r.path.startswith(ASIDE) and "logged-models" not in r.path),
        key=repr,
    )


def normal(got: Got) -> tuple[Any, ...]:
    query = {k: v for k, v in got.query.items() if k not in ("sig", "blockid")}
    if got.headers.get("content-type", "").startswith("application/json"):
        body: Any = json.dumps(got.json, sort_keys=True)
    elif b"<BlockList>" in got.body:
        body = ("blocks", got.body.count(b"<Uncommitted>"))
    else:
        body = (len(got.body), hash(got.body))
    return got.method, got.path, tuple(sorted(query.items())), body


# Importing mlflow takes seconds: one process runs all scripts, each with the variables of its test.
LOOP = """
import json, os, sys, traceback
import mlflow
from mlflow.utils import rest_utils
answers, sys.stdout = sys.stdout, sys.stderr
for line in sys.stdin:
    job = json.loads(line)
    os.environ.clear()
    os.environ.update(job["environment"])
    rest_utils.get_workspace_client.cache_clear()
    sys.argv = ["", *job["arguments"]]
    names, error = {"__name__": "script", "value": None}, None
    try:
        exec(job["script"], names)
    except BaseException:
        error = traceback.format_exc()
    print(json.dumps([names["value"], error]), file=answers, flush=True)
"""
_process: list[subprocess.Popen[str]] = []


@pytest.fixture(scope="module", autouse=True)
def mlflow_process() -> Iterator[None]:
    python = mlflow_python.command()[0]
    process = subprocess.Popen(
        [python, "-W", "ignore", "-c", LOOP],
        env=mlflow_python.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    _process.append(process)
    with process:
        yield
        assert process.stdin is not None
        process.stdin.close()
    _process.clear()


def run(script: str, *arguments: str) -> Any:
    """Runs a script beside MLflow; its variable ``value`` comes back."""
    [process] = _process
    assert process.stdin is not None
    assert process.stdout is not None
    job = {"script": script, "arguments": arguments, "environment": mlflow_python.environment()}
    process.stdin.write(json.dumps(job) + "\n")
    process.stdin.flush()
    value, error = json.loads(process.stdout.readline())
    assert error is None, error
    return value


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "note.txt"
    path.write_bytes(bytes(range(256)) * 100)
    return path


def test_experiments(fake: FakeWorkspace, workspace: Workspace) -> None:
    run(
        """
import mlflow
client = mlflow.MlflowClient("databricks")
assert client.get_experiment_by_name("/Shared/a b") is None
client.create_experiment("/Shared/a b")
client.get_experiment_by_name("/Shared/a b")
"""
    )
    theirs = sent(fake)
    fake.experiments.clear()
    workspace.ensure_experiment("/Shared/a b")
    assert sent(fake) == theirs
    assert len(theirs) == 3


def test_volumes(fake: FakeWorkspace, workspace: Workspace, file: Path, tmp_path: Path) -> None:
    place = "dbfs:/Volumes/main/icu/notes/Ü & b"
    run(
        """
import sys
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
repo = get_artifact_repository(sys.argv[1])
repo.log_artifact(sys.argv[2], "deep")
repo._download_file("deep/note.txt", sys.argv[3])
""",
        place,
        str(file),
        str(tmp_path / "theirs"),
    )
    theirs = sent(fake)
    workspace.upload_artifact(place, "deep/note.txt", file)
    workspace.download_artifact(place, "deep/note.txt", tmp_path / "ours")
    assert sent(fake) == theirs
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes() == file.read_bytes()


UPLOAD = """
import sys
from mlflow.store.artifact.databricks_artifact_repo import DatabricksArtifactRepository
DatabricksArtifactRepository(sys.argv[1]).log_artifact(sys.argv[2], "deep")
"""


@pytest.mark.parametrize("kind", KINDS)
def test_an_artifact_of_a_run(fake: FakeWorkspace, workspace: Workspace, file: Path, kind: str) -> None:
    fake.link_type = kind
    run(UPLOAD, RUN, str(file))
    theirs = sent(fake)
    content = dict(fake.storage.objects)
    fake.storage.objects.clear()
    workspace.upload_artifact(RUN, "deep/note.txt", file)
    assert sent(fake) == theirs
    assert fake.storage.objects == content
    assert len(theirs) >= 2


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "GCP_SIGNED_URL"])
def test_a_large_artifact_in_parts(
    fake: FakeWorkspace, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", str(PART))
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", str(2 * PART))
    if (
        kind == "AZURE_ADLS_GEN2_SAS_URI"
    ):  # mlflow appends from several threads, and the fake wants them in order
        monkeypatch.setenv("MLFLOW_MAX_WORKERS", "1")
    fake.link_type = kind
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(range(256)) * (PART * 5 // 2 // 256))
    script = UPLOAD
    if kind == "AZURE_ADLS_GEN2_SAS_URI":
        script = UPLOAD.replace(
            "DatabricksArtifactRepository(sys.argv[1])",
            "from concurrent.futures import ThreadPoolExecutor\n"
            "repo = DatabricksArtifactRepository(sys.argv[1])\n"
            "repo.chunk_thread_pool = ThreadPoolExecutor(1)\nrepo",
        )
    run(script, RUN, str(large))
    theirs = sent(fake)
    Workspace(part_size=PART, multipart_from=2 * PART).upload_artifact(RUN, "deep/large.bin", large)
    assert sent(fake) == theirs
    assert fake.storage.objects == {"run1/deep/large.bin": large.read_bytes()}


def test_a_version_in_unity_catalog(
    fake: FakeWorkspace, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By keys for S3: mlflow's boto3 also proves that the fake reckons signatures as AWS's own client does."""
    monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", f"{fake.url}/s3")
    monkeypatch.setenv("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    folder = tmp_path / "model"
    script = """
import sys
import mlflow, pandas
from mlflow.models import infer_signature
from mlflow.store._unity_catalog.registry.rest_store import UcModelRegistryStore
class Echo(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input): return model_input
table = pandas.DataFrame({"a": [1.0]})
mlflow.pyfunc.save_model(sys.argv[1], python_model=Echo(), signature=infer_signature(table, table),
                         pip_requirements=["mlflow"])
store = UcModelRegistryStore("databricks-uc", "databricks")
store.create_registered_model("main.icu.echo")
store.create_model_version("main.icu.echo", "dbfs:/made/up", local_model_path=sys.argv[1])
"""
    if not run("import importlib.util\nvalue = importlib.util.find_spec('boto3') is not None"):
        pytest.skip("boto3 is not installed beside MLflow; pip install boto3")
    run(script, str(folder))
    theirs = sent(fake)
    objects = dict(fake.storage.objects)
    fake.storage.objects.clear()
    fake.models.clear()
    fake.versions.clear()
    workspace.register_model("main.icu.echo", folder, source="dbfs:/made/up")
    ours = sent(fake)
    assert fake.storage.objects == objects
    assert len(objects) >= 4
    assert ours == theirs


def test_names_aliases_and_tags_of_unity_catalog(fake: FakeWorkspace, workspace: Workspace) -> None:
    """What a delivery asks of the catalog beside making versions."""
    from assay.tracking import MlflowClient

    def catalog() -> None:
        fake.models.clear()
        fake.versions.clear()
        fake._create_model({"name": "main.icu.echo"})
        for _ in range(3):
            fake._create_version({"name": "main.icu.echo", "source": "dbfs:/made/up"})
            fake.versions["main.icu.echo", str(len(fake.versions))]["status"] = "READY"

    catalog()
    asked = """
name = "main.icu.echo"
client.set_registered_model_alias(name, "staging", "2")
client.set_registered_model_tag(name, "assay_alias_staging", "[]")
client.set_model_version_tag(name, "2", "assay_alias_staging_reason", "made up")
found = client.search_model_versions("name = 'main.icu.echo'", max_results=2)
found = client.search_model_versions("name = 'main.icu.echo'", max_results=2, page_token=found.token)
version = client.get_model_version(name, "2")
model = client.get_registered_model(name)
"""
    theirs_saw = run(
        "import mlflow\nclient = mlflow.MlflowClient('databricks', 'databricks-uc')\n"
        + asked
        + "value = [[v.version for v in found], version.aliases, dict(version.tags), dict(model.aliases)]"
    )
    theirs = set(sent(fake))  # mlflow also looks whether a name is a prompt's, by one of these calls
    catalog()
    names: dict[str, Any] = {"client": MlflowClient("databricks", "databricks-uc")}
    exec(asked, names)
    assert set(sent(fake)) == theirs
    assert len(theirs) == 7
    version, model = names["version"], names["model"]
    ours_saw = [[v.version for v in names["found"]], version.aliases, dict(version.tags), dict(model.aliases)]
    expected = [["3"], ["staging"], {"assay_alias_staging_reason": "made up"}, {"staging": "2"}]
    assert ours_saw == theirs_saw == expected


def token_request(fake: FakeWorkspace) -> tuple[Any, ...]:
    [got] = [r for r in fake.take() if r.path.endswith("/token")]
    form = dict(parse_qsl(got.body.decode()))
    return got.path, got.headers.get("authorization"), got.headers["content-type"], form


def test_tokens_of_a_service_principal(fake: FakeWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABRICKS_TOKEN")
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", fake.client_id)
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", fake.client_secret)
    script = "import mlflow\nassert mlflow.MlflowClient('databricks').get_experiment_by_name('/x') is None"
    run(script)
    theirs = token_request(fake)
    Workspace().user_name  # noqa: B018
    assert token_request(fake) == theirs


def test_tokens_of_entra(fake: FakeWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """databricks-sdk also sends a scope, which the endpoint's first version does not know, and always asks for a
    management token; we do so only for a principal outside the workspace."""
    monkeypatch.delenv("DATABRICKS_TOKEN")
    monkeypatch.setenv("ARM_TENANT_ID", "made-up-tenant")
    monkeypatch.setenv("ARM_CLIENT_ID", fake.client_id)
    monkeypatch.setenv("ARM_CLIENT_SECRET", fake.client_secret)
    script = """
import os
from databricks.sdk.credentials_provider import azure_service_principal
from databricks.sdk.config import Config
from databricks.sdk.environments import AzureEnvironment, Cloud, DatabricksEnvironment, ARM_DATABRICKS_RESOURCE_ID
import databricks.sdk.azure as azure
kept, azure.add_sp_management_token = azure.add_sp_management_token, lambda *_: None
here = AzureEnvironment("PUBLIC", "https://management.core.windows.net/", "", os.environ["DATABRICKS_HOST"] + "/")
Config(databricks_environment=DatabricksEnvironment(Cloud.AZURE, "", ARM_DATABRICKS_RESOURCE_ID, here)).authenticate()
azure.add_sp_management_token = kept
"""
    run(script)
    path, authorization, kind, form = token_request(fake)
    assert form.pop("scope") == "all-apis"
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", fake.url)
    Workspace().user_name  # noqa: B018
    assert token_request(fake) == (path, authorization, kind, form)


SETTINGS: list[tuple[dict[str, str], str]] = [
    ({}, ""),
    ({}, "two"),
    ({}, "gone"),
    ({}, "__settings__"),
    ({"DATABRICKS_CONFIG_PROFILE": "two"}, ""),
    ({"DATABRICKS_CONFIG_PROFILE": "two"}, "robot"),
    ({"DATABRICKS_HOST": "env.example"}, ""),
    ({"DATABRICKS_HOST": "https://env.example:443/"}, "two"),
    ({"DATABRICKS_TOKEN": "env"}, ""),
    ({"DATABRICKS_TOKEN": "env"}, "two"),
    ({"DATABRICKS_TOKEN": "env"}, "robot"),
    ({"DATABRICKS_TOKEN": "env", "DATABRICKS_AUTH_TYPE": "pat"}, "robot"),
    ({"DATABRICKS_HOST": "env.example", "DATABRICKS_TOKEN": "env", "ARM_CLIENT_ID": "a"}, ""),
    ({"DATABRICKS_HOST": "env.example", "DATABRICKS_CLIENT_ID": "i", "DATABRICKS_CLIENT_SECRET": "s"}, ""),
    ({"DATABRICKS_AZURE_RESOURCE_ID": "/subscriptions/1", "DATABRICKS_HOST": "h.example"}, "entra"),
    ({"DATABRICKS_CONFIG_FILE": "~/other"}, ""),
    ({"DATABRICKS_CONFIG_FILE": "/nowhere", "DATABRICKS_HOST": "h.example", "DATABRICKS_TOKEN": "t"}, ""),
    ({"ARM_TENANT_ID": "t", "DATABRICKS_HOST": "h.example"}, ""),
]
FILE = """# made up
[DEFAULT]
host = https://one.example/
token = first
[two]
HOST = two.example
token: sec;ond
[robot]
host = robot.example
client_id = id
client_secret = shh
[entra]
azure_client_id = a
azure_client_secret = shh
azure_tenant_id = t
"""
FIELDS = ["host", "client_id", "azure_client_id", "azure_tenant_id", "azure_workspace_resource_id"]


def test_settings_come_from_the_same_places(
    clean: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """databricks-sdk's Config, without its network calls, on the same variables and files."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    (home / ".databrickscfg").write_text(FILE)
    (home / "other").write_text("[__settings__]\ndefault_profile = x\n[x]\nhost = x.example\ntoken = t\n")
    theirs = run(
        """
import json, os, sys
from databricks.sdk.config import Config
class Offline(Config):
    def _resolve_host_metadata(self): pass
    def init_auth(self): pass
before, out = dict(os.environ), []
for variables, profile in json.loads(sys.argv[1]):
    os.environ.clear()
    os.environ.update(before | variables)
    try:
        config = Offline(**({"profile": profile} if profile else {}))
        out.append([getattr(config, name) or "" for name in json.loads(sys.argv[2])])
    except ValueError:
        out.append("error")
os.environ.clear()
os.environ.update(before)
value = out
""",
        json.dumps(SETTINGS),
        json.dumps(FIELDS),
    )
    ours: list[Any] = []
    from assay import AuthError
    from assay.tracking.databricks import Config

    for variables, profile in SETTINGS:
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            try:
                config = Config(profile=profile)
                ours.append([getattr(config, name) for name in FIELDS])
            except AuthError:
                ours.append("error")
    different = [(s, t, o) for s, t, o in zip(SETTINGS, theirs, ours, strict=True) if t != o]
    # databricks-sdk takes settings without any host, and fails at the first request.
    assert [d for d in different if d[1] == "error" or d[1][0]] == []

"""Models in Unity Catalog: the version, its files in each cloud, and what goes wrong between."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fake_databricks import FakeWorkspace, Got, refusal

import assay
from assay.tracking.databricks import Workspace

NAME = "main.icu.soap_generator"
MLMODEL = """artifact_path: model
flavors:
  python_function:
    loader_module: assay.pyfunc
signature:
  inputs: '[{"type": "string", "name": "patient_id", "required": true}]'
  outputs: '[{"type": "string", "required": true}]'
  params: null
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "data" / "deep").mkdir(parents=True)
    (folder / "MLmodel").write_text(MLMODEL)
    (folder / "data" / "weights.bin").write_bytes(bytes(range(256)) * 100)
    (folder / "data" / "deep" / "a b.json").write_text("{}")
    (folder / "data" / "empty").touch()
    return folder


def expected(model: Path, prefix: str) -> dict[str, bytes]:
    return {prefix + p.relative_to(model).as_posix(): p.read_bytes() for p in model.rglob("*") if p.is_file()}


def order(fake: FakeWorkspace) -> list[str]:
    """The calls to the registry, and one "upload" for all that went to storage between."""
    names = [r.path.rpartition("/")[2] if r.path.startswith("/api/") else "upload" for r in fake.take()]
    return [name for i, name in enumerate(names) if i == 0 or name != names[i - 1]]


def set_up(fake: FakeWorkspace, cloud: str) -> str:
    """The credentials of a cloud, and where its objects appear."""
    if cloud == "s3":
        return "s3/made-up-bucket/models/1/"
    if cloud == "azure":
        fake.credentials = fake.azure_credentials()
        fake.storage_location = "abfss://box@account.dfs.core.windows.net/models/a%20b"
        return "azure/box/models/a b/"
    fake.credentials = fake.gcp_credentials()
    fake.storage_location = "gs://made-up-bucket/models/1"
    return "gcs/made-up-bucket/models/1/"


@pytest.mark.parametrize("cloud", ["s3", "azure", "gcs"])
def test_a_version_is_made_filled_and_finalized(
    fake: FakeWorkspace, workspace: Workspace, model: Path, cloud: str
) -> None:
    prefix = set_up(fake, cloud)
    version = workspace.register_model(
        NAME, model, source="runs:/run1/model", run_id="run1", description="made up", tags={"a": "1"}
    )
    assert (version.name, version.version, version.status) == (NAME, "1", "READY")
    assert fake.storage.objects == expected(model, prefix)
    taken = fake.take()
    body = next(r for r in taken if r.path.endswith("model-versions/create")).json
    assert body == {
        "name": NAME,
        "source": "runs:/run1/model",
        "feature_deps": "",
        "run_id": "run1",
        "description": "made up",
        "tags": [{"key": "a", "value": "1"}],
    }
    fake.requests = taken
    assert order(fake) == [
        "create",
        "registered-models:is-databricks-sdk-models-artifact-repository-enabled",
        "generate-temporary-credentials",
        "upload",
        "finalize",
    ]
    assert workspace.register_model(NAME, model, source="x").version == "2"


@pytest.mark.parametrize("cloud", ["s3", "azure"])
def test_large_files_go_in_parts(fake: FakeWorkspace, model: Path, cloud: str) -> None:
    prefix = set_up(fake, cloud)
    endpoints = {"s3_endpoint": f"{fake.url}/s3", "azure_endpoint": f"{fake.url}/azure"}
    Workspace(part_size=10_000, **endpoints).register_model(NAME, model, source="x")
    assert fake.storage.objects == expected(model, prefix)
    assert max(len(r.body) for r in fake.take()) == 10_000


def test_the_buckets_encryption_is_asked_for(fake: FakeWorkspace, model: Path) -> None:
    details = {"algorithm": "AWS_SSE_KMS", "aws_kms_key_arn": "arn:made-up"}
    fake.credentials |= {"encryption_details": {"sse_encryption_details": details}}
    fake.storage.encryption = {
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": "arn:made-up",
    }
    Workspace(part_size=10_000, s3_endpoint=f"{fake.url}/s3").register_model(NAME, model, source="x")
    assert len(fake.storage.objects) == 4


@pytest.mark.parametrize("cloud", ["s3", "azure", "gcs"])
def test_credentials_that_ran_out_are_renewed(
    fake: FakeWorkspace, workspace: Workspace, model: Path, cloud: str
) -> None:
    prefix = set_up(fake, cloud)
    uploads = []

    def run_out(got: Got) -> None:
        """From the third upload on the storage wants newer credentials."""
        if got.path.startswith(f"/{cloud}/"):
            uploads.append(got)
            if len(uploads) == 3:
                fake.storage.key.session = "made-up-newer-session"
                fake.storage.sas = "sig=newer"
                fake.storage.gcs_token = "ya29.newer"
                make = {
                    "s3": fake.aws_credentials,
                    "azure": fake.azure_credentials,
                    "gcs": fake.gcp_credentials,
                }
                fake.credentials = make[cloud]()

    fake.fault = run_out
    workspace.register_model(NAME, model, source="x")
    assert fake.storage.objects == expected(model, prefix)
    asked = [r for r in fake.take() if r.path.endswith("generate-temporary-credentials")]
    assert len(asked) == 2


def test_databricks_own_storage_and_the_files_api(
    fake: FakeWorkspace, workspace: Workspace, model: Path
) -> None:
    fake.credentials |= {"storage_mode": "DEFAULT_STORAGE"}
    workspace.register_model(NAME, model, source="x")
    assert fake.storage.objects == expected(model, "Models/main/icu/soap_generator/1/")
    fake.files_api_for_models = True
    workspace.register_model(NAME, model, source="x")
    assert fake.files == expected(model, "/Models/main/icu/soap_generator/2/")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("flavors: {}\n", "got none"),
        (MLMODEL.replace("  outputs: '[{", "  outputs: null # '[{").partition(" #")[0], "without outputs"),
        ("signature: null\noutputs: x\ninputs: y\n", "got none"),
        (MLMODEL.replace("  inputs:", "  other:"), "without inputs"),
    ],
)
def test_a_model_without_signature_is_refused_before_anything_is_sent(
    fake: FakeWorkspace, workspace: Workspace, model: Path, text: str, found: str
) -> None:
    (model / "MLmodel").write_text(text)
    with pytest.raises(assay.ValueError, match=found):
        workspace.register_model(NAME, model, source="x")
    (model / "MLmodel").unlink()
    with pytest.raises(assay.ValueError, match="found no MLmodel"):
        workspace.register_model(NAME, model, source="x")
    assert fake.take() == []


def test_the_signature_of_an_mlmodel_in_json(fake: FakeWorkspace, workspace: Workspace, model: Path) -> None:
    """As Assay writes it."""
    signature = {"inputs": "[{}]", "outputs": "[{}]", "params": None}
    (model / "MLmodel").write_text(json.dumps({"flavors": {}, "signature": signature}, indent=2))
    assert workspace.register_model(NAME, model, source="x").status == "READY"
    fake.take()
    for missing, found in ({"outputs": None}, "without outputs"), ({"inputs": None}, "without inputs"):
        (model / "MLmodel").write_text(json.dumps({"signature": signature | missing}))
        with pytest.raises(assay.ValueError, match=found):
            workspace.register_model(NAME, model, source="x")
    (model / "MLmodel").write_text('{"signature": null}')
    with pytest.raises(assay.ValueError, match="got none"):
        workspace.register_model(NAME, model, source="x")
    assert fake.take() == []


@pytest.mark.parametrize(
    "name", ["soap", "icu.soap", "main.icu.soap.x", "main..soap", "main.icu.so ap", "a.b/c.d", ""]
)
def test_names_have_three_levels(fake: FakeWorkspace, workspace: Workspace, model: Path, name: str) -> None:
    with pytest.raises(assay.ValueError, match=r"catalog\.schema\.model"):
        workspace.register_model(name, model, source="x")
    assert fake.take() == []


def test_a_version_whose_files_did_not_arrive_is_deleted_again(
    fake: FakeWorkspace, workspace: Workspace, model: Path
) -> None:
    fake.fault = lambda got: refusal(400, "") if got.path.endswith("weights.bin") else None
    with pytest.raises(assay.HttpError, match=r"weights\.bin"):
        workspace.register_model(NAME, model, source="x")
    assert fake.versions == {}


def test_a_version_is_not_made_twice(fake: FakeWorkspace, workspace: Workspace, model: Path) -> None:
    fake.fail_once("POST", "model-versions/create", refusal(503, "TEMPORARILY_UNAVAILABLE", Retry_After="0"))
    assert workspace.register_model(NAME, model, source="x").version == "1"
    fake.fail_once("POST", "model-versions/create", refusal(500, "INTERNAL_ERROR"), times=9)
    fake.take()
    with pytest.raises(assay.HttpError):  # whether it made one is open: asking again could make a second
        workspace.register_model(NAME, model, source="x")
    assert [r.path for r in fake.take()].count("/api/2.0/mlflow/unity-catalog/model-versions/create") == 1


def test_unknown_credentials_and_places(fake: FakeWorkspace, workspace: Workspace, model: Path) -> None:
    fake.credentials = {"carrier_pigeon": {}}
    with pytest.raises(assay.HttpError, match="no credentials for"):
        workspace.register_model(NAME, model, source="x")
    fake.credentials = fake.aws_credentials()
    fake.storage_location = "ftp://x/y"
    with pytest.raises(assay.ValueError, match="storage location"):
        workspace.register_model(NAME, model, source="x")
    assert fake.versions == {}


def test_nothing_of_the_workspace_reaches_the_storage(
    fake: FakeWorkspace, workspace: Workspace, model: Path
) -> None:
    workspace.register_model(NAME, model, source="x")
    for request in fake.take():
        if not request.path.startswith("/api/"):
            assert fake.pat not in repr(request.headers)

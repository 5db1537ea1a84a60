"""Artifacts of runs and logged models: signed links to each cloud, and volumes."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_databricks import FakeWorkspace, Got, as_json, refusal

import assay
from assay.tracking.databricks import Workspace

RUN = "dbfs:/databricks/mlflow-tracking/1/run1/artifacts"
MODEL = "dbfs:/databricks/mlflow-tracking/1/logged_models/m-1/artifacts"
KINDS = ["AWS_PRESIGNED_URL", "GCP_SIGNED_URL", "AZURE_SAS_URI", "AZURE_ADLS_GEN2_SAS_URI"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "note.txt"
    path.write_bytes(bytes(range(256)) * 100)
    return path


@pytest.fixture
def parts(fake: FakeWorkspace) -> Workspace:
    """Parts of 10,000 bytes, so that 25,600 are three."""
    return Workspace(part_size=10_000, multipart_from=20_000)


@pytest.mark.parametrize("kind", KINDS)
def test_one_file_by_each_kind_of_link(
    fake: FakeWorkspace, workspace: Workspace, file: Path, kind: str
) -> None:
    fake.link_type = kind
    workspace.upload_artifact(RUN, "notes/a b.txt", file)
    assert fake.storage.objects == {"run1/notes/a b.txt": file.read_bytes()}
    workspace.upload_artifact(f"{RUN}/deep", "c.txt", file)
    assert "run1/deep/c.txt" in fake.storage.objects


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_file(fake: FakeWorkspace, workspace: Workspace, tmp_path: Path, kind: str) -> None:
    fake.link_type = kind
    (tmp_path / "empty").touch()
    workspace.upload_artifact(RUN, "empty", tmp_path / "empty")
    assert fake.storage.objects["run1/empty"] == b""


@pytest.mark.parametrize("kind", KINDS)
def test_a_large_file_goes_in_parts(fake: FakeWorkspace, parts: Workspace, file: Path, kind: str) -> None:
    fake.link_type = kind
    parts.upload_artifact(RUN, "big", file)
    assert fake.storage.objects == {"run1/big": file.read_bytes()}
    sent = [r for r in fake.take() if r.body and not r.path.startswith("/api/")]
    whole = [len(file.read_bytes())]
    sizes = [len(r.body) for r in sent if b"<Block" not in r.body]
    assert sizes == (whole if kind == "GCP_SIGNED_URL" else [10_000, 10_000, 5_600])


@pytest.mark.parametrize("kind", KINDS)
def test_a_link_that_ran_out_is_replaced_once(
    fake: FakeWorkspace, parts: Workspace, file: Path, kind: str
) -> None:
    fake.link_type = kind
    asked = []

    def ran_out(got: Got) -> None:
        """As the first bytes arrive, every link so far is too old."""
        if got.body and not got.path.startswith("/api/") and not asked:
            asked.append(got)
            fake.storage.expire()

    fake.fault = ran_out
    if kind == "AWS_PRESIGNED_URL":  # each part has a link of its own, and is asked for by itself
        for _ in range(1):
            parts.upload_artifact(RUN, "big", file)
        renewals = [r for r in fake.take() if r.path.endswith("get-presigned-upload-part-url")]
        assert [r.query["part_number"] for r in renewals] == ["1", "2", "3"]
    else:
        parts.upload_artifact(RUN, "big", file)
        asked_for = [r for r in fake.take() if r.path.endswith("credentials-for-write")]
        assert len(asked_for) == 2
    assert fake.storage.objects == {"run1/big": file.read_bytes()}


def test_a_link_refused_twice_is_an_error_that_shows_no_signature(
    fake: FakeWorkspace, workspace: Workspace, file: Path
) -> None:
    fake.fault = lambda got: refusal(403, "") if got.path.startswith("/signed") else None
    with pytest.raises(assay.AuthError) as caught:
        workspace.upload_artifact(RUN, "a", file)
    assert "sig" not in str(caught.value).replace("/signed", "")
    assert [r.path.rpartition("/")[2] for r in fake.take()] == ["credentials-for-write", "a"] * 2


def test_an_upload_in_parts_that_fails_is_ended_there(fake: FakeWorkspace, file: Path) -> None:
    parts = Workspace(part_size=10_000, multipart_from=20_000, deadline=0.1)
    fake.fault = lambda got: refusal(400, "") if got.path.endswith(".part2") else None
    with pytest.raises(assay.HttpError):
        parts.upload_artifact(RUN, "big", file)
    assert repr(fake.take()[-1]).startswith("DELETE /signed/run1/big.abort")


def test_a_busy_cloud_is_asked_again(fake: FakeWorkspace, workspace: Workspace, file: Path) -> None:
    fake.fail_once("PUT", "/signed", refusal(503, "", Retry_After="0"), times=2)
    workspace.upload_artifact(RUN, "a", file)
    assert fake.storage.objects["run1/a"] == file.read_bytes()


def test_logged_models_and_volumes(
    fake: FakeWorkspace, workspace: Workspace, file: Path, tmp_path: Path
) -> None:
    workspace.upload_artifact(f"{MODEL}/data", "MLmodel", file)
    assert "m-1/data/MLmodel" in fake.storage.objects
    assert [r.json for r in fake.take() if r.path.endswith("upload")] == [{"paths": ["data/MLmodel"]}]
    volume = "dbfs:/Volumes/main/icu/notes/1/run1/artifacts"
    workspace.upload_artifact(volume, "deep/a", file)
    assert fake.files == {"/Volumes/main/icu/notes/1/run1/artifacts/deep/a": file.read_bytes()}
    workspace.download_artifact(volume, "deep/a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == file.read_bytes()


def test_downloads_by_a_link(fake: FakeWorkspace, workspace: Workspace, file: Path, tmp_path: Path) -> None:
    workspace.upload_artifact(RUN, "a", file)
    workspace.download_artifact(RUN, "a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == file.read_bytes()
    once = []

    def ran_out(got: Got) -> None:
        if got.method == "GET" and got.path.startswith("/signed") and not once:
            once.append(got)
            fake.storage.expire()

    fake.fault = ran_out
    workspace.download_artifact(RUN, "a", tmp_path / "c")
    assert (tmp_path / "c").read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    "uri", ["", "s3://b/x", "dbfs:/tmp/x", "dbfs:/databricks/mlflow-tracking/1", "dbfs:/Volumes/a/b"]
)
def test_other_places_are_refused(workspace: Workspace, file: Path, uri: str) -> None:
    with pytest.raises(assay.ValueError, match="dbfs:/Volumes"):
        workspace.upload_artifact(uri, "a", file)


@pytest.mark.parametrize("path", ["", "..", "../a", "a/../../b", "/a", "a//b", "a/"])
def test_paths_stay_inside(workspace: Workspace, file: Path, path: str) -> None:
    with pytest.raises(assay.ValueError, match="without"):
        workspace.upload_artifact(RUN, path, file)


def test_answers_that_are_no_links(fake: FakeWorkspace, workspace: Workspace, file: Path) -> None:
    for answer in ({}, {"credential_infos": []}, {"credential_infos": [{"signed_uri": "x", "type": "FTP"}]}):
        fake.fail_once("POST", "credentials-for-write", as_json(answer))
        with pytest.raises(assay.HttpError, match="signed no link"):
            workspace.upload_artifact(RUN, "a", file)

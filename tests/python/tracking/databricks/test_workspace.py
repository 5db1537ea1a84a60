"""Folders of experiments, and files in volumes."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_databricks import Answer, FakeWorkspace, refusal

import assay
from assay.tracking.databricks import Workspace

VOLUME = "/Volumes/main/icu/notes"


def calls(fake: FakeWorkspace) -> list[str]:
    return [f"{r.method} {r.path.rpartition('/')[2]}" for r in fake.take()]


def test_experiment_names_stand_in_the_users_folder(
    fake: FakeWorkspace, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert workspace.experiment_path("icu/sepsis") == "/Users/ann@example.com/icu/sepsis"
    assert workspace.experiment_path("/Shared/icu") == "/Shared/icu"
    monkeypatch.setenv("ASSAY_DATABRICKS_FOLDER", "/Shared/hospital/")
    fake.take()
    assert workspace.experiment_path("icu/sepsis") == "/Shared/hospital/icu/sepsis"
    assert fake.take() == []
    for name in ("", "icu//sepsis", "/Shared/icu/", "/"):
        with pytest.raises(assay.ValueError):
            workspace.experiment_path(name)


def test_missing_folders_are_made_and_only_then(fake: FakeWorkspace, workspace: Workspace) -> None:
    first = workspace.ensure_experiment("/Shared/icu/night/sepsis")
    by_name, create = "GET get-by-name", "POST create"
    assert calls(fake) == [by_name, create, "POST mkdirs", create, by_name]
    assert "/Shared/icu/night" in fake.folders
    assert workspace.ensure_experiment("/Shared/icu/night/sepsis") == first
    assert calls(fake) == [by_name]
    workspace.ensure_experiment("/Shared/icu/night/shock")
    assert calls(fake) == [by_name, create, by_name]


def test_another_client_may_be_faster(fake: FakeWorkspace, workspace: Workspace) -> None:
    def faster(got: object) -> Answer | None:
        if not str(got).startswith("POST /api/2.0/mlflow/experiments/create"):
            return None
        fake.fault = None
        fake.experiments["/Shared/a"] = {
            "experiment_id": "7",
            "name": "/Shared/a",
            "lifecycle_stage": "active",
        }
        return refusal(400, "RESOURCE_ALREADY_EXISTS")

    fake.fault = faster
    assert workspace.ensure_experiment("/Shared/a") == "7"


def test_a_deleted_experiment_and_refusals(fake: FakeWorkspace, workspace: Workspace) -> None:
    fake.experiments["/Shared/old"] = {
        "experiment_id": "3",
        "name": "/Shared/old",
        "lifecycle_stage": "deleted",
    }
    with pytest.raises(assay.StateError, match="trash"):
        workspace.ensure_experiment("/Shared/old")
    fake.experiments["/Shared/taken"] = {"experiment_id": "4", "name": "/Shared/taken"}
    with pytest.raises(assay.HttpError) as caught:
        workspace.create_workspace_folders("/Shared/taken/below")
    assert caught.value.error_code == "RESOURCE_ALREADY_EXISTS"
    fake.fail_once("POST", "create", refusal(403, "PERMISSION_DENIED"))
    with pytest.raises(assay.AuthError) as refused:
        workspace.ensure_experiment("/Shared/new")
    assert refused.value.error_code == "PERMISSION_DENIED"


@pytest.mark.parametrize("status", [429, 503])
def test_an_overloaded_workspace_is_asked_again(
    fake: FakeWorkspace, workspace: Workspace, status: int
) -> None:
    fake.fail_once("POST", "mkdirs", refusal(status, "REQUEST_LIMIT_EXCEEDED", Retry_After="0"), times=2)
    workspace.create_workspace_folders("/Shared/x/y")
    assert calls(fake) == ["POST mkdirs"] * 3


def test_a_file_goes_to_a_volume_and_comes_back(
    fake: FakeWorkspace, workspace: Workspace, tmp_path: Path
) -> None:
    place = f"{VOLUME}/Ünïcode & more/a b.txt"
    (tmp_path / "a").write_bytes(bytes(range(256)) * 9000)
    workspace.upload_file(place, tmp_path / "a")
    [request] = fake.take()
    assert request.target == (
        "/api/2.0/fs/files/Volumes/main/icu/notes/%C3%9Cn%C3%AFcode%20%26%20more/a%20b.txt?overwrite=true"
    )
    assert workspace.file_size(place) == 256 * 9000
    workspace.download_file(place, tmp_path / "deep" / "b")
    assert (tmp_path / "deep" / "b").read_bytes() == fake.files[place]
    workspace.remove_file(place)
    assert workspace.file_size(place) is None
    with pytest.raises(assay.HttpError) as caught:
        workspace.download_file(place, tmp_path / "c")
    assert caught.value.error_code == "NOT_FOUND"
    assert not list(tmp_path.glob("c*"))


def test_an_empty_file_and_one_that_is_there(
    fake: FakeWorkspace, workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "empty").touch()
    workspace.upload_file(f"{VOLUME}/empty", tmp_path / "empty")
    assert fake.files[f"{VOLUME}/empty"] == b""
    with pytest.raises(assay.HttpError) as caught:
        workspace.upload_file(f"{VOLUME}/empty", tmp_path / "empty", overwrite=False)
    assert caught.value.error_code == "ALREADY_EXISTS"
    with pytest.raises(assay.IoError):
        workspace.upload_file(f"{VOLUME}/x", tmp_path / "missing")
    with pytest.raises(assay.ValueError):
        workspace.upload_file("Volumes/x", tmp_path / "empty")


def test_a_token_that_ends_during_an_upload_is_renewed(
    fake: FakeWorkspace, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABRICKS_TOKEN")
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", fake.client_id)
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", fake.client_secret)
    robot = Workspace()
    (tmp_path / "a").write_bytes(b"made up")
    robot.upload_file(f"{VOLUME}/a", tmp_path / "a")
    fake.expire_tokens()
    robot.upload_file(f"{VOLUME}/b", tmp_path / "a")
    assert fake.files[f"{VOLUME}/b"] == b"made up"


def test_folders_of_a_volume(fake: FakeWorkspace, workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    for name in "abc":
        workspace.upload_file(f"{VOLUME}/{name}", tmp_path / "a")
    workspace.create_folder(f"{VOLUME}/deep")
    assert workspace.folder_exists(f"{VOLUME}/deep")
    listed = workspace.list_folder(VOLUME)  # two to a page
    assert [(e.path.rpartition("/")[2], e.is_folder, e.size) for e in listed] == [
        ("a", False, 5),
        ("b", False, 5),
        ("c", False, 5),
        ("deep", True, 0),
    ]
    workspace.remove_folder(f"{VOLUME}/deep")
    assert not workspace.folder_exists(f"{VOLUME}/deep")


def test_a_lost_answer_and_a_cut_download(fake: FakeWorkspace, workspace: Workspace, tmp_path: Path) -> None:
    fake.files[f"{VOLUME}/a"] = b"made up"
    fake.fail_once("GET", "/fs/files", Answer(hang_up=True))
    workspace.download_file(f"{VOLUME}/a", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"made up"
    fake.fail_once("GET", "/fs/files", Answer(200, b"made", {"Content-Length": "7"}), times=9)
    with pytest.raises(assay.HttpError):
        Workspace(deadline=0.1).download_file(f"{VOLUME}/a", tmp_path / "b")
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["a"]

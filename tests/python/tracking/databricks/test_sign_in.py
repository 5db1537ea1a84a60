"""Signing in: what is asked of the token endpoints, when it is asked again, and what never shows."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from fake_databricks import Answer, FakeWorkspace, as_json, refusal

import assay
from assay.tracking.databricks import Config, Workspace


@pytest.fixture
def robot(fake: FakeWorkspace, monkeypatch: pytest.MonkeyPatch) -> FakeWorkspace:
    """A service principal in place of a token."""
    monkeypatch.delenv("DATABRICKS_TOKEN")
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", fake.client_id)
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", fake.client_secret)
    return fake


def test_a_token_is_sent_as_it_is(fake: FakeWorkspace) -> None:
    workspace = Workspace()
    assert workspace.user_name == "ann@example.com"
    [request] = fake.take()
    assert request.headers["authorization"] == f"Bearer {fake.pat}"
    assert Config().auth_type == "pat"


def test_oauth_fetches_one_token_and_keeps_it(robot: FakeWorkspace) -> None:
    workspace = Workspace()
    assert robot.take() == []  # nothing before the first call
    for _ in range(3):
        workspace.user_name  # noqa: B018
    assert [r.path for r in robot.take()] == ["/oidc/v1/token"] + ["/api/2.0/preview/scim/v2/Me"] * 3


def test_oauth_token_refused_by_the_workspace_is_renewed_once(robot: FakeWorkspace) -> None:
    workspace = Workspace()
    workspace.user_name  # noqa: B018
    robot.expire_tokens()
    assert workspace.user_name == "ann@example.com"
    assert robot.issued == 2
    robot.fail_once("GET", "/Me", refusal(401, "UNAUTHENTICATED"), times=5)
    robot.take()
    with pytest.raises(assay.AuthError, match="401"):
        workspace.user_name  # noqa: B018
    assert [r.path.rpartition("/")[2] for r in robot.take()] == ["Me", "token", "Me"]


def test_oauth_token_that_lives_shortly_is_renewed_before_it_ends(robot: FakeWorkspace) -> None:
    robot.lifetime = 0  # told none: five minutes are taken
    workspace = Workspace()
    workspace.user_name, workspace.user_name  # noqa: B018
    assert robot.issued == 1


def test_many_threads_share_one_token(robot: FakeWorkspace) -> None:
    workspace = Workspace()
    names: list[str] = []
    threads = [threading.Thread(target=lambda: names.append(workspace.user_name)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names == ["ann@example.com"] * 8
    assert robot.issued == 1


def test_a_wrong_secret_is_said_without_it(robot: FakeWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", "dose-wrong-secret")
    with pytest.raises(assay.AuthError, match="invalid_client") as caught:
        Workspace().user_name  # noqa: B018
    assert "dose-wrong-secret" not in str(caught.value)


def test_entra_principal(fake: FakeWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABRICKS_TOKEN")
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", fake.url)
    monkeypatch.setenv("ARM_TENANT_ID", "made-up-tenant")
    monkeypatch.setenv("ARM_CLIENT_ID", fake.client_id)
    monkeypatch.setenv("ARM_CLIENT_SECRET", fake.client_secret)
    assert Config().auth_type == "azure-client-secret"
    assert Workspace().user_name == "ann@example.com"


def test_a_busy_token_endpoint_is_asked_again(robot: FakeWorkspace) -> None:
    robot.fail_once("POST", "/token", Answer(503, b"", {"Retry-After": "0"}))
    assert Workspace().user_name == "ann@example.com"


def test_a_login_page_is_no_token(robot: FakeWorkspace) -> None:
    robot.fail_once("POST", "/token", Answer(200, b"<html>", {"Content-Type": "text/html"}))
    with pytest.raises(assay.HttpError, match="login page"):
        Workspace().user_name  # noqa: B018
    robot.fail_once("POST", "/token", as_json({"access_token": ""}))
    with pytest.raises(assay.HttpError, match="without an access token"):
        Workspace().user_name  # noqa: B018


def test_a_profile_and_its_missing_parts(
    clean: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "cfg"
    file.write_text("[work]\nhost = https://made-up.example\n")
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(file))
    with pytest.raises(assay.AuthError, match=r"expected a token.*profile 'work'"):
        Workspace("work")
    with pytest.raises(assay.AuthError, match="'play'"):
        Workspace("play")
    file.write_text("[work]\nhost = https://made-up.example\ntoken = dapi-made-up\n")
    assert Workspace("work").host == "https://made-up.example"
    config = Config(profile="work")
    assert "dapi" not in repr(config)
    assert not hasattr(config, "token")

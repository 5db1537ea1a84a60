"""A workspace's REST interface as databricks-sdk and mlflow speak it, checking each request member by member."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from fake_databricks.server import Answer, FakeServer, Got, as_json, expect, refusal
from fake_databricks.storage import FakeStorage

ML = "/api/2.0/mlflow/"
UC = "/api/2.0/mlflow/unity-catalog/"
KINDS = {
    "AWS_PRESIGNED_URL": "signed",
    "GCP_SIGNED_URL": "signed",
    "AZURE_SAS_URI": "blob",
    "AZURE_ADLS_GEN2_SAS_URI": "lake",
}


def members(body: Any, required: dict[str, type], optional: dict[str, type] | None = None) -> None:
    """Exactly these members, of these types."""
    optional = optional or {}
    expect(isinstance(body, dict), "a JSON object")
    for name, kind in required.items():
        expect(isinstance(body.get(name), kind), f"{name}: {kind.__name__} in {body}")
    for name, value in body.items():
        kind = (required | optional).get(name)
        expect(kind is not None and isinstance(value, kind), f"no {name}={value!r}")


class FakeWorkspace(FakeServer):
    """One workspace. Its state is public: tests set it up and look at it."""

    pat = "dapi-made-up"
    client_id = "made-up-client"
    client_secret = "made-up-client-secret"
    user = "ann@example.com"

    def __init__(self) -> None:
        super().__init__()
        self.storage = FakeStorage(self)
        self.tokens = {self.pat}
        self.issued = 0
        self.lifetime = 3600
        self.folders = {"/", "/Users", f"/Users/{self.user}", "/Shared"}
        self.experiments: dict[str, dict[str, Any]] = {}
        self.files: dict[str, bytes] = {}
        self.directories: set[str] = {"/Volumes/main/icu/notes"}
        self.link_type = "AWS_PRESIGNED_URL"
        self.models: set[str] = set()
        self.versions: dict[tuple[str, str], dict[str, Any]] = {}
        self.storage_location = "s3://made-up-bucket/models/1"
        self.credentials: dict[str, Any] = self.aws_credentials()
        self.files_api_for_models = False
        self._routes_of_sign_in()
        self._routes_of_tracking()
        self._routes_of_files()
        self._routes_of_registry()

    # Credentials that Unity Catalog hands out.

    def aws_credentials(self) -> dict[str, Any]:
        key = self.storage.key
        aws = {"access_key_id": key.id, "secret_access_key": key.secret, "session_token": key.session}
        return {"aws_temp_credentials": aws, "expiration_time": 1, "storage_mode": "CUSTOMER_HOSTED"}

    def azure_credentials(self) -> dict[str, Any]:
        return {"azure_user_delegation_sas": {"sas_token": self.storage.sas}}

    def gcp_credentials(self) -> dict[str, Any]:
        return {"gcp_oauth_token": {"oauth_token": self.storage.gcs_token}}

    # Signing in.

    def api(self, method: str, path: str, handler: Callable[[Got, re.Match[str]], Answer]) -> None:
        """A route that asks for a token."""

        def checked(got: Got, match: re.Match[str]) -> Answer:
            token = got.headers.get("authorization", "").removeprefix("Bearer ")
            if token not in self.tokens:
                return refusal(401, "UNAUTHENTICATED", "the token is not valid")
            if got.body and "fs/files" not in path:
                expect(got.headers.get("content-type", "").startswith("application/json"), "JSON")
            return handler(got, match)

        self.route(method, path, checked)

    def new_token(self) -> str:
        self.issued += 1
        token = f"made-up-oauth-{self.issued}"
        self.tokens.add(token)
        return token

    def expire_tokens(self) -> None:
        self.tokens = {self.pat}

    def _routes_of_sign_in(self) -> None:
        self.route(
            "GET",
            r"/\.well-known/databricks-config",
            lambda *_: as_json({"oidc_endpoint": f"{self.url}/oidc"}),
        )
        endpoints = {
            "authorization_endpoint": f"{self.url}/no",
            "token_endpoint": f"{self.url}/oidc/v1/token",
        }
        self.route("GET", r"/oidc/\.well-known/oauth-authorization-server", lambda *_: as_json(endpoints))
        self.route("POST", r"/oidc/v1/token", lambda got, _: self._workspace_token(got))
        self.route("POST", r"/made-up-tenant/oauth2/token", lambda got, _: self._entra_token(got))
        self.api(
            "GET",
            r"/api/2\.0/preview/scim/v2/Me",
            lambda *_: as_json({"userName": self.user, "active": True}),
        )

    def _workspace_token(self, got: Got) -> Answer:
        basic = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if got.headers.get("authorization") != f"Basic {basic}":
            return as_json({"error": "invalid_client", "error_description": "made up"}, 401)
        self._expect_form(got, {"grant_type": "client_credentials", "scope": "all-apis"})
        answer = {"access_token": self.new_token(), "token_type": "Bearer", "expires_in": self.lifetime}
        return as_json(answer)

    def _entra_token(self, got: Got) -> Answer:
        form = dict(parse_qsl(got.body.decode()))
        if form.get("client_secret") != self.client_secret:
            return as_json({"error": "invalid_client", "error_description": "AADSTS7000215"}, 401)
        form.pop("scope", None)  # databricks-sdk sends one, which this endpoint leaves aside
        expect(form.pop("resource") == "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d", "Databricks as resource")
        expect(form.pop("client_secret") == self.client_secret, "the secret")
        expect(form == {"grant_type": "client_credentials", "client_id": self.client_id}, f"no {form}")
        return as_json({"access_token": self.new_token(), "token_type": "Bearer", "expires_in": "3599"})

    @staticmethod
    def _expect_form(got: Got, form: dict[str, str]) -> None:
        expect(got.headers["content-type"] == "application/x-www-form-urlencoded", "a form")
        expect(dict(parse_qsl(got.body.decode())) == form, f"the form {form}")

    # Experiments, runs and their artifacts.

    def _routes_of_tracking(self) -> None:
        self.api("POST", r"/api/2\.0/workspace/mkdirs", lambda got, _: self._mkdirs(got.json))
        self.api("GET", ML + "experiments/get-by-name", lambda got, _: self._experiment(got.query))
        self.api("POST", ML + "experiments/create", lambda got, _: self._create_experiment(got.json))
        self.api("GET", ML + "runs/get", lambda got, _: self._run(got.query))
        for verb in ("read", "write"):
            self.api("POST", ML + f"artifacts/credentials-for-{verb}", lambda got, _: self._links(got.json))
        for verb in ("upload", "download"):
            path = ML + f"logged-models/([^/]+)/artifacts/credentials-for-{verb}"
            self.api("POST", path, lambda got, m: self._model_links(got.json, m[1]))
        self.api("POST", ML + "artifacts/create-multipart-upload", lambda got, _: self._begin_parts(got.json))
        self.api(
            "GET", ML + "artifacts/get-presigned-upload-part-url", lambda got, _: self._new_part(got.query)
        )
        self.api(
            "POST", ML + "artifacts/complete-multipart-upload", lambda got, _: self._join_parts(got.json)
        )

    def _mkdirs(self, body: Any) -> Answer:
        members(body, {"path": str})
        expect(body["path"].startswith("/") and not body["path"].endswith("/"), "an absolute path")
        parts = body["path"].split("/")[1:]
        for depth in range(1, len(parts) + 1):
            path = "/" + "/".join(parts[:depth])
            if path in self.experiments:
                return refusal(400, "RESOURCE_ALREADY_EXISTS", f"{path} is no folder")
            self.folders.add(path)
        return as_json({})

    def _experiment(self, query: dict[str, str]) -> Answer:
        expect(set(query) == {"experiment_name"}, "experiment_name alone")
        if (found := self.experiments.get(query["experiment_name"])) is None:
            return refusal(404, "RESOURCE_DOES_NOT_EXIST", "no such experiment")
        return as_json({"experiment": found})

    def _create_experiment(self, body: Any) -> Answer:
        members(body, {"name": str})
        name = body["name"]
        if not name.startswith("/"):
            return refusal(400, "INVALID_PARAMETER_VALUE", "an experiment's name is an absolute path")
        if name in self.experiments:
            return refusal(400, "RESOURCE_ALREADY_EXISTS", "taken")
        parent = name.rpartition("/")[0] or "/"
        if parent not in self.folders:
            return refusal(404, "RESOURCE_DOES_NOT_EXIST", f"Parent directory {parent} does not exist.")
        identity = str(len(self.experiments) + 1)
        self.experiments[name] = {
            "experiment_id": identity,
            "name": name,
            "artifact_location": f"dbfs:/databricks/mlflow-tracking/{identity}",
            "lifecycle_stage": "active",
        }
        return as_json({"experiment_id": identity})

    def _run(self, query: dict[str, str]) -> Answer:
        identity = query["run_id"]
        expect(set(query) <= {"run_id", "run_uuid"}, f"a run's id, not {query}")
        place = f"dbfs:/databricks/mlflow-tracking/1/{identity}/artifacts"
        info = {"run_id": identity, "experiment_id": "1", "status": "RUNNING", "artifact_uri": place}
        return as_json({"run": {"info": info, "data": {}}})

    def _link(self, owner: str, path: str) -> dict[str, Any]:
        headers = [{"name": "X-Made-Up", "value": "header"}] if KINDS[self.link_type] == "signed" else []
        uri = self.storage.sign(KINDS[self.link_type], f"{owner}/{path}")
        return {"signed_uri": uri, "type": self.link_type, "headers": headers}

    def _links(self, body: Any) -> Answer:
        members(body, {"run_id": str, "path": list})
        infos = [self._link(body["run_id"], p) | {"run_id": body["run_id"], "path": p} for p in body["path"]]
        return as_json({"credential_infos": infos})

    def _model_links(self, body: Any, model: str) -> Answer:
        members(body, {"paths": list})
        return as_json({"credentials": [{"credential_info": self._link(model, p)} for p in body["paths"]]})

    def _begin_parts(self, body: Any) -> Answer:
        members(body, {"run_id": str, "path": str, "num_parts": int})
        owner = body["run_id"]
        self._part_links = [
            self._link(owner, f"{body['path']}.part{n + 1}") for n in range(body["num_parts"])
        ]
        abort = self._link(owner, f"{body['path']}.abort")
        return as_json(
            {
                "upload_id": "mpu/1",
                "upload_credential_infos": self._part_links,
                "abort_credential_info": abort,
            }
        )

    def _new_part(self, query: dict[str, str]) -> Answer:
        expect(set(query) == {"run_id", "path", "upload_id", "part_number"}, f"four members, not {query}")
        link = self._link(query["run_id"], f"{query['path']}.part{query['part_number']}")
        return as_json({"upload_credential_info": link})

    def _join_parts(self, body: Any) -> Answer:
        members(body, {"run_id": str, "path": str, "upload_id": str, "part_etags": list})
        objects = self.storage.objects
        place = f"{body['run_id']}/{body['path']}"
        for number, part in enumerate(body["part_etags"], 1):
            members(part, {"part_number": int, "etag": str})
            expect(part["part_number"] == number, "parts in order")
        count = len(body["part_etags"])
        objects[place] = b"".join(objects.pop(f"{place}.part{n + 1}") for n in range(count))
        return as_json({})

    # The Files API.

    def _routes_of_files(self) -> None:
        for method in ("PUT", "GET", "HEAD", "DELETE"):
            self.api(method, r"/api/2\.0/fs/files(/.+)", lambda got, m: self._file(got, m[1]))
            self.api(method, r"/api/2\.0/fs/directories(/.+)", lambda got, m: self._directory(got, m[1]))
        closed = refusal(403, "PERMISSION_DENIED", "no presigned URLs in this workspace")
        self.api("POST", r"/api/2\.0/fs/create-download-url", lambda *_: closed)
        self.api("POST", r"/api/2\.0/fs/create-upload-url", lambda got, _: self._upload_url(got.json))

    def _file(self, got: Got, path: str) -> Answer:
        if got.method == "PUT":
            expect(got.headers.get("content-type") == "application/octet-stream", "an octet stream")
            expect(set(got.query) <= {"overwrite"}, "overwrite alone")
            if got.query.get("overwrite") == "false" and path in self.files:
                return refusal(409, "ALREADY_EXISTS", "taken")
            self.files[path] = got.body
            return Answer(204)
        expect(not got.query and not got.body, "nothing but the path")
        if path not in self.files:
            return refusal(404, "NOT_FOUND", "no such file")
        if got.method == "DELETE":
            del self.files[path]
            return Answer(204)
        content = self.files[path]
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(len(content))}
        return Answer(200, content if got.method == "GET" else b"", headers)

    def _directory(self, got: Got, path: str) -> Answer:
        path = path.rstrip("/")
        if got.method == "PUT":
            self.directories.add(path)
            return Answer(204)
        if path not in self.directories:
            return refusal(404, "NOT_FOUND", "no such folder")
        inside = sorted(p for p in self.files.keys() | self.directories if p.rpartition("/")[0] == path)
        if got.method == "DELETE":
            if inside:
                return refusal(400, "INVALID_PARAMETER_VALUE", "not empty")
            self.directories.remove(path)
            return Answer(204)
        begin = int(got.query.get("page_token", 0))
        contents = [
            {"path": p, "is_directory": p in self.directories, "file_size": len(self.files.get(p, b""))}
            for p in inside[begin : begin + 2]
        ]
        more = {"next_page_token": str(begin + 2)} if len(inside) > begin + 2 else {}
        return as_json({"contents": contents} | more)

    def _upload_url(self, body: Any) -> Answer:
        members(body, {"path": str})
        link = self.storage.sign("signed", body["path"].lstrip("/"))
        return as_json({"url": link, "headers": [{"name": "X-Made-Up", "value": "header"}]})

    # Unity Catalog's registry.

    def _routes_of_registry(self) -> None:
        question = "registered-models:is-databricks-sdk-models-artifact-repository-enabled"
        key = "is_databricks_sdk_models_artifact_repository_enabled"
        self.api("GET", UC + question, lambda *_: as_json({key: self.files_api_for_models}))
        self.api("POST", UC + "registered-models/create", lambda got, _: self._create_model(got.json))
        self.api("POST", UC + "model-versions/create", lambda got, _: self._create_version(got.json))
        path = UC + "model-versions/generate-temporary-credentials"
        self.api("POST", path, lambda got, _: self._credentials(got.json))
        self.api("POST", UC + "model-versions/finalize", lambda got, _: self._finalize(got.json))
        self.api("DELETE", UC + "model-versions/delete", lambda got, _: self._delete_version(got.json))

    def _create_model(self, body: Any) -> Answer:
        members(body, {"name": str}, {"description": str})
        if body["name"] in self.models:
            return refusal(400, "RESOURCE_ALREADY_EXISTS", "taken")
        self.models.add(body["name"])
        return as_json({"registered_model": {"name": body["name"]}})

    def _create_version(self, body: Any) -> Answer:
        optional = {"run_id": str, "model_id": str, "description": str, "tags": list, "feature_deps": str}
        members(body, {"name": str, "source": str}, optional)
        if body["name"] not in self.models:
            return refusal(404, "RESOURCE_DOES_NOT_EXIST", "no such model")
        number = str(1 + sum(name == body["name"] for name, _ in self.versions))
        version = {
            "name": body["name"],
            "version": number,
            "status": "PENDING_REGISTRATION",
            "storage_location": self.storage_location,
        }
        self.versions[body["name"], number] = version
        return as_json({"model_version": version})

    def _credentials(self, body: Any) -> Answer:
        members(body, {"name": str, "version": str, "operation": str})
        expect(body["operation"] == "MODEL_VERSION_OPERATION_READ_WRITE", "the right to write")
        expect(
            self.versions[body["name"], body["version"]]["status"] == "PENDING_REGISTRATION",
            "a pending version",
        )
        return as_json({"credentials": self.credentials})

    def _finalize(self, body: Any) -> Answer:
        members(body, {"name": str, "version": str})
        version = self.versions[body["name"], body["version"]]
        version["status"] = "READY"
        return as_json({"model_version": version})

    def _delete_version(self, body: Any) -> Answer:
        members(body, {"name": str, "version": str})
        del self.versions[body["name"], body["version"]]
        return as_json({})

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


def members(body: Any, required: dict[str, Any], optional: dict[str, Any] | None = None) -> None:
    """Exactly these members, of these types."""
    optional = optional or {}
    expect(isinstance(body, dict), "a JSON object")
    for name, kind in required.items():
        expect(isinstance(body.get(name), kind), f"{name}: {kind} in {body}")
    for name, value in body.items():
        kind = (required | optional).get(name)
        expect(kind is not None and isinstance(value, kind), f"no {name}={value!r}")


def pairs(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in values.items()]


def texts(listed: Any) -> dict[str, str]:
    for pair in listed:
        members(pair, {"key": str, "value": str})
    return {pair["key"]: pair["value"] for pair in listed}


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
        self.runs: dict[str, dict[str, Any]] = {}
        self.logged_models: dict[str, dict[str, Any]] = {}
        self.models: dict[str, dict[str, Any]] = {}
        self.versions: dict[tuple[str, str], dict[str, Any]] = {}
        self.storage_location = "s3://made-up-bucket/models/1"
        self.credentials: dict[str, Any] = self.aws_credentials()
        self.files_api_for_models = False
        self._routes_of_sign_in()
        self._routes_of_tracking()
        self._routes_of_runs()
        self._routes_of_logged_models()
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
        self.route("GET", "/health", lambda *_: Answer(404))  # a look whether anything answers
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

    # Runs: made once, told what they hold.

    def _routes_of_runs(self) -> None:
        self.api("GET", ML + "runs/get", lambda got, _: self._run(got.query))
        self.api("POST", ML + "runs/search", lambda got, _: self._search_runs(got.json))
        self.api("POST", ML + "runs/create", lambda got, _: self._create_run(got.json))
        self.api("POST", ML + "runs/update", lambda got, _: self._update_run(got.json))
        self.api("POST", ML + "runs/log-batch", lambda got, _: self._log_batch(got.json))
        self.api("POST", ML + "runs/log-inputs", lambda got, _: self._log_inputs(got.json))
        self.api("POST", ML + "runs/outputs", lambda got, _: self._outputs(got.json))
        self.api("GET", ML + "metrics/get-history", lambda got, _: self._history(got.query))
        self.api("GET", ML + "artifacts/list", lambda got, _: self._list_artifacts(got.query))

    def _run(self, query: dict[str, str]) -> Answer:
        identity = query["run_id"]
        expect(set(query) <= {"run_id", "run_uuid"}, f"a run's id, not {query}")
        if identity in self.runs:
            return as_json({"run": self._shown(identity)})
        place = f"dbfs:/databricks/mlflow-tracking/1/{identity}/artifacts"
        info = {"run_id": identity, "experiment_id": "1", "status": "RUNNING", "artifact_uri": place}
        return as_json({"run": {"info": info, "data": {}}})

    def _shown(self, identity: str) -> dict[str, Any]:
        run = self.runs[identity]
        last: dict[str, dict[str, Any]] = {}
        for point in run["metrics"]:
            best = last.get(point["key"])
            if best is None or (point["step"], point["timestamp"]) >= (best["step"], best["timestamp"]):
                last[point["key"]] = point
        data = {"metrics": list(last.values()), "params": pairs(run["params"]), "tags": pairs(run["tags"])}
        shown = {"info": run["info"], "data": data, "inputs": {"dataset_inputs": run["inputs"]}}
        return shown | {"outputs": {"model_outputs": run["outputs"]}}

    def _search_runs(self, body: Any) -> Answer:
        members(body, {"experiment_ids": list, "filter": str, "max_results": int, "run_view_type": str})
        match = re.fullmatch(r"tags\.`([^`]+)` = '([^']*)'", body["filter"])
        expect(match is not None, "a search by one tag")
        assert match is not None
        known = {one["experiment_id"] for one in self.experiments.values()}
        expect(set(body["experiment_ids"]) <= known, "experiments that are there")
        found = [
            self._shown(identity)
            for identity, run in self.runs.items()
            if run["tags"].get(match[1]) == match[2]
            and run["info"]["experiment_id"] in body["experiment_ids"]
        ]
        return as_json({"runs": found} if found else {})

    def _create_run(self, body: Any) -> Answer:
        required = {"experiment_id": str, "run_name": str, "start_time": int, "tags": list}
        members(body, required, {"user_id": str})
        identity = f"{len(self.runs) + 1:032x}"
        place = f"dbfs:/databricks/mlflow-tracking/{body['experiment_id']}/{identity}/artifacts"
        info = {name: body[name] for name in ("experiment_id", "run_name", "start_time")}
        info |= {"run_id": identity, "run_uuid": identity, "status": "RUNNING", "artifact_uri": place}
        self.runs[identity] = {
            "info": info | {"lifecycle_stage": "active"},
            "tags": texts(body["tags"]),
            "params": {},
            "metrics": [],
            "inputs": [],
            "outputs": [],
        }
        return as_json({"run": self._shown(identity)})

    def _update_run(self, body: Any) -> Answer:
        members(body, {"run_id": str, "status": str, "end_time": int})
        expect(body["status"] in ("FINISHED", "FAILED", "KILLED"), "an end")
        info = self.runs[body["run_id"]]["info"]
        info |= {"status": body["status"], "end_time": body["end_time"]}
        return as_json({"run_info": info})

    def _log_batch(self, body: Any) -> Answer:
        members(body, {"run_id": str}, {"metrics": list, "params": list, "tags": list})
        run = self.runs[body["run_id"]]
        for point in body.get("metrics", []):
            members(point, {"key": str, "value": (int, float), "timestamp": int, "step": int})
            if point not in run["metrics"]:
                run["metrics"].append(point)
        for key, value in texts(body.get("params", [])).items():
            expect(run["params"].get(key, value) == value, f"no other value of {key}")
            run["params"][key] = value
        run["tags"] |= texts(body.get("tags", []))
        sizes = [len(body.get(name, [])) for name in ("metrics", "params", "tags")]
        expect(0 < sum(sizes) <= 1000 and sizes[1] <= 100 and sizes[2] <= 100, "a batch within limits")
        return as_json({})

    def _log_inputs(self, body: Any) -> Answer:
        members(body, {"run_id": str, "datasets": list})
        for one in body["datasets"]:
            members(one, {"dataset": dict}, {"tags": list})
            described = {"name": str, "digest": str, "source_type": str, "source": str}
            members(one["dataset"], described, {"schema": str, "profile": str})
            if one not in self.runs[body["run_id"]]["inputs"]:
                self.runs[body["run_id"]]["inputs"].append(one)
        return as_json({})

    def _outputs(self, body: Any) -> Answer:
        members(body, {"run_id": str, "models": list})
        for one in body["models"]:
            members(one, {"model_id": str, "step": int})
            expect(one["model_id"] in self.logged_models, "a model that is there")
            self.runs[body["run_id"]]["outputs"].append(one)
        return as_json({})

    def _history(self, query: dict[str, str]) -> Answer:
        expect(
            set(query) <= {"run_id", "metric_key", "max_results", "page_token"}, f"four members, not {query}"
        )
        points = [p for p in self.runs[query["run_id"]]["metrics"] if p["key"] == query["metric_key"]]
        return as_json({"metrics": points})

    def _list_artifacts(self, query: dict[str, str]) -> Answer:
        expect(set(query) <= {"run_id", "path", "page_token"}, f"three members, not {query}")
        root = self.runs[query["run_id"]]["info"]["artifact_uri"]
        return self._listing(root, query["run_id"], query.get("path", ""))

    def _listing(self, root: str, owner: str, folder: str) -> Answer:
        begin = f"{owner}/{folder}/" if folder else f"{owner}/"
        files: dict[str, dict[str, Any]] = {}
        for place, content in sorted(self.storage.objects.items()):
            if not place.startswith(begin):
                continue
            name, deeper, _ = place.removeprefix(begin).partition("/")
            path = f"{folder}/{name}" if folder else name
            size = {} if deeper else {"file_size": len(content)}
            files[path] = {"path": path, "is_dir": bool(deeper), **size}
        return as_json({"root_uri": root, "files": list(files.values())})

    # Logged models.

    def _routes_of_logged_models(self) -> None:
        model = ML + "logged-models/([^/]+)"
        self.api("POST", ML + "logged-models", lambda got, _: self._create_logged(got.json))
        self.api("POST", ML + "logged-models/search", lambda got, _: self._search_logged(got.json))
        self.api("GET", model, lambda _, m: as_json({"model": self.logged_models[m[1]]}))
        self.api("PATCH", model, lambda got, m: self._finalize_logged(got.json, m[1]))
        listing = lambda got, m: self._list_logged(got.query, m[1])  # noqa: E731
        self.api("GET", model + "/artifacts/directories", listing)

    def _create_logged(self, body: Any) -> Answer:
        optional = {"model_type": str, "source_run_id": str, "params": list, "tags": list}
        members(body, {"experiment_id": str, "name": str}, optional)
        identity = f"m-{len(self.logged_models) + 1:032x}"
        place = f"dbfs:/databricks/mlflow-tracking/{body['experiment_id']}/logged_models/{identity}/artifacts"
        info = {
            name: body[name]
            for name in ("experiment_id", "name", "model_type", "source_run_id")
            if name in body
        }
        info |= {"model_id": identity, "artifact_uri": place, "status": "LOGGED_MODEL_PENDING"}
        info |= {"tags": body.get("tags", [])}
        self.logged_models[identity] = {"info": info, "data": {"params": body.get("params", [])}}
        return as_json({"model": self.logged_models[identity]})

    def _search_logged(self, body: Any) -> Answer:
        members(body, {"experiment_ids": list, "filter": str, "max_results": int}, {"order_by": list})
        match = re.fullmatch(r"tags\.`([^`]+)` = '([^']*)'", body["filter"])
        expect(match is not None, "a search by one tag")
        assert match is not None
        found = [
            one
            for one in self.logged_models.values()
            if texts(one["info"]["tags"]).get(match[1]) == match[2]
            and one["info"]["experiment_id"] in body["experiment_ids"]
        ]
        return as_json({"models": found} if found else {})

    def _finalize_logged(self, body: Any, model: str) -> Answer:
        members(body, {"model_id": str, "status": str})
        expect(body["model_id"] == model, "the model of the path")
        self.logged_models[model]["info"]["status"] = body["status"]
        return as_json({"model": self.logged_models[model]})

    def _list_logged(self, query: dict[str, str], model: str) -> Answer:
        expect(set(query) <= {"artifact_directory_path", "page_token"}, f"two members, not {query}")
        root = self.logged_models[model]["info"]["artifact_uri"]
        return self._listing(root, model, query.get("artifact_directory_path", ""))

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
        self.api("GET", UC + "registered-models/get", lambda got, _: self._model(got.query))
        self.api("POST", UC + "registered-models/alias", lambda got, _: self._set_alias(got.json))
        self.api("POST", UC + "registered-models/set-tag", lambda got, _: self._tag_model(got.json))
        self.api("GET", UC + "model-versions/get", lambda got, _: self._version(got.query))
        self.api("GET", UC + "model-versions/search", lambda got, _: self._search_versions(got.query))
        self.api("POST", UC + "model-versions/set-tag", lambda got, _: self._tag_version(got.json))

    def _create_model(self, body: Any) -> Answer:
        members(body, {"name": str}, {"description": str})
        if body["name"] in self.models:
            return refusal(400, "RESOURCE_ALREADY_EXISTS", "taken")
        expect(body["name"].count(".") == 2, "three levels")
        self.models[body["name"]] = {"aliases": {}, "tags": {}}
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
        self._expect_tags(texts(body.get("tags", [])))
        version |= {name: body[name] for name in ("source", "run_id", "model_id", "tags") if name in body}
        self.versions[body["name"], number] = version
        return as_json({"model_version": version})

    @staticmethod
    def _expect_tags(tags: dict[str, str]) -> None:
        """Databricks' rules for tags in Unity Catalog."""
        for key, value in tags.items():
            expect(bool(key) and not re.search(r"[.,\-=/:]", key) and key == key.strip(), f"no key {key}")
            expect(len(key) <= 255 and len(value) <= 1000 and value == value.strip(), f"no value of {key}")
        expect(len(tags) <= 50, "50 tags at most")

    def _no_model(self, name: str) -> Answer | None:
        if name in self.models:
            return None
        return refusal(404, "RESOURCE_DOES_NOT_EXIST", f"Registered model {name} does not exist")

    def _model(self, query: dict[str, str]) -> Answer:
        expect(set(query) == {"name"}, f"a name alone, not {query}")
        if refused := self._no_model(query["name"]):
            return refused
        held = self.models[query["name"]]
        model: dict[str, Any] = {"name": query["name"], "creation_timestamp": 1}
        if held["aliases"]:
            model["aliases"] = [{"alias": a, "version": v} for a, v in held["aliases"].items()]
        if held["tags"]:
            model["tags"] = pairs(held["tags"])
        return as_json({"registered_model": model})

    def _set_alias(self, body: Any) -> Answer:
        members(body, {"name": str, "alias": str, "version": str})
        expect(self.versions[body["name"], body["version"]]["status"] == "READY", "a version that is ready")
        self.models[body["name"]]["aliases"][body["alias"]] = body["version"]
        return as_json({})

    def _tag_model(self, body: Any) -> Answer:
        members(body, {"name": str, "key": str, "value": str})
        tags = self.models[body["name"]]["tags"]
        tags[body["key"]] = body["value"]
        self._expect_tags(tags)
        return as_json({})

    def _tag_version(self, body: Any) -> Answer:
        members(body, {"name": str, "version": str, "key": str, "value": str})
        version = self.versions[body["name"], body["version"]]
        tags = texts(version.get("tags", [])) | {body["key"]: body["value"]}
        self._expect_tags(tags)
        version["tags"] = pairs(tags)
        return as_json({})

    def _version(self, query: dict[str, str]) -> Answer:
        expect(set(query) == {"name", "version"}, f"name and version, not {query}")
        held = self.versions.get((query["name"], query["version"]))
        if held is None:
            return refusal(404, "RESOURCE_DOES_NOT_EXIST", "no such version")
        aliases = self.models[query["name"]]["aliases"]
        mine = [{"alias": a, "version": v} for a, v in aliases.items() if v == query["version"]]
        return as_json({"model_version": held | ({"aliases": mine} if mine else {})})

    def _search_versions(self, query: dict[str, str]) -> Answer:
        """One condition, no order, no tags in the answer; two to a page."""
        expect(set(query) <= {"filter", "max_results", "page_token"}, f"no order, not {query}")
        match = re.fullmatch(r"name ?= ?'([^']+)'", query["filter"])
        expect(match is not None, "a search by name alone")
        assert match is not None
        listed = [v for (name, _), v in self.versions.items() if name == match[1]]
        begin = int(query.get("page_token", 0))
        found = [{k: v for k, v in one.items() if k != "tags"} for one in listed[begin : begin + 2]]
        more = {"next_page_token": str(begin + 2)} if len(listed) > begin + 2 else {}
        return as_json(({"model_versions": found} if found else {}) | more)

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

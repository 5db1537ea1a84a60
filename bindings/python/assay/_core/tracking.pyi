"""
Runs, journal, registry
"""

from __future__ import annotations
import collections.abc
import os
import pathlib
import typing

__all__: list[str] = [
    "DatabricksConfig",
    "DatabricksWorkspace",
    "JournalRecord",
    "OtlpReport",
    "RegisteredVersion",
    "Run",
    "SetAside",
    "Span",
    "SyncReport",
    "Tracer",
    "VerifyReport",
    "VolumeEntry",
    "answers",
    "append_document",
    "ask_server",
    "default_journal",
    "download_artifacts",
    "expect_signature",
    "export_otlp",
    "generate_run_name",
    "is_healthy",
    "list_artifacts",
    "post_webhook",
    "read_records",
    "read_traces",
    "store_bytes",
    "store_file",
    "sync",
    "upload_artifacts",
    "verify",
]

class Run:
    """
    A run in the local journal; assay.tracking.Run is the friendly face.
    """
    def __init__(
        self,
        *,
        experiment: str,
        run_name: str,
        journal: os.PathLike | str | bytes,
        tags: collections.abc.Mapping[str, str],
        parent_run_id: str,
        run_id: str,
        fsync: str,
        fsync_interval_ms: typing.SupportsInt | typing.SupportsIndex,
        start_time: typing.SupportsInt | typing.SupportsIndex | None,
    ) -> None: ...
    def end(self, status: str, time: typing.SupportsInt | typing.SupportsIndex | None) -> None: ...
    def flush(self) -> None: ...
    def log_artifact(self, file: os.PathLike | str | bytes, artifact_path: str) -> None: ...
    def log_artifacts(self, folder: os.PathLike | str | bytes, artifact_path: str) -> None: ...
    def log_bytes(self, content: bytes, artifact_file: str) -> None: ...
    def log_input(
        self,
        *,
        name: str,
        digest: str,
        source_type: str,
        source: str,
        schema: str,
        profile: str,
        tags: collections.abc.Mapping[str, str],
        context: str,
    ) -> None: ...
    def log_metric(
        self,
        key: str,
        value: typing.SupportsFloat | typing.SupportsIndex,
        step: typing.SupportsInt | typing.SupportsIndex,
        time: typing.SupportsInt | typing.SupportsIndex | None,
    ) -> None: ...
    def log_metrics(
        self,
        metrics: collections.abc.Mapping[str, typing.SupportsFloat | typing.SupportsIndex],
        step: typing.SupportsInt | typing.SupportsIndex,
        time: typing.SupportsInt | typing.SupportsIndex | None,
    ) -> None: ...
    def log_params(self, params: collections.abc.Mapping[str, str]) -> None: ...
    def log_text(self, text: str, artifact_file: str) -> None: ...
    def set_tags(self, tags: collections.abc.Mapping[str, str]) -> None: ...
    @property
    def ended(self) -> bool: ...
    @property
    def experiment(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def journal(self) -> pathlib.Path: ...
    @property
    def name(self) -> str: ...
    @property
    def parent_id(self) -> str: ...
    @property
    def start_time(self) -> int: ...

class SetAside:
    """
    A record that the server refuses for good; it stays in the journal.
    """
    def __repr__(self) -> str: ...
    @property
    def error_code(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def run(self) -> str: ...
    @property
    def words(self) -> str: ...

class VerifyReport:
    """
    What was read back from the server, and what differs.
    """
    @property
    def artifacts(self) -> int: ...
    @property
    def differences(self) -> list[str]: ...
    @property
    def metrics(self) -> int: ...
    @property
    def ok(self) -> bool: ...
    @property
    def params(self) -> int: ...
    @property
    def runs(self) -> int: ...
    @property
    def tags(self) -> int: ...

class SyncReport:
    """
    What a delivery did.
    """
    def __repr__(self) -> str: ...
    @property
    def artifacts(self) -> int: ...
    @property
    def complete(self) -> bool: ...
    @property
    def documents(self) -> int: ...
    @property
    def metrics(self) -> int: ...
    @property
    def params(self) -> int: ...
    @property
    def problems(self) -> list[str]: ...
    @property
    def refused_earlier(self) -> int: ...
    @property
    def remaining(self) -> int: ...
    @property
    def run_ids(self) -> dict[str, str]: ...
    @property
    def runs_created(self) -> int: ...
    @property
    def runs_ended(self) -> int: ...
    @property
    def set_aside(self) -> list[SetAside]: ...
    @property
    def stopped_by(self) -> str: ...
    @property
    def tags(self) -> int: ...
    @property
    def verified(self) -> VerifyReport | None: ...

class DatabricksConfig:
    """
    A workspace and how to sign in to it; secrets are not readable.
    """
    def __init__(self, *, profile: str = "") -> None: ...
    def __repr__(self) -> str: ...
    @property
    def account_id(self) -> str: ...
    @property
    def auth_type(self) -> str: ...
    @property
    def azure_client_id(self) -> str: ...
    @property
    def azure_tenant_id(self) -> str: ...
    @property
    def azure_workspace_resource_id(self) -> str: ...
    @property
    def client_id(self) -> str: ...
    @property
    def host(self) -> str: ...
    @property
    def profile(self) -> str: ...
    @property
    def workspace_id(self) -> str: ...

class VolumeEntry:
    """
    A file or folder in a volume.
    """
    def __repr__(self) -> str: ...
    @property
    def is_folder(self) -> bool: ...
    @property
    def path(self) -> str: ...
    @property
    def size(self) -> int: ...

class RegisteredVersion:
    """
    A model version in Unity Catalog.
    """
    def __repr__(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def version(self) -> str: ...

class DatabricksWorkspace:
    def __init__(
        self,
        *,
        profile: str,
        deadline: typing.SupportsFloat | typing.SupportsIndex,
        part_size: typing.SupportsInt | typing.SupportsIndex,
        multipart_from: typing.SupportsInt | typing.SupportsIndex,
        s3_endpoint: str,
        azure_endpoint: str,
        gcs_endpoint: str,
    ) -> None: ...
    def create_folder(self, path: str) -> None: ...
    def create_workspace_folders(self, path: str) -> None: ...
    def download_artifact(
        self, artifact_uri: str, path: str, destination: os.PathLike | str | bytes
    ) -> None: ...
    def download_file(self, path: str, destination: os.PathLike | str | bytes) -> None: ...
    def ensure_experiment(self, path: str) -> str: ...
    def ensure_model(self, name: str, *, description: str = "") -> None: ...
    def experiment_path(self, name: str) -> str: ...
    def file_size(self, path: str) -> int | None: ...
    def folder_exists(self, path: str) -> bool: ...
    def list_folder(self, path: str) -> list[VolumeEntry]: ...
    def register_version(
        self,
        name: str,
        folder: os.PathLike | str | bytes,
        *,
        source: str,
        run_id: str = "",
        model_id: str = "",
        description: str = "",
        tags: collections.abc.Mapping[str, str] = {},
    ) -> RegisteredVersion: ...
    def remove_file(self, path: str) -> None: ...
    def remove_folder(self, path: str) -> None: ...
    def upload_artifact(self, artifact_uri: str, path: str, file: os.PathLike | str | bytes) -> None: ...
    def upload_file(self, path: str, file: os.PathLike | str | bytes, *, overwrite: bool = True) -> None: ...
    def user_name(self) -> str: ...
    @property
    def host(self) -> str: ...

class JournalRecord:
    """
    A record of a journal, its payload as JSON text.
    """
    @property
    def kind(self) -> str: ...
    @property
    def payload(self) -> str: ...
    @property
    def segment(self) -> str: ...
    @property
    def sequence(self) -> int: ...
    @property
    def time(self) -> int:
        """
        ms since 1970, UTC
        """

class Span:
    """
    A span at work; assay.tracking.LiveSpan is the friendly face.
    """
    def add_event(
        self,
        name: str,
        attributes: collections.abc.Sequence[tuple[str, str]],
        time_ns: typing.SupportsInt | typing.SupportsIndex | None,
    ) -> None: ...
    def data(self) -> tuple: ...
    def end(self, end_ns: typing.SupportsInt | typing.SupportsIndex | None) -> None: ...
    def set_attribute(self, arg0: str, arg1: str) -> None: ...
    def set_inputs(self, arg0: str) -> None: ...
    def set_outputs(self, arg0: str) -> None: ...
    def set_status(self, status: str, message: str) -> None: ...
    def set_type(self, type: str) -> None: ...
    def start_child(
        self,
        name: str,
        type: str,
        attributes: collections.abc.Sequence[tuple[str, str]],
        start_ns: typing.SupportsInt | typing.SupportsIndex | None,
    ) -> Span: ...
    def update_trace(
        self,
        *,
        tags: collections.abc.Mapping[str, str],
        metadata: collections.abc.Mapping[str, str],
        client_request_id: str | None,
        request_preview: str | None,
        response_preview: str | None,
        state: str | None,
    ) -> bool: ...
    @property
    def ended(self) -> bool: ...
    @property
    def parent_id(self) -> str | None: ...
    @property
    def span_id(self) -> str: ...
    @property
    def trace_id(self) -> str: ...

class OtlpReport:
    """
    What an export of traces did.
    """
    def __repr__(self) -> str: ...
    @property
    def complete(self) -> bool: ...
    @property
    def refused(self) -> int: ...
    @property
    def remaining(self) -> int: ...
    @property
    def spans(self) -> int: ...
    @property
    def stopped_by(self) -> str: ...
    @property
    def traces(self) -> int: ...
    @property
    def words(self) -> str: ...

class Tracer:
    """
    Begins traces that go to a journal.
    """
    def __init__(
        self,
        *,
        experiment: str,
        journal: os.PathLike | str | bytes,
        run_id: str,
        metadata: collections.abc.Mapping[str, str],
    ) -> None: ...
    def start_trace(
        self,
        name: str,
        type: str,
        attributes: collections.abc.Sequence[tuple[str, str]],
        start_ns: typing.SupportsInt | typing.SupportsIndex | None,
    ) -> Span: ...
    @property
    def experiment(self) -> str: ...
    @property
    def journal(self) -> pathlib.Path: ...
    @property
    def run_id(self) -> str: ...

def answers(tracking_uri: str, *, timeout: typing.SupportsFloat | typing.SupportsIndex) -> bool: ...
def append_document(
    journal: os.PathLike | str | bytes,
    *,
    kind: str,
    id: str,
    body: str,
    run: str = "",
    experiment: str = "",
    contents: collections.abc.Sequence[str] = [],
    time: typing.SupportsInt | typing.SupportsIndex | None = None,
) -> None:
    """
    Keeps a document in a journal; see Document in record.hpp.
    """

def ask_server(tracking_uri: str, *, method: str, path: str, body: str) -> str: ...
def default_journal() -> pathlib.Path: ...
def download_artifacts(
    *,
    tracking_uri: str,
    artifact_uri: str,
    path: str,
    folder: os.PathLike | str | bytes,
    parallel: typing.SupportsInt | typing.SupportsIndex,
    progress: typing.Any,
) -> list[tuple[str, int, str]]:
    """
    (path, size, sha256) of each file fetched.
    """

def expect_signature(model_folder: os.PathLike | str | bytes) -> None: ...
def export_otlp(
    journal: os.PathLike | str | bytes, *, url: str, deadline: typing.SupportsFloat | typing.SupportsIndex
) -> OtlpReport: ...
def generate_run_name() -> str: ...
def is_healthy(tracking_uri: str) -> bool: ...
def list_artifacts(*, tracking_uri: str, artifact_uri: str, path: str) -> list[tuple[str, bool, int]]:
    """
    (path, is_folder, size) of what one folder holds.
    """

def post_webhook(
    url: str,
    *,
    body: str,
    attempts: typing.SupportsInt | typing.SupportsIndex,
    first_delay_ms: typing.SupportsInt | typing.SupportsIndex,
    timeout: typing.SupportsFloat | typing.SupportsIndex,
) -> int: ...
def read_records(
    journal: os.PathLike | str | bytes,
    *,
    kinds: collections.abc.Set[str],
    after: collections.abc.Mapping[str, typing.SupportsInt | typing.SupportsIndex],
) -> list[JournalRecord]:
    """
    Records of some kinds, oldest segment first; of a segment named in `after`, those behind that number.
    """

def read_traces(
    journal: os.PathLike | str | bytes,
    *,
    id: str | None,
    experiments: collections.abc.Sequence[str],
    run: str,
    filter: str,
    max_results: typing.SupportsInt | typing.SupportsIndex,
    oldest_first: bool,
) -> list:
    """
    Traces of a journal, each a tuple of its parts; values are JSON text.
    """

def store_bytes(journal: os.PathLike | str | bytes, content: bytes) -> tuple[str, int]:
    """
    Takes bytes into a journal's artifact store: their SHA-256 and size.
    """

def store_file(journal: os.PathLike | str | bytes, file: os.PathLike | str | bytes) -> tuple[str, int]:
    """
    Takes a file into a journal's artifact store: its SHA-256 and size.
    """

def sync(
    journal: os.PathLike | str | bytes,
    *,
    tracking_uri: str,
    server_key: str,
    verify: bool,
    from_scratch: bool,
    deadline: typing.SupportsFloat | typing.SupportsIndex,
) -> SyncReport: ...
def upload_artifacts(
    *,
    tracking_uri: str,
    artifact_uri: str,
    files: collections.abc.Sequence[tuple[str, os.PathLike | str | bytes]],
    parallel: typing.SupportsInt | typing.SupportsIndex,
    progress: typing.Any,
) -> list[tuple[str, int, str]]:
    """
    (path, size, sha256) of each file sent.
    """

def verify(
    journal: os.PathLike | str | bytes, *, tracking_uri: str, runs: collections.abc.Mapping[str, str]
) -> VerifyReport: ...

"""A Databricks workspace: its folders, volumes, run artifacts and models in Unity Catalog.

Runs need none of this: ``assay.tracking.sync(tracking_uri="databricks")`` delivers them. This is for what stands
around them::

    from assay.tracking.databricks import Workspace

    workspace = Workspace("my-profile")  # or Workspace(), by DATABRICKS_* variables
    workspace.upload_file("/Volumes/main/icu/notes/a.txt", "a.txt")
    workspace.register_model("main.icu.soap_generator", "model_folder", source="runs:/…/model")

Nothing here was ever run against a real workspace; docs/tracking/databricks.md says against what it was.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from assay import _core, _native  # noqa: F401 - _native cleans the core's errors
from assay._core.tracking import DatabricksConfig as Config
from assay._core.tracking import RegisteredVersion, VolumeEntry

__all__ = ["Config", "RegisteredVersion", "VolumeEntry", "Workspace"]

_Path = str | os.PathLike[str]


class Workspace:
    """A workspace, signed in by the settings that databricks-sdk reads, too.

    Parameters
    ----------
    profile
        Section of ``~/.databrickscfg``; by default ``$DATABRICKS_CONFIG_PROFILE``, the variables, or DEFAULT.
    deadline
        Seconds that one request is repeated for where the workspace is away or overloaded.
    part_size, multipart_from
        Bytes of the parts in which large files go, and from which size an artifact of a run goes in parts to S3.
    s3_endpoint, azure_endpoint, gcs_endpoint
        Other addresses of the clouds' storage, such as private endpoints.

    Raises
    ------
    assay.AuthError
        A setting is missing, or there are settings for two ways to sign in.
    """

    def __init__(
        self,
        profile: str | None = None,
        *,
        deadline: float = 120.0,
        part_size: int = 10 << 20,
        multipart_from: int = 500 << 20,
        s3_endpoint: str = "",
        azure_endpoint: str = "",
        gcs_endpoint: str = "",
    ) -> None:
        self._core = _core.tracking.DatabricksWorkspace(
            profile=profile or "",
            deadline=deadline,
            part_size=part_size,
            multipart_from=multipart_from,
            s3_endpoint=s3_endpoint,
            azure_endpoint=azure_endpoint,
            gcs_endpoint=gcs_endpoint,
        )

    @property
    def host(self) -> str:
        """Address of the workspace."""
        return self._core.host

    @property
    def user_name(self) -> str:
        """Who is signed in: a user's address, or a service principal's application id. Asks the workspace."""
        return self._core.user_name()

    def create_workspace_folders(self, path: str) -> None:
        """Make a folder of notebooks and experiments, and those above it; one that is there is fine."""
        self._core.create_workspace_folders(path)

    def experiment_path(self, name: str) -> str:
        """Where an experiment of this name stands.

        An absolute path as it is; any other name in ``$ASSAY_DATABRICKS_FOLDER``, or in the user's own folder.
        """
        return self._core.experiment_path(name)

    def ensure_experiment(self, name: str) -> str:
        """The id of an experiment, which is made with the folders above it where there is none."""
        return self._core.ensure_experiment(self._core.experiment_path(name))

    # Volumes, by the Files API.

    def upload_file(self, path: str, file: _Path, *, overwrite: bool = True) -> None:
        """Send a file to ``/Volumes/<catalog>/<schema>/<volume>/…``, at most 5 GiB."""
        self._core.upload_file(path, os.fspath(file), overwrite=overwrite)

    def download_file(self, path: str, destination: _Path) -> None:
        """Fetch a file; it appears when it is whole."""
        self._core.download_file(path, os.fspath(destination))

    def file_size(self, path: str) -> int | None:
        """Bytes of a file, or None where there is none."""
        return self._core.file_size(path)

    def remove_file(self, path: str) -> None:
        """Remove a file."""
        self._core.remove_file(path)

    def create_folder(self, path: str) -> None:
        """Make a folder in a volume, and those above it."""
        self._core.create_folder(path)

    def folder_exists(self, path: str) -> bool:
        """Whether a volume has this folder."""
        return self._core.folder_exists(path)

    def remove_folder(self, path: str) -> None:
        """Remove an empty folder."""
        self._core.remove_folder(path)

    def list_folder(self, path: str) -> list[VolumeEntry]:
        """What a folder in a volume holds."""
        return self._core.list_folder(path)

    # Artifacts of runs and logged models.

    def upload_artifact(self, artifact_uri: str, path: str, file: _Path) -> None:
        """Send a file to a run's artifacts, by its ``artifact_uri`` (``dbfs:/…``)."""
        self._core.upload_artifact(artifact_uri, path, os.fspath(file))

    def download_artifact(self, artifact_uri: str, path: str, destination: _Path) -> None:
        """Fetch an artifact; it appears when it is whole."""
        self._core.download_artifact(artifact_uri, path, os.fspath(destination))

    # Unity Catalog.

    def register_model(
        self,
        name: str,
        folder: _Path,
        *,
        source: str,
        run_id: str = "",
        model_id: str = "",
        description: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> RegisteredVersion:
        """Register an MLflow model's folder as a new version of ``catalog.schema.model``, made where it is missing.

        Raises
        ------
        assay.ValueError
            Before anything is sent: the name has not three levels, or the model no signature with inputs and
            outputs.
        """
        _core.tracking.expect_signature(os.fspath(folder))
        self._core.ensure_model(name)
        return self._core.register_version(
            name,
            os.fspath(folder),
            source=source,
            run_id=run_id,
            model_id=model_id,
            description=description,
            tags=dict(tags or {}),
        )

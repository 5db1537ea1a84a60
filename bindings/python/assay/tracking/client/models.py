"""Logged models and the model registry, by the names of ``mlflow.MlflowClient``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assay import errors
from assay._core.tracking import FileInfo, LoggedModel, ModelVersion, RegisteredModel
from assay.tracking.client.base import ClientBase, text, texts
from assay.tracking.client.pages import PagedList, gather


class LoggedModelMethods(ClientBase):
    def create_logged_model(
        self,
        experiment_id: str,
        name: str | None = None,
        source_run_id: str | None = None,
        tags: dict[str, Any] | None = None,
        params: dict[str, Any] | None = None,
        model_type: str | None = None,
    ) -> LoggedModel:
        """Create a logged model, which waits for its files. Each call makes another."""
        return self._models.create(
            str(experiment_id), name or "", model_type or "", source_run_id or "", texts(params), texts(tags)
        )

    def get_logged_model(self, model_id: str) -> LoggedModel:
        """The logged model of this id."""
        return self._models.get(model_id)

    def finalize_logged_model(self, model_id: str, status: str = "READY") -> LoggedModel:
        """Say that a logged model's files are there (``READY``) or never will be (``FAILED``)."""
        name = getattr(status, "value", status)
        known = {"READY": "LOGGED_MODEL_READY", "FAILED": "LOGGED_MODEL_UPLOAD_FAILED"}
        return self._models.finalize(model_id, known.get(name, name))

    def delete_logged_model(self, model_id: str) -> None:
        """Delete a logged model."""
        self._models.delete(model_id)

    def set_logged_model_tags(self, model_id: str, tags: dict[str, Any]) -> None:
        """Set tags of a logged model."""
        self._models.set_tags(model_id, texts(tags))

    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        """Remove a tag of a logged model. MLflow's server cannot find a key that holds a '/'."""
        self._models.delete_tag(model_id, key)

    def log_model_params(self, model_id: str, params: dict[str, Any]) -> None:
        """Set parameters of a logged model."""
        self._models.log_params(model_id, texts(params))

    def list_logged_model_artifacts(self, model_id: str, path: str | None = None) -> list[FileInfo]:
        """The files and folders right under a folder of the model's artifacts."""
        return self._models.list_artifacts(model_id, path or "")

    def search_logged_models(
        self,
        experiment_ids: Sequence[str],
        filter_string: str | None = None,
        datasets: list[dict[str, str]] | None = None,
        max_results: int | None = None,
        order_by: list[dict[str, Any]] | None = None,
        page_token: str | None = None,
    ) -> PagedList[LoggedModel]:
        """Up to `max_results` (100) logged models that match, and the token of those after them."""
        ids = [str(one) for one in experiment_ids]
        orders = [
            (
                o["field_name"],
                bool(o.get("ascending", True)),
                text(o.get("dataset_name")),
                text(o.get("dataset_digest")),
            )
            for o in order_by or []
        ]
        sets = [(d["dataset_name"], text(d.get("dataset_digest"))) for d in datasets or []]
        return gather(
            lambda size, token: self._models.search_page(ids, filter_string or "", orders, sets, size, token),
            most=max_results or 100,
            token=page_token,
            at_once=50,
        )


class RegistryMethods(ClientBase):
    def create_registered_model(
        self, name: str, tags: dict[str, Any] | None = None, description: str | None = None
    ) -> RegisteredModel:
        """Create a name in the registry; one that is taken is :class:`assay.ResourceAlreadyExists`."""
        return self._registry.create_model(name, texts(tags), description or "")

    def get_registered_model(self, name: str) -> RegisteredModel:
        """The registered model of this name."""
        return self._registry.get_model(name)

    def rename_registered_model(self, name: str, new_name: str) -> RegisteredModel:
        """Give a registered model another name."""
        return self._registry.rename_model(name, new_name)

    def update_registered_model(self, name: str, description: str | None = None) -> RegisteredModel:
        """Change a registered model's description."""
        if description is None:
            raise errors.ValueError("update_registered_model: expected a description, got none")
        return self._registry.update_model(name, description)

    def delete_registered_model(self, name: str) -> None:
        """Delete a name and all its versions."""
        self._registry.delete_model(name)

    def search_registered_models(
        self,
        filter_string: str | None = None,
        max_results: int = 100,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[RegisteredModel]:
        """Up to `max_results` registered models that match, and the token of those after them."""
        return gather(
            lambda size, token: self._registry.search_models_page(
                filter_string or "", order_by or [], size, token
            ),
            most=max_results,
            token=page_token,
            at_once=1000,
        )

    def get_latest_versions(self, name: str, stages: list[str] | None = None) -> list[ModelVersion]:
        """The newest version of each stage; stages are deprecated in favour of aliases."""
        return self._registry.latest_versions(name, stages or [])

    def set_registered_model_tag(self, name: str, key: str, value: Any) -> None:
        """Set a tag of a registered model."""
        self._registry.set_model_tag(name, key, text(value))

    def delete_registered_model_tag(self, name: str, key: str) -> None:
        """Remove a tag of a registered model."""
        self._registry.delete_model_tag(name, key)

    def set_registered_model_alias(self, name: str, alias: str, version: str | int) -> None:
        """Point an alias at a version; it moves where it stood at another."""
        self._registry.set_alias(name, alias, str(version))

    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        """Remove an alias."""
        self._registry.delete_alias(name, alias)

    def get_model_version_by_alias(self, name: str, alias: str) -> ModelVersion:
        """The version that an alias points at."""
        return self._registry.version_by_alias(name, alias)

    def create_model_version(
        self,
        name: str,
        source: str,
        run_id: str | None = None,
        tags: dict[str, Any] | None = None,
        run_link: str | None = None,
        description: str | None = None,
        *,
        model_id: str | None = None,
    ) -> ModelVersion:
        """Add a version. Each call adds another; the request is never repeated by itself."""
        return self._registry.create_version(
            name, source, run_id or "", model_id or "", description or "", run_link or "", texts(tags)
        )

    def get_model_version(self, name: str, version: str | int) -> ModelVersion:
        """The version of this number."""
        return self._registry.get_version(name, str(version))

    def get_model_version_download_uri(self, name: str, version: str | int) -> str:
        """Where a version's files are."""
        return self._registry.download_uri(name, str(version))

    def search_model_versions(
        self,
        filter_string: str | None = None,
        max_results: int = 10_000,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[ModelVersion]:
        """Up to `max_results` versions that match, and the token of those after them."""
        return gather(
            lambda size, token: self._registry.search_versions_page(
                filter_string or "", order_by or [], size, token
            ),
            most=max_results,
            token=page_token,
            at_once=10_000,
        )

    def update_model_version(
        self, name: str, version: str | int, description: str | None = None
    ) -> ModelVersion:
        """Change a version's description."""
        if description is None:
            raise errors.ValueError("update_model_version: expected a description, got none")
        return self._registry.update_version(name, str(version), description)

    def delete_model_version(self, name: str, version: str | int) -> None:
        """Delete a version."""
        self._registry.delete_version(name, str(version))

    def set_model_version_tag(self, name: str, version: str | int, key: str, value: Any) -> None:
        """Set a tag of a version."""
        self._registry.set_version_tag(name, str(version), key, text(value))

    def delete_model_version_tag(self, name: str, version: str | int, key: str) -> None:
        """Remove a tag of a version."""
        self._registry.delete_version_tag(name, str(version), key)

    def transition_model_version_stage(
        self, name: str, version: str | int, stage: str, archive_existing_versions: bool = False
    ) -> ModelVersion:
        """Move a version to a stage; stages are deprecated in favour of aliases."""
        return self._registry.transition_stage(name, str(version), stage, archive_existing_versions)

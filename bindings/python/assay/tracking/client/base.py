"""What the parts of the client share."""

from __future__ import annotations

import os

from assay import _core, errors
from assay.tracking.delivery import get_tracking_uri

__all__ = ["ClientBase", "text", "texts"]


class ClientBase:
    """A connection, and the areas of the server behind it."""

    def __init__(self, tracking_uri: str | None = None, registry_uri: str | None = None) -> None:
        uri = tracking_uri or get_tracking_uri()
        if uri is None:
            raise errors.ValueError(
                "MlflowClient: expected a server; pass tracking_uri= or set MLFLOW_TRACKING_URI"
            )
        registry = registry_uri or os.environ.get("MLFLOW_REGISTRY_URI") or uri
        unity_catalog = registry.startswith("databricks-uc")
        core = _core.tracking
        self._tracking_uri = uri
        self._registry_uri = registry
        self._connection = core.Connection(uri)
        self._registry_connection = (
            self._connection
            if registry == uri
            else core.Connection(registry.replace("databricks-uc", "databricks"))
        )
        self._experiments = core.Experiments(self._connection)
        self._runs = core.Runs(self._connection)
        self._models = core.LoggedModels(self._connection)
        self._registry = core.Registry(self._registry_connection, unity_catalog)
        self._prompts = core.Prompts(self._registry_connection)
        self._traces = core.Traces(self._connection)
        self._assessments = core.Assessments(self._connection)

    @property
    def tracking_uri(self) -> str:
        """The server that runs and experiments are on."""
        return self._tracking_uri

    def __repr__(self) -> str:
        return f"<MlflowClient {self._connection.url}>"


def text(value: object) -> str:
    """A parameter's or tag's value as MLflow keeps it; None is no text."""
    return "" if value is None else str(value)


def texts(values: dict[str, object] | dict[str, str] | None) -> dict[str, str]:
    """Values of parameters or tags as text."""
    return {str(key): text(value) for key, value in (values or {}).items()}

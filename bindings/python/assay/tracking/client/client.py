"""The client in one piece."""

from __future__ import annotations

from assay.tracking.client.experiments import ExperimentMethods
from assay.tracking.client.models import LoggedModelMethods, RegistryMethods
from assay.tracking.client.prompts import PromptMethods
from assay.tracking.client.runs import RunMethods
from assay.tracking.client.traces import TraceMethods

__all__ = ["MlflowClient"]


class MlflowClient(
    ExperimentMethods, RunMethods, LoggedModelMethods, RegistryMethods, TraceMethods, PromptMethods
):
    """A server's experiments, runs, models, registry, traces and prompts, by the names of ``mlflow.MlflowClient``.

    Parameters
    ----------
    tracking_uri
        ``http(s)://…`` or ``databricks[://profile]``; by default :func:`assay.tracking.get_tracking_uri`.
    registry_uri
        Where the model registry is, if elsewhere: ``$MLFLOW_REGISTRY_URI``, ``databricks-uc``.

    Every call is a request that is waited for, repeated where that does no harm. What the server refuses is an
    exception: :class:`assay.ResourceDoesNotExist`, :class:`assay.ResourceAlreadyExists`,
    :class:`assay.InvalidParameter`, :class:`assay.PermissionDenied`, …, all of them :class:`assay.MlflowError`
    with ``error_code`` and ``status``. An empty answer, a cut one or a login page is never taken for success.

    May be shared by threads.
    """

"""A server of predictions on FastAPI and uvicorn: keys, limits, an audit log, a model that is replaced while it runs.

::

    from assay.serving import Access, ApiKeys, Service, configure, create_app, run, source_of

    service = Service(source_of("device_failure.assay-model"), access=Access(ApiKeys.read("keys.json")))
    run(configure(create_app(service), port=8000))

From the command line: ``assay lims serve``. It needs the extra ``assay-clinical[serve]``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay._lazy import getter

if TYPE_CHECKING:
    from assay.serving.access import Access, ApiKeys, Caller, JwtKeys, new_key
    from assay.serving.application import Application, create_app
    from assay.serving.audit_trail import AuditTrail
    from assay.serving.limits import Limits
    from assay.serving.model_sources import FileSource, RegistrySource, source_of
    from assay.serving.server import configure, run
    from assay.serving.service import Service

__all__ = [
    "Access",
    "ApiKeys",
    "Application",
    "AuditTrail",
    "Caller",
    "FileSource",
    "JwtKeys",
    "Limits",
    "RegistrySource",
    "Service",
    "configure",
    "create_app",
    "new_key",
    "run",
    "source_of",
]

_LAZY = {
    "Access": "assay.serving.access",
    "ApiKeys": "assay.serving.access",
    "Application": "assay.serving.application",
    "AuditTrail": "assay.serving.audit_trail",
    "Caller": "assay.serving.access",
    "FileSource": "assay.serving.model_sources",
    "JwtKeys": "assay.serving.access",
    "Limits": "assay.serving.limits",
    "RegistrySource": "assay.serving.model_sources",
    "Service": "assay.serving.service",
    "configure": "assay.serving.server",
    "create_app": "assay.serving.application",
    "new_key": "assay.serving.access",
    "run": "assay.serving.server",
    "source_of": "assay.serving.model_sources",
}

__getattr__ = getter(__name__, _LAZY)


def __dir__() -> list[str]:
    return sorted(__all__)

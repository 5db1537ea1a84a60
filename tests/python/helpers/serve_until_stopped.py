"""A server of a made-up model as a process of its own, which says its port: python serve_until_stopped.py AUDIT."""

from __future__ import annotations

import sys

from served import Versions

from assay.data.audit import AuditLog
from assay.serving import AuditTrail, Limits, Service, configure, create_app, run

service = Service(Versions(), trail=AuditTrail(AuditLog(sys.argv[1])), limits=Limits(rate=1e6))
run(configure(create_app(service), port=0), ready=lambda port: print(port, flush=True))

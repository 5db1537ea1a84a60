"""What Prometheus reads of a server."""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from assay.pipelines.device_risk import DeviceRisk

__all__ = ["CONTENT_TYPE_LATEST", "Metrics"]

_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5)


class _Requests(Collector):
    """What every request counts, as plain numbers: the event loop alone writes them, so that they need no lock."""

    def __init__(self) -> None:
        self.requests: dict[tuple[str, int], int] = {}
        self.times: dict[str, list[int]] = {}
        self.seconds: dict[str, float] = {}
        self.classes = {"low": 0, "medium": 0, "high": 0}
        self.outside = 0

    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily("assay_requests", "Requests answered.", labels=("path", "status"))
        for (path, status), count in sorted(self.requests.items()):
            requests.add_metric((path, str(status)), count)
        yield requests
        times = HistogramMetricFamily("assay_request_seconds", "Time to answer.", labels=("path",))
        for path, counts in sorted(self.times.items()):
            below, buckets = 0, []
            for limit, count in zip((*map(str, _SECONDS), "+Inf"), counts, strict=True):
                below += count
                buckets.append((limit, below))
            times.add_metric((path,), buckets=buckets, sum_value=self.seconds[path])
        yield times
        classes = CounterMetricFamily(
            "assay_predictions", "Devices assessed, by class.", labels=("device_class",)
        )
        for name, count in self.classes.items():
            classes.add_metric((name,), count)
        yield classes
        yield CounterMetricFamily(
            "assay_predictions_outside_training",
            "Devices assessed with an input outside the range of the training rows.",
            value=self.outside,
        )


class Metrics:
    """Counters of one server, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._counts = _Requests()
        self.registry.register(self._counts)
        r = self.registry
        self.model = Gauge(
            "assay_model_info", "1 for the model that answers.", ("name", "version"), registry=r
        )
        self.loaded_at = Gauge(
            "assay_model_loaded_timestamp_seconds", "When the model that answers was loaded.", registry=r
        )
        self.loads = Counter(
            "assay_model_loads",
            "Models that took over (swapped) or did not (refused); looks at a source that was away (unreachable).",
            ("outcome",),
            registry=r,
        )
        self.stale = Gauge(
            "assay_model_stale",
            "1 while a newer model was refused or its source does not answer.",
            registry=r,
        )
        self.audit_waiting = Gauge("assay_audit_waiting", "Accesses not yet in the audit log.", registry=r)
        self.audit_written = Gauge("assay_audit_written", "Accesses in the audit log.", registry=r)
        self.connections = Gauge("assay_connections", "Open connections.", registry=r)

    def answered(self, path: str, status: int, seconds: float) -> None:
        """Counts a request; `path` is a route's, so that there are few."""
        counts = self._counts
        counts.requests[path, status] = counts.requests.get((path, status), 0) + 1
        times = counts.times.get(path)
        if times is None:
            times = counts.times[path] = [0] * (len(_SECONDS) + 1)
            counts.seconds[path] = 0.0
        times[bisect.bisect_left(_SECONDS, seconds)] += 1
        counts.seconds[path] += seconds

    def assessed(self, device_class: str, outside: bool) -> None:
        self._counts.classes[device_class] += 1
        self._counts.outside += outside

    def swapped(self, risk: DeviceRisk, when: float) -> None:
        self.model.clear()
        self.model.labels(risk.info.name, risk.info.version).set(1)
        self.loaded_at.set(when)
        self.loads.labels("swapped").inc()

    def text(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self.registry)

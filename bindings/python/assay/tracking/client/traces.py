"""Traces and what was judged of them, by the names of ``mlflow.MlflowClient`` and ``mlflow.log_feedback``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from assay import errors
from assay._core.tracking import Assessment, AssessmentSource, TraceInfo
from assay.tracking.client.base import ClientBase, text, texts
from assay.tracking.client.pages import PagedList, gather

_UNCHANGED: Any = object()


class TraceMethods(ClientBase):
    def get_trace_info(self, trace_id: str) -> TraceInfo:
        """A trace without its spans, with its assessments."""
        return self._traces.get(trace_id)

    def get_trace_spans(self, trace_id: str) -> list[dict[str, Any]]:
        """A trace's spans in OpenTelemetry's JSON, where the server keeps them itself.

        Raises
        ------
        assay.InternalError
            They lie among the trace's artifacts.
        """
        spans: list[dict[str, Any]] = self._traces.spans(trace_id)
        return spans

    def search_traces(
        self,
        experiment_ids: Sequence[str],
        filter_string: str | None = None,
        max_results: int = 100,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[TraceInfo]:
        """Up to `max_results` traces that match, without spans, and the token of those after them."""
        ids = [str(one) for one in experiment_ids]
        return gather(
            lambda size, token: self._traces.search_page(
                ids, filter_string or "", order_by or [], size, token
            ),
            most=max_results,
            token=page_token,
            at_once=500,
        )

    def set_trace_tag(self, trace_id: str, key: str, value: Any) -> None:
        """Set a tag of a trace."""
        self._traces.set_tag(trace_id, key, text(value))

    def delete_trace_tag(self, trace_id: str, key: str) -> None:
        """Remove a tag of a trace."""
        self._traces.delete_tag(trace_id, key)

    def delete_traces(
        self,
        experiment_id: str,
        max_timestamp_millis: int | None = None,
        max_traces: int | None = None,
        trace_ids: Sequence[str] | None = None,
    ) -> int:
        """Delete traces by id, or those that began at `max_timestamp_millis` or before. Returns how many."""
        if (trace_ids is None) == (max_timestamp_millis is None):
            raise errors.ValueError("delete_traces: expected either trace_ids or max_timestamp_millis")
        if trace_ids is not None:
            if max_traces is not None:
                raise errors.ValueError(
                    "delete_traces: max_traces goes with max_timestamp_millis, not with trace_ids"
                )
            return self._traces.delete(str(experiment_id), list(trace_ids))
        assert max_timestamp_millis is not None
        return self._traces.delete_until(str(experiment_id), max_timestamp_millis, max_traces)

    def link_traces_to_run(self, trace_ids: Sequence[str], run_id: str) -> None:
        """Show traces with a run."""
        self._traces.link_to_run(list(trace_ids), run_id)

    def log_assessment(self, trace_id: str, assessment: Assessment) -> Assessment:
        """Log an assessment such as another trace has: its name, source, value, rationale and metadata."""
        return self._assessments.create(
            trace_id,
            assessment.name,
            assessment.source,
            assessment.kind,
            assessment.value,
            assessment.rationale,
            assessment.metadata,
            assessment.span_id or "",
        )

    def log_feedback(
        self,
        trace_id: str,
        name: str,
        value: Any,
        *,
        source: AssessmentSource | None = None,
        rationale: str | None = None,
        metadata: dict[str, Any] | None = None,
        span_id: str | None = None,
    ) -> Assessment:
        """Log what somebody, or a judge, thinks of a trace: a number, flag, text, list or dict.

        The server keeps whole numbers as floats.
        """
        given = source or AssessmentSource("CODE")
        return self._assessments.create(
            trace_id, name, given, "feedback", value, rationale or "", texts(metadata), span_id or ""
        )

    def log_expectation(
        self,
        trace_id: str,
        name: str,
        value: Any,
        *,
        source: AssessmentSource | None = None,
        metadata: dict[str, Any] | None = None,
        span_id: str | None = None,
    ) -> Assessment:
        """Log what would have been right."""
        if value is None:
            raise errors.ValueError("log_expectation: expected a value, got None")
        given = source or AssessmentSource("HUMAN")
        return self._assessments.create(
            trace_id, name, given, "expectation", value, "", texts(metadata), span_id or ""
        )

    def get_assessment(self, trace_id: str, assessment_id: str) -> Assessment:
        """The assessment of this id."""
        return self._assessments.get(trace_id, assessment_id)

    def update_assessment(
        self,
        trace_id: str,
        assessment_id: str,
        *,
        name: str | None = None,
        feedback: Any = _UNCHANGED,
        expectation: Any = _UNCHANGED,
        rationale: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> Assessment:
        """Change what is given; the rest stays."""
        return self._assessments.update(
            trace_id,
            assessment_id,
            name,
            None if feedback is _UNCHANGED else json.dumps(feedback),
            None if expectation is _UNCHANGED else json.dumps(expectation),
            rationale,
            None if metadata is None else texts(metadata),
        )

    def delete_assessment(self, trace_id: str, assessment_id: str) -> None:
        """Delete an assessment."""
        self._assessments.delete(trace_id, assessment_id)

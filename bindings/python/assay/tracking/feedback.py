"""What people, judges and checks say of a trace or a run: thumbs, scores from 1 to 5, follow-up texts.

On a trace it becomes an MLflow assessment, shown beside the trace. A run has no assessments in MLflow: there each
feedback is a tag, and thumbs and scores are points of the metric ``feedback/<name>`` as well.
"""

from __future__ import annotations

import json
import math
import os
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal

from assay import _core, errors
from assay.tracking import active
from assay.tracking.run import Run

__all__ = ["RUN_MARK", "RUN_TAG", "Feedback", "SourceType", "log_feedback"]

SourceType = Literal["HUMAN", "LLM_JUDGE", "CODE"]

RUN_TAG = "assay.feedback."
"""Beginning of the tags that hold a run's feedback."""

RUN_MARK = "assay.has_feedback"
"""Tag by which a server finds the runs that have some."""

CONCEPT, USER_UNKNOWN = "assay.concept", "default"
_SOURCES = ("HUMAN", "LLM_JUDGE", "CODE")
_LONGEST_TAG, _LONGEST_NAME = 8000, 200
_THUMBS = {"up": True, "down": False}


@dataclass(frozen=True)
class Feedback:
    """One feedback as it was logged or read back. `value`: True or False (thumb), 1 to 5 (score), or a text."""

    id: str
    name: str
    value: bool | float | str
    time: int  # ms since 1970, UTC
    source_type: str = "HUMAN"
    user: str | None = None
    concept: str | None = None
    rationale: str | None = None
    trace_id: str | None = None
    run_id: str | None = None

    def failed(self, at_most: float = 2.0) -> bool | None:
        """Whether it is a thumb down or a score of `at_most` or less; None for a text, which says neither."""
        if isinstance(self.value, bool):
            return not self.value
        return None if isinstance(self.value, str) else self.value <= at_most


def log_feedback(
    target: str | Run | None = None,
    name: str | None = None,
    value: bool | float | str | None = None,
    *,
    rationale: str | None = None,
    user: str | None = None,
    concept: str | None = None,
    source_type: SourceType = "HUMAN",
    metadata: Mapping[str, str] | None = None,
    span_id: str | None = None,
    journal: str | os.PathLike[str] | None = None,
    timestamp: int | None = None,
) -> Feedback:
    """Keep what somebody said of an answer. Returns once it lies in the journal.

    Parameters
    ----------
    target
        The id of a trace (``tr-…``), a run or its id; by default the active run.
    name
        What is judged, such as ``"understanding"``; ``"thumb"``, ``"score"`` or ``"follow_up"`` where not given.
    value
        ``True``, ``"up"``, ``False``, ``"down"``: a thumb. A number from 1 (worst) to 5: a score. Any other text: a
        follow-up.
    user
        Who said it, or which judge or check: a pseudonym serves where a name must not reach the server.
    concept
        What it is about, such as ``"insulin dosing"``: analytics count and alerts speak by it. Not a patient.
    timestamp
        When it was said, in ms since 1970; now by default.

    The server gets each once, also where an answer of its is lost. Feedback waits for a trace that is not there yet.

    Raises
    ------
    assay.ValueError
        A score outside 1 to 5, an empty text, an unknown source, a name that MLflow does not take.
    """
    checked = _check_value(value)
    label = name or _default_name(checked)
    _check_names(label, source_type, concept)
    moment = timestamp if timestamp is not None else time.time_ns() // 1_000_000
    trace_id = target if isinstance(target, str) and target.startswith("tr-") else None
    feedback = Feedback(
        id=uuid.uuid4().hex,
        name=label,
        value=checked,
        time=moment,
        source_type=source_type,
        user=user,
        concept=concept,
        rationale=rationale,
        trace_id=trace_id,
    )
    if trace_id is not None:
        return _keep_on_trace(feedback, span_id, metadata, journal)
    run = target if isinstance(target, Run) else active.expect_active(target)
    return _keep_on_run(feedback, run)


def _check_value(value: bool | float | str | None) -> bool | float | str:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        if not value.strip():
            raise errors.ValueError("log_feedback: expected a thumb, a score or a text, got an empty text")
        return _THUMBS.get(value, value)
    if value is None or isinstance(value, complex):
        raise errors.ValueError("log_feedback: expected value= True or False, 1 to 5, or a text")
    score = float(value)
    if not math.isfinite(score) or not 1 <= score <= 5:
        raise errors.ValueError(f"log_feedback: expected a score from 1 to 5, got {score:g}")
    return score


def _default_name(value: bool | float | str) -> str:
    if isinstance(value, bool):
        return "thumb"
    return "follow_up" if isinstance(value, str) else "score"


def _check_names(name: str, source_type: str, concept: str | None) -> None:
    if source_type not in _SOURCES:
        raise errors.ValueError(
            f"log_feedback: expected source_type {', '.join(_SOURCES)}, got {source_type!r}"
        )
    if not 0 < len(name) <= _LONGEST_NAME:
        raise errors.ValueError(
            f"log_feedback: expected a name of 1 to {_LONGEST_NAME} characters, got {len(name)}"
        )
    if concept is not None and not concept.strip():
        raise errors.ValueError("log_feedback: expected the name of a concept, got an empty text")


def _keep_on_trace(
    feedback: Feedback,
    span_id: str | None,
    metadata: Mapping[str, str] | None,
    journal: str | os.PathLike[str] | None,
) -> Feedback:
    run = active.active_run()
    if run is not None and journal is not None and Path(journal).absolute() != run.info.journal.absolute():
        run = None
    at = datetime.fromtimestamp(feedback.time / 1000, timezone.utc).isoformat(timespec="milliseconds")
    assessment: dict[str, Any] = {
        "assessment_name": feedback.name,
        "source": {"source_type": feedback.source_type, "source_id": feedback.user or USER_UNKNOWN},
        "create_time": at.replace("+00:00", "Z"),
        "last_update_time": at.replace("+00:00", "Z"),
        "feedback": {"value": feedback.value},
        "metadata": {str(key): str(text) for key, text in (metadata or {}).items()},
        "valid": True,
    }
    if feedback.rationale is not None:
        assessment["rationale"] = feedback.rationale
    if span_id is not None:
        assessment["span_id"] = span_id
    if feedback.concept is not None:
        assessment["metadata"][CONCEPT] = feedback.concept
    folder = run.info.journal if run is not None else Path(journal or _core.tracking.default_journal())
    _core.tracking.append_document(
        folder,
        kind="assessment",
        id=feedback.id,
        body=json.dumps({"trace_id": feedback.trace_id, "assessment": assessment}),
        run=run.info.run_id if run is not None else "",
        experiment="" if run is not None else active.experiment_name(),
        time=feedback.time,
    )
    return feedback


def _keep_on_run(feedback: Feedback, run: Run) -> Feedback:
    content = {
        key: getattr(feedback, key)
        for key in ("name", "value", "time", "source_type", "user", "concept", "rationale")
        if getattr(feedback, key) is not None
    }
    text = json.dumps(content, ensure_ascii=False)
    if len(text) > _LONGEST_TAG:
        raise errors.ValueError(
            f"log_feedback: expected at most {_LONGEST_TAG} characters on a run, got {len(text)}; log it on a trace"
        )
    run.set_tags({RUN_TAG + feedback.id: text, RUN_MARK: "1"})
    if not isinstance(feedback.value, str):
        run.log_metric(f"feedback/{feedback.name}", float(feedback.value), timestamp=feedback.time)
    return Feedback(**{**feedback.__dict__, "run_id": run.info.run_id})

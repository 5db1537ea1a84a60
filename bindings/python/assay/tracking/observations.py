"""Feedback and costs read back, from a journal or from a server: the same objects either way."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from assay import _core
from assay.tracking import cost, feedback
from assay.tracking.client.client import MlflowClient
from assay.tracking.cost import CostSum
from assay.tracking.delivery import find_journal, is_server
from assay.tracking.feedback import Feedback

__all__ = ["Source", "feedback_of_document", "feedback_of_tag", "read_costs", "read_feedback"]

Source = str | os.PathLike[str]
"""A journal's folder, or the URI of a server."""

_PAGE, _EXPERIMENTS_AT_ONCE = 500, 100
_EVERY = 1_000_000


def read_feedback(source: Source, experiments: Sequence[str] | None = None) -> list[Feedback]:
    """All feedback of a journal or a server, oldest first.

    Parameters
    ----------
    experiments
        Names; all by default. In a journal, feedback on a trace counts to the experiment it was logged in.
    """
    if _is_uri(source):
        found = [*_feedback_of_traces(str(source), experiments)]
        for run, run_tags in _marked_runs(str(source), experiments, feedback.RUN_MARK):
            found += _feedback_of_tags(run, run_tags.items())
    else:
        found = _feedback_of_journal(find_journal(source), experiments)
    return sorted(found, key=lambda one: (one.time, one.id))


def read_costs(source: Source, experiments: Sequence[str] | None = None) -> list[CostSum]:
    """The sums of all calls in a journal or on a server, by quarter of an hour, task, model and user."""
    if _is_uri(source):
        runs = _marked_runs(str(source), experiments, cost.RUN_MARK)
        tags: Iterable[tuple[str, str]] = (tag for _, run_tags in runs for tag in run_tags.items())
    else:
        last = _tags_of_journal(find_journal(source), experiments, cost.RUN_TAG)
        tags = ((key, value) for (_, key), value in last.items())
    sums = [CostSum.from_json(value) for key, value in tags if key.startswith(cost.RUN_TAG)]
    return sorted(sums, key=lambda one: (one.start, one.task, one.model, one.user or ""))


def _is_uri(source: Source) -> bool:
    return isinstance(source, str) and is_server(source)


# In a journal.


def _records(journal: Path, *kinds: str) -> list[tuple[Any, dict[str, Any]]]:
    records = _core.tracking.read_records(journal, kinds=set(kinds), after={})
    return [(record, json.loads(record.payload)) for record in records]


def _runs_in(journal: Path, experiments: Sequence[str] | None) -> set[str] | None:
    if experiments is None:
        return None
    begun = _records(journal, "create_run")
    return {content["run"] for _, content in begun if content["experiment"] in experiments}


def _tags_of_journal(
    journal: Path, experiments: Sequence[str] | None, beginning: str
) -> dict[tuple[str, str], str]:
    """The last value of each tag, by run and key."""
    chosen = _runs_in(journal, experiments)
    return {
        (content["run"], content["key"]): content["value"]
        for _, content in _records(journal, "tag")
        if content["key"].startswith(beginning) and (chosen is None or content["run"] in chosen)
    }


def _feedback_of_journal(journal: Path, experiments: Sequence[str] | None) -> list[Feedback]:
    chosen = _runs_in(journal, experiments)
    found = {}
    for _, content in _records(journal, "assessment"):
        place, wanted = (content["run"], chosen) if content["run"] else (content["experiment"], experiments)
        if wanted is None or place in wanted:
            one = feedback_of_document(content)
            found[one.id] = one
    for (run, key), value in _tags_of_journal(journal, experiments, feedback.RUN_TAG).items():
        for one in _feedback_of_tags(run, [(key, value)]):
            found[one.id] = one
    return [*found.values()]


def feedback_of_document(content: dict[str, Any]) -> Feedback:
    """The feedback in a journal's record of kind assessment."""
    body = content["body"]
    return _feedback_of_assessment(body["trace_id"], {**body["assessment"], "assessment_id": content["id"]})


def feedback_of_tag(run: str, key: str, value: str) -> Feedback:
    """The feedback in a run's tag."""
    return Feedback(id=key.removeprefix(feedback.RUN_TAG), run_id=run, **json.loads(value))


def _feedback_of_tags(run: str, tags: Iterable[tuple[str, str]]) -> Iterator[Feedback]:
    return (feedback_of_tag(run, key, value) for key, value in tags if key.startswith(feedback.RUN_TAG))


def _feedback_of_assessment(trace: str, assessment: dict[str, Any]) -> Feedback:
    metadata = assessment.get("metadata", {})
    source = assessment.get("source", {})
    user = source.get("source_id")
    said = datetime.fromisoformat(assessment["create_time"].replace("Z", "+00:00"))
    return Feedback(
        id=metadata.get("assay.assessment_id", assessment["assessment_id"]),
        name=assessment["assessment_name"],
        value=assessment["feedback"]["value"],
        time=round(said.timestamp() * 1000),
        source_type=source.get("source_type", ""),
        user=None if user == feedback.USER_UNKNOWN else user,
        concept=metadata.get(feedback.CONCEPT),
        rationale=assessment.get("rationale"),
        trace_id=trace,
    )


# On a server.


def _experiment_ids(client: MlflowClient, experiments: Sequence[str] | None) -> list[str]:
    known = client.search_experiments(max_results=_EVERY)
    return [one.experiment_id for one in known if experiments is None or one.name in experiments]


def _marked_runs(
    uri: str, experiments: Sequence[str] | None, mark: str
) -> Iterator[tuple[str, dict[str, str]]]:
    """Id and tags of server runs that carry a mark; the journal's id where they came from one."""
    client = MlflowClient(uri)
    ids = _experiment_ids(client, experiments)
    for first in range(0, len(ids), _EXPERIMENTS_AT_ONCE):
        some = ids[first : first + _EXPERIMENTS_AT_ONCE]
        for run in client.iter_runs(some, f"tags.`{mark}` = '1'", page_size=_PAGE):
            tags = run.data.tags
            yield tags.get("assay.run_uuid", run.info.run_id), tags


def _feedback_of_traces(uri: str, experiments: Sequence[str] | None) -> Iterator[Feedback]:
    client = MlflowClient(uri)
    ids = _experiment_ids(client, experiments)
    for first in range(0, len(ids), _EXPERIMENTS_AT_ONCE):
        some = ids[first : first + _EXPERIMENTS_AT_ONCE]
        token: str | None = ""
        while token is not None:
            page = client.search_traces(some, max_results=_PAGE, page_token=token)
            for trace in page:
                for assessment in trace.assessments:
                    if assessment.kind == "feedback" and assessment.value is not None:
                        yield _feedback_of_assessment(trace.trace_id, assessment.to_dictionary())
            token = page.token

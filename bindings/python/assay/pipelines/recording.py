"""How a pipeline's runs get into the journal, and from there to a server."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from assay.pipelines.record import StepRecord
from assay.pipelines.run_context import RunContext

if TYPE_CHECKING:
    from assay.tracking import Run

__all__ = ["begun", "deliver"]

_DEADLINE = 3.0
# Seconds that one request is repeated for; a run does not wait longer for a server that is away.


@contextlib.contextmanager
def begun(
    context: RunContext, experiment: str, name: str, step: StepRecord, parent: Run | None = None
) -> Iterator[Run]:
    """A run that ends with the block: FAILED where an exception passes."""
    from assay.tracking import Run

    run = Run(
        experiment=f"{context.prefix}/{experiment}",
        run_name=name,
        journal=context.journal,
        parent_run_id=parent.info.run_id if parent else None,
        tags={"assay.pipeline": context.record.pipeline, "assay.version": context.record.version},
    )
    step.tracking[name] = run.info.run_id
    try:
        yield run
    except BaseException:
        run.end("FAILED")
        raise
    run.end()


def deliver(context: RunContext, step: StepRecord) -> None:
    """Sends the journal to the server, where one is given; a server that fails does not fail the run."""
    if context.tracking is None:
        return
    from assay import Error
    from assay.tracking import delivery

    try:
        missing = delivery.shortfalls(delivery.sync(context.journal, context.tracking, deadline=_DEADLINE))
    except Error as error:
        missing = [str(error)]
    if missing:
        step.tracking["waiting"] = str(context.journal)
        step.reason = (
            f"not all delivered ({delivery.first_of(missing)}); "
            f"the records wait in {context.journal}: assay sync {shlex.quote(str(context.out))}"
        )

"""``assay lims train`` and ``assay lims promote``: a model of device failure, judged, registered, promoted."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from assay.cli.exit_codes import EXIT_FAILED, EXIT_UNDELIVERED, say_undelivered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assay.pipelines.device_failure import Trained
    from assay.pipelines.device_failure.incumbent import Incumbent
    from assay.pipelines.device_failure.judging import Metric

__all__ = ["promote", "train"]

_SHOWN = ("f1_binary", "average_precision", "roc_auc", "f1_macro", "f1_weighted", "accuracy")


class _Source(click.Path):
    """A path where something is, or an address as it stands."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return value if "://" in str(value) else super().convert(value, param, ctx)


@click.command(
    epilog="""\b
Exit codes:
  0  trained, judged and registered in the journal
  1  training failed
  2  wrong usage, or input that cannot be read
  3  done, but the tracking server has not all records (assay sync)
"""
)
@click.argument("source", type=_Source(exists=True))
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for what is made."
)
@click.option("--folds", type=click.IntRange(2, 20), default=5, show_default=True, help="That judge.")
@click.option("--trees", type=click.IntRange(1, 5000), default=200, show_default=True, help="Of the forest.")
@click.option(
    "--search",
    type=click.IntRange(0, 1000),
    default=0,
    help="Draws of a search for the forest's parameters, inside each fold.",
)
@click.option(
    "--horizon",
    type=click.IntRange(1, 365),
    default=7,
    show_default=True,
    help="Of a laboratory: days ahead.",
)
@click.option("--version", type=click.IntRange(0), help="Of a Delta table.  [default: the latest]")
@click.option(
    "--skip", multiple=True, metavar="FILE", help="Leave this file of a laboratory out; * for any letters."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of folds and trees.")
@click.option("--no-peers", is_flag=True, help="Only baselines beside it, no other libraries.")
@click.option("--name", default="assay.device_failure", show_default=True, help="In the model registry.")
@click.option(
    "--tracking", metavar="URI", help="MLflow server to deliver to.  [default: $MLFLOW_TRACKING_URI]"
)
@click.pass_context
def train(
    context: click.Context, /, source: str, out: Path, name: str, tracking: str | None, **options: Any
) -> None:
    """Train and judge a model of device failure from SOURCE.

    SOURCE is a CSV file or a Delta table (folder or address) of AI4I 2020 records, or a laboratory's folder with
    device_events. OUT gets the model file, the model card, the evaluation and a journal; the model is registered with
    the alias staging. The run keeps which data it was: SHA-256 of the file, or address and version of the table.
    """
    from assay.data.describe import number_of
    from assay.pipelines import device_failure
    from assay.pipelines.device_failure import registry
    from assay.pipelines.job import reading_input
    from assay.pipelines.options import make_folder

    of_days = context.get_parameter_source("horizon") is ParameterSource.COMMANDLINE
    with reading_input():
        make_folder(out)  # hours of folds would be lost for a folder that nothing can be written to
        prepared = device_failure.read_source(
            source, horizon=options.pop("horizon"), version=options.pop("version"), skip=options.pop("skip")
        )
    if of_days and prepared.horizon is None:
        raise click.UsageError("--horizon is of a laboratory's device days; SOURCE holds records of machines")
    of_outages = (
        f" before {number_of(prepared.outages, 'outage')} of {number_of(prepared.failing_devices or 0, 'device')}"
        if prepared.outages is not None
        else ""
    )
    click.echo(
        f"{number_of(len(prepared.label), 'row')}, {number_of(prepared.failures, 'failure')}{of_outages}, "
        f"{number_of(prepared.features.num_columns, 'feature')}"
    )
    if prepared.version is not None:
        click.echo(f"data: {prepared.version.source}, {prepared.version.kind} version {prepared.version.version}")

    def said(what: str, done: int, of: int) -> None:
        click.echo(f"{what} {done} of {of}", err=True)

    trained = device_failure.train(prepared, progress=said, with_peers=not options.pop("no_peers"), **options)
    registry.keep(trained, out)
    registry.log_training(trained, out, registered_name=name)
    _show(trained)
    digest = registry.read_kept(out)[0]["model_sha256"][:12]
    click.echo(f"model {digest}, card and evaluation in {out}; registered as {name} with the alias staging")
    _deliver(context, out / "journal", tracking)


@click.command(
    epilog="""\b
Exit codes:
  0  promoted
  1  refused by the gate: the reason is printed and kept on the run
  2  wrong usage, or a folder that train did not write
  3  promoted, but the tracking server has not all records (assay sync)
"""
)
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--alias", default="production", show_default=True, help="That the version gets.")
@click.option(
    "--metric",
    help="With its average: f1_binary, f1_macro, roc_auc, …  [default: f1_binary; roc_auc of device days]",
)
@click.option(
    "--minimum",
    type=click.FloatRange(0, 1),
    help="For its lower bound.  [default: 0.75; 0.7 of device days]",
)
@click.option("--margin", type=float, help="Over the best baseline.  [default: 0.05; -0.02 of device days]")
@click.option(
    "--smallest",
    type=click.IntRange(min=1),
    help="Failures, of device days outages, that it was judged on.  [default: 50]",
)
@click.option(
    "--devices",
    type=click.IntRange(min=1),
    help="Of device days: devices that went down.  [default: 5]",
)
@click.option("--worse", is_flag=True, help="Promote a model that is worse than what has the alias now.")
@click.option("--other-inputs", is_flag=True, help="Promote a model that takes other inputs than that one.")
@click.option("--expect", default="", metavar="DIGEST", help="Of the model, as train printed it; another is refused.")
@click.option("--reason", required=True, help="Why, in your own words, kept beside the gate's.")
@click.option(
    "--tracking", metavar="URI", help="MLflow server to deliver to.  [default: $MLFLOW_TRACKING_URI]"
)
@click.pass_context
def promote(
    context: click.Context,
    /,
    folder: Path,
    alias: str,
    metric: str | None,
    minimum: float | None,
    margin: float | None,
    smallest: int | None,
    devices: int | None,
    worse: bool,
    other_inputs: bool,
    expect: str,
    reason: str,
    tracking: str | None,
) -> None:
    """Promote the model that train left in FOLDER, if a gate lets it.

    The lower end of the metric's confidence interval must reach the minimum, and the metric must exceed the best
    baseline by the margin. The model is shown beside the version that has the alias now, where a tracking server tells
    it, and refused where it is worse: below its figure on the same data, below its interval on other data; so is a
    model of other inputs, where the server shows them.
    Decision and reason are kept on the run, the version and the alias's history (assay models history).
    """
    from assay.pipelines.device_failure import registry
    from assay.pipelines.job import reading_input
    from assay.tracking import delivery

    uri = tracking or delivery.get_tracking_uri()
    with reading_input():
        evaluation, _, name = registry.read_kept(folder)
        gate = registry.gate_of(evaluation)
        if metric not in (None, gate.metric):  # limits of one metric say nothing of another
            gate = registry.Gate(metric=metric or "")
        asked = {"minimum": minimum, "margin": margin, "smallest": smallest, "devices": devices}
        given: dict[str, Any] = {option: value for option, value in asked.items() if value is not None}
        gate = replace(gate, **given)
        registry.expect_reason(reason)
        registry.decide(evaluation, gate)  # a metric that is none is said before anything is shown
        before = _compared(evaluation, name, alias, uri)
        decision = registry.promote(
            folder,
            alias=alias,
            gate=gate,
            reason=reason,
            before=before,
            worse=worse,
            other_inputs=other_inputs,
            expect=expect,
        )
    click.echo(f"{alias}: {decision.sentence()}")
    _deliver(context, folder / "journal", tracking)
    if not decision.passed:
        context.exit(EXIT_FAILED)


def _compared(evaluation: Mapping[str, Any], name: str, alias: str, uri: str | None) -> Incumbent | None:
    """Shows the model beside the version that has the alias now, and returns that one."""
    from assay import HttpError
    from assay.pipelines.device_failure.incumbent import find_incumbent, judged_of

    new, data = judged_of(evaluation)
    before, why = None, "no version has it yet"
    if uri is None:
        why = "not known, for no tracking server is set"
    else:
        try:
            before = find_incumbent(name, alias, tracking_uri=uri)
        except HttpError as error:
            why = f"not known: {error}"
    old = [] if before is None else [(f"{alias} now: version {before.version}", before.metrics)]
    _table([*old, ("this model", new)])
    if before is None:
        click.echo(f"{alias} now: {why}")
    elif before.same_or_other(data) == "other":
        click.echo("each judged on the data it was trained with, which differ")
    return before


def _table(rows: Sequence[tuple[str, Mapping[str, Metric]]]) -> None:
    click.echo(f"{'by folds, with 95 % intervals':<30}" + "".join(f"{name:>26}" for name in _SHOWN))
    for name, metrics in rows:
        click.echo(f"{name:<30}" + "".join(f"{metrics.get(each, '–')!s:>26}" for each in _SHOWN))


def _show(trained: Trained) -> None:
    judged = {"this model": trained.judgement, **trained.others}
    devices = trained.judgement.groups
    if devices is not None:
        click.echo(f"intervals are by device ({devices} devices): days of one device resemble each other")
    _table([(name, judgement.metrics) for name, judgement in judged.items()])
    for name, why in trained.skipped.items():
        click.echo(f"{name:<30}not asked: {why}")


def _deliver(context: click.Context, journal: Path, tracking: str | None) -> None:
    from assay.data.describe import number_of
    from assay.tracking import delivery

    uri = tracking or delivery.get_tracking_uri()
    if uri is None:
        place = shlex.quote(str(journal.parent))
        click.echo(f"the record waits in {journal}; deliver it with `assay sync {place} --tracking URI`")
        return
    report = delivery.sync(journal, uri)
    missing = delivery.shortfalls(report)
    if missing or not report.complete:
        say_undelivered(missing or [f"{number_of(report.remaining, 'record')} waiting: {report.stopped_by}"])
        context.exit(EXIT_UNDELIVERED)

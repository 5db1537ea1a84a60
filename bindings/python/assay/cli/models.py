"""``assay models``: cards of models, and what is in their files."""

from __future__ import annotations

from pathlib import Path

import click

from assay.cli.exit_codes import EXIT_CODES

__all__ = ["models"]


@click.group(epilog=EXIT_CODES)
def models() -> None:
    """Models: their cards and files."""


@models.command(
    epilog="""\b
Exit codes:
  0  done
  2  wrong usage, or a file that is no model card
"""
)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--html", type=click.Path(path_type=Path, dir_okay=False), help="Write the card as a page to this file."
)
def card(file: Path, html: Path | None) -> None:
    """Show the model card in FILE (model_card.json).

    Purpose, data, figures with their intervals beside the baselines, threshold, and what it must not be used for.
    """
    from assay.models.card import ModelCard
    from assay.pipelines.job import reading_input
    from assay.pipelines.options import writing
    from assay.pipelines.record import write_atomically

    with reading_input():
        found = ModelCard.read(file)
    if html is not None:
        with reading_input(), writing(html, "--html"):
            write_atomically(html, found.to_html())
    click.echo(f"{found.name}: {found.kind}\n{found.purpose}\n")
    click.echo(
        f"data: {found.data['source']}, {found.data['kind']} version {found.data['version']}; "
        f"{found.data['rows']:,} rows, {found.data['positives']:,} of the class that is sought\n{found.judged}\n"
    )
    for number, figure in enumerate(found.figures):
        click.echo(f"{figure.name}: {figure}")
        for name, figures in found.others.items():
            click.echo(f"    {name}: {figures[number]}")
    click.echo(f"\nthreshold {found.threshold:.3f}: {found.threshold_chosen}")
    for title, sentences in (("limits", found.limits), ("it must not be used", found.must_not)):
        if sentences:
            click.echo(f"{title}:")
        for sentence in sentences:
            click.echo(f"  - {sentence}")
    if html is not None:
        click.echo(f"written to {html}")


@models.command(
    epilog="""\b
Exit codes:
  0  done
  2  wrong usage, no such model, or no server that answers
"""
)
@click.argument("name")
@click.option("--alias", default="production", show_default=True, help="Whose history.")
@click.option("--tracking", metavar="URI", help="MLflow server.  [default: $MLFLOW_TRACKING_URI]")
def history(name: str, alias: str, tracking: str | None) -> None:
    """Show who put an alias of the registered model NAME where, when and why.

    As `assay lims promote` and `assay.tracking.promote` noted it on the server, the oldest change first; also where the
    alias was moved by other means in between.
    """
    from assay.errors import ResourceDoesNotExist, ValueError
    from assay.pipelines.job import reading_input
    from assay.tracking import MlflowClient, alias_history, delivery
    from assay.tracking.models.lookup import expect_answer, version_of_alias

    with reading_input():
        uri = tracking or delivery.get_tracking_uri()
        if uri is None:
            raise ValueError("history: expected an MLflow server; pass --tracking or set MLFLOW_TRACKING_URI")
        if uri.startswith(("http://", "https://")):
            expect_answer(uri)
        changes = alias_history(name, alias, tracking_uri=uri)
    if not changes:
        note = "no change is noted"
        try:
            version_of_alias(MlflowClient(uri), name, alias)
        except ResourceDoesNotExist as error:
            note += f"; {error}"
        click.echo(f"{name}@{alias}: {note}")
    for each in changes:
        to = f"version {each.version}" if each.version else "the version before"
        by = f" by {each.by}" if each.by else ""
        why = f": {each.reason}" if each.reason else ""
        click.echo(f"{each.when:%Y-%m-%d %H:%M:%S} UTC {each.action} to {to}{by}{why}")


@models.command(
    name="import",
    epilog="""\b
Exit codes:
  0  done
  2  wrong usage, or a file that holds no forest of scikit-learn
""",
)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Model file to write."
)
@click.option(
    "--trust-pickle", is_flag=True, help="FILE is from someone you trust: reading a pickle runs its code."
)
@click.option(
    "--features",
    metavar="A,B,C",
    help="Names of the features in the order of training, where FILE has none.",
)
def take_over(file: Path, out: Path, trust_pickle: bool, features: str | None) -> None:
    """Take over a trained forest of scikit-learn from a pickle FILE.

    Needs scikit-learn. FILE is of pickle or joblib and holds the forest itself, no Pipeline. Predictions stay the same
    to the bit. A pickle can run any code when it is read, so it is read only with --trust-pickle.
    """
    if not trust_pickle:
        raise click.UsageError(
            "reading a pickle runs the code in it; pass --trust-pickle if you trust who made it"
        )
    from assay import SchemaError
    from assay.cli.model_files import read_pickle, with_names
    from assay.models.forest import from_sklearn
    from assay.pipelines.job import reading_input

    with reading_input():
        theirs, remark = read_pickle(file)
        if features is not None:
            with_names(theirs, [name.strip() for name in features.split(",")])
        try:
            taken = from_sklearn(theirs)
        except TypeError as error:
            raise SchemaError(str(error)) from None
        taken.save(out)
    click.echo(f"{out}: {type(taken).__name__} of {taken.n_features_in_} features")
    if remark:
        click.echo(f"assay: {remark}", err=True)
    if not hasattr(taken, "feature_names_in_"):
        click.echo(
            "the forest has no feature names: predict takes the columns in the order of training and no others; name "
            "them with --features a,b,c"
        )


@models.command(
    epilog="""\b
Exit codes:
  0  done
  2  wrong usage, a file that is no model, or rows that lack a feature
"""
)
@click.argument("model", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("rows", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="CSV file to write."
)
@click.option(
    "--keep",
    multiple=True,
    metavar="COLUMN",
    help="Carry this column over to OUT, besides device_id and Product ID.  [repeatable]",
)
def predict(model: Path, rows: Path, out: Path, keep: tuple[str, ...]) -> None:
    """Predict the rows of a CSV file with a MODEL file.

    Columns are found by name, whatever their order, and others are not read; of a model without feature names ROWS has
    the columns in the order of training. OUT gets one row for each: the class and the probability of each class, or the
    value; of device failure risk, class and whether it is flagged, empty where a needed value is missing.
    """
    from assay.cli.model_files import predicted
    from assay.data import read_csv, write_csv
    from assay.pipelines.job import reading_input

    with reading_input():
        read = read_csv(rows)
        found = predicted(model, rows, read.rows, keep)
        write_csv(found, out)
    answers = found.column("risk" if "risk" in found.column_names else "predicted")
    lacking, rejected = answers.null_count, read.report.rows_quarantined
    counted = (
        f"{found.num_rows - lacking:,} of {found.num_rows:,} rows predicted in {out}, {lacking:,} not (missing, "
        "infinite or impossible value)"
        if lacking
        else f"{found.num_rows:,} rows predicted in {out}"
    )
    click.echo(counted + (f"; {rejected:,} rows could not be read" if rejected else ""))

"""``assay clip``: match an image to findings, find similar images."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.exit_codes import EXIT_CODES

if TYPE_CHECKING:
    from assay.models import Clip
    from assay.pipelines.progress import Progress

__all__ = ["clip"]


def _model_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--model, --device and --dtype."""
    for option in (
        click.option("--dtype", default="auto", show_default=True, help="fp32, bf16 or fp16."),
        click.option("--device", default="auto", show_default=True, help="cpu, cuda or cuda:1."),
        click.option(
            "--model",
            envvar="ASSAY_CLIP_MODEL",
            type=click.Path(path_type=Path),
            required=True,
            help="Folder or weight file of the model; nothing is downloaded.  [default: $ASSAY_CLIP_MODEL]",
        ),
    ):
        command = option(command)
    return command


def _load(model: Path, device: str, dtype: str) -> Clip:
    from assay.models import Clip
    from assay.pipelines.job import reading_input

    with reading_input():
        return Clip.from_pretrained(model, device=device, dtype=dtype)


_labels_option = click.option(
    "--labels",
    default="chest_radiograph",
    show_default=True,
    help="Candidates: a file with a label a line, JSON, or a set that comes with Assay.",
)

_calibration_option = click.option(
    "--calibration",
    type=click.Path(path_type=Path),
    help="What assay clip calibrate wrote, for the same model, labels and prompts.",
)


@contextlib.contextmanager
def _progress() -> Iterator[Progress]:
    """A bar over the images on a terminal."""
    from assay.pipelines.progress import on_stream

    shown = on_stream()
    shown.begin(1)
    shown.start("encoding")
    try:
        yield shown
    finally:
        shown.close()


@click.group()
def clip() -> None:
    """Match images to texts, find similar images.

    Needs torch. Never a diagnosis.
    """


@clip.command(epilog=EXIT_CODES)
@click.argument("image", type=click.Path(path_type=Path))
@_labels_option
@_model_options
@click.option("-k", type=click.IntRange(min=1), default=5, show_default=True, help="How many to show.")
@click.option(
    "--least-margin",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Say undecided where the first two are nearer than this in probability.",
)
@click.option(
    "--temperature",
    type=click.FloatRange(min=0, min_open=True),
    help="Divides the logits. The result is called calibrated only with --calibration.",
)
@_calibration_option
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def match(
    image: Path,
    labels: str,
    model: Path,
    device: str,
    dtype: str,
    k: int,
    least_margin: float,
    temperature: float | None,
    calibration: Path | None,
    as_json: bool,
) -> None:
    """Rank candidate findings for an IMAGE (PNG, JPEG, DICOM)."""
    from assay.pipelines.job import reading_input

    if temperature is not None and calibration is not None:
        raise click.UsageError("give --temperature or --calibration")
    found = _load(model, device, dtype)
    with reading_input():
        result = found.match(
            image, labels, k=k, least_margin=least_margin, temperature=temperature, calibration=calibration
        )
    click.echo(result.to_json() if as_json else str(result))


def _place(folder: Path, out: Path | None) -> Path:
    return out or folder / "assay-clip.index"


_index_option = click.option(
    "--index", "out", type=click.Path(path_type=Path), help="The index.  [default: DIR/assay-clip.index]"
)


@clip.command(epilog=EXIT_CODES)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@_index_option
@_model_options
def index(folder: Path, out: Path | None, model: Path, device: str, dtype: str) -> None:
    """Encode every image below DIR and write an index."""
    from assay.pipelines.image_search import build_index, passed_over_text
    from assay.pipelines.job import reading_input

    found = _load(model, device, dtype)
    with reading_input():
        report = build_index(folder, found, _place(folder, out))
    others = f"; {passed_over_text(report.passed_over)}" if report.passed_over else ""
    click.echo(f"{report.path}: {report.indexed:,} images{others}")
    for name, reason in report.refused[:20]:
        click.echo(f"left out: {name}: {reason}", err=True)
    if len(report.refused) > 20:
        click.echo(f"left out: {len(report.refused) - 20:,} more", err=True)


@clip.command(epilog=EXIT_CODES)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--image", type=click.Path(path_type=Path), help="Find images like this one.")
@click.option("--text", help="Find images like this text.")
@_index_option
@_model_options
@click.option("-k", type=click.IntRange(min=1), default=10, show_default=True, help="How many to show.")
def search(
    folder: Path,
    image: Path | None,
    text: str | None,
    out: Path | None,
    model: Path,
    device: str,
    dtype: str,
    k: int,
) -> None:
    """Find images in DIR's index that are like an image or a text."""
    from assay.pipelines.image_search import ImageIndex
    from assay.pipelines.job import reading_input

    if (image is None) == (text is None):
        raise click.UsageError("give --image or --text")
    with reading_input():
        opened = ImageIndex.open(_place(folder, out))
    found = _load(model, device, dtype)
    with reading_input():
        hits = opened.search(found, image=image, text=text, k=k)
    for hit in hits:
        click.echo(f"{hit.similarity:+.4f}  {hit.path}")


@clip.command(epilog=EXIT_CODES)
@click.argument("table", metavar="IMAGES.csv", type=click.Path(path_type=Path))
@_labels_option
@_calibration_option
@_model_options
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the results.")
@click.option(
    "--bins", type=click.IntRange(1, 1000), default=10, show_default=True, help="Of the reliability diagram."
)
@click.option(
    "--binning",
    type=click.Choice(["equal_width", "equal_count"]),
    default="equal_width",
    show_default=True,
    help="Bins of the same width, or of the same number of images.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the bootstrap.")
def evaluate(
    table: Path,
    labels: str,
    calibration: Path | None,
    model: Path,
    device: str,
    dtype: str,
    out: Path,
    bins: int,
    binning: str,
    seed: int,
) -> None:
    """Compare matches with the labels of IMAGES.csv.

    The table has the columns path (from its own folder) and label, several with ';'. OUT gets evaluation.json,
    evaluation.html, the diagrams as SVG and, where rows were set aside, rejected.csv.
    """
    from assay.models import LabelSet
    from assay.pipelines.image_evaluation import NOTICE, evaluate_matcher
    from assay.pipelines.job import reading_input

    found = _load(model, device, dtype)
    with reading_input(), _progress() as progress:
        report = evaluate_matcher(
            found,
            table,
            LabelSet.read(labels),
            progress,
            calibration=calibration,
            bins=bins,
            binning=binning,
            seed=seed,
        )
    report.write(out)
    click.echo(f"{report.to_text()}\n{NOTICE}\n{out / 'evaluation.html'}")


@clip.command(epilog=EXIT_CODES)
@click.argument("table", metavar="IMAGES.csv", type=click.Path(path_type=Path))
@_labels_option
@_model_options
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The calibration, a JSON file.")
@click.option("--date", metavar="YYYY-MM-DD", help="Of the fit.  [default: today, UTC]")
def calibrate(
    table: Path, labels: str, model: Path, device: str, dtype: str, out: Path, date: str | None
) -> None:
    """Fit a temperature on the labelled images of IMAGES.csv.

    The table is as for evaluate; images with several labels are left out. Evaluate on other images than these.
    """
    from datetime import datetime, timezone

    from assay.models import LabelSet
    from assay.pipelines.image_evaluation import calibrate_matcher
    from assay.pipelines.image_evaluation.text import rejected_lines
    from assay.pipelines.job import reading_input

    found = _load(model, device, dtype)
    day = date or datetime.now(timezone.utc).strftime("%Y-%m-%d")
    with reading_input(), _progress() as progress:
        report = calibrate_matcher(found, table, LabelSet.read(labels), progress, date=day)
        report.calibration.write(out)
    made, images = report.calibration, report.images
    for line in rejected_lines(images.counts_by_rule(), images.read, len(images.accepted)):
        click.echo(line)
    if report.several_labels:
        click.echo(f"left out because of several labels: {report.several_labels:,}")
    click.echo(
        f"{out}: temperature {made.temperature:.4g}, fitted on {made.images:,} images; "
        f"negative log-likelihood {made.loss_before:.4f} before, {made.loss_after:.4f} after"
    )


@clip.command(epilog=EXIT_CODES)
@click.option("--out", type=click.Path(path_type=Path), help="Keep the demo model in this folder.")
def demo(out: Path | None) -> None:
    """Match a made-up image with a small model of random weights."""
    import tempfile

    from assay.pipelines.clip_demo import NOTICE, run_demo

    with tempfile.TemporaryDirectory() as folder:
        result = run_demo(out or folder)
    click.echo(f"{NOTICE}\n\n{result}")

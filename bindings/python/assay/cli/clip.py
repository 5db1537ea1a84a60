"""``assay clip``: match an image to findings, find similar images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.exit_codes import EXIT_CODES

if TYPE_CHECKING:
    from assay.models import Clip

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


@click.group()
def clip() -> None:
    """Match images to texts, find similar images.

    Needs torch. Never a diagnosis.
    """


@clip.command(epilog=EXIT_CODES)
@click.argument("image", type=click.Path(path_type=Path))
@click.option(
    "--labels",
    default="chest_radiograph",
    show_default=True,
    help="Candidates: a file with a label a line, JSON, or a set that comes with Assay.",
)
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
    help="Fitted on labelled images; without it probabilities are not calibrated.",
)
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
    as_json: bool,
) -> None:
    """Rank candidate findings for an IMAGE (PNG, JPEG, DICOM)."""
    from assay.pipelines.job import reading_input

    found = _load(model, device, dtype)
    with reading_input():
        result = found.match(image, labels, k=k, least_margin=least_margin, temperature=temperature)
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
    from assay.pipelines.image_search import build_index
    from assay.pipelines.job import reading_input

    found = _load(model, device, dtype)
    with reading_input():
        report = build_index(folder, found, _place(folder, out))
    click.echo(f"{report.path}: {report.indexed:,} images")
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
@click.option("--out", type=click.Path(path_type=Path), help="Keep the demo model in this folder.")
def demo(out: Path | None) -> None:
    """Match a made-up image with a small model of random weights."""
    import tempfile

    from assay.pipelines.clip_demo import NOTICE, run_demo

    with tempfile.TemporaryDirectory() as folder:
        result = run_demo(out or folder)
    click.echo(f"{NOTICE}\n\n{result}")

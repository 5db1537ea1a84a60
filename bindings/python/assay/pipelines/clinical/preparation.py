"""Everything that can be known to be wrong before the first step: options, folders, and whose tables there are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from assay.data.lake import Lake
from assay.pipelines.clinical.context import MATCHES, Context, tables_of_step
from assay.pipelines.clinical.image_matching import MatcherOptions
from assay.pipelines.clinical.sources import FORMATS, Format, identify
from assay.pipelines.job import reading_input
from assay.pipelines.options import expect_server, make_folder
from assay.pipelines.ownership import expect_own_tables
from assay.pipelines.progress import Progress
from assay.pipelines.record import RunRecord

__all__ = ["expect_tables", "prepare"]

Folder = str | os.PathLike[str]


def prepare(
    source: Folder,
    out: Folder,
    *,
    lake: Folder | None,
    catalog: str,
    tracking: str | None,
    prefix: str,
    patients: str | Sequence[str] | None,
    format: Format,
    clip: Folder | None,
    labels: Folder,
    calibration: Folder | None,
    progress: Progress | None,
) -> Context:
    """What a run needs to know, checked; makes the output folder.

    Raises:
        ValueError: an option that cannot be meant.
        IoError: the source cannot be read, or the output folder not be made.
    """
    import assay

    with reading_input():
        folder = Path(out)
        matcher = _matcher(clip, labels, calibration)
        store = Lake(lake if lake is not None else folder / "lake", catalog=catalog)
        expect_server(tracking)
        _expect_format(format)
        identity = identify(Path(source), format=format)
        make_folder(folder)
    record = RunRecord("clinical", str(source), str(folder), str(store.root), catalog, assay.__version__)
    return Context(
        Path(source),
        folder,
        store,
        identity,
        record,
        progress or Progress(),
        tracking,
        prefix,
        list(dict.fromkeys([patients] if isinstance(patients, str) else patients)) if patients else None,
        matcher,
    )


def expect_tables(context: Context, steps: Sequence[str], *, first: int, replace: bool) -> None:
    """Checks that the tables to reuse were made from this input, and those to write from no other.

    Tables of another input that are to be replaced are noted in the context.

    Raises:
        ValueError: naming the table and what to do.
    """
    tables = [tables_of_step(step, context.input.format) for step in steps]
    absent = () if context.lake.exists(MATCHES) else (MATCHES,)  # images are not always matched
    with reading_input():
        context.replaced = expect_own_tables(
            context.lake,
            context.input,
            reused=[name for names in tables[:first] for name in names if name not in absent],
            written=[name for names in tables[first:] for name in names],
            replace=replace,
        )


def _matcher(clip: Folder | None, labels: Folder, calibration: Folder | None) -> MatcherOptions:
    weights = clip if clip is not None else os.environ.get("ASSAY_CLIP_MODEL") or None
    known = None
    if calibration is not None:
        from assay import ValueError
        from assay.models.evaluation import Calibration

        if weights is None:
            raise ValueError(
                "calibration: expected the model that it was made with as well; give its folder with --clip or "
                "ASSAY_CLIP_MODEL"
            )
        known = Calibration.read(calibration)
    return MatcherOptions(Path(weights) if weights is not None else None, os.fspath(labels), known)


def _expect_format(format: str) -> None:
    if format not in FORMATS:
        from assay import ValueError

        raise ValueError(f"format: expected one of {', '.join(FORMATS)}, got '{format}'")

"""Finds out what a folder holds and reads it into bronze tables, with everything that was set aside."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from assay.pipelines.ownership import InputIdentity, identity_of
from assay.pipelines.source_files import find_table

if TYPE_CHECKING:
    from assay.data import CsvResult, Table

__all__ = [
    "FORMATS",
    "Bronze",
    "Format",
    "SourceReport",
    "detect_format",
    "expect_columns",
    "identify",
    "image_of",
    "input_files",
    "missing_images",
    "read_source",
]

Format = Literal["auto", "patient", "mimic-iv"]
FORMATS: tuple[Format, ...] = ("auto", "patient", "mimic-iv")

PATIENT_FILES = ("vital_signs", "emergency_data", "medical_history", "dicom_metadata")
MIMIC_MARKS = ("admissions", "chartevents")


@dataclass(frozen=True)
class SourceReport:
    """What one file gave: accepted + quarantined = read."""

    file: Path
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    counts_by_rule: dict[str, int]
    remarks: list[str]


@dataclass
class Bronze:
    """Tables as the source holds them, by name, with the rows that could not be read."""

    format: Format
    tables: dict[str, Table] = field(default_factory=dict)
    reports: list[SourceReport] = field(default_factory=list)
    rejected: list[Table] = field(default_factory=list)

    def add(self, result: CsvResult, *, doubts: Sequence[str] = ()) -> None:
        """Takes the account of one file over, with what else is doubtful about it."""
        report = result.report
        rules = dict(result.rejected.counts_by_rule())
        self.reports.append(
            SourceReport(
                Path(report.file),
                report.rows_read,
                report.rows_accepted,
                report.rows_quarantined,
                rules,
                [*report.doubts, *doubts, *report.remarks],
            )
        )
        if result.rejected.num_rows:
            self.rejected.append(result.rejected.table)


def identify(folder: Path, *, format: Format = "auto") -> InputIdentity:
    """The identity of an input.   Cost: reads its files once.

    Raises:
        IoError: the folder does not exist, its format is not known, or a file cannot be read.
    """
    chosen = detect_format(folder) if format == "auto" else format
    return identity_of(chosen, folder, input_files(folder, chosen))


def image_of(folder: Path, name: str | None) -> Path | None:
    """The image of that name, where it is a file inside the folder."""
    path = folder / (name or "")
    return path if path.is_file() and path.resolve().is_relative_to(folder.resolve()) else None


def missing_images(folder: Path, metadata: Table | None) -> list[str]:
    """A remark on images that dicom_metadata names and the folder lacks; their names may hold a patient's id."""
    named = [str(name) for name in metadata["image_file"].to_pylist() if name] if metadata is not None else []
    missing = sum(image_of(folder, name) is None for name in named)
    if not missing:
        return []
    which = "the image" if len(named) == 1 else f"{missing:,} of the {len(named):,} images"
    return [f"{which} that dicom_metadata names {'is' if missing == 1 else 'are'} not in the folder of INPUT"]


def detect_format(folder: Path) -> Format:
    """`patient` or `mimic-iv`, by the files the folder holds.

    Raises:
        IoError: the folder does not exist or holds neither.
    """
    from assay import IoError

    if not folder.exists():
        raise IoError(f"read {folder}: there is no such folder; give the folder that holds the CSV files")
    if not folder.is_dir():
        raise IoError(
            f"read {folder}: expected a folder, got a file; give the folder that holds the CSV files"
        )
    if all(find_table(folder, name) for name in MIMIC_MARKS):
        return "mimic-iv"
    if any(find_table(folder, name) for name in PATIENT_FILES):
        return "patient"
    raise IoError(
        f"read {folder}: the format is not known; expected a patient folder "
        f"({', '.join(f'{name}.csv' for name in PATIENT_FILES)}) or MIMIC-IV (hosp/ and icu/, or "
        f"{', '.join(f'{name}.csv' for name in MIMIC_MARKS)} side by side)"
    )


def input_files(folder: Path, format: Format) -> dict[str, Path]:
    """The files of that format that the folder holds, by table."""
    names: Iterable[str] = PATIENT_FILES
    if format == "mimic-iv":
        from assay.pipelines.clinical.layouts import BRONZE, DICTIONARIES

        names = [*(layout.file for layout in BRONZE), *(d.file for d in DICTIONARIES.values())]
    found = {name: find_table(folder, name) for name in names}
    return {name: path for name, path in found.items() if path is not None}


def expect_files(folder: Path, names: Sequence[str]) -> dict[str, Path]:
    """The paths of these tables.

    Raises:
        IoError: naming every file that is missing.
    """
    found = {name: find_table(folder, name) for name in names}
    missing = [f"{name}.csv" for name, path in found.items() if path is None]
    if missing:
        from assay import IoError

        raise IoError(
            f"read {folder}: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing; "
            "put the file there (plain, .gz or .zst; a header without rows is enough)"
        )
    return {name: path for name, path in found.items() if path is not None}


def expect_columns(
    path: Path,
    header: Sequence[str],
    present: Collection[str],
    needed: Sequence[str],
    *,
    also: Collection[str] = (),
) -> None:
    """Checks that a file has the columns without which its table has no meaning.

    Args:
        header: the names that stand in the file.
        present: what they are taken for.
        also: names that a message may quote beside those of clinical tables.

    Raises:
        SchemaError: naming every column that is missing; it quotes no name that could be a patient's data.
    """
    missing = [f"'{name}'" for name in needed if name not in present]
    if missing:
        from assay import SchemaError
        from assay.data.names import describe_header

        raise SchemaError(
            f"read {path}: line 1 lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)} "
            f"({describe_header(header, also=also)}); "
            "add the column, without values where there are none, or rename it"
        )


def read_source(folder: Path, *, format: Format = "auto") -> Bronze:
    """All files of the folder as bronze tables.

    Raises:
        IoError: the folder is neither format, or a file is missing or cannot be read.
        SchemaError: a file lacks a column that its table needs.
    """
    chosen = detect_format(folder) if format == "auto" else format
    if chosen == "patient":
        from assay.pipelines.clinical.patient_folder import read_patient_folder

        return read_patient_folder(folder)
    from assay.pipelines.clinical.mimic_iv import read_mimic_iv

    return read_mimic_iv(folder)

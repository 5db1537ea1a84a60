"""Readers of laboratory results; every one ends in the same columns and loses no result."""

from __future__ import annotations

import html
import os
import zipfile
from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Literal, NamedTuple

from assay import _core
from assay.data.laboratory.zones import Zone, clock_changes
from assay.errors import IoError

Dates = Literal["day_first", "month_first"] | None
PathLike = str | os.PathLike[str]


class ResultsReading(NamedTuple):
    """What was read: ``len(rows) + len(superseded) + len(rejected) == rows_read``, always.

    rows: the last word on each result, in the columns of ``clinical_schema("laboratory_results")``.
    superseded: what a later message of the same file corrected, in the same columns.
    rejected: the quarantine, with the bytes, the place and the rules that failed.
    """

    rows: _core.data.Table
    superseded: _core.data.Table
    rejected: _core.data.Quarantine
    rows_read: int
    remarks: list[str]

    def _repr_html_(self) -> str:
        counts = (
            f"{self.rows_read:,} results read, {self.rows.num_rows:,} accepted, "
            f"{self.superseded.num_rows:,} superseded, {self.rejected.num_rows:,} quarantined"
        )
        rules = "".join(
            f"<li>quarantined by <code>{html.escape(rule)}</code>: {count:,}</li>"
            for rule, count in sorted(self.rejected.counts_by_rule().items())
        )
        remarks = "".join(f"<li>{html.escape(text)}</li>" for text in self.remarks)
        return f"<p>{counts}</p><ul>{rules}{remarks}</ul>{self.rows._repr_html_()}"


def _options(
    zone: Zone,
    dates: Dates,
    *,
    decimal_point: str = ".",
    columns: Mapping[str, str] | None = None,
    patient_id_type: str | None = None,
    max_message_bytes: int = 100 << 20,
    partial: bool = False,
    skip: Iterable[str] = (),
) -> Any:
    first, changes = clock_changes(zone)
    return _core.data.ReadingOptions(
        utc_offset_minutes=first,
        changes=changes,
        dates=dates,
        decimal_point=decimal_point,
        columns=dict(columns or {}),
        patient_id_type=patient_id_type or "",
        max_message_bytes=max_message_bytes,
        partial=partial,
        skip=list(skip),
    )


def read_results_csv(
    path: PathLike,
    columns: Mapping[str, str] | None = None,
    *,
    zone: Zone = None,
    dates: Dates = None,
    decimal_point: Literal[".", ","] = ".",
) -> ResultsReading:
    """Reads a laboratory's CSV export (any delimiter and encoding, plain, gzip or zstd): one row a result.

    "<0.01" becomes the comparator "<" and the value 0.01; what is not wholly a number stays a text. Rows whose
    patient or time is missing or unreadable are quarantined.

    columns: the laboratory's own headers and ours, ``{"Wert": "value"}``; usual names are found without. Beside the
        columns of the schema there are "value_number" (a numeric column beside a text one) and "reference_range".
    zone: of times that have none: a name such as "Europe/Berlin", a tzinfo or an offset; the default is UTC.
    dates: "day_first" or "month_first", for times such as 03/04/2024, which are quarantined otherwise.

    Raises IoError (unreadable), SchemaError (no patient, time, test or result) and ValueError (a name in columns that
    is not ours).
    """
    options = _options(zone, dates, decimal_point=decimal_point, columns=columns)
    return ResultsReading(*_core.data.read_results_csv(Path(path), options))


def read_hl7(
    path: PathLike,
    *,
    zone: Zone = None,
    decimal_point: Literal[".", ","] = ".",
    patient_id_type: str | None = None,
    max_message_bytes: int = 100 << 20,
) -> ResultsReading:
    """Reads the results of HL7 v2 messages (ORU, OUL; 2.3 to 2.8): a file, or all files of a folder by name.

    Plain files, MLLP blocks and batches; separators, escapes and character set as each message declares them. One OBX
    is one result, each repeat of a number one of its own. Where several messages tell the same result (patient, sender,
    order, test, OBX-4 and time), the one of the latest MSH-7 stands in ``rows``, the others in ``superseded``.

    zone: of times that have none: a name such as "Europe/Berlin", a tzinfo or an offset; the default is UTC.
    patient_id_type: the identifier of PID-3 to take by its type ("MR"); the default is the first.
    max_message_bytes: a longer message is quarantined.

    Raises IoError where the file cannot be read or holds no message.
    """
    options = _options(
        zone,
        None,
        decimal_point=decimal_point,
        patient_id_type=patient_id_type,
        max_message_bytes=max_message_bytes,
    )
    return ResultsReading(*_core.data.read_hl7(Path(path), options))


def read_mimic_iv(folder: PathLike) -> ResultsReading:
    """Reads labevents.csv[.gz] and d_labitems.csv[.gz] of MIMIC-IV, in PhysioNet's layout or as the flat extract.

    LOINC codes come from d_labitems_to_loinc.csv (MIT-LCP's published map) where the folder has it. Raises IoError
    where labevents is missing.
    """
    return ResultsReading(*_core.data.read_mimic_iv(Path(folder), _options(None, None)))


def read_fhir(
    path: PathLike,
    *,
    zone: Zone = None,
    patient_id_type: str | None = None,
    max_message_bytes: int = 100 << 20,
) -> ResultsReading:
    """Reads FHIR R4 Observations: resources, arrays, NDJSON, Bundles, reports with contained Observations.

    A file, or all .json and .ndjson files of a folder (.gz and .zst, too), which may refer to each other. An
    Observation's value is one result, and so is each component; one that only lists members is none. In documents
    results are named by their report, too; of one result told again the latest stands in ``rows``.

    zone: of times that have none: a name such as "Europe/Berlin", a tzinfo or an offset; the default is UTC.
    patient_id_type: take the Patient's identifier of that type or system instead of its id.
    max_message_bytes: a longer resource is quarantined.

    Raises IoError where the file cannot be read, or a folder holds no such file.
    """
    options = _options(zone, None, patient_id_type=patient_id_type, max_message_bytes=max_message_bytes)
    return ResultsReading(*_core.data.read_fhir(Path(path), options))


def read_omop(path: PathLike, *, zone: Zone = None) -> ResultsReading:
    """Reads MEASUREMENT of OMOP 5.4: a folder of CSV files, or a zip archive of them.

    CONCEPT, where it is there, gives LOINC codes, UCUM units and names. Raises IoError where MEASUREMENT is missing and
    SchemaError where it lacks a column that OMOP requires.
    """
    options = _options(zone, None)
    if not _is_zip(path):
        return ResultsReading(*_core.data.read_omop(Path(path), options))
    with zipfile.ZipFile(path) as archive:
        tables = {Path(name).name.lower(): name for name in archive.namelist() if "__MACOSX" not in name}
        name = tables.get("measurement.csv")
        if name is None:
            raise IoError("read_omop: expected MEASUREMENT.csv in the archive, got none")
        concepts = archive.read(tables["concept.csv"]) if "concept.csv" in tables else b""
        return ResultsReading(
            *_core.data.read_omop_bytes(archive.read(name), concepts, options, Path(name).name)
        )


def results_kind(path: PathLike, *, skip: Iterable[str] = ()) -> str:
    """Says what a file or folder of results is: csv, hl7, fhir, omop or mimic_iv.

    By the first bytes of a file, by the tables or files of a folder, without those of ``skip`` and without a README.
    Raises ValueError where a folder mixes kinds.
    """
    return "omop" if _is_zip(path) else _core.data.results_kind(Path(path), _skipped(path, skip))


def read_results(
    path: PathLike,
    *,
    columns: Mapping[str, str] | None = None,
    zone: Zone = None,
    dates: Dates = None,
    decimal_point: Literal[".", ","] = ".",
    patient_id_type: str | None = None,
    max_message_bytes: int = 100 << 20,
    partial: bool = False,
    skip: Iterable[str] = (),
) -> ResultsReading:
    """Reads a file or folder of laboratory results by the reader of its kind, which it tells itself.

    The options are those of the readers: :func:`read_results_csv`, :func:`read_hl7`, :func:`read_fhir`,
    :func:`read_omop` and :func:`read_mimic_iv`. In a folder of CSV files ``columns`` holds for the
    files that have such a header, and a file that is not understood stops the reading, since it may hold results.

    partial: CSV: lists of tests or units are read, too; what they lack of patient, time and result is null.
    skip: files of a folder that are left out, by name or pattern (``"tests*.csv"``); the remarks name them, and
        patterns that mean none. README, LICENSE, CHANGELOG, SHA256SUMS and ``*.md`` are left out anyway.

    Raises SchemaError naming the files of a folder that are not understood, and what the readers raise.
    """
    if _is_zip(path):
        return read_omop(path, zone=zone)
    skip = list(skip)
    options = _options(
        zone,
        dates,
        decimal_point=decimal_point,
        columns=columns,
        patient_id_type=patient_id_type,
        max_message_bytes=max_message_bytes,
        partial=partial,
        skip=_skipped(path, skip),
    )
    found = ResultsReading(*_core.data.read_results(Path(path), options))
    return found._replace(remarks=[*found.remarks, *_unused(path, skip)])


def _skipped(path: PathLike, skip: Iterable[str]) -> list[str]:
    """Names in the folder that a pattern means."""
    patterns = list(skip)
    if not patterns or not Path(path).is_dir():
        return []
    return [name for name in os.listdir(path) if any(fnmatch(name, pattern) for pattern in patterns)]


def _unused(path: PathLike, skip: Iterable[str]) -> list[str]:
    """Of patterns that mean no file: what was to be left out may have been read under another name."""
    names = os.listdir(path) if Path(path).is_dir() else []
    unused = [pattern for pattern in skip if not any(fnmatch(name, pattern) for name in names)]
    return [f"skip: no file is called '{pattern}', so that none was left out by it" for pattern in unused]


def _is_zip(path: PathLike) -> bool:
    return Path(path).is_file() and zipfile.is_zipfile(path)

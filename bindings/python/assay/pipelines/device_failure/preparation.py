"""Rows of devices to features and labels: what is used, what is left out, and why."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from assay import errors
from assay.data.describe import number_of

if TYPE_CHECKING:
    from assay.data import CsvResult, Table

__all__ = ["LABEL", "LEAKS", "DataVersion", "Prepared", "prepare", "prepare_device_days", "read_source"]

LABEL = "Machine failure"
LEAKS = ("TWF", "HDF", "PWF", "OSF", "RNF")
"""Modes of failure: they are known only when the machine has failed, and the label is made of them."""
_READINGS = (
    "Air temperature [K]",
    "Process temperature [K]",
    "Rotational speed [rpm]",
    "Torque [Nm]",
    "Tool wear [min]",
)
_TYPES = {"L": 0.0, "M": 1.0, "H": 2.0}
_LEFT_OUT = {
    "UDI": "number of the record",
    "Product ID": "serial number of the product",
    **dict.fromkeys(LEAKS, "leak: a mode of failure is known only when the machine has failed"),
    "Temperature Difference": "added by a copier of the data; computed anew from the readings",
    "Mechanical Power": "added by a copier of the data; computed anew from the readings",
}


@dataclass(frozen=True)
class DataVersion:
    """Which data it was: enough to find the same rows again."""

    source: str
    """Name of the file, or name or address of the table, without user, password and query."""
    kind: str
    """``file``, ``delta`` or ``memory``."""
    version: str
    """SHA-256 of the file or rows, or the table's version in its Delta log."""
    rows: int

    def to_dict(self) -> dict[str, Any]:
        return {"source": self.source, "kind": self.kind, "version": self.version, "rows": self.rows}


@dataclass(frozen=True)
class Prepared:
    """Features and labels, ready to train on."""

    features: Table
    """One column for each feature, float64."""
    label: NDArray[np.int64]
    """[rows]: 1 where the device fails."""
    groups: NDArray[Any] | None
    """[rows]: what must stay in one fold, such as a device; None where rows stand alone."""
    preparation: str
    """How the features are made of what a caller gives: ``ai4i2020`` or ``device_days``."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Reason by column."""
    version: DataVersion | None = None
    dropped_rows: int = 0
    """Rows without a label."""
    outages: int | None = None
    """Of device days: how often a device went down after the failing rows; each outage makes several of them fail."""
    horizon: int | None = None
    """Of device days: a row fails where the device goes down within so many calendar days."""

    @property
    def failures(self) -> int:
        """Rows that fail."""
        return int(self.label.sum())

    @property
    def failing_devices(self) -> int | None:
        """Groups with a row that fails; None where rows stand alone."""
        return None if self.groups is None else len(np.unique(np.asarray(self.groups)[self.label == 1]))

    @property
    def matrix(self) -> NDArray[np.float64]:
        """[rows, features]; NaN where a value is missing."""
        return np.column_stack([self.features.column(name).to_numpy() for name in self.features.column_names])


def prepare(table: Table, *, version: DataVersion | None = None) -> Prepared:
    """Features and label of the AI4I 2020 records: readings, type of product, power, temperature difference, strain.

    The modes of failure and the record's numbers are never features; derived columns that the file brings are computed
    anew.

    Args:
        table: Columns as the UCI file names them.
        version: Which data it is; that of the rows' content where not given.

    Raises:
        SchemaError: A reading or the label is missing or no number, or a column is unknown, which might be another
            leak.
        ValueError: A type other than L, M and H, or a label other than 0 and 1.
    """
    from assay.data import Table, fingerprint
    from assay.features import derive_machine_features

    names = list(table.column_names)
    needed = ["Type", *_READINGS, LABEL]
    missing = [name for name in needed if name not in names]
    unknown = [name for name in names if name not in needed and name not in _LEFT_OUT]
    if missing:
        found = len(needed) - len(missing)
        came = f" and unknown came '{unknown[0]}' (renamed?)" if len(missing) == len(unknown) == 1 else ""
        few = f"; {found} of {len(needed)} needed columns found: is this the file?" if 2 * found < len(needed) else ""
        raise errors.SchemaError(
            f"prepare: expected the columns of AI4I 2020, got no '{missing[0]}'{came}{few}"
        )
    if unknown:
        raise errors.SchemaError(
            f"prepare: column '{unknown[0]}' is none of AI4I 2020; drop it, or it might give the label away"
        )
    readings = {name: _floats(table, name) for name in _READINGS}
    types = table.column("Type").to_pylist()
    if any(each not in _TYPES for each in types):
        raise errors.ValueError("prepare: expected L, M or H in column 'Type', got another text")
    derived = derive_machine_features(
        air_temperature=readings["Air temperature [K]"],
        process_temperature=readings["Process temperature [K]"],
        rotational_speed=readings["Rotational speed [rpm]"],
        torque=readings["Torque [Nm]"],
        tool_wear=readings["Tool wear [min]"],
    )
    features = Table.from_dict(
        {
            "Type": np.array([_TYPES[each] for each in types]),
            **readings,
            "power": derived.power,
            "temperature_difference": derived.temperature_difference,
            "strain": derived.strain,
        }
    )
    label = table.column(LABEL).to_numpy()
    if not np.isin(label, (0, 1)).all():
        raise errors.ValueError(f"prepare: expected 0 and 1 in column '{LABEL}'")
    return Prepared(
        features,
        label.astype(np.int64),
        None,
        "ai4i2020",
        {name: _LEFT_OUT[name] for name in names if name in _LEFT_OUT},
        version or DataVersion("table", "memory", fingerprint(table), table.num_rows),
    )


def prepare_device_days(
    days: Table, events: Table, *, horizon: int = 7, version: DataVersion | None = None, zone: str = "UTC"
) -> Prepared:
    """Features of device days, labelled by whether the device goes down within the days after; a device is a group.

    Days whose answer is not known are dropped; so that no device is in training and test at once, ``groups`` holds the
    device of each row.

    Args:
        days: Rows of `assay.features.laboratory.device_days`, or gold.device_days.
        events: device_events: ``down`` and ``up`` count.
        horizon: Calendar days after the day.
        version: Which data it is; that of the rows' content where not given.
        zone: Whose days.

    Raises:
        SchemaError: A column is missing.
        ValueError: No day has a known answer.
    """
    from assay.data import Table, fingerprint
    from assay.features import laboratory

    marks = laboratory.failures_ahead(days, events, horizon=horizon, zone=zone).to_pylist()
    known = [i for i, mark in enumerate(marks) if mark is not None]
    if not known:
        raise errors.ValueError(
            "prepare_device_days: expected days whose answer is known, got none; take more days"
        )
    rows = days.take(np.array(known))
    names = [name for name in days.column_names if name not in ("device_id", "day")]
    return Prepared(
        Table.from_dict({name: _floats(rows, name) for name in names}),
        np.array([int(marks[i]) for i in known], dtype=np.int64),
        np.array(rows.column("device_id").to_pylist()),
        "device_days",
        {"device_id": "the device itself; it keeps its rows in one fold", "day": "the date"},
        version or DataVersion("device days", "memory", fingerprint(days), days.num_rows),
        len(marks) - len(known),
        _outages(days.take(np.array([i for i in known if marks[i]], dtype=np.int64)), events, zone),
        horizon,
    )


def _outages(failing: Table, events: Table, zone: str) -> int:
    """How many beginnings of outages are the first after a failing day of their device."""
    begins: dict[str, list[tuple[date, datetime]]] = {}
    for event in events.select(["device_id", "at", "kind"]).to_pylist():
        if event["kind"] == "down" and event["at"] is not None:
            at = event["at"].replace(tzinfo=event["at"].tzinfo or timezone.utc)
            begins.setdefault(event["device_id"], []).append((at.astimezone(ZoneInfo(zone)).date(), at))
    for each in begins.values():
        each.sort()
    rows = failing.select(["device_id", "day"]).to_pylist()
    first = {
        (row["device_id"], next(at for on, at in begins[row["device_id"]] if on > row["day"])) for row in rows
    }
    return len(first)


def read_source(
    source: str | os.PathLike[str], *, horizon: int = 7, version: int | None = None, skip: Sequence[str] = ()
) -> Prepared:
    """Features and labels of AI4I 2020 records, or of a laboratory's folder of results, controls and events.

    Args:
        source: Records as a CSV file or as a Delta table (its folder, or an address such as ``s3://``); or a folder as
            ``assay run lims`` reads it, with device_events.
        horizon: For a laboratory: the device goes down within so many days.
        version: Of a Delta table; the latest where not given.
        skip: Files of a laboratory's folder that are not read, with * for any letters.

    Raises:
        IoError: It is not there or cannot be read.
        SchemaError: It holds neither.
        ValueError: A version of what is no Delta table.
    """
    from assay.data import read_csv
    from assay.pipelines.device_failure.delta_source import delta_uri, read_delta
    from assay.pipelines.number_columns import expect_numbers

    uri = delta_uri(source)
    if uri is not None:
        rows, address, found = read_delta(uri, version=version)
        if "device_id" in rows.column_names and LABEL not in rows.column_names:
            raise errors.SchemaError(
                f"{address}: device days do not say when a device failed; train on them with `assay run lims SOURCE "
                "--train`, or on the laboratory's folder with device_events"
            )
        return prepare(rows, version=DataVersion(address, "delta", str(found), rows.num_rows))
    path = Path(source)
    if version is not None:
        raise errors.ValueError(f"{path.name}: expected a Delta table where a version is asked for")
    if path.is_dir():
        return _read_laboratory(path, horizon, skip)
    _expect_no_json(path)
    result = read_csv(path)
    if result.report.rows_quarantined:
        raise errors.ValueError(
            f"{path.name}: {number_of(result.report.rows_quarantined, 'row')} cannot be read, {_first_of(result)}; "
            "mend or remove them, so that it is known what the model is trained on"
        )
    expect_numbers(path, result.rows, (*_READINGS, LABEL))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return prepare(result.rows, version=DataVersion(path.name, "file", digest, result.rows.num_rows))


def _expect_no_json(path: Path) -> None:
    """Lines of JSON would be read as rows that are cut short, which tells nobody what is wrong."""
    try:
        with path.open("rb") as file:
            start = file.read(200).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    except OSError:
        return  # the reader of the rows says so
    if start in (b"{", b"["):
        raise errors.SchemaError(f"{path.name} is no CSV file: it begins as JSON does")


def _first_of(result: CsvResult) -> str:
    first = min(result.rejected.table.select(["line", "rules"]).to_pylist(), key=lambda row: int(row["line"]))
    rules = str(first["rules"]).split(";")
    if "row.field_count" in rules:
        return f"the first in line {first['line']}, which has not the {result.rows.num_columns} fields of the header"
    return f"the first in line {first['line']} ({', '.join(rules)})"


def _read_laboratory(folder: Path, horizon: int, skip: Sequence[str]) -> Prepared:
    from assay.features import laboratory
    from assay.pipelines.lims.sources import CONTROLS, EVENTS
    from assay.pipelines.lims.sources import read_source as read_laboratory

    found = read_laboratory(str(folder), {"skip": list(skip)} if skip else {})
    if EVENTS not in found.tables:
        raise errors.SchemaError(
            f"{folder.name}: expected device_events beside the results, got none; without them no failure is known"
        )
    days = laboratory.device_days(found.results.rows, found.tables.get(CONTROLS), found.tables[EVENTS]).rows
    prepared = prepare_device_days(days, found.tables[EVENTS], horizon=horizon)
    digest = hashlib.sha256()
    for file in sorted(each for each in folder.iterdir() if each.is_file()):
        digest.update(f"{file.name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    version = DataVersion(folder.name, "file", digest.hexdigest(), days.num_rows)
    return Prepared(**{**prepared.__dict__, "version": version})


def _floats(table: Table, name: str) -> NDArray[np.float64]:
    column = table.column(name)
    if str(column.type) == "utf8" and column.null_count < table.num_rows:
        raise errors.SchemaError(f"prepare: expected numbers in column '{name}', got {column.type}")
    values: NDArray[np.float64] = np.asarray(column.to_numpy(), dtype=np.float64)
    return values

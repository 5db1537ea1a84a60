"""Devices to be scored, from a file or a table: who they are, what a model needs of them, and who cannot be scored."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.pipelines.device_scores.newest import date_of, note_old, order_of, superseded
from assay.pipelines.ownership import identity_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.pipelines.device_scores.model import ModelInput

__all__ = ["DEVICE_COLUMNS", "Devices", "Refused", "content_of", "read_devices"]

DEVICE_COLUMNS = ("device_id", "product_id", "Product ID", "serial_number", "UDI")
"""Columns that name the device, the first that is there, where none is given."""
_LONGEST_NAME = 200


@dataclass(frozen=True)
class Refused:
    """A row that is not scored."""

    row: int
    """Counted from 1, as the source has them, without a header."""
    device: str | None
    rules: str
    """Ids of what it breaks, such as torque.required, with ';' between them."""


@dataclass(frozen=True)
class Devices:
    """Rows to score and rows set aside; read = scored + refused + superseded."""

    names: list[str]
    inputs: Any
    """A pyarrow.Table with the model's inputs, a row for each name."""
    refused: list[Refused]
    rows_read: int
    superseded: int = 0
    """Older rows of devices that have a newer one."""
    remarks: list[str] = field(default_factory=list)
    newest_old: date | None = None
    """Day of the newest row among those that are too old to be scored."""

    @property
    def counts_by_rule(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for one in self.refused:
            for rule in one.rules.split(";"):
                counts[rule] = counts.get(rule, 0) + 1
        return counts


def content_of(source: Path) -> str:
    """SHA-256 that names what a source holds now.   Cost: reads a file once, of a Delta table its log.

    Raises:
        IoError: it is not there, or cannot be read.
    """
    if is_delta(source):
        commits = sorted(file.name for file in (source / "_delta_log").iterdir() if file.name[:20].isdigit())
        return hashlib.sha256("\n".join([str(source.resolve()), *commits]).encode()).hexdigest()
    if source.is_dir():
        raise _no_table(source)
    return identity_of("devices", source, {source.stem: source}).content


def _no_table(folder: Path) -> Exception:
    """A folder of tables was given in place of one of them, as OUT of ``assay run lims``."""
    from assay import IoError

    places = (f"{above}gold/device_days" for above in ("", "*/", "lake/*/"))
    found = next((table for place in places for table in sorted(folder.glob(place)) if is_delta(table)), None)
    advice = f"; the devices are in {found} (with --latest day)" if found else ""
    return IoError(f"read {folder}: expected CSV, Parquet or a Delta table, got another folder{advice}")


def is_delta(source: Path) -> bool:
    from assay.data.storage import has_commit

    return source.is_dir() and has_commit(source)


def read_devices(
    source: Path,
    *,
    inputs: Sequence[ModelInput],
    device: str | None = None,
    latest: str | None = None,
    day: date | None = None,
    most_days: int | None = None,
) -> Devices:
    """Reads CSV, Parquet or a Delta table.

    Args:
        inputs: what the model needs; a row that lacks it is set aside, with the rule that it breaks.
        device: column that names the device; by default the first of :data:`DEVICE_COLUMNS` that is there.
        latest: of several rows of a device the one that is greatest in this column counts: dates, times or numbers,
            also as text, of which what is none is set aside. Without it, a device with several rows is set aside:
            which one says how it is?
        day: of the scores. Where `latest` holds dates or times, a row more than a day after it is set aside: a wrong
            date would else be the newest for good.
        most_days: a device whose newest row is older than this on that day is set aside.

    Raises:
        IoError: the source cannot be read. SchemaError: a column is missing, or `latest` is in
            no order.
    """
    import pyarrow as pa

    table, refused, rows = _read(source)
    name = _device_column(table, device, source)
    place = {one.name: _found(table, one) for one in inputs}
    _expect_columns(table, [*place.values(), *([latest] if latest else [])], source)
    rules: dict[int, list[str]] = {}
    names = _names(table[name], rules)
    when = order_of(table[latest], day, most_days, rules) if latest else [None] * table.num_rows
    older = superseded(names, when)
    taken = {one.name: _input(table[place[one.name]], one, rules) for one in inputs}
    _repeated(names, older.union(row for row in rules if latest and when[row] is None), rules)
    note_old(names, when, older, day, most_days, rules)
    bad = [row for row in sorted(rules) if row not in older]
    refused += [Refused(int(rows[row]), names[row], ";".join(rules[row])) for row in bad]
    out = older.union(bad)
    kept = [row for row in range(table.num_rows) if row not in out]
    remarks = [f"{len(older):,} older rows of devices with a newer one"] if older else []
    return Devices(
        [names[row] or "" for row in kept],
        pa.table(taken).take(pa.array(kept, pa.int64())) if inputs else pa.table({}),
        sorted(refused, key=lambda one: one.row),
        table.num_rows + len(refused) - len(bad),
        len(older),
        remarks,
        max((date_of(when[row]) for row in bad if "latest.old" in rules[row]), default=None),
    )


def _read(source: Path) -> tuple[Any, list[Refused], NDArray[Any]]:
    """The rows, those that could not be read, and the number of each row."""
    import numpy as np
    import pyarrow as pa

    from assay import IoError
    from assay.data import read_csv

    try:
        if is_delta(source):
            from deltalake import DeltaTable

            from assay.data.storage import explained

            with explained(f"read {source}", source):
                table = DeltaTable(source).to_pyarrow_table()
        elif source.suffix.lower() in (".parquet", ".pq"):
            import pyarrow.parquet as pq

            table = pq.read_table(source)
        else:
            result = read_csv(source)
            refused = [
                Refused(int(row["line"]) - 1, None, str(row["rules"]))  # the header is no row
                for row in result.rejected.table.select(["line", "rules"]).to_pylist()
            ]
            table = pa.table(result.rows)
            return table, refused, _numbers_of_rows(table.num_rows, [one.row for one in refused])
    except (OSError, pa.ArrowException) as error:
        if isinstance(error, IoError):
            raise
        raise IoError(f"read {source}: expected CSV, Parquet or a Delta table, cannot read it") from error
    return table, [], np.arange(1, table.num_rows + 1)


def _numbers_of_rows(accepted: int, refused: Sequence[int]) -> NDArray[Any]:
    """Which rows those are that were read, where lines that could not be read lie between them."""
    import numpy as np

    numbers = np.setdiff1d(np.arange(1, accepted + len(refused) + 1), np.asarray(refused, dtype=np.int64))
    return numbers if len(numbers) == accepted else np.arange(1, accepted + 1)  # line breaks in quotes


def _device_column(table: Any, device: str | None, source: Path) -> str:
    from assay import SchemaError

    if device is not None:
        _expect_columns(table, [device], source)
        return device
    for name in DEVICE_COLUMNS:
        if name in table.column_names:
            return name
    raise SchemaError(
        f"read {source}: expected a column that names the device ({', '.join(DEVICE_COLUMNS)}); name it with --device"
    )


def _found(table: Any, about: ModelInput) -> str:
    """The column of an input, by its name or its other one."""
    return (
        about.alias
        if about.name not in table.column_names and about.alias in table.column_names
        else about.name
    )


def _expect_columns(table: Any, wanted: Sequence[str], source: Path) -> None:
    missing = [name for name in wanted if name not in table.column_names]
    if missing:
        from assay import SchemaError

        listed = ", ".join(repr(name) for name in missing)
        raise SchemaError(f"read {source}: expected {len(wanted)} columns, {len(missing)} missing: {listed}")


def _names(column: Any, rules: dict[int, list[str]]) -> list[str | None]:
    import pyarrow as pa

    names: list[str | None] = []
    for row, name in enumerate(column.cast(pa.utf8()).to_pylist()):
        plain = name.strip() if name else ""
        if not plain:
            rules.setdefault(row, []).append("device.required")
        elif len(plain) > _LONGEST_NAME or not plain.isprintable():
            rules.setdefault(row, []).append("device.format")
            plain = ""
        names.append(plain or None)
    return names


def _repeated(names: list[str | None], left_out: set[int], rules: dict[int, list[str]]) -> None:
    places: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        if name is not None and row not in left_out:
            places.setdefault(name, []).append(row)
    for rows in places.values():
        if len(rows) > 1:
            for row in rows:
                rules.setdefault(row, []).append("device.repeated")


def _input(column: Any, about: ModelInput, rules: dict[int, list[str]]) -> Any:
    """The values as the model takes them: numbers as float64, all else as text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = column.combine_chunks()
    if not about.may_miss:
        _note(pc.is_null(column), f"{about.name}.required", rules)
    if not about.numeric:
        texts = column.cast(pa.utf8())
        if about.choices:
            known = pc.is_in(texts, value_set=pa.array(about.choices, pa.utf8()))
            _note(pc.and_(pc.is_valid(texts), pc.invert(known)), f"{about.name}.category", rules)
        return texts
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        values = _numbers_of_text(column, about.name, rules)
    else:
        values = column.cast(pa.float64(), safe=False)
    if about.may_miss:
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, pa.float64()), values)
    finite = pc.is_finite(values)
    _note(pc.invert(finite), f"{about.name}.finite", rules)
    for bound, beyond in ((about.minimum, pc.less), (about.maximum, pc.greater)):
        if bound is not None:
            _note(pc.and_(finite, beyond(values, bound)), f"{about.name}.range", rules)
    return values


def _note(broken: Any, rule: str, rules: dict[int, list[str]]) -> None:
    """Writes the rule down for each row where it is broken; null is not."""
    import numpy as np
    import pyarrow.compute as pc

    for row in np.flatnonzero(np.asarray(pc.fill_null(broken, False))):
        rules.setdefault(int(row), []).append(rule)


def _numbers_of_text(column: Any, name: str, rules: dict[int, list[str]]) -> Any:
    """A column in which some text is no number came as text throughout: its numbers count, the others are set aside."""
    import pyarrow as pa

    values: list[float | None] = []
    for row, text in enumerate(column.to_pylist()):
        try:
            values.append(None if text is None else float(text))
        except ValueError:
            rules.setdefault(row, []).append(f"{name}.type")
            values.append(None)
    return pa.array(values, pa.float64())

"""Laboratory results of a database, in the columns that every reader of results ends in."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from assay.data import Table
    from assay.data.laboratory import ResultsReading
    from assay.data.laboratory.zones import Zone
    from assay.data.sources.loads import Source

__all__ = ["read_results", "results_of_table"]


def read_results(
    source: Source,
    table: str | None = None,
    *,
    query: str | None = None,
    columns: Mapping[str, str] | None = None,
    zone: Zone = None,
    dates: Literal["day_first", "month_first"] | None = None,
    decimal_point: Literal[".", ","] = ".",
) -> ResultsReading:
    """Laboratory results of a table or query; accepted + quarantined = read.

    Usual names of columns are found (labevent_id, subject_id, charttime, itemid, valuenum, valueuom, …), as
    `assay.data.laboratory.read_results_csv` finds them in an export; the values are read by the same rules.

    Args:
        columns: the database's own names by those of ``clinical_schema("laboratory_results")``, as
            {"wert": "value", "einheit": "unit"}.
        zone, dates, decimal_point: of times and numbers that the database keeps as text; columns of the type
            timestamp are in the zone of the source.

    Raises:
        SchemaError: no patient, time, test or result among the columns.
        IoError: the database is not there, or went away.
    """
    reading = source.read(table, query=query)
    try:
        rows, refused = reading.rows, reading.rejected
    finally:
        reading.spool.close()
    named = f"{source.shown}#{table or 'query'}"
    found = results_of_table(
        rows, columns, name=named, zone=zone, dates=dates, decimal_point=decimal_point
    )
    from assay.data import Quarantine, Table

    rejected = Quarantine(Table.concat([refused.table, found.rejected.table]))
    remarks = [*reading.remarks, *found.remarks]
    return found._replace(rejected=rejected, rows_read=reading.rows_read, remarks=remarks)


def results_of_table(
    table: Table,
    columns: Mapping[str, str] | None = None,
    *,
    name: str = "table",
    zone: Zone = None,
    dates: Literal["day_first", "month_first"] | None = None,
    decimal_point: Literal[".", ","] = ".",
) -> ResultsReading:
    """Laboratory results of a table in memory, such as one that was loaded into the lake.

    Args:
        name: of the source, for `source_file` and the quarantine.
    """
    from assay.data import Field, Quarantine, to_csv
    from assay.data.laboratory import read_results_csv

    # The reader of exports reads files: the table passes through memory, in no file that anybody else could open.
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:
        held = os.memfd_create("results")
        try:
            with os.fdopen(os.dup(held), "wb") as file:
                file.write(to_csv(table).encode())
            path = Path(folder) / "table.csv"
            path.symlink_to(f"/proc/self/fd/{held}")
            found = read_results_csv(
                path, columns, zone=zone, dates=dates, decimal_point=decimal_point
            )
        finally:
            os.close(held)
    rows = found.rows
    remarks = list(found.remarks)
    if rows.num_rows and rows["result_id"][0] == f"table.csv:{rows['source_line'][0]}":
        remarks.append(
            "no column of ids: results are named by their place, which a database does not keep; map one to result_id"
        )
    schema = rows.schema
    rows = rows.with_column(schema["source_file"], [name] * rows.num_rows)
    rows = rows.with_column(Field("source_line", "int64"), [None] * rows.num_rows)
    refused = found.rejected.table
    refused = refused.with_column(refused.schema["file"], [name] * refused.num_rows)
    return found._replace(rows=rows, rejected=Quarantine(refused), remarks=remarks)

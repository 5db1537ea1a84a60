"""CSV of made-up vital signs to typed columns: Assay against pyarrow, DuckDB and polars, and with 0.1 % bad rows
against DuckDB's store_rejects.

    python benchmarks/run.py --only csv
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import harness

FULL_ROWS = 10_000_000
MEASUREMENTS = ("heart_rate", "systolic_bp", "diastolic_bp", "spo2", "temperature", "respiratory_rate")


def _write_clean(path: Path, rows: int) -> None:
    import numpy as np
    import polars as pl

    random = np.random.default_rng(20240101)
    patients = random.integers(1, 100_000, rows)
    seconds = np.int64(1_704_067_200) + random.integers(0, 366 * 86_400, rows)

    def draw(mean: float, deviation: float, low: float, high: float) -> pl.Series:
        return pl.Series(np.clip(random.normal(mean, deviation, rows), low, high).round(1))

    frame = pl.DataFrame(
        {
            "patient_id": pl.Series(patients).cast(pl.String).str.zfill(6),
            "observed_at": pl.Series(seconds * 1_000_000).cast(pl.Datetime("us")),
            "heart_rate": draw(84, 16, 30, 220),
            "systolic_bp": draw(122, 19, 60, 240),
            "diastolic_bp": draw(71, 12, 30, 140),
            "spo2": draw(96, 2.5, 60, 100),
            "temperature": draw(37.0, 0.6, 33, 42),
            "respiratory_rate": draw(18, 4, 6, 50),
        }
    ).with_columns(pl.concat_str(pl.lit("M"), pl.col("patient_id")).alias("patient_id"))
    frame.write_csv(path, datetime_format="%Y-%m-%d %H:%M:%S")


def _write_dirty(clean: Path, path: Path) -> None:
    """Every thousandth row is spoilt: text for a number, a field missing, a field too many, an impossible day."""
    import random

    chance = random.Random(7)
    with clean.open("rb") as source, path.open("wb") as target:
        target.write(source.readline())
        for number, line in enumerate(source):
            if number % 1000 == 500:
                fields = line.rstrip(b"\n").split(b",")
                kind = chance.randrange(4)
                if kind == 0:
                    fields[2 + chance.randrange(6)] = b"error"
                elif kind == 1:
                    fields.pop()
                elif kind == 2:
                    fields.append(b"1")
                else:
                    fields[1] = b"2024-02-30 00:00:00"
                line = b",".join(fields) + b"\n"
            target.write(line)


def _assay(path: str) -> Any:
    from assay import data

    schema = {"patient_id": "utf8", "observed_at": "timestamp[us, UTC]"} | dict.fromkeys(MEASUREMENTS, "float64")

    def job() -> Any:
        result = data.read_csv(path, schema=schema)
        return {"rows": result.rows.num_rows, "rejected": result.rejected.num_rows}

    return job


def _pyarrow(path: str) -> Any:
    import pyarrow as pa
    from pyarrow import csv

    pa.set_cpu_count(harness.THREADS)
    types = {"patient_id": pa.string(), "observed_at": pa.timestamp("us")} | dict.fromkeys(MEASUREMENTS, pa.float64())
    options = csv.ConvertOptions(column_types=types)
    return lambda: {"rows": csv.read_csv(path, convert_options=options).num_rows}


def _polars(path: str) -> Any:
    import polars as pl

    schema = {"patient_id": pl.String, "observed_at": pl.Datetime("us")} | dict.fromkeys(MEASUREMENTS, pl.Float64)
    return lambda: {"rows": pl.read_csv(path, schema=schema).height}


def _duckdb(path: str, rejects: bool) -> Any:
    import duckdb

    columns = {"patient_id": "VARCHAR", "observed_at": "TIMESTAMP"} | dict.fromkeys(MEASUREMENTS, "DOUBLE")
    connection = duckdb.connect()
    connection.execute(f"SET threads={harness.THREADS}")
    extra = ", store_rejects=true" if rejects else ""
    query = f"CREATE TABLE t AS SELECT * FROM read_csv('{path}', header=true, columns={columns}{extra})"

    def job() -> Any:
        connection.execute(query)
        rows = connection.execute("SELECT count(*) FROM t").fetchone()[0]
        rejected = connection.execute("SELECT count(DISTINCT line) FROM reject_errors").fetchone()[0] if rejects else 0
        return {"rows": rows, "rejected": rejected}

    return job


def _duckdb_arrow(path: str) -> Any:
    import duckdb

    columns = {"patient_id": "VARCHAR", "observed_at": "TIMESTAMP"} | dict.fromkeys(MEASUREMENTS, "DOUBLE")
    connection = duckdb.connect()
    connection.execute(f"SET threads={harness.THREADS}")
    query = f"SELECT * FROM read_csv('{path}', header=true, columns={columns})"
    return lambda: {"rows": connection.sql(query).to_arrow_table().num_rows}


JOBS = {
    "assay": _assay,
    "pyarrow": _pyarrow,
    "polars": _polars,
    "duckdb": lambda path: _duckdb(path, False),
    "duckdb_arrow": _duckdb_arrow,
    "duckdb_rejects": lambda path: _duckdb(path, True),
}


def _ratio(results: dict[str, dict[str, Any]], ours: str, peers: list[str], goal: float) -> str:
    timed = {name: results[name] for name in peers if "median_seconds" in results.get(name, {})}
    if ours not in results or "median_seconds" not in results[ours] or not timed:
        return "not measured"
    fastest = min(timed, key=lambda name: float(timed[name]["median_seconds"]))
    ratio = timed[fastest]["median_seconds"] / results[ours]["median_seconds"]
    least = min(timed.values(), key=lambda result: int(result["peak_bytes"]))["peak_bytes"]
    return (
        f"{ratio:.2f}× the fastest peer ({fastest}); goal {goal}×: {'met' if ratio >= goal else 'MISSED'}. "
        f"Peak memory {results[ours]['peak_bytes'] / least:.2f} of the smallest peer's."
    )


def run(folder: Path, *, rounds: int, scale: float) -> dict[str, Any]:
    """Both comparisons; the data are made up from a fixed seed."""
    clean, dirty = folder / "vitals.csv", folder / "vitals_bad.csv"
    _write_clean(clean, int(FULL_ROWS * scale))
    _write_dirty(clean, dirty)
    jobs = [[name, str(clean)] for name in ("assay", "pyarrow", "polars", "duckdb", "duckdb_arrow")]
    jobs += [[name, str(dirty)] for name in ("assay", "duckdb_rejects")]
    measured = harness.compare(Path(__file__), jobs, rounds)
    results = {name.replace(str(clean), "clean").replace(str(dirty), "bad"): value for name, value in measured.items()}
    peers = ["pyarrow clean", "polars clean", "duckdb clean", "duckdb_arrow clean"]
    lines = [
        f"{int(FULL_ROWS * scale):,} made-up vital-sign rows, {clean.stat().st_size / 1e6:.0f} MB, "
        f"{harness.THREADS} threads, warm page cache, medians of {rounds}.",
        "",
        harness.table(results),
        "",
        f"Clean rows: {_ratio(results, 'assay clean', peers, 1.5)}",
        "",
        f"0.1 % bad rows: {_ratio(results, 'assay bad', ['duckdb_rejects bad'], 2.5)}",
    ]
    return {"results": results, "markdown": "\n".join(lines)}


if __name__ == "__main__":
    harness.run_here(JOBS[sys.argv[1]](sys.argv[2]))

"""Cleaning, risk score and patient summary of made-up vital signs in memory: Assay against polars and DuckDB.

All three null values beyond the limits, score each row, and give count, mean, least, greatest and last of
six vital signs, the mean and greatest risk score and the number of rows of every patient. Assay also gives
slopes, a quarantine and checks for duplicates. Results are compared before anything is timed.

    python benchmarks/run.py --only summary
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import harness

FULL_ROWS = 10_000_000
ROWS_PER_PATIENT = 500
REPEATS = 5
START = 1_704_067_200_000_000  # 2024-01-01, microseconds
LIMITS = {
    "heart_rate": (1, 350),
    "systolic_bp": (1, 400),
    "diastolic_bp": (1, 300),
    "spo2": (1, 100),
    "temperature": (26, 45),
    "respiratory_rate": (1, 300),
}
# column: severe below, mild below, mild above, severe above, mild weight, severe weight
BANDS = {
    "spo2": (90, 94, 100, 100, 0.15, 0.30),
    "heart_rate": (50, 60, 100, 110, 0.10, 0.20),
    "systolic_bp": (90, 100, 160, 180, 0.10, 0.20),
    "respiratory_rate": (10, 12, 20, 24, 0.05, 0.15),
    "temperature": (35.0, 36.0, 38.0, 39.0, 0.05, 0.15),
}


def make_rows(path: Path, rows: int, interleaved: bool) -> None:
    """Hourly rows, patient by patient or hour by hour; 0.1 % of values are impossible."""
    import numpy as np
    import polars as pl

    random = np.random.default_rng(20240101)
    patients = max(rows // ROWS_PER_PATIENT, 1)
    number = np.arange(rows)
    who = number % patients if interleaved else number // ROWS_PER_PATIENT
    hour = number // patients if interleaved else number % ROWS_PER_PATIENT

    def draw(mean: float, deviation: float, low: float, high: float) -> Any:
        values = np.clip(random.normal(mean, deviation, rows), low, high).round(1)
        values[random.random(rows) < 0.001] = 900.0
        return values

    pl.DataFrame(
        {
            "patient_id": pl.Series(who).cast(pl.String).str.zfill(6),
            "observed_at": pl.Series(START + hour * 3_600_000_000).cast(pl.Datetime("us", "UTC")),
            "heart_rate": draw(84, 16, 30, 220),
            "systolic_bp": draw(122, 19, 60, 240),
            "diastolic_bp": draw(71, 12, 30, 140),
            "spo2": draw(96, 2.5, 60, 100),
            "temperature": draw(37.0, 0.6, 33, 42),
            "respiratory_rate": draw(18, 4, 6, 50),
        }
    ).with_columns(pl.concat_str(pl.lit("M"), pl.col("patient_id")).alias("patient_id")).write_parquet(path)


def assay_job(path: str) -> Any:
    import pyarrow.parquet as pq

    from assay import data, features

    table = data.Table.from_arrow(pq.read_table(path).combine_chunks())

    def job() -> Any:
        return features.summarise_patients(features.clean_vitals(table))

    return job


def polars_job(path: str) -> Any:
    import polars as pl

    frame = pl.read_parquet(path).rechunk()

    def weight(name: str) -> Any:
        severe_low, low, high, severe_high, mild, severe = BANDS[name]
        v = pl.col(name)
        return (
            pl.when((v < severe_low) | (v > severe_high))
            .then(severe)
            .when((v < low) | (v > high))
            .then(mild)
            .otherwise(0.0)
        )

    def job() -> Any:
        clean = [
            pl.when(pl.col(name).is_between(low, high)).then(pl.col(name)).alias(name)
            for name, (low, high) in LIMITS.items()
        ]
        known = pl.all_horizontal(pl.col(n).is_not_null() for n in ("heart_rate", "systolic_bp", "spo2"))
        risk = weight("spo2")
        for name in list(BANDS)[1:]:
            risk = risk + weight(name)
        statistics = [pl.len().alias("vital_count"), pl.col("risk").mean().alias("avg_risk_score")]
        statistics.append(pl.col("risk").max().alias("max_risk_score"))
        for name in LIMITS:
            v = pl.col(name)
            statistics += [v.count().alias(f"{name}_count"), v.mean().alias(f"avg_{name}")]
            statistics += [v.min().alias(f"min_{name}"), v.max().alias(f"max_{name}")]
            statistics.append(v.drop_nulls().last().alias(f"last_{name}"))
        lazy = frame.lazy().with_columns(clean).with_columns(pl.when(known).then(risk).alias("risk"))
        return lazy.group_by("patient_id").agg(statistics).collect()

    return job


def duckdb_job(path: str) -> Any:
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"SET threads = {harness.THREADS}")
    connection.execute(f"CREATE TABLE vitals AS SELECT * FROM '{path}'")

    def weight(name: str) -> str:
        severe_low, low, high, severe_high, mild, severe = BANDS[name]
        return (
            f"CASE WHEN {name} < {severe_low} OR {name} > {severe_high} THEN {severe}::DOUBLE "
            f"WHEN {name} < {low} OR {name} > {high} THEN {mild}::DOUBLE ELSE 0::DOUBLE END"
        )

    clean = ", ".join(
        f"CASE WHEN {name} BETWEEN {low} AND {high} THEN {name} END AS {name}"
        for name, (low, high) in LIMITS.items()
    )
    risk = " + ".join(weight(name) for name in BANDS)
    statistics = ", ".join(
        f"count({n}) AS {n}_count, avg({n}) AS avg_{n}, min({n}) AS min_{n}, max({n}) AS max_{n}, "
        f"arg_max({n}, observed_at) AS last_{n}"
        for n in LIMITS
    )
    query = f"""
        WITH cleaned AS (SELECT patient_id, observed_at, {clean} FROM vitals),
             scored AS (SELECT *, CASE WHEN heart_rate + systolic_bp + spo2 IS NOT NULL THEN {risk} END risk
                        FROM cleaned)
        SELECT patient_id, count(*) AS vital_count, avg(risk) AS avg_risk_score, max(risk) AS max_risk_score,
               {statistics}
        FROM scored GROUP BY patient_id"""

    def job() -> Any:
        return connection.sql(query).to_arrow_table()

    return job


JOBS = {"assay": assay_job, "polars": polars_job, "duckdb": duckdb_job}


def equal(folder: Path, path: str) -> None:
    """Stops where the candidates do not agree."""
    import polars as pl

    frames = {}
    for name, make in JOBS.items():
        result = make(path)()
        frames[name] = (result if name == "polars" else pl.DataFrame(result)).sort("patient_id")
    wanted = frames["polars"]
    for name in ("assay", "duckdb"):
        for column in wanted.columns:
            got, want = frames[name][column], wanted[column]
            close = got.equals(want) if want.dtype == pl.String else bool(((got - want).abs() < 1e-9).all())
            if not close or got.null_count() != want.null_count():
                raise SystemExit(f"summary: {name} and polars disagree on {column}")


def run(folder: Path, *, rounds: int, scale: float) -> dict[str, Any]:
    outcome: dict[str, Any] = {"markdown": ""}
    for layout in ("by patient", "by hour"):
        small, full = folder / "small.parquet", folder / "full.parquet"
        make_rows(small, 20_000, layout == "by hour")
        equal(folder, str(small))
        make_rows(full, int(FULL_ROWS * scale), layout == "by hour")
        results = harness.compare(Path(__file__), [[name, str(full)] for name in JOBS], rounds)
        results = {name.split(" ")[0]: result for name, result in results.items()}
        seconds = {name: r["outcome"]["median"] for name, r in results.items() if "error" not in r}
        outcome[layout] = {"seconds": seconds, "results": results}
        if "assay" in seconds:
            outcome[layout]["ratios"] = {n: s / seconds["assay"] for n, s in seconds.items()}
        outcome["markdown"] += _markdown(layout, seconds, results)
    return outcome


def _markdown(layout: str, seconds: dict[str, float], results: dict[str, Any]) -> str:
    lines = [f"### rows {layout}", "", "| candidate | median s | against Assay |", "|---|---|---|"]
    for name, result in results.items():
        if "error" in result:
            lines.append(f"| {name} | – | failed: {result['error']} |")
        else:
            lines.append(f"| {name} | {seconds[name]:.3f} | {seconds[name] / seconds.get('assay', 1):.2f} |")
    return "\n".join([*lines, "", ""])


def main() -> None:
    import statistics
    import time

    job = JOBS[sys.argv[1]](sys.argv[2])
    job()  # the first run pays for threads and pages
    taken = []

    def repeated() -> dict[str, float]:
        for _ in range(REPEATS):
            start = time.perf_counter()
            job()
            taken.append(time.perf_counter() - start)
        return {"median": statistics.median(taken), "best": min(taken)}

    harness.run_here(repeated)


if __name__ == "__main__":
    main()

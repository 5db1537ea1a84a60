"""Laboratory results from made-up CSV and HL7 v2 files: Assay's readers, alone and with standardisation, beside polars
(which splits comparators by a pattern) and the Python packages hl7 and hl7apy (which read the same fields).

    pip install hl7 hl7apy
    python benchmarks/run.py --only results
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import harness

CSV_ROWS = 1_000_000
HL7_MESSAGES = 40_000  # of ten results
APY_MESSAGES = 200  # hl7apy reads some hundred results a second

TESTS = (
    ("GLU", "2345-7", "mg/dL", 95),
    ("NA", "2951-2", "mmol/L", 140),
    ("K", "2823-3", "mmol/L", 4),
    ("CREA", "2160-0", "mg/dL", 1),
    ("CRP", "1988-5", "mg/L", 3),
    ("ALT", "1742-6", "U/L", 30),
    ("HGB", "718-7", "g/dL", 14),
    ("WBC", "6690-2", "10*3/uL", 7),
    ("PLT", "777-3", "10*3/uL", 250),
    ("TSH", "3016-3", "mIU/L", 2),
)


def _value(chance: random.Random, typical: float) -> str:
    number = f"{typical * chance.uniform(0.5, 1.5):.2f}"
    return "<" + number if chance.random() < 0.05 else number


def _write_csv(path: Path, rows: int) -> None:
    chance = random.Random(11)
    with path.open("w", encoding="ascii") as file:
        file.write("result_id,patient_id,collected_at,test_code,loinc,result,unit,ref_range,flag,status,analyzer\n")
        for row in range(rows):
            code, loinc, unit, typical = TESTS[row % len(TESTS)]
            day, minute = 1 + row // 60_000 % 28, row // 1000 % 60
            file.write(
                f"R{row},P{row % 50_000},2024-05-{day:02d} 08:{minute:02d}:00,{code},{loinc},"
                f"{_value(chance, typical)},{unit},{typical / 2}-{typical * 2},N,F,A{row % 7}\n"
            )


def _write_hl7(path: Path, messages: int) -> None:
    chance = random.Random(12)
    with path.open("w", encoding="ascii", newline="") as file:
        for n in range(messages):
            lines = [
                f"MSH|^~\\&|LAB|H|EHR|H|20240501100000||ORU^R01|M{n}|P|2.5.1",
                f"PID|1||P{n % 5000}^^^H^MR||Made^Up",
                f"OBR|1|A{n}|F{n}|CHEM^Chemistry^L|||20240501083000+0200",
            ]
            for k, (code, loinc, unit, typical) in enumerate(TESTS, 1):
                lines.append(
                    f"OBX|{k}|NM|{loinc}^{code}^LN^{code}^{code}^L||{_value(chance, typical)}|{unit}"
                    f"|{typical / 2}-{typical * 2}|N|||F|||20240501084500+0200||||A{n % 7}"
                )
            file.write("\r".join(lines) + "\r")


def _assay(path: str, silver: bool = False) -> Any:
    from assay.data import laboratory

    def job() -> Any:
        read = laboratory.read_results(path)
        if not silver:
            return {"results": read.rows.num_rows, "quarantined": read.rejected.num_rows}
        done = laboratory.standardise(read.rows)
        return {"results": read.rows.num_rows, "standardised": done.rows.num_rows}

    return job


def _polars(path: str) -> Any:
    import polars as pl

    def job() -> Any:
        frame = pl.read_csv(path, schema_overrides={"result": pl.String, "loinc": pl.String}, try_parse_dates=True)
        frame = frame.with_columns(
            pl.col("result").str.extract(r"^(<=|>=|<|>)", 1).alias("comparator"),
            pl.col("result").str.strip_chars_start("<>=").cast(pl.Float64, strict=False).alias("value"),
            pl.col("ref_range").str.split_exact("-", 1).alias("reference"),
        )
        return {"results": frame.height}

    return job


def _messages(path: str) -> list[str]:
    text = Path(path).read_bytes().decode("ascii")
    return ["MSH" + part for part in text.split("MSH")[1:]]


def _hl7(path: str) -> Any:
    import hl7

    def job() -> Any:
        results = []
        for text in _messages(path):
            message = hl7.parse(text)
            patient, time = str(message["PID"][0][3][0][0]), str(message["OBR"][0][7])
            for obx in message["OBX"]:
                results.append((patient, time, str(obx[3]), str(obx[5]), str(obx[6]), str(obx[7]), str(obx[11])))
        return {"results": len(results)}

    return job


def _hl7apy(path: str) -> Any:
    from hl7apy.parser import parse_message

    def job() -> Any:
        results = []
        for text in _messages(path):
            message = parse_message(text, find_groups=False)
            patient, time = message.pid.pid_3.to_er7(), message.obr.obr_7.to_er7()
            for obx in message.obx:
                results.append((patient, time, obx.obx_3.to_er7(), obx.obx_5.to_er7(), obx.obx_6.to_er7()))
        return {"results": len(results)}

    return job


JOBS = {
    "assay": _assay,
    "assay_silver": lambda path: _assay(path, True),
    "polars": _polars,
    "hl7": _hl7,
    "hl7apy": _hl7apy,
}


def _rates(results: dict[str, dict[str, Any]]) -> list[str]:
    lines = []
    for name, result in results.items():
        if "error" not in result:
            rate = result["outcome"]["results"] / result["median_seconds"]
            lines.append(f"- {name}: {rate:,.0f} results a second")
    return lines


def run(folder: Path, *, rounds: int, scale: float) -> dict[str, Any]:
    """Both comparisons; the data are made up from a fixed seed."""
    table, messages, few = folder / "results.csv", folder / "results.hl7", folder / "few.hl7"
    _write_csv(table, int(CSV_ROWS * scale))
    _write_hl7(messages, int(HL7_MESSAGES * scale))
    _write_hl7(few, APY_MESSAGES)
    jobs = [[name, str(table)] for name in ("assay", "assay_silver", "polars")]
    jobs += [[name, str(messages)] for name in ("assay", "assay_silver", "hl7")]
    jobs += [["hl7apy", str(few)]]
    measured = harness.compare(Path(__file__), jobs, rounds)
    names = {str(table): "csv", str(messages): "hl7", str(few): "hl7 (few messages)"}
    results = {}
    for name, value in measured.items():
        job, path = name.split(" ", 1)
        results[f"{job} {names[path]}"] = value
    lines = [
        f"{int(CSV_ROWS * scale):,} made-up results as CSV ({table.stat().st_size / 1e6:.0f} MB), "
        f"{int(HL7_MESSAGES * scale) * len(TESTS):,} as HL7 v2 ({messages.stat().st_size / 1e6:.0f} MB), "
        f"{harness.THREADS} threads, warm page cache, medians of {rounds}; goals to silver: 1,000,000 a second from "
        "CSV, 200,000 from HL7.",
        "",
        harness.table(results),
        "",
        *_rates(results),
    ]
    return {"results": results, "markdown": "\n".join(lines)}


if __name__ == "__main__":
    harness.run_here(JOBS[sys.argv[1]](sys.argv[2]))

"""Writes the example patient M00001 to examples/data/patient_m00001. Every value is made up.

The figures are drawn from a seeded generator around a course that a clinician would recognise (fever, low oxygen
saturation and a fast pulse that settle over two days), then shifted so that the averages are the ones the
documentation quotes. The same seed gives the same bytes.

    python tools/make_example_patient.py
"""

from __future__ import annotations

import math
import random
import struct
import zlib
from datetime import datetime, timedelta
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "examples" / "data" / "patient_m00001"
START = datetime(2026, 1, 4, 8, 0)
HOURS = 48
WORST_HOUR = 5  # heart rate 118.9, SpO2 87.1, systolic 144.7: risk score 0.50, the highest of the stay


def settle(start: float, end: float, hour: int, hours_to_settle: float = 16.0) -> float:
    return end + (start - end) * math.exp(-hour / hours_to_settle)


def shifted_to_mean(values: list[float], mean: float, fixed: int) -> list[float]:
    """One-decimal values whose sum is round(mean * n, 1); the value at `fixed` keeps its place."""
    tenths = [round(value * 10) for value in values]
    missing = round(mean * len(values) * 10) - sum(tenths)
    others = [i for i in range(len(values)) if i != fixed]
    step = 1 if missing > 0 else -1
    for k in range(abs(missing)):
        tenths[others[(k * 7) % len(others)]] += step
    return [value / 10 for value in tenths]


def vital_signs() -> list[dict[str, float]]:
    rng = random.Random(146)
    rows = []
    for hour in range(HOURS):
        night = math.cos((hour - 10) / 24 * 2 * math.pi)  # fever and pulse rise towards the evening
        rows.append(
            {
                "heartRate": settle(112, 101, hour) + 3 * night + rng.gauss(0, 3.0),
                "bpSys": settle(143, 133, hour) + rng.gauss(0, 3.5),
                "bpDia": settle(86, 81, hour) + rng.gauss(0, 2.5),
                "spO2": settle(90.6, 92.9, hour) + rng.gauss(0, 0.9),
                "bodyTemp": 37.95 + 0.35 * night + rng.gauss(0, 0.12),
                "respRate": settle(20.0, 17.5, hour) + rng.gauss(0, 0.9),
            }
        )
    rows[WORST_HOUR].update(heartRate=118.9, spO2=87.1, bpSys=144.7, bodyTemp=37.9, respRate=20.0)
    for name, mean in {"heartRate": 105.6, "bpSys": 136.7, "bpDia": 82.4, "spO2": 91.9, "bodyTemp": 37.96}.items():
        for row, value in zip(rows, shifted_to_mean([row[name] for row in rows], mean, WORST_HOUR), strict=True):
            row[name] = value
    for row in rows:
        row["respRate"] = float(round(row["respRate"]))
    return rows


def write(name: str, lines: list[str]) -> None:
    (FOLDER / name).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def write_tables() -> None:
    rows = vital_signs()
    columns = list(rows[0])
    lines = [",".join(["patientId", "timestamp", *columns])]
    for hour, row in enumerate(rows):
        at = (START + timedelta(hours=hour)).strftime("%Y-%m-%d %H:%M:%S")
        lines.append(",".join(["M00001", at, *(f"{row[name]:.1f}" for name in columns)]))
    write("vital_signs.csv", lines)
    write(
        "emergency_data.csv",
        [
            "patientId,arrivedAt,departedAt,age,sex,chiefComplaint,triageLevel,consciousness,onOxygen",
            "M00001,2026-01-04 07:20:00,2026-01-04 11:45:00,58,male,"
            '"cough for six weeks, night sweats and blood-streaked sputum",2,A,true',
        ],
    )
    write(
        "medical_history.csv",
        [
            "patientId,recordedAt,category,code,description,status",
            "M00001,2026-01-04 10:05:00,diagnosis,icd10|A15.0,Pulmonary tuberculosis,active",
            "M00001,2019-03-12 00:00:00,diagnosis,icd10|E11.9,Type 2 diabetes mellitus,active",
            "M00001,2026-01-04 12:00:00,medication,,"
            '"Isoniazid, rifampicin, pyrazinamide and ethambutol, fixed-dose, once daily",active',
            "M00001,2019-03-12 00:00:00,medication,,Metformin 500 mg twice daily,active",
            "M00001,2008-06-30 00:00:00,allergy,,Penicillin (rash),active",
        ],
    )
    write(
        "dicom_metadata.csv",
        [
            "patientId,studyInstanceUid,studyAt,modality,bodyPart,viewPosition,studyDescription,imageFile",
            "M00001,2.25.1001001001001,2026-01-04 08:40:00,CR,CHEST,PA,Chest radiograph,chest_pa.png",
        ],
    )


def chest_image(size: int = 256) -> bytes:
    """Grey drawing in the manner of a chest film: a bright body, two dark lungs, a bright patch on the upper right."""
    rng = random.Random(1)
    pixels = bytearray()
    for y in range(size):
        pixels.append(0)  # PNG filter: none
        for x in range(size):
            u, v = x / size - 0.5, y / size - 0.5
            grey = 150 - 120 * max(abs(u) * 2, abs(v) * 1.6) ** 6
            for side in (-1, 1):
                inside = 1 - ((u - side * 0.2) / 0.15) ** 2 - (v / 0.33) ** 2
                grey -= 95 / (1 + math.exp(-9 * inside))
            grey += 55 * math.exp(-(((u + 0.2) / 0.06) ** 2 + ((v + 0.16) / 0.07) ** 2))
            grey += 40 * math.exp(-((u / 0.05) ** 2)) + rng.gauss(0, 2.5)
            pixels.append(min(255, max(0, round(grey))))
    return bytes(pixels)


def write_png(path: Path, size: int = 256) -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)
    text = b"Comment\0Made up: a drawing, not a radiograph of a person"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"tEXt", text)
        + chunk(b"IDAT", zlib.compress(chest_image(size), 9))
        + chunk(b"IEND", b"")
    )


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    write_tables()
    write_png(FOLDER / "chest_pa.png")
    print(f"wrote {FOLDER}")

"""Rewrites a flat MIMIC-IV export in PhysioNet's own layout, so that both must give the same gold."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterable
from pathlib import Path

Row = dict[str, str]

HOSP = {
    "admissions": "subject_id hadm_id admittime dischtime deathtime admission_type admission_location "
    "discharge_location insurance language marital_status race hospital_expire_flag",
    "patients": "subject_id gender anchor_age anchor_year anchor_year_group dod",
    "labevents": "labevent_id subject_id hadm_id itemid charttime storetime value valuenum valueuom "
    "ref_range_lower ref_range_upper flag priority comments",
    "d_labitems": "itemid label fluid category",
    "diagnoses_icd": "subject_id hadm_id seq_num icd_code icd_version charttime",
    "procedures_icd": "subject_id hadm_id seq_num chartdate icd_code icd_version charttime",
    "prescriptions": "subject_id hadm_id starttime stoptime drug_type drug dose_val_rx dose_unit_rx route",
    "microbiologyevents": "microevent_id subject_id chartdate charttime spec_type_desc test_name org_name",
}
ICU = {
    "chartevents": "subject_id hadm_id stay_id charttime storetime itemid value valuenum valueuom warning",
    "d_items": "itemid label abbreviation linksto category unitname param_type",
}


def write_physionet_layout(flat: Path, target: Path) -> None:
    """`hosp/` and `icu/` with gzip files: other columns and order, codes and versions apart, "F" for "f"."""
    ages = _ages(flat)
    for folder, tables in (("hosp", HOSP), ("icu", ICU)):
        (target / folder).mkdir(parents=True)
        for name, columns in tables.items():
            rows = map(_changes(name, ages), _read(flat / f"{name}.csv"))
            _write(target / folder / f"{name}.csv.gz", columns.split(), rows)
    loinc = flat / "d_labitems_to_loinc.csv"
    (target / "hosp" / loinc.name).write_bytes(loinc.read_bytes())


def _ages(flat: Path) -> dict[str, tuple[str, str]]:
    return {row["subject_id"]: (row["age"], row["admittime"][:4]) for row in _read(flat / "admissions.csv")}


def _changes(name: str, ages: dict[str, tuple[str, str]]) -> Callable[[Row], Row]:
    def change(row: Row) -> Row:
        if name == "patients":
            age, year = ages[row["subject_id"]]
            # Five years earlier than the admission: the reader must count forward.
            anchor = {"anchor_age": str(int(age) - 5), "anchor_year": str(int(year) - 5)}
            return {**row, **anchor, "gender": row["gender"].upper(), "anchor_year_group": "2014 - 2016"}
        if name in ("diagnoses_icd", "procedures_icd"):
            system, _, code = row["icd_code"].partition("|")
            return {
                **row,
                "icd_code": code.upper(),
                "icd_version": system.removeprefix("icd"),
                "seq_num": "1",
            }
        if name in ("labevents", "chartevents"):
            return {**row, "value": row["valuenum"], "warning": "0", "storetime": row["charttime"]}
        return row

    return change


def _read(path: Path) -> Iterable[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _write(path: Path, columns: list[str], rows: Iterable[Row]) -> None:
    with (
        gzip.open(path, "wb", compresslevel=1) as packed,
        io.TextIOWrapper(packed, "utf-8", newline="") as text,
    ):
        writer = csv.DictWriter(text, columns, restval="", extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)

"""Canonical names through the bindings; the mapping itself is proven in C++."""

from pathlib import Path

import pytest

import assay
from assay.data import Table, names


def test_a_table_gets_canonical_names() -> None:
    table = Table.from_dict({"patientId": ["A"], "heartRate": [61.0], "bpSys": [120.0]})
    assert names.with_canonical_names(table).column_names == ["patient_id", "heart_rate", "systolic_bp"]


def test_two_columns_for_one_name_are_both_named() -> None:
    table = Table.from_dict({"heartRate": [61.0], "HR": [61.0]})
    with pytest.raises(assay.SchemaError, match=r"'heartRate' and 'HR'"):
        names.with_canonical_names(table)


def test_a_site_extends_the_map_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "site_names.csv"
    file.write_text("name,canonical\nPuls,heart_rate\n")
    site = names.NameMap.clinical().extended(names.read_name_entries(file))
    assert site.canonical("PULS") == "heart_rate"
    assert site.canonical(["Puls", "bodyTemp"]) == ["heart_rate", "temperature"]
    assert names.NameMap.clinical().canonical("PULS") == "puls"


def test_only_known_names_are_told() -> None:
    assert names.known_names(["heartRate", "bp_sys", "avg", "M00001", "observed_at"]) == [
        "heartRate",
        "bp_sys",
        "observed_at",
    ]
    assert names.known_names(["itemid", "M00001"], also={"itemid"}) == ["itemid"]
    assert names.describe_header(["heartRate", "nurse"]) == "it has: heartRate and 1 of no known name"
    assert names.describe_header(["heartRate"]) == "it has: heartRate"
    assert "none of its 2 columns has a known name" in names.describe_header(["Kim", "1958"])
    assert "none of its 0 columns" in names.describe_header([])


def test_names_are_printed_where_half_are_known() -> None:
    assert names.printable_names(["patientId", "nurse"]) == {"patientId": "patientId", "nurse": "nurse"}
    assert names.printable_names(["Kim", "sex", "Seoul"]) == {
        "Kim": "column_1",
        "sex": "sex",
        "Seoul": "column_3",
    }
    assert names.printable_names(["column_1", "column_2"]) == {"column_1": "column_1", "column_2": "column_2"}

"""Makes src/data/units/ucum_table.inc from ucum-essence.xml, the machine-readable form of UCUM.

python tools/make_ucum_table.py ../shared/data/ucum/ucum-essence.xml > src/data/units/ucum_table.inc
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

SPACE = "{http://unitsofmeasure.org/ucum-essence}"


def text(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def name(unit: ElementTree.Element) -> str:
    return text(" ".join((unit.findtext(f"{SPACE}name") or "").split()))


def flags(unit: ElementTree.Element) -> str:
    found = [
        flag
        for flag, attribute in (("kMetric", "isMetric"), ("kSpecial", "isSpecial"), ("kArbitrary", "isArbitrary"))
        if unit.get(attribute) == "yes"
    ]
    return " | ".join(found) or "0"


def main() -> int:
    root = ElementTree.parse(Path(sys.argv[1])).getroot()
    print(f"// Made by tools/make_ucum_table.py from UCUM {root.get('version')} ({root.get('revision-date')}).")
    print("// Copyright of the table: Regenstrief Institute, Inc. and the UCUM Organization; see NOTICE.")
    for prefix in root.iter(f"{SPACE}prefix"):
        value = prefix.find(f"{SPACE}value")
        assert value is not None
        print(f"ASSAY_UCUM_PREFIX({text(prefix.get('Code') or '')}, {name(prefix)}, {text(value.get('value') or '')})")
    for base in root.iter(f"{SPACE}base-unit"):
        print(f"ASSAY_UCUM_BASE({text(base.get('Code') or '')}, {name(base)})")
    for unit in root.iter(f"{SPACE}unit"):
        value = unit.find(f"{SPACE}value")
        assert value is not None
        function = value.find(f"{SPACE}function")
        source = value if function is None else function
        of = "" if function is None else function.get("name") or ""
        print(
            f"ASSAY_UCUM_UNIT({text(unit.get('Code') or '')}, {name(unit)}, {flags(unit)}, "
            f"{text(source.get('value') or '')}, {text(source.get('Unit') or '')}, {text(of)})"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())

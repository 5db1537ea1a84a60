"""Gold from Python equals gold from the C++ example to the last bit.

Both are held against one file of shortest round-trip numbers, ``tests/golden/m00001_gold.csv``: here the pipeline's, in
``tests/install/stranger.sh`` that of ``examples/cpp/clinical_summary.cpp``, built against the installed package.
"""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

from assay import data
from assay.pipelines import clinical

ROOT = Path(__file__).resolve().parents[3]
AGGREGATED_AT = datetime(2026, 1, 6, 8, tzinfo=timezone.utc)  # as stranger.sh passes it to the example


def test_gold_is_the_cpp_examples_gold_to_the_last_bit(tmp_path: Path) -> None:
    run = clinical.run(ROOT / "examples" / "data" / "patient_m00001", tmp_path)
    gold = run.gold.with_column(run.gold.schema["aggregated_at"], [AGGREGATED_AT])
    assert data.to_csv(gold) == (ROOT / "tests" / "golden" / "m00001_gold.csv").read_text(encoding="utf-8")

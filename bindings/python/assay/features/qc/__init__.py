"""Quality control of a laboratory: Westgard rules, CUSUM, EWMA, delta checks, reference change values, moving averages.

::

    from assay.features import qc

    z = (values - 5.0) / 0.12                          # of a control material
    for found in qc.check_controls(z):                 # 1-2s, 1-3s, 2-2s, R-4s, 4-1s, 10-x
        print(found.point, found.rule.name, "reject" if found.rule.rejects else "warning")

    qc.check_controls(z, runs=runs, materials=levels, rules=["1-3s", "2of3-2s", "R-4s", "3-1s", "12-x"])
    qc.cusum(z).signals
    qc.reference_change_value(2.0, 5.6)                # % of analytical and within-person variation

    report = qc.judge_controls(table)                   # a row per measurement: material, value, run, analyte, …
    Path("summary.html").write_text(report.to_html())  # with Levey-Jennings charts

NaN is a missing point on charts, and refused by the rules, which count consecutive points.
"""

from __future__ import annotations

from assay.features.qc.chart import levey_jennings
from assay.features.qc.controls import Chart, ControlPoint, ControlReport, Material, judge_controls
from assay.features.qc.rules import (
    ControlRule,
    Cusum,
    DeltaCheck,
    Ewma,
    Violation,
    check_controls,
    cusum,
    delta_check,
    ewma,
    patient_moving_average,
    reference_change_value,
    westgard_rules,
    westgard_rules_of_three,
)

__all__ = [
    "Chart",
    "ControlPoint",
    "ControlReport",
    "ControlRule",
    "Cusum",
    "DeltaCheck",
    "Ewma",
    "Material",
    "Violation",
    "check_controls",
    "cusum",
    "delta_check",
    "ewma",
    "judge_controls",
    "levey_jennings",
    "patient_moving_average",
    "reference_change_value",
    "westgard_rules",
    "westgard_rules_of_three",
]

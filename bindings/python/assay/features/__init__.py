"""Clinical features: scores, cleaning of vital signs, patient summaries. Names load on first use."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from assay import _native  # noqa: F401 - registers the core's submodules, cleans its errors

if TYPE_CHECKING:
    from assay.features.images import ImagePreprocessor, image_kernels, resize_bicubic
    from assay.features.machines import MachineFeatures, derive_machine_features
    from assay.features.patients import (
        AbnormalResult,
        PatientSummary,
        VitalStatistics,
        abnormal_labs,
        patient_summary,
        patient_summary_schema,
        summarise_patients,
        to_table,
    )
    from assay.features.scores import (
        News2,
        PointScore,
        RiskBand,
        RiskWeights,
        news2,
        qsofa,
        risk_score,
        shock_index,
        sirs,
    )
    from assay.features.vitals import (
        CleanedVitals,
        MeasurementCounts,
        MeasurementSource,
        PivotCounts,
        PivotedMeasurements,
        VitalLimit,
        clean_vitals,
        counts_by_rule,
        default_vital_limits,
        mimic_iv_measurements,
        pivot_measurements,
        read_vital_limits,
        vital_limits_from_json,
    )

__all__ = [
    "AbnormalResult",
    "CleanedVitals",
    "ImagePreprocessor",
    "MachineFeatures",
    "MeasurementCounts",
    "MeasurementSource",
    "News2",
    "PatientSummary",
    "PivotCounts",
    "PivotedMeasurements",
    "PointScore",
    "RiskBand",
    "RiskWeights",
    "VitalLimit",
    "VitalStatistics",
    "abnormal_labs",
    "clean_vitals",
    "counts_by_rule",
    "default_vital_limits",
    "derive_machine_features",
    "image_kernels",
    "mimic_iv_measurements",
    "news2",
    "patient_summary",
    "patient_summary_schema",
    "pivot_measurements",
    "qsofa",
    "read_vital_limits",
    "resize_bicubic",
    "risk_score",
    "shock_index",
    "sirs",
    "summarise_patients",
    "to_table",
    "vital_limits_from_json",
]

_HOMES = ("images", "machines", "patients", "scores", "vitals")


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return importlib.import_module(f"assay.features.{name}")
    if name in __all__:
        for home in _HOMES:
            module = importlib.import_module(f"assay.features.{home}")
            if name in module.__all__:
                value = getattr(module, name)
                globals()[name] = value
                return value
    raise AttributeError(f"module 'assay.features' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)

"""
Clinical features and statistics
"""

from __future__ import annotations
import assay._core.data
import collections.abc
import numpy
import numpy.typing
import os
import typing

__all__: list[str] = [
    "AbnormalResult",
    "Adwin",
    "AnomalyTable",
    "ChiSquaredTest",
    "CleanedVitals",
    "Cluster",
    "ColumnDrift",
    "ControlRule",
    "DeltaCheck",
    "DeviceDayOptions",
    "DeviceDays",
    "DeviceDrift",
    "DeviceSample",
    "DriftThresholds",
    "EarsOptions",
    "ImagePreprocessor",
    "KsTest",
    "MachineFeatures",
    "MeasurementCounts",
    "MeasurementSource",
    "News2",
    "NumericSample",
    "OutbreakTable",
    "PageHinkley",
    "PatientSummary",
    "PivotCounts",
    "PivotedMeasurements",
    "PointScore",
    "RiskBand",
    "RiskWeights",
    "ScanOptions",
    "TableSample",
    "VitalLimit",
    "VitalStatistics",
    "abnormal_labs",
    "adjusted_p_values",
    "bin_counts",
    "check_controls",
    "chi_squared_test",
    "clean_vitals",
    "counts_by_rule",
    "cusum",
    "default_vital_limits",
    "delta_check",
    "delta_checks",
    "derive_machine_features",
    "device_days",
    "device_drift",
    "drift_report",
    "ears",
    "ewma",
    "failures_ahead",
    "image_kernels",
    "jensen_shannon_distance",
    "ks_test",
    "ks_test_of_values",
    "mimic_iv_measurements",
    "news2",
    "news2_columns",
    "outbreak_days",
    "patient_moving_average",
    "patient_summary",
    "patient_summary_schema",
    "pivot_measurements",
    "population_stability",
    "positivity",
    "qsofa",
    "qsofa_columns",
    "quality_anomalies",
    "quantile_edges",
    "read_vital_limits",
    "reference_change_value",
    "resize_bicubic",
    "risk_score_columns",
    "robust_distances",
    "shock_index_columns",
    "sirs",
    "sirs_columns",
    "space_time_scan",
    "summarise_patients",
    "temporal_scan",
    "to_table",
    "vital_limits_from_json",
    "wasserstein_distance",
    "westgard_rules",
    "westgard_rules_of_three",
    "zones_by_distance",
]

class PointScore:
    """
    A sum of points; `total` is None as soon as one input is missing.
    """
    def __repr__(self) -> str: ...
    @property
    def known_points(self) -> int: ...
    @property
    def n_missing(self) -> int: ...
    @property
    def total(self) -> int | None: ...

class News2:
    """
    NEWS2 of one observation (Royal College of Physicians 2017).
    """
    @property
    def known_points(self) -> int: ...
    @property
    def n_missing(self) -> int: ...
    @property
    def points(self) -> typing.Annotated[list[int | None], "FixedSize(7)"]: ...
    @property
    def risk(self) -> str | None: ...
    @property
    def single_three(self) -> bool: ...
    @property
    def total(self) -> int | None: ...

class RiskBand:
    """
    How far one vital sign adds to the risk score.
    """
    def __init__(
        self,
        *,
        severe_low: typing.SupportsFloat | typing.SupportsIndex,
        mild_low: typing.SupportsFloat | typing.SupportsIndex,
        mild_high: typing.SupportsFloat | typing.SupportsIndex,
        severe_high: typing.SupportsFloat | typing.SupportsIndex,
        mild: typing.SupportsFloat | typing.SupportsIndex,
        severe: typing.SupportsFloat | typing.SupportsIndex,
    ) -> None: ...
    @property
    def mild(self) -> float: ...
    @mild.setter
    def mild(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def mild_high(self) -> float: ...
    @mild_high.setter
    def mild_high(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def mild_low(self) -> float: ...
    @mild_low.setter
    def mild_low(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def severe(self) -> float: ...
    @severe.setter
    def severe(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def severe_high(self) -> float: ...
    @severe_high.setter
    def severe_high(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def severe_low(self) -> float: ...
    @severe_low.setter
    def severe_low(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...

class RiskWeights:
    """
    Weights of the risk score, one band for each vital sign.
    """

    heart_rate: RiskBand
    respiratory_rate: RiskBand
    spo2: RiskBand
    systolic_bp: RiskBand
    temperature: RiskBand
    def __init__(self) -> None: ...

class VitalLimit:
    """
    What is plausible (valid) and possible (outlier) for one measurement.
    """

    __hash__: typing.ClassVar[None] = None
    def __eq__(self, arg0: VitalLimit) -> bool: ...
    def __init__(
        self,
        measurement: str,
        *,
        unit: str,
        valid: tuple[
            typing.SupportsFloat | typing.SupportsIndex, typing.SupportsFloat | typing.SupportsIndex
        ],
        outlier: tuple[
            typing.SupportsFloat | typing.SupportsIndex, typing.SupportsFloat | typing.SupportsIndex
        ],
    ) -> None: ...
    def __repr__(self) -> str: ...
    @property
    def measurement(self) -> str: ...
    @property
    def outlier(self) -> tuple[float, float]: ...
    @property
    def unit(self) -> str:
        """
        UCUM code
        """
    @property
    def valid(self) -> tuple[float, float]: ...

class MeasurementCounts:
    """
    What a step read, and what became of it.
    """
    @property
    def measurements_accepted(self) -> int: ...
    @property
    def measurements_quarantined(self) -> int: ...
    @property
    def measurements_read(self) -> int: ...
    @property
    def rows_accepted(self) -> int: ...
    @property
    def rows_merged(self) -> int: ...
    @property
    def rows_quarantined(self) -> int: ...
    @property
    def rows_read(self) -> int: ...

class PivotCounts:
    """
    What a pivot read: accepted, quarantined and other add up to read.
    """
    @property
    def measurements_accepted(self) -> int: ...
    @property
    def measurements_other(self) -> int: ...
    @property
    def measurements_quarantined(self) -> int: ...
    @property
    def measurements_read(self) -> int: ...

class CleanedVitals:
    """
    Accepted vital signs, and what was refused with the reason.
    """
    @property
    def counts(self) -> MeasurementCounts: ...
    @property
    def quarantine(self) -> assay._core.data.Table: ...
    @property
    def rows(self) -> assay._core.data.Table: ...

class MeasurementSource:
    """
    Where the measurements of one charted item go.
    """
    def __init__(self, code: str, column: str, unit: str) -> None: ...
    @property
    def code(self) -> str: ...
    @property
    def column(self) -> str: ...
    @property
    def unit(self) -> str: ...

class PivotedMeasurements:
    """
    One wide row per patient and time, and all the rest.
    """
    @property
    def counts(self) -> PivotCounts: ...
    @property
    def others(self) -> assay._core.data.Table: ...
    @property
    def quarantine(self) -> assay._core.data.Table: ...
    @property
    def rows(self) -> assay._core.data.Table: ...

class VitalStatistics:
    """
    One vital sign over a patient's accepted measurements.
    """
    @property
    def average(self) -> float | None: ...
    @property
    def count(self) -> int: ...
    @property
    def last(self) -> float | None: ...
    @property
    def last_at_micros(self) -> int | None: ...
    @property
    def maximum(self) -> float | None: ...
    @property
    def minimum(self) -> float | None: ...
    @property
    def slope_per_hour(self) -> float | None: ...

class AbnormalResult:
    """
    A laboratory result outside its reference range.
    """
    @property
    def critical(self) -> bool: ...
    @property
    def high(self) -> bool: ...
    @property
    def loinc(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def observed_at_micros(self) -> int | None: ...
    @property
    def reference_high(self) -> float | None: ...
    @property
    def reference_low(self) -> float | None: ...
    @property
    def unit(self) -> str:
        """
        as reported
        """
    @property
    def value(self) -> float: ...

class PatientSummary:
    """
    One row of gold.patient_clinical_summary as a value.
    """
    def __repr__(self) -> str: ...
    @property
    def abnormal_results(self) -> list[AbnormalResult]: ...
    @property
    def age(self) -> int | None: ...
    @property
    def allergies(self) -> list[str]: ...
    @property
    def average_risk_score(self) -> float | None: ...
    @property
    def chief_complaint(self) -> str: ...
    @property
    def diagnoses(self) -> list[str]: ...
    @property
    def history_count(self) -> int: ...
    @property
    def imaging(self) -> str: ...
    @property
    def max_risk_score(self) -> float | None: ...
    @property
    def medications(self) -> list[str]: ...
    @property
    def news2_red(self) -> bool | None:
        """
        a single parameter of NEWS2 scored 3 in any row
        """
    @property
    def news2_red_parameters(self) -> list[str]: ...
    @property
    def patient_id(self) -> str: ...
    @property
    def sex(self) -> str: ...
    @property
    def vital_count(self) -> int: ...
    @property
    def vitals(self) -> dict[str, VitalStatistics]:
        """
        {'heart_rate': VitalStatistics, ...}
        """
    @property
    def worst_news2(self) -> int | None: ...

class ImagePreprocessor:
    """
    CLIP's preprocessing: shortest side by Pillow's bicubic, centre crop, RGB, normalise.
    """
    def __call__(self, image: assay._core.data.Image) -> numpy.typing.NDArray[numpy.float32]:
        """
        float32 [3, size, size]
        """
    def __init__(
        self,
        *,
        size: typing.SupportsInt | typing.SupportsIndex = 224,
        mean: typing.Annotated[
            collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(3)"
        ] = [0.48145467042922974, 0.45782750844955444, 0.40821072459220886],
        std: typing.Annotated[
            collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(3)"
        ] = [0.2686295509338379, 0.2613025903701782, 0.27577710151672363],
        deep_grey: str = "scale",
        pillow: typing.SupportsInt | typing.SupportsIndex = 13,
    ) -> None: ...
    def __repr__(self) -> str: ...
    def batch(
        self, images: collections.abc.Sequence[assay._core.data.Image]
    ) -> numpy.typing.NDArray[numpy.float32]:
        """
        float32 [images, 3, size, size]; images run beside each other on all threads
        """
    @property
    def deep_grey(self) -> str: ...
    @property
    def mean(self) -> typing.Annotated[list[float], "FixedSize(3)"]: ...
    @property
    def pillow(self) -> int:
        """
        the release of Pillow whose bits these are
        """
    @property
    def size(self) -> int: ...
    @property
    def std(self) -> typing.Annotated[list[float], "FixedSize(3)"]: ...

class ControlRule:
    """
    A control rule by its name: '1-3s', '2of3-2s', 'R-4s', '10-x'.
    """
    def __eq__(self, arg0: ControlRule) -> bool: ...
    def __hash__(self) -> int: ...
    def __init__(self, name: str) -> None: ...
    def __repr__(self) -> str: ...
    @property
    def limit(self) -> float:
        """
        Standard deviations.
        """
    @property
    def name(self) -> str: ...
    @property
    def needed(self) -> int: ...
    @property
    def rejects(self) -> bool:
        """
        Else it warns.
        """
    @property
    def window(self) -> int: ...

class DeltaCheck:
    """
    A result against the last one of the same patient and analyte.
    """
    def __repr__(self) -> str: ...
    @property
    def compared(self) -> bool:
        """
        False where the last result is too old.
        """
    @property
    def difference(self) -> float: ...
    @property
    def failed(self) -> bool: ...
    @property
    def per_day(self) -> float: ...
    @property
    def percent(self) -> float:
        """
        Of the last result; NaN where that is 0.
        """

class NumericSample:
    """
    The values of a column, exactly; samples of partitions merge.
    """

    __hash__: typing.ClassVar[None] = None
    @staticmethod
    def from_bytes(data: bytes) -> NumericSample: ...
    def __eq__(self, arg0: NumericSample) -> bool: ...
    def __init__(self, values: typing.Annotated[numpy.typing.ArrayLike, numpy.float64]) -> None: ...
    def __len__(self) -> int: ...
    def __repr__(self) -> str: ...
    def merge(self, other: NumericSample) -> None: ...
    def quantile(self, p: typing.SupportsFloat | typing.SupportsIndex) -> float: ...
    def to_bytes(self) -> bytes: ...
    @property
    def count(self) -> int: ...
    @property
    def mean(self) -> float: ...
    @property
    def missing(self) -> int:
        """
        How many were NaN.
        """
    @property
    def standard_deviation(self) -> float: ...

class KsTest:
    """
    The two-sample Kolmogorov-Smirnov test.
    """
    def __repr__(self) -> str: ...
    @property
    def exact(self) -> bool: ...
    @property
    def first_above(self) -> bool:
        """
        The first sample's values are smaller there.
        """
    @property
    def location(self) -> float:
        """
        The value at which the distributions are farthest apart.
        """
    @property
    def p(self) -> float: ...
    @property
    def statistic(self) -> float:
        """
        D: an effect size from 0 to 1.
        """

class ChiSquaredTest:
    """
    Pearson's test of two samples over bins or categories.
    """
    @property
    def cramers_v(self) -> float:
        """
        An effect size from 0 to 1.
        """
    @property
    def degrees(self) -> int: ...
    @property
    def p(self) -> float: ...
    @property
    def sparse(self) -> int:
        """
        Cells with fewer than 5 expected.
        """
    @property
    def statistic(self) -> float: ...

class TableSample:
    """
    What drift statistics need of a table; samples of partitions merge, and are saved.
    """

    __hash__: typing.ClassVar[None] = None
    @staticmethod
    def by_group(
        table: assay._core.data.Table,
        *,
        group: str,
        value: str,
        unit: str = "",
        label: str = "",
        most_distinct: typing.SupportsInt | typing.SupportsIndex = 100000,
        most_categories: typing.SupportsInt | typing.SupportsIndex = 10000,
    ) -> TableSample:
        """
        A sample of numbers for each group and unit.
        """
    @staticmethod
    def from_bytes(data: bytes) -> TableSample: ...
    def __eq__(self, arg0: TableSample) -> bool: ...
    def __init__(
        self,
        table: assay._core.data.Table,
        *,
        most_distinct: typing.SupportsInt | typing.SupportsIndex = 100000,
        most_categories: typing.SupportsInt | typing.SupportsIndex = 10000,
    ) -> None: ...
    def __repr__(self) -> str: ...
    def categories(self, column: str, unit: str = "") -> list[tuple[str, int]]:
        """
        Categories with their counts; of a column with too many, numbers of groups.
        """
    def kind(self, column: str, unit: str = "") -> str:
        """
        numbers, categories or other.
        """
    def merge(self, other: TableSample) -> None: ...
    def numbers(self, column: str, unit: str = "") -> NumericSample: ...
    def to_bytes(self) -> bytes: ...
    @property
    def column_names(self) -> list[str]: ...
    @property
    def grouped(self) -> bool:
        """
        Whether these are groups of rows, not columns.
        """
    @property
    def groups(self) -> list[tuple[str, str, str]]: ...
    @property
    def rows(self) -> int: ...
    @property
    def unnamed(self) -> int:
        """
        Rows that name no group.
        """

class ColumnDrift:
    """
    One column against its reference; NaN is a figure that does not apply.
    """
    def __repr__(self) -> str: ...
    @property
    def cramers_v(self) -> float: ...
    @property
    def current_count(self) -> int: ...
    @property
    def current_deviation(self) -> float: ...
    @property
    def current_mean(self) -> float: ...
    @property
    def current_missing(self) -> float:
        """
        Share.
        """
    @property
    def drifted(self) -> bool:
        """
        Moderate or severe.
        """
    @property
    def jensen_shannon(self) -> float:
        """
        Distance, from 0 to 1.
        """
    @property
    def kind(self) -> str: ...
    @property
    def label(self) -> str:
        """
        Of a group: what people call it; empty where nothing does.
        """
    @property
    def location(self) -> float:
        """
        Where the distributions are farthest apart.
        """
    @property
    def missing_p(self) -> float: ...
    @property
    def missing_p_adjusted(self) -> float: ...
    @property
    def name(self) -> str: ...
    @property
    def p(self) -> float: ...
    @property
    def p_adjusted(self) -> float: ...
    @property
    def psi(self) -> float: ...
    @property
    def psi_expected(self) -> float:
        """
        What the index is on average without change.
        """
    @property
    def reason(self) -> str: ...
    @property
    def reference_count(self) -> int: ...
    @property
    def reference_deviation(self) -> float: ...
    @property
    def reference_mean(self) -> float: ...
    @property
    def reference_missing(self) -> float:
        """
        Share.
        """
    @property
    def shift(self) -> float:
        """
        Wasserstein in standard deviations of the reference.
        """
    @property
    def statistic(self) -> float: ...
    @property
    def test(self) -> str: ...
    @property
    def unit(self) -> str:
        """
        Of a group.
        """
    @property
    def verdict(self) -> str: ...
    @property
    def wasserstein(self) -> float:
        """
        In the unit of the values.
        """

class PageHinkley:
    """
    The Page-Hinkley test: has the mean of a stream changed?
    """

    __hash__: typing.ClassVar[None] = None
    @staticmethod
    def from_bytes(data: bytes) -> PageHinkley: ...
    def __eq__(self, arg0: PageHinkley) -> bool: ...
    def __init__(
        self,
        *,
        delta: typing.SupportsFloat | typing.SupportsIndex = 0.005,
        threshold: typing.SupportsFloat | typing.SupportsIndex = 50.0,
        forgetting: typing.SupportsFloat | typing.SupportsIndex = 0.9999,
        fewest: typing.SupportsInt | typing.SupportsIndex = 30,
    ) -> None: ...
    def to_bytes(self) -> bytes: ...
    def update(self, value: typing.SupportsFloat | typing.SupportsIndex) -> int:
        """
        1 where the mean has risen, -1 where it has fallen, else 0.
        """
    def update_all(self, values: typing.Annotated[numpy.typing.ArrayLike, numpy.float64]) -> list[int]:
        """
        The positions of the values that alarm.
        """
    @property
    def alarms(self) -> int: ...
    @property
    def count(self) -> int:
        """
        Values since the last alarm.
        """
    @property
    def mean(self) -> float: ...

class Adwin:
    """
    Adaptive windowing: the latest values that have one mean.
    """

    __hash__: typing.ClassVar[None] = None
    @staticmethod
    def from_bytes(data: bytes) -> Adwin: ...
    def __eq__(self, arg0: Adwin) -> bool: ...
    def __init__(
        self,
        *,
        delta: typing.SupportsFloat | typing.SupportsIndex = 0.002,
        width: typing.SupportsFloat | typing.SupportsIndex = 1.0,
        every: typing.SupportsInt | typing.SupportsIndex = 32,
        fewest: typing.SupportsInt | typing.SupportsIndex = 5,
    ) -> None: ...
    def __len__(self) -> int: ...
    def to_bytes(self) -> bytes: ...
    def update(self, value: typing.SupportsFloat | typing.SupportsIndex) -> bool:
        """
        True where the window was cut.
        """
    def update_all(self, values: typing.Annotated[numpy.typing.ArrayLike, numpy.float64]) -> list[int]:
        """
        The positions of the values that alarm.
        """
    @property
    def alarms(self) -> int: ...
    @property
    def mean(self) -> float: ...
    @property
    def variance(self) -> float: ...

class DeviceSample:
    """
    The results of each device and analyte; parts merge, and are saved.
    """

    __hash__: typing.ClassVar[None] = None
    @staticmethod
    def from_bytes(data: bytes) -> DeviceSample: ...
    def __eq__(self, arg0: DeviceSample) -> bool: ...
    def __init__(
        self, table: assay._core.data.Table, *, device: str, value: str, analyte: str = "", unit: str = ""
    ) -> None: ...
    def __len__(self) -> int: ...
    def merge(self, other: DeviceSample) -> None: ...
    def to_bytes(self) -> bytes: ...
    @property
    def keys(self) -> list[tuple[str, str, str]]: ...
    @property
    def unnamed(self) -> int:
        """
        Rows that name no device.
        """

class DeviceDrift:
    """
    One device and analyte; NaN is a figure that does not apply.
    """
    @property
    def alarms(self) -> bool: ...
    @property
    def analyte(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def device(self) -> str: ...
    @property
    def mad_is_zero(self) -> bool: ...
    @property
    def mean(self) -> float: ...
    @property
    def median(self) -> float: ...
    @property
    def p(self) -> float: ...
    @property
    def p_adjusted(self) -> float: ...
    @property
    def reason(self) -> str: ...
    @property
    def reference_count(self) -> int: ...
    @property
    def reference_deviation(self) -> float: ...
    @property
    def reference_mean(self) -> float: ...
    @property
    def reference_median(self) -> float: ...
    @property
    def robust_z(self) -> float: ...
    @property
    def t(self) -> float: ...
    @property
    def unit(self) -> str: ...
    @property
    def verdict(self) -> str: ...
    @property
    def z(self) -> float: ...

class DriftThresholds:
    """
    What counts as drift.
    """
    def __init__(self) -> None: ...
    @property
    def bins(self) -> int: ...
    @bins.setter
    def bins(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def few_levels(self) -> int: ...
    @few_levels.setter
    def few_levels(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def fewest(self) -> int: ...
    @fewest.setter
    def fewest(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def jensen_shannon(self) -> float: ...
    @jensen_shannon.setter
    def jensen_shannon(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def missing_moderate(self) -> float: ...
    @missing_moderate.setter
    def missing_moderate(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def missing_severe(self) -> float: ...
    @missing_severe.setter
    def missing_severe(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def p(self) -> float: ...
    @p.setter
    def p(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def psi_moderate(self) -> float: ...
    @psi_moderate.setter
    def psi_moderate(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def psi_severe(self) -> float: ...
    @psi_severe.setter
    def psi_severe(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def wasserstein(self) -> float: ...
    @wasserstein.setter
    def wasserstein(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...

class DeviceDayOptions:
    """
    Windows of device_days in calendar days, and what they need.
    """
    def __init__(self, **kwargs) -> None: ...
    @property
    def cusum_days(self) -> int: ...
    @cusum_days.setter
    def cusum_days(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def cusum_h(self) -> float: ...
    @cusum_h.setter
    def cusum_h(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def cusum_k(self) -> float: ...
    @cusum_k.setter
    def cusum_k(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def downtime_days(self) -> int: ...
    @downtime_days.setter
    def downtime_days(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def drift_baseline_days(self) -> int:
        """
        Directly before drift_days.
        """
    @drift_baseline_days.setter
    def drift_baseline_days(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def drift_days(self) -> int: ...
    @drift_days.setter
    def drift_days(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def error_days(self) -> int: ...
    @error_days.setter
    def error_days(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def known_when_observed(self) -> bool:
        """
        A result without reported_at was known when it was observed.
        """
    @known_when_observed.setter
    def known_when_observed(self, arg0: bool) -> None: ...
    @property
    def load_days(self) -> int: ...
    @load_days.setter
    def load_days(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def minimum_controls(self) -> int:
        """
        For a trend.
        """
    @minimum_controls.setter
    def minimum_controls(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def minimum_results(self) -> int:
        """
        Of an analyte in either window.
        """
    @minimum_results.setter
    def minimum_results(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def repeat_days(self) -> int: ...
    @repeat_days.setter
    def repeat_days(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def temperature_days(self) -> int: ...
    @temperature_days.setter
    def temperature_days(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def trend_days(self) -> int: ...
    @trend_days.setter
    def trend_days(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def turn_around_days(self) -> int: ...
    @turn_around_days.setter
    def turn_around_days(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...

class DeviceDays:
    """
    Features by device and day, and what could not be used.
    """
    @property
    def left_out(self) -> dict[str, int]:
        """
        Records by reason, such as 'results.no_report_time'.
        """
    @property
    def rows(self) -> assay._core.data.Table: ...

class Cluster:
    """
    More cases than expected, somewhere and for some days.
    """
    def __repr__(self) -> str: ...
    @property
    def cases(self) -> int: ...
    @property
    def expected(self) -> float: ...
    @property
    def first_day(self) -> int: ...
    @property
    def last_day(self) -> int:
        """
        Included.
        """
    @property
    def log_likelihood_ratio(self) -> float: ...
    @property
    def p(self) -> float:
        """
        (r + 1) / (R + 1) of the Monte Carlo test.
        """
    @property
    def places(self) -> list[int]:
        """
        Empty for a scan over time alone.
        """

class ScanOptions:
    def __init__(
        self,
        *,
        most_days: typing.SupportsInt | typing.SupportsIndex,
        alive_only: bool,
        replicates: typing.SupportsInt | typing.SupportsIndex,
        seed: typing.SupportsInt | typing.SupportsIndex,
        most_clusters: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...

class EarsOptions:
    def __init__(
        self,
        *,
        baseline: typing.SupportsInt | typing.SupportsIndex = 7,
        least_deviation: typing.SupportsFloat | typing.SupportsIndex = 0.5,
        threshold: typing.SupportsFloat | typing.SupportsIndex = 0.0,
    ) -> None: ...

class OutbreakTable:
    """
    Rows by ward and organism, and what could not be used.
    """
    @property
    def left_out(self) -> dict[str, int]:
        """
        Cultures by reason.
        """
    @property
    def rows(self) -> assay._core.data.Table: ...

class AnomalyTable:
    """
    Rows by analyte, device and day, and what could not be used.
    """
    @property
    def left_out(self) -> dict[str, int]:
        """
        Results by reason.
        """
    @property
    def rows(self) -> assay._core.data.Table: ...

class MachineFeatures:
    """
    What a machine's parts bear; NaN where a reading is missing.
    """
    @property
    def power(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        W
        """
    @property
    def strain(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        N m min
        """
    @property
    def temperature_difference(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        K: process less air
        """

def abnormal_labs(
    labs: assay._core.data.Table, *, sex_of: collections.abc.Mapping[str, str] = {}
) -> tuple[dict[str, list[AbnormalResult]], dict[str, int]]: ...
def adjusted_p_values(p: typing.Annotated[numpy.typing.ArrayLike, numpy.float64]) -> list[float]: ...
def bin_counts(
    sample: NumericSample, edges: typing.Annotated[numpy.typing.ArrayLike, numpy.float64]
) -> list[int]: ...
def check_controls(
    z: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    runs: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    materials: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    rules: collections.abc.Sequence[ControlRule],
) -> list[tuple[int, int, bool]]: ...
def chi_squared_test(
    reference: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    current: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
) -> ChiSquaredTest: ...
def clean_vitals(
    vitals: assay._core.data.Table,
    *,
    limits: collections.abc.Sequence[VitalLimit] | None = None,
    units: collections.abc.Mapping[str, str] = {},
) -> CleanedVitals: ...
def counts_by_rule(quarantine: assay._core.data.Table) -> dict[str, int]:
    """
    Rows of a quarantine of measurements by rule.
    """

def cusum(
    z: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    *,
    k: typing.SupportsFloat | typing.SupportsIndex = 0.5,
    h: typing.SupportsFloat | typing.SupportsIndex = 5.0,
    restart: bool = True,
) -> tuple[
    numpy.typing.NDArray[numpy.float64],
    numpy.typing.NDArray[numpy.float64],
    numpy.typing.NDArray[numpy.int64],
]: ...
def default_vital_limits() -> list[VitalLimit]:
    """
    The limits that the schemas declare.
    """

def delta_check(
    last: typing.SupportsFloat | typing.SupportsIndex,
    result: typing.SupportsFloat | typing.SupportsIndex,
    days: typing.SupportsFloat | typing.SupportsIndex,
    *,
    difference: typing.SupportsFloat | typing.SupportsIndex = ...,
    percent: typing.SupportsFloat | typing.SupportsIndex = ...,
    per_day: typing.SupportsFloat | typing.SupportsIndex = ...,
    within_days: typing.SupportsFloat | typing.SupportsIndex = ...,
) -> DeltaCheck: ...
def delta_checks(
    rows: assay._core.data.Table,
    *,
    limits: collections.abc.Sequence[
        tuple[
            str,
            str,
            typing.SupportsFloat | typing.SupportsIndex,
            typing.SupportsFloat | typing.SupportsIndex,
            typing.SupportsFloat | typing.SupportsIndex,
            typing.SupportsFloat | typing.SupportsIndex,
        ]
    ],
    source_column: str = "",
) -> list[assay._core.data.QualityCheck]:
    """
    limits: code, unit, difference, percent, per_day, within_days; see assay.pipelines.laboratory_quality.
    """

def derive_machine_features(
    *,
    air_temperature: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    process_temperature: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    rotational_speed: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    torque: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    tool_wear: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> MachineFeatures:
    """
    Power (torque x 2 pi / 60 x speed), temperature difference and strain (torque x wear), from K, K, 1/min, N m and minutes.
    """

def device_days(
    results: assay._core.data.Table,
    controls: assay._core.data.Table | None,
    events: assay._core.data.Table | None,
    *,
    options: DeviceDayOptions,
    last_day: typing.SupportsInt | typing.SupportsIndex | None,
    first_start: typing.SupportsInt | typing.SupportsIndex,
    starts: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
) -> DeviceDays: ...
def device_drift(
    reference: DeviceSample,
    current: DeviceSample,
    *,
    calibrate: typing.SupportsFloat | typing.SupportsIndex,
    critical: typing.SupportsFloat | typing.SupportsIndex,
    p: typing.SupportsFloat | typing.SupportsIndex,
    fewest: typing.SupportsInt | typing.SupportsIndex,
) -> list[DeviceDrift]: ...
def drift_report(
    reference: TableSample, current: TableSample, thresholds: DriftThresholds
) -> list[ColumnDrift]: ...
def ears(
    counts: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    method: str,
    options: EarsOptions,
) -> tuple[
    numpy.typing.NDArray[numpy.float64],
    numpy.typing.NDArray[numpy.float64],
    numpy.typing.NDArray[numpy.float64],
    numpy.typing.NDArray[numpy.int64],
]: ...
def ewma(
    z: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    *,
    weight: typing.SupportsFloat | typing.SupportsIndex = 0.2,
    width: typing.SupportsFloat | typing.SupportsIndex = 3.0,
) -> tuple[
    numpy.typing.NDArray[numpy.float64],
    numpy.typing.NDArray[numpy.float64],
    numpy.typing.NDArray[numpy.int64],
]: ...
def failures_ahead(
    days: assay._core.data.Table,
    events: assay._core.data.Table,
    *,
    horizon: typing.SupportsInt | typing.SupportsIndex,
    last_day: typing.SupportsInt | typing.SupportsIndex | None,
    first_start: typing.SupportsInt | typing.SupportsIndex,
    starts: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
) -> assay._core.data.Column: ...
def image_kernels() -> str:
    """
    The instruction set in use for images: avx512, avx2 or scalar; ASSAY_SIMD limits it.
    """

def jensen_shannon_distance(
    reference: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    current: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
) -> float: ...
def ks_test(reference: NumericSample, current: NumericSample, *, method: str = "auto") -> KsTest: ...
def ks_test_of_values(
    reference: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    current: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    *,
    method: str = "auto",
) -> KsTest: ...
def mimic_iv_measurements() -> list[MeasurementSource]:
    """
    Vital signs charted in MIMIC-IV.
    """

def news2(
    *,
    heart_rate: typing.SupportsFloat | typing.SupportsIndex,
    systolic_bp: typing.SupportsFloat | typing.SupportsIndex,
    spo2: typing.SupportsFloat | typing.SupportsIndex,
    temperature: typing.SupportsFloat | typing.SupportsIndex,
    respiratory_rate: typing.SupportsFloat | typing.SupportsIndex,
    on_oxygen: bool | None,
    consciousness: str | None,
    spo2_scale: typing.SupportsInt | typing.SupportsIndex,
) -> News2: ...
def news2_columns(
    arg0: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    arg1: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    arg2: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    arg3: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    arg4: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    arg5: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    arg6: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    arg7: typing.SupportsInt | typing.SupportsIndex,
) -> numpy.typing.NDArray[numpy.float64]: ...
def outbreak_days(
    cultures: assay._core.data.Table,
    *,
    one_case_days: typing.SupportsInt | typing.SupportsIndex = 30,
    known_when_observed: bool,
    last_day: typing.SupportsInt | typing.SupportsIndex | None,
    first_start: typing.SupportsInt | typing.SupportsIndex,
    starts: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    ears: EarsOptions = ...,
    cusum_k: typing.SupportsFloat | typing.SupportsIndex = 0.5,
    cusum_h: typing.SupportsFloat | typing.SupportsIndex = 5.0,
) -> OutbreakTable: ...
def patient_moving_average(
    results: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    *,
    block: typing.SupportsInt | typing.SupportsIndex = 50,
    low: typing.SupportsFloat | typing.SupportsIndex,
    high: typing.SupportsFloat | typing.SupportsIndex,
) -> numpy.typing.NDArray[numpy.float64]: ...
def patient_summary(
    gold: assay._core.data.Table, row: typing.SupportsInt | typing.SupportsIndex
) -> PatientSummary:
    """
    Row `row` of a gold table as a value.
    """

def patient_summary_schema() -> assay._core.data.Schema:
    """
    Schema of gold.patient_clinical_summary.
    """

def pivot_measurements(
    measurements: assay._core.data.Table,
    *,
    map: collections.abc.Sequence[MeasurementSource] | None = None,
    source_rows: bool = True,
) -> PivotedMeasurements: ...
def population_stability(
    reference: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
    current: typing.Annotated[numpy.typing.ArrayLike, numpy.int64],
) -> tuple[float, float]: ...
def positivity(
    cultures: assay._core.data.Table,
    *,
    one_case_days: typing.SupportsInt | typing.SupportsIndex = 30,
    known_when_observed: bool,
    last_day: typing.SupportsInt | typing.SupportsIndex | None,
    first_start: typing.SupportsInt | typing.SupportsIndex,
    starts: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    ears: EarsOptions = ...,
    cusum_k: typing.SupportsFloat | typing.SupportsIndex = 0.5,
    cusum_h: typing.SupportsFloat | typing.SupportsIndex = 5.0,
) -> OutbreakTable: ...
def qsofa(
    *,
    respiratory_rate: typing.SupportsFloat | typing.SupportsIndex,
    systolic_bp: typing.SupportsFloat | typing.SupportsIndex,
    glasgow_coma_scale: typing.SupportsFloat | typing.SupportsIndex,
    gcs_threshold: typing.SupportsFloat | typing.SupportsIndex = 15.0,
) -> PointScore: ...
def qsofa_columns(
    arg0: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    arg1: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    arg2: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    arg3: typing.SupportsFloat | typing.SupportsIndex,
) -> numpy.typing.NDArray[numpy.float64]: ...
def quality_anomalies(
    results: assay._core.data.Table,
    *,
    window_days: typing.SupportsInt | typing.SupportsIndex,
    reference_days: typing.SupportsInt | typing.SupportsIndex,
    minimum_results: typing.SupportsInt | typing.SupportsIndex,
    alpha: typing.SupportsFloat | typing.SupportsIndex,
    least_effect: typing.SupportsFloat | typing.SupportsIndex,
    known_when_observed: bool,
    first_day: typing.SupportsInt | typing.SupportsIndex | None,
    last_day: typing.SupportsInt | typing.SupportsIndex | None,
    first_start: typing.SupportsInt | typing.SupportsIndex,
    starts: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
) -> AnomalyTable: ...
def quantile_edges(
    reference: NumericSample, bins: typing.SupportsInt | typing.SupportsIndex = 10
) -> list[float]: ...
def read_vital_limits(path: os.PathLike | str | bytes) -> list[VitalLimit]:
    """
    The same from a .json or CSV file.
    """

def reference_change_value(
    analytical_cv: typing.SupportsFloat | typing.SupportsIndex,
    within_person_cv: typing.SupportsFloat | typing.SupportsIndex,
    *,
    z: typing.SupportsFloat | typing.SupportsIndex = 1.96,
) -> float: ...
def resize_bicubic(
    image: assay._core.data.Image,
    width: typing.SupportsInt | typing.SupportsIndex,
    height: typing.SupportsInt | typing.SupportsIndex,
    *,
    pillow: typing.SupportsInt | typing.SupportsIndex = 13,
) -> assay._core.data.Image:
    """
    The image in another size by Pillow's bicubic, to the bit of its release 12 or 13.
    """

def risk_score_columns(
    arg0: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    arg1: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    arg2: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    arg3: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    arg4: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    arg5: RiskWeights,
) -> numpy.typing.NDArray[numpy.float64]: ...
def robust_distances(
    values: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    *,
    support: typing.SupportsFloat | typing.SupportsIndex,
    quantile: typing.SupportsFloat | typing.SupportsIndex,
    starts: typing.SupportsInt | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex,
    small_sample: bool,
) -> tuple[
    numpy.typing.NDArray[numpy.float64],
    float,
    numpy.typing.NDArray[numpy.float64],
    numpy.typing.NDArray[numpy.float64],
    int,
    int,
]: ...
def shock_index_columns(
    arg0: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    arg1: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> numpy.typing.NDArray[numpy.float64]: ...
def sirs(
    *,
    temperature: typing.SupportsFloat | typing.SupportsIndex,
    heart_rate: typing.SupportsFloat | typing.SupportsIndex,
    respiratory_rate: typing.SupportsFloat | typing.SupportsIndex,
    paco2: typing.SupportsFloat | typing.SupportsIndex,
    wbc: typing.SupportsFloat | typing.SupportsIndex,
    bands: typing.SupportsFloat | typing.SupportsIndex,
) -> PointScore: ...
def sirs_columns(
    arg0: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    arg1: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    arg2: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    arg3: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    arg4: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    arg5: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
) -> numpy.typing.NDArray[numpy.float64]: ...
def space_time_scan(
    place: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    day: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    places: typing.SupportsInt | typing.SupportsIndex,
    days: typing.SupportsInt | typing.SupportsIndex,
    zones: collections.abc.Sequence[collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex]],
    options: ScanOptions,
) -> list[Cluster]: ...
@typing.overload
def summarise_patients(
    vitals: assay._core.data.Table,
    *,
    history: assay._core.data.Table | None = None,
    emergency: assay._core.data.Table | None = None,
    imaging: assay._core.data.Table | None = None,
    labs: assay._core.data.Table | None = None,
    aggregated_at_micros: typing.SupportsInt | typing.SupportsIndex | None = None,
    risk_weights: RiskWeights = ...,
    spo2_scale: typing.SupportsInt | typing.SupportsIndex = 1,
) -> assay._core.data.Table: ...
@typing.overload
def summarise_patients(
    vitals: CleanedVitals,
    *,
    history: assay._core.data.Table | None = None,
    emergency: assay._core.data.Table | None = None,
    imaging: assay._core.data.Table | None = None,
    labs: assay._core.data.Table | None = None,
    aggregated_at_micros: typing.SupportsInt | typing.SupportsIndex | None = None,
    risk_weights: RiskWeights = ...,
    spo2_scale: typing.SupportsInt | typing.SupportsIndex = 1,
) -> assay._core.data.Table: ...
def temporal_scan(
    cases: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    expected: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    options: ScanOptions,
) -> list[Cluster]: ...
def to_table(patients: collections.abc.Sequence[PatientSummary]) -> assay._core.data.Table:
    """
    The gold table of these patients.
    """

def vital_limits_from_json(text: str) -> list[VitalLimit]:
    """
    The default limits with those of a site in their place.
    """

def wasserstein_distance(reference: NumericSample, current: NumericSample) -> float: ...
def westgard_rules() -> list[ControlRule]: ...
def westgard_rules_of_three() -> list[ControlRule]: ...
def zones_by_distance(
    distances: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    places: typing.SupportsInt | typing.SupportsIndex,
    most: typing.SupportsInt | typing.SupportsIndex,
) -> list[list[int]]: ...

"""Devices against their own reference: z and robust z of each analyte, judged over all devices, said in a sentence."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay._core import features as _core
from assay._core.features import DeviceDrift, DeviceSample
from assay.features._files import write_whole
from assay.features.drift.reports import as_table
from assay.features.drift.thresholds import read_thresholds

if TYPE_CHECKING:
    from assay.data import Table

__all__ = [
    "DeviceDrift",
    "DeviceReport",
    "DeviceSample",
    "device_sample",
    "device_sentence",
    "devices",
    "load_device_reference",
    "save_device_reference",
]

_FIGURES = (
    "count",
    "reference_count",
    "reference_mean",
    "reference_deviation",
    "mean",
    "reference_median",
    "median",
    "z",
    "t",
    "robust_z",
    "p",
    "p_adjusted",
)
_ACTIONS = {"critical": "critical, take it out of use until it is checked", "calibrate": "calibrate it"}


def device_sample(
    table: Table | Any, *, device: str = "device_id", value: str = "value", analyte: str = "", unit: str = ""
) -> DeviceSample:
    """The results of each device and analyte in a table with a row per result.

    Args:
        table: An :class:`assay.data.Table` or anything with Arrow's PyCapsule interface.
        device: Column of text or integers; rows without a device are counted as ``unnamed``.
        value: Column of numbers; missing ones are left out.
        analyte: Column that tells tests apart, where there is one.
        unit: Column of units, where there is one: results in two units never meet.

    Raises:
        SchemaError: A column that is not there, or of another type.
        ValueError: An infinite value.
    """
    return DeviceSample(as_table(table), device=device, value=value, analyte=analyte, unit=unit)


def save_device_reference(reference: DeviceSample, file: str | os.PathLike[str]) -> None:
    """Write a sample to a file, whole or not at all."""
    write_whole(file, reference.to_bytes())


def load_device_reference(file: str | os.PathLike[str]) -> DeviceSample:
    """Read what :func:`save_device_reference` wrote. Raises ValueError where the file is none, or damaged."""
    return DeviceSample.from_bytes(Path(file).read_bytes())


@dataclass(frozen=True)
class DeviceReport:
    """Every device and analyte against its reference."""

    devices: list[DeviceDrift]
    thresholds: dict[str, Any]

    @property
    def alarms(self) -> list[DeviceDrift]:
        """Those to calibrate or to take out of use, the largest \\|t\\| first."""
        found = [one for one in self.devices if one.alarms]
        return sorted(found, key=lambda one: -abs(one.t))

    def sentences(self) -> list[str]:
        """One for each alarm."""
        return [device_sentence(one) for one in self.alarms]

    def sentence(self) -> str:
        """The result in one sentence."""
        judged = sum(one.verdict != "not judged" for one in self.devices)
        critical = sum(one.verdict == "critical" for one in self.devices)
        text = f"{len(self.alarms)} of {judged} devices and analytes are out of control"
        text += f", {critical} critically" if critical else ""
        left = len(self.devices) - judged
        return text + (f"; {left} could not be judged." if left else ".")

    def to_dict(self) -> dict[str, Any]:
        """All figures; those that do not apply are None."""
        return {
            "thresholds": self.thresholds,
            "devices": [
                {
                    "device": one.device,
                    "analyte": one.analyte,
                    "unit": one.unit,
                    "verdict": one.verdict,
                    "reason": one.reason,
                    "sentence": device_sentence(one) if one.alarms else None,
                    "mad_is_zero": one.mad_is_zero,
                    **{name: _or_none(getattr(one, name)) for name in _FIGURES},
                }
                for one in self.devices
            ],
        }

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2, allow_nan=False) + "\n"

    def to_html(self, title: str = "Drift of devices") -> str:
        """A page of its own; it loads nothing from elsewhere."""
        from assay.features.drift.page import device_page

        return device_page(self, title)

    def _repr_html_(self) -> str:
        from assay.features.drift.page import device_body

        return device_body(self)

    def __str__(self) -> str:
        return "\n".join([self.sentence(), *(f"  {text}" for text in self.sentences())])

    __repr__ = __str__


def devices(
    reference: DeviceSample | Table | Any,
    current: DeviceSample | Table | Any,
    *,
    device: str = "device_id",
    value: str = "value",
    analyte: str = "",
    unit: str = "",
    thresholds: Mapping[str, Any] | str | os.PathLike[str] | None = None,
) -> DeviceReport:
    """Compare each device's results with its reference, analyte by analyte.

    z = (mean - μ) / (σ/√n) takes the mean of the reference for exact. The verdict is by t = (mean - μ) /
    (σ·√(1/n + 1/m)) with m results in the reference, Student's with m - 1 degrees of freedom: of a large reference the
    same. Its p is adjusted over the devices (Benjamini-Hochberg); \\|t\\| above 2, as rare as such a z, with a small
    adjusted p says calibrate, above 3 critical. Beside them the robust z of medians and MAD. A device with too few
    results, a constant reference or none is named, and not judged.

    t takes results of one device for independent: many results of one patient make it too large.

    Args:
        reference: A sample, or a table as :func:`device_sample` takes it.
        current: Likewise.
        device, value, analyte, unit: Columns of the tables.
        thresholds: In the place of the defaults: ``{"devices": {"z": [2.5, 3.5]}}``, or a JSON file of that form.
    """
    columns = {"device": device, "value": value, "analyte": analyte, "unit": unit}
    before = reference if isinstance(reference, DeviceSample) else device_sample(reference, **columns)
    now = current if isinstance(current, DeviceSample) else device_sample(current, **columns)
    values = read_thresholds(thresholds)["devices"]
    calibrate, critical = values["z"]
    found = _core.device_drift(
        before, now, calibrate=calibrate, critical=critical, p=values["p"], fewest=int(values["fewest"])
    )
    return DeviceReport(list(found), values)


def device_sentence(one: DeviceDrift) -> str:
    """What is to be known of a device, in one sentence."""
    what = f", {one.analyte}" if one.analyte else ""
    if one.verdict == "not judged":
        return f"Device {one.device}{what}: not judged, {one.reason}."
    unit = f" {one.unit}" if one.unit else ""
    action = _ACTIONS.get(one.verdict, "in control")
    return (
        f"Device {one.device}{what}: mean {_short(one.reference_mean)} → {_short(one.mean)}{unit} over {one.count:,} "
        f"results, z = {one.z:.1f}: {action}".replace("= -", "= −")
        + (f" ({one.reason})" if one.reason else "")
        + "."
    )


def _short(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")


def _or_none(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value

"""The registered model of device failure: its file, asked as the server and the batch ask it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assay.tracking.models.kinds import model_kind

__all__ = ["DeviceFailureModel"]

_FILE = "model.assay-model"


@model_kind("assay.device_failure")
class DeviceFailureModel:
    """A model file of device failure, and `assay.pipelines.device_risk.DeviceRisk` over it."""

    def __init__(self, file: Path) -> None:
        self.file = Path(file)
        self._content: bytes | None = None

    def save(self, folder: Path, /) -> dict[str, Any]:
        if self._content is not None:
            (folder / _FILE).write_bytes(self._content)
        else:
            shutil.copyfile(self.file, folder / _FILE)
        return {"file": _FILE}

    @classmethod
    def load(cls, folder: Path, parameters: Mapping[str, Any], version: int, /) -> DeviceFailureModel:
        made = cls(folder / str(parameters["file"]))
        made._content = made.file.read_bytes()  # the folder may be a temporary one
        made._risk()
        return made

    def predict(self, data: Any, /) -> Any:
        """risk, probability, device_class and flagged of each row of inputs."""
        from assay.data import Table

        return self._risk().assess(data if isinstance(data, Table) else Table.from_arrow(data))

    def _risk(self) -> Any:
        from assay.pipelines.device_risk import DeviceRisk

        return DeviceRisk.load(self.file)

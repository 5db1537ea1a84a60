"""Risk of a device: what the server, the batch and a notebook ask a model of device failure."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from assay import errors
from assay.pipelines.device_risk import table_values
from assay.pipelines.device_risk.actions import recommended_action
from assay.pipelines.device_risk.estimators import Scorer
from assay.pipelines.device_risk.inputs import Input, feature_maker, inputs_of
from assay.pipelines.device_risk.metadata import CLASSES, RiskInfo, read_metadata

if TYPE_CHECKING:
    from assay.data import Table

__all__ = ["Assessment", "DeviceRisk"]


class Assessment(NamedTuple):
    """What a model says of one device."""

    risk: float
    """0 to 100: the probability of failure in percent."""
    probability: float
    device_class: str
    """low, medium or high."""
    flagged: bool
    """At or above the model's threshold: the same as high."""


class DeviceRisk:
    """A trained classifier with what its header says: inputs, threshold, bands.

    ::

        risk = DeviceRisk.load("device_failure.assay-model")
        scores = risk.assess(table)                          # risk, probability, device_class, flagged
        top = risk.explain(table.row(0))                     # [("Torque [Nm]", 0.21), …]
        print(risk.action("high", [name for name, _ in top]))

    Args:
        estimator: a fitted classifier of two classes with ``predict_proba``.
        metadata: of the model file's header: ``feature_names``, ``classes``, ``threshold``, and where they are known
            ``preparation``, ``bands`` (``{"medium": p}``), ``positive``, ``input_ranges``, ``missing_values``,
            ``trained_on``, ``metrics``, ``example``, ``name``, ``version``.

    Raises:
        SchemaError: the header lacks what is needed, or its features cannot be made of the inputs.
    """

    def __init__(
        self, estimator: Any, metadata: Mapping[str, Any], *, name: str = "", version: str = ""
    ) -> None:
        self._info = read_metadata(metadata, name=name, version=version)
        self._inputs = inputs_of(self._info.preparation, self._info.feature_names, metadata)
        self._features = feature_maker(self._info.feature_names, self._inputs)
        self._scorer = Scorer(estimator, self._info.feature_names, self._info.positive)
        self._codes = [{text: float(i) for i, text in enumerate(each.choices)} for each in self._inputs]
        self._categories = [i for i, each in enumerate(self._inputs) if each.choices]
        ranges = self._info.input_ranges
        self._ranges = [ranges.get(each.name, (-math.inf, math.inf)) for each in self._inputs]

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, name: str = "", version: str = "") -> DeviceRisk:
        """The model of a file that ``estimator.save`` wrote.

        Args:
            name, version: of the registry; those of the header where not given, else the file's name and the
                beginning of its SHA-256.

        Raises:
            IoError: the file is missing, cut short, changed or of a later format.
        """
        from assay.models import load_model

        file = Path(path)
        estimator = load_model(file)
        metadata = estimator.metadata
        version = version or str(
            metadata.get("version") or hashlib.sha256(file.read_bytes()).hexdigest()[:12]
        )
        return cls(estimator, metadata, name=name or str(metadata.get("name") or file.stem), version=version)

    @property
    def info(self) -> RiskInfo:
        return self._info

    @property
    def inputs(self) -> tuple[Input, ...]:
        """What a caller gives, in the order of `assess_row`."""
        return self._inputs

    @property
    def input_names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self._inputs)

    def __repr__(self) -> str:
        return f"DeviceRisk({self._info.name!r}, version {self._info.version!r}, {len(self._inputs)} inputs)"

    def assess(self, table: Any) -> Table:
        """Scores a table: an Assay table, pandas, polars, Arrow or a dict of columns.

        Columns are found by the input's name or by its name in requests; others are left alone.

        Returns:
            As many rows: ``risk`` (0 to 100), ``probability``, ``device_class``, ``flagged``. All are null where an
            input that the model needs is missing, infinite, outside its limits or no category that is known.

        Raises:
            SchemaError: an input that no column has, or a column of another type.
        """
        import numpy as np

        from assay.data import Table

        values, usable = table_values.columns_of(table, self._inputs, self._codes)
        rows = np.stack(
            [np.asarray(each, dtype=np.float64) for each in self._features([v[usable] for v in values])],
            axis=1,
        )
        probability = np.full(len(usable), np.nan)
        probability[usable] = self._scorer.of_table(np.ascontiguousarray(rows))
        return Table.from_dict(_scores(probability.tolist(), self._info.medium, self._info.threshold)).cast(
            {"risk": "float64", "probability": "float64", "device_class": "utf8", "flagged": "bool"}
        )

    def assess_row(self, values: Sequence[Any]) -> Assessment:
        """Scores one row: values of the inputs in their order, checked by the caller; NaN for a missing one."""
        return self._assessment(self._features(self._coded(values)))

    def assess_explained(
        self, values: Sequence[Any], top: int = 3
    ) -> tuple[Assessment, list[tuple[str, float]]]:
        """`assess_row` and `explain` of one row, its features computed once."""
        coded = self._coded(values)
        features = self._features(coded)
        return self._assessment(features), self._explained(coded, features, top)

    def explain(self, row: Mapping[str, Any] | Sequence[Any], top: int = 3) -> list[tuple[str, float]]:
        """What contributed most to a row's probability, the largest in size first; at most `top`, none of 0.

        Features with what they add to the probability along the paths of the trees, where the model tells it. Of other
        models, inputs with the change of the probability against the middle of their training range, one at a time.

        Args:
            row: inputs by name, or their values in order.
        """
        values = self._coded(self._values_of(row) if isinstance(row, Mapping) else row)
        return self._explained(values, self._features(values), top)

    def _explained(
        self, values: Sequence[Any], features: Sequence[float], top: int
    ) -> list[tuple[str, float]]:
        if self._scorer.explains:
            parts = self._scorer.contributions(features)
            names: Sequence[str] = self._info.feature_names
        else:
            parts, names = self._against_the_middle(values), self.input_names
        order = sorted(range(len(parts)), key=lambda i: -abs(parts[i]))[:top]
        return [(names[i], parts[i]) for i in order if parts[i] != 0]

    def action(self, device_class: str, top_features: Sequence[str] = ()) -> str:
        """What is recommended for a class, by the first of the features that an action is known for."""
        if device_class not in CLASSES:
            raise errors.ValueError("action: expected the class low, medium or high, got another")
        return recommended_action(self._info.preparation, device_class, tuple(top_features))

    def outside_training(self, values: Sequence[Any]) -> list[str]:
        """Inputs of a row outside the range of the training rows: there the model extrapolates."""
        return [
            each.name
            for each, value, (low, high) in zip(self._inputs, values, self._ranges, strict=True)
            if not isinstance(value, str) and (value < low or value > high)
        ]

    def example(self) -> dict[str, Any]:
        """Inputs by name: those of the header's example, else made up."""
        given = (self._info.example or {}).get("inputs") or {}
        return {each.name: given.get(each.name, given.get(each.field, each.example)) for each in self._inputs}

    def check(self) -> None:
        """Asks the model for its example, in both ways.

        Raises:
            StateError: the answers differ from each other or from the header's, or are no probability.
        """
        values = list(self.example().values())
        one = self.assess_row(values).probability
        table = {each.name: [value] for each, value in zip(self._inputs, values, strict=True)}
        many = self.assess(table)["probability"].to_pylist()[0]
        expected = (self._info.example or {}).get("probability", one)
        if many is None or abs(one - many) > 1e-9 or abs(one - float(expected)) > 1e-6:
            raise errors.StateError(
                "device risk: the model answers its example otherwise than when it was saved"
            )
        self.action(self._class_of(one), [name for name, _ in self.explain(values)])

    def _assessment(self, features: Sequence[float]) -> Assessment:
        probability = self._scorer.of_row(features)
        if not 0 <= probability <= 1:
            raise errors.StateError("device risk: the model's answer is no probability")
        name = self._class_of(probability)
        return Assessment(round(100 * probability, 6), probability, name, name == "high")

    def _class_of(self, probability: float) -> str:
        if probability >= self._info.threshold:
            return "high"
        return "medium" if probability >= self._info.medium else "low"

    def _coded(self, values: Sequence[Any]) -> Sequence[Any]:
        if not self._categories:
            return values
        coded = list(values)
        for i in self._categories:
            code = self._codes[i].get(coded[i])
            if code is None:
                raise errors.ValueError(f"device risk: {self._inputs[i].name} is no category that is known")
            coded[i] = code
        return coded

    def _values_of(self, row: Mapping[str, Any]) -> list[Any]:
        values = []
        for each in self._inputs:
            value = row.get(each.name, row.get(each.field))
            if value is None and not each.missing:
                raise errors.SchemaError(f"device risk: expected {each.name}, got none")
            values.append(math.nan if value is None else value)
        return values

    def _against_the_middle(self, values: Sequence[Any]) -> list[float]:
        import numpy as np

        rows = [list(values) for _ in range(len(values) + 1)]
        for i, (each, (low, high)) in enumerate(zip(self._inputs, self._ranges, strict=True)):
            middle = (low + high) / 2 if math.isfinite(low) else each.example
            rows[i + 1][i] = self._codes[i][each.example] if isinstance(each.example, str) else middle
        found = self._scorer.of_table(np.asarray([self._features(row) for row in rows], dtype=np.float64))
        differences: list[float] = (found[0] - found[1:]).tolist()
        return differences


def _scores(probabilities: Sequence[float], medium: float, threshold: float) -> dict[str, list[Any]]:
    known = [p == p for p in probabilities]
    return {
        "risk": [
            round(100 * p, 6) if is_known else None for p, is_known in zip(probabilities, known, strict=True)
        ],
        "probability": [p if is_known else None for p, is_known in zip(probabilities, known, strict=True)],
        "device_class": [
            None if p != p else "high" if p >= threshold else "medium" if p >= medium else "low"
            for p in probabilities
        ],
        "flagged": [None if p != p else p >= threshold for p in probabilities],
    }

"""MLflow's way to load an Assay model: the ``loader_module`` that its folders name.

A model is described by a JSON file that names a registered kind and its parameters, so that loading one runs no
code that came with it. MLflow itself is not imported here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["PythonFunction"]


class PythonFunction:
    """What MLflow calls: `predict` of the model, with its parameters where there are any."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def predict(self, model_input: Any, params: Mapping[str, Any] | None = None) -> Any:
        """The model's answer; a pandas frame for a pandas frame."""
        return self._model.predict(model_input, params) if params else self._model.predict(model_input)

    def get_raw_model(self) -> Any:
        """The Assay model, as `mlflow.pyfunc.PyFuncModel.unwrap_python_model` and `get_raw_model` expect."""
        return self._model


def _load_pyfunc(path: str) -> PythonFunction:
    """Loads the model whose description lies in the folder; called by ``mlflow.pyfunc.load_model``."""
    from assay.tracking.models.kinds import read_model

    return PythonFunction(read_model(path))

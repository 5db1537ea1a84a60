"""Models of a server, brought here: their folders, and the models in them."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from assay import _core, errors
from assay.tracking import delivery
from assay.tracking.models.folder import MLMODEL
from assay.tracking.models.kinds import read_model

__all__ = ["download_model", "load_model"]


def download_model(
    model_uri: str, dst_path: str | os.PathLike[str] | None = None, *, tracking_uri: str | None = None
) -> Path:
    """Bring a model's folder here; it appears when all of it is there. Returns the folder.

    Parameters
    ----------
    model_uri
        ``"models:/name@alias"``, ``"models:/name/3"``, ``"models:/name/latest"`` or ``"models:/m-…"``.
    dst_path
        A folder that is empty or not there; a new temporary one where not given.

    Raises
    ------
    assay.HttpError
        The server has no such model, version or alias, or does not answer.
    assay.ValueError
        The URI is of another form, or no server is set.
    """
    uri = tracking_uri or delivery.get_tracking_uri()
    if uri is None:
        raise errors.ValueError(
            "download_model: expected a server; pass tracking_uri= or set MLFLOW_TRACKING_URI"
        )
    folder = Path(dst_path) if dst_path is not None else Path(tempfile.mkdtemp(prefix="assay-model-"))
    _core.tracking.download_model(model_uri, folder, tracking_uri=uri)
    return folder


def load_model(model: str | os.PathLike[str], *, tracking_uri: str | None = None) -> Any:
    """The Assay model of a folder or of a server's ``models:/…``, as the object that was logged.

    No code comes with it: its kind must be registered here. Models of other tools are read by MLflow.
    """
    text = os.fspath(model)
    if not text.startswith("models:/"):
        return _read(Path(text))
    with tempfile.TemporaryDirectory(prefix="assay-model-") as temporary:
        return _read(download_model(text, Path(temporary) / "model", tracking_uri=tracking_uri))


def _read(folder: Path) -> Any:
    file = folder / MLMODEL
    try:
        flavor = json.loads(file.read_text(encoding="utf-8"))["flavors"]["python_function"]
        ours = flavor["loader_module"] == "assay.pyfunc"
    except OSError:
        raise errors.IoError(f"load_model: cannot read {file}; expected the folder of a model") from None
    except (ValueError, KeyError, TypeError):
        ours = False
    if not ours:
        raise errors.ValueError(
            f"load_model: expected a model that Assay saved in {folder}; load it with mlflow.pyfunc.load_model"
        )
    return read_model(folder / str(flavor["data"]))

"""MLflow's model folders: ``MLmodel``, the model's own files under ``data/``, requirements and an input example.

``MLmodel`` is written as JSON, which YAML contains: no YAML library is needed to write it or to read it again.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from assay import errors
from assay.tracking.models.kinds import write_model
from assay.tracking.models.signature import ModelSignature

__all__ = ["content_digest", "is_model_folder", "model_files", "save_model"]

MLMODEL, DATA, EXAMPLE, SERVING_EXAMPLE = (
    "MLmodel",
    "data",
    "input_example.json",
    "serving_input_example.json",
)
OLDEST_MLFLOW = "3.1.0"
"""The oldest MLflow that reads these folders; stands as ``mlflow_version``."""

_ENVIRONMENTS = {"conda.yaml", "python_env.yaml"}
_VOLATILE = re.compile(
    rb'^\s*"?(artifact_path|mlflow_version|model_id|model_size_bytes|model_uuid|python_version|run_id|utc_time_created)"?:'
)
"""Lines of ``MLmodel`` that differ although the model is the same."""


def save_model(
    model: Any,
    path: str | os.PathLike[str],
    *,
    signature: ModelSignature | None = None,
    input_example: Any = None,
    requirements: Sequence[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Path:
    """Writes a model as a folder that ``mlflow.pyfunc.load_model`` and ``mlflow models serve`` read.

    Parameters
    ----------
    model
        Of a kind registered by :func:`assay.tracking.model_kind`.
    path
        A folder that is empty or not there.
    signature, input_example, requirements
        The model's own where not given. An example goes to the server as it is: never a real patient's row.
    metadata
        Anything of JSON, for ``MLmodel``.
    """
    root = Path(path)
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise errors.IoError(f"save_model: expected an empty folder or none, got {root}")
    write_model(model, root / DATA)
    signature = signature if signature is not None else getattr(model, "signature", None)
    example = input_example if input_example is not None else getattr(model, "input_example", None)
    pip = list(requirements) if requirements is not None else _requirements(model)
    described: dict[str, Any] = {
        "flavors": {
            "python_function": {
                "data": DATA,
                "env": {"conda": "conda.yaml", "virtualenv": "python_env.yaml"},
                "loader_module": "assay.pyfunc",
                "python_version": platform.python_version(),
            }
        },
        "mlflow_version": OLDEST_MLFLOW,
        "model_uuid": uuid.uuid4().hex,
        "utc_time_created": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f"),
    }
    if signature is not None:
        described["signature"] = signature.to_dict()
    if metadata:
        described["metadata"] = dict(metadata)
    if example is not None:
        described["saved_input_example_info"] = _write_example(root, example)
    _write_environment(root, pip)
    described["model_size_bytes"] = sum(size for _, _, size in model_files(root))
    (root / MLMODEL).write_text(to_yaml(described) + "\n", encoding="utf-8")
    return root


def is_model_folder(path: object) -> bool:
    """Whether it is a folder of MLflow's with a model, Assay's or another's."""
    return isinstance(path, (str, os.PathLike)) and (Path(path) / MLMODEL).is_file()


def model_files(folder: Path) -> list[tuple[str, Path, int]]:
    """Files of a model with their place in it and their size, sorted; Python's caches are left out."""
    files = [file for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts]
    return sorted((file.relative_to(folder).as_posix(), file, file.stat().st_size) for file in files)


def content_digest(folder: Path) -> str:
    """SHA-256 of what makes the model: its files, signature, requirements and example.

    Left out is what differs from one saving to the next: times, ids and the version of Python that saved it.
    """
    whole = hashlib.sha256()
    for place, file, _ in model_files(folder):
        if place in _ENVIRONMENTS:
            continue
        content = hashlib.sha256()
        if place == MLMODEL:
            kept = [line for line in file.read_bytes().splitlines() if not _VOLATILE.match(line)]
            content.update(b"\n".join(kept))
        else:
            with file.open("rb") as opened:
                for block in iter(lambda: opened.read(1 << 20), b""):
                    content.update(block)
        whole.update(f"{place}\0{content.hexdigest()}\n".encode())
    return whole.hexdigest()


def to_yaml(value: Any, indent: str = "") -> str:
    """JSON that YAML 1.1 reads as the same values: floats get a dot, odd characters an escape."""
    deeper = indent + "  "
    if isinstance(value, Mapping) and value:
        lines = [f"{deeper}{_quoted(str(key))}: {to_yaml(each, deeper)}" for key, each in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, (list, tuple)) and value:
        return "[" + ", ".join(to_yaml(each, deeper) for each in value) + "]"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, float):
        if value - value != 0:
            raise errors.ValueError("save_model: expected finite numbers in metadata, which is JSON")
        text = repr(value)
        return text if "." in text else text.replace("e", ".0e")
    if value is None or isinstance(value, (bool, int, Mapping, list, tuple)):
        return json.dumps(value)
    raise errors.ValueError(f"save_model: expected JSON values in metadata, got {type(value).__name__}")


def _quoted(text: str) -> str:
    # YAML's readers refuse control characters that JSON lets stand, and read escaped surrogates one by one.
    written = json.dumps(text, ensure_ascii=False)
    return re.sub("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]", lambda m: f"\\u{ord(m.group()):04x}", written)


def _requirements(model: Any) -> list[str]:
    from assay import __version__

    own = getattr(model, "requirements", None)
    return [f"assay-clinical=={__version__}", f"mlflow>={OLDEST_MLFLOW},<4", *(own or ())]


def _write_environment(root: Path, requirements: Sequence[str]) -> None:
    python = platform.python_version()
    (root / "requirements.txt").write_text("\n".join(requirements) + "\n", encoding="utf-8")
    environment = {
        "python": python,
        "build_dependencies": ["pip", "setuptools", "wheel"],
        "dependencies": ["-r requirements.txt"],
    }
    (root / "python_env.yaml").write_text(to_yaml(environment) + "\n", encoding="utf-8")
    conda = {
        "name": "mlflow-env",
        "channels": ["conda-forge"],
        "dependencies": [f"python={python}", "pip", {"pip": list(requirements)}],
    }
    (root / "conda.yaml").write_text(to_yaml(conda) + "\n", encoding="utf-8")


def _write_example(root: Path, example: Any) -> dict[str, str]:
    """As MLflow writes a frame: by columns and rows, once for its loader and once as a request to a server."""
    from assay.tracking.models.rows import as_table
    from assay.tracking.tables import table_columns

    columns = table_columns(as_table(example))
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    split = {"columns": list(columns), "data": rows}
    (root / EXAMPLE).write_text(json.dumps(split, ensure_ascii=False), encoding="utf-8")
    request = json.dumps({"dataframe_split": split}, ensure_ascii=False, indent=2)
    (root / SERVING_EXAMPLE).write_text(request, encoding="utf-8")
    return {
        "artifact_path": EXAMPLE,
        "pandas_orient": "split",
        "serving_input_path": SERVING_EXAMPLE,
        "type": "dataframe",
    }

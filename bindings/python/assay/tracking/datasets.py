"""Datasets as MLflow describes them: name, digest, schema, profile and source, never the rows."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.data import Table

# MLflow's names of types: mlflow.types.DataType.
_MLFLOW_TYPES = {
    "bool": "boolean",
    "int32": "integer",
    "int64": "long",
    "float32": "float",
    "float64": "double",
    "utf8": "string",
    "binary": "binary",
    "date32": "datetime",
    "timestamp": "datetime",
}


@dataclass(frozen=True)
class Dataset:
    """What a server keeps of a dataset; `schema`, `profile` and `source` are JSON text."""

    name: str
    digest: str
    source_type: str
    source: str
    schema: str = ""
    profile: str = ""

    @classmethod
    def describe(
        cls, data: Any, *, name: str | None = None, source: str | os.PathLike[str] | None = None
    ) -> Dataset:
        """Describes a table (Assay, Arrow, pandas, polars, a mapping of columns) or a dataset of MLflow.

        The digest is the first 32 digits of the SHA-256 of schema and content: the same rows have the same
        digest on any machine. The profile counts rows, columns and nulls. Cost: reads the table once.

        Parameters
        ----------
        name
            ``"dataset"`` where not given; MLflow's own datasets keep theirs.
        source
            Where it came from: a file, a folder, a table's name or an address.
        """
        if isinstance(data, Dataset):
            return data
        if hasattr(data, "digest") and hasattr(data, "to_dict") and hasattr(data, "source"):
            return cls._of_mlflow(data, name)
        table = _as_table(data)
        from assay.data import fingerprint

        schema = [
            {
                "type": _MLFLOW_TYPES.get(field.type, "string"),
                "name": field.name,
                "required": not field.nullable,
            }
            for field in table.schema
        ]
        nulls = {field: table.column(field).null_count for field in table.column_names}
        profile = {
            "num_rows": table.num_rows,
            "num_columns": table.num_columns,
            "nulls": {field: count for field, count in nulls.items() if count},
        }
        kind, place = _described_source(source)
        return cls(
            name=name or "dataset",
            digest=fingerprint(table)[:32],
            source_type=kind,
            source=json.dumps(place),
            schema=json.dumps({"mlflow_colspec": schema}),
            profile=json.dumps(profile),
        )

    @classmethod
    def _of_mlflow(cls, data: Any, name: str | None) -> Dataset:
        fields: Mapping[str, Any] = data.to_dict()
        return cls(
            name=name or fields["name"],
            digest=fields["digest"],
            source_type=fields["source_type"],
            source=fields["source"],
            schema=fields.get("schema") or "",
            profile=fields.get("profile") or "",
        )


def _as_table(data: Any) -> Table:
    from assay.data import Table

    if isinstance(data, Table):
        return data
    if isinstance(data, Mapping):
        return Table.from_dict(dict(data))
    if hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__"):
        return Table.from_arrow(data)
    raise TypeError(
        f"log_input: expected a table or a dataset of MLflow, got {type(data).__name__}; "
        "turn it into a table of columns first"
    )


def without_secrets(url: str) -> str:
    """User, password, query and fragment of an address may sign a request; where the data lies needs none of them."""
    from urllib.parse import urlsplit, urlunsplit

    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _described_source(source: str | os.PathLike[str] | None) -> tuple[str, dict[str, Any]]:
    if source is None:
        return "code", {"tags": {"mlflow.source.type": "LOCAL"}}
    text = os.fspath(source)
    if "://" in text:
        text = without_secrets(text)
        scheme = text.split("://", 1)[0]
        return ("http" if scheme in ("http", "https") else scheme), {
            "url" if "http" in scheme else "uri": text
        }
    path = Path(text)
    if (path / "_delta_log").is_dir():
        return "delta_table", {"path": text}
    return "local", {"uri": text}

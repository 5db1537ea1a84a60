"""What ``assay models import`` and ``predict`` do: pickles to models, rows of a CSV file to predictions."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay import SchemaError, StateError

if TYPE_CHECKING:
    from assay.data import Table

__all__ = ["KEPT", "predicted", "read_pickle", "with_names"]

KEPT = ("device_id", "Product ID")
"""Columns that name a row: they are carried over to its prediction where they are no features."""
_MAGIC = b"ASSAYMDL"


def read_pickle(file: Path) -> tuple[Any, str]:
    """The estimator in a pickle, and a remark on it, "" where there is none. Reading runs the code in the file.

    Raises:
        SchemaError: It is no pickle, or needs a module that is not installed.
        StateError: scikit-learn is not installed.
    """
    try:
        import joblib
        import sklearn  # noqa: F401
    except ImportError:
        raise StateError("import: scikit-learn is not installed; pip install scikit-learn") from None
    with file.open("rb") as opened:
        if opened.read(len(_MAGIC)) == _MAGIC:
            raise SchemaError(f"'{file.name}' is no pickle of scikit-learn (it is an Assay model already)")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            estimator = joblib.load(file)
        except ModuleNotFoundError as error:
            raise SchemaError(
                f"'{file.name}' needs the Python module {error.name}, which is not installed"
            ) from None
        except MemoryError:
            raise
        except Exception:  # whatever bytes are taken for may raise anything
            raise SchemaError(f"'{file.name}' is no pickle of scikit-learn") from None
    other = any(each.category.__name__ == "InconsistentVersionWarning" for each in said)
    return estimator, "it was pickled by another version of scikit-learn: compare some predictions" if other else ""


def with_names(estimator: Any, names: Sequence[str]) -> None:
    """Names the features of a forest of scikit-learn that was trained without names.

    Raises:
        SchemaError: Another number of names, one twice, or the forest has other names already.
    """
    import numpy as np

    expected = getattr(estimator, "n_features_in_", None)
    if expected is None:
        return  # no fitted estimator; what takes it over says so
    if len(names) != expected or len(set(names)) != len(names) or "" in names:
        raise SchemaError(
            f"--features: expected {expected} different names in the order of training, got {len(names)}"
        )
    known = getattr(estimator, "feature_names_in_", None)
    if known is not None and list(known) != list(names):
        raise SchemaError("--features: the forest has names of its own, and they are others")
    estimator.feature_names_in_ = np.array(names, dtype=object)


def predicted(model: Path, rows: Path, table: Table, keep: Sequence[str] = ()) -> Table:
    """Class and probabilities, value, or risk of each row, behind the columns that name it.

    Args:
        rows: The CSV file of `table`, to say where it holds no number.
        keep: Columns that are carried over, besides `KEPT` where they are there.

    Raises:
        SchemaError: No rows, a feature or a kept column is missing, or a feature holds text.
    """
    from assay.models import load_model

    if table.num_rows == 0:
        raise SchemaError(f"{rows.name}: expected rows to predict, got none that can be read")
    for name in keep:
        if name not in table.column_names:
            raise SchemaError(f"{rows.name}: no column '{name}' to keep")
    estimator = load_model(model)
    if estimator.metadata.get("preparation"):
        features, found = _of_devices(estimator, rows, table)
    else:
        features, found = _of_any(estimator, rows, table, keep)
    carried = [name for name in dict.fromkeys((*KEPT, *keep)) if name in table.column_names]
    out = table.select([name for name in carried if name not in features])
    for name in found.column_names:
        out = out.with_column(name, found.column(name))
    return out


def _of_devices(estimator: Any, rows: Path, table: Table) -> tuple[Sequence[str], Table]:
    from assay.pipelines.device_risk import DeviceRisk
    from assay.pipelines.number_columns import expect_numbers

    risk = DeviceRisk(estimator, estimator.metadata)
    names = [each.name if each.name in table.column_names else each.field for each in risk.inputs]
    expect_numbers(
        rows, table, [name for name, each in zip(names, risk.inputs, strict=True) if not each.choices]
    )
    return names, risk.assess(table)


def _of_any(estimator: Any, rows: Path, table: Table, keep: Sequence[str]) -> tuple[Sequence[str], Table]:
    import numpy as np

    from assay.data import Table
    from assay.pipelines.number_columns import expect_numbers

    names = estimator.metadata.get("feature_names")
    named = names is not None
    if not named:
        count = estimator.n_features_in_
        names = [name for name in table.column_names if name not in (*KEPT, *keep)]
        if len(names) != count:
            raise SchemaError(
                f"{rows.name}: the model has no feature names and takes {count} columns in the order of training and "
                f"no others, got {len(names)}; name its features with `assay models import … --features a,b,c`"
            )
    missing = [name for name in names if name not in table.column_names]
    if missing:
        raise SchemaError(f"predict: expected the features of the model, got no '{missing[0]}'")
    expect_numbers(rows, table, names)
    empty = [name for name in names if table.column(name).null_count == table.num_rows]
    taken: Any = table.select(names).cast(dict.fromkeys(empty, "float64"))
    if not named:
        taken = np.column_stack([np.asarray(taken.column(name).to_numpy(), dtype=np.float64) for name in names])
    if not hasattr(estimator, "classes_"):
        return names, Table.from_dict({"predicted": np.asarray(estimator.predict(taken), dtype=np.float64)})
    chances = estimator.predict_proba(taken)
    columns = {"predicted": [str(each) for each in estimator.classes_[chances.argmax(axis=1)]]}
    columns |= {f"probability_{label}": chances[:, i] for i, label in enumerate(estimator.classes_)}
    return names, Table.from_dict(columns)

"""Runs of a server as a table, or one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from assay import errors
from assay._core.data import Table
from assay._core.tracking import ServerRun
from assay.tracking import active
from assay.tracking.client.client import MlflowClient
from assay.tracking.client.views import ViewType, view_number

__all__ = ["iter_runs", "search_runs"]


def search_runs(
    experiment_ids: Sequence[str] | None = None,
    filter_string: str = "",
    run_view_type: int | str = ViewType.ACTIVE_ONLY,
    max_results: int = 100_000,
    order_by: list[str] | None = None,
    output_format: Literal["table", "list", "pandas"] = "table",
    search_all_experiments: bool = False,
    experiment_names: Sequence[str] | None = None,
    *,
    tracking_uri: str | None = None,
    page_size: int = 1000,
) -> Any:
    """The runs that match, as a table with the columns of ``mlflow.search_runs``.

    ``run_id``, ``experiment_id``, ``status``, ``artifact_uri``, ``start_time`` and ``end_time`` (UTC), then
    ``metrics.*`` (the last value of each), ``params.*`` and ``tags.*``. What a run lacks is null. The table goes to
    pyarrow, polars, DuckDB and pandas without a copy; beside it one page of runs is held.

    Parameters
    ----------
    experiment_ids, experiment_names
        Where to search, by the server's ids, those of :func:`set_experiment`, or names; without both, in the
        experiment of :func:`set_experiment` or of the environment.
    max_results
        How many at most.
    output_format
        ``"table"``; ``"list"`` of runs; ``"pandas"``, with MLflow's own object and datetime columns.
    search_all_experiments
        Search everywhere.
    page_size
        Runs for each request, up to 50,000.

    Raises
    ------
    assay.ValueError
        No server is set, or both ids and names are given.
    """
    if output_format not in ("table", "list", "pandas"):
        raise errors.ValueError(f"search_runs: expected 'table', 'list' or 'pandas', got {output_format!r}")
    client = MlflowClient(tracking_uri)
    ids = _experiments(client, experiment_ids, experiment_names, search_all_experiments)
    if output_format == "list":
        return (
            list(client.search_runs(ids, filter_string, run_view_type, max_results, order_by)) if ids else []
        )
    table: Table = client._runs.search_table(
        ids,
        filter_string or "",
        order_by or [],
        view_number(run_view_type),
        page_size,
        max_results if ids else 0,
    )
    if output_format == "table":
        return table
    import pandas as pd

    return pd.DataFrame({name: table[name].to_pylist() for name in table.column_names})


def iter_runs(
    experiment_ids: Sequence[str] | None = None,
    filter_string: str = "",
    run_view_type: int | str = ViewType.ACTIVE_ONLY,
    order_by: list[str] | None = None,
    *,
    experiment_names: Sequence[str] | None = None,
    search_all_experiments: bool = False,
    tracking_uri: str | None = None,
    page_size: int = 1000,
) -> Iterator[ServerRun]:
    """The runs that match, one after the other; memory does not grow with their number."""
    client = MlflowClient(tracking_uri)
    ids = _experiments(client, experiment_ids, experiment_names, search_all_experiments)
    if not ids:
        return iter(())
    return client.iter_runs(ids, filter_string, run_view_type, order_by, page_size=page_size)


def _experiments(
    client: MlflowClient, ids: Sequence[str] | None, names: Sequence[str] | None, everywhere: bool
) -> list[str]:
    if ids and names:
        raise errors.ValueError("search_runs: expected experiment_ids or experiment_names, got both")
    if ids:
        named = [active.name_of(one) for one in ids]
        found = [None if name is None else client.get_experiment_by_name(name) for name in named]
        theirs = [str(one) for one, name in zip(ids, named, strict=True) if name is None]
        return theirs + [experiment.experiment_id for experiment in found if experiment is not None]
    if everywhere:
        return [
            e.experiment_id for e in client.search_experiments(ViewType.ACTIVE_ONLY, max_results=1_000_000)
        ]
    wanted = list(names) if names else [active.experiment_name()]
    found = [client.get_experiment_by_name(name) for name in wanted]
    return [experiment.experiment_id for experiment in found if experiment is not None]

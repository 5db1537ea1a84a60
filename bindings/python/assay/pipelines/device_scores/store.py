"""Scores in the lake: a day's rows, and one line for each day that says that they are whole."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any

from assay.data.lake import StoredTable
from assay.data.lake_days import days_of, read_day, replace_day
from assay.pipelines.device_scores.model import ModelFacts

if TYPE_CHECKING:
    from assay.data import Lake

__all__ = ["DAYS", "REFUSED", "SCORES", "ScoreStore", "ScoredDay"]

SCORES, REFUSED, DAYS = "gold.device_scores", "quarantine.device_scores", "gold.device_score_days"
_DAY = "scored_on"


@dataclass(frozen=True)
class ScoredDay:
    """A day that was scored: how many devices, by which model, and what the run is named by."""

    scored_on: date
    run_key: str
    model: str
    """Its facts as JSON, as they were on that day."""
    compared_with: date | None
    """The last day before that was scored."""
    rows_read: int
    superseded: int
    scored: int
    refused: int
    high: int
    medium: int
    low: int
    new_high: int
    """At high risk, and not at high risk on the day compared with; all of them where there is none."""

    @property
    def facts(self) -> ModelFacts:
        return ModelFacts.from_json(self.model)


class ScoreStore:
    """The tables of scores in a lake.

    A day counts as scored when its line stands in ``gold.device_score_days`` and names the rows that stand in
    ``gold.device_scores``: a run that was killed in between leaves a day that is scored anew.
    """

    def __init__(self, lake: Lake, run: str) -> None:
        self._lake = lake
        self._run = run

    def days(self) -> list[ScoredDay]:
        """The days that were scored, in order."""
        if not self._lake.exists(DAYS):
            return []
        known = [field.name for field in fields(ScoredDay)]
        lines = [
            ScoredDay(**{name: row[name] for name in known}) for row in self._lake.read(DAYS).to_pylist()
        ]
        return sorted(lines, key=lambda line: line.scored_on)

    def find(self, day: date) -> tuple[ScoredDay, Any] | None:
        """The line and the rows of that day, highest risk first; None where it was not scored, or not to the end."""
        line = next((line for line in self.days() if line.scored_on == day), None)
        if line is None or day not in days_of(self._lake, SCORES, column=_DAY):
            return None
        rows = self.rows(day)
        if rows.num_rows != line.scored or set(rows["run_key"].unique().to_pylist()) != {line.run_key}:
            return None
        return line, rows

    def rows(self, day: date) -> Any:
        """The scores of a day as a pyarrow.Table, highest risk first."""
        rows = read_day(self._lake, SCORES, day, column=_DAY)
        return rows.sort_by([("risk", "descending"), ("device_id", "ascending")])

    def refused(self, line: ScoredDay) -> list[dict[str, Any]]:
        """The rows of that day that were not scored."""
        if not line.refused or not self._lake.exists(REFUSED):
            return []
        rows = read_day(self._lake, REFUSED, line.scored_on, column=_DAY).to_pylist()
        return sorted((row for row in rows if row["run_key"] == line.run_key), key=lambda row: row["row"])

    def before(self, day: date) -> tuple[date, Any] | None:
        """The last day before that was scored to the end, and its rows."""
        for line in reversed(self.days()):
            if line.scored_on < day and (found := self.find(line.scored_on)) is not None:
                return line.scored_on, found[1]
        return None

    def write(self, line: ScoredDay, scores: Any, refused: Any) -> list[StoredTable]:
        """Stores a day: first its rows, last the line that says that they are there."""
        from assay.data import Table

        stored = []
        if refused.num_rows or line.scored_on in days_of(self._lake, REFUSED, column=_DAY):
            stored.append(self._replace(REFUSED, refused, line))
        stored.append(self._replace(SCORES, scores, line))
        lines = [*(one for one in self.days() if one.scored_on != line.scored_on), line]
        table = Table.from_pylist([asdict(one) for one in sorted(lines, key=lambda one: one.scored_on)])
        stored.append(self._lake.write(DAYS, _typed(table), run=self._run))
        return stored

    def _replace(self, name: str, rows: Any, line: ScoredDay) -> StoredTable:
        properties = {"assay.run_key": line.run_key}
        return replace_day(
            self._lake,
            name,
            rows,
            line.scored_on,
            column=_DAY,
            properties=properties,
            run=self._run,
            may_be_empty=name == REFUSED,
        )


def _typed(table: Any) -> Any:
    """The same columns with the same types on the first day, on which there is no day to compare with."""
    import pyarrow as pa

    from assay.data import Table

    kinds = {"scored_on": pa.date32(), "compared_with": pa.date32(), "run_key": pa.utf8(), "model": pa.utf8()}
    rows = pa.table(table)
    schema = pa.schema([(name, kinds.get(name, pa.int64())) for name in rows.column_names])
    return Table.from_arrow(rows.cast(schema))

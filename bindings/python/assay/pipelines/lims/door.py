"""The door that results come in by: nothing that names a person is stored behind it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from assay.data import Table
    from assay.data.deid import DeidKey

__all__ = ["DATES", "TEXTS", "Dates", "Door", "Texts"]

Dates = Literal["shift", "keep"]
DATES: tuple[Dates, ...] = ("shift", "keep")
Texts = Literal["common", "searched"]
TEXTS: tuple[Texts, ...] = ("common", "searched")

_FEWEST_PATIENTS = 5
"""Below, a text may be about one of them."""
_WITHHELD = "[TEXT]"

_TIMES = ("observed_at", "reported_at")
_MOVED = "moved_"
# Before the name of a time: the time as it is to be stored.


@dataclass(frozen=True)
class Door:
    """De-identification with a key, or none where the data are known to hold nobody's identifiers."""

    key: DeidKey | None = None
    dates: Dates = "shift"
    texts: Texts = "common"

    @property
    def sentence(self) -> str:
        """For the report."""
        if self.key is None:
            return "Identifiers stand as the source gives them: the run was told that they are nobody's (--identified)."
        moved = (
            "dates are moved by a number of days of each patient's own"
            if self.dates == "shift"
            else "dates stand as they are: a limited data set (45 CFR 164.514(e))"
        )
        texts = (
            f"texts that fewer than {_FEWEST_PATIENTS} patients have are withheld"
            if self.texts == "common"
            else "texts were searched for identifiers, which finds what follows a pattern or a title"
        )
        return f"Identifiers are tokens of key {self.key.key_id}; {moved}; {texts}."

    def tokens(self, rows: Table) -> Table:
        """Results with tokens in place of identifiers and true times, which are to stay in memory.

        The times to be stored stand beside them, until :meth:`stored` puts them in their place.

        Raises:
            SchemaError: columns that are not those of laboratory results.
        """
        if self.key is None:
            return rows
        from assay.data.deid import DateShift, deidentify, laboratory_plan

        true_times = laboratory_plan(also=dict.fromkeys(_TIMES, "keep"))
        named = self._without_rare_texts(deidentify(rows, true_times, self.key).rows)
        if self.dates == "keep":
            return named
        shift = DateShift(self.key)  # by the patient's token, as deidentify() moves a column of dates
        for name in _TIMES:
            named = named.with_column(f"{_MOVED}{name}", shift.shift(rows[name], named["patient_id"]))
        return named

    def _without_rare_texts(self, rows: Table) -> Table:
        """No search finds every name; what several patients have in common names none of them."""
        if self.texts != "common" or rows["text"].null_count == rows.num_rows:
            return rows
        patients: dict[str, set[str]] = {}
        texts = rows["text"].to_pylist()
        for text, patient in zip(texts, rows["patient_id"].to_pylist(), strict=True):
            if text is not None:
                patients.setdefault(text, set()).add(patient)
        common = {text for text, known in patients.items() if len(known) >= _FEWEST_PATIENTS}
        field = next(field for field in rows.schema if field.name == "text")
        kept = [text if text is None or text in common else _WITHHELD for text in texts]
        return rows.with_column(field, kept)

    def stored(self, rows: Table) -> Table:
        """The same as it may be stored: with the times that were moved in place of the true ones."""
        moved = [name for name in _TIMES if f"{_MOVED}{name}" in rows]
        for name in moved:
            field = next(field for field in rows.schema if field.name == name)
            rows = rows.with_column(field, rows[f"{_MOVED}{name}"])
        return rows.drop([f"{_MOVED}{name}" for name in moved])

    def seal(self, rejected: Table, path: Path) -> list[Path]:
        """Keeps rows that could not be read, bytes and all, where nobody reads them without the key."""
        if self.key is None or not rejected.num_rows:
            path.unlink(missing_ok=True)  # of an earlier run
            return []
        from assay.data.deid import write_sealed_table

        write_sealed_table(path, rejected, self.key, purpose="quarantine")
        return [path]

    def without_bytes(self, rejected: Table) -> Table:
        """Where they stand and which rule they broke, without what they hold."""
        if self.key is None:
            return rejected
        from assay.data.deid import Pseudonymiser

        files = Pseudonymiser(self.key, "source_file").tokens(rejected["file"])  # a file's name may be a person's
        return rejected.drop(["raw"]).with_column("file", files)

    def remarks(self, texts: Iterable[str], source: Path) -> list[str]:
        """What readers say, with the tokens of :meth:`without_bytes` where a sentence begins with a file's name."""
        if self.key is None:
            return list(texts)
        from assay.data.deid import Pseudonymiser

        tokens = Pseudonymiser(self.key, "source_file")
        names = sorted(os.listdir(source), key=len, reverse=True) if source.is_dir() else []
        told = []
        for text in texts:
            name = next((name for name in names if text.startswith((f"{name}: ", f"{name} was "))), "")
            told.append((tokens.token(name) or "") + text.removeprefix(name) if name else text)
        return told

"""Prompts beside each other: length, readability, and the judge's score of what they gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from assay import errors
from assay.tracking.readability import measure

if TYPE_CHECKING:
    from assay.data import Table
    from assay.features import PatientSummary
    from assay.judge import Judge
    from assay.models import SoapNote

__all__ = ["PromptComparison", "Variant", "compare_prompts"]

_HEADINGS = {
    "variant": "Variant",
    "texts": "Texts",
    "characters": "Characters",
    "words": "Words",
    "sentences": "Sentences",
    "reading_ease": "Flesch reading ease",
    "grade": "Flesch–Kincaid grade",
    "judge_score": "Judge (1–5)",
}
_TYPES = {"variant": "utf8", "texts": "int64"}


@dataclass(frozen=True)
class Variant:
    """Means over the texts of one variant; None where a measure does not apply."""

    variant: str
    texts: int
    characters: float
    words: float
    sentences: float
    reading_ease: float | None
    grade: float | None
    judge_score: float | None


@dataclass(frozen=True)
class PromptComparison:
    """The variants in the order in which they were given."""

    variants: Sequence[Variant]
    judge: str = ""

    def __getitem__(self, name: str) -> Variant:
        for one in self.variants:
            if one.variant == name:
                return one
        raise KeyError(name)

    @property
    def best(self) -> Variant | None:
        """The highest judge score; the first of equals. None where nothing was judged."""
        judged = [one for one in self.variants if one.judge_score is not None]
        return max(judged, key=lambda one: one.judge_score or 0) if judged else None

    def table(self) -> Table:
        """One row for each variant."""
        from assay.data import Field, Schema, Table

        schema = Schema([Field(name, _TYPES.get(name, "float64")) for name in _HEADINGS])
        return Table.from_pylist([dict(one.__dict__) for one in self.variants], schema=schema)

    def to_html(self) -> str:
        """A table and the chart, without scripts or anything from elsewhere."""
        head = "".join(f"<th>{escape(title)}</th>" for title in _HEADINGS.values())
        rows = "".join(
            "<tr>"
            + "".join(
                f'<td style="text-align:{"right" if i else "left"}">{escape(cell)}</td>'
                for i, cell in enumerate(_cells(one))
            )
            + "</tr>"
            for one in self.variants
        )
        remark = "Readability is for English texts. "
        remark += f"Judge: {self.judge}." if self.judge else "Not judged: no patient was given."
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        return f'<div style="overflow-x:auto">{table}</div><p>{escape(remark)}</p>{self.to_svg()}'

    def to_svg(self, width: int = 720) -> str:
        """The measures as bars, one panel each; at least 320 wide. Panels stand below each other where it is narrow."""
        from assay.tracking.compare_chart import draw

        return draw(self.variants, width)

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        cells = [list(_HEADINGS.values()), *(_cells(one) for one in self.variants)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        return "\n".join(
            "  ".join(
                cell.ljust(width) if i == 0 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in cells
        )


def _cells(one: Variant) -> list[str]:
    return [shown_number(value) if not isinstance(value, str) else value for value in one.__dict__.values()]


def shown_number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.1f}".removesuffix(".0")


def compare_prompts(
    variants: Mapping[str, Any],
    *,
    patient: PatientSummary | Sequence[PatientSummary] | None = None,
    judge: Judge | None = None,
) -> PromptComparison:
    """Compare prompts, or what they gave.

    Parameters
    ----------
    variants
        By name: a prompt or an output as text or `SoapNote`, or a sequence of outputs.
    patient
        The record that the outputs were written from: one for all of them, or one for each in their order. Without
        it nothing is judged.
    judge
        Whatever scores an output against a record; a `GroundedJudge` by default.

    Returns
    -------
    PromptComparison
        With ``table()``, ``to_html()``, ``to_svg()`` and a text form. A notebook shows table and chart.

    Raises
    ------
    assay.ValueError
        No variant, one without a text, or another number of patients than outputs.
    """
    if not variants:
        raise errors.ValueError("compare_prompts: expected at least one variant, got none")
    if patient is not None and judge is None:
        from assay.judge import GroundedJudge

        judge = GroundedJudge()
    rows = [_measure(name, _outputs(given), patient, judge) for name, given in variants.items()]
    return PromptComparison(rows, type(judge).__name__ if patient is not None else "")


def _outputs(given: Any) -> list[Any]:
    return list(given) if isinstance(given, Sequence) and not isinstance(given, str) else [given]


def _measure(name: str, outputs: list[Any], patient: Any, judge: Judge | None) -> Variant:
    if not outputs:
        raise errors.ValueError(f"compare_prompts: expected a text for variant {name!r}, got none")
    texts = [_text(output) for output in outputs]
    measured = [measure(text) for text in texts]
    return Variant(
        name,
        len(texts),
        _mean([len(text) for text in texts]) or 0.0,
        _mean([one.words for one in measured]) or 0.0,
        _mean([one.sentences for one in measured]) or 0.0,
        _mean([one.reading_ease for one in measured]),
        _mean([one.grade for one in measured]),
        _mean(_scores(name, outputs, patient, judge)),
    )


def _text(output: SoapNote | str) -> str:
    return output if isinstance(output, str) else output.to_markdown()


def _mean(values: Sequence[float | None]) -> float | None:
    """None where one of the values is."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known and len(known) == len(values) else None


def _scores(name: str, outputs: list[Any], patient: Any, judge: Judge | None) -> list[float | None]:
    if patient is None or judge is None:
        return [None]
    patients = list(patient) if isinstance(patient, Sequence) else [patient] * len(outputs)
    if len(patients) != len(outputs):
        raise errors.ValueError(
            f"compare_prompts: expected {len(patients)} outputs of variant {name!r}, one for each patient, "
            f"got {len(outputs)}"
        )
    return [judge.judge(output, of).overall for output, of in zip(outputs, patients, strict=True)]

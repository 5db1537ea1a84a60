"""Formats of the workbook, and cells whose text stays text."""

from __future__ import annotations

from typing import Any

__all__ = ["COLOURS", "FORMULA_STARTS", "Styles", "clipped", "write_text"]

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_LONGEST = 1_000
COLOURS = {
    "ink": "#1F2933",
    "quiet": "#616E7C",
    "line": "#CBD2D9",
    "band": "#F5F7FA",
    "head": "#243B53",
    "high": "#BA2525",
    "high_fill": "#FFE3E3",
    "medium": "#8D5A00",
    "medium_fill": "#FFF3C4",
    "low": "#2F6B3A",
    "low_fill": "#E3F5E6",
    "bar": "#F0A0A0",
    "blue": "#486581",
}
_TILE = {"font_size": 22, "bold": True, "align": "center", "valign": "vcenter", "num_format": "#,##0"}
_TILE_LABEL = {"font_size": 9, "align": "center", "valign": "vcenter", "font_color": COLOURS["quiet"]}
_HEAD = {
    "bold": True,
    "font_color": "#FFFFFF",
    "bg_color": COLOURS["head"],
    "text_wrap": True,
    "valign": "vcenter",
    "border": 1,
    "border_color": COLOURS["line"],
}
_CELL = {"valign": "vcenter", "bottom": 1, "bottom_color": COLOURS["line"]}
_TEXT = {**_CELL, "align": "left", "indent": 1}
_KINDS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 20, "font_color": COLOURS["head"]},
    "subtitle": {"font_color": COLOURS["quiet"]},
    "section": {"bold": True, "font_size": 13, "font_color": COLOURS["head"]},
    "note": {"font_color": COLOURS["quiet"], "text_wrap": True, "valign": "top"},
    "head": {**_HEAD, "align": "left", "indent": 1},
    "head_number": {**_HEAD, "align": "right"},
    "text": _TEXT,
    "wrapped": {**_TEXT, "text_wrap": True},
    "strong": {**_TEXT, "bold": True},
    "whole": {**_CELL, "num_format": "#,##0"},
    "risk": {**_CELL, "num_format": "0.0"},
    "change": {**_CELL, "num_format": '+0.0;-0.0;"–"', "align": "right"},
    "probability": {**_CELL, "num_format": "0.0000"},
    "number": {**_CELL, "num_format": "General"},
    "day": {**_CELL, "num_format": "yyyy-mm-dd", "align": "left"},
    "label": {**_TEXT, "font_color": COLOURS["quiet"]},
    "tile_high": {**_TILE, "font_color": COLOURS["high"], "bg_color": COLOURS["high_fill"]},
    "tile_medium": {**_TILE, "font_color": COLOURS["medium"], "bg_color": COLOURS["medium_fill"]},
    "tile_low": {**_TILE, "font_color": COLOURS["low"], "bg_color": COLOURS["low_fill"]},
    "tile_plain": {**_TILE, "font_color": COLOURS["ink"], "bg_color": COLOURS["band"]},
    "tile_label_high": {**_TILE_LABEL, "bg_color": COLOURS["high_fill"]},
    "tile_label_medium": {**_TILE_LABEL, "bg_color": COLOURS["medium_fill"]},
    "tile_label_low": {**_TILE_LABEL, "bg_color": COLOURS["low_fill"]},
    "tile_label_plain": {**_TILE_LABEL, "bg_color": COLOURS["band"]},
}


class Styles:
    """The formats of one workbook, made when they are first asked for."""

    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._made: dict[tuple[str, bool], Any] = {}

    def get(self, kind: str, *, quoted: bool = False) -> Any:
        """A format; with `quoted` the one that keeps a text from becoming a formula when somebody edits the cell."""
        if (kind, quoted) not in self._made:
            base = {"font_name": "Calibri", "font_size": 11, "font_color": COLOURS["ink"]}
            made = self._workbook.add_format({**base, **_KINDS[kind]})
            if quoted:
                made.set_quote_prefix()
            self._made[kind, quoted] = made
        return self._made[kind, quoted]

    def class_format(self, kind: str) -> Any:
        """For conditional formats: the colours of a class."""
        return self._workbook.add_format(
            {"font_color": COLOURS[kind], "bg_color": COLOURS[f"{kind}_fill"], "bold": kind == "high"}
        )


def clipped(text: str) -> str:
    """A text that a cell can hold, on one line of sight."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def write_text(sheet: Any, row: int, column: int, text: str, styles: Styles, kind: str = "text") -> None:
    """A text as a text, whatever it begins with: nothing here becomes a formula, a link or a number."""
    sheet.write_string(row, column, clipped(text), styles.get(kind, quoted=text.startswith(FORMULA_STARTS)))

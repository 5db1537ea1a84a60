"""Prices of language models and the dollar's rate in won: dated, with their source, as data beside this file.

Money is :class:`decimal.Decimal` throughout, so that a sum of a million calls is exact.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from functools import cache
from pathlib import Path
from typing import Any

from assay import errors

__all__ = ["EXACT", "ExchangeRate", "Price", "PriceTable", "default_prices", "default_rate"]

EXACT = Context(prec=60)
"""Wide enough that no sum or product here is ever rounded."""

_MILLION = Decimal(1_000_000)
_DATA = Path(__file__).with_name("llm_prices.json")


@dataclass(frozen=True)
class Price:
    """USD per million tokens of one model. `cached_input` is None where the provider publishes none."""

    model: str
    input: Decimal
    output: Decimal
    cached_input: Decimal | None
    valid_from: date
    source: str

    def cost(self, input_tokens: int, output_tokens: int, cached_tokens: int = 0) -> Decimal | None:
        """USD for a call, exact; `cached_tokens` of the input were read from a cache. None where that has no price."""
        if cached_tokens and self.cached_input is None:
            return None
        fresh = EXACT.multiply(self.input, Decimal(input_tokens - cached_tokens))
        cached = EXACT.multiply(self.cached_input or Decimal(0), Decimal(cached_tokens))
        written = EXACT.multiply(self.output, Decimal(output_tokens))
        return EXACT.divide(EXACT.add(EXACT.add(fresh, cached), written), _MILLION)


@dataclass(frozen=True)
class ExchangeRate:
    """Won for one US dollar on a day."""

    krw_per_usd: Decimal
    day: date
    source: str


class PriceTable:
    """Prices by model and the day from which they hold.

    A call is charged by the newest price that holds on its day (UTC). A model is known by the very name its provider
    gives it: a dated snapshot may cost something else than the name without a date.
    """

    def __init__(self, prices: Iterable[Price]) -> None:
        self._prices: dict[str, list[Price]] = {}
        for price in prices:
            self._prices.setdefault(price.model, []).append(price)
        for known in self._prices.values():
            known.sort(key=lambda price: price.valid_from)

    @classmethod
    def load(cls, file: str | os.PathLike[str]) -> PriceTable:
        """Read a table in the form of the one that comes with Assay.

        Raises
        ------
        assay.ValueError
            A member is missing, is no number, or is negative.
        """
        return cls(_read_price(entry) for entry in _read(file)["models"])

    @property
    def models(self) -> list[str]:
        return sorted(self._prices)

    def price_of(self, model: str, day: date) -> Price | None:
        """The price that holds for a model on a day; None where none is known."""
        known = [price for price in self._prices.get(model, []) if price.valid_from <= day]
        return known[-1] if known else None

    def with_price(
        self,
        model: str,
        *,
        input: Any,
        output: Any,
        cached_input: Any = None,
        valid_from: date = date(1970, 1, 1),
        source: str = "given by the caller",
    ) -> PriceTable:
        """A table with one price more: a contract's, say, or 0 for a model of one's own. Numbers in USD per million."""
        cached = None if cached_input is None else _money(cached_input, model)
        added = Price(model, _money(input, model), _money(output, model), cached, valid_from, source)
        return PriceTable([*(price for known in self._prices.values() for price in known), added])

    def __repr__(self) -> str:
        newest = max((known[-1].valid_from for known in self._prices.values()), default=None)
        return f"<PriceTable {len(self._prices)} models, newest price of {newest}>"


@cache
def default_prices() -> PriceTable:
    """The table of ``$ASSAY_LLM_PRICES``, or the one that comes with Assay."""
    return PriceTable.load(os.environ.get("ASSAY_LLM_PRICES") or _DATA)


@cache
def default_rate() -> ExchangeRate:
    """The rate of ``$ASSAY_LLM_PRICES``, or the one that comes with Assay."""
    entry = _read(os.environ.get("ASSAY_LLM_PRICES") or _DATA)["krw_per_usd"]
    return ExchangeRate(
        _money(entry["rate"], "krw_per_usd"), date.fromisoformat(entry["day"]), entry["source"]
    )


def _read(file: str | os.PathLike[str]) -> Mapping[str, Any]:
    content = json.loads(Path(file).read_text(encoding="utf-8"), parse_float=Decimal)
    if not isinstance(content, dict) or not {"models", "krw_per_usd"} <= set(content):
        raise errors.ValueError("prices: expected an object with the members 'models' and 'krw_per_usd'")
    return content


def _read_price(entry: Mapping[str, Any]) -> Price:
    missing = {"model", "input", "output", "valid_from", "source"} - set(entry)
    if missing:
        raise errors.ValueError(f"prices: a model lacks {', '.join(sorted(missing))}")
    model, cached = str(entry["model"]), entry.get("cached_input")
    return Price(
        model,
        _money(entry["input"], model),
        _money(entry["output"], model),
        None if cached is None else _money(cached, model),
        date.fromisoformat(entry["valid_from"]),
        str(entry["source"]),
    )


def _money(value: Any, of: str) -> Decimal:
    try:
        amount = Decimal(str(value))
    except ArithmeticError:
        raise errors.ValueError(f"prices: expected a number for {of!r}, got {value!r}") from None
    if not amount.is_finite() or amount < 0:
        raise errors.ValueError(f"prices: expected a price of 0 or more for {of!r}, got {value!r}")
    return amount

"""What calls of language models cost, in dollars and won, kept in a run so that its server can add it up again.

Each call is a point of the run's metrics ``llm/cost_usd``, ``llm/input_tokens`` and so on, for its charts. The sums
are kept exact, as decimal text in tags: one tag for each task, model and user in each quarter of an hour, so that a
day begins where any time zone says, and a run of a million calls has few of them.
"""

from __future__ import annotations

import json
import os
import threading
import time
import uuid
import weakref
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

from assay import errors
from assay.tracking import active
from assay.tracking.prices import EXACT, ExchangeRate, PriceTable, default_prices, default_rate
from assay.tracking.run import Run

__all__ = ["QUARTER_MS", "RUN_MARK", "RUN_TAG", "CostSum", "LlmCost", "log_llm_cost"]

RUN_TAG = "assay.llm_cost."
"""Beginning of the tags that hold a run's sums."""

RUN_MARK = "assay.has_llm_cost"
"""Tag by which a server finds the runs that have some."""

QUARTER_MS = 15 * 60 * 1000
"""Every time zone of today is a multiple of it from UTC."""


@dataclass(frozen=True)
class LlmCost:
    """What one call cost. `usd` and `krw` are None where no price is known; `remark` then says why."""

    task: str
    model: str
    usd: Decimal | None
    krw: Decimal | None
    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    latency: float | None = None
    user: str | None = None
    remark: str = ""


@dataclass
class CostSum:
    """What the calls of one task, model and user in one quarter of an hour cost together."""

    task: str
    model: str
    user: str | None
    start: int  # ms since 1970, UTC: the quarter's beginning
    calls: int = 0
    unpriced: int = 0  # calls without a known price; they are in no sum of money
    usd: Decimal = Decimal(0)
    krw: Decimal = Decimal(0)
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    timed: int = 0  # calls whose latency is known
    latency_ms: int = 0  # of those

    def add(self, call: LlmCost) -> None:
        self.calls += 1
        if call.usd is None or call.krw is None:
            self.unpriced += 1
        else:
            self.usd = EXACT.add(self.usd, call.usd)
            self.krw = EXACT.add(self.krw, call.krw)
        self.input_tokens += call.input_tokens
        self.output_tokens += call.output_tokens
        self.cached_tokens += call.cached_tokens
        self.reasoning_tokens += call.reasoning_tokens
        if call.latency is not None:
            self.timed += 1
            self.latency_ms += round(call.latency * 1000)

    def to_json(self) -> str:
        return json.dumps(
            {**asdict(self), "usd": f"{self.usd:f}", "krw": f"{self.krw:f}"}, ensure_ascii=False
        )

    @classmethod
    def from_json(cls, text: str) -> CostSum:
        content = json.loads(text)
        return cls(**{**content, "usd": Decimal(content["usd"]), "krw": Decimal(content["krw"])})


@dataclass
class _RunCosts:
    """The sums that this process keeps for a run."""

    writer: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    process: int = field(default_factory=os.getpid)
    calls: int = 0
    sums: dict[tuple[int, str, str, str | None], tuple[str, CostSum]] = field(default_factory=dict)


_of_runs: weakref.WeakKeyDictionary[Run, _RunCosts] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def log_llm_cost(
    task: str,
    model: str,
    input_tokens: int,
    output_tokens: int,
    *,
    cached_tokens: int = 0,
    reasoning_tokens: int = 0,
    latency: float | None = None,
    user: str | None = None,
    run: Run | None = None,
    prices: PriceTable | None = None,
    rate: ExchangeRate | None = None,
    timestamp: int | None = None,
) -> LlmCost:
    """Keep what one call of a language model cost, in the active run.

    Parameters
    ----------
    task
        What it was for, such as ``"soap_note"``.
    model
        Its name as the provider's price list has it.
    input_tokens, output_tokens
        All tokens, those of the next two included, as OpenAI counts them.
    cached_tokens
        Input tokens that the provider read from its cache.
    reasoning_tokens
        Output tokens that were thought and not answered; charged as output.
    latency
        Seconds.
    prices, rate
        In place of :func:`~assay.tracking.prices.default_prices` and
        :func:`~assay.tracking.prices.default_rate`.
    timestamp
        When it was, in ms since 1970; now by default. Its day (UTC) decides the price.

    A model without a known price costs None, never 0: the call and its tokens are counted, and analytics say how
    many calls had no price.

    Raises
    ------
    assay.ValueError
        A negative count, more cached than input tokens, more reasoning than output tokens.
    """
    _check(task, model, input_tokens, output_tokens, cached_tokens, reasoning_tokens, latency)
    moment = timestamp if timestamp is not None else time.time_ns() // 1_000_000
    tokens = (input_tokens, output_tokens, cached_tokens)
    usd, remark = _price(prices or default_prices(), model, moment, tokens)
    rate = rate or default_rate()
    krw = None if usd is None else EXACT.multiply(usd, rate.krw_per_usd)
    call = LlmCost(task, model, usd, krw, *tokens, reasoning_tokens, latency, user, remark)
    _keep(call, run or active.expect_active(), moment, rate)
    return call


def _check(task: str, model: str, *counts_and_latency: Any) -> None:
    *counts, latency = counts_and_latency
    if not task or not model:
        raise errors.ValueError("log_llm_cost: expected the names of a task and a model, got an empty text")
    if any(isinstance(count, bool) or not isinstance(count, int) or count < 0 for count in counts):
        raise errors.ValueError("log_llm_cost: expected token counts of 0 or more, as integers")
    if counts[2] > counts[0]:
        raise errors.ValueError(
            f"log_llm_cost: expected cached_tokens as a part of {counts[0]} input tokens, got {counts[2]}"
        )
    if counts[3] > counts[1]:
        raise errors.ValueError(
            f"log_llm_cost: expected reasoning_tokens as a part of {counts[1]} output tokens, got {counts[3]}"
        )
    if latency is not None and not 0 <= latency < float("inf"):
        raise errors.ValueError("log_llm_cost: expected a latency of 0 s or more")


def _price(
    prices: PriceTable, model: str, moment: int, tokens: tuple[int, int, int]
) -> tuple[Decimal | None, str]:
    day = datetime.fromtimestamp(moment / 1000, timezone.utc).date()
    price = prices.price_of(model, day)
    if price is None:
        return None, f"no price is known for {model} on {day}"
    usd = price.cost(*tokens)
    return usd, "" if usd is not None else f"no price is known for cached input of {model} on {day}"


def _keep(call: LlmCost, run: Run, moment: int, rate: ExchangeRate) -> None:
    start = moment // QUARTER_MS * QUARTER_MS
    with _lock:  # so that the last value of a tag is its largest
        costs = _of_runs.get(run)
        if costs is None or costs.process != os.getpid():  # a forked child adds up for itself
            costs = _of_runs[run] = _RunCosts()
            run.set_tags({RUN_MARK: "1", "assay.krw_per_usd": f"{rate.krw_per_usd} of {rate.day}"})
        key = (start, call.task, call.model, call.user)
        if key not in costs.sums:
            tag = f"{RUN_TAG}{costs.writer}.{len(costs.sums)}"
            costs.sums[key] = (tag, CostSum(call.task, call.model, call.user, start))
        tag, total = costs.sums[key]
        total.add(call)
        run.set_tag(tag, total.to_json())
        step = costs.calls
        costs.calls += 1
    run.log_metrics(_points(call), step=step, timestamp=moment)


def _points(call: LlmCost) -> dict[str, float]:
    points = {
        "llm/input_tokens": call.input_tokens,
        "llm/output_tokens": call.output_tokens,
        "llm/cached_tokens": call.cached_tokens,
        "llm/reasoning_tokens": call.reasoning_tokens,
        "llm/cost_usd": call.usd,
        "llm/cost_krw": call.krw,
        "llm/latency_s": call.latency,
    }
    return {name: float(value) for name, value in points.items() if value is not None}


def _after_fork() -> None:
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

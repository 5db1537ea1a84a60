"""Costs of language models: exact money, unknown prices, days by time zone, the journal's answer and the server's."""

from __future__ import annotations

import json
import os
import threading
import uuid
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from assay import errors
from assay import tracking as at
from assay.tracking.analytics import cost_groups, day_of
from assay.tracking.local import MlflowServer
from assay.tracking.observations import read_costs
from assay.tracking.prices import ExchangeRate, Price, PriceTable, default_prices, default_rate

RATE = ExchangeRate(Decimal("1400.50"), date(2026, 11, 1), "made up")
PRICES = PriceTable(
    [
        Price("one", Decimal("2.5"), Decimal("10"), Decimal("1.25"), date(2026, 1, 1), "made up"),
        Price("one", Decimal("2"), Decimal("8"), Decimal("0.5"), date(2026, 11, 10), "made up"),
        Price("uncached", Decimal("0.1"), Decimal("0.4"), None, date(2026, 1, 1), "made up"),
    ]
)


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def log(
    run: at.Run, model: str, tokens: tuple[int, int, int], when: str, user: str | None = None
) -> at.LlmCost:
    return at.log_llm_cost(
        "soap_note", model, tokens[0], tokens[1], cached_tokens=tokens[2], user=user, run=run,
        prices=PRICES, rate=RATE, timestamp=ms(when),
    )  # fmt: skip


def test_money_is_exact(journal: Path) -> None:
    with at.start_run(journal=journal) as run:
        call = log(run, "one", (1_000_003, 7, 3), "2026-11-05T00:00:00+00:00")
        # 1,000,000 × 2.5 + 3 × 1.25 + 7 × 10 = 2,500,073.75 per million
        assert call.usd == Decimal("2.50007375")
        assert call.krw == Decimal("2.50007375") * Decimal("1400.50")
        for _ in range(999):
            log(run, "one", (1, 0, 0), "2026-11-05T00:00:01+00:00")
    [total] = cost_groups(journal)
    assert total.usd == Decimal("2.50007375") + 999 * Decimal("0.0000025")
    assert total.calls == 1000
    assert Fraction(total.average_usd or 0) == Fraction(total.usd) / 1000


def test_price_of_the_day(journal: Path) -> None:
    with at.start_run(journal=journal) as run:
        before = log(run, "one", (1_000_000, 0, 0), "2026-11-09T23:59:59.999+00:00")
        after = log(run, "one", (1_000_000, 0, 0), "2026-11-10T00:00:00+00:00")
        too_early = log(run, "one", (1_000_000, 0, 0), "2025-12-31T23:59:59+00:00")
    assert (before.usd, after.usd, too_early.usd) == (Decimal("2.5"), Decimal("2"), None)
    assert too_early.remark == "no price is known for one on 2025-12-31"


def test_unknown_model_costs_none_and_never_zero(journal: Path) -> None:
    with at.start_run(journal=journal) as run:
        call = log(run, "nobody's", (10, 10, 0), "2026-11-05T00:00:00+00:00")
        cached = log(run, "uncached", (10, 10, 4), "2026-11-05T00:00:00+00:00")
        free = at.log_llm_cost(
            "t", "own", 5, 5, run=run, prices=PRICES.with_price("own", input=0, output=0),
            timestamp=ms("2026-11-06T00:00:00+00:00"),
        )  # fmt: skip
    assert (call.usd, call.krw) == (None, None)
    assert call.remark == "no price is known for nobody's on 2026-11-05"
    assert cached.usd is None
    assert cached.remark.startswith("no price is known for cached input")
    assert free.usd == 0
    table = at.average_cost(journal).to_pydict()
    assert table["unpriced"] == [2, 0]
    assert table["cost_usd"] == [None, 0.0]
    assert table["average_usd"] == [None, 0.0]
    assert table["input_tokens"] == [20, 5]


@pytest.mark.parametrize(
    ("tokens", "more"),
    [
        ((-1, 0), {}),
        ((1, 1), {"cached_tokens": 2}),
        ((1, 1), {"reasoning_tokens": 2}),
        ((1, 1), {"latency": float("nan")}),
        ((1, 1), {"latency": -1.0}),
        ((True, 1), {}),
    ],
)
def test_counts_that_cannot_be(journal: Path, tokens: tuple[int, int], more: dict[str, Any]) -> None:
    with at.start_run(journal=journal) as run, pytest.raises(errors.ValueError):
        at.log_llm_cost("t", "one", *tokens, run=run, prices=PRICES, **more)


def test_days_begin_where_the_time_zone_says(journal: Path) -> None:
    zones = {"Asia/Seoul": 9.0, "Asia/Kathmandu": 5.75, "America/St_Johns": -3.5, "UTC": 0.0}
    with at.start_run(journal=journal) as run:
        for hours in zones.values():
            midnight = datetime(2026, 11, 5, tzinfo=timezone.utc) - timedelta(hours=hours)
            for moment in (midnight - timedelta(milliseconds=1), midnight):
                log(run, "one", (400_000, 0, 0), moment.isoformat())
    for name, hours in zones.items():
        expected: dict[date, int] = {}
        for other in zones.values():  # independent: plain arithmetic on the offsets of that day
            for early in (1, 0):
                local = datetime(2026, 11, 5) + timedelta(hours=hours - other, milliseconds=-early)
                expected[local.date()] = expected.get(local.date(), 0) + 1
        groups = {group.key[0]: group.calls for group in cost_groups(journal, tz=name)}
        assert groups == expected, name
        assert all(group.usd == group.calls for group in cost_groups(journal, tz=name))


def test_day_with_a_change_of_clocks() -> None:
    zone = ZoneInfo("America/New_York")
    assert day_of(ms("2026-11-01T04:00:00+00:00"), zone) == date(2026, 11, 1)
    assert day_of(ms("2026-11-02T04:59:59.999+00:00"), zone) == date(2026, 11, 1)  # 25 hours long
    assert day_of(ms("2026-11-02T05:00:00+00:00"), zone) == date(2026, 11, 2)
    assert day_of(-1, timezone.utc) == date(1969, 12, 31)


def test_unknown_zone_and_group(journal: Path) -> None:
    with at.start_run(journal=journal):
        pass
    with pytest.raises(errors.ValueError, match="Asia/Seoul"):
        at.average_cost(journal, tz="Mars/Olympus")
    with pytest.raises(errors.ValueError, match="day, user, model, task"):
        at.average_cost(journal, ("patient",))
    assert len(at.average_cost(journal)) == 0


def test_threads_and_a_forked_child_add_up(journal: Path) -> None:
    when = "2026-11-05T12:00:00+00:00"
    with at.start_run(journal=journal) as run:
        threads = [
            threading.Thread(target=lambda: [log(run, "one", (400, 0, 0), when) for _ in range(50)])
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        child = os.fork()
        if child == 0:
            log(run, "one", (400, 0, 0), when)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        log(run, "one", (400, 0, 0), when)
    [group] = cost_groups(journal, ("model", "user"))
    assert (group.key, group.calls, group.usd) == (("one", None), 202, Decimal("0.202"))


def test_shipped_prices_are_dated_and_cited() -> None:
    table = default_prices()
    assert "gpt-4o-mini" in table.models
    price = table.price_of("gpt-4o-mini", date(2026, 11, 21))
    assert price is not None
    assert (price.input, price.cached_input, price.output) == (
        Decimal("0.15"),
        Decimal("0.075"),
        Decimal("0.6"),
    )
    for model in table.models:
        found = table.price_of(model, date(2026, 11, 21))
        assert found is not None
        assert found.source.startswith("https://")
        assert found.cached_input is None or found.cached_input <= found.input <= found.output
    assert default_rate().day.isoformat() == "2026-02-20"


def test_prices_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "prices.json"
    entry = {"model": "m", "input": 0.1, "output": 0.2, "valid_from": "2026-01-01", "source": "contract"}
    file.write_text(json.dumps({"models": [entry], "krw_per_usd": {}}))
    price = PriceTable.load(file).price_of("m", date(2026, 6, 1))
    assert price is not None
    assert price.input == Decimal("0.1")  # no binary fraction in between
    for wrong in ({**entry, "input": -1}, {**entry, "input": "much"}, {"model": "m"}):
        file.write_text(json.dumps({"models": [wrong], "krw_per_usd": {}}))
        with pytest.raises(errors.ValueError, match="prices"):
            PriceTable.load(file)


@pytest.mark.mlflow
def test_the_server_gives_the_same_answer(mlflow_server: MlflowServer, journal: Path) -> None:
    name = f"cost/{uuid.uuid4().hex[:8]}"
    calls = []
    for i in range(3):
        with at.start_run(experiment=name, journal=journal) as run:
            for j in range(40):
                model, user = ("one", "uncached", "nobody's")[j % 3], (None, "ana", "bo")[(i + j) % 3]
                when = datetime(2026, 11, 8, 20, tzinfo=timezone.utc) + timedelta(minutes=37 * j, hours=i)
                tokens = (1000 * j + i, 17 * j, j if model == "one" else 0)
                call = log(run, model, tokens, when.isoformat(), user)
                calls.append((when, call))
    with at.start_run(experiment=name + "/other", journal=journal) as run:
        log(run, "one", (1, 1, 0), "2026-11-08T00:00:00+00:00")
    report = at.sync(journal, mlflow_server.url)
    assert report.complete, report.stopped_by
    assert read_costs(mlflow_server.url, [name]) == read_costs(journal, [name])
    for by in (("day",), ("user",), ("model",), ("day", "user", "model")):
        local = at.average_cost(journal, by, tz="Asia/Seoul", experiments=[name])
        assert at.average_cost(mlflow_server.url, by, tz="Asia/Seoul", experiments=[name]) == local
        # Recomputed from the calls themselves, in fractions.
        expected: dict[tuple[Any, ...], list[Fraction]] = {}
        for when, call in calls:
            values = {"day": (when + timedelta(hours=9)).date(), "user": call.user, "model": call.model}
            later = when >= datetime(2026, 11, 10, tzinfo=timezone.utc)
            one = (2.0, 0.5, 8.0) if later else (2.5, 1.25, 10.0)
            prices = {"one": one, "uncached": (0.1, 0.0, 0.4)}.get(call.model)
            group = expected.setdefault(tuple(values[key] for key in by), [])
            if prices is not None:
                fresh, cached, out = (Fraction(str(price)) for price in prices)
                tokens = (call.input_tokens - call.cached_tokens) * fresh + call.cached_tokens * cached
                group.append((tokens + call.output_tokens * out) / 1_000_000)
        groups = cost_groups(journal, by, tz="Asia/Seoul", experiments=[name])
        assert {group.key: Fraction(group.usd) for group in groups} == {
            k: sum(v) for k, v in expected.items()
        }
        assert {g.key: g.calls - g.unpriced for g in groups} == {k: len(v) for k, v in expected.items()}

"""Alerts: when incidents begin and end, that each is told once, and that no secret and no patient is told."""

from __future__ import annotations

import hashlib
import json
import math
import os
import pickle
import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from assay import errors
from assay import tracking as at
from assay.tracking import alerts
from assay.tracking.alerts import AlertRules, File, Secret, Smtp, Webhook, check_alerts
from assay.tracking.alerts.channels import Undelivered
from assay.tracking.prices import ExchangeRate, Price, PriceTable

DAY = round(datetime(2026, 11, 5, tzinfo=timezone.utc).timestamp() * 1000)
RULE = {"understanding": "<= 2", "times": 10, "by": "concept"}
INCIDENT = alerts.Incident.begin("rule", "key", 0, "understanding <= 2 10 times for <!channel> & co")


class Memory:
    """A channel that remembers, or refuses as often as it is told to."""

    name = "memory"

    def __init__(self, refuse: int = 0) -> None:
        self.refuse = refuse
        self.texts: list[str] = []

    def send(self, incident: alerts.Incident) -> None:
        if self.refuse:
            self.refuse -= 1
            raise Undelivered("it is away")
        self.texts.append(incident.text)


def rules(*given: dict[str, Any]) -> AlertRules:
    return AlertRules.parse({"rules": given})


def say(
    values: list[Any], concept: str = "insulin dosing", name: str = "understanding", at_ms: int = DAY
) -> None:
    for value in values:
        at.log_feedback(name=name, value=value, concept=concept, user="p-0815", timestamp=at_ms)


def audit(journal: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (journal / "alerts" / "audit.jsonl").read_text().splitlines()]


def test_the_tenth_time_exactly(journal: Path) -> None:
    told = Memory()
    with at.start_run(journal=journal):
        say([2] * 9 + [2.001, 3, 5])
        assert check_alerts(rules(RULE), journal, channels=[told]).incidents == []
        say([2], "another concept")
        say(["I understood 2 of it"])
        say([1], name="tone")
        assert check_alerts(rules(RULE), journal, channels=[told]).incidents == []
        say([2])  # the tenth
        report = check_alerts(rules(RULE), journal, channels=[told])
        assert (len(report.incidents), report.sent, report.waiting) == (1, 1, 0)
        say([1] * 30)
        assert check_alerts(rules(RULE), journal, channels=[told]).incidents == []
    assert told.texts == ["understanding <= 2 10 times for insulin dosing"]
    [line] = audit(journal)
    assert line["result"] == "sent"
    assert "p-0815" not in json.dumps(line)


def test_the_next_incident_is_told_again(journal: Path) -> None:
    told = Memory()
    rule = rules({"understanding": "<= 2", "times": 2, "recover": 3})
    steps = [[1, 1], [5, 5, 1, 5, 5], [1, 1], [5, 5, 5], [1], [1], [1]]
    expected = [
        1,
        1,
        1,
        1,
        1,
        2,
        2,
    ]  # two good ones in a row do not end it; the count begins at 0 after the end
    with at.start_run(journal=journal):
        for values, messages in zip(steps, expected, strict=True):
            say(values)
            check_alerts(rule, journal, channels=[told])
            assert len(told.texts) == messages, values


def test_only_the_last_days_count(journal: Path) -> None:
    rule = rules({"understanding": "<= 2", "times": 3, "within_days": 1})
    day = 86_400_000
    with at.start_run(journal=journal):
        for hours in (0, 12, 24):  # the first is a whole day older than the third: no longer within one
            say([1], at_ms=DAY + hours * 3_600_000)
        assert check_alerts(rule, journal, channels=[]).incidents == []
        say([1], at_ms=DAY + day + 1000)
        assert len(check_alerts(rule, journal, channels=[]).incidents) == 1


def spend(run: at.Run, usd: str, when: int, user: str | None = None) -> None:
    prices = PriceTable([Price("m", Decimal("1"), Decimal("1"), None, date(2026, 1, 1), "made up")])
    rate = ExchangeRate(Decimal(1400), date(2026, 11, 1), "made up")
    tokens = int(Decimal(usd) * 1_000_000)
    at.log_llm_cost("t", "m", tokens, 0, prices=prices, rate=rate, user=user, run=run, timestamp=when)


def test_fifty_dollars_are_not_more_than_fifty(journal: Path) -> None:
    rule = rules({"cost_usd": "> 50", "per": "day"})
    told = Memory()
    with at.start_run(journal=journal) as run:
        for _ in range(500):
            spend(run, "0.1", DAY)  # in binary fractions, 500 times 0.1 is not 50
        assert check_alerts(rule, journal, channels=[told]).incidents == []
        spend(run, "0.000001", DAY + 86_400_000)  # another day
        assert check_alerts(rule, journal, channels=[told]).incidents == []
        spend(run, "0.000001", DAY + 86_399_999)
        assert len(check_alerts(rule, journal, channels=[told]).incidents) == 1
        spend(run, "100", DAY + 1000)
        assert check_alerts(rule, journal, channels=[told]).incidents == []
        spend(run, "50", DAY + 86_400_000)
        assert len(check_alerts(rule, journal, channels=[told]).incidents) == 1
    assert told.texts[0] == "language models cost $50.00 on 2026-11-05 (UTC), rule > 50: 501 calls"


def test_cost_by_user_names_nobody(journal: Path) -> None:
    with at.start_run(journal=journal) as run:
        spend(run, "30", DAY, "p-0815")
        spend(run, "30", DAY, "p-4711")
        spend(run, "30", DAY, "p-4711")
    report = check_alerts(rules({"cost_usd": "> 50", "by": "user"}), journal, channels=[])
    [incident] = report.incidents
    assert incident.text == "language models cost $60.00 on 2026-11-05 (UTC) by one user, rule > 50: 2 calls"
    assert "p-4711" not in incident.key + incident.text + incident.rule


def test_what_is_remembered_names_nobody(journal: Path) -> None:
    by_user = {"understanding": "<= 2", "times": 2, "by": "user"}
    looked = rules(RULE, by_user, {"cost_usd": "> 50", "by": "user"})
    with at.start_run(journal=journal) as run:
        say([1, 1], "a rare disease")
        spend(run, "60", DAY, "p-0815")
        report = check_alerts(looked, journal, channels=[])
        assert len(report.incidents) == 2
        assert (
            check_alerts(looked, journal, channels=[]).incidents == []
        )  # the same pseudonyms at the next look
        say([1] * 8, "a rare disease")
        [tenth] = check_alerts(looked, journal, channels=[]).incidents
    told = (journal / "alerts" / "state.json").read_text() + "".join(one.key for one in report.incidents)
    for name in ("p-0815", "a rare disease"):
        assert name not in told + tenth.key
        assert (
            hashlib.sha256(name.encode()).hexdigest()[:12] not in told + tenth.key
        )  # guessing a name proves nothing
    key = journal / "alerts" / "key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(key.read_bytes()) == 32


def test_days_of_cost_by_time_zone(journal: Path) -> None:
    with at.start_run(journal=journal) as run:
        spend(run, "40", DAY + 14 * 3_600_000)  # 23:00 in Seoul
        spend(run, "40", DAY + 15 * 3_600_000)  # midnight there
    assert check_alerts(rules({"cost_usd": "> 50", "tz": "Asia/Seoul"}), journal, channels=[]).incidents == []
    assert len(check_alerts(rules({"cost_usd": "> 50"}), journal, channels=[]).incidents) == 1


def test_metric_over_its_bound(journal: Path) -> None:
    rule = rules({"metric": "loss", "is": "> 3", "clear": "< 2.5"})
    told = Memory()
    with at.start_run(journal=journal, run_name="judge_eval_M00001") as run:
        for values, messages in (
            ([3.0, math.nan], 0), ([math.nextafter(3, 4)], 1), ([9, math.nan, 2.6, 4], 1), ([2.4, 3.0], 1),
            ([math.inf], 2),
        ):  # fmt: skip
            for value in values:
                run.log_metric("loss", value)
                run.log_metric("other", 99)
            check_alerts(rule, journal, channels=[told])
            assert len(told.texts) == messages, values
        assert told.texts[0] == f"metric loss > 3 in run {run.info.run_id}"
    with at.start_run(journal=journal) as other:
        other.log_metric("loss", 4)
    assert len(check_alerts(rule, journal, channels=[told]).incidents) == 1


def test_one_look_or_many_find_the_same(journal: Path, tmp_path: Path) -> None:
    both = rules(RULE, {"metric": "loss", "is": ">= 0.9"}, {"cost_usd": ">= 1", "by": "model"})
    found = []
    with at.start_run(journal=journal) as run:
        for i in range(120):
            say([1 + (i * 7 % 5)], f"concept {i % 3}", at_ms=DAY + i)
            run.log_metric("loss", (i * 37 % 100) / 100)
            spend(run, "0.05", DAY + i * 3_600_000 // 4)
            if i % 7 == 0:
                found += check_alerts(both, journal, channels=[]).incidents
        found += check_alerts(both, journal, channels=[]).incidents
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "key").write_bytes((journal / "alerts" / "key").read_bytes())  # the same pseudonyms
    at_once = check_alerts(both, journal, state=tmp_path / "other", channels=[]).incidents
    assert {(one.rule, one.key) for one in found} == {(one.rule, one.key) for one in at_once}
    assert len([one for one in found if one.rule.startswith("cost")]) == 2
    assert len([one for one in found if one.rule.startswith("metric")]) > 5


def test_what_is_not_taken_waits(journal: Path) -> None:
    told, clock = Memory(refuse=3), [DAY]
    rule = rules({"understanding": "<= 2"})
    with at.start_run(journal=journal):
        say([1])
    for waiting in (1, 1, 1, 0, 0):
        assert check_alerts(rule, journal, channels=[told], now=lambda: clock[0]).waiting == waiting
    assert told.texts == ["understanding <= 2 1 times for insulin dosing"]
    assert [line["result"] for line in audit(journal)] == ["failed", "failed", "failed", "sent"]
    assert audit(journal)[0]["detail"] == "it is away"


def test_a_week_in_vain_is_given_up(journal: Path) -> None:
    told, clock = Memory(refuse=99), [DAY]
    with at.start_run(journal=journal):
        say([1])
    week = timedelta(days=7) // timedelta(milliseconds=1)
    outcomes = []
    for later in (0, week, week + 1, week + 2):
        clock[0] = DAY + later
        report = check_alerts(
            rules({"understanding": "<= 2"}), journal, channels=[told], now=lambda: clock[0]
        )
        outcomes.append((report.waiting, report.given_up))
    assert outcomes == [(1, 0), (1, 0), (0, 1), (0, 0)]


def test_the_process_dies_before_it_tells(journal: Path) -> None:
    class Dying(Memory):
        def send(self, incident: alerts.Incident) -> None:
            raise KeyboardInterrupt

    told = Memory()
    with at.start_run(journal=journal):
        say([1])
    with pytest.raises(KeyboardInterrupt):
        check_alerts(rules({"understanding": "<= 2"}), journal, channels=[Dying()])
    assert check_alerts(rules({"understanding": "<= 2"}), journal, channels=[told]).sent == 1
    assert len(told.texts) == 1


def test_one_process_at_a_time(journal: Path) -> None:
    from assay.tracking.alerts.state import locked

    with at.start_run(journal=journal):
        say([1])
    with locked(journal / "alerts"), pytest.raises(errors.StateError, match="another process"):
        check_alerts(rules(RULE), journal)


def test_a_state_of_another_kind(journal: Path) -> None:
    with at.start_run(journal=journal):
        say([1])
    (journal / "alerts").mkdir()
    (journal / "alerts" / "state.json").write_text('{"version": 99}')
    with pytest.raises(errors.ValueError, match="move it away"):
        check_alerts(rules(RULE), journal)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"understanding": "2"}, "comparison such as"),
        ({"understanding": 2}, "comparison such as"),
        ({"understanding": "<= 2", "tone": "<= 2"}, "understanding"),
        ({"understanding": "<= 2", "times": 0}, "1 or more"),
        ({"understanding": "<= 2", "times": True}, "1 or more"),
        ({"understanding": "<= 2", "within_days": 0}, "above 0"),
        ({"understanding": "<= 2", "within_days": "3"}, "above 0"),
        ({"understanding": "<= 2", "by": "patient"}, "concept or user"),
        ({"cost_usd": "> 50", "per": "hour"}, "day"),
        ({"cost_usd": "> 50", "tz": "Mars"}, "IANA"),
        ({"cost_usd": "> 50", "by": "task"}, "user or model"),
        ({"metric": "loss"}, "comparison"),
        ({"metric": "loss", "is": "> 1", "times": 3}, "not known: times"),
        ({}, "none"),
    ],
)
def test_rules_that_say_nothing(rule: dict[str, Any], words: str) -> None:
    with pytest.raises(errors.ValueError, match=words):
        rules(rule)


def test_rules_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({"rules": [RULE], "channels": [{"webhook_env": "HOOK"}, {"file": "a.jsonl"}]}))
    with pytest.raises(errors.ValueError, match="HOOK, which is not set"):
        AlertRules.load(file)
    monkeypatch.setenv("HOOK", "https://hooks.example/secret-part")
    loaded = AlertRules.load(file)
    assert [channel.name for channel in loaded.channels] == ["webhook HOOK", "file a.jsonl"]
    assert "secret-part" not in repr(loaded)
    with pytest.raises(errors.ValueError, match="secrets go by"):
        AlertRules.parse(
            {"rules": [RULE], "channels": [{"webhook_env": "HOOK", "url": "https://x/secret-part"}]}
        )
    file.write_text("{")
    with pytest.raises(errors.ValueError, match="line 1"):
        AlertRules.load(file)


def test_a_secret_is_never_shown() -> None:
    secret = Secret("hunter2")
    hook = Webhook(secret)
    mail = Smtp("localhost", "a@example", ["b@example"], password=secret)
    assert "hunter2" not in f"{secret} {secret!r} {hook} {mail!r} {vars(mail)}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


class _Hook(BaseHTTPRequestHandler):
    server: Any

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, json.loads(body)))
        status = self.server.answers.pop(0) if self.server.answers else 200
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def hook() -> Iterator[Any]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Hook) as server:
        vars(server).update(answers=[], seen=[])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def webhook(port: int) -> Webhook:
    return Webhook(Secret(f"http://127.0.0.1:{port}/services/T0/B0/secret-part"), first_delay=0.0, timeout=5)


def test_webhook_fails_twice_then_takes_it(hook: Any, journal: Path) -> None:
    hook.answers = [500, 503]
    with at.start_run(journal=journal):
        say([1], "<!channel> & co\nnext line")
    report = check_alerts(
        rules({"understanding": "<= 2"}), journal, channels=[webhook(hook.server_address[1])]
    )
    assert (report.sent, report.waiting) == (1, 0)
    assert len(hook.seen) == 3
    path, body = hook.seen[-1]
    assert path == "/services/T0/B0/secret-part"
    incident = report.incidents[0].id
    assert body == {
        "text": f"Assay alert {incident}: understanding &lt;= 2 1 times for &lt;!channel&gt; &amp; co next line"
    }
    everything = b"".join(file.read_bytes() for file in journal.rglob("*") if file.is_file())
    assert b"secret-part" not in everything


@pytest.mark.parametrize(("answers", "tries"), [([404], 1), ([500] * 5, 5)])
def test_webhook_refuses(hook: Any, answers: list[int], tries: int) -> None:
    hook.answers = [*answers]
    with pytest.raises(Undelivered, match=f"answered {answers[0]}$"):
        webhook(hook.server_address[1]).send(INCIDENT)
    assert len(hook.seen) == tries


def test_webhook_that_is_not_there_or_no_address() -> None:
    with pytest.raises(Undelivered, match=r"^the webhook did not answer$"):
        webhook(1).send(INCIDENT)
    with pytest.raises(Undelivered, match="address to begin with http:// or https://") as caught:
        Webhook(Secret("secret-part")).send(INCIDENT)  # the message waits; other channels are told
    assert "secret-part" not in str(caught.value)


class _Mailbox:
    """What the SMTP server hands over, and which answers it gives first."""

    def __init__(self) -> None:
        self.refusals: list[str] = []
        self.tries = 0
        self.letters: list[bytes] = []

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        self.tries += 1
        if self.refusals:
            return self.refusals.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.letters.append(envelope.content)
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[tuple[_Mailbox, int]]:
    from assay.tracking.local import free_port

    box = _Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield box, controller.port
    controller.stop()


def smtp(port: int, waits: list[float] | None = None, **options: Any) -> Smtp:
    seen = waits if waits is not None else []
    return Smtp(
        "127.0.0.1",
        "assay@example.org",
        ["ward@example.org"],
        port=port,
        security="none",
        sleep=seen.append,
        **options,
    )


def test_mail_arrives(mailbox: tuple[_Mailbox, int], journal: Path) -> None:
    box, port = mailbox
    with at.start_run(journal=journal):
        say([1])
    assert check_alerts(rules({"understanding": "<= 2"}), journal, channels=[smtp(port)]).sent == 1
    [letter] = box.letters
    assert b"understanding <= 2 1 times for insulin dosing" in letter
    assert b"Subject: Assay alert: understanding <= 2, 1 times by concept" in letter
    assert b"p-0815" not in letter


def test_mail_is_tried_again_where_that_may_help(mailbox: tuple[_Mailbox, int]) -> None:
    box, port = mailbox
    box.refusals = ["451 not now", "452 later"]
    waits: list[float] = []
    smtp(port, waits).send(INCIDENT)
    assert (len(box.letters), box.tries, waits) == (1, 3, [2.0, 4.0])


def test_mail_is_refused(mailbox: tuple[_Mailbox, int]) -> None:
    box, port = mailbox
    box.refusals = ["550 no such ward@example.org"]
    waits: list[float] = []
    with pytest.raises(Undelivered, match=r"^the mail server refused the recipients \(550\)$"):
        smtp(port, waits).send(INCIDENT)
    assert (box.letters, box.tries, waits) == ([], 1, [])


def test_mail_server_without_password_or_away(mailbox: tuple[_Mailbox, int]) -> None:
    with pytest.raises(Undelivered, match="SMTPNotSupportedError"):  # it offers no AUTH
        smtp(mailbox[1], user="assay", password=Secret("hunter2")).send(INCIDENT)
    waits: list[float] = []
    with pytest.raises(Undelivered, match="ConnectionRefusedError"):
        smtp(1, waits).send(INCIDENT)
    assert waits == [2.0, 4.0]


def test_mail_over_the_net_needs_tls() -> None:
    with pytest.raises(errors.ValueError, match="TLS"):
        Smtp("mail.example.org", "a@example.org", ["b@example.org"], security="none")
    with pytest.raises(errors.ValueError, match="somebody"):
        Smtp("mail.example.org", "a@example.org", [])


def test_file(tmp_path: Path) -> None:
    file = File(tmp_path / "alerts.jsonl")
    file.send(INCIDENT)
    file.send(INCIDENT)
    lines = (tmp_path / "alerts.jsonl").read_text().splitlines()
    assert [json.loads(line)["text"] for line in lines] == [INCIDENT.text] * 2
    assert os.stat(tmp_path / "alerts.jsonl").st_mode & 0o077 == 0
    with pytest.raises(Undelivered, match="cannot be written"):
        File(tmp_path / "no folder" / "alerts.jsonl").send(INCIDENT)

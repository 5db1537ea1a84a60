"""Messages: real mail and webhook servers on this machine, one message a day, no measurement and no secret in it."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from made_up_devices import MadeUpRisk, write_devices

import assay
from assay.pipelines import device_scores
from assay.pipelines.device_scores.messages import Outbox, load_channels
from assay.tracking.alerts import Incident, Secret, Smtp, Webhook
from assay.tracking.alerts.channels import Undelivered

DAY = date(2026, 11, 21)


class Memory:
    """A channel that remembers, or refuses as often as it is told to."""

    def __init__(self, name: str = "memory", refuse: int = 0) -> None:
        self.name = name
        self.refuse = refuse
        self.told: list[Incident] = []

    def send(self, incident: Incident) -> None:
        if self.refuse:
            self.refuse -= 1
            raise Undelivered("it is away")
        self.told.append(incident)


def test_what_is_told(fleet: Path, model: MadeUpRisk, tmp_path: Path) -> None:
    channel = Memory()
    with fleet.open("a") as more:
        more.write("F6,,1\n")
    device_scores.run(fleet, tmp_path / "out", model=model, day=DAY, channels=[channel])
    [told] = channel.told
    assert told.rule == "device scores 2026-11-21"
    assert told.text == (
        "2026-11-21: 3 devices of 5 at high risk of failure; highest: A1 (100), B2 (60), E5 (60); "
        "1 row could not be scored; model made_up_failure 1; workbook device_scores_2026-11-21.xlsx"
    )
    assert str(tmp_path) not in told.text
    device_scores.run(fleet, tmp_path / "out", model=model, day=DAY + timedelta(days=1), channels=[channel])
    assert "(0 new since 2026-11-21)" in channel.told[1].text
    assert channel.told[0].id != channel.told[1].id


def test_no_device_at_high_risk(model: MadeUpRisk, tmp_path: Path) -> None:
    source = write_devices(tmp_path / "devices.csv", [("A1", 0, 0)])
    quiet, always = Memory(), Memory()
    device_scores.run(source, tmp_path / "a", model=model, day=DAY, channels=[quiet], only_high=True)
    device_scores.run(source, tmp_path / "b", model=model, day=DAY, channels=[always])
    assert quiet.told == []
    assert always.told[0].text.startswith("2026-11-21: no device of 1 at high risk of failure; model")


def test_a_day_is_told_once(fleet: Path, model: MadeUpRisk, tmp_path: Path) -> None:
    channel, later, out, lake = Memory(), Memory("later"), tmp_path / "out", tmp_path / "lake"
    for _ in range(3):
        device_scores.run(fleet, out, lake=lake, model=model, day=DAY, channels=[channel])
    # The same lake, another folder for the workbook: it was told.
    device_scores.run(fleet, tmp_path / "out2", lake=lake, model=model, day=DAY, channels=[channel])
    # Scored anew from the same source by the same model: the same scores, which were told.
    device_scores.run(fleet, out, lake=lake, model=model, day=DAY, channels=[channel], again=True)
    assert len(channel.told) == 1
    device_scores.run(fleet, out, lake=lake, model=model, day=DAY, channels=[channel, later])
    assert (len(channel.told), len(later.told)) == (1, 1)  # a channel that was added
    write_devices(fleet, [("Z9", 100, 10)])
    device_scores.run(fleet, out, lake=lake, model=model, day=DAY, channels=[channel], again=True)
    assert len(channel.told) == 2  # other scores


def test_what_a_channel_does_not_take_waits(fleet: Path, model: MadeUpRisk, tmp_path: Path) -> None:
    out, away, there = tmp_path / "out", Memory("away", refuse=2), Memory("there")
    first = device_scores.run(fleet, out, model=model, day=DAY, channels=[away, there])
    assert (first.told.sent, first.told.waiting) == (1, 1)
    assert first.undelivered
    assert "away: it is away" in first.summary()
    day = DAY + timedelta(days=1)
    second = device_scores.run(fleet, out, model=model, day=day, channels=[away, there])
    assert (second.told.sent, second.told.waiting) == (2, 1)  # the older one was refused again
    third = device_scores.run(fleet, out, model=model, day=day, channels=[away, there])
    assert (third.told.sent, third.undelivered) == (1, False)
    assert sorted(one.rule for one in away.told) == ["device scores 2026-11-21", "device scores 2026-11-22"]
    audit = (out / "lake" / "LIMS" / "_messages" / "device_scores" / "audit.jsonl").read_text().splitlines()
    assert [json.loads(line)["result"] for line in audit] == [
        "waiting",
        "sent",
        "waiting",
        "sent",
        "sent",
        "sent",
    ]


def test_an_address_that_is_none_keeps_the_message_waiting(
    fleet: Path, model: MadeUpRisk, tmp_path: Path
) -> None:
    there = Memory("there")
    for sent in (1, 0, 0):  # a run that repeats itself changes nothing until the address is mended
        bad = Webhook(Secret("hooks.example/s3cret"), "webhook HOOK")
        done = device_scores.run(fleet, tmp_path / "out", model=model, day=DAY, channels=[bad, there])
        assert (done.told.sent, done.told.waiting, done.told.unknown) == (sent, 1, 0)
        assert done.undelivered
        assert "webhook HOOK: alerts: expected the webhook's address to begin with" in done.told.details[0]
        assert "s3cret" not in done.summary()
    mended = Memory("webhook HOOK")
    done = device_scores.run(fleet, tmp_path / "out", model=model, day=DAY, channels=[mended, there])
    assert (done.told.sent, done.undelivered, len(mended.told)) == (1, False, 1)


def test_mail_that_cannot_be_written_waits(fleet: Path, model: MadeUpRisk, tmp_path: Path) -> None:
    """A sender with a line break in it: nothing is sent, and nobody knows nothing."""
    smtp = Smtp("127.0.0.1", "a@b.example\nBcc: x@y.example", ["c@d.example"], security="none", port=9)
    done = device_scores.run(fleet, tmp_path / "out", model=model, day=DAY, channels=[smtp])
    assert (done.told.waiting, done.told.unknown) == (1, 0)
    assert done.told.details == ["smtp 127.0.0.1: the mail server cannot be used (ValueError)"]


class Faulty(Memory):
    """A channel that breaks after it has spoken."""

    def send(self, incident: Incident) -> None:
        super().send(incident)
        raise RuntimeError("token s3cret")


def test_a_channel_that_breaks_is_reported_until_somebody_decides(
    fleet: Path, model: MadeUpRisk, tmp_path: Path
) -> None:
    faulty, there, out = Faulty("faulty"), Memory("there"), tmp_path / "out"

    def again(channels: list[Any], day: date = DAY, **options: bool) -> device_scores.ScoresResult:
        return device_scores.run(fleet, out, model=model, day=day, channels=channels, **options)

    first = again([faulty, there])
    assert (first.told.sent, first.told.unknown, len(there.told)) == (1, 1, 1)
    for _ in range(2):
        repeated = again([faulty, there])
        assert (repeated.told.unknown, repeated.undelivered, len(faulty.told)) == (1, True, 1)
        assert "--day 2026-11-21 --tell-again" in repeated.told.details[0]
        assert "s3cret" not in repeated.summary()
    tomorrow = DAY + timedelta(days=1)
    well = Memory("faulty")
    later = again([well, there], tomorrow)
    assert (later.told.sent, later.told.unknown) == (2, 1)
    sent = again([well, there], tell_again=True)
    assert (sent.told.sent, sent.undelivered, len(well.told)) == (1, False, 2)

    again([faulty, there], tomorrow + timedelta(days=1))
    dismissed = again([faulty, there], tomorrow + timedelta(days=1), dismiss=True)
    assert (dismissed.undelivered, dismissed.told.sent) == (False, 0)
    assert not again([faulty, there], tomorrow + timedelta(days=1), tell_again=True).undelivered
    assert len(faulty.told) == 2
    audit = (out / "lake" / "LIMS" / "_messages" / "device_scores" / "audit.jsonl").read_text()
    assert audit.count('"unknown"') == 2
    assert audit.count('"dismissed"') == 1
    assert "s3cret" not in audit


def test_a_message_for_a_channel_that_is_gone_waits_for_a_week(tmp_path: Path) -> None:
    now = [1_000_000.0]
    outbox = Outbox(tmp_path, now=lambda: now[0])
    outbox.put(Incident("1", "device scores 2026-11-21", "key", 0, "text"), [Memory("renamed since")])
    for days, expected in ((0, (1, 0)), (7, (1, 0)), (7.1, (0, 1)), (8, (0, 0))):
        now[0] = 1_000_000 + days * 86_400
        told = Outbox(tmp_path, now=lambda: now[0]).send([Memory("as it is called now")])
        assert (told.waiting, told.given_up) == expected, days
    assert told.details == []


def test_names_of_devices_cannot_write_messages(model: MadeUpRisk, tmp_path: Path) -> None:
    channel = Memory()
    name = "<!channel> " + "x" * 150
    source = write_devices(tmp_path / "devices.csv", [(name, 100, 10), ('"a\nb"', 100, 10)])
    done = device_scores.run(source, tmp_path / "out", model=model, day=DAY, channels=[channel])
    assert done.scores["device_id"].to_pylist() == [name]  # a line break is no part of a name
    assert "\n" not in channel.told[0].text
    assert "x" * 80 not in channel.told[0].text


class Mailbox:
    def __init__(self) -> None:
        self.mails: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(envelope.content.decode())
        return "250 OK"


def test_mail_and_webhook_from_a_file(
    fleet: Path, model: MadeUpRisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    from assay.tracking.local import free_port

    posted: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(self.path + self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    mailbox = Mailbox()
    mail = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=web.serve_forever)
    mail.start()
    thread.start()
    try:
        monkeypatch.setenv("ASSAY_SCORES_WEBHOOK", f"http://127.0.0.1:{web.server_port}/services/T0/s3cret")
        smtp = {
            "smtp": "127.0.0.1",
            "port": mail.port,
            "security": "none",
            "from": "a@b.example",
            "to": ["c@d.example"],
        }
        channels = tmp_path / "channels.json"
        channels.write_text(json.dumps({"channels": [smtp, {"webhook_env": "ASSAY_SCORES_WEBHOOK"}]}))
        out = tmp_path / "out"
        for _ in range(2):
            device_scores.run(fleet, out, model=model, day=DAY, channels=channels)
    finally:
        mail.stop()
        web.shutdown()
        thread.join()
        web.server_close()
    [text] = mailbox.mails
    assert "Subject: Assay alert: device scores 2026-11-21" in text
    assert "3 devices of 5" in text
    [post] = posted
    assert post.startswith("/services/T0/s3cret")
    assert "3 devices of 5" in post
    everything = "".join(path.read_text(errors="replace") for path in out.rglob("*.json*"))
    assert "s3cret" not in everything


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "expected JSON with a list"),
        ("[]", "expected JSON with a list"),
        ('{"channels": []}', "not empty"),
        ('{"channels": [1]}', "expected JSON with a list"),
        ('{"channels": [{"webhook_env": "ASSAY_NOT_SET"}]}', "ASSAY_NOT_SET"),
        ('{"channels": [{"file": "a"}, {"file": "a"}]}', "different names"),
    ],
)
def test_files_of_channels_that_cannot_be_meant(content: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "channels.json"
    file.write_text(content)
    with pytest.raises(assay.ValueError, match=said):
        load_channels(file)
    with pytest.raises(assay.IoError):
        load_channels(tmp_path / "none.json")

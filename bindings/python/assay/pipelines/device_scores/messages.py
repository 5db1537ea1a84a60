"""Telling people about a day's scores: each message once, whatever happens to the run that sends it.

A message is written down before it is sent, and the attempt before it is made. A run that dies while a channel is being
spoken to leaves an attempt of which nobody knows how it ended: it is not repeated unasked, since that would tell the
same twice, but reported by every run until somebody decides.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay import errors
from assay.data.describe import number_of
from assay.pipelines.job import describe_failure
from assay.tracking.alerts import Channel, Incident
from assay.tracking.alerts.channels import Undelivered, append_line, channel_of
from assay.tracking.alerts.rules import shown

if TYPE_CHECKING:
    from assay.pipelines.device_scores.store import ScoredDay

__all__ = ["Outbox", "Told", "load_channels", "message_of"]

_VERSION = 1
_NAMED = 10
_GIVE_UP_AFTER_DAYS = 7
_KEPT_DAYS = 90


@dataclass
class Told:
    """What one run did with the messages."""

    sent: int = 0
    waiting: int = 0
    """A channel did not take them: they are sent again by the next run."""
    unknown: int = 0
    """Whether they arrived is not known: an earlier run died while it sent them, or a channel failed half-way."""
    given_up: int = 0
    details: list[str] = field(default_factory=list)


def load_channels(file: str | os.PathLike[str]) -> list[Channel]:
    """The ``channels`` of a JSON file, such as a file of alert rules.

    Raises:
        ValueError: it is no such file, or an environment variable that a channel names is not set.
        IoError: it cannot be read.
    """
    try:
        content = json.loads(Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        raise errors.IoError(f"read {file}: {error.strerror}") from error
    except ValueError:
        content = None
    entries = content.get("channels") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        raise errors.ValueError(f"channels: expected JSON with a list 'channels' that is not empty in {file}")
    channels = [channel_of(entry) for entry in entries]
    names = [channel.name for channel in channels]
    if len(set(names)) != len(names):
        raise errors.ValueError(
            f"channels: expected channels of different names in {file}, one is there twice"
        )
    return channels


def message_of(line: ScoredDay, highest: Sequence[tuple[str, float]], workbook: str) -> Incident:
    """What is told about a day: counts and the devices at the highest risk; no measurement, no path."""
    facts = line.facts
    high = number_of(line.high, "device") if line.high else "no device"
    parts = [
        f"{line.scored_on}: {high} of {line.scored:,} at high risk of failure"
        + (f" ({line.new_high:,} new since {line.compared_with})" if line.compared_with and line.high else "")
    ]
    if highest:
        named = ", ".join(f"{shown(name)} ({risk:.0f})" for name, risk in highest[:_NAMED])
        parts.append(f"highest: {named}" + (" …" if line.high > _NAMED else ""))
    if line.refused:
        parts.append(f"{number_of(line.refused, 'row')} could not be scored")
    older = ", an older one, for the newest could not be had or was refused" if facts.older else ""
    parts.append(f"model {shown(facts.title)}{older}")
    parts.append(f"workbook {workbook}")
    rule = f"device scores {line.scored_on}"
    digest = hashlib.sha256(f"{rule}\n{line.run_key}".encode()).hexdigest()[:16]
    moment = datetime(line.scored_on.year, line.scored_on.month, line.scored_on.day, tzinfo=timezone.utc)
    return Incident(digest, rule, line.run_key, round(moment.timestamp() * 1000), "; ".join(parts))


class Outbox:
    """Messages that were told, or are to be told, in a folder: ``state.json``, and a line of ``audit.jsonl`` for each
    attempt. The caller sees to it that one process uses it at a time."""

    def __init__(self, folder: Path, *, now: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._file = folder / "state.json"
        self._now = now
        self._messages: dict[str, dict[str, Any]] = self._load()

    def put(self, message: Incident, channels: Sequence[Channel]) -> int:
        """Writes down what is to be told; how many messages are new. One that is known stays as it is."""
        added = 0
        for channel in channels:
            key = f"{message.id} {channel.name}"
            if key not in self._messages:
                self._messages[key] = {
                    "incident": asdict(message),
                    "channel": channel.name,
                    "state": "waiting",
                    "since": self._now(),
                }
                added += 1
        if added:
            self._forget_old()
            self._save()
        return added

    def send(
        self,
        channels: Sequence[Channel],
        *,
        day: date | None = None,
        again: bool = False,
        dismiss: bool = False,
    ) -> Told:
        """Sends what waits, each message once.

        Args:
            day: the day of `again`.
            again: messages of `day` of which it is not known whether they arrived are sent once more.
            dismiss: other such messages, once they were reported, are let be.
        """
        known = {channel.name: channel for channel in channels}
        told = Told()
        for message in self._messages.values():
            repeat = again and message["incident"]["rule"].endswith(str(day))
            if message["state"] == "sending" or (message["state"] == "unknown" and repeat):
                self._unfinished(message, told, repeat=repeat)
            elif message["state"] == "unknown" and dismiss:
                self._note(message, "dismissed")
            elif message["state"] == "unknown":
                self._report(message, told)
            if message["state"] != "waiting":
                continue
            channel = known.get(message["channel"])
            if channel is None:
                self._not_sent(message, "not among the channels any more", told)
            else:
                self._send_one(message, channel, told)
        return told

    def _unfinished(self, message: dict[str, Any], told: Told, *, repeat: bool) -> None:
        if repeat:
            self._note(message, "waiting")
            return
        self._report(message, told)
        self._note(message, "unknown")

    def _report(self, message: dict[str, Any], told: Told, why: str = "an earlier run ended") -> None:
        told.unknown += 1
        rule = message["incident"]["rule"]
        day = rule.rsplit(" ", 1)[-1]
        told.details.append(
            f"{message['channel']}: {why} while it sent the message {message['incident']['id']} ({rule}); whether it "
            f"arrived is not known: --day {day} --tell-again sends it once more, --dismiss lets it be"
        )

    def _send_one(self, message: dict[str, Any], channel: Channel, told: Told) -> None:
        self._note(message, "sending")
        try:
            channel.send(Incident(**message["incident"]))
        except Undelivered as failure:
            self._not_sent(message, str(failure), told)
        except Exception as error:
            # A fault in the channel, who knows where: the others are told all the same.
            why = describe_failure(error)
            self._report(message, told, why)
            self._note(message, "unknown", why)
        else:
            told.sent += 1
            self._note(message, "sent")

    def _not_sent(self, message: dict[str, Any], why: str, told: Told) -> None:
        """Waits for the next run, for a week."""
        late = self._now() - message["since"] > _GIVE_UP_AFTER_DAYS * 86_400
        told.given_up += late
        told.waiting += not late
        told.details.append(f"{message['channel']}: {why}" + ("; given up after a week" if late else ""))
        self._note(message, "given up" if late else "waiting", why)

    def _note(self, message: dict[str, Any], state: str, detail: str = "") -> None:
        """On disk before anything else happens."""
        message["state"] = state
        self._save()
        if state == "sending":
            return
        line = {
            "at": datetime.fromtimestamp(self._now(), timezone.utc).isoformat(timespec="milliseconds"),
            "incident": message["incident"]["id"],
            "rule": message["incident"]["rule"],
            "channel": message["channel"],
            "result": state if state != "waiting" or detail else "to be sent again",
        }
        append_line(self._folder / "audit.jsonl", {**line, **({"detail": detail} if detail else {})})

    def _forget_old(self) -> None:
        oldest = self._now() - _KEPT_DAYS * 86_400
        self._messages = {
            key: one
            for key, one in self._messages.items()
            if one["since"] >= oldest or one["state"] in ("waiting", "sending", "unknown")
        }

    def _load(self) -> dict[str, dict[str, Any]]:
        try:
            content = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError:
            content = None
        if not isinstance(content, dict) or content.get("version") != _VERSION:
            raise errors.ValueError(
                f"messages: {self._file} is no state of this version; move it away to begin anew"
            )
        messages: dict[str, dict[str, Any]] = content["messages"]
        return messages

    def _save(self) -> None:
        from assay.pipelines.record import write_atomically

        self._folder.mkdir(parents=True, exist_ok=True)
        content = {"version": _VERSION, "messages": self._messages}
        write_atomically(self._file, json.dumps(content, ensure_ascii=False), durable=True)

"""Where alerts go: a Slack-compatible webhook, mail, a file.

Addresses of webhooks and passwords are secrets: they come from environment variables that the rules name, or as
:class:`Secret`, and stand in no error, log, state or audit line.
"""

from __future__ import annotations

import json
import os
import smtplib
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Protocol

from assay import _core, errors
from assay.tracking.alerts.state import Incident

__all__ = ["Channel", "File", "Secret", "Smtp", "Undelivered", "Webhook", "channel_of"]

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Secret:
    """A text that is never shown."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    @classmethod
    def from_environment(cls, name: str) -> Secret:
        text = os.environ.get(name, "")
        if not text:
            raise errors.ValueError(
                f"alerts: expected a secret in the environment variable {name}, which is not set"
            )
        return cls(text)

    def reveal(self) -> str:
        """The text itself, to be handed to what needs it."""
        return self._text

    def __repr__(self) -> str:
        return "<Secret>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError("a Secret is not pickled")


class Undelivered(Exception):
    """A channel did not take an alert; the text says why without addresses and secrets."""


class Channel(Protocol):
    """Something that alerts can be sent to."""

    @property
    def name(self) -> str:
        """Tells the channels of a rules file apart, without a secret."""
        ...

    def send(self, incident: Incident) -> None:
        """Send, trying again where that may help. Raises :class:`Undelivered`."""
        ...


@dataclass(frozen=True)
class Webhook:
    """Posts ``{"text": …}``, as Slack, Mattermost, Teams' workflows and others take it.

    Repeats on 408, 429 (as long as it asks for), 500, 502, 503, 504 and where no answer comes.
    """

    url: Secret
    label: str = "webhook"
    attempts: int = 5
    first_delay: float = 0.5  # seconds; each next one is twice as long
    timeout: float = 10.0

    @property
    def name(self) -> str:
        return self.label

    def send(self, incident: Incident) -> None:
        escaped = incident.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        try:
            status = _core.tracking.post_webhook(
                self.url.reveal(),
                body=json.dumps({"text": f"Assay alert {incident.id}: {escaped}"}),
                attempts=self.attempts,
                first_delay_ms=round(self.first_delay * 1000),
                timeout=self.timeout,
            )
        except errors.ValueError as error:  # no address that could be spoken to: nothing went out
            raise Undelivered(str(error)) from None
        if not 200 <= status < 300:
            raise Undelivered(f"the webhook answered {status}" if status else "the webhook did not answer")


@dataclass(frozen=True)
class Smtp:
    """Sends mail. TLS begins with STARTTLS (``"starttls"``) or at once (``"tls"``); none only on this machine."""

    host: str
    sender: str
    to: Sequence[str]
    port: int = 587
    user: str = ""
    password: Secret | None = None
    security: str = "starttls"
    attempts: int = 3
    delay: float = 2.0  # seconds before the second attempt; each next one is twice as long
    timeout: float = 20.0
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.security not in ("starttls", "tls", "none"):
            raise errors.ValueError(f"alerts: expected security starttls, tls or none, got {self.security!r}")
        if self.security == "none" and self.host not in _LOOPBACK:
            raise errors.ValueError(
                "alerts: expected mail to go out by TLS; security 'none' is for this machine alone"
            )
        if not self.to:
            raise errors.ValueError("alerts: expected somebody to send mail to")

    @property
    def name(self) -> str:
        return f"smtp {self.host}"

    def send(self, incident: Incident) -> None:
        delay = self.delay
        for attempt in range(1, self.attempts + 1):
            try:
                return self._send_once(incident)
            except (ValueError, TypeError) as error:  # a header or a login that cannot be written: nothing went out
                raise Undelivered(_describe(error)) from None
            except (OSError, smtplib.SMTPException) as error:
                if attempt == self.attempts or _is_final(error):
                    raise Undelivered(_describe(error)) from None
            self.sleep(delay)
            delay *= 2

    def _send_once(self, incident: Incident) -> None:
        message = EmailMessage()
        message["From"], message["To"] = self.sender, ", ".join(self.to)
        message["Subject"] = f"Assay alert: {incident.rule}"
        message["Message-ID"] = f"<{incident.id}@assay.invalid>"  # a second copy can be told
        message.set_content(f"{incident.text}\n\nIncident {incident.id}, told once.\n")
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2  # whatever the system's settings allow
        with self._connect(context) as server:
            if self.security == "starttls":
                server.starttls(context=context)
            if self.password is not None:
                server.login(self.user, self.password.reveal())
            if server.send_message(message):
                raise Undelivered("the mail server refused some of the recipients")

    def _connect(self, context: ssl.SSLContext) -> smtplib.SMTP:
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=context)
        return smtplib.SMTP(self.host, self.port, timeout=self.timeout)


def _is_final(error: Exception) -> bool:
    """A refusal by 5xx, and what another attempt does not change."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code >= 500
    return isinstance(error, (smtplib.SMTPNotSupportedError, ssl.SSLCertVerificationError))


def _describe(error: Exception) -> str:
    """What happened, without the server's words: they repeat addresses."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted({code for code, _ in error.recipients.values()})
        return f"the mail server refused the recipients ({', '.join(map(str, codes))})"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the mail server answered {error.smtp_code}"
    return f"the mail server cannot be used ({type(error).__name__})"


@dataclass(frozen=True)
class File:
    """Appends a line of JSON to a file."""

    path: str | os.PathLike[str]

    @property
    def name(self) -> str:
        return f"file {Path(self.path).name}"

    def send(self, incident: Incident) -> None:
        line = {"incident": incident.id, "time": incident.time, "rule": incident.rule, "text": incident.text}
        try:
            append_line(Path(self.path), line)
        except OSError as error:
            raise Undelivered(f"the file cannot be written ({type(error).__name__})") from None


def append_line(file: Path, content: Mapping[str, Any]) -> None:
    """One line of JSON at the end of a file, in one write, on disk when this returns."""
    line = (json.dumps(content, ensure_ascii=False) + "\n").encode()
    out = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(out, line)
        os.fsync(out)
    finally:
        os.close(out)


def channel_of(given: Mapping[str, Any]) -> Channel:
    """The channel that an entry of a rules file names."""
    entry = dict(given)
    made: Channel
    if "webhook_env" in entry:
        variable = str(entry.pop("webhook_env"))
        made = Webhook(Secret.from_environment(variable), label=f"webhook {variable}")
    elif "smtp" in entry:
        variable = entry.pop("password_env", None)
        password = Secret.from_environment(str(variable)) if variable else None
        options = {key: entry.pop(key) for key in ("port", "user", "security") if key in entry}
        made = Smtp(
            str(entry.pop("smtp")),
            str(entry.pop("from", "")),
            entry.pop("to", ()),
            password=password,
            **options,
        )
    elif "file" in entry:
        made = File(str(entry.pop("file")))
    else:
        raise errors.ValueError("alerts: expected a channel with 'webhook_env', 'smtp' or 'file'")
    if entry:
        known = ", ".join(sorted(entry))
        raise errors.ValueError(
            f"alerts: a channel has members that are not known: {known}; secrets go by *_env"
        )
    return made

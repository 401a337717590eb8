"""The ways out: a mail server, or the mailbox of the demonstration, where messages stay and a page shows them.

A transport gives one courier for a batch, which keeps one connection open. A courier either returns, and the server
has taken the message, or raises one of three errors that say whose trouble it is: the message's for good (`Refused`),
the message's at this moment (`NotNow`), or the server's (`Unreachable`).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from typing import ClassVar, Literal, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from config.settings import is_loopback
from notifications.outbox import is_address, mail_domain

Security = Literal["none", "starttls", "tls"]
SCHEMES: dict[str, tuple[Security, int]] = {
    "smtp": ("none", 25),
    "smtp+starttls": ("starttls", 587),
    "smtps": ("tls", 465),
}
SECONDS_A_STEP = 20
"""How long one answer of the mail server may take. A message takes four, a new connection up to seven more."""

_WIRE = SMTP.clone(cte_type="7bit")


class UndeliveredError(Exception):
    """A message did not leave. `reason` is the server's answer, for the outbox row and never for a log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason[:500]


class Refused(UndeliveredError):
    """The server will never take this message: an address that does not exist, a header that is not one."""


class NotNow(UndeliveredError):
    """The server did not take this message; it may later."""


class Unreachable(UndeliveredError):
    """No message can leave: the server is away, or will not have us. No message is to blame."""


@dataclass(frozen=True)
class Envelope:
    """One message as it goes out. `message_id` and `written_at` are the same at every attempt."""

    message_id: str
    address: str
    subject: str
    text: str
    html: str
    written_at: dt.datetime


class Courier(Protocol):
    """Takes messages out, one after another."""

    def send(self, envelope: Envelope) -> None:
        """Returns once the message is taken. Raises `Refused`, `NotNow` or `Unreachable`."""


class Transport(Protocol):
    """A way out of the system. `keeps` says whether what was sent must stay readable here, because nothing leaves."""

    keeps: ClassVar[bool]

    def courier(self) -> contextlib.AbstractContextManager[Courier]:
        """A courier for one batch. Connects when it has something to send."""


class Mailbox:
    """The demonstration's way out: messages stay in the outbox as sent, and the mailbox page shows them."""

    keeps: ClassVar[bool] = True

    @contextmanager
    def courier(self) -> Iterator[Courier]:
        yield self

    def send(self, envelope: Envelope) -> None:
        """Nothing leaves this machine."""


@dataclass(frozen=True)
class Smtp:
    """A mail server. `sender` is the address that messages come from."""

    keeps: ClassVar[bool] = False

    host: str
    port: int
    sender: str
    security: Security = "none"
    user: str = ""
    password: str = ""

    @classmethod
    def at(cls, url: str, sender: str) -> Smtp:
        """From `smtp://`, `smtp+starttls://` or `smtps://` `user:password@host:port?from=address`. `from` replaces
        `sender`.

        Raises ValueError, which does not repeat the address of the server, since it may hold a password.
        """
        parts = urlsplit(url)
        if parts.scheme not in SCHEMES or not parts.hostname:
            raise ValueError(
                f"the mail server is written as one of {', '.join(f'{scheme}://host' for scheme in SCHEMES)}"
            )
        security, port = SCHEMES[parts.scheme]
        sender = parse_qs(parts.query).get("from", [sender])[-1]
        if not is_address(sender):
            raise ValueError("the sender of e-mail is not an e-mail address")
        if parts.password and security == "none" and not is_loopback(parts.hostname):
            raise ValueError(
                "a password for the mail server would travel in the clear: write smtp+starttls:// or smtps://"
            )
        return cls(
            parts.hostname,
            parts.port or port,
            sender,
            security,
            unquote(parts.username or ""),
            unquote(parts.password or ""),
        )

    @contextmanager
    def courier(self) -> Iterator[Courier]:
        """One connection for a batch, opened at the first message and again when the server has closed it."""
        courier = _SmtpCourier(self)
        try:
            yield courier
        finally:
            courier.close()

    def __repr__(self) -> str:
        return f"Smtp({self.host!r}, {self.port}, {self.security!r})"


def transport_for(smtp_url: str | None, env: str, *, base_url: str = "") -> Transport:
    """The way out of an installation: its mail server, else the mailbox in the demonstration and the tests.

    Messages come from `no-reply@` the host of `base_url` unless the server's address says `?from=`. Raises ValueError
    for an address that cannot be used, and in production for none: real messages would stay here.
    """
    if smtp_url:
        return Smtp.at(smtp_url, sender=f"no-reply@{mail_domain(base_url)}")
    if env == "production":
        raise ValueError("production needs a mail server")
    return Mailbox()


def as_mail(envelope: Envelope, sender: str) -> EmailMessage:
    """The message on the wire: plain text and HTML, both whole. Raises `Refused` where a header would not be one
    line.
    """
    mail = EmailMessage(policy=_WIRE)
    try:
        mail["Message-ID"] = envelope.message_id
        mail["Date"] = envelope.written_at
        mail["From"] = f"Homeward <{sender}>"
        mail["To"] = envelope.address
        mail["Subject"] = envelope.subject
    except (ValueError, IndexError) as error:  # the standard library's own check, behind the outbox's
        raise Refused("A header of this message is not one line.") from error
    if not is_address(envelope.address):
        raise Refused("This is not one e-mail address.")
    # Machines that answer by themselves stay quiet when they see these (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(envelope.text, cte="quoted-printable")
    mail.add_alternative(envelope.html, subtype="html", cte="quoted-printable")
    return mail


class _SmtpCourier:
    def __init__(self, server: Smtp) -> None:
        self.server = server
        self.connection: smtplib.SMTP | None = None

    def send(self, envelope: Envelope) -> None:
        mail = as_mail(envelope, self.server.sender)
        reused = self.connection is not None
        try:
            self._hand_over(mail, envelope.address)
        except smtplib.SMTPServerDisconnected as error:
            # Servers close connections that were idle or carried their share: that is no fault of this message.
            self.close()
            if not reused:
                raise NotNow("The mail server hung up.") from error
            self._again(mail, envelope.address)

    def _again(self, mail: EmailMessage, address: str) -> None:
        try:
            self._hand_over(mail, address)
        except smtplib.SMTPServerDisconnected as error:
            self.close()
            raise NotNow("The mail server hung up.") from error

    def _hand_over(self, mail: EmailMessage, address: str) -> None:
        connection = self.connection = self.connection or self._connect()
        try:
            connection.send_message(mail, self.server.sender, [address])
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPRecipientsRefused as error:
            raise self._answer(*error.recipients[address]) from error
        except smtplib.SMTPSenderRefused as error:
            self.close()
            raise Unreachable(_words(error.smtp_code, error.smtp_error)) from error
        except smtplib.SMTPResponseException as error:
            raise self._answer(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise NotNow(type(error).__name__) from error

    def _answer(self, code: int, words: bytes | str) -> UndeliveredError:
        if code == 421:  # "closing": the connection is gone
            self.close()
        return Refused(_words(code, words)) if 500 <= code < 600 else NotNow(_words(code, words))

    def _connect(self) -> smtplib.SMTP:
        server = self.server
        try:
            if server.security == "tls":
                connection: smtplib.SMTP = smtplib.SMTP_SSL(
                    server.host,
                    server.port,
                    local_hostname="localhost",
                    timeout=SECONDS_A_STEP,
                    context=ssl.create_default_context(),
                )
            else:
                # The name of this machine tells strangers about the network, and looking it up can take seconds.
                connection = smtplib.SMTP(server.host, server.port, local_hostname="localhost", timeout=SECONDS_A_STEP)
        except (smtplib.SMTPException, OSError) as error:
            raise Unreachable(type(error).__name__) from error
        try:
            if server.security == "starttls":
                connection.starttls(context=ssl.create_default_context())
            if server.user:
                connection.login(server.user, server.password)
        except (smtplib.SMTPException, OSError) as error:
            connection.close()
            raise Unreachable(type(error).__name__) from error
        return connection

    def close(self) -> None:
        """Say goodbye, if anybody is listening."""
        connection, self.connection = self.connection, None
        if connection is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                connection.quit()


def _words(code: int, words: bytes | str) -> str:
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {said}"

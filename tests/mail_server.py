"""A mail server that takes every message and keeps it, for tests that must see what a person would have been sent."""

from __future__ import annotations

import email
import email.policy
import time
from email.message import EmailMessage
from types import TracebackType

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class _AnyPort(Controller):
    """aiosmtpd on a port that the system chose: bound before it is known, so that no other program can take it."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]  # typed as AbstractServer
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd's own


class MailServer:
    """Listens on a free port of this machine from `with` on. Messages arrive in another thread."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.refuse_next: list[str] = []
        """Answers, such as `451 try later`, to give to the next messages instead of taking them."""
        self._controller = _AnyPort(self, hostname="127.0.0.1", port=0, server_hostname="localhost")

    def __enter__(self) -> MailServer:
        self._controller.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._controller.stop()

    @property
    def port(self) -> int:
        """The port on which it listens."""
        port: int = self._controller.port
        return port

    @property
    def url(self) -> str:
        """What SMTP_URL wants."""
        return f"smtp://127.0.0.1:{self.port}"

    def forget(self) -> None:
        """Back to an empty mailbox that refuses nothing."""
        self.messages.clear()
        self.refuse_next.clear()

    def wait_for(self, count: int, within: float = 10.0) -> list[EmailMessage]:
        """The messages once there are at least `count` of them; fails after `within` seconds."""
        deadline = time.monotonic() + within
        while len(self.messages) < count:
            if time.monotonic() > deadline:
                raise AssertionError(f"{len(self.messages)} messages came within {within} seconds, expected {count}")
            time.sleep(0.01)
        return list(self.messages)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        """Called by aiosmtpd with a whole message."""
        if self.refuse_next:
            return self.refuse_next.pop(0)
        content = envelope.original_content or b""
        message = email.message_from_bytes(content, policy=email.policy.default)
        message["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
        self.messages.append(message)
        return "250 taken"

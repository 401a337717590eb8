"""A real mail server: what it takes, what it refuses, and what happens when it goes away."""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as Received

from app.core.database import Sessions
from notifications.delivery import Drained, drain
from notifications.status import Delivery
from notifications.transports import Courier, Envelope, NotNow, Refused, Smtp, Unreachable, transport_for
from tests.integration.notifications.conftest import Hands, address, queue_many, stored
from tests.mail_server import MailServer

WRITTEN_AT = dt.datetime(2026, 11, 23, 14, tzinfo=dt.UTC)


def letter(to: str = "home@provider.example") -> Envelope:
    return Envelope("<made-up@homeward.example>", to, "Read this", "Text.\n", "<p>Text.</p>\n", WRITTEN_AT)


class Strict:
    """A mail server that counts connections and knows some mailboxes only."""

    def __init__(self) -> None:
        self.connections = 0
        self.taken: list[str] = []

    async def handle_EHLO(  # noqa: N802  # the name that aiosmtpd calls
        self, _server: SMTP, session: Session, _envelope: Received, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        self.hello = hostname
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Received, address: str, _options: list[str]
    ) -> str:
        if address.startswith("nobody"):
            return "550 no such mailbox"
        if address.startswith("full"):
            return "452 mailbox is full"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Received, address: str, options: list[str]
    ) -> str:
        if address.startswith("stranger"):
            return "550 you may not send"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Received) -> str:  # noqa: N802
        self.taken.extend(envelope.rcpt_tos)
        return "250 ok"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


@pytest.fixture
def strict() -> Iterator[tuple[Strict, str]]:
    handler = Strict()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port(), server_hostname="localhost")
    controller.start()
    yield handler, f"smtp://127.0.0.1:{controller.port}"
    controller.stop()


def test_messages_arrive_whole_with_their_stored_identity(
    sessions: Sessions, clock: Hands, mail_server: MailServer
) -> None:
    queue_many(sessions, 3)
    way = transport_for(mail_server.url, "test", base_url="https://homeward.example")
    assert drain(sessions, way, clock) == Drained(sent=3)
    received = mail_server.wait_for(3)
    assert [message["X-Envelope-To"] for message in received] == [address(number) for number in (1, 2, 3)]
    first, row = received[0], stored(sessions)
    assert first["From"] == "Homeward <no-reply@homeward.example>"
    assert (first["Message-ID"], first["Subject"]) == (row.message_id, row.subject)
    plain = first.get_body(("plain",))
    html = first.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n") == row.text
    assert html.get_content().replace("\r\n", "\n") == row.html


def test_what_the_server_says_decides_what_becomes_of_a_message(
    sessions: Sessions, clock: Hands, mail_server: MailServer
) -> None:
    queue_many(sessions, 3)
    mail_server.refuse_next[:] = ["451 try later", "554 we do not want this"]
    way = transport_for(mail_server.url, "test")
    assert drain(sessions, way, clock) == Drained(sent=1, failed=1, retried=1)
    assert (stored(sessions, 1).delivery, stored(sessions, 1).last_error) == (Delivery.WAITING, "451 try later")
    assert (stored(sessions, 2).delivery, stored(sessions, 2).last_error) == (
        Delivery.FAILED,
        "554 we do not want this",
    )
    clock.turn(dt.timedelta(minutes=1))
    assert drain(sessions, way, clock) == Drained(sent=1)
    assert len({message["Message-ID"] for message in mail_server.messages}) == 2


def test_a_batch_goes_over_one_connection_that_does_not_name_this_machine(strict: tuple[Strict, str]) -> None:
    server, url = strict
    with transport_for(url, "test").courier() as courier:
        for number in range(5):
            courier.send(letter(address(number)))
    assert (server.connections, len(server.taken), server.hello) == (1, 5, "localhost")


def test_a_courier_without_messages_connects_to_nobody() -> None:
    with transport_for(f"smtp://127.0.0.1:{free_port()}", "test").courier():
        pass


def test_a_mailbox_that_does_not_exist_is_refused_and_a_full_one_is_not(strict: tuple[Strict, str]) -> None:
    server, url = strict
    with transport_for(url, "test").courier() as courier:
        with pytest.raises(Refused, match="550 no such mailbox"):
            courier.send(letter("nobody@provider.example"))
        with pytest.raises(NotNow, match="452 mailbox is full"):
            courier.send(letter("full@provider.example"))
        courier.send(letter())
    assert (server.connections, server.taken) == (1, ["home@provider.example"])


def test_a_server_that_will_not_have_our_sender_is_nobodys_fault_but_ours(strict: tuple[Strict, str]) -> None:
    _, url = strict
    with (
        transport_for(f"{url}?from=stranger@hub.example", "test").courier() as courier,
        pytest.raises(Unreachable, match="550 you may not send"),
    ):
        courier.send(letter())


def test_a_connection_that_the_server_closed_is_opened_again(strict: tuple[Strict, str]) -> None:
    server, url = strict
    with transport_for(url, "test").courier() as courier:
        courier.send(letter())
        _hang_up(courier)
        courier.send(letter("second@provider.example"))
    assert (server.connections, server.taken) == (2, ["home@provider.example", "second@provider.example"])


def _hang_up(courier: Courier) -> None:
    connection = courier.connection  # type: ignore[attr-defined]  # the courier of a mail server has one
    connection.sock.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("scheme", ["smtp", "smtps", "smtp+starttls"])
def test_a_server_that_is_away_is_unreachable(scheme: str) -> None:
    with (
        transport_for(f"{scheme}://127.0.0.1:{free_port()}", "test").courier() as courier,
        pytest.raises(Unreachable),
    ):
        courier.send(letter())


def test_a_server_that_offers_no_tls_gets_no_message_where_tls_was_asked_for(strict: tuple[Strict, str]) -> None:
    server, url = strict
    with (
        transport_for(url.replace("smtp:", "smtp+starttls:"), "test").courier() as courier,
        pytest.raises(Unreachable),
    ):
        courier.send(letter())
    assert server.taken == []


def test_a_server_that_refuses_our_password_is_unreachable(strict: tuple[Strict, str]) -> None:
    server, url = strict
    port = int(url.rpartition(":")[2])
    way = Smtp("127.0.0.1", port, "no-reply@homeward.example", user="homeward", password="made-up")
    with way.courier() as courier, pytest.raises(Unreachable):
        courier.send(letter())
    assert server.taken == []

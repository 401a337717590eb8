"""Which way out an installation has, and what a message is on the wire."""

from __future__ import annotations

import datetime as dt
from email import message_from_bytes
from email.policy import default

import pytest

from notifications.outbox import NO_DOMAIN, is_address, mail_domain
from notifications.transports import Envelope, Mailbox, Refused, Smtp, as_mail, transport_for

LETTER = Envelope(
    message_id="<made-up@homeward.example>",
    address="home@provider.example",
    subject="Request CRO-7K4M2P – read it",
    text="First line £.\n\nSecond line, with a dot:\n.\n",
    html="<!doctype html>\n<p>First line £.</p>\n",
    written_at=dt.datetime(2026, 11, 23, 14, tzinfo=dt.UTC),
)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", Smtp("mail.example", 25, "no-reply@homeward.example")),
        ("smtp://localhost:2525", Smtp("localhost", 2525, "no-reply@homeward.example")),
        ("smtps://mail.example", Smtp("mail.example", 465, "no-reply@homeward.example", "tls")),
        (
            "smtp+starttls://me:p%40ss@mail.example:25?from=homeward@hub.example",
            Smtp("mail.example", 25, "homeward@hub.example", "starttls", "me", "p@ss"),
        ),
    ],
)
def test_a_mail_server_is_read_from_its_address(url: str, server: Smtp) -> None:
    assert transport_for(url, "production", base_url="https://homeward.example") == server
    assert "p@ss" not in repr(server)


@pytest.mark.parametrize(
    "url", ["http://mail.example", "smtp://", "smtp://me:secret@mail.example", "smtp://mail.example?from=nobody"]
)
def test_a_mail_server_that_cannot_be_used_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match=r"mail server|sender") as refusal:
        transport_for(url, "production")
    assert "secret" not in str(refusal.value)


def test_without_a_mail_server_the_demonstration_has_a_mailbox_and_production_nothing() -> None:
    assert isinstance(transport_for(None, "demo"), Mailbox)
    assert isinstance(transport_for(None, "test"), Mailbox)
    with pytest.raises(ValueError, match="needs a mail server"):
        transport_for(None, "production")


def test_a_mail_carries_both_versions_whole_and_the_same_identity_every_time() -> None:
    mails = [as_mail(LETTER, "no-reply@homeward.example") for _ in range(2)]
    for mail in mails:
        read = message_from_bytes(mail.as_bytes(), policy=default)
        assert read["Message-ID"] == LETTER.message_id
        assert read["Date"].datetime == LETTER.written_at
        assert read["To"] == LETTER.address
        assert read["Subject"] == LETTER.subject
        assert read["Auto-Submitted"] == "auto-generated"
        assert mail.as_bytes().isascii()
        text, html = read.iter_parts()
        assert text.get_content().replace("\r\n", "\n") == LETTER.text
        assert html.get_content().replace("\r\n", "\n") == LETTER.html


@pytest.mark.parametrize(
    "part",
    [
        {"subject": "Read this\r\nBcc: all@evil.example"},
        {"subject": "Read this\nBcc: all@evil.example"},
        {"address": "home@provider.example\r\nBcc: all@evil.example"},
        {"address": "home@provider.example, all@evil.example"},
        {"message_id": "<a@b.example>\r\nBcc: all@evil.example"},
    ],
)
def test_a_header_that_would_be_two_is_refused_on_the_wire_too(part: dict[str, str]) -> None:
    with pytest.raises(Refused):
        as_mail(Envelope(**{**vars(LETTER), **part}), "no-reply@homeward.example")


@pytest.mark.parametrize("address", ["a@b.example", "first.last+tag@sub.council.gov.uk", "o'neil@provider.example"])
def test_addresses(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "a@b",
        "@b.example",
        "a@.example",
        "a b@c.example",
        "a@b.example,c@d.example",
        "a@b.example\n",
        "a@b.example\r\nBcc: c@d.example",
        "<a@b.example>",
        '"a b"@c.example',
        "a..b@c.example",
        "á@b.example",
        "a@b-.example",
        f"{'a' * 65}@b.example",
        f"a@{'b' * 250}.example",
    ],
)
def test_what_is_not_one_address(address: str) -> None:
    assert not is_address(address)


@pytest.mark.parametrize(
    ("base_url", "domain"),
    [
        ("https://homeward.example:8443", "homeward.example"),
        ("http://127.0.0.1:8000", NO_DOMAIN),
        ("http://[::1]:8000", NO_DOMAIN),
        ("http://localhost:8000", NO_DOMAIN),
        ("", NO_DOMAIN),
    ],
)
def test_the_domain_of_message_ids_is_a_public_name_or_none(base_url: str, domain: str) -> None:
    assert mail_domain(base_url) == domain

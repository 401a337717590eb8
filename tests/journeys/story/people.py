"""Who plays the story. All made up."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

from tests.journeys.story.hands import Hands
from tests.mail_server import MailServer

PASSWORD = "otter kettle Vermilion 58"
LINK = re.compile(r"http://127\.0\.0\.1:\d+[^\s<>\"]*")


@dataclass
class Person:
    """Somebody with a browser and a mailbox."""

    name: str
    email: str
    hands: Hands
    post: MailServer

    def sign_in(self) -> None:
        """Come in by the front door, as after every move of the clock."""
        self.hands.open("/sign-in")
        if self.hands.path == "/sign-in":
            self.hands.fill("Email address", self.email)
            self.hands.fill("Password", PASSWORD)
            self.hands.press("Sign in")
        assert "There is a problem" not in self.hands.text, self.hands.text

    def sees(self, *words: str) -> None:
        """All of this can be read on the page."""
        text = self.hands.text
        for one in words:
            assert one in text, f"{self.name} does not see {one!r} at {self.hands.path}: {text}"

    def sees_nothing_of(self, *words: str) -> None:
        """None of this is anywhere in what was sent, read or not."""
        for one in words:
            assert one.casefold() not in self.hands.source.casefold(), f"{self.name} gets {one!r} at {self.hands.path}"

    def is_refused(self, address: str, status: int) -> None:
        """This page is not for this person."""
        self.hands.open(address)
        assert self.hands.status == status, f"{self.name} at {address}: {self.hands.status}, not {status}"

    def letters(self) -> list[EmailMessage]:
        """What has arrived, the oldest first."""
        return [one for one in list(self.post.messages) if self.email in str(one["X-Envelope-To"]).split(", ")]

    def letter(self, about: str, within: float = 30.0) -> EmailMessage:
        """The e-mail whose subject has these words, once it has come."""
        return wait_for_letter(self.letters, about, within)

    def follow_letter(self, about: str) -> EmailMessage:
        """Open the link of an e-mail."""
        found = self.letter(about)
        self.hands.open(link_of(found))
        return found


def wait_for_letter(letters: Callable[[], list[EmailMessage]], about: str, within: float) -> EmailMessage:
    """The newest of some letters that is about something."""
    deadline = time.monotonic() + within
    while True:
        fitting = [one for one in letters() if about in str(one["Subject"])]
        if fitting:
            return fitting[-1]
        assert time.monotonic() < deadline, f"no e-mail about {about!r}; {[str(one['Subject']) for one in letters()]}"
        time.sleep(0.05)


def body_of(letter: EmailMessage) -> str:
    """The whole plain text of a letter."""
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def everything_in(letter: EmailMessage) -> str:
    """Subject, plain text and HTML."""
    page = letter.get_body(("html",))
    return f"{letter['Subject']}\n{body_of(letter)}\n{page.get_content() if page is not None else ''}"


def link_of(letter: EmailMessage) -> str:
    """The first link of a letter."""
    found = LINK.search(body_of(letter))
    assert found is not None, body_of(letter)
    return found[0].rstrip(".")

"""Somebody at a browser without JavaScript: opens pages, fills in forms as they stand there, follows where they lead.

It goes through HTTP as a browser does: a form that is not on a page cannot be sent by accident without its tokens.
"""

from __future__ import annotations

import html
import re
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from app.core.database import transaction
from app.identity.permissions import Actor
from app.identity.sign_in import open_session
from app.web.access import start_session

_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
_KEY = re.compile(r'name="idempotency_key" value="([^"]+)"')


class Visitor:
    """One browser. `page` is the last answer, `text` its words without tags."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()
        self.page: TestResponse | None = None

    @property
    def text(self) -> str:
        """What the last page says."""
        assert self.page is not None
        body = re.sub(r"(?s)<head>.*?</head>|<script.*?</script>|<svg.*?</svg>", " ", self.page.text)
        return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))

    def get(self, path: str, *, follow: bool = True) -> TestResponse:
        """Open a page."""
        self.page = self.client.get(path, follow_redirects=follow)
        return self.page

    def fill(self, path: str, *, follow: bool = True, **answers: Any) -> TestResponse:
        """Open a page and send a form of it back to the same address, with its tokens."""
        return self.press(path, self.get(path), follow=follow, **answers)

    def press(self, path: str, on: TestResponse | None = None, *, follow: bool = True, **answers: Any) -> TestResponse:
        """Send a form to an address with the tokens of a page (the last one, if none is given). A file is a pair of a
        stream and a name.
        """
        on = on or self.page
        assert on is not None
        csrf, key = _CSRF.search(on.text), _KEY.search(on.text)
        assert csrf, f"{path} has no form: {on.status}"
        assert key
        data = {"csrf_token": csrf[1], "idempotency_key": key[1], **answers}
        self.page = self.client.post(path, data=data, follow_redirects=follow)
        return self.page

    def be(self, actor: Actor) -> Visitor:
        """Be signed in as somebody, without the sign-in page: a session is opened and its token put into the cookie."""
        wiring = self.app.extensions["homeward"]
        with transaction(wiring.sessions) as session:
            now = wiring.clock(session)
            signed = open_session(session, person_id=actor.person_id, now=now, organisation_id=actor.organisation_id)
        with self.app.test_request_context():
            from flask import session as cookie

            start_session(signed.actor, signed.token)
            kept = dict(cookie)
        with self.client.session_transaction() as cookie:
            cookie.clear()
            cookie.update(kept)
        return self

"""Pages that exist in the demonstration only: its people, to sign in as with one click, and the e-mails that they
were sent.
"""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("demo", __name__, url_prefix="/demo")

from app.web.demo import mailbox, people  # noqa: E402, F401  # the views register themselves on the blueprint above

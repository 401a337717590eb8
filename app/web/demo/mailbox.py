"""The demonstration's mailbox: every e-mail as it would have left, since the demonstration has no mail server."""

from __future__ import annotations

from flask import render_template, request
from marshmallow import Schema

from app.web.access import public
from app.web.acts import look
from app.web.demo import bp
from app.web.fields import Text
from app.web.forms import Form
from app.web.tables import Column, Listing
from notifications import queries
from notifications.status import DELIVERY

COLUMNS = (Column("subject", "Subject"), Column("to", "To"), Column("written", "Written"), Column("delivery", "Status"))
TONES = {"waiting": "progress", "sending": "progress", "sent": "good", "failed": "bad", "cancelled": "done"}


class MailboxFilter(Schema):
    """Whose e-mail to show."""

    address = Text("Email address", hint="All of it or a part", required=False, max_length=254, width=20)


@bp.get("/mailbox")
@public
def mailbox() -> tuple[str, int]:
    """Every message, newest first."""
    filter_form = Form(MailboxFilter)
    wanted = filter_form.data["address"] if filter_form.parse(request.args) else ""
    listing = Listing.read(request.args, COLUMNS, default="written", descending=True)
    with look() as view:
        rows, total = queries.mailbox(view.session, address=wanted, limit=listing.limit, offset=listing.offset)
    listing.count(total)
    page = render_template(
        "demo/mailbox.html",
        filter_form=filter_form,
        wanted=wanted,
        listing=listing,
        rows=rows,
        words=DELIVERY.words,
        tones=TONES,
    )
    return page, filter_form.status


@bp.get("/mailbox/<message_id>")
@public
def message(message_id: str) -> str:
    """One message, whole. Its links work here."""
    with look() as view:
        found = queries.mailbox_message(view.session, message_id)
    return render_template("demo/mailbox_message.html", message=found, words=DELIVERY.words)

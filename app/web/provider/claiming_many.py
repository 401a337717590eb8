"""Claiming many registrations at once: a list, what each line comes to, and one button for all that are good."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.errors import Invalid
from app.core.files import FileKind
from app.identity.permissions import Permission
from app.web.access import limited, permission, uploads
from app.web.acts import act, look
from app.web.fields import LongText, Upload
from app.web.forms import Form
from app.web.provider import bp
from app.web.tables import Column, Listing
from app.web.uploads import FORM_BESIDE, uploaded
from providers.passport.kinds import KIND_WORDS, kind_of
from providers.passport.many import LONGEST_LINE, MOST_LINES, Found, check_lines, claim_many

COLUMNS = (
    Column("line", "Line"),
    Column("urn", "URN"),
    Column("register", "What the register says"),
    Column("postcode", "Postcode"),
    Column("found", "What happens"),
)
SEND, CHECK, CHANGE = "send", "check", "change"
MOST_BYTES = MOST_LINES * LONGEST_LINE


class ListForm(Schema):
    """The list, pasted or as a file."""

    lines = LongText(
        "URNs and postcodes",
        hint=f"One registration a line, like SC123456, CR0 1EA. Up to {MOST_LINES} lines. The postcode is where the "
        "children live; for a fostering agency, its office",
        required=False,
        optional=False,
        max_length=MOST_BYTES,
        rows=12,
    )
    file = Upload("Or upload them as a CSV file", hint="The first two columns: URN and postcode")


@bp.route("/services/claim-many", methods=["GET", "POST"])
@permission(Permission.SERVICE_CLAIM)
@uploads(MOST_BYTES + FORM_BESIDE)
@limited("30 per minute")
def claim_list() -> ResponseReturnValue:
    """Fill in, look at each line's result, claim the good ones. Nothing is claimed before the last button."""
    form = Form(ListForm)
    step = request.form.get("step", CHECK)
    if request.method == "POST" and form.parse(request.form) and step != CHANGE:
        try:
            if step == SEND:
                with act() as doing:
                    claims, left = claim_many(doing.session, actor=doing.actor, text=form.data["lines"], now=doing.now)
                    said = f"{len(claims)} claim{'' if len(claims) == 1 else 's'} sent to the hub"
                    if left:
                        said += f". {len(left)} line{'' if len(left) == 1 else 's'} left out"
                    return doing.go(url_for("provider.services"), said)
            file = uploaded("file", kinds=(FileKind.CSV,), most_bytes=MOST_BYTES)
            if file is not None:
                form.raw["lines"] = _text(file.data)
            with look() as view:
                lines = check_lines(view.session, actor=view.actor, text=str(form.raw["lines"]))
            return render_template(
                "provider/claim_list_check.html",
                text=form.raw["lines"],
                lines=lines,
                good=sum(line.found is Found.GOOD for line in lines),
                listing=Listing.fixed(COLUMNS),
                kind_words={
                    line.urn: KIND_WORDS[kind_of(line.registration.provision_type)]
                    for line in lines
                    if line.registration
                },
                GOOD=Found.GOOD,
            )
        except Invalid as error:
            form.refuse(error)
    return render_template("provider/claim_list.html", form=form), form.status


def _text(data: bytes) -> str:
    """The text of a CSV file as spreadsheets save it."""
    for encoding in ("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("The file is not text that we can read. Save it as CSV (UTF-8)", field="file")

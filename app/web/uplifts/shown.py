"""The forms of an uplift's pages and what their templates share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.models import StoredFile
from app.web.acts import Act, act
from app.web.fields import DateField, Hidden, LongText
from app.web.forms import Form
from app.web.per_cent import PerCent, typed_rate
from app.web.tables import Column, Listing
from app.web.uploads import attachment
from providers.services.uplifts import negotiating
from providers.services.uplifts.models import UpliftFile, UpliftLine
from providers.services.uplifts.queries import LineFacts
from providers.services.uplifts.status import ENTRY_WORDS, UPLIFT, UpliftStatus

TONES = {
    UpliftStatus.ASKED: "progress",
    UpliftStatus.NEGOTIATING: "progress",
    UpliftStatus.OFFERED: "warn",
    UpliftStatus.AGREED: "good",
    UpliftStatus.REFUSED: "bad",
    UpliftStatus.WITHDRAWN: "neutral",
}
LINES = (
    Column("lot", "Lot"),
    Column("requested", "Asked for", numeric=True),
    Column("counter", "Asked for last", numeric=True),
    Column("offered", "Hub's figure", numeric=True),
    Column("agreed", "Agreed", numeric=True),
)
ROWS = (
    Column("reference", "Uplift"),
    Column("company", "Company"),
    Column("lots", "Lots"),
    Column("asked", "Asked for"),
    Column("figure", "Hub's figure"),
    Column("status", "Where it stands"),
    Column("at", "Asked on"),
)


class WordsForm(Schema):
    """A message that both sides and the boroughs read."""

    words = LongText("Your message", missing="Enter your message", max_length=4000, rows=4, count=True)


def message_sent(form: Form, uplift_id: str, there: str) -> ResponseReturnValue | None:
    """Send what was typed into a `WordsForm` to the other side, and lead back to the uplift's page; None where nothing
    was sent.
    """
    if request.method != "POST" or not form.parse(request.form):
        return None
    with act() as doing:
        negotiating.write(
            doing.session,
            actor=doing.actor,
            uplift_id=uplift_id,
            words=form.data["words"],
            now=doing.now,
            base_url=doing.wiring.settings.base_url,
        )
        return doing.go(there, "Message sent")


def words_of_uplifts() -> dict[str, Any]:
    """What every template of an uplift is given."""
    return {
        "status_words": UPLIFT.words,
        "tones": TONES,
        "entry_words": ENTRY_WORDS,
        "lines_listing": Listing.fixed(LINES),
    }


def figures_form(lines: Iterable[LineFacts], *, values: Mapping[str, Any], with_day: bool, why: str) -> Form:
    """A figure for each lot, perhaps a day, and the reasons."""
    questions: dict[str, Any] = {
        field_of(facts.line): PerCent(
            f"{facts.lot.name}",
            hint=f"{typed_rate(facts.line.requested_points)}% was asked for. 0 for no rise",
            missing=f"Enter a percentage for {facts.lot.name}",
            most=facts.line.requested_points,
        )
        for facts in lines
    }
    if with_day:
        questions["from_day"] = DateField(
            "From which day?", hint="Today or later, for example 1 4 2027", missing="Enter the day from which it counts"
        )
    questions["words"] = LongText(
        "Reasons", hint=why, missing="Enter your reasons", max_length=4000, rows=5, count=True
    )
    questions["version"] = Hidden(number=True)
    return Form(Schema.from_dict(questions), values=values)


def figures_of(data: Mapping[str, Any], lines: Iterable[UpliftLine]) -> dict[str, int]:
    """The figures that were typed, by lot id."""
    return {line.lot_id: data[field_of(line)] for line in lines}


def field_of(line: UpliftLine) -> str:
    """The name of a lot's question on a page."""
    return f"lot_{line.position}"


def handed_out(view: Act, file: UpliftFile) -> Response:
    """A file that came with an uplift, as a download."""
    kept = view.session.get_one(StoredFile, file.sha256)
    return attachment(view.wiring.files.get(file.sha256), name=file.file_name, media_type=kept.media_type)

"""Asking for an uplift once for every borough, and answering the hub."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, Stale
from app.core.files import MOST_BYTES
from app.identity.permissions import Permission
from app.web.access import permission, uploads
from app.web.acts import act, look
from app.web.fields import DateField, Hidden, LongText, Upload
from app.web.forms import Form
from app.web.per_cent import PerCent, typed_rate
from app.web.provider import bp
from app.web.tables import Listing
from app.web.uplifts.shown import (
    ROWS,
    WordsForm,
    field_of,
    figures_form,
    figures_of,
    handed_out,
    message_sent,
    words_of_uplifts,
)
from app.web.uploads import FORM_BESIDE, uploaded
from providers.market.models import Lot
from providers.services.prices.queries import own_prices
from providers.services.uplifts import negotiating
from providers.services.uplifts.asking import ask_uplift
from providers.services.uplifts.models import MOST_BASIS_POINTS
from providers.services.uplifts.queries import file_for, uplift_for, uplifts

FILES = ("file", "file_2", "file_3")


class VersionForm(Schema):
    """The version that was shown."""

    version = Hidden(number=True)


@bp.get("/uplifts", endpoint="uplifts")
@permission(Permission.SERVICE_READ)
def listed() -> ResponseReturnValue:
    """The company's uplifts, the open ones first."""
    listing = Listing.read(request.args, [one for one in ROWS if one.name != "company"], default="at", descending=True)
    with look() as view:
        rows, total = uplifts(view.session, view.actor, limit=listing.limit, offset=listing.offset)
        may_ask = view.actor.may(Permission.UPLIFT_ASK)
        shown = {"listing": listing.count(total), "rows": rows, "may_ask": may_ask}
        return render_template("provider/uplifts.html", **shown, **words_of_uplifts())


@bp.route("/uplifts/ask", methods=["GET", "POST"])
@permission(Permission.UPLIFT_ASK)
@uploads(len(FILES) * MOST_BYTES + FORM_BESIDE)
def ask_for_uplift() -> ResponseReturnValue:
    """Ask once, for one lot or all, with evidence."""
    with look() as view:
        lots = [one.lot for one in own_prices(view.session, view.actor, local_date(view.now))]
    form = _ask_form(lots)
    if request.method == "POST" and form.parse(request.form):
        try:
            files = [found for name in FILES if (found := uploaded(name)) is not None]
            typed = {lot.id: form.data.get(f"lot_{number}") for number, lot in enumerate(lots, start=1)}
            figures = {id_: points or form.data["every"] for id_, points in typed.items()}
            with act() as doing:
                made = ask_uplift(
                    doing.session,
                    actor=doing.actor,
                    figures={id_: points for id_, points in figures.items() if points},
                    from_day=form.data["from_day"],
                    reason=form.data["reason"],
                    files=files,
                    store=doing.wiring.files,
                    now=doing.now,
                    base_url=doing.wiring.settings.base_url,
                )
                words = "The hub negotiates it for every borough and writes to you."
                return doing.go(url_for("provider.uplift", uplift_id=made.id), words, heading="Uplift asked for")
        except Invalid as error:
            form.refuse(Invalid({{"figures": "every"}.get(name, name): said for name, said in error.errors.items()}))
        except Conflict as error:
            form.add_error("every", error.message)
    return render_template("provider/uplift_ask.html", form=form, lots=lots), form.status


@bp.route("/uplifts/<uplift_id>", methods=["GET", "POST"])
@permission(Permission.SERVICE_READ)
def uplift(uplift_id: str) -> ResponseReturnValue:
    """One uplift: where it stands, what was said, and a message to the hub."""
    form = Form(WordsForm)
    sent = message_sent(form, uplift_id, url_for("provider.uplift", uplift_id=uplift_id))
    if sent is not None:
        return sent
    with look() as view:
        facts = uplift_for(view.session, view.actor, uplift_id, local_date(view.now))
        shown = {"facts": facts, "form": form, "may_answer": view.actor.may(Permission.UPLIFT_ASK)}
        return render_template("provider/uplift.html", **shown, **words_of_uplifts()), form.status


@bp.route("/uplifts/<uplift_id>/counter", methods=["GET", "POST"])
@permission(Permission.UPLIFT_ASK)
def uplift_counter(uplift_id: str) -> ResponseReturnValue:
    """Ask for another figure."""
    with look() as view:
        facts = uplift_for(view.session, view.actor, uplift_id, local_date(view.now))
        values: dict[str, Any] = {
            field_of(line): typed_rate(
                line.counter_points if line.counter_points is not None else line.requested_points
            )
            for line in facts.uplift.lines
        }
        values["version"] = facts.uplift.version
        form = figures_form(facts.lines, values=values, with_day=False, why="The hub and the boroughs read them")
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                negotiating.counter(
                    doing.session,
                    actor=doing.actor,
                    uplift_id=uplift_id,
                    figures=figures_of(form.data, facts.uplift.lines),
                    words=form.data["words"],
                    version=form.data["version"],
                    now=doing.now,
                    base_url=doing.wiring.settings.base_url,
                )
                return doing.go(url_for("provider.uplift", uplift_id=uplift_id), "Sent to the hub")
        except Invalid as error:
            form.refuse(error)
    return render_template("provider/uplift_counter.html", form=form, facts=facts), form.status


@bp.route("/uplifts/<uplift_id>/accept", methods=["GET", "POST"])
@permission(Permission.UPLIFT_ASK)
def uplift_accept(uplift_id: str) -> ResponseReturnValue:
    """Accept the hub's figure: asks once, says what follows."""
    form = Form(VersionForm)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                made = negotiating.accept(
                    doing.session,
                    actor=doing.actor,
                    uplift_id=uplift_id,
                    version=form.data["version"],
                    now=doing.now,
                    base_url=doing.wiring.settings.base_url,
                )
                words = f"{made.prices_set:,} prices of your lists hold it from its day on."
                return doing.go(url_for("provider.uplift", uplift_id=uplift_id), words, heading="Uplift agreed")
        except Stale:
            raise
        except Conflict as error:
            form.add_error("", error.message)
    with look() as view:
        facts = uplift_for(view.session, view.actor, uplift_id, local_date(view.now))
        form.raw["version"] = str(facts.uplift.version)
        return render_template("provider/uplift_accept.html", form=form, facts=facts, **words_of_uplifts()), form.status


@bp.post("/uplifts/<uplift_id>/withdraw")
@permission(Permission.UPLIFT_ASK)
def uplift_withdraw(uplift_id: str) -> ResponseReturnValue:
    """Take the wish back."""
    form = Form(VersionForm)
    version = form.data["version"] if form.parse(request.form) else 0
    with act() as doing:
        negotiating.withdraw(
            doing.session,
            actor=doing.actor,
            uplift_id=uplift_id,
            version=version,
            now=doing.now,
            base_url=doing.wiring.settings.base_url,
        )
        return doing.go(url_for("provider.uplift", uplift_id=uplift_id), "Uplift withdrawn")


@bp.get("/uplifts/<uplift_id>/files/<uplift_file_id>")
@permission(Permission.SERVICE_READ)
def uplift_file(uplift_id: str, uplift_file_id: str) -> ResponseReturnValue:
    """A file that the company sent."""
    with look() as view:
        return handed_out(view, file_for(view.session, view.actor, uplift_id, uplift_file_id))


def _ask_form(lots: list[Lot]) -> Form:
    questions: dict[str, Any] = {
        "every": PerCent(
            "Uplift on every lot" if len(lots) != 1 else f"Uplift on {lots[0].name}",
            hint="For example 4.5" + (". Leave empty to ask for some lots only" if len(lots) > 1 else ""),
            required=False,
            optional=len(lots) > 1,
            least=1,
            most=MOST_BASIS_POINTS,
        )
    }
    for number, lot in enumerate(lots if len(lots) > 1 else (), start=1):
        questions[f"lot_{number}"] = PerCent(
            f"On {lot.name}", hint="Instead of the above", required=False, least=1, most=MOST_BASIS_POINTS
        )
    questions["from_day"] = DateField(
        "From which day?",
        hint="Today or later, for example 1 4 2027",
        missing="Enter the day from which you ask for it",
    )
    questions["reason"] = LongText(
        "Why have your costs risen?",
        hint="Wages, rent, insurance, what the regulator asks: with figures. The boroughs read it. Name no child",
        missing="Enter why your costs have risen",
        max_length=4000,
        rows=8,
        count=True,
    )
    questions["file"] = Upload("Evidence", hint="PDF, Word, PNG or JPEG, smaller than 10 MB. The hub reads it")
    questions["file_2"] = Upload("More evidence", optional=True)
    questions["file_3"] = Upload("Still more evidence", optional=True)
    return Form(Schema.from_dict(questions))

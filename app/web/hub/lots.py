"""One lot: what it buys and when, its price bands, and which borough takes part in it from when until when."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.fields import Choice, DateField, Hidden, Text, WholeNumber
from app.web.forms import Form
from app.web.hub import bp
from app.web.hub.systems import answered
from app.web.tables import Column, Listing
from providers.market import participation as parts
from providers.market.bands import OLDEST, add_band, change_band, remove_band
from providers.market.queries import band_by_id, bands_of, boroughs, lot_by_id, participation_by_id, taking_part
from providers.market.setup import add_lot, change_lot, join_lot
from providers.market.status import (
    BAND_LEVEL_WORDS,
    BOUGHT_BY,
    MODE_WORDS,
    SERVICE_TYPE_WORDS,
    STRAND_WORDS,
    BandLevel,
    ServiceType,
    Strand,
)
from providers.market.terms import system_by_id
from providers.passport.queries import companies_by_lot, in_house_by_lot

BANDS = (
    Column("name", "Band"),
    Column("ages", "Ages"),
    Column("level", "Level"),
    Column("act", "Action", hidden_label=True),
)
BOROUGHS = (
    Column("borough", "Borough"),
    Column("first", "From"),
    Column("last", "Until"),
    Column("act", "Action", hidden_label=True),
)
_STRANDS = [(strand.value, words) for strand, words in STRAND_WORDS.items()]
_BUYS = [
    (one.value, SERVICE_TYPE_WORDS[one], STRAND_WORDS[strand])
    for strand in Strand
    for one in ServiceType
    if one in BOUGHT_BY[strand]
]


class LotForm(Schema):
    """A lot. Its days are within the system's."""

    name = Text("Name", missing="Enter the lot's name", max_length=120)
    strand = Choice("For", choices=_STRANDS, missing="Choose whom it is for")
    service_type = Choice("What it buys", choices=_BUYS, missing="Choose what it buys")
    opens_on = DateField("Opens on")
    closes_on = DateField("Closes on")


class ChangeLotForm(LotForm):
    """The same of a lot that is there."""

    version = Hidden(number=True)


class BandForm(Schema):
    """A price band."""

    name = Text("Name", hint="As price lists show it, for example 11 to 15, enhanced", max_length=80)
    min_age = WholeNumber("Youngest age", hint="In whole years", most=OLDEST, width=2)
    max_age = WholeNumber("Oldest age", hint="In whole years, included", most=OLDEST, width=2)
    level = Choice(
        "How much a child needs",
        choices=[(level.value, words) for level, words in BAND_LEVEL_WORDS.items()],
        missing="Choose how much a child needs",
    )


class ChangeBandForm(BandForm):
    """The same of a band that is there."""

    version = Hidden(number=True)


class JoinForm(Schema):
    """A borough takes part."""

    organisation_id = Choice("Borough", kind="select", missing="Choose a borough")
    first_day = DateField("First day")
    last_day = DateField("Last day", hint="Leave empty for until the lot closes", required=False)


class LeaveForm(Schema):
    """The last day of a borough's part."""

    last_day = DateField("Last day", hint="What the borough published until then goes on")


@bp.get("/lots/<lot_id>")
@permission(Permission.MARKET_READ)
def lot(lot_id: str) -> ResponseReturnValue:
    """A lot with its bands, its boroughs and its companies."""
    with look() as view:
        found = lot_by_id(view.session, lot_id)
        return render_template(
            "hub/lot.html",
            lot=found,
            today=local_date(view.now),
            bands=bands_of(view.session, [lot_id])[lot_id],
            band_listing=Listing.fixed(BANDS),
            level_words=BAND_LEVEL_WORDS,
            taking_part=taking_part(view.session, view.actor, lot_id),
            borough_listing=Listing.fixed(BOROUGHS),
            companies=companies_by_lot(view.session).get(lot_id, []),
            in_house=in_house_by_lot(view.session).get(lot_id, []),
            mode_words=MODE_WORDS,
            strand_words=STRAND_WORDS,
            service_type_words=SERVICE_TYPE_WORDS,
            may_manage=view.actor.may(Permission.MARKET_MANAGE),
        )


@bp.route("/systems/<system_id>/lots/add", methods=["GET", "POST"])
@permission(Permission.MARKET_MANAGE)
def add_lot_to(system_id: str) -> ResponseReturnValue:
    """Add a lot to a system."""
    with look() as view:
        system = system_by_id(view.session, system_id)
    form = Form(LotForm, values={"opens_on": system.starts_on, "closes_on": system.ends_on})

    def use(doing: Act) -> Any:
        given = _lot_of(form)
        return add_lot(doing.session, actor=doing.actor, system_id=system_id, now=doing.now, **given)

    done = answered(form, use, lambda made: _page(made.id), "The lot is added. Say which boroughs take part in it.")
    if done is not None:
        return done
    return render_template("hub/lot_form.html", form=form, system=system, lot=None), form.status


@bp.route("/lots/<lot_id>/change", methods=["GET", "POST"])
@permission(Permission.MARKET_MANAGE)
def change_lot_to(lot_id: str) -> ResponseReturnValue:
    """Change a lot."""
    with look() as view:
        found = lot_by_id(view.session, lot_id)
    names = ("name", "strand", "service_type", "opens_on", "closes_on", "version")
    form = Form(ChangeLotForm, values={name: getattr(found, name) for name in names})

    def use(doing: Act) -> Any:
        given = _lot_of(form)
        return change_lot(doing.session, actor=doing.actor, lot_id=lot_id, now=doing.now, **given)

    done = answered(form, use, lambda _: _page(lot_id), "Lot changed")
    if done is not None:
        return done
    return render_template("hub/lot_form.html", form=form, system=found.system, lot=found), form.status


@bp.route("/lots/<lot_id>/bands/add", methods=["GET", "POST"])
@permission(Permission.MARKET_MANAGE)
def add_price_band(lot_id: str) -> ResponseReturnValue:
    """Add a price band to a lot."""
    with look() as view:
        found = lot_by_id(view.session, lot_id)
    form = Form(BandForm)

    def use(doing: Act) -> Any:
        given = _band_of(form)
        return add_band(doing.session, actor=doing.actor, lot_id=lot_id, now=doing.now, **given)

    done = answered(form, use, lambda _: _page(lot_id), "Price band added")
    if done is not None:
        return done
    return render_template("hub/band_form.html", form=form, lot=found, band=None), form.status


@bp.route("/bands/<band_id>/change", methods=["GET", "POST"])
@permission(Permission.MARKET_MANAGE)
def change_price_band(band_id: str) -> ResponseReturnValue:
    """Change a price band."""
    with look() as view:
        band = band_by_id(view.session, view.actor, band_id)
        found = lot_by_id(view.session, band.lot_id)
    names = ("name", "min_age", "max_age", "level", "version")
    form = Form(ChangeBandForm, values={name: getattr(band, name) for name in names})

    def use(doing: Act) -> Any:
        given = _band_of(form)
        return change_band(doing.session, actor=doing.actor, band_id=band_id, now=doing.now, **given)

    done = answered(form, use, lambda _: _page(found.id), "Price band changed")
    if done is not None:
        return done
    return render_template("hub/band_form.html", form=form, lot=found, band=band), form.status


@bp.post("/bands/<band_id>/remove")
@permission(Permission.MARKET_MANAGE)
def remove_price_band(band_id: str) -> ResponseReturnValue:
    """Remove a price band that no price list uses."""
    with act() as doing:
        lot_id = remove_band(doing.session, actor=doing.actor, band_id=band_id, now=doing.now)
        return doing.go(_page(lot_id), "Price band removed")


@bp.route("/lots/<lot_id>/boroughs/add", methods=["GET", "POST"])
@permission(Permission.MARKET_MANAGE)
def add_borough(lot_id: str) -> ResponseReturnValue:
    """Let a borough take part in a lot."""
    with look() as view:
        found = lot_by_id(view.session, lot_id)
        form = Form(JoinForm, choices={"organisation_id": boroughs(view.session, view.actor)})

    def use(doing: Act) -> Any:
        return join_lot(doing.session, actor=doing.actor, lot_id=lot_id, now=doing.now, **form.data)

    done = answered(form, use, lambda _: _page(lot_id), "The borough takes part from that day")
    if done is not None:
        return done
    return render_template("hub/join_lot.html", form=form, lot=found), form.status


@bp.route("/participations/<participation_id>/end", methods=["GET", "POST"])
@permission(Permission.MARKET_MANAGE)
def end_participation(participation_id: str) -> ResponseReturnValue:
    """Set the last day of a borough's part in a lot."""
    with look() as view:
        one = participation_by_id(view.session, view.actor, participation_id)
        found = lot_by_id(view.session, one.participation.lot_id)
    form = Form(LeaveForm, values={"last_day": one.participation.last_day})

    def use(doing: Act) -> Any:
        return parts.leave_lot(
            doing.session, actor=doing.actor, participation_id=participation_id, now=doing.now, **form.data
        )

    done = answered(form, use, lambda _: _page(found.id), f"The last day of {one.borough} is set")
    if done is not None:
        return done
    return render_template("hub/leave_lot.html", form=form, lot=found, one=one), form.status


@bp.post("/participations/<participation_id>/take-back")
@permission(Permission.MARKET_MANAGE)
def take_back_participation(participation_id: str) -> ResponseReturnValue:
    """Take back a borough's part that has not begun."""
    with act() as doing:
        lot_id = parts.take_back_participation(
            doing.session, actor=doing.actor, participation_id=participation_id, now=doing.now
        )
        return doing.go(_page(lot_id), "Taken back")


def _page(lot_id: str) -> str:
    return url_for("hub.lot", lot_id=lot_id)


def _lot_of(form: Form) -> dict[str, Any]:
    return {
        **form.data,
        "strand": Strand(form.data["strand"]),
        "service_type": ServiceType(form.data["service_type"]),
    }


def _band_of(form: Form) -> dict[str, Any]:
    return {**form.data, "level": BandLevel(form.data["level"])}

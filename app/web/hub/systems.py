"""Purchasing systems: the list, one with all that joining it means, and setting one up as data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, Stale
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.fields import Choice, DateField, Hidden, LongText, Money, Text
from app.web.forms import Form
from app.web.hub import bp
from app.web.tables import Column, Listing
from providers.market.clocks import mode_rules
from providers.market.models import PurchasingSystem
from providers.market.queries import boroughs_by_lot, lots_of_system, notices_of, rounds_of, systems
from providers.market.rounds import taking
from providers.market.rules import ESTABLISHED_BY, FIXES_CONDITIONS, IN_ROUNDS, NOTICES_OF, OF_THE_ACT
from providers.market.setup import create_system
from providers.market.status import (
    MODE_WORDS,
    NOTICE_WORDS,
    SERVICE_TYPE_WORDS,
    STRAND_WORDS,
    NoticeKind,
    ProcurementMode,
)
from providers.market.terms import (
    CONDITIONS_LONGEST,
    REFERENCE_LONGEST,
    add_round,
    establish,
    record_notice,
    remove_round,
    set_fees,
    system_by_id,
    write_conditions,
)
from providers.passport.queries import companies_by_lot

SYSTEMS = (
    Column("name", "System"),
    Column("mode", "Under"),
    Column("days", "In force"),
    Column("lots", "Lots", numeric=True),
    Column("boroughs", "Boroughs today", numeric=True),
)
LOTS = (
    Column("name", "Lot"),
    Column("buys", "Buys"),
    Column("days", "Open"),
    Column("companies", "Companies", numeric=True),
    Column("boroughs", "Boroughs today", numeric=True),
)
NOTICES = (
    Column("kind", "Notice"),
    Column("reference", "Reference"),
    Column("published", "Published"),
    Column("by", "Recorded by"),
)
ROUNDS = (
    Column("opens", "Opens"),
    Column("closes", "Closes"),
    Column("act", "Action", hidden_label=True),
)
_MODE_HINTS = {
    mode: "For a procurement begun on or after 24 February 2025"
    if mode in OF_THE_ACT
    else "For a procurement begun before 24 February 2025"
    for mode in ProcurementMode
}


class SystemForm(Schema):
    """A new system."""

    name = Text("Name", missing="Enter the system's name")
    mode = Choice(
        "Under which law was its procurement begun?",
        choices=[(mode.value, words, _MODE_HINTS[mode]) for mode, words in MODE_WORDS.items()],
        missing="Choose under which law its procurement was begun",
    )
    begun_on = DateField("Procurement begun on", hint="Decides which law applies")
    starts_on = DateField("First day", hint="From which providers may join")
    ends_on = DateField("Last day")


class ConditionsForm(Schema):
    """Conditions of membership."""

    conditions = LongText(
        "Conditions of membership",
        hint="What a provider must meet to become and to stay a member. Everybody can read them",
        missing="Enter what a provider must meet to become and to stay a member",
        max_length=CONDITIONS_LONGEST,
        rows=12,
        count=True,
    )
    version = Hidden(number=True)


class FeesForm(Schema):
    """What a provider pays."""

    membership_fee_pence = Money(
        "Fee to join", hint="Leave empty for none", required=False, optional=False, called="The fee to join"
    )
    award_fee_pence = Money(
        "Fee for each contract awarded",
        hint="Leave empty for none",
        required=False,
        optional=False,
        called="The fee for a contract",
    )
    version = Hidden(number=True)


class EstablishForm(Schema):
    """The day and the notice by which a system is there."""

    established_on = DateField("Established on")
    reference = Text(
        "Reference of the notice", missing="Enter the notice's reference", max_length=REFERENCE_LONGEST, width=20
    )
    version = Hidden(number=True)


class RoundForm(Schema):
    """A round of applications."""

    opens_on = DateField("Opens on")
    closes_on = DateField("Closes on", hint="The last day on which a provider can apply")


class NoticeForm(Schema):
    """A notice that was published elsewhere."""

    kind = Choice("Notice", missing="Choose which notice it is")
    reference = Text(
        "Reference", missing="Enter the notice's reference", max_length=REFERENCE_LONGEST, width=20, spellcheck=False
    )
    published_on = DateField("Published on")


def answered(
    form: Form, use: Callable[[Act], Any], there: Callable[[Any], str], said: str
) -> ResponseReturnValue | None:
    """What a posted form leads to, or None where it has to be shown: asked for, or refused at its fields."""
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                return doing.go(there(use(doing)), said)
        except Stale:
            raise
        except (Invalid, Conflict) as error:
            form.refuse(error)
    return None


@bp.get("/systems")
@permission(Permission.MARKET_READ)
def purchasing_systems() -> ResponseReturnValue:
    """Every purchasing system."""
    with look() as view:
        return render_template(
            "hub/systems.html",
            listing=Listing.fixed(SYSTEMS),
            lines=systems(view.session, view.actor, local_date(view.now)),
            mode_words=MODE_WORDS,
            may_manage=view.actor.may(Permission.MARKET_MANAGE),
        )


@bp.get("/systems/<system_id>")
@permission(Permission.MARKET_READ)
def purchasing_system(system_id: str) -> ResponseReturnValue:
    """One system: its law, conditions, fees, rounds, notices and lots."""
    with look() as view:
        today = local_date(view.now)
        system = system_by_id(view.session, system_id)
        rounds = rounds_of(view.session, system_id)
        return render_template(
            "hub/system.html",
            system=system,
            today=today,
            rules=mode_rules(view.session, system.mode, today),
            lots=lots_of_system(view.session, system_id),
            lot_listing=Listing.fixed(LOTS),
            companies=companies_by_lot(view.session),
            boroughs=boroughs_by_lot(view.session, today),
            rounds=rounds,
            round_listing=Listing.fixed(ROUNDS),
            taking=taking(rounds, today),
            may_have_rounds=system.mode in IN_ROUNDS,
            fixed=system.mode in FIXES_CONDITIONS,
            notices=notices_of(view.session, system_id),
            notice_listing=Listing.fixed(NOTICES),
            notice_words=NOTICE_WORDS,
            mode_words=MODE_WORDS,
            strand_words=STRAND_WORDS,
            service_type_words=SERVICE_TYPE_WORDS,
            may_manage=view.actor.may(Permission.MARKET_MANAGE),
        )


@bp.route("/systems/add", methods=["GET", "POST"])
@permission(Permission.MARKET_MANAGE)
def add_system() -> ResponseReturnValue:
    """Set a system up."""
    form = Form(SystemForm)

    def use(doing: Act) -> Any:
        given = {**form.data, "mode": ProcurementMode(form.data["mode"])}
        return create_system(doing.session, actor=doing.actor, now=doing.now, **given)

    done = answered(form, use, lambda made: _page(made.id), "The system is set up. Add its lots and conditions next.")
    if done is not None:
        return done
    return render_template("hub/add_system.html", form=form), form.status


@bp.route("/systems/<system_id>/conditions", methods=["GET", "POST"])
@permission(Permission.MARKET_MANAGE)
def system_conditions(system_id: str) -> ResponseReturnValue:
    """Write the conditions of membership."""
    form = Form(ConditionsForm)

    def use(doing: Act) -> Any:
        return write_conditions(doing.session, actor=doing.actor, system_id=system_id, now=doing.now, **form.data)

    done = answered(form, use, lambda _: _page(system_id), "Conditions saved")
    if done is not None:
        return done
    return _form_page(system_id, form, "conditions", ("conditions",))


@bp.route("/systems/<system_id>/fees", methods=["GET", "POST"])
@permission(Permission.MARKET_MANAGE)
def system_fees(system_id: str) -> ResponseReturnValue:
    """Say what a provider pays."""
    form = Form(FeesForm)

    def use(doing: Act) -> Any:
        return set_fees(doing.session, actor=doing.actor, system_id=system_id, now=doing.now, **form.data)

    done = answered(form, use, lambda _: _page(system_id), "Fees saved")
    if done is not None:
        return done
    return _form_page(system_id, form, "fees", ("membership_fee_pence", "award_fee_pence"))


@bp.route("/systems/<system_id>/establish", methods=["GET", "POST"])
@permission(Permission.MARKET_MANAGE)
def establish_system(system_id: str) -> ResponseReturnValue:
    """Record that the system is established, once."""
    form = Form(EstablishForm)

    def use(doing: Act) -> Any:
        return establish(doing.session, actor=doing.actor, system_id=system_id, now=doing.now, **form.data)

    done = answered(form, use, lambda _: _page(system_id), "The system is established")
    if done is not None:
        return done
    return _form_page(system_id, form, "establish")


@bp.route("/systems/<system_id>/rounds/add", methods=["GET", "POST"])
@permission(Permission.MARKET_MANAGE)
def add_application_round(system_id: str) -> ResponseReturnValue:
    """Announce a round of applications."""
    form = Form(RoundForm)

    def use(doing: Act) -> Any:
        return add_round(doing.session, actor=doing.actor, system_id=system_id, now=doing.now, **form.data)

    done = answered(form, use, lambda _: _page(system_id), "Round added")
    if done is not None:
        return done
    return _form_page(system_id, form, "round")


@bp.post("/rounds/<round_id>/remove")
@permission(Permission.MARKET_MANAGE)
def remove_application_round(round_id: str) -> ResponseReturnValue:
    """Take back a round that has not opened."""
    with act() as doing:
        system_id = remove_round(doing.session, actor=doing.actor, round_id=round_id, now=doing.now)
        return doing.go(_page(system_id), "Round removed")


@bp.route("/systems/<system_id>/notices/add", methods=["GET", "POST"])
@permission(Permission.MARKET_MANAGE)
def add_notice(system_id: str) -> ResponseReturnValue:
    """Keep a notice that was published."""
    with look() as view:
        mode = system_by_id(view.session, system_id).mode
    form = Form(NoticeForm, choices={"kind": [(kind.value, NOTICE_WORDS[kind]) for kind in NOTICES_OF[mode]]})

    def use(doing: Act) -> Any:
        given = {**form.data, "kind": NoticeKind(form.data["kind"])}
        return record_notice(doing.session, actor=doing.actor, system_id=system_id, now=doing.now, **given)

    done = answered(form, use, lambda _: _page(system_id), "Notice recorded")
    if done is not None:
        return done
    return _form_page(system_id, form, "notice")


def _page(system_id: str) -> str:
    return url_for("hub.purchasing_system", system_id=system_id)


def _closed(system: PurchasingSystem, what: str) -> str:
    """Why a form about a system would be refused whatever is typed; empty where it would not."""
    established = system.established_on is not None
    if what == "establish" and established:
        return "This system is established already."
    if what == "conditions" and established and system.mode in FIXES_CONDITIONS:
        return "This system is established, so its conditions cannot be changed while it lasts."
    if what == "round" and system.mode not in IN_ROUNDS:
        return "This kind of system takes applications at any time, so it has no rounds."
    if what == "fees" and system.mode is ProcurementMode.PCR34:
        return "Regulation 34 allows no fee to providers of any kind."
    return ""


def _form_page(system_id: str, form: Form, what: str, fields: tuple[str, ...] = ()) -> ResponseReturnValue:
    """A form about a system, filled from it where it has not been sent. The template says what each is for."""
    with look() as view:
        system = system_by_id(view.session, system_id)
        if not form.errors:
            filled = Form(form.schema, values={name: getattr(system, name) for name in fields})
            form.raw.update({name: filled.raw[name] for name in fields})
            if "version" in form.views:
                form.raw["version"] = str(system.version)
        return (
            render_template(
                "hub/system_form.html",
                form=form,
                system=system,
                what=what,
                fixed=system.mode in FIXES_CONDITIONS,
                closed=_closed(system, what),
                notice=NOTICE_WORDS[ESTABLISHED_BY[system.mode]],
                mode_words=MODE_WORDS,
                of_the_act=system.mode in OF_THE_ACT,
            ),
            form.status,
        )

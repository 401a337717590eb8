"""The homes of a service: an agency's households, a home's buildings, premises. Listed, added, changed and closed."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.fields import Choice, Choices, DateField, Hidden, Postcode, Text, Tick, WholeNumber
from app.web.forms import Form
from app.web.provider import bp
from app.web.provider.profile import profile_of
from app.web.provider.shown import shown_profile
from app.web.tables import Column, Listing
from providers.passport.queries import own_claim
from providers.services.homes import HomeSaid, add_home, change_home, confirm_homes, move_home, own_home
from providers.services.lists import Lists, lists_on
from providers.services.models import FOSTER_LIMIT, Home
from providers.services.shown import home_words
from providers.services.status import (
    EXEMPTION_WORDS,
    HOME,
    HOME_KIND_WORDS,
    SEX_WORDS,
    HomeKind,
    HomeStatus,
)

COLUMNS = (
    Column("name", "Code name"),
    Column("takes", "Who can live there"),
    Column("status", "Status"),
    Column("confirmed", "Confirmed"),
)
CODED = ("adaptations", "languages", "pets")


class MoveForm(Schema):
    """Where a home stands from now on."""

    status = Choice("Status", choices=tuple((one.value, words) for one, words in HOME.words.items()))
    version = Hidden(number=True)


def home_form(kind: HomeKind, lists: Lists, values: dict[str, Any] | None = None) -> Form:
    """The questions about one home. The ground for more than three foster children is for households."""
    household = kind is HomeKind.HOUSEHOLD
    one = HOME_KIND_WORDS[kind][0]
    questions: dict[str, Any] = {
        "code_name": Text(
            "Code name",
            hint="A name of your own that nobody can trace, like Household 7. Never a carer's name"
            if household
            else "What you call it, like Building A",
            missing=f"Enter a code name for the {one}",
            max_length=60,
            width=20,
        ),
        "postcode": Postcode("Postcode", hint="Only your company and the hub see it. Boroughs see a distance"),
        "min_age": WholeNumber("Youngest age", most=25, width=2, suffix="years", missing="Enter the youngest age"),
        "max_age": WholeNumber("Oldest age", most=25, width=2, suffix="years", missing="Enter the oldest age"),
        "sexes": Choices("Who can live there", choices=tuple(SEX_WORDS.items()), missing="Choose who can live there"),
        "approved_for": WholeNumber(
            "How many foster children are the carers approved for?" if household else "How many places?",
            least=1,
            most=60,
            width=2,
            called="The number",
            missing="Enter how many children can live there",
        ),
    }
    if household:
        questions["exemption"] = Choice(
            f"If more than {FOSTER_LIMIT}: on what ground?",
            hint="The law limits a household to three foster children. Do not write the children's names here",
            choices=tuple((ground.value, words) for ground, words in EXEMPTION_WORDS.items()),
            required=False,
            optional=False,
        )
        questions["exempted_on"] = DateField(
            "Day of the council's exemption",
            hint="Only if the council where the carer lives has given one",
            required=False,
            optional=False,
        )
    questions |= {
        "solo": Tick("A child can live there as the only child"),
        "siblings": Tick("Brothers and sisters can live there together"),
        "others": WholeNumber(
            "How many other children live there?",
            hint="The carers' own and those already placed" if household else "Those already placed",
            width=2,
            most=60,
            called="The number of other children",
            missing="Enter how many other children live there, or 0",
        ),
        "others_bands": Choices(
            "How old are they?",
            hint="Only age bands: nothing else about them is kept",
            choices=lists.choices("age_bands"),
            required=False,
            optional=False,
        ),
        **{
            name: Choices(label, choices=lists.choices(name), required=False, optional=False)
            for name, label in (("adaptations", "Adaptations"), ("languages", "Languages spoken"), ("pets", "Pets"))
        },
        "version": Hidden(number=True, required=False),
    }
    return Form(Schema.from_dict(questions, name="HomeForm"), values=values or {})


@bp.get("/services/<claim_id>/homes")
@permission(Permission.SERVICE_READ)
def homes(claim_id: str) -> ResponseReturnValue:
    """Every home of the service, with where it stands."""
    with look() as view:
        facts = own_claim(view.session, view.actor, claim_id)
        service = profile_of(view, claim_id)
        shown = shown_profile(view, service, facts.registration, local_date(view.now))
        return render_template(
            "provider/homes.html",
            shown=shown,
            claim_id=claim_id,
            names=_names(shown.home_kind),
            listing=Listing.fixed(COLUMNS),
            home_words=home_words,
            status_words=HOME.words,
            exemption_words=EXEMPTION_WORDS,
            may_edit=view.actor.may(Permission.APPLICATION_WRITE),
        )


@bp.route("/services/<claim_id>/homes/new", methods=["GET", "POST"])
@permission(Permission.APPLICATION_WRITE)
def home_new(claim_id: str) -> ResponseReturnValue:
    """List one more home."""
    with look() as view:
        kind, lists, service_id = _kind(view, claim_id)
    form = home_form(kind, lists)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                home = add_home(
                    doing.session, actor=doing.actor, service_id=service_id, said=_said(form), now=doing.now
                )
                return doing.go(url_for("provider.homes", claim_id=claim_id), f"{home.code_name} is listed")
        except Invalid as error:
            form.refuse(error)
    return render_template(
        "provider/home.html", form=form, home=None, claim_id=claim_id, names=_names(kind)
    ), form.status


@bp.route("/services/<claim_id>/homes/<home_id>", methods=["GET", "POST"])
@permission(Permission.APPLICATION_WRITE)
def home(claim_id: str, home_id: str) -> ResponseReturnValue:
    """One home: change what is said of it, or where it stands."""
    with look() as view:
        kind, lists, service_id = _kind(view, claim_id)
        found = own_home(view.session, view.actor, service_id, home_id)
        form = home_form(kind, lists, _values(found))
        moves = [
            (one.value, HOME.words[one]) for one in HomeStatus if one in HOME.moves[found.status] or one is found.status
        ]
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                change_home(
                    doing.session,
                    actor=doing.actor,
                    service_id=service_id,
                    home_id=home_id,
                    said=_said(form),
                    version=int(form.data["version"] or 0),
                    now=doing.now,
                )
                return doing.go(url_for("provider.homes", claim_id=claim_id), f"{found.code_name}: saved")
        except Stale:
            raise
        except (Invalid, Conflict) as error:
            form.refuse(error)
    return render_template(
        "provider/home.html",
        form=form,
        home=found,
        claim_id=claim_id,
        names=_names(kind),
        moves=moves,
        status_words=HOME.words,
    ), form.status


@bp.post("/services/<claim_id>/homes/<home_id>/status")
@permission(Permission.APPLICATION_WRITE)
def home_status(claim_id: str, home_id: str) -> ResponseReturnValue:
    """There is room, it is full, or it is closed."""
    form = Form(MoveForm)
    with act() as doing:
        service = profile_of(doing, claim_id)
        found = own_home(doing.session, doing.actor, service.id, home_id)
        there = url_for("provider.homes", claim_id=claim_id)
        doing.location = there
        if not form.parse(request.form):
            raise Invalid(form.errors)
        status = HomeStatus(form.data["status"])
        if status is found.status:
            return doing.go(there)
        move_home(
            doing.session,
            actor=doing.actor,
            service_id=service.id,
            home_id=home_id,
            status=status,
            version=form.data["version"],
            now=doing.now,
        )
        return doing.go(there, f"{found.code_name} is {HOME.words[status].lower()} now")


@bp.post("/services/<claim_id>/homes/confirm")
@permission(Permission.APPLICATION_WRITE)
def homes_confirm(claim_id: str) -> ResponseReturnValue:
    """All of them are still as they say."""
    with act() as doing:
        service = profile_of(doing, claim_id)
        count = confirm_homes(doing.session, actor=doing.actor, service_id=service.id, now=doing.now)
        said = f"{count} home{'' if count == 1 else 's'} confirmed as of today"
        return doing.go(url_for("provider.homes", claim_id=claim_id), said)


def _kind(view: Act, claim_id: str) -> tuple[HomeKind, Lists, str]:
    facts = own_claim(view.session, view.actor, claim_id)
    service = profile_of(view, claim_id)
    today = local_date(view.now)
    kind = shown_profile(view, service, facts.registration, today).home_kind
    if kind is None:
        raise NotFound("page")
    return kind, lists_on(view.session, today), service.id


def _names(kind: HomeKind | None) -> tuple[str, str]:
    return HOME_KIND_WORDS[kind] if kind else ("home", "homes")


def _said(form: Form) -> HomeSaid:
    return HomeSaid(**{name: value for name, value in form.data.items() if name != "version"})


def _values(home: Home) -> dict[str, Any]:
    names = (
        *("code_name", "postcode", "min_age", "max_age", "sexes", "approved_for", "exemption", "exempted_on"),
        *("solo", "siblings", "others", "others_bands", "version", *CODED),
    )
    return {name: getattr(home, name) for name in names}

"""The hub's companies: a list to search, a company's page, and suspending or reinstating an enrolment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, Stale
from app.identity.permissions import Permission
from app.placements.assurance import assurance_of
from app.web.access import permission
from app.web.acts import act, look
from app.web.fields import Choice, Hidden, LongText, Text, Tick
from app.web.forms import Form
from app.web.hub import bp
from app.web.tables import Column, Listing
from providers.market.queries import open_lots
from providers.passport.basis import BASIS_WORDS, Basis, bases_for
from providers.passport.directory import companies, company
from providers.passport.enrolment import NOT_SIGNED, reinstate, remove, suspend
from providers.passport.exclusions import exclusions
from providers.passport.in_house import in_house_names
from providers.passport.kinds import KIND_WORDS
from providers.passport.models import Enrolment
from providers.passport.queries import claims_of, enrolment_for_hub, enrolments_of_claims
from providers.passport.status import CLAIM, ENROLMENT, EXCLUSION, EnrolmentStatus
from providers.quality.queries import qualities_at
from providers.services.queries import services_by_claim

COLUMNS = (
    Column("name", "Company", sort=True),
    Column("services", "Services", sort=True, numeric=True),
    Column("waiting", "Claims waiting", sort=True, numeric=True),
    Column("enrolled", "Enrolments", sort=True, numeric=True),
    Column("suspended", "Suspended", sort=True, numeric=True),
)
STANDINGS = (("", "Any"), *((status.value, words) for status, words in ENROLMENT.words.items()))


SIGNED_WORDS = "I sign off that this service is safe for children to be placed with again"


class FilterForm(Schema):
    """What narrows the list."""

    search = Text("Company or URN", required=False, optional=False, max_length=100, width=20)
    lot = Choice("Lot", kind="select", required=False, optional=False)
    standing = Choice("With an enrolment that is", kind="select", required=False, optional=False, choices=STANDINGS)


MOVES: dict[EnrolmentStatus, tuple[Callable[..., Enrolment], str]] = {
    EnrolmentStatus.SUSPENDED: (suspend, "Suspended from new placements"),
    EnrolmentStatus.ENROLLED: (reinstate, "Reinstated"),
    EnrolmentStatus.REMOVED: (remove, "Removed from the lot"),
}
"""What each move is done by, and what the next page says."""


class ReasonForm(Schema):
    """On what basis and why an enrolment is suspended, reinstated or removed."""

    basis = Choice("Basis", hint="In statute or in the contract", missing="Choose on what basis")
    reason = LongText("Reasons", hint="The company reads them", missing="Enter your reasons", max_length=2000, rows=5)
    version = Hidden(number=True)


class SignOffForm(Schema):
    """The sign-off of a reinstatement: on what basis, what assures, and the words that are signed."""

    basis = Choice("Basis", hint="In statute or in the contract", missing="Choose on what basis")
    reason = LongText(
        "What assures you that the service is safe to use again?",
        hint="The company reads this",
        missing="Enter what assures you that the service is safe to use again",
        max_length=2000,
        rows=5,
    )
    signed = Tick(SIGNED_WORDS, must=NOT_SIGNED)
    version = Hidden(number=True)


@bp.get("/providers")
@permission(Permission.MARKET_READ)
def providers() -> ResponseReturnValue:
    """Every company, searched, filtered, sorted and paged."""
    listing = Listing.read(request.args, COLUMNS, default="name")
    with look() as view:
        lots = open_lots(view.session, local_date(view.now))
        form = Form(FilterForm, choices={"lot": [("", "Any"), *((lot.id, lot.name) for lot in lots)]})
        form.parse(request.args)
        rows, total = companies(
            view.session,
            view.actor,
            search=form.data.get("search") or "",
            lot_id=form.data.get("lot") or "",
            standing=form.data.get("standing") or "",
            order=listing.order,
            descending=listing.descending,
            limit=listing.limit,
            offset=listing.offset,
        )
        return render_template("hub/providers.html", filter_form=form, listing=listing.count(total), rows=rows)


@bp.get("/providers/<organisation_id>")
@permission(Permission.MARKET_READ)
def provider(organisation_id: str) -> ResponseReturnValue:
    """A company: its registrations, where each is enrolled, and its scores now."""
    with look() as view:
        found = company(view.session, view.actor, organisation_id)
        claims = claims_of(view.session, organisation_id)
        ids = [facts.claim.id for facts in claims]
        return render_template(
            "hub/provider.html",
            company=found,
            claims=claims,
            profiles=services_by_claim(view.session, ids),
            enrolments=enrolments_of_claims(view.session, ids),
            scores=qualities_at(view.session, [facts.claim.urn for facts in claims], view.now),
            claim_words=CLAIM.words,
            enrolment_words=ENROLMENT.words,
            kind_words=KIND_WORDS,
            grounds=exclusions(view.session, view.actor, organisation_id),
            ground_words=EXCLUSION.words,
            in_house_of=in_house_names(view.session).get(organisation_id),
            may_decide=view.actor.may(Permission.APPLICATION_DECIDE),
        )


@bp.route("/enrolments/<enrolment_id>/suspend", methods=["GET", "POST"])
@permission(Permission.APPLICATION_DECIDE)
def suspend_enrolment(enrolment_id: str) -> ResponseReturnValue:
    """Stop new placements, with a reason."""
    return _move(enrolment_id, EnrolmentStatus.SUSPENDED)


@bp.route("/enrolments/<enrolment_id>/reinstate", methods=["GET", "POST"])
@permission(Permission.APPLICATION_DECIDE)
def reinstate_enrolment(enrolment_id: str) -> ResponseReturnValue:
    """Sign off that new placements may be made again."""
    return _move(enrolment_id, EnrolmentStatus.ENROLLED)


@bp.route("/enrolments/<enrolment_id>/remove", methods=["GET", "POST"])
@permission(Permission.APPLICATION_DECIDE)
def remove_enrolment(enrolment_id: str) -> ResponseReturnValue:
    """Take a service off a lot for good. It may apply again."""
    return _move(enrolment_id, EnrolmentStatus.REMOVED)


def _move(enrolment_id: str, target: EnrolmentStatus) -> ResponseReturnValue:
    with look() as view:
        facts, claim = enrolment_for_hub(view.session, view.actor, enrolment_id)
        urn = claim.claim.urn
        assurance = assurance_of(view.session, view.actor, [urn], view.now).get(urn)
    bases = bases_for(facts.lot.system.mode, target)
    form = Form(
        SignOffForm if target is EnrolmentStatus.ENROLLED else ReasonForm,
        choices={"basis": [(basis.value, BASIS_WORDS[basis]) for basis in bases]},
    )
    if request.method == "POST" and form.parse(request.form):
        said: dict[str, Any] = {"enrolment_id": enrolment_id, **form.data, "basis": Basis(form.data["basis"])}
        use, words = MOVES[target]
        try:
            with act() as doing:
                moved = use(doing.session, actor=doing.actor, now=doing.now, **said)
                there = url_for("hub.provider", organisation_id=moved.claim.organisation_id)
                return doing.go(there, words)
        except Stale:
            raise
        except (Invalid, Conflict) as error:
            form.refuse(error)
    if not form.errors:
        ENROLMENT.require(facts.enrolment.status, target, "This enrolment")
        form.raw["version"] = str(facts.enrolment.version)
    shown = {"form": form, "facts": facts, "claim": claim, "target": target.value, "assurance": assurance}
    return render_template("hub/move_enrolment.html", **shown), form.status
